"""What a file is, told by its first bytes and not by its name.

A format is recognised only where its own programs would open it: at the very beginning. So a
file that is two things at once is the one it begins with, and is read as that alone. The name
only tells Markdown and CSV from other text.
"""

from __future__ import annotations

import re
from pathlib import Path

from glossator.ingestion.readers.decoding import text_of_bytes
from glossator.ingestion.readers.refused import binary_sentence, ole_sentence, zip_sentence
from glossator.ingestion.readers.zips import SafeZip, opened
from glossator.ingestion.sources import ReadLimits, SourceError

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "html": "text/html",
    "notebook": "application/x-ipynb+json",
    "csv": "text/csv",
    "markdown": "text/markdown",
    "text": "text/plain",
    "zip": "application/zip",
}
"""Every kind that can be read, and the media type it is kept and served as."""

_HTML_ENDINGS = (".html", ".htm", ".xhtml")
_TEXT_ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".txt": "text",
}
# Elsewhere a line that begins with # is a comment rather than a heading.
_MAYBE_MARKDOWN = ("", ".text", ".mkd", ".rmd", ".qmd")
_SAMPLE = 1 << 16
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF = re.compile(rb"\A(?:\xef\xbb\xbf)?[\s\0]{0,64}%PDF-\d")
_LATE_PDF = re.compile(rb"(?:^|[\r\n])%PDF-\d\.\d")

_PROLOGUE = re.compile(r"\s*(?:<\?xml[^>]*>|<!--.*?-->|\s+)*", re.DOTALL)
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|main|article|h[1-6]|p|div)[\s>]", re.IGNORECASE
)
_HTML_PAGE = re.compile(r"<(?:html|body)[\s>]", re.IGNORECASE)
_XML = re.compile(r"<(?:\?xml|!doctype|[A-Za-z][\w.-]*:?[\w.-]*(?:\s[^<>]*)?>)", re.IGNORECASE)
_ROOT = re.compile(r"<(?:!doctype\s+)?([A-Za-z][\w.:-]*)", re.IGNORECASE)
_ATX = re.compile(r"(?m)^#{1,6} +\S")
_MORE_MARKDOWN = re.compile(r"(?m)^(?:```|[-*] |\d+\. |> |\|.*\|)|\]\(|\*\*\w")


def kind_of_file(path: Path, name: str | None = None) -> str:
    """One of `MEDIA_TYPES`. Raises `SourceError` that names what the file seems to be instead.

    `name` is the file's own where it lies under another.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_SAMPLE)
            stream.seek(0, 2)
            size = stream.tell()
            stream.seek(max(size - _SAMPLE, 0))
            tail = stream.read(_SAMPLE)
    except (OSError, ValueError):
        raise SourceError(path.name, "It can't be read; check that it is there.") from None
    if not head:
        raise SourceError(path.name, "The file is empty.")
    if _PDF.match(head):
        return "pdf"
    if head.startswith(_ZIP_STARTS):
        return _kind_of_zip(path)
    if head.startswith(_OLE):
        raise SourceError(path.name, ole_sentence(path))
    if (sentence := binary_sentence(head)) is not None:
        raise SourceError(path.name, sentence)
    if _LATE_PDF.search(head[:1024]) and b"%%EOF" in tail:
        return "pdf"
    return _kind_of_text(Path(name or path.name), head, tail)


def _kind_of_zip(path: Path) -> str:
    with opened(path, ReadLimits()) as archive:
        names = set(archive.names())
        claims: list[str] = []
        if _says(archive, "mimetype", b"application/epub+zip") or (
            "META-INF/container.xml" in names
        ):
            claims.append("epub")
        if "[Content_Types].xml" in names:
            claims += [
                kind
                for kind, part in (("docx", "word/"), ("pptx", "ppt/"))
                if any(name.startswith(part) for name in names)
            ]
        if len(claims) > 1:
            sentence = f"It claims to be {' and '.join(claims)} at once, so it was not read."
            raise SourceError(path.name, sentence)
        if claims:
            return claims[0]
        kind_of_office = archive.read("mimetype")[:100] if "mimetype" in names else b""
        if (other := zip_sentence(names, kind_of_office)) is not None:
            raise SourceError(path.name, other)
        if not names:
            raise SourceError(path.name, "The archive is empty.")
    return "zip"


def _says(archive: SafeZip, name: str, content: bytes) -> bool:
    return name in archive and archive.read(name).strip() == content


def _kind_of_text(path: Path, head: bytes, tail: bytes) -> str:
    # A sample may end within a character; what is cut off there says nothing about the file.
    sample = text_of_bytes(head, path.name)
    prologue = _PROLOGUE.match(sample)
    start = sample[prologue.end() if prologue else 0 :]
    ending = path.suffix.lower()
    if start.startswith("{") and _is_notebook(head, tail):
        return "notebook"
    tagged = ending in _HTML_ENDINGS and re.search(r"<[a-z]+[\s>]", sample, re.IGNORECASE)
    if tagged or _HTML.match(start) or _looks_like_xhtml(sample, start):
        return "html"
    sentence = _markup_sentence(sample, start)
    if sentence is not None:
        raise SourceError(path.name, sentence)
    if ending in _TEXT_ENDINGS:
        return _TEXT_ENDINGS[ending]
    if ending not in _MAYBE_MARKDOWN:
        return "text"
    marked = _ATX.search(sample) is not None and _MORE_MARKDOWN.search(sample) is not None
    return "markdown" if marked else "text"


def _markup_sentence(sample: str, start: str) -> str | None:
    """What a text that is no text for readers seems to be; None where it may be one."""
    if sample.lstrip("\ufeff \t\r\n").startswith("<?xml") and _XML.match(start):
        return _xml_sentence(start)
    if re.match(r"<svg[\s>]", start, re.IGNORECASE):
        return "It is an image (SVG), not a text; leave it out."
    if re.match(r"(?:From |MIME-Version:|Message-ID:)", sample) and "multipart/" in sample:
        return "It is an e-mail or an archived web page; save it as HTML and add that."
    return None


def _is_notebook(head: bytes, tail: bytes) -> bool:
    ends = (head + tail).replace(b"\0", b"")
    return (b'"cells"' in ends and b'"nbformat"' in ends) or b'"worksheets"' in head


def _looks_like_xhtml(sample: str, start: str) -> bool:
    root = _ROOT.match(start)
    if root is None or root[1].lower() not in ("html", "xhtml"):
        return False
    return _HTML_PAGE.search(sample) is not None


def _xml_sentence(start: str) -> str:
    root = _ROOT.search(start)
    name = root[1] if root else "XML"
    if name.lower().endswith("svg"):
        return "It is an image (SVG), not a text; leave it out."
    if name == "FictionBook":
        return "It is a FictionBook (FB2); convert it to EPUB and add that."
    return f"It is XML data (<{name[:40]}>), which isn't read; export it as HTML or text."
