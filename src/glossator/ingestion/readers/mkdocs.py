"""MkDocs sites: `mkdocs.yml`, its contents, and the pages in Python-Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from posixpath import join, splitext

from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.front_matter import split_front_matter
from glossator.ingestion.readers.mkdocs_config import Config, docs_folder, find_config, load_config
from glossator.ingestion.readers.mkdocs_markdown import to_neutral
from glossator.ingestion.readers.mkdocs_nav import Entry, Navigation
from glossator.ingestion.readers.pages import Page, chapter, mapping_of, text_of
from glossator.ingestion.readers.snippets import Snippets
from glossator.ingestion.slugs import Slugger, python_markdown_slugger
from glossator.ingestion.sources import BookSource, ChapterSource, ReadLimits, SourceError

_ENDINGS = (".md", ".markdown", ".mdown", ".mkdn", ".mkd")


@dataclass(slots=True)
class _Pages:
    """Pages by the path the contents use -> language -> file below the docs folder."""

    default: str
    files: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, page: str, language: str, rel: str) -> None:
        self.files.setdefault(page, {}).setdefault(language, rel)

    def own(self) -> list[str]:
        """The pages there are in the site's main language."""
        return [page for page, files in self.files.items() if self.default in files]


def read(folder: SourceFolder, limits: ReadLimits) -> list[BookSource]:  # noqa: ARG001
    """The site's one book; raises `SourceError` where there are no settings or no pages."""
    rel = find_config(folder)
    if rel is None:
        raise SourceError("", "There is no mkdocs.yml in the folder.")
    return [_Site(folder, load_config(folder, rel)).book()]


class _Site:
    def __init__(self, folder: SourceFolder, config: Config) -> None:
        self._folder = folder
        self._config = config
        self._docs_rel = docs_folder(folder, config)
        self._docs = folder.sub(self._docs_rel)
        bases = config.snippet_bases
        home = splitext(config.rel)[0].rpartition("/")[0]
        self._snippets = (
            None if bases is None else Snippets(folder, tuple(join(home, base) for base in bases))
        )

    def book(self) -> BookSource:
        config = self._config
        pages = self._pages()
        chapters: list[ChapterSource] = []
        translations: list[ChapterSource] = []
        navigation = Navigation(self._docs, pages.own(), config.nav_file)
        for entry in navigation.entries(config.nav):
            for language, rel in pages.files[entry.page].items():
                made = self._chapter(entry, rel, language, language == pages.default)
                if made is not None:
                    (chapters if language == pages.default else translations).append(made)
        return BookSource(
            kind="mkdocs",
            title=config.site_name or self._folder.name,
            chapters=tuple(chapters),
            language=pages.default,
            translations=tuple(translations),
            problems=tuple(self._folder.problems),
            site_url=config.site_url,
        )

    def _pages(self) -> _Pages:
        plugin = self._config.plugins.get("i18n") or {}
        default, others = _languages(plugin, self._config.language)
        pages = _Pages(default)
        found = [rel for rel in self._docs.files() if rel.endswith(_ENDINGS)]
        names = set(found)
        for rel in found:
            stem, name = rel.rsplit("/", 1) if "/" in rel else ("", rel)
            if name == "README.md" and join(stem, "index.md") in names:
                continue
            if not self._left_out(rel):
                page, language = _split_language(rel, plugin, default, others)
                pages.add(page, language, rel)
        return pages

    def _left_out(self, rel: str) -> bool:
        blog = self._config.plugins.get("blog", self._config.plugins.get("material/blog"))
        if blog is not None:
            posts = join(text_of(blog.get("blog_dir")) or "blog", "posts")
            if rel.startswith(f"{posts}/"):
                return True
        if rel.startswith("templates/"):
            return True
        return any(_ignores(pattern, rel) for pattern in self._config.excluded)

    def _chapter(
        self, entry: Entry, rel: str, language: str, is_default: bool
    ) -> ChapterSource | None:
        path = join(self._docs_rel, rel) if self._docs_rel != "." else rel
        try:
            source = self._folder.text(path)
            front = split_front_matter(source)
            for warning in front.warnings:
                self._folder.note(path, warning)
            body = front.body
            if self._snippets is not None:
                body = self._snippets.expand(path, body)
            url = _address(entry.page, self._config.directory_urls)
            page = Page(
                rel=path,
                chapter_id=splitext(entry.page)[0],
                url_path=url if is_default else f"{language}/{url}",
                language=language,
                listed=entry.title if is_default else None,
                depth=len(entry.part),
                part=entry.part,
            )
            markdown = to_neutral(body, self._config.dialect)
            return chapter(
                self._folder, page, markdown, self._slugger(), text_of(front.data.get("title"))
            )
        except SourceError as error:
            self._folder.note(path, error.message)
            return None

    def _slugger(self) -> Callable[[], Slugger]:
        options = (self._config.extensions or {}).get("toc", {})
        separator = text_of(options.get("separator")) or "-"
        keeps_letters = "slugify" in options
        return lambda: python_markdown_slugger(separator, unicode=keeps_letters)


def _address(page: str, directory_urls: bool) -> str:
    stem = splitext(page)[0]
    folder, _, name = stem.rpartition("/")
    is_index = name in ("index", "README")
    if not directory_urls:
        return join(folder, "index.html") if is_index else f"{stem}.html"
    if is_index:
        return f"{folder}/" if folder else ""
    return f"{stem}/"


def _languages(plugin: Mapping[str, object], language: str) -> tuple[str, tuple[str, ...]]:
    """The site's main language and the others that the translation plugin names."""
    given = plugin.get("languages")
    items: Iterable[object] = ()
    if isinstance(given, list):
        items = given
    elif isinstance(given, dict):
        items = [{"locale": name} for name in given]
    default = text_of(plugin.get("default_language")) or language
    others: list[str] = []
    for item in items:
        options = mapping_of(item)
        name = text_of(options.get("locale"))
        if name and options.get("default") is True:
            default = name
        if name:
            others.append(name)
    return default, tuple(name for name in others if name != default)


def _split_language(
    rel: str, plugin: Mapping[str, object], default: str, others: tuple[str, ...]
) -> tuple[str, str]:
    """The path that the contents use for a file, and the file's language."""
    if not others:
        return rel, default
    known = {default, *others}
    if plugin.get("docs_structure") == "folder":
        head, _, tail = rel.partition("/")
        return (tail, head) if tail and head in known else (rel, default)
    found = re.fullmatch(r"(.+)\.([A-Za-z][\w-]{1,15})(\.\w+)", rel)
    if found and found[2] in known:
        return found[1] + found[3], found[2]
    return rel, default


def _ignores(pattern: str, rel: str) -> bool:
    bare = pattern.strip("/")
    if not bare or pattern.startswith("!"):
        return False
    parts = rel.split("/")
    if pattern.startswith("/") or "/" in bare:
        return fnmatchcase(rel, bare) or fnmatchcase(rel, f"{bare}/*")
    folders = parts[:-1] if pattern.endswith("/") else parts
    return any(fnmatchcase(part, bare) for part in folders)
