"""Files made to break readers. `python tests/hostile_files.py FOLDER` writes them all."""

from __future__ import annotations

import io
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from format_maker import (
    CONTAINER,
    docx_of,
    notebook_of,
    opf,
    packed,
    pptx_of,
    slide,
    word_paragraph,
)
from pdf_maker import Page, PdfMaker, Text, make_pdf

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha ha ha ha ">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
ITEM = '<item id="c" href="c.xhtml" media-type="application/xhtml+xml"/>'
PAGE = '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Words stay.</p></body></html>'


def epub(
    files: Mapping[str, str | bytes] | None = None,
    *,
    package: str | None = None,
    page: str = PAGE,
) -> bytes:
    """A small EPUB with one part of it replaced."""
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OPS/book.opf": package or opf(ITEM, '<itemref idref="c"/>'),
            "OPS/c.xhtml": page,
            **(files or {}),
        },
        first="mimetype",
    )


def with_prologue(xml: str, prologue: str) -> str:
    """An XML text with a document type before its root."""
    head, _, rest = xml.partition("?>")
    return f"{head}?>{prologue}{rest}" if rest else f"{prologue}{xml}"


def zip_of(name: str, content: bytes = b"Words.", *, mode: int = 0) -> bytes:
    """An archive with one entry of any name, and a good file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("good.md", "# Good\n\nWords stay.")
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        info.external_attr = mode << 16
        archive.writestr(info, content)
    return stream.getvalue()


def bomb(size: int) -> bytes:
    """Zeros that pack a thousandfold."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.md", b"\0" * size)
    return stream.getvalue()


def overlapping() -> bytes:
    """Many entries that all use the same packed bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.md", "Words. " * 100_000)
        first = archive.infolist()[0]
        for number in range(20):
            twin = zipfile.ZipInfo(f"b{number}.md")
            twin.compress_type, twin.CRC = first.compress_type, first.CRC
            twin.compress_size, twin.file_size = first.compress_size, first.file_size
            twin.header_offset = first.header_offset
            archive.filelist.append(twin)
            archive.NameToInfo[twin.filename] = twin
        archive._didModify = True  # type: ignore[attr-defined]
    return stream.getvalue()


def lying(data: bytes, claimed: int) -> bytes:
    """An archive whose directory says that every entry is `claimed` bytes long."""
    changed = bytearray(data)
    at = changed.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<I", changed, at + 24, claimed)
        at = changed.find(b"PK\x01\x02", at + 4)
    return bytes(changed)


def encrypted_zip() -> bytes:
    """An archive whose entries say that they are encrypted."""
    changed = bytearray(zip_of("a.md"))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(magic)
        while at >= 0:
            changed[at + offset] |= 1
            at = changed.find(magic, at + 4)
    return bytes(changed)


def duplicated() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.md", "One.")
        archive.writestr("A.md", "Two.")
    return stream.getvalue()


def ole(name: str) -> bytes:
    """The beginning of an old Office file, with one name in its directory."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<I", header, 48, 0)
    entry = name.encode("utf-16-le").ljust(64, b"\0") + b"\0" * 64
    return bytes(header) + entry.ljust(512, b"\0") + b"\0" * 4096


def many_entries(count: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}.md", "x")
    return stream.getvalue()


def _archives() -> Iterator[tuple[str, Callable[[], bytes]]]:
    names = {
        "slip": "../../escaped.md",
        "slip-windows": "..\\..\\escaped.md",
        "absolute": "/srv/escaped.md",
        "drive": "C:\\escaped.md",
        "nul": "a\0b.md",
        "reserved": "con.md",
        "control": "a\x07b.md",
        "long-name": "x" * 4_000 + ".md",
        "dots": "a/./b.md",
        "trailing": "a .md /b.md",
        "override": "\u202egnp.md",
        "emoji": "\U0001f4a9.md",
    }
    for label, name in names.items():
        yield f"{label}.zip", lambda name=name: zip_of(name)  # type: ignore[misc]
    yield "link.zip", lambda: zip_of("link.md", b"/etc/passwd", mode=0o120777)
    yield "file-and-folder.zip", lambda: packed({"a": "x", "a/b.md": "Words."})
    yield "bomb.zip", lambda: bomb(200_000_000)
    yield "bomb.epub", lambda: epub({"OPS/d.xhtml": b"\0" * 200_000_000})
    yield "nested.zip", lambda: packed({"inner.zip": bomb(1_000), "b.zip": bomb(1_000)})
    yield "nested-good.zip", lambda: packed({"inner.zip": bomb(1_000), "a.md": "Words stay."})
    yield "overlap.zip", overlapping
    yield "duplicate.zip", duplicated
    yield "lying-small.zip", lambda: lying(packed({"a.md": "Words. " * 1_000}), 10)
    yield "lying-large.zip", lambda: lying(packed({"a.md": "Words."}), 2_000_000_000)
    yield "encrypted.zip", encrypted_zip
    yield "many.zip", lambda: many_entries(10_001)
    yield "empty-archive.zip", lambda: packed({})
    yield "truncated.zip", lambda: zip_of("a.md")[:-30]
    yield "pictures.zip", lambda: packed({"a.png": b"\x89PNG\r\n\x1a\n"})


