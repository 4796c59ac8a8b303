"""The same text in ten formats, each written by hand as its own programs would write it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from xml.sax.saxutils import escape as xml

from glossator.ingestion.slugs import github_slug
from glossator.ingestion.sources import ChapterSource
from glossator.library.content import Block, BlockKind, CanonicalText
from glossator.library.plain import plain
from glossator.library.rendering import render_blocks
from omml_writer import omml


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the text: its kind, its Markdown, its depth where it is a heading."""

    kind: BlockKind
    markdown: str
    depth: int = 0

    @property
    def words(self) -> str:
        """The words alone."""
        return plain(self.markdown)

    @property
    def code(self) -> str:
        """A listing's lines without their fence; a formula without its dollars."""
        return "\n".join(self.markdown.split("\n")[1:-1])

    @property
    def items(self) -> list[tuple[int, bool, str]]:
        """A list's items: level, whether numbered, Markdown."""
        found = []
        for line in self.markdown.split("\n"):
            item = re.match(r"( *)(?:[-*]|(\d+)[.)]) +(.*)", line)
            if item:
                found.append((len(item[1]) // 2, item[2] is not None, item[3]))
            elif line.strip() and found:
                level, numbered, text = found[-1]
                found[-1] = (level, numbered, f"{text} {line.strip()}")
        return found

    @property
    def rows(self) -> list[list[str]]:
        """A table's cells, in Markdown."""
        lines = [line.strip("| ").split(" | ") for line in self.markdown.split("\n")]
        return [line for n, line in enumerate(lines) if n != 1]


_INLINE = re.compile(
    r"\*\*(?P<bold>.+?)\*\*|(?<![\w*])\*(?P<italic>[^*\s].*?)\*|`(?P<code>[^`]+)`"
    r"|\$(?P<math>[^$\s][^$]*)\$|\[(?P<link>[^\]^][^\]]*)\]\([^)]*\)",
    re.DOTALL,
)


def inline(markdown: str) -> list[tuple[str, str]]:
    """A line's parts: bold, italic, code, math (its LaTeX), link or plain, and their words."""
    found: list[tuple[str, str]] = []
    done = 0
    for match in [*_INLINE.finditer(markdown), None]:
        words = markdown[done : match.start() if match else len(markdown)]
        if words:
            found.append(("plain", re.sub(r"\\([^\w\s])", r"\1", words.replace("\n", " "))))
        if match:
            kind = str(match.lastgroup)
            words = match[kind].replace("\n", " ")
            if kind not in ("code", "math"):
                words = plain(words)
            found.append((kind, words))
            done = match.end()
    return found


Text = Sequence[Sequence[Part]]
"""Chapters, each beginning with its own heading of depth 1."""


def text_of(chapters: Sequence[ChapterSource]) -> list[list[Part]]:
    """The parts of some chapters; pictures and what isn't English are left out."""
    return [
        [Part(BlockKind.HEADING, f"# {each.title}", 1), *_parts(each.content)] for each in chapters
    ]


def _parts(content: CanonicalText) -> list[Part]:
    depths = {heading.start: heading.depth for heading in content.headings}
    return [
        Part(block.kind, content.text[block.start : block.end], depths.get(block.start, 0))
        for block in content.blocks
        if block.kind is not BlockKind.FIGURE and depths.get(block.start) != 1
    ]


def markdown(text: Text) -> bytes:
    return "\n\n".join(part.markdown for chapter in text for part in chapter).encode()


def _html_parts(parts: Sequence[Part]) -> str:
    found = []
    for part in parts:
        block = Block("b", part.kind, 0, len(part.markdown))
        (made,) = render_blocks(part.markdown, [block])
        if part.kind is BlockKind.HEADING:
            made = re.sub(r"<h(\d)", rf'<h\1 id="{github_slug(part.words)}"', made, count=1)
        # A page typesets formulas from their TeX source; their words would be there twice.
        made = re.sub(r'<(span|div) class="math[^>]*data-tex="([^"]*)"[^>]*>.*?</\1>',
                      _math, made, flags=re.DOTALL)  # fmt: skip
        found.append(made)
    return "\n".join(found)


def _math(match: re.Match[str]) -> str:
    display = ' display="block"' if match[1] == "div" else ""
    annotation = f'<annotation encoding="application/x-tex">{match[2]}</annotation>'
    return f"<math{display}><semantics><mrow></mrow>{annotation}</semantics></math>"


def html(text: Text) -> bytes:
    body = "\n".join(_html_parts(chapter) for chapter in text)
    return (
        '<!doctype html><html lang="en"><head><title>A course</title><style>p{color:red}</style>'
        "</head><body><header><nav><a href='/'>Home</a></nav></header><main>"
        f"{body}</main><footer>Imprint</footer><script>alert(1)</script></body></html>"
    ).encode()


def packed(files: Mapping[str, str | bytes], *, first: str | None = None) -> bytes:
    """A ZIP of `files`; `first` is stored uncompressed at the beginning."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            method = zipfile.ZIP_STORED if name == first else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, method)
    return stream.getvalue()


CONTAINER = (
    '<?xml version="1.0"?><container version="1.0"'
    ' xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>"
)


def opf(manifest: str, spine: str, *, version: str = "3.0", attributes: str = "") -> str:
    """A package with a title, in English."""
    return (
        f'<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="{version}">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A course</dc:title>'
        f"<dc:language>en</dc:language></metadata><manifest>{manifest}</manifest>"
        f"<spine{attributes}>{spine}</spine></package>"
    )


def _xhtml(body: str, doctype: str = "<!DOCTYPE html>") -> str:
    body = re.sub(r"<(br|hr|img)([^>]*)>", r"<\1\2/>", body)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{doctype}'
        '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"><head><title/></head>'
        f'<body><a id="top"/>{body}</body></html>'
    )


def epub3(text: Text) -> bytes:
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
    }
    manifest = (
        '<item id="nav" properties="nav" href="nav.xhtml" media-type="application/xhtml+xml"/>'
    )
    spine, listed = "", ""
    for number, chapter in enumerate(text, 1):
        name = f"text/c {number}.xhtml"
        files[f"OPS/{name}"] = _xhtml(_html_parts(chapter))
        href = name.replace(" ", "%20")
        manifest += f'<item id="c{number}" href="{href}" media-type="application/xhtml+xml"/>'
        spine += f'<itemref idref="c{number}"/>'
        listed += f'<li><a href="{href}">{escape(chapter[0].words)}</a></li>'
    nav = f'<nav epub:type="toc" xmlns:epub="http://www.idpf.org/2007/ops"><ol>{listed}</ol></nav>'
    files["OPS/nav.xhtml"] = _xhtml(nav)
    files["OPS/book.opf"] = opf(manifest, spine)
    return packed(files, first="mimetype")


def epub2(text: Text) -> bytes:
    doctype = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN"'
        ' "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
    )
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
    }
    manifest = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    spine, points = "", ""
    for number, chapter in enumerate(text, 1):
        # The chapter's own heading stands only in the contents, as in many old books.
        files[f"OPS/c{number}.html"] = _xhtml(_html_parts(chapter), doctype)
        manifest += (
            f'<item id="c{number}" href="c{number}.html" media-type="application/xhtml+xml"/>'
        )
        spine += f'<itemref idref="c{number}"/>'
        label = f"<navLabel><text>{escape(chapter[0].words)}</text></navLabel>"
        points += f'<navPoint id="n{number}">{label}<content src="c{number}.html"/></navPoint>'
    files["OPS/toc.ncx"] = (
        '<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN"'
        ' "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd">'
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1">'
        f"<navMap>{points}</navMap></ncx>"
    )
    files["OPS/book.opf"] = opf(manifest, spine, version="2.0", attributes=' toc="ncx"')
    return packed(files, first="mimetype")


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def relations(found: Mapping[str, tuple[str, str]], *, external: Sequence[str] = ()) -> str:
    """A part's relations: id -> kind and target."""
    each = "".join(
        f'<Relationship Id="{name}" Type="{_REL}/{kind}" Target="{xml(target)}"'
        f"{' TargetMode=' + chr(34) + 'External' + chr(34) if name in external else ''}/>"
        for name, (kind, target) in found.items()
    )
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{each}</Relationships>"
    )


DOCX_STYLES = f"""<w:styles {_W}>
<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
<w:style w:type="paragraph" w:styleId="berschrift3"><w:name w:val="heading 3"/></w:style>
<w:style w:type="paragraph" w:styleId="Code"><w:name w:val="Source Code"/></w:style>
<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="Titre4"><w:name w:val="Titre 4"/></w:style>
<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/>
<w:basedOn w:val="berschrift2"/></w:style>
<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Quote"><w:name w:val="Quote"/></w:style>
</w:styles>"""
DOCX_NUMBERING = f"""<w:numbering {_W}>
<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl>
<w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>
</w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="lowerLetter"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
</w:numbering>"""


def word_paragraph(words: str, properties: str = "") -> str:
    runs = "".join(
        f'<w:r><w:t xml:space="preserve">{xml(line)}</w:t></w:r>'
        if number == 0
        else f'<w:r><w:br/><w:t xml:space="preserve">{xml(line)}</w:t></w:r>'
        for number, line in enumerate(words.split("\n"))
    )
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


_WORD_STYLES = {
    "bold": "<w:rPr><w:b/></w:rPr>",
    "italic": "<w:rPr><w:i/></w:rPr>",
    "code": '<w:rPr><w:rFonts w:ascii="Courier New"/></w:rPr>',
}


def word_line(markdown: str, properties: str = "") -> str:
    """A paragraph whose runs are set as Word sets them."""
    runs = "".join(
        omml(words)
        if kind == "math"
        else f'<w:r>{_WORD_STYLES.get(kind, "")}<w:t xml:space="preserve">{xml(words)}</w:t></w:r>'
        for kind, words in inline(markdown)
    )
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def _word_part(part: Part) -> str:
    if part.kind is BlockKind.HEADING:
        return word_paragraph(part.words, f'<w:pStyle w:val="berschrift{part.depth}"/>')
    if part.kind is BlockKind.CODE:
        return word_paragraph(part.code, '<w:pStyle w:val="Code"/>')
    if part.kind is BlockKind.MATH:
        return f"<w:p><m:oMathPara>{omml(part.code)}</m:oMathPara></w:p>"
    if part.kind is BlockKind.LIST:
        return "".join(
            word_line(
                words,
                f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{1 + numbered}"/></w:numPr>',
            )
            for level, numbered, words in part.items
        )
    if part.kind is BlockKind.TABLE:
        rows = ("".join(f"<w:tc>{word_line(cell)}</w:tc>" for cell in row) for row in part.rows)
        return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"
    return word_line(part.markdown)


def docx_of(
    body: str, parts: Mapping[str, str | bytes] | None = None, rels: str | None = None
) -> bytes:
    """A Word file with `body`, and with further `parts`."""
    return packed(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": relations({"r1": ("officeDocument", "word/document.xml")}),
            "word/styles.xml": DOCX_STYLES,
            "word/numbering.xml": DOCX_NUMBERING,
            **({"word/_rels/document.xml.rels": rels} if rels else {}),
            "word/document.xml": f"<w:document {_W} {_M} {_R}><w:body>{body}</w:body></w:document>",
            **(parts or {}),
        }
    )


