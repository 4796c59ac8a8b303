"""HTML and XHTML parsed into a tree that can be walked safely, and what its elements say."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from glossator.ingestion.readers.mathml import local
from glossator.ingestion.readers.safe_xml import ENTITIES
from glossator.ingestion.sources import SourceError

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_NESTING = 3_000
"""Open elements at one place; the parser's time grows with their square."""

_VOID = frozenset("area base br col embed hr img input link meta source track wbr param".split())
# Elements whose end tag may be left out: counting them would find depth where there is none.
_LOOSE = _VOID | frozenset(
    "p li dt dd td th tr option optgroup thead tbody tfoot colgroup rt rp html body head".split()
)
_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]{0,60})")
_SELF_CLOSED = re.compile(r"<([A-Za-z][\w:.-]{0,60})((?:\s[^<>]{0,2000})?)/>")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_INTERNAL_SUBSET = re.compile(r"<!DOCTYPE[^>\[]{0,1000}\[|<!ENTITY\s", re.IGNORECASE)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
DROPPED = frozenset(
    "script style template noscript nav dialog iframe object embed applet canvas audio video form"
    " button input select textarea datalist meter progress head title link meta base map rt rp"
    " rtc frameset".split()
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")
_CODE_CLASS = re.compile(
    r"(?:^|\s)(?:language|lang|highlight-source|highlight|brush:?)[-\s:]([\w+#.-]{1,30})",
    re.IGNORECASE,
)
_NO_LANGUAGE = frozenset("default none text plaintext notranslate source sourcecode".split())
# Classes that highlighters put on a listing beside the language's own name.
_LISTING_CLASS = re.compile(r"(?:^|\s)(?:sourceCode|src|prettyprint)\s+(?:src-)?([\w+#-]{1,20})")


def parse(text: str, where: str, *, xhtml: bool = False) -> LexborHTMLParser:
    """The tree of a page. Raises `SourceError` for what declares entities or nests too deeply."""
    from selectolax.lexbor import LexborHTMLParser

    if _INTERNAL_SUBSET.search(text[:20_000]):
        raise SourceError(where, ENTITIES)
    if xhtml or text.lstrip("\ufeff \r\n\t").startswith("<?xml"):
        text = _as_html(text)
    _check_nesting(text, where)
    return LexborHTMLParser(text)


def _as_html(text: str) -> str:
    """XHTML as an HTML parser reads it: `<a/>` would stay open there."""

    def opened(match: re.Match[str]) -> str:
        name = match[1]
        return match[0] if name.lower() in _VOID else f"<{name}{match[2]}></{name}>"

    text = _SELF_CLOSED.sub(opened, text)
    if "<![CDATA[" in text:
        text = _CDATA.sub(lambda match: escape(match[1], quote=False), text)
    return text


def _check_nesting(text: str, where: str) -> None:
    if text.count("<") <= MAX_NESTING:
        return
    depth = 0
    for match in _TAG.finditer(text):
        if match[2].lower() in _LOOSE:
            continue
        depth = max(depth - 1, 0) if match[1] else depth + 1
        if depth > MAX_NESTING:
            raise SourceError(where, "It is nested too deeply to be read; simplify the page.")


def attribute(node: LexborNode, name: str) -> str:
    """An attribute's value, "" where there is none."""
    return node.attributes.get(name) or ""


def classes(node: LexborNode) -> set[str]:
    """An element's classes, as they are written."""
    return set(attribute(node, "class").split())


def types(node: LexborNode) -> set[str]:
    """What an element says it is: `epub:type` and `role` (without `doc-`)."""
    values = node.attributes
    found = f"{values.get('epub:type') or ''} {values.get('role') or ''}".lower().split()
    return {each.removeprefix("doc-") for each in found}


def hidden(node: LexborNode) -> bool:
    """Whether a reader of the page wouldn't see the element."""
    values = node.attributes
    if "hidden" in values or (values.get("aria-hidden") or "").lower() == "true":
        return True
    style = values.get("style")
    # Formulas for screen readers are hidden from eyes and hold the source that we want.
    return bool(style and _HIDDEN_STYLE.search(style)) and "mwe-math" not in (
        values.get("class") or ""
    )


def dropped(node: LexborNode) -> bool:
    """Whether a node is no element, or one that no reader of the page reads as its text."""
    name = local(node)
    return not name or name in DROPPED or hidden(node)


def language_of(value: str | None) -> str | None:
    """A language tag as BCP 47 writes it, None for what is none."""
    found = _LANGUAGE.fullmatch((value or "").strip())
    if found is None:
        return None
    first, *others = found[0].replace("_", "-").split("-")
    cased = (each.upper() if len(each) == 2 else each for each in others)
    return "-".join((first.lower(), *cased))


def code_language(pre: LexborNode) -> str | None:
    """The language that a listing's own, inner or outer element names."""
    inner = pre.css_first("code")
    parents = [pre.parent, pre.parent.parent if pre.parent is not None else None]
    for node in (inner, pre, *parents):
        if node is None:
            continue
        values = node.attributes
        named = values.get("data-language") or values.get("data-lang") or values.get("syntax")
        found = values.get("class") or ""
        match = _CODE_CLASS.search(found) or _LISTING_CLASS.search(found)
        name = (named or (match[1] if match else "")).lower()
        if name and name not in _NO_LANGUAGE:
            return name if re.fullmatch(r"[\w+#./-]{1,30}", name) else None
        if node is pre.parent and local(node) in ("body", "main", "article", "section"):
            break
    return None
