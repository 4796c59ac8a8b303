"""The languages that chapters are translated into; pure.

A tag is BCP 47, a script ISO 15924. `output` is how many tokens we reserve for one character of
an English text (by `sizes.tokens`: about a token a character in scripts outside Latin, one per
3.6 characters in it, times the usual growth of a translation). `shortest` and `longest` bound a
good translation's length against an English original, in characters; they are wide, made to
catch what is cut or padded and not what is terse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from glossator.library.objects import direction

_LATIN = r"A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff"
_SCRIPTS: Mapping[str, str] = MappingProxyType(
    {
        "Latn": _LATIN,
        "Arab": r"\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufeff",
        "Deva": r"\u0900-\u097f",
        "Beng": r"\u0980-\u09ff",
        "Cyrl": r"\u0400-\u04ff",
        "Hans": r"\u3400-\u9fff\uf900-\ufaff",
        "Jpan": r"\u3040-\u30ff\u3400-\u9fff",
        "Kore": r"\uac00-\ud7af\u1100-\u11ff",
        "Hebr": r"\u0590-\u05ff",
    }
)


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language that we translate into; `own_name` is how its speakers call it."""

    tag: str
    name: str
    own_name: str
    script: str
    output: float
    shortest: float
    longest: float

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Which way it is written."""
        return "rtl" if direction(self.tag) == "rtl" else "ltr"

    @property
    def letters(self) -> re.Pattern[str]:
        """One letter of its script."""
        return re.compile(f"[{_SCRIPTS[self.script]}]")


def _tongue(
    tag: str, name: str, own: str, script: str, output: float, shortest: float, longest: float
) -> tuple[str, Tongue]:
    return tag, Tongue(tag, name, own, script, output, shortest, longest)


TONGUES: Mapping[str, Tongue] = MappingProxyType(
    dict(
        [
            _tongue("ur", "Urdu", "اردو", "Arab", 1.25, 0.5, 1.8),
            _tongue("ar", "Arabic", "العربية", "Arab", 1.15, 0.45, 1.6),
            _tongue("fa", "Persian", "فارسی", "Arab", 1.15, 0.45, 1.7),
            _tongue("hi", "Hindi", "हिन्दी", "Deva", 1.3, 0.5, 1.8),
            _tongue("tr", "Turkish", "Türkçe", "Latn", 0.6, 0.55, 1.8),
            _tongue("es", "Spanish", "Español", "Latn", 0.5, 0.65, 1.9),
            _tongue("fr", "French", "Français", "Latn", 0.5, 0.65, 1.9),
            _tongue("de", "German", "Deutsch", "Latn", 0.5, 0.65, 1.9),
            _tongue("zh", "Chinese (simplified)", "简体中文", "Hans", 0.8, 0.15, 0.9),
            _tongue("ps", "Pashto", "پښتو", "Arab", 1.3, 0.5, 1.8),
            _tongue("sd", "Sindhi", "سنڌي", "Arab", 1.3, 0.5, 1.8),
            _tongue("bn", "Bengali", "বাংলা", "Beng", 1.3, 0.5, 1.8),
            _tongue("id", "Indonesian", "Bahasa Indonesia", "Latn", 0.5, 0.6, 1.8),
            _tongue("it", "Italian", "Italiano", "Latn", 0.5, 0.65, 1.9),
            _tongue("pt", "Portuguese", "Português", "Latn", 0.5, 0.65, 1.9),
            _tongue("ru", "Russian", "Русский", "Cyrl", 1.2, 0.55, 1.8),
            _tongue("uk", "Ukrainian", "Українська", "Cyrl", 1.2, 0.55, 1.8),
            _tongue("he", "Hebrew", "עברית", "Hebr", 1.1, 0.4, 1.5),
            _tongue("ja", "Japanese", "日本語", "Jpan", 0.9, 0.2, 1.1),
            _tongue("ko", "Korean", "한국어", "Kore", 0.9, 0.25, 1.2),
            # Kept last: whoever reads an English translation of another language's book.
            _tongue("en", "English", "English", "Latn", 0.4, 0.3, 3.0),
        ]
    )
)


def tongue(tag: str) -> Tongue | None:
    """The language of a tag; a region or script that we don't tell apart is left out."""
    primary = tag.strip().replace("_", "-").lower().split("-")[0]
    return TONGUES.get(primary)


def same(one: str, other: str) -> bool:
    """Whether two tags name one language."""
    return one.lower().split("-")[0] == other.lower().split("-")[0]
