"""What Python-Markdown's extensions put into a line of text: attributes, icons, keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from glossator.ingestion.readers.prose import outside_literals, with_fences

_QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
_ATTRIBUTE = rf"(?:[.#][^\s{{}}.#\"'=]+|[\w:-]+=(?:{_QUOTED}|[^\s{{}}\"']*))"
_LIST_OF_ATTRIBUTES = rf"\{{:?[ \t]*{_ATTRIBUTE}(?:[ \t]+{_ATTRIBUTE})*[ \t]*\}}"
_BLOCK_ATTRIBUTES = re.compile(rf"[ \t]*(?:{_LIST_OF_ATTRIBUTES}|\{{:[^{{}}\n]*\}})[ \t]*")
_HEADING_ATTRIBUTES = re.compile(
    rf"(?<![ \t])[ \t]*+(?P<list>{_LIST_OF_ATTRIBUTES})[ \t]*+#*+[ \t]*+$"
)
_INLINE_ATTRIBUTES = re.compile(
    rf"(?:(?:(?<=[)\]])|\A)|(?<=[*_>])(?=\{{[:.#])){_LIST_OF_ATTRIBUTES}"
)
_END_ATTRIBUTES = re.compile(r"(?<![ \t])[ \t]*+\{:[^{}\n]*+\}[ \t]*+$", re.MULTILINE)
_ICON = re.compile(r":(?:material|fontawesome|octicons|simple)-[a-z0-9-]+:[ \t]?")
_KEYS = re.compile(r"\+\+(?P<keys>[\w\"' -]+(?:\+[\w\"' -]+)*)\+\+")


def is_attributes(line: str) -> bool:
    """Whether a line holds nothing but an attribute list of the block before it."""
    return _BLOCK_ATTRIBUTES.fullmatch(line) is not None


def inline(lines: list[str], *, keys: bool) -> Iterator[str]:
    """The lines without attribute lists and icons outside code and formulas.

    `keys` says whether `++ctrl+c++` names keys.
    """

    def change(text: str) -> str:
        if "{" in text:
            text = _END_ATTRIBUTES.sub("", _INLINE_ATTRIBUTES.sub("", text))
        if ":" in text:
            text = _ICON.sub("", text)
        if keys and "++" in text:
            text = _KEYS.sub(_key_names, text)
        return text

    run: list[str] = []
    for line, fence in with_fences(lines):
        if fence is None:
            run.append(line)
            continue
        if run:
            yield outside_literals("\n".join(run), change)
            run = []
        yield line
    if run:
        yield outside_literals("\n".join(run), change)


def _key_names(found: re.Match[str]) -> str:
    return "+".join(key.strip("\"' ").capitalize() for key in found["keys"].split("+"))


def heading_line(found: re.Match[str]) -> str:
    """A heading (`marks`, `text`) with nothing behind it but its id, if it names one."""
    text = found["text"].strip()
    attributes = _HEADING_ATTRIBUTES.search(text)
    anchor = None
    if attributes:
        anchor = re.search(
            r"(?<!\S)#([^\s{}.#\"'=]+)", re.sub(_QUOTED, '""', attributes["list"][1:])
        )
        text = text[: attributes.start()]
    bare = text.rstrip("#")
    text = bare.strip() if bare.endswith(" ") else text.strip()
    return f"{found['marks']} {text}" + (f" {{#{anchor[1]}}}" if anchor else "")


def plain_title(title: str) -> str:
    """A title without links and escaped quotes."""
    unlinked = re.sub(r"!?\[([^\[\]]*)\]\([^()\s]*\)", r"\1", title)
    return unlinked.replace('\\"', '"').strip()
