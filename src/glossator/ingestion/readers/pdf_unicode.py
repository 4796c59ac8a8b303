"""Characters of a PDF's fonts to the ones that people search for."""

from __future__ import annotations

import re
import unicodedata

# Latin ligatures; Arabic and Hebrew letters in the shapes that they have within a word.
_FORMS = re.compile("[\ufb00-\ufdff\ufe70-\ufefc]+")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_DROPPED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff\ufffd\u202a-\u202e\u2066-\u2069]"
)
_SPACES = re.compile("[\t\xa0\u2000-\u200a\u202f\u205f\u3000]")
_PLAIN = re.compile(r"[\n\x20-\x7e]*")
# What symbol fonts put at their places in the private area.
_SYMBOLS = {"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "‣", "\uf0fc": "✓", "\uf0e0": "→"}


def readable(text: str) -> str:
    """`text` with ligatures and letter shapes undone, composed (NFC), without what no one sees.

    Not NFKC throughout: that would make "x2" of "x²".
    """
    if _PLAIN.fullmatch(text):
        return text
    text = _FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = _PRIVATE.sub(lambda found: _SYMBOLS.get(found[0], ""), text)
    return unicodedata.normalize("NFC", _DROPPED.sub("", _SPACES.sub(" ", text)))