def docx(text: Text) -> bytes:
    return docx_of("".join(_word_part(part) for chapter in text for part in chapter))


_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


_A14 = 'xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"'


def _slide_text(words: str, properties: str = "<a:pPr><a:buNone/></a:pPr>", font: str = "") -> str:
    return f"<a:p>{properties}<a:r><a:rPr>{font}</a:rPr><a:t>{xml(words)}</a:t></a:r></a:p>"


_SLIDE_STYLES = {
    "bold": '<a:rPr b="1"/>',
    "italic": '<a:rPr i="1"/>',
    "code": '<a:rPr><a:latin typeface="Courier New"/></a:rPr>',
}


def _slide_line(markdown: str, properties: str = "<a:pPr><a:buNone/></a:pPr>") -> str:
    """A paragraph whose runs are set as a presentation sets them."""
    runs = "".join(
        f"<a14:m {_A14}>{omml(words)}</a14:m>"
        if kind == "math"
        else f"<a:r>{_SLIDE_STYLES.get(kind, '<a:rPr/>')}<a:t>{xml(words)}</a:t></a:r>"
        for kind, words in inline(markdown)
    )
    return f"<a:p>{properties}{runs}</a:p>"


def _slide_part(part: Part) -> str:
    if part.kind is BlockKind.TABLE:
        rows = "".join(
            "<a:tr>"
            + "".join(f"<a:tc><a:txBody>{_slide_line(cell)}</a:txBody></a:tc>" for cell in row)
            + "</a:tr>"
            for row in part.rows
        )
        graphic = f"<a:graphic><a:graphicData><a:tbl>{rows}</a:tbl></a:graphicData></a:graphic>"
        return f"<p:graphicFrame>{graphic}</p:graphicFrame>"
    if part.kind is BlockKind.LIST:
        lines = "".join(
            _slide_line(
                words, f'<a:pPr lvl="{level}">{"<a:buAutoNum/>" if numbered else ""}</a:pPr>'
            )
            for level, numbered, words in part.items
        )
    elif part.kind is BlockKind.MATH:
        shown = f"<m:oMathPara>{omml(part.code)}</m:oMathPara>"
        lines = f"<a:p><a:pPr><a:buNone/></a:pPr><a14:m {_A14}>{shown}</a14:m></a:p>"
    elif part.kind is BlockKind.CODE:
        lines = "".join(
            _slide_text(line, font='<a:latin typeface="Courier New"/>')
            for line in part.code.split("\n")
        )
    else:
        lines = _slide_line(part.markdown)
    body = f"<p:txBody>{lines}</p:txBody>"
    return f'<p:sp><p:nvSpPr><p:nvPr><p:ph idx="1"/></p:nvPr></p:nvSpPr>{body}</p:sp>'