def _books() -> Iterator[tuple[str, Callable[[], bytes]]]:
    good = opf(ITEM, '<itemref idref="c"/>')
    cyclic = "".join(f'<itemref idref="{name}"/>' for name in ("c", "c", "x", "c") * 5_000)
    nav = '<item id="n" properties="nav" href="nav.xhtml" media-type="application/xhtml+xml"/>'
    deep = "<ol><li>" * 2_000 + '<a href="c.xhtml">C</a>'
    ncx = '<item id="t" href="t.ncx" media-type="application/x-dtbncx+xml"/>'
    points = "<navPoint><navLabel><text>T</text></navLabel><content src='c.xhtml'/>" * 200
    locked = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData>'
        '<EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/><CipherData>'
        '<CipherReference URI="OPS/c.xhtml"/></CipherData></EncryptedData></encryption>'
    )
    yield "laughs-package.epub", lambda: epub(package=with_prologue(good, LAUGHS))
    yield "laughs-page.epub", lambda: epub(page=f"<?xml version='1.0'?>{LAUGHS}{PAGE}")
    yield "outside-entity.epub", lambda: epub(package=with_prologue(good, OUTSIDE))
    yield "remote-dtd.epub", lambda: epub(package=with_prologue(good, REMOTE))
    yield "cyclic.epub", lambda: epub(package=opf(ITEM, cyclic))
    yield (
        "deep-nav.epub",
        lambda: epub(
            {"OPS/nav.xhtml": f"<nav epub:type='toc'>{deep}</nav>"},
            package=opf(ITEM + nav, '<itemref idref="c"/>'),
        ),
    )
    yield (
        "deep-ncx.epub",
        lambda: epub(
            {"OPS/t.ncx": f"<ncx><navMap>{points}{'</navPoint>' * 200}</navMap></ncx>"},
            package=opf(ITEM + ncx, '<itemref idref="c"/>', attributes=' toc="t"'),
        ),
    )
    yield "locked.epub", lambda: epub({"META-INF/encryption.xml": locked})
    yield "no-package.epub", lambda: packed({"mimetype": "application/epub+zip", "a": "b"})
    yield "missing-pages.epub", lambda: epub(
        package=opf('<item id="c" href="../../etc/passwd" media-type="text/html"/>',
                    '<itemref idref="c"/>')
    )  # fmt: skip
    yield "deep-page.epub", lambda: epub(page=f"<html><body>{'<div>' * 10_000}Words.</body></html>")
    yield (
        "self-notes.epub",
        lambda: epub(
            page='<html><body><aside id="a" epub:type="footnote">'
            '<a epub:type="noteref" href="#a">1</a>'
            '<p>Words stay.</p></aside><p><a epub:type="noteref" href="#a">1</a></p></body></html>'
        ),
    )
    yield (
        "two-formats.epub",
        lambda: epub({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"}),
    )


def _office() -> Iterator[tuple[str, Callable[[], bytes]]]:
    body = word_paragraph("Words stay.")
    yield (
        "laughs.docx",
        lambda: packed(
            {
                "[Content_Types].xml": "<Types/>",
                "word/document.xml": f"<?xml version='1.0'?>{LAUGHS}<a>&i;</a>",
            }
        ),
    )
    yield "deep.docx", lambda: docx_of("<w:sdt><w:sdtContent>" * 5_000)
    yield (
        "deep-table.docx",
        lambda: docx_of("<w:tbl><w:tr><w:tc>" * 60 + body + "</w:tc></w:tr></w:tbl>" * 60),
    )
    yield "no-body.docx", lambda: docx_of("")
    yield "broken.docx", lambda: docx_of("<w:p><w:r>")
    yield "style-cycle.docx", lambda: docx_of(
        word_paragraph("Words stay.", '<w:pStyle w:val="A"/>'),
        {"word/styles.xml": '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/'
         '2006/main"><w:style w:styleId="A"><w:basedOn w:val="B"/></w:style><w:style w:styleId="B">'
         '<w:basedOn w:val="A"/></w:style></w:styles>'},
    )  # fmt: skip
    yield "outside-relation.docx", lambda: docx_of(
        body, rels='<Relationships><Relationship Id="a" Type="x/image" Target="file:///etc/passwd"'
        ' TargetMode="External"/><Relationship Id="b" Type="x/styles" Target="../../etc/passwd"/>'
        "</Relationships>",
    )  # fmt: skip
    yield "old.doc", lambda: ole("WordDocument")
    yield "locked.docx", lambda: ole("EncryptedPackage")
    yield (
        "sheet.xlsx",
        lambda: packed({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<a/>"}),
    )
    yield "text.odt", lambda: packed({"mimetype": "application/vnd.oasis.opendocument.text"})
    yield "no-slides.pptx", lambda: pptx_of([slide("", "")])
    yield "broken-slide.pptx", lambda: pptx_of([slide("One", ""), "<p:sld>"])


def _texts() -> Iterator[tuple[str, Callable[[], bytes]]]:
    yield "empty.md", lambda: b""
    yield "blank.txt", lambda: b" \n\n\t\n"
    yield "nul.txt", lambda: b"Words\0stay\0" * 1_000
    yield "random.txt", lambda: bytes((n * 7_919 + n // 251) % 256 for n in range(50_000))
    yield (
        "invalid-utf8.md",
        lambda: b"# Words stay \xff\xfe\x80\n\n" + b"and so on. " * 50 + b"\xc3",
    )
    yield "koi8.txt", lambda: ("Быть или не быть, вот в чём вопрос. " * 30).encode("koi8-r")
    yield "one-line.txt", lambda: b"word " * 2_000_000
    yield "cr.txt", lambda: b"Words\rstay\r\r" * 10_000
    yield "deep.html", lambda: b"<html><body>" + b"<div>" * 10_000 + b"Words."
    yield "deep-lists.html", lambda: b"<html><body>" + b"<ul><li>" * 1_400 + b"Words."
    yield "deep-bold.html", lambda: b"<html><body>" + b"<b>" * 2_900 + b"Words stay."
    yield "open-tags.html", lambda: b"<html><body><p>Words stay." + b"<a href=" * 20_000
    yield "wide-table.html", lambda: b"<table><tr>" + b"<td colspan=999999>a" * 3_000 + b"</table>"
    yield (
        "scripts.html",
        lambda: (
            b"<html><body><p>Words stay.</p><script>alert(1)</script><img src=http://127.0.0.1:9/x.png>"
            b"<a href='javascript:alert(1)'>x</a><iframe src=http://127.0.0.1:9></iframe></body></html>"
        ),
    )
    yield "laughs.html", lambda: LAUGHS.encode() + b"<html>&i;</html>"
    yield "stars.html", lambda: b"<p>" + b"*_`[$<b>" * 30_000
    yield "notebook-depth.ipynb", lambda: b'{"cells":' + b"[" * 100_000 + b',"nbformat":4'
    yield "notebook-types.ipynb", lambda: notebook_of(
        [{"cell_type": "code", "source": 7, "outputs": {"a": 1}}, 5, None,  # type: ignore[list-item]
         {"cell_type": "markdown", "source": ["Words stay.", 3]}]
    )  # fmt: skip
    yield "notebook-not.ipynb", lambda: b'{"cells": 5, "nbformat": 4}'
    yield "quotes.csv", lambda: b'a,b\n"never closed,1\n' * 3 + b"x" * 200_000
    yield "wide.csv", lambda: b",".join([b"a"] * 20_000) + b"\n" + b",".join([b"1"] * 20_000)
    yield "long.csv", lambda: b"a,b\n" + b"1,2\n" * 200_000
    yield "nul.csv", lambda: b"a,b\n1,\x002\n"
    yield "data.xml", lambda: b"<?xml version='1.0'?><data><a>1</a></data>"


def _others() -> Iterator[tuple[str, Callable[[], bytes]]]:
    pdf = b"%PDF-1.4\n1 0 obj<<>>endobj\n"
    yield "picture.pdf", lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 100
    yield "program.docx", lambda: b"MZ\x90\0\3\0\0\0" + b"\0" * 200
    yield "elf.md", lambda: b"\x7fELF\2\1\1\0" + b"\0" * 200
    yield "letter.rtf", lambda: b"{\\rtf1\\ansi Words}"
    yield "film.html", lambda: b"\0\0\0\x18ftypmp42" + b"\0" * 100
    yield "sound.txt", lambda: b"ID3\3\0\0\0\0\0\0" + b"\0" * 100
    yield "archive.epub", lambda: b"7z\xbc\xaf\x27\x1c" + b"\0" * 100
    yield "drawing.html", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><text>x</text></svg>"
    yield "pdf-then-zip.zip", lambda: pdf + zip_of("a.md")
    yield "zip-then-html.html", lambda: zip_of("a.md") + b"<html><body>Words</body></html>"
    yield "program-then-zip.zip", lambda: b"MZ\0\0" + b"\0" * 200 + zip_of("a.md")
    yield "html-then-zip.zip", lambda: b"<html><body>Words stay.</body></html>" + zip_of("a.md")


def _pdfs() -> Iterator[tuple[str, Callable[[], bytes]]]:
    page = [Text(70, 700, "Words stay.")]
    yield "open.pdf", lambda: make_pdf([page], password="")
    yield "locked.pdf", lambda: make_pdf([page], password="sesame")
    yield "truncated.pdf", lambda: make_pdf([page] * 20)[:2_000]
    yield "nul.pdf", lambda: make_pdf([page]).replace(b"/Type /Page ", b"/Type\0/Pag\0 ")
    yield "tiny-pages.pdf", lambda: tiny_pages(100_000)
    yield "endless-tree.pdf", endless_tree
    yield "pdf-bomb.pdf", lambda: make_pdf([Page(content="0 0 m " * 5_000_000)])
    yield "acting.pdf", acting_pdf
    yield "html-then-pdf.pdf", lambda: b"<html><p>Words</p></html>\n" + make_pdf([page])
    yield "pdf-and-zip.pdf", lambda: make_pdf([page]) + zip_of("a.md")
    yield "truncated.epub", lambda: epub()[:-60]
    yield "truncated.docx", lambda: docx_of(word_paragraph("Words."))[:-60]


def tiny_pages(count: int) -> bytes:
    """A PDF of many pages without anything on them."""
    maker = PdfMaker()
    tree = maker.reserve()
    pages = [
        maker.add(f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 9 9] >>") for _ in range(count)
    ]
    kids = " ".join(f"{page} 0 R" for page in pages)
    maker.put(tree, f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    return maker.write(maker.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"))


def endless_tree() -> bytes:
    """A PDF whose tree of pages holds itself."""
    maker = PdfMaker()
    tree = maker.reserve()
    maker.put(tree, f"<< /Type /Pages /Kids [{tree} 0 R {tree} 0 R] /Count 2 >>")
    return maker.write(maker.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"))


def acting_pdf() -> bytes:
    """A PDF that wants to run a script, start a program and fetch a page when it is opened."""
    plain = make_pdf([[Text(70, 700, "Words stay.")]])
    acts = (
        b"/Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) /Next [<< /S /Launch "
        b"/F (/bin/sh) >> << /S /URI /URI (http://127.0.0.1:9/x) >>] >>"
    )
    return plain.replace(b"/Type /Catalog", acts)


HOSTILE: Mapping[str, Callable[[], bytes]] = dict(
    pair
    for part in (_archives(), _books(), _office(), _texts(), _pdfs(), _others())
    for pair in part
)
"""File names -> what makes the file's bytes."""


def main() -> None:
    """Write every hostile file below the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in HOSTILE.items():
        (folder / name).write_bytes(make())


if __name__ == "__main__":
    main()
