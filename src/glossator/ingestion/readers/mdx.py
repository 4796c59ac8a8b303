"""MDX -> neutral Markdown: imports and tags go, every word between them stays.

Nothing is executed. Tags are taken for JSX where they close, where they are HTML, or where
they carry attributes; `Box<T>` in prose stays. Listings, inline code and formulas are never
looked into.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from glossator.ingestion.pieces import indented
from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.front_matter import split_front_matter
from glossator.ingestion.readers.mdx_tokens import MdxKind, tokenize
from glossator.ingestion.readers.mdx_writer import MdxWriter
from glossator.ingestion.sources import SourceError

_MAX_PARTIALS = 500


@dataclass(frozen=True, slots=True)
class Partial:
    """A Markdown file that another one imports: its path (known to the loader) and its text."""

    path: str
    text: str


LoadPartial = Callable[[str, str], Partial | None]
"""(path of the importing file, target as written) -> the partial, None where there is none."""

_IMPORT = re.compile(
    r"""import\s+([A-Za-z_$][\w$]*)(?:\s*,\s*\{[^{}]*\})?\s+from\s*['"]([^'"\n]+\.mdx?)['"]"""
)


@dataclass(slots=True)
class _Run:
    """One chapter with all that it imports; `room` in code points."""

    load: LoadPartial | None
    depth: int
    room: int
    warnings: list[str] = field(default_factory=list)
    partials: int = 0

    def warn(self, message: str) -> None:
        if message not in self.warnings:
            self.warnings.append(message)


def convert(
    text: str,
    *,
    path: str = "",
    load: LoadPartial | None = None,
    depth: int = 8,
    chars: int = 5_000_000,
) -> tuple[str, list[str]]:
    """The neutral Markdown of an MDX text, and sentences on what could not be put in place.

    `load` gives imported Markdown files; they may import others, `depth` levels deep, and
    all together be `chars` code points long. Build it with `indented_code=False`.
    """
    run = _Run(load, depth, chars)
    return _convert(text, path, run, (path,)), run.warnings


def mdx_to_neutral(folder: SourceFolder, rel: str, text: str, *, site: str = "") -> str:
    """The neutral Markdown of `text`, which stands in the file `rel` of `folder`.

    Markdown that it imports from inside the folder is put in place (`@site/` counts from
    the folder `site`); what can't be is noted with the folder.
    """

    def load(importing: str, target: str) -> Partial | None:
        if target.startswith("@site/"):
            found = folder.resolve("", f"{site}/{target.removeprefix('@site/')}".lstrip("/"))
        elif target.startswith("."):
            found = folder.resolve(importing, target)
        else:
            found = None
        if found is None or not folder.exists(found):
            return None
        try:
            return Partial(found, split_front_matter(folder.text(found)).body)
        except SourceError as error:
            folder.note(found, error.message)
            return None

    limits = folder.limits
    neutral, warnings = convert(
        text, path=rel, load=load, depth=limits.include_depth, chars=limits.chapter_chars
    )
    for warning in warnings:
        folder.note(rel, warning)
    return neutral


def _convert(text: str, path: str, run: _Run, chain: tuple[str, ...]) -> str:
    tokens = tokenize(text)
    imports: dict[str, str] = {}
    for token in tokens:
        if token.kind is MdxKind.MODULE:
            imports.update(_IMPORT.findall(token.text))

    def expand(name: str, indent: str) -> str | None:
        if name not in imports:
            return None
        return indented(_partial(imports[name], path, run, chain), indent)

    return MdxWriter(tokens, expand).run()


def _partial(target: str, path: str, run: _Run, chain: tuple[str, ...]) -> str:
    if len(chain) > run.depth:
        run.warn(f"Imports go more than {run.depth} files deep at {target}; the rest is left out.")
        return ""
    if run.partials >= _MAX_PARTIALS:
        run.warn(f"The page imports more than {_MAX_PARTIALS} times; {target} is left out.")
        return ""
    run.partials += 1
    partial = run.load(path, target) if run.load is not None else None
    if partial is None:
        run.warn(f"The imported file {target} isn't in the book's folder; its text is missing.")
    elif partial.path in chain:
        run.warn(f"{target} imports itself; it is put in place once only.")
    elif len(partial.text) > run.room:
        run.warn(f"With all its imports the page is too long; {target} is left out.")
    else:
        run.room -= len(partial.text)
        return _convert(partial.text, partial.path, run, (*chain, partial.path)).strip("\n")
    return ""
