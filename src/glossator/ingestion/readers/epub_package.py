"""What an EPUB's own files say about it: reading order, titles, language, locks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from glossator.ingestion.readers import safe_xml
from glossator.ingestion.readers.html_tree import attribute, language_of, parse, types
from glossator.ingestion.readers.mathml import local
from glossator.ingestion.readers.zips import SafeZip
from glossator.ingestion.sources import SourceError

_FONT_LOCKS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_MAX_ENTRIES = 10_000
_MAX_LEVELS = 12
_PAGES = ("application/xhtml+xml", "text/html", "image/svg+xml", "text/x-oeb1-document")
_PAGE_ENDINGS = (".xhtml", ".html", ".htm", ".xml", ".svg")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the spine: its file in the archive, and whether it is a drawing."""

    name: str
    drawing: bool


@dataclass(frozen=True, slots=True)
class Package:
    """An EPUB without its text. `contents` maps a file, or a place in one, to title and depth.

    `missing` are files of the spine that the archive lacks.
    """

    title: str
    language: str | None
    pages: tuple[Page, ...]
    contents: Mapping[str, tuple[str, int]]
    missing: tuple[str, ...]


def package(archive: SafeZip, shown: str) -> Package:
    """The package of an EPUB 2 or 3. Raises `SourceError`, also where its text is locked."""
    _check_locks(archive, shown)
    opf_name = _opf_name(archive, shown)
    root = safe_xml.parse(archive.read(opf_name), shown)
    base = posixpath.dirname(opf_name)
    manifest = {
        item.get("id", ""): item
        for item in _named(root, "item")
        if item.get("href") and item.get("id")
    }
    pages: list[Page] = []
    missing: list[str] = []
    seen: set[str] = set()
    skipped = _contents_pages(root, base)
    for reference in _named(root, "itemref")[:_MAX_ENTRIES]:
        item = manifest.get(reference.get("idref", ""))
        name = resolved(base, item.get("href", "")) if item is not None else None
        if item is None or name is None or name in seen or name in skipped:
            continue
        seen.add(name)
        if "nav" in item.get("properties", "").split():
            continue
        kind = item.get("media-type", "").lower()
        if kind not in _PAGES and not name.lower().endswith(_PAGE_ENDINGS):
            continue
        if name not in archive:
            missing.append(name)
            continue
        pages.append(Page(name, "svg" in kind or name.lower().endswith(".svg")))
    return Package(
        title=_first(root, "dc:title"),
        language=language_of(_first(root, "dc:language")),
        pages=tuple(pages),
        contents=_contents(archive, manifest, root, base),
        missing=tuple(missing),
    )


def resolved(base: str, href: str) -> str | None:
    """An address within the archive as the name of a file in it; None where it leads out."""
    path = unquote(href.partition("#")[0]).strip()
    if not path or "\\" in path or "\0" in path or re.match(r"[A-Za-z][\w+.-]*:", path):
        return None
    name = posixpath.normpath(posixpath.join(base, path))
    return None if name.startswith(("/", "..")) else name


def _named(root: Element, name: str) -> list[Element]:
    # Some old packages have no namespace, others a wrong one: the name is enough.
    return [each for each in root.iter() if each.tag.rpartition(":")[2] == name]


def _first(root: Element, name: str) -> str:
    found = (safe_xml.words(each) for each in root.iter(name))
    return next((text for text in found if text), "")


def _check_locks(archive: SafeZip, shown: str) -> None:
    locked = "META-INF/encryption.xml"
    if locked not in archive:
        return
    root = safe_xml.parse(archive.read(locked), shown)
    for data in root:
        methods = [each.get("Algorithm", "") for each in _named(data, "EncryptionMethod")]
        if methods and all(method in _FONT_LOCKS for method in methods):
            continue
        sentence = "It is locked (DRM), so its text can't be read; add a copy without a lock."
        if _named(data, "CipherReference") or methods:
            raise SourceError(shown, sentence)


def _opf_name(archive: SafeZip, shown: str) -> str:
    if "META-INF/container.xml" in archive:
        root = safe_xml.parse(archive.read("META-INF/container.xml"), shown)
        for file in _named(root, "rootfile"):
            name = resolved("", file.get("full-path", ""))
            if name is not None and name in archive:
                return name
    found = sorted(name for name in archive.names() if name.lower().endswith(".opf"))
    if not found:
        raise SourceError(shown, "It says it is an EPUB but lacks its package; make it anew.")
    return found[0]


def _contents_pages(root: Element, base: str) -> set[str]:
    """Pages that only list the chapters (EPUB 2 names them in its guide)."""
    found = {
        resolved(base, each.get("href", ""))
        for each in _named(root, "reference")
        if each.get("type", "").lower() == "toc"
    }
    text = {
        resolved(base, each.get("href", ""))
        for each in _named(root, "reference")
        if each.get("type", "").lower() in ("text", "start")
    }
    return {name for name in found - text if name}


def _contents(
    archive: SafeZip, manifest: Mapping[str, Element], root: Element, base: str
) -> dict[str, tuple[str, int]]:
    for item in manifest.values():
        name = resolved(base, item.get("href", ""))
        if "nav" in item.get("properties", "").split() and name is not None and name in archive:
            listed = _from_nav(archive, name)
            if listed:
                return listed
    spine = next(iter(_named(root, "spine")), None)
    toc = manifest.get(spine.get("toc", "")) if spine is not None else None
    if toc is None:
        kinds = ("application/x-dtbncx+xml",)
        toc = next((i for i in manifest.values() if i.get("media-type") in kinds), None)
    name = resolved(base, toc.get("href", "")) if toc is not None else None
    return _from_ncx(archive, name) if name is not None and name in archive else {}


def _place(base: str, href: str) -> str | None:
    name = resolved(base, href)
    fragment = unquote(href.partition("#")[2])
    return f"{name}#{fragment}" if name and fragment else name


def _from_nav(archive: SafeZip, name: str) -> dict[str, tuple[str, int]]:
    try:
        tree = parse(archive.read(name).decode("utf-8", "replace"), name, xhtml=True)
    except SourceError:
        return {}
    listed: dict[str, tuple[str, int]] = {}
    for nav in tree.css("nav"):
        if "toc" not in types(nav):
            continue
        for link in nav.css("a[href]")[:_MAX_ENTRIES]:
            place = _place(posixpath.dirname(name), attribute(link, "href"))
            title = " ".join(link.text(deep=True).split())
            depth = 0
            above = link.parent
            while above is not None and above.mem_id != nav.mem_id and depth < _MAX_LEVELS:
                depth += local(above) in ("ol", "ul")
                above = above.parent
            if place and title:
                listed.setdefault(place, (title, max(depth, 1)))
    return listed


def _from_ncx(archive: SafeZip, name: str) -> dict[str, tuple[str, int]]:
    try:
        root = safe_xml.parse(archive.read(name), name)
    except SourceError:
        return {}
    listed: dict[str, tuple[str, int]] = {}
    pending = [(each, 1) for each in _named(root, "navMap")]
    while pending and len(listed) < _MAX_ENTRIES:
        element, depth = pending.pop()
        points = [each for each in element if each.tag.rpartition(":")[2] == "navPoint"]
        for point in points:
            text = next((safe_xml.words(e) for e in point if e.tag.endswith("navLabel")), "")
            source = next((e.get("src", "") for e in point if e.tag.endswith("content")), "")
            place = _place(posixpath.dirname(name), source)
            if place and text:
                listed.setdefault(place, (text, depth))
        pending += [(point, min(depth + 1, _MAX_LEVELS)) for point in points]
    return listed
