"""Pages for a viewer: pictures, places of words, sizes, and a lock taken off."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

import pytest
from pdf_tools import LIMITS, column, prose

from glossator.ingestion.readers import pdf_pages
from glossator.ingestion.readers.pdf import read
from glossator.ingestion.readers.pdf_quotes import quote_fractions
from glossator.ingestion.readers.png import png
from glossator.ingestion.sources import SourceError
from pdf_maker import Page, Text, make_pdf

LINE = "The controller moves the arm along a planned path."


def made(folder: Path, *pages: Page | list[Text], **more: str) -> Path:
    path = folder / "seen.pdf"
    path.write_bytes(make_pdf(pages, **more))  # type: ignore[arg-type]
    return path


def unpacked(file: bytes) -> tuple[int, int, int, bytes]:
    """Width, height, bytes per pixel and the pixels of a PNG of ours."""
    assert file.startswith(b"\x89PNG\r\n\x1a\n")
    at, parts = 8, {}
    while at < len(file):
        size, name = struct.unpack(">I4s", file[at : at + 8])
        body = file[at + 8 : at + 8 + size]
        assert struct.unpack(">I", file[at + 8 + size : at + 12 + size])[0] == zlib.crc32(
            name + body
        )
        parts[name] = body
        at += 12 + size
    width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert (depth, rest) == (8, [0, 0, 0])
    each = {0: 1, 2: 3}[kind]
    rows = zlib.decompress(parts[b"IDAT"])
    out, above = bytearray(), bytes(width * each)
    for start in range(0, len(rows), width * each + 1):
        filtered, row = rows[start], rows[start + 1 : start + 1 + width * each]
        if filtered == 2:
            row = bytes((a + b) % 256 for a, b in zip(row, above, strict=True))
        else:
            assert filtered == 0
        out += row
        above = row
    assert len(out) == width * height * each
    return width, height, each, bytes(out)


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("grey", [True, False])
def test_a_png_holds_the_pixels_it_was_made_from(grey: bool, smooth: bool) -> None:
    chance = random.Random(7)
    width, height = 37, 90
    pixels = bytearray()
    for number in range(width * height):
        value = (number // width * 2) % 256 if smooth else chance.randrange(256)
        colours = (value,) * 3 if grey else (value, 255 - value, 7)
        pixels += bytes((*colours, chance.randrange(256)))
    found = unpacked(png(width, height, bytes(pixels)))
    assert found[:3] == (width, height, 1 if grey else 3)
    red, green, blue = pixels[2::4], pixels[1::4], pixels[0::4]
    expected = red if grey else bytes(c for rgb in zip(red, green, blue, strict=True) for c in rgb)
    assert found[3] == bytes(expected)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_words_on_a_page_stand_where_its_picture_is_dark(tmp_path: Path, turn: int) -> None:
    path = made(tmp_path, Page([Text(70, 500, LINE, 20)], extra=f"/Rotate {turn}"))
    width, height, each, pixels = unpacked(pdf_pages.page_picture(path, 1, 800))
    assert each == 1
    assert (width, height) == ((800, 1132) if turn in (0, 180) else (800, 565))
    boxes = [word for line in pdf_pages.page_words(path, 1) for word in line]
    (whole,) = quote_fractions(path, 1, LINE)
    for marks in ([word[1:] for word in boxes], [whole]):
        inside = dark = 0
        for at, value in enumerate(pixels):
            if value > 128:
                continue
            dark += 1
            x, y = (at % width + 0.5) / width, (at // width + 0.5) / height
            inside += any(
                left <= x <= left + wide and top <= y <= top + high
                for left, top, wide, high in marks
            )
        assert dark > 1_000
        assert inside >= 0.95 * dark
    assert " ".join(word[0] for word in boxes) == LINE


def test_words_come_by_line_and_in_their_order(tmp_path: Path) -> None:
    latin = column(prose(3, 5), 70, 700)
    urdu = Text(200, 500, "ںیہ تاحفص ۳۴۵ ںیم ۱۲ باب", 14, "U")
    lines = pdf_pages.page_words(made(tmp_path, [*latin, urdu]), 1)
    assert [" ".join(word[0] for word in line) for line in lines[:3]] == prose(3, 5)
    assert " ".join(word[0] for line in lines[3:] for word in line) == "باب ۱۲ میں ۳۴۵ صفحات ہیں"
    first, last = lines[3][0], lines[-1][-1]
    assert first[1] > last[1]


def test_sizes_are_those_shown_and_the_file_says_which_way_it_goes(tmp_path: Path) -> None:
    path = made(tmp_path, Page(), Page(extra="/Rotate 90"))
    assert pdf_pages.page_sizes(path) == {"sizes": [(595, 842), (842, 595)], "direction": "ltr"}
    rtl = b"/Type /Catalog /ViewerPreferences << /Direction /R2L >>"
    path.write_bytes(path.read_bytes().replace(b"/Type /Catalog", rtl))
    assert pdf_pages.page_sizes(path)["direction"] == "rtl"


def test_a_picture_has_its_most_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_pages, "MOST_PIXELS", 90_000)
    for box in ("[0 0 10 14000]", "[0 0 14000 10]", "[0 0 0 0]", "[0 0 1e30 5]"):
        page = Page([Text(1, 1, "x")], extra=f"/MediaBox {box}")
        width, height, _, _ = unpacked(pdf_pages.page_picture(made(tmp_path, page), 1, 2_560))
        assert width * height <= 90_000


def test_a_lock_comes_off_with_its_password_alone(tmp_path: Path) -> None:
    path = made(tmp_path, column([LINE], 70, 700), password="open sesame")
    to = tmp_path / "open.pdf"
    for password in (None, "close sesame"):
        with pytest.raises(SourceError) as caught:
            pdf_pages.unlocked(path, password or "", to)
        assert caught.value.reason == "password"
    with pytest.raises(SourceError, match="password") as locked:
        read(path, LIMITS)
    assert locked.value.reason == "password"
    pdf_pages.unlocked(path, "open sesame", to)
    assert LINE in read(to, LIMITS).content.text


def test_what_isnt_there_is_said(tmp_path: Path) -> None:
    path = made(tmp_path, column([LINE], 70, 700))
    for look in (pdf_pages.page_words, lambda file, page: pdf_pages.page_picture(file, page, 320)):
        with pytest.raises(SourceError, match="no page 2"):
            look(path, 2)
    with pytest.raises(SourceError) as caught:
        read(made(tmp_path, Page(picture=(2, 2, b"\x80\xff\xff\x80"))), LIMITS)
    assert caught.value.reason == "scan"
