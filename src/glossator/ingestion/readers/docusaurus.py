"""Docusaurus sites: the book, its stored versions and the author's own translations."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace

from glossator.ingestion.readers.docusaurus_site import (
    Site,
    find_site,
    read_json,
    versions_of,
    within,
)
from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.front_matter import (
    FrontMatter,
    number_value,
    split_front_matter,
    text_value,
)
from glossator.ingestion.readers.js_literals import UNKNOWN, exported_value
from glossator.ingestion.readers.mdx import mdx_to_neutral
from glossator.ingestion.readers.pages import Built, check_length, content_of
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.readers.safe_yaml import YamlError, load_yaml
from glossator.ingestion.readers.sidebars import (
    Category,
    Contents,
    Placed,
    SidebarDoc,
    is_category_index,
    split_number,
)
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import BookSource, ChapterSource, ReadLimits, SourceError

_ENDINGS = (".md", ".mdx")
_NOT_DOCS = ("blog", "src", "i18n", "versioned_docs", "static")
_TRANSLATIONS = "docusaurus-plugin-content-docs"


@dataclass(frozen=True, slots=True)
class _Doc:
    """A page that was read: `path` below its docs folder, `url_path` below the site's base."""

    doc_id: str
    path: str
    rel: str
    title: str
    built: Built
    url_path: str
    position: float | None
    label: str | None


@dataclass(frozen=True, slots=True)
class _Version:
    """A stored version or the current one: where its pages lie and are shown."""

    name: str | None
    docs: str
    sidebars: str | None
    address: str

    @property
    def folder(self) -> str:
        """Its name in the folders of translations."""
        return f"version-{self.name}" if self.name else "current"


def read(folder: SourceFolder, limits: ReadLimits) -> list[BookSource]:
    """The site's book as it is now, then each stored version, the latest first.

    A page or setting that can't be read is a problem, noted with the folder. Raises nothing
    but what `folder` raises for the folder itself; a folder without pages gives books
    without chapters.
    """
    site = find_site(folder)
    names = versions_of(folder, site)
    last = site.last_version or (names[0] if names else "current")
    versions = [_Version(None, site.docs, site.sidebars, _address(site, "current", last))]
    for name in names:
        stored = site.below_root(f"versioned_sidebars/version-{name}-sidebars.json")
        sidebars = stored if folder.exists(stored) else None
        docs = site.below_root(f"versioned_docs/version-{name}")
        versions.append(_Version(name, docs, sidebars, _address(site, name, last)))
    books = [_Reader(folder, limits, site, version).book() for version in versions]
    books = [book for book in books if book.chapters or book.version is None]
    # What was met is noted with the folder, not with a version: it stands with the first book.
    books[0] = replace(books[0], problems=tuple(folder.problems))
    return books


def _address(site: Site, name: str, last: str) -> str:
    part = site.version_paths.get(name)
    if part is None:
        part = "" if name == last else ("next" if name == "current" else name)
    return "/".join(step for step in (site.route, part.strip("/")) if step)


