"""What files that can't be read seem to be, each with a sentence that says what to do."""

from __future__ import annotations

import struct
from collections.abc import Collection
from pathlib import Path

_IMAGE = "It is an image, not a text; if it shows text, make a PDF of it and add that."
_MEDIA = "It is a video or sound, not a text; add its transcript instead."
_PROGRAM = "It is a program, not a text; it was not read."
_ARCHIVE = "It is an archive of another kind; unpack it and add the folder, or pack it as ZIP."
_FONT = "It is a font, not a text; leave it out."
_DATABASE = "It is a database, not a text; export what you want to read as CSV or text."

_STARTS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"{\\rtf", "It is a Rich Text file (RTF); save it as DOCX and add that."),
    (0, b"%!PS", "It is PostScript; convert it to PDF and add that."),
    (0, b"\x89PNG\r\n", _IMAGE),
    (0, b"\xff\xd8\xff", _IMAGE),
    (0, b"GIF8", _IMAGE),
    (0, b"II*\0", _IMAGE),
    (0, b"MM\0*", _IMAGE),
    (0, b"8BPS", _IMAGE),
    (0, b"\0\0\1\0", _IMAGE),
    (8, b"WEBP", _IMAGE),
    (4, b"ftypheic", _IMAGE),
    (4, b"ftypavif", _IMAGE),
    (4, b"ftypmif1", _IMAGE),
    (0, b"\0\0\0\x0cjP  ", _IMAGE),
    (4, b"ftyp", _MEDIA),
    (8, b"AVI ", _MEDIA),
    (8, b"WAVE", _MEDIA),
    (0, b"OggS", _MEDIA),
    (0, b"ID3", _MEDIA),
    (0, b"fLaC", _MEDIA),
    (0, b"\xff\xfb", _MEDIA),
    (0, b"\xff\xf3", _MEDIA),
    (0, b"\x1aE\xdf\xa3", _MEDIA),
    (0, b"\0\0\1\xba", _MEDIA),
    (0, b"FLV\1", _MEDIA),
    (0, b"\x7fELF", _PROGRAM),
    (0, b"\xfe\xed\xfa", _PROGRAM),
    (0, b"\xce\xfa\xed\xfe", _PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", _PROGRAM),
    (0, b"\xca\xfe\xba\xbe", _PROGRAM),
    (0, b"\0asm", _PROGRAM),
    (0, b"dex\n", _PROGRAM),
    (0, b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (0, b"Rar!\x1a", _ARCHIVE),
    (0, b"\x1f\x8b", _ARCHIVE),
    (0, b"BZh", _ARCHIVE),
    (0, b"\xfd7zXZ\0", _ARCHIVE),
    (0, b"(\xb5/\xfd", _ARCHIVE),
    (0, b"MSCF", _ARCHIVE),
    (257, b"ustar", _ARCHIVE),
    (0, b"PK\x07\x08", "It is one part of a split archive; pack it as one ZIP."),
    (0, b"SQLite format 3\0", _DATABASE),
    (0, b"PAR1", _DATABASE),
    (0, b"\x89HDF", _DATABASE),
    (0, b"wOFF", _FONT),
    (0, b"wOF2", _FONT),
    (0, b"OTTO\0", _FONT),
    (0, b"\0\1\0\0\0", _FONT),
    (60, b"BOOKMOBI", "It is a Kindle book (MOBI); convert it to EPUB and add that."),
    (60, b"TEXtREAd", "It is a Palm book; convert it to EPUB and add that."),
    (0, b"AT&TFORM", "It is a DjVu file; convert it to PDF and add that."),
    (0, b"ITSF", "It is a Windows help file (CHM); convert it to HTML and add that."),
    (0, b"bplist00", "It is a program's settings, not a text."),
)

_OPEN_DOCUMENT = {
    b"opendocument.text": "It is an OpenDocument text (ODT); save it as DOCX and add that.",
    b"opendocument.presentation": "It is an OpenDocument presentation (ODP); save it as PPTX.",
    b"opendocument.spreadsheet": "It is an OpenDocument table (ODS); save it as CSV.",
}


def binary_sentence(head: bytes) -> str | None:
    """What bytes that are no text seem to be; None where they may be text."""
    # Windows programs begin with two letters that a text may begin with as well.
    if head.startswith(b"MZ") and b"\0" in head[:128]:
        return _PROGRAM
    if head.startswith(b"BM") and b"\0\0\0\0" in head[:14]:
        return _IMAGE
    for offset, magic, sentence in _STARTS:
        if head.startswith(magic, offset):
            return sentence
    return None


def zip_sentence(names: Collection[str], media_type: bytes) -> str | None:  # noqa: PLR0911
    """What an archive seems to be where it is a format of its own that isn't read."""
    for kind, sentence in _OPEN_DOCUMENT.items():
        if kind in media_type:
            return sentence
    office = "[Content_Types].xml" in names
    if office and any(name.startswith("xl/") for name in names):
        return "It is an Excel file; save each sheet as CSV and add those."
    if office and any(name.startswith("visio/") for name in names):
        return "It is a Visio drawing; save it as PDF and add that."
    if "AndroidManifest.xml" in names or any(name.endswith(".class") for name in names):
        return _PROGRAM
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        return "It is an Apple iWork file; export it as DOCX, PPTX or PDF and add that."
    if office:
        return "It is an Office file without a document in it; save it anew as DOCX or PPTX."
    return None


_OLE_NAMES = (
    ("EncryptedPackage", "It is locked with a password; remove the password and add it again."),
    ("WordDocument", "It is an old Word file (.doc); save it as DOCX and add that."),
    ("PowerPoint Document", "It is an old PowerPoint file (.ppt); save it as PPTX and add that."),
    ("Workbook", "It is an old Excel file (.xls); save it as CSV and add that."),
    ("Book", "It is an old Excel file (.xls); save it as CSV and add that."),
    ("__properties_version1.0", "It is an Outlook message; save it as HTML or text."),
)
_OLE_READ = 4_000_000


def ole_sentence(path: Path) -> str:
    """What an old Office file is: by the names in its directory."""
    other = "It is an old Office file; save it as DOCX, PPTX or PDF and add that."
    try:
        with path.open("rb") as stream:
            data = stream.read(_OLE_READ)
    except OSError:
        return other
    if len(data) < 512:
        return "The file is damaged or was cut off; get it again and add it anew."
    size = 1 << min(struct.unpack_from("<H", data, 30)[0], 16)
    start = 512 + struct.unpack_from("<I", data, 48)[0] * size
    # The directory is a chain of sectors; the entries asked for stand at its beginning.
    directory = data[start : start + 4 * size] if start < len(data) else data
    for name, sentence in _OLE_NAMES:
        if name.encode("utf-16-le") + b"\0\0" in directory:
            return sentence
    return other
