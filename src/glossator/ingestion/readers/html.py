"""A web page: its main content, without what surrounds it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from glossator.ingestion.canonical import assemble
from glossator.ingestion.readers.decoding import text_of_bytes
from glossator.ingestion.readers.files import bounded, file_bytes
from glossator.ingestion.readers.html_pieces import PieceWriter, Plan, State
from glossator.ingestion.readers.html_tree import attribute, language_of, parse, types
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import DocumentSource, ReadLimits

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE
)
_REFERENCES = (
    r'a[role~="doc-noteref"], a[epub\:type~="noteref"], a.footnote-ref, a.footnote-reference,'
    " sup a[href], sup.reference a[href]"
)
_SURROUNDINGS = (
    "header, footer, .sidebar, .toc, .breadcrumbs, .navbar, .pagination-nav, .theme-doc-toc-mobile"
)
_SMALL_SHARE = 0.1


def read(path: Path, limits: ReadLimits) -> DocumentSource:
    """The page at `path`. Raises `SourceError`."""
    text = decoded(file_bytes(path, limits), path.name)
    tree = parse(text, path.name)
    body = _main(tree)
    labels = _note_labels(tree)
    plan = Plan(
        notes=labels,
        reference=lambda target: labels.get(target[1:]) if target.startswith("#") else None,
        dollars=_sets_formulas(tree),
    )
    linked = frozenset(attribute(each, "id") for each in tree.css("h1[id],h2[id],h3[id],h4[id]"))
    state = State(plan, linked=linked)
    writer = PieceWriter(state)
    if body is not None:
        writer.write(body)
    writer.add_notes(list(state.notes), state.notes)
    content = assemble(writer.pieces, github_slugger())
    tops = [heading.text for heading in content.headings if heading.depth == 1]
    # Sites often give all pages one title; a page's only top heading is its own.
    title = tops[0] if len(tops) == 1 else _title(tree) or next(iter(tops), None)
    html = tree.css_first("html")
    language = language_of(attribute(html, "lang") or attribute(html, "xml:lang")) if html else None
    document = DocumentSource(
        kind="html",
        title=title or words_of_name(path.stem),
        content=content,
        language=language or "en",
    )
    return bounded(document, path.name, limits)


def decoded(data: bytes, shown: str) -> str:
    """The text of a page: by its mark, by UTF-8, by what it declares, or by the likeliest."""
    if not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) and b"\0" not in data:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            declared = _CHARSET.search(data[:4096])
            if declared:
                try:
                    return data.decode(declared[1].decode("ascii"), "replace")
                except (LookupError, UnicodeError):
                    pass
    return text_of_bytes(data, shown)


def _main(tree: LexborHTMLParser) -> LexborNode | None:
    body = tree.body
    if body is None:
        return None
    articles = tree.css("article")
    chosen = (
        tree.css_first("main")
        or tree.css_first('[role="main"]')
        or (articles[0] if len(articles) == 1 else None)
    )
    if chosen is not None and len(chosen.text()) < _SMALL_SHARE * len(body.text()):
        chosen = None
    if chosen is None:
        for part in body.css(_SURROUNDINGS):
            if part.css_first("h1") is None:
                part.decompose()
        return body
    inner = chosen.css("article")
    if len(inner) == 1 and len(inner[0].text()) > 0.5 * len(chosen.text()):
        chosen = inner[0]
    for part in chosen.css(".breadcrumbs, .pagination-nav, .theme-doc-toc-mobile"):
        part.decompose()
    return chosen


def _note_labels(tree: LexborHTMLParser) -> dict[str, str]:
    """Ids of footnotes -> labels, by the order in which the text refers to them."""
    labels: dict[str, str] = {}
    # Places of references: what links to them is a note on its way back to its text.
    origins: set[str] = set()
    for link in tree.css(_REFERENCES):
        target = attribute(link, "href")
        name = target[1:]
        parent = link.parent
        own = {attribute(link, "id"), attribute(parent, "id") if parent is not None else ""} - {""}
        if not target.startswith("#") or "backlink" in types(link):
            continue
        if name in labels or name in origins or any(each in labels for each in own):
            continue
        origins |= own
        if re.fullmatch(r"[\[(]?(?:\d{1,4}|[*†‡§a-z])[\])]?", link.text().strip()):
            labels[name] = str(len(labels) + 1)
    return labels


def _sets_formulas(tree: LexborHTMLParser) -> bool:
    if tree.css_first(".arithmatex, .tex2jax_process") is not None:
        return True
    sources = (attribute(script, "src").lower() for script in tree.css("script[src]"))
    return any("mathjax" in source or "katex" in source for source in sources)


def _title(tree: LexborHTMLParser) -> str | None:
    node = tree.css_first("head title") or tree.css_first("title")
    return " ".join(node.text().split()) or None if node is not None else None