class _Reader:
    def __init__(
        self, folder: SourceFolder, limits: ReadLimits, site: Site, version: _Version
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._site = site
        self._version = version

    def book(self) -> BookSource:
        site = self._site
        docs = self._docs(self._version.docs)
        places = self._places(docs)
        by_id = {doc.doc_id: doc for doc in docs}
        chapters = [_chapter(by_id[place.doc_id], place, site.locale) for place in places]
        return BookSource(
            kind="docusaurus",
            title=site.title or self._folder.name,
            chapters=tuple(chapters),
            language=site.locale,
            version=self._version.name,
            translations=tuple(self._translations(docs, places)),
            site_url=site.site_url,
        )

    def _docs(self, base: str) -> list[_Doc]:
        docs: dict[str, _Doc] = {}
        for path in self._paths(base):
            doc = self._doc(base, path, "")
            if doc is None:
                continue
            if doc.doc_id in docs:
                other = docs[doc.doc_id].path
                self._folder.note(doc.rel, f"It has the id of {other}, so it is left out.")
                continue
            docs[doc.doc_id] = doc
        return list(docs.values())

    def _paths(self, base: str) -> list[str]:
        start = f"{base}/" if base else ""
        paths = [rel[len(start) :] for rel in self._folder.files() if rel.startswith(start)]
        # A docs folder that was given without its site may be the site's folder as well.
        whole = base == self._site.root
        return [
            path
            for path in paths
            if path.lower().endswith(_ENDINGS)
            and not any(step.startswith("_") for step in path.split("/"))
            and not (whole and path.split("/")[0] in _NOT_DOCS)
        ]

    def _doc(self, base: str, path: str, language: str) -> _Doc | None:
        """The page at `path`; None for drafts, hidden pages, and what can't be read."""
        rel = within(base, path)
        try:
            front = split_front_matter(self._folder.text(rel))
            for warning in front.warnings:
                self._folder.note(rel, warning)
            if front.flag("draft") or front.flag("unlisted"):
                return None
            built = self._built(rel, front)
        except SourceError as error:
            self._folder.note(rel, error.message)
            return None
        folder, name = posixpath.split(posixpath.splitext(path)[0])
        number, bare = self._split(name)
        local = (front.text("id") or bare).strip("/")
        folders = [self._split(step)[1] for step in folder.split("/")] if folder else []
        position = front.number("sidebar_position")
        first = next(iter(built.content.headings), None)
        heading = first.text if first and first.depth == 1 and first.start == 0 else None
        return _Doc(
            doc_id="/".join([*folders, local]),
            path=path,
            rel=rel,
            title=front.text("title") or heading or words_of_name(bare),
            built=built,
            url_path=self._url(path, "/".join(folders), front.text("slug"), local, language),
            position=number if position is None else position,
            label=front.text("sidebar_label"),
        )

    def _split(self, name: str) -> tuple[float | None, str]:
        return split_number(name) if self._site.number_prefixes else (None, name)

    def _built(self, rel: str, front: FrontMatter) -> Built:
        check_length(self._folder, rel, front.body, self._limits)
        form = front.text("format") or self._site.markdown_format
        mdx = form == "mdx" or (form == "detect" and rel.lower().endswith(".mdx"))
        neutral = front.body
        if mdx:
            neutral = mdx_to_neutral(self._folder, rel, neutral, site=self._site.root)
            check_length(self._folder, rel, neutral, self._limits)
        return content_of(self._folder, rel, neutral, github_slugger, indented_code=not mdx)

    def _url(self, path: str, folder: str, slug: str | None, local: str, language: str) -> str:
        if slug is None and is_category_index(path):
            below = f"/{folder}/" if folder else "/"
        else:
            below = posixpath.join(f"/{folder}", slug or local)
            trailing = below.endswith("/")
            below = posixpath.normpath(below) + ("/" if trailing else "")
        steps = (language, self._version.address, below.strip("/"))
        url = "/".join(step for step in steps if step)
        slash = self._site.trailing_slash
        ends = below.endswith("/") if slash is None else slash
        return f"{url}/" if ends and url else url

    def _places(self, docs: list[_Doc]) -> list[Placed]:
        contents = Contents(
            [SidebarDoc(doc.doc_id, doc.path, doc.title, doc.position, doc.label) for doc in docs],
            self._categories(),
            number_prefixes=self._site.number_prefixes,
        )
        rel = self._version.sidebars
        sidebars = self._sidebars(rel) if rel else None
        places = contents.by_folders() if sidebars is None else contents.by_sidebars(sidebars)
        for warning in contents.warnings:
            self._folder.note(rel or self._version.docs, warning)
        return places

    def _sidebars(self, rel: str) -> object:
        if rel.endswith(".json"):
            return read_json(self._folder, rel)
        try:
            return exported_value(self._folder.text(rel))
        except SourceError as error:
            self._folder.note(rel, error.message)
            return UNKNOWN

    def _categories(self) -> dict[str, Category]:
        found: dict[str, Category] = {}
        start = f"{self._version.docs}/" if self._version.docs else ""
        for rel in self._folder.files():
            name = posixpath.basename(rel)
            if rel.startswith(start) and name in (
                "_category_.json",
                "_category_.yml",
                "_category_.yaml",
            ):
                value = self._settings(rel)
                if isinstance(value, dict):
                    found[posixpath.dirname(rel[len(start) :])] = _category(value)
        return found

    def _settings(self, rel: str) -> object:
        if rel.endswith(".json"):
            return read_json(self._folder, rel)
        try:
            return load_yaml(self._folder.text(rel))
        except SourceError as error:
            self._folder.note(rel, error.message)
        except YamlError as error:
            self._folder.note(rel, str(error), error.line)
        return UNKNOWN

    def _translations(self, docs: list[_Doc], places: list[Placed]) -> list[ChapterSource]:
        by_path = {doc.path: doc for doc in docs}
        order = {place.doc_id: place for place in places}
        found: list[tuple[int, ChapterSource]] = []
        ranks = {place.doc_id: rank for rank, place in enumerate(places)}
        for language in self._site.locales:
            if language == self._site.locale:
                continue
            base = self._site.below_root(f"i18n/{language}/{_TRANSLATIONS}/{self._version.folder}")
            for path in self._paths(base):
                original = by_path.get(path)
                if original is None:
                    message = "It translates a page that the book doesn't have; it is left out."
                    self._folder.note(within(base, path), message)
                    continue
                doc = self._doc(base, path, language)
                if doc is not None:
                    place = order[original.doc_id]
                    doc = replace(doc, doc_id=original.doc_id)
                    found.append((ranks[doc.doc_id], _chapter(doc, place, language)))
        found.sort(key=lambda pair: pair[0])
        return [chapter for _, chapter in found]


def _chapter(doc: _Doc, place: Placed, language: str) -> ChapterSource:
    return ChapterSource(
        chapter_id=doc.doc_id,
        title=doc.title,
        content=doc.built.content,
        made_from=doc.built.made_from,
        notes=doc.built.notes,
        language=language,
        depth=place.depth,
        url_path=doc.url_path,
        part=place.part,
        source_path=doc.rel,
    )


def _category(value: dict[str, object]) -> Category:
    link = value.get("link")
    linked = "link" in value
    named = text_value(link.get("id")) if isinstance(link, dict) else None
    is_doc = isinstance(link, dict) and link.get("type") == "doc"
    return Category(
        label=text_value(value.get("label")),
        position=number_value(value.get("position")),
        linked=linked,
        link=named if is_doc else None,
    )
