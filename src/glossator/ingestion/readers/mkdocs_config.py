"""`mkdocs.yml` as plain values: which settings matter here, and what they are when absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import join

from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.mkdocs_markdown import Dialect
from glossator.ingestion.readers.pages import mapping_of, text_of
from glossator.ingestion.readers.safe_yaml import YamlError, load_yaml
from glossator.ingestion.sources import SourceError

NAMES = ("mkdocs.yml", "mkdocs.yaml")
_INHERITED = 5


@dataclass(frozen=True, slots=True)
class Config:
    """The settings that decide what a site's pages are and how they read."""

    rel: str
    site_name: str | None
    site_url: str | None
    docs_dir: str
    directory_urls: bool
    language: str
    nav: object
    excluded: tuple[str, ...]
    extensions: Mapping[str, Mapping[str, object]] | None
    plugins: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def dialect(self) -> Dialect:
        """What the site's Markdown has on; everything where the settings can't be read."""
        names = self.extensions
        return Dialect(
            definitions=names is None or "def_list" in names or "extra" in names,
            keys=names is not None and "pymdownx.keys" in names,
        )

    @property
    def nav_file(self) -> str | None:
        """The file of literate navigation, None where the site has none."""
        for name in ("literate-nav", "mkdocs-literate-nav"):
            if name in self.plugins:
                return text_of(self.plugins[name].get("nav_file")) or "SUMMARY.md"
        return None

    @property
    def snippet_bases(self) -> tuple[str, ...] | None:
        """Folders that snippets are looked up in, None where the site has no snippets."""
        if self.extensions is not None and "pymdownx.snippets" not in self.extensions:
            return None
        given = (self.extensions or {}).get("pymdownx.snippets", {}).get("base_path", ".")
        bases = given if isinstance(given, list) else [given]
        return tuple(base for base in bases if isinstance(base, str)) or (".",)


def find_config(folder: SourceFolder) -> str | None:
    """The settings file in the folder or one level below it."""
    files = folder.files()
    for depth in (0, 1):
        for rel in files:
            if rel.count("/") == depth and rel.rsplit("/", 1)[-1] in NAMES:
                return rel
    return None


def load_config(folder: SourceFolder, rel: str) -> Config:
    """The settings in `rel`; what can't be read is noted and counts as not given."""
    raw = _raw(folder, rel, 0)
    theme = mapping_of(raw.get("theme"))
    excluded = text_lines(raw.get("exclude_docs")) + text_lines(raw.get("draft_docs"))
    extensions = raw.get("markdown_extensions")
    return Config(
        rel=rel,
        site_name=text_of(raw.get("site_name")),
        site_url=text_of(raw.get("site_url")),
        docs_dir=text_of(raw.get("docs_dir")) or "docs",
        directory_urls=raw.get("use_directory_urls") is not False,
        language=text_of(theme.get("language")) or text_of(theme.get("locale")) or "en",
        nav=raw.get("nav"),
        excluded=excluded,
        extensions=None if not raw else named(extensions),
        plugins=named(raw.get("plugins")),
    )


def named(value: object) -> dict[str, Mapping[str, object]]:
    """A list of names, some with options, or a mapping of them -> name to options."""
    items = value if isinstance(value, list) else [value]
    found: dict[str, Mapping[str, object]] = {}
    for item in items:
        if isinstance(item, str):
            found[item.rsplit("markdown.extensions.", 1)[-1]] = {}
        elif isinstance(item, dict):
            for name, options in item.items():
                found[name.rsplit("markdown.extensions.", 1)[-1]] = mapping_of(options)
    return found


def text_lines(value: object) -> tuple[str, ...]:
    """The lines of a setting that is one text, without comments."""
    if not isinstance(value, str):
        return ()
    lines = (line.strip() for line in value.split("\n"))
    return tuple(line for line in lines if line and not line.startswith("#"))


def _raw(folder: SourceFolder, rel: str, depth: int) -> dict[str, object]:
    try:
        value = load_yaml(folder.text(rel))
    except SourceError as error:
        folder.note(rel, error.message)
        return {}
    except YamlError as error:
        message = f"{error} The pages are read in the order of their folders."
        folder.note(rel, message, error.line)
        return {}
    raw = dict(mapping_of(value))
    parent = text_of(raw.pop("INHERIT", None))
    if parent and depth < _INHERITED:
        found = folder.resolve(rel, parent)
        if found is None or not folder.exists(found):
            folder.note(rel, f"The settings it inherits, {parent}, aren't in the folder.")
        else:
            raw = _merged(_raw(folder, found, depth + 1), raw)
    return raw


def _merged(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    merged = dict(below)
    for name, value in above.items():
        old = merged.get(name)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[name] = _merged(old, value)
        else:
            merged[name] = value
    return merged


def docs_folder(folder: SourceFolder, config: Config) -> str:
    """Where the pages lie, relative to `folder`; raises `SourceError` where they don't."""
    found = folder.resolve(config.rel, join(".", config.docs_dir))
    if found is None:
        message = f"Its docs_dir, {config.docs_dir}, lies outside the folder."
        raise SourceError(folder.shown(config.rel), message)
    if not folder.is_folder(found):
        message = f"Its docs_dir, {config.docs_dir}, isn't there."
        raise SourceError(folder.shown(config.rel), message)
    return found
