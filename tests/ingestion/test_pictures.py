"""A book's own pictures: which are taken, how they are kept, who gets them, and when they go."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from glossator.app import create_app
from glossator.ingestion.handover import books_from_json, books_to_json
from glossator.ingestion.readers import pictures as reading
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.readers.pictures import kind_of
from glossator.ingestion.sources import BookSource, ReadLimits
from glossator.library.links import picture_addresses, picture_paths
from glossator.library.pictures import folder_of
from glossator.wiring import House


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


SVG = b"""<?xml version="1.0"?><!-- drawn -->
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><script>alert(1)</script></svg>"""
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x1e\x00\x28\x01\x01\x11\x00"
TEXT = """# Arms

![The arm](img/arm.png) moves.

![A plan](/plans/plan.svg "of it") ![far](https://far.example/x.png) ![gone](gone.png)

![out](../../secret.png) ![linked](img/linked.png) ![not one](img/page.html)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A book with pictures, and a picture outside of it."""
    root = tmp_path / "arms"
    for name in ("img", "static/plans"):
        (root / name).mkdir(parents=True)
    (root / "arms.md").write_text(TEXT, "utf-8")
    (root / "img/arm.png").write_bytes(png(40, 30))
    (root / "img/unused.png").write_bytes(png(1, 1))
    (root / "img/page.html").write_text("<script>alert(1)</script>", "utf-8")
    (root / "static/plans/plan.svg").write_bytes(SVG)
    (tmp_path / "secret.png").write_bytes(png(7, 7))
    (root / "img/linked.png").symlink_to(tmp_path / "secret.png")
    return root


def read(path: Path) -> BookSource:
    return read_sources([path], ReadLimits())[0]


def taken(book: BookSource) -> list[tuple[str, str, int | None, int | None]]:
    return [(one.path, one.media_type, one.width, one.height) for one in book.pictures]


ARM, PLAN = ("img/arm.png", "image/png", 40, 30), ("static/plans/plan.svg", "image/svg+xml", 40, 20)


def test_what_chapters_show_is_taken_from_the_books_own_folder_alone(folder: Path) -> None:
    book = read(folder)

    assert taken(book) == [ARM, PLAN]
    assert [p.message for p in book.problems if p.path == "img/page.html"] == [
        "It is no PNG, JPEG, GIF, WebP or SVG, so its words are shown instead."
    ]
    assert books_from_json(books_to_json([book])) == [book]


def test_an_archive_keeps_them(folder: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                archive.write(path, path.relative_to(folder.parent))

    assert taken(read(packed)) == [ARM, PLAN]


def test_limits_leave_out_and_say_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 100)
    (folder / "img/arm.png").write_bytes(png(300, 300) + b"\0" * 200)
    (folder / "static/plans/plan.svg").write_bytes(
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xff\xff\0\0\xff\xff"
    )

    book = read(folder)

    assert book.pictures == ()
    assert {p.path for p in book.problems} >= {"img/arm.png", "static/plans/plan.svg"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (png(3, 2), ("image/png", (3, 2))),
        (b"GIF89a\x05\0\x06\0", ("image/gif", (5, 6))),
        (JPEG, ("image/jpeg", (40, 30))),
        (b"\xff\xd8\xff", ("image/jpeg", None)),
        (b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x10\0\x20\0", ("image/webp", (16, 32))),
        (b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x0f\0\0\x1f\0\0", ("image/webp", (16, 32))),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x0f\xc0\x07\0", ("image/webp", (16, 32))),
        (b'\xef\xbb\xbf<svg width="9px" height="8">', ("image/svg+xml", (9, 8))),
        (b'<svg width="100%" viewBox="0 0 1e9 2">', ("image/svg+xml", None)),
        (b"<html><svg>", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_a_picture_is_what_its_bytes_say(data: bytes, told: object) -> None:
    assert kind_of(data) == told


def test_addresses_are_found_in_markdown_and_stay_within_the_source() -> None:
    text = '![a](x.png) ![b [c]](<y z.png>) [![d](e.gif)](f) `![g](h.png)` ![i](j.png "t")'
    assert picture_addresses(text) == ("x.png", "y z.png", "e.gif", "h.png", "j.png")
    assert picture_paths("docs/a/b.md", "../i/x%20y.png?v=1") == ("docs/i/x y.png",)
    assert picture_paths("docs/a/b.md", "@site/static/x.png")[0] == "static/x.png"
    assert "static/x.png" in picture_paths("docs/a/b.md", "/x.png")
    for outside in (
        "../../../x.png",
        "//far/x.png",
        "https://far/x.png",
        "data:,x",
        "/../../x",
        "",
    ):
        assert not any(".." in path for path in picture_paths("docs/a/b.md", outside))


def test_the_reader_shows_them_and_they_go_with_the_book(folder: Path, house: House) -> None:
    house.pipeline.add_book(read(folder), "arms")
    with TestClient(create_app(house=house)) as client:
        html = client.get("/api/chapters/arms?book_id=arms&html=true").json()["html"]
        addresses = [part.split('"')[0] for part in html.split('<img src="')[1:]]
        assert len(addresses) == 2
        assert 'alt="The arm" width="40" height="30"' in html
        arm, plan = (client.get(address) for address in addresses)
        assert (arm.content, arm.headers["content-type"]) == (png(40, 30), "image/png")
        assert plan.headers["content-type"] == "image/svg+xml"
        for answer in (arm, plan):
            assert answer.headers["content-security-policy"].endswith("sandbox")
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
        again = client.get(addresses[0], headers={"if-none-match": arm.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get("/api/books/arms/media/../arm.png").status_code == 404

        # Added again with another picture: the old file goes, what didn't change costs nothing.
        (folder / "img/arm.png").write_bytes(png(41, 30))
        known = house.pipeline.known("arms")
        added = house.pipeline.add_book(read_sources([folder], ReadLimits(), known)[0], "arms")
        assert (added.unchanged, added.changed) == (1, 0)
        assert client.get(addresses[0]).status_code == 404
        html = client.get("/api/chapters/arms?book_id=arms&html=true").json()["html"]
        assert 'width="41"' in html
        assert len(house.files.names(folder_of("arms"))) == 2

        house.pipeline.remove_book("arms")
        assert client.get(addresses[1]).status_code == 404
        assert house.files.names(folder_of("arms")) == []
