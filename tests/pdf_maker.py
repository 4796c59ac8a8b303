"""A tiny writer of PDF files: text at given places, outlines, pictures, an old encryption.

Enough to lay out what a reader must cope with, and small enough to write broken files too.
The font `U` shows any character: its codes are UTF-16 units, mapped to Unicode one to one.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

FONTS = {"H": "Helvetica", "B": "Helvetica-Bold", "C": "Courier"}
_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


@dataclass(frozen=True)
class Text:
    """A line of text: `x`, `y` of its start in points; `advance` of font `U` in points."""

    x: float
    y: float
    text: str
    size: float = 11
    font: str = "H"


@dataclass
class Page:
    """A page of texts; `picture` is (width, height, grey bytes) drawn over all of it."""

    texts: Sequence[Text] = ()
    picture: tuple[int, int, bytes] | None = None
    extra: str = ""
    content: str = ""


@dataclass
class Mark:
    """An entry of the outline; `page` 0-based, `top` in points, `kids` below it."""

    title: str
    page: int
    top: float = 800
    kids: list[Mark] = field(default_factory=list)


class PdfMaker:
    """Collects objects and writes them with a table of their places."""

    def __init__(self) -> None:
        self.objects: list[bytes] = []

    def add(self, body: str | bytes) -> int:
        """Add an object; its number."""
        self.objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(self.objects)

    def reserve(self) -> int:
        """A number whose object comes later."""
        return self.add("null")

    def put(self, number: int, body: str | bytes) -> None:
        """The object of a reserved number."""
        self.objects[number - 1] = body.encode("latin-1") if isinstance(body, str) else body

    def stream(self, data: bytes, entries: str = "") -> int:
        """Add a stream; its number."""
        packed = zlib.compress(data)
        head = f"<< {entries} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
        return self.add(head.encode("latin-1") + packed + b"\nendstream")

    def write(self, root: int, trailer: str = "") -> bytes:
        """The whole file."""
        out = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, body in enumerate(self.objects, 1):
            places.append(len(out))
            out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        for place in places:
            out += b"%010d 00000 n \n" % place
        size = len(places) + 1
        out += f"trailer\n<< /Size {size} /Root {root} 0 R {trailer} >>\n".encode("latin-1")
        return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def make_pdf(
    pages: Sequence[Page | Sequence[Text]],
    *,
    outline: Sequence[Mark] = (),
    title: str | None = None,
    password: str | None = None,
) -> bytes:
    """A PDF file of A4 pages. `password` encrypts it ("" for one that anybody may open)."""
    maker = PdfMaker()
    fonts = _fonts(maker)
    tree = maker.reserve()
    numbers = []
    for page in pages:
        made = page if isinstance(page, Page) else Page(page)
        numbers.append(_page(maker, made, tree, fonts))
    kids = " ".join(f"{number} 0 R" for number in numbers)
    maker.put(tree, f"<< /Type /Pages /Kids [{kids}] /Count {len(numbers)} >>")
    entries = ""
    if outline:
        top = maker.reserve()
        _marks(maker, outline, top, numbers)
        entries = f"/Outlines {top} 0 R"
    root = maker.add(f"<< /Type /Catalog /Pages {tree} 0 R {entries} >>")
    trailer = ""
    if title is not None:
        trailer = f"/Info {maker.add(f'<< /Title {_hex(title)} >>')} 0 R"
    if password is not None:
        trailer += _encrypted(maker, password)
    return maker.write(root, trailer)


def _fonts(maker: PdfMaker) -> str:
    parts = []
    for name, base in FONTS.items():
        body = f"<< /Type /Font /Subtype /Type1 /BaseFont /{base} /Encoding /WinAnsiEncoding >>"
        parts.append(f"/{name} {maker.add(body)} 0 R")
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        "/CMapType 2 def 1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        + "".join(
            f"1 beginbfrange <{high:02x}00> <{high:02x}ff> <{high:02x}00> endbfrange\n"
            for high in (0, 1, 2, 3, 5, 6, 7, 8, 0x20, 0x21, 0x22, 0xFB, 0xFC, 0xFD, 0xFE)
        )
        + "endcmap end end"
    )
    described = maker.add(
        "<< /Type /FontDescriptor /FontName /Any /Flags 4 /FontBBox [0 -200 600 800]"
        " /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>"
    )
    inner = maker.add(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Any /CIDToGIDMap /Identity /DW 500"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
        f" /FontDescriptor {described} 0 R >>"
    )
    unicode_map = maker.stream(cmap.encode())
    outer = maker.add(
        "<< /Type /Font /Subtype /Type0 /BaseFont /Any /Encoding /Identity-H"
        f" /DescendantFonts [{inner} 0 R] /ToUnicode {unicode_map} 0 R >>"
    )
    return " ".join([*parts, f"/U {outer} 0 R"])


def _page(maker: PdfMaker, page: Page, tree: int, fonts: str) -> int:
    drawn = ""
    images = ""
    if page.picture:
        width, height, data = page.picture
        image = maker.stream(
            data,
            f"/Type /XObject /Subtype /Image /Width {width} /Height {height}"
            " /ColorSpace /DeviceGray /BitsPerComponent 8",
        )
        images = f"/XObject << /P {image} 0 R >>"
        drawn = "q 595 0 0 842 0 0 cm /P Do Q\n"
    shown = drawn + "".join(_shown(text) for text in page.texts) + page.content
    content = maker.stream(shown.encode("latin-1"))
    return maker.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R"
        f" /Resources << /Font << {fonts} >> {images} >> {page.extra} >>"
    )


def _shown(text: Text) -> str:
    if text.font == "U":
        coded = f"<{text.text.encode('utf-16-be').hex()}>"
    else:
        plain = text.text.encode("cp1252").decode("latin-1")
        coded = "(" + "".join(f"\\{c}" if c in "()\\" else c for c in plain) + ")"
    return f"BT /{text.font} {text.size} Tf 1 0 0 1 {text.x} {text.y} Tm {coded} Tj ET\n"


def _hex(text: str) -> str:
    return f"<feff{text.encode('utf-16-be').hex()}>"


def _marks(maker: PdfMaker, marks: Sequence[Mark], parent: int, pages: Sequence[int]) -> None:
    numbers = [maker.reserve() for _ in marks]
    for at, (mark, number) in enumerate(zip(marks, numbers, strict=True)):
        target = pages[mark.page] if mark.page < len(pages) else 9_999
        links = f"/Next {numbers[at + 1]} 0 R" if at + 1 < len(numbers) else ""
        if mark.kids:
            below = maker.reserve()
            links += f" /First {below + 1} 0 R /Last {below + len(mark.kids)} 0 R"
            _marks(maker, mark.kids, number, pages)
        maker.put(
            number,
            f"<< /Title {_hex(mark.title)} /Parent {parent} 0 R"
            f" /Dest [{target} 0 R /XYZ 0 {mark.top} 0] {links} >>",
        )
    if maker.objects[parent - 1] == b"null":
        maker.put(parent, f"<< /First {numbers[0]} 0 R /Last {numbers[-1]} 0 R >>")


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _encrypted(maker: PdfMaker, password: str) -> str:
    """Encrypt all streams by PDF 1.1's standard handler (RC4, 40 bits); the trailer's entries."""
    padded = (password.encode() + _PAD)[:32]
    owner = _rc4(_md5(padded)[:5], padded)
    name = b"0123456789abcdef"
    key = _md5(padded + owner + (-4).to_bytes(4, "little", signed=True) + name)[:5]
    for number, body in enumerate(maker.objects, 1):
        head, found, rest = body.partition(b"\nstream\n")
        if found:
            data = rest.removesuffix(b"\nendstream")
            mixed = _md5(key + number.to_bytes(3, "little") + b"\0\0")[:10]
            maker.put(number, head + found + _rc4(mixed, data) + b"\nendstream")
    locked = maker.add(
        f"<< /Filter /Standard /V 1 /R 2 /O <{owner.hex()}> /U <{_rc4(key, _PAD).hex()}> /P -4 >>"
    )
    return f" /Encrypt {locked} 0 R /ID [<{name.hex()}> <{name.hex()}>]"
