"""Where a Docusaurus site keeps its parts, from its settings file or from its folders."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.js_literals import UNKNOWN, dig, exported_value
from glossator.ingestion.readers.prose import natural_key
from glossator.ingestion.sources import SourceError

_CONFIG = re.compile(r"(?:.*/)?docusaurus\.config\.[cm]?[jt]s")
_MARKS = re.compile(
    r"(?P<root>(?:[^/]+/)*?)(?:sidebars\.(?:[cm]?[jt]s|json)|versions\.json|versioned_docs/.*"
    r"|versioned_sidebars/.*|i18n/[^/]+/docusaurus-plugin-content-docs/.*)"
)
_SIDEBARS = ("sidebars.js", "sidebars.ts", "sidebars.mjs", "sidebars.cjs", "sidebars.json")
_VERSION = re.compile(r"(?:version-)(?P<name>[^/]+)/.+")


@dataclass(frozen=True, slots=True)
class Site:
    """A site's own settings, as far as they are literal; paths are relative to the folder.

    `sidebars` is a file or None for a sidebar that follows the folders. `version_paths` maps
    a version's name to the part of its address, as the settings have it.
    """

    root: str = ""
    docs: str = "docs"
    title: str | None = None
    site_url: str | None = None
    route: str = "docs"
    sidebars: str | None = None
    locale: str = "en"
    locales: tuple[str, ...] = ()
    last_version: str | None = None
    version_paths: Mapping[str, str] = field(default_factory=dict)
    trailing_slash: bool | None = None
    markdown_format: str = "mdx"
    number_prefixes: bool = True

    def below_root(self, rel: str) -> str:
        """A path of the site as a path of the folder."""
        return within(self.root, rel)


def within(base: str, rel: str) -> str:
    """`rel` seen from `base`, without `.` and `..`; empty for the folder itself."""
    path = posixpath.normpath(posixpath.join(base, rel.lstrip("/")))
    return "" if path == "." else path


def find_site(folder: SourceFolder) -> Site:
    """The site in a folder, be it the folder itself, below it, or only its docs."""
    files = folder.files()
    configs = sorted(
        (rel for rel in files if _CONFIG.fullmatch(rel)), key=lambda rel: (rel.count("/"), rel)
    )
    config: object = UNKNOWN
    if configs:
        root = posixpath.dirname(configs[0])
        config = _evaluated(folder, configs[0])
    else:
        roots = [found["root"] for rel in files if (found := _MARKS.fullmatch(rel))]
        root = min(roots, key=lambda path: (path.count("/"), path), default="").rstrip("/")
    return _site(folder, root, config)


def _evaluated(folder: SourceFolder, rel: str) -> object:
    try:
        config = exported_value(folder.text(rel))
    except SourceError as error:
        folder.note(rel, error.message)
        return UNKNOWN
    if not isinstance(config, dict):
        folder.note(rel, "The settings can only be known by running them; defaults are used.")
    return config


def _site(folder: SourceFolder, root: str, config: object) -> Site:
    options = _docs_options(config)
    prefixes = dig(options, "numberPrefixParser") is not False
    versions = dig(options, "versions")
    paths = {
        name: found
        for name, value in (versions.items() if isinstance(versions, dict) else ())
        if isinstance(found := dig(value, "path"), str)
    }
    slash = dig(config, "trailingSlash")
    return Site(
        root=root,
        docs=_docs_folder(folder, root, _string(dig(options, "path"))),
        title=_string(dig(config, "title")),
        site_url=_address(config),
        route=(_string(dig(options, "routeBasePath"), empty=True) or "").strip("/")
        if dig(options, "routeBasePath") is not UNKNOWN
        else "docs",
        sidebars=_sidebars(folder, root, options),
        locale=_string(dig(config, "i18n", "defaultLocale")) or "en",
        locales=_locales(folder, root),
        last_version=_string(dig(options, "lastVersion")),
        version_paths=paths,
        trailing_slash=slash if isinstance(slash, bool) else None,
        markdown_format=_string(dig(config, "markdown", "format")) or "mdx",
        number_prefixes=prefixes,
    )


def _string(value: object, *, empty: bool = False) -> str | None:
    return value if isinstance(value, str) and (value or empty) else None


def _address(config: object) -> str | None:
    url = _string(dig(config, "url"))
    if url is None or not url.startswith(("http://", "https://")):
        return None
    base = (_string(dig(config, "baseUrl")) or "/").strip("/")
    return f"{url.rstrip('/')}/{base}/" if base else f"{url.rstrip('/')}/"


def _docs_options(config: object) -> object:
    """The options of the docs plugin: of the preset's, else of the plugin set up by itself."""
    for group, names in (
        ("presets", ("classic", "@docusaurus/preset-classic")),
        ("plugins", ("@docusaurus/plugin-content-docs", "content-docs")),
    ):
        entries = dig(config, group)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, list) and len(entry) > 1 and entry[0] in names:
                options = dig(entry[1], "docs") if group == "presets" else entry[1]
                if isinstance(options, dict) and options.get("id", "default") == "default":
                    return options
    return UNKNOWN


def _docs_folder(folder: SourceFolder, root: str, named: str | None) -> str:
    if named is not None:
        path = within(root, named)
        if not path.startswith("..") and (not path or folder.is_folder(path)):
            return path
        folder.note("", f"The docs folder {named} isn't below the given folder; name its parent.")
    for path in (within(root, "docs"), within(root, "../docs"), "docs"):
        if not path.startswith("..") and folder.is_folder(path):
            return path
    return root


def _sidebars(folder: SourceFolder, root: str, options: object) -> str | None:
    named = dig(options, "sidebarPath")
    if isinstance(named, str):
        path = within(root, named)
        if folder.exists(path):
            return path
        folder.note(path, "The sidebar file isn't there; the folders give the order.")
        return None
    if named is False or (isinstance(options, dict) and "sidebarPath" not in options):
        return None
    return next((path for name in _SIDEBARS if folder.exists(path := within(root, name))), None)


def _locales(folder: SourceFolder, root: str) -> tuple[str, ...]:
    start = within(root, "i18n") + "/"
    found = [
        rel[len(start) :].split("/")
        for rel in folder.files()
        if rel.startswith(start) and "/docusaurus-plugin-content-docs/" in rel
    ]
    return tuple(dict.fromkeys(parts[0] for parts in found if len(parts) > 2))


def versions_of(folder: SourceFolder, site: Site) -> list[str]:
    """The names of the stored versions, the latest first."""
    rel = site.below_root("versions.json")
    start = site.below_root("versioned_docs") + "/"
    present = {
        found["name"]
        for path in folder.files()
        if path.startswith(start) and (found := _VERSION.fullmatch(path[len(start) :]))
    }
    listed: object = None
    if folder.exists(rel):
        listed = read_json(folder, rel)
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    for name in names:
        if name not in present:
            folder.note(rel, f"There are no pages of version {name}.")
    rest = sorted(present - set(names), key=natural_key, reverse=True)
    return [name for name in dict.fromkeys(names) if name in present] + rest


def read_json(folder: SourceFolder, rel: str) -> object:
    """A JSON file's value; UNKNOWN with a problem noted where it can't be read."""
    try:
        value: object = json.loads(folder.text(rel))
    except SourceError as error:
        folder.note(rel, error.message)
        return UNKNOWN
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        folder.note(rel, "It isn't valid JSON, so it wasn't used.", line)
        return UNKNOWN
    return value