def slide(title: str, shapes: str, *, first: bool = False, attributes: str = "") -> str:
    kind = "ctrTitle" if first else "title"
    head = (
        f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr><p:txBody>'
        f"{_slide_text(title)}</p:txBody></p:sp>"
    )
    tree = f"<p:cSld><p:spTree>{head if title else ''}{shapes}</p:spTree></p:cSld>"
    return f"<p:sld {_P} {_A} {_R} {_M}{attributes}>{tree}</p:sld>"


def pptx_of(slides: Sequence[str], parts: Mapping[str, str] | None = None) -> bytes:
    """A presentation of slides; slide n is the part `ppt/slides/slide{n}.xml`."""
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": relations({"r1": ("officeDocument", "ppt/presentation.xml")}),
        "ppt/_rels/presentation.xml.rels": relations(
            {f"s{n}": ("slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1)}
        ),
        "ppt/presentation.xml": f"<p:presentation {_P} {_R}><p:sldIdLst>"
        + "".join(f'<p:sldId id="{n}" r:id="s{n}"/>' for n in range(1, len(slides) + 1))
        + "</p:sldIdLst></p:presentation>",
    }
    files |= {f"ppt/slides/slide{n}.xml": each for n, each in enumerate(slides, 1)}
    return packed({**files, **(parts or {})})


def pptx(text: Text) -> bytes:
    slides = []
    for chapter in text:
        heading, shapes = chapter[0], ""
        for part in (*chapter[1:], None):
            if part is None or part.kind is BlockKind.HEADING:
                slides.append(slide(heading.words, shapes, first=heading.depth == 1))
                heading, shapes = part or heading, ""
            else:
                shapes += _slide_part(part)
    return pptx_of(slides)


def notebook_of(cells: Sequence[Mapping[str, object]], **facts: object) -> bytes:
    metadata = {"language_info": {"name": "python"}, **facts}
    return json.dumps(
        {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    ).encode()


def notebook(text: Text) -> bytes:
    return notebook_of(
        [
            {"cell_type": "markdown", "source": part.markdown.splitlines(keepends=True)}
            for chapter in text
            for part in chapter
        ]
    )


def typed(markdown: str) -> str:
    """A line as one types it into plain text: words alone, but formulas as LaTeX in dollars."""
    return "".join(f"${words}$" if kind == "math" else words for kind, words in inline(markdown))


def plain_text(text: Text) -> bytes:
    found = []
    for part in (part for chapter in text for part in chapter):
        if part.kind is BlockKind.HEADING:
            found.append(f"{part.words}\n{'=-~'[part.depth - 1] * len(part.words)}")
        elif part.kind is BlockKind.LIST:
            items = (f"{'  ' * level}- {typed(words)}" for level, _, words in part.items)
            found.append("\n".join(items))
        elif part.kind is BlockKind.TABLE:
            found.append("\n".join("  ".join(map(typed, row)) for row in part.rows))
        elif part.kind is BlockKind.CODE:
            found.append(part.code)
        elif part.kind is BlockKind.MATH:
            found.append(f"$$\n{part.code}\n$$")
        else:
            found.append(typed(part.markdown))
    # As an editor on Windows saves it.
    return "\r\n\r\n".join(each.replace("\n", "\r\n") for each in found).encode("utf-16")


def zip_of_pages(text: Text) -> bytes:
    links = "".join(f'<li><a href="c{n}.html">{n}</a></li>' for n in range(len(text), 0, -1))
    return packed(
        {
            "site/index.html": f"<html><body><nav><ul>{links}</ul></nav></body></html>",
            "site/style.css": "p { color: red }",
            "site/404.html": "<html><body>Nothing here</body></html>",
            **{
                # Named against their order: only the first page's links know it.
                f"site/c{len(text) - number}.html": html([chapter])
                for number, chapter in enumerate(text)
            },
        }
    )


def zip_of_markdown(text: Text) -> bytes:
    return packed({f"{n:02}.md": markdown([chapter]) for n, chapter in enumerate(text, 1)})


FORMATS: Mapping[str, Callable[[Text], bytes]] = {
    "course.md": markdown,
    "course.html": html,
    "course3.epub": epub3,
    "course2.epub": epub2,
    "course.docx": docx,
    "course.pptx": pptx,
    "course.ipynb": notebook,
    "course.txt": plain_text,
    "pages.zip": zip_of_pages,
    "markdown.zip": zip_of_markdown,
}
"""File names -> what writes the text in that format."""
