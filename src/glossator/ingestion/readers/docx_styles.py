"""Styles and numbering of a Word document: what a paragraph is by the style it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

# The built-in names are English in every Word; other programs write their own language's.
_HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titulo|titolo|kop|rubrik|overskrift|otsikko|nagłówek"
    r"|nadpis|címsor|заголовок|başlık|tiêu đề|judul|標題|标题|見出し|제목|عنوان|سرخی|शीर्षक)"
    r"\s*([1-9])",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?:source|code|html preformatted|listing|verbatim|program|quellcode)", re.IGNORECASE
)
_INLINE_CODE = re.compile(
    r"(?:verbatim char|html code|inline code|code char|source text|code)$", re.IGNORECASE
)
_QUOTE = re.compile(r"(?:intense )?quote|block ?text|zitat|citation", re.IGNORECASE)
_MONOSPACE = re.compile(
    r"courier|consolas|mono|menlo|monaco|source code|fira code|cascadia|lucida console",
    re.IGNORECASE,
)
_MAX_CHAIN = 20


@dataclass(frozen=True, slots=True)
class Style:
    """What a style makes of its paragraph or run; None and False where it says nothing."""

    role: str = ""
    level: int | None = None
    number: tuple[str, int] | None = None
    bold: bool | None = None
    italic: bool | None = None
    hidden: bool | None = None
    code: bool = False


@dataclass(frozen=True, slots=True)
class Numbering:
    """Per list and level: whether it is numbered, and where it starts."""

    levels: Mapping[str, Mapping[int, tuple[bool, int]]] = field(default_factory=dict)

    def of(self, number: str, level: int) -> tuple[bool, int]:
        """Whether items are numbered, and the first one's number."""
        return self.levels.get(number, {}).get(level, (False, 1))


def value(parent: Element | None, name: str) -> str | None:
    """The `w:val` of a child; None without the child, "" without the value."""
    child = parent.find(name) if parent is not None else None
    return None if child is None else child.get("w:val", "")


def switch(parent: Element | None, name: str) -> bool | None:
    """A property that is on when it is there, unless it says otherwise."""
    found = value(parent, name)
    return None if found is None else found not in ("0", "false", "off", "none")


def is_monospace(properties: Element | None) -> bool:
    """Whether a run's font is one in which code is set."""
    fonts = properties.find("w:rFonts") if properties is not None else None
    return fonts is not None and bool(_MONOSPACE.search(fonts.get("w:ascii", "")))


def styles_of(root: Element | None) -> dict[str, Style]:
    """Style ids -> what they make, what they are based on taken in."""
    if root is None:
        return {}
    elements = {each.get("w:styleId", ""): each for each in root.findall("w:style")}
    return {name: _style(name, elements) for name in elements}


def _style(name: str, elements: Mapping[str, Element]) -> Style:
    chain: list[Element] = []
    at = name
    while at in elements and len(chain) < _MAX_CHAIN and elements[at] not in chain:
        chain.append(elements[at])
        at = value(elements[at], "w:basedOn") or ""
    role, level = "", None
    number: tuple[str, int] | None = None
    bold = italic = hidden = None
    code = False
    for element in chain:
        paragraph, run = element.find("w:pPr"), element.find("w:rPr")
        shown = value(element, "w:name") or ""
        if not role:
            role, level = _role(shown, element.get("w:type", ""))
        outline = value(paragraph, "w:outlineLvl")
        if level is None and not role and outline is not None and re.fullmatch(r"[0-8]", outline):
            role, level = "heading", int(outline) + 1
        number = number or number_of(paragraph)
        bold = switch(run, "w:b") if bold is None else bold
        italic = switch(run, "w:i") if italic is None else italic
        hidden = switch(run, "w:vanish") if hidden is None else hidden
        code = code or is_monospace(run) or role == "code"
    return Style(role, level, number, bold, italic, hidden, code)


def _role(shown: str, kind: str) -> tuple[str, int | None]:
    heading = _HEADING.fullmatch(shown.strip())
    lowered = shown.strip().lower()
    if heading and kind != "character":
        return "heading", int(heading[1])
    if lowered == "title":
        return "title", 1
    if re.fullmatch(r"toc \d|toc heading|table of figures|index \d", lowered):
        return "contents", None
    if _CODE.match(lowered) if kind != "character" else _INLINE_CODE.match(lowered):
        return "code", None
    return ("quote", None) if _QUOTE.fullmatch(lowered) else ("", None)


def number_of(properties: Element | None) -> tuple[str, int] | None:
    """The list and level of a paragraph; ("0", 0) where it says that it is in none."""
    numbered = properties.find("w:numPr") if properties is not None else None
    if numbered is None:
        return None
    level = value(numbered, "w:ilvl") or "0"
    number = value(numbered, "w:numId")
    return (number, int(level) if re.fullmatch(r"\d", level) else 0) if number else None


def numbering_of(root: Element | None) -> Numbering:
    """Lists as the document's numbering part defines them."""
    if root is None:
        return Numbering()
    abstract = {
        each.get("w:abstractNumId", ""): _levels(each) for each in root.findall("w:abstractNum")
    }
    levels: dict[str, Mapping[int, tuple[bool, int]]] = {}
    for each in root.findall("w:num"):
        own = dict(abstract.get(value(each, "w:abstractNumId") or "", {}))
        for change in each.findall("w:lvlOverride"):
            level = _digit(change.get("w:ilvl", "0"))
            start = value(change, "w:startOverride")
            if start is not None and re.fullmatch(r"\d{1,6}", start):
                own[level] = (own.get(level, (True, 1))[0], int(start))
        levels[each.get("w:numId", "")] = own
    return Numbering(levels)


def _levels(element: Element) -> dict[int, tuple[bool, int]]:
    levels: dict[int, tuple[bool, int]] = {}
    for level in element.findall("w:lvl"):
        kind = value(level, "w:numFmt") or "decimal"
        start = value(level, "w:start") or "1"
        first = int(start) if re.fullmatch(r"\d{1,6}", start) else 1
        levels[_digit(level.get("w:ilvl", "0"))] = (kind not in ("bullet", "none"), first)
    return levels


def _digit(text: str) -> int:
    return int(text) if re.fullmatch(r"\d", text) else 0
