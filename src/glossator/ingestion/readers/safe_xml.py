"""XML read without anything that XML can do: no entities, no outside parts, no endless depth.

Names come out as `prefix:name` with the prefixes below, whatever prefix the file uses, so
`w:p` is Word's paragraph in every file; names of other namespaces come out bare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET
from xml.parsers import expat

from glossator.ingestion.sources import SourceError

MAX_DEPTH = 250
ENTITIES = "It declares entities of its own, so it was not read; save it anew without them."

_OFFICE = "http://schemas.openxmlformats.org/"
_STRICT = "http://purl.oclc.org/ooxml/"
_PREFIXES = {
    "http://www.w3.org/XML/1998/namespace": "xml:",
    f"{_OFFICE}wordprocessingml/2006/main": "w:",
    f"{_STRICT}wordprocessingml/main": "w:",
    f"{_OFFICE}drawingml/2006/main": "a:",
    f"{_STRICT}drawingml/main": "a:",
    f"{_OFFICE}drawingml/2006/wordprocessingDrawing": "wp:",
    f"{_STRICT}drawingml/wordprocessingDrawing": "wp:",
    f"{_OFFICE}presentationml/2006/main": "p:",
    f"{_STRICT}presentationml/main": "p:",
    f"{_OFFICE}officeDocument/2006/math": "m:",
    f"{_STRICT}officeDocument/math": "m:",
    f"{_OFFICE}officeDocument/2006/relationships": "r:",
    f"{_STRICT}officeDocument/relationships": "r:",
    f"{_OFFICE}markup-compatibility/2006": "mc:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://www.idpf.org/2007/opf": "",
}
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_UNKNOWN_ENCODING = 18


class _Builder:
    """Builds elements; complete ones at `yield_depth` are put aside in `done`."""

    def __init__(self, where: str, yield_depth: int) -> None:
        self._where = where
        self._yield_depth = yield_depth
        self._names: dict[str, str] = {}
        self._stack: list[ET.Element] = []
        self._last: ET.Element | None = None
        self._tail = False
        self._text: list[str] = []
        self.done: list[ET.Element] = []
        self.root: ET.Element | None = None
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text.append
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._entity
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def _name(self, name: str) -> str:
        known = self._names.get(name)
        if known is None:
            space, _, local = name.rpartition(" ")
            known = self._names[name] = _PREFIXES.get(space, "") + local
        return known

    def _flush(self) -> None:
        if not self._text:
            return
        text = "".join(self._text)
        self._text.clear()
        if self._last is not None and self._tail:
            self._last.tail = text
        elif self._last is not None:
            self._last.text = text

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._flush()
        if len(self._stack) >= MAX_DEPTH:
            raise SourceError(self._where, "It is nested too deeply to be read.")
        named = {self._name(key): value for key, value in attributes.items()}
        element = ET.Element(self._name(name), named)
        if self._stack and len(self._stack) != self._yield_depth:
            self._stack[-1].append(element)
        elif not self._stack:
            self.root = element
        self._stack.append(element)
        self._last, self._tail = element, False

    def _end(self, name: str) -> None:
        self._flush()
        self._last, self._tail = self._stack.pop(), True
        if len(self._stack) == self._yield_depth:
            self.done.append(self._last)

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        if internal:
            raise SourceError(self._where, ENTITIES)

    def _entity(self, *_: object) -> None:
        raise SourceError(self._where, ENTITIES)


def parse(data: bytes, where: str) -> ET.Element:
    """The root element of a whole document. Raises `SourceError`, `where` names it."""
    builder = _Builder(where, -1)
    _feed(builder, data, where, final=True)
    if builder.root is None:
        raise SourceError(where, "It holds no XML.")
    return builder.root


def children(chunks: Iterable[bytes], where: str, depth: int = 2) -> Iterator[ET.Element]:
    """The complete elements that lie `depth` below the top, one by one, then forgotten.

    With 2, the children of a Word document's body: memory is that of the largest one.
    """
    builder = _Builder(where, depth)
    for chunk in chunks:
        _feed(builder, chunk, where, final=False)
        done, builder.done = builder.done, []
        yield from done
    _feed(builder, b"", where, final=True)
    yield from builder.done


def _feed(builder: _Builder, data: bytes, where: str, *, final: bool) -> None:
    try:
        builder.parser.Parse(data, final)
    except expat.ExpatError as error:
        if error.code == _UNKNOWN_ENCODING and final and (declared := _DECLARED.match(data)):
            data = _as_utf8(data, declared, where)
            again = _Builder(where, -1)
            _feed(again, data, where, final=True)
            builder.root = again.root
            return
        raise SourceError(where, "Its XML is damaged; make the file anew.") from error


def _as_utf8(data: bytes, declared: re.Match[bytes], where: str) -> bytes:
    try:
        text = data[declared.end() :].decode(declared[1].decode("ascii"), "replace")
    except LookupError:
        raise SourceError(where, "Its XML is in an unknown encoding.") from None
    return b"<?xml version='1.0' encoding='utf-8'" + text.encode()


def words(element: ET.Element) -> str:
    """All text in an element, on one line."""
    return " ".join("".join(element.itertext()).split())


def at(element: ET.Element | None, path: str) -> ET.Element | None:
    """The first descendant at `path` (`w:pPr/w:rPr`); None where there is none.

    ElementTree's own paths take the colon for a prefix that they want to be told about.
    """
    for name in path.split("/"):
        element = element.find(name) if element is not None else None
    return element
