"""The archive's own form: whole or refused, and nothing in it goes where it says."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
from pathlib import Path

import pytest

from glossator.moving.archive import Archive, Refused, Writer, new_file

LINES = b"".join(b'[%d,"text %d"]\n' % (n, n * n) for n in range(200))
ABOUT = json.dumps({"format": 1, "glossator": "0.1.0", "revision": "0001"}).encode()


def written(**changes: bytes) -> bytes:
    """An archive with rows and two files."""
    out = io.BytesIO()
    writer = Writer(out, 1_000_000)
    writer.add("about.json", changes.get("about", ABOUT))
    writer.rows("books", 0, LINES)
    writer.rows("books", 1, b'["' + b"a" * 500_000 + b'"]\n')
    writer.stream("files/documents/d1", 700, [b"x" * 300, b"y" * 400])
    writer.add("files/documents/d2", b"")
    writer.finish({"tables": {}})
    assert writer.size == len(out.getvalue())
    return out.getvalue()


def opened(data: bytes) -> Archive:
    archive = Archive(io.BytesIO(data))
    archive.check()
    return archive


def made(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A tar file with any entries, and a manifest that agrees with them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for info, data in entries:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def entry(name: str, data: bytes = b"", **facts: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    for fact, value in facts.items():
        setattr(info, fact, value)
    return info, data


def test_what_is_written_is_read_again_and_by_tar_too():
    data = written()
    archive = opened(data)
    assert archive.about["revision"] == "0001"
    rows = [row for page in archive.rows("books") for row in page]
    assert rows[7] == [7, "text 49"]
    assert len(rows) == 201
    assert b"".join(archive.read("files/documents/d1")) == b"x" * 300 + b"y" * 400
    assert archive.names("files") == ["files/documents/d1", "files/documents/d2"]
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert tar.getnames()[0] == "about.json"
        assert tar.getnames()[-1] == "manifest.json"
        part = tar.extractfile("rows/books/00000.jsonl.gz")
        assert part is not None
        assert gzip.decompress(part.read()) == LINES
        # What shrinks to almost nothing isn't packed, so that a bomb can be told from it.
        assert "rows/books/00001.jsonl" in tar.getnames()


def test_wherever_it_is_cut_off_it_is_refused():
    data = written()
    for length in [*range(0, len(data) - 1_024, 1_009), len(data) - 1_025]:
        with pytest.raises(Refused):
            opened(data[:length])


def test_whatever_byte_is_changed_it_is_refused():
    data = written()
    end = len(data) - 1_024
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        # What fills a block up says nothing.
        filled = [(info.offset_data + info.size, -(-info.size // 512) * 512 - info.size)
                  for info in tar]  # fmt: skip
    chance = random.Random(8)
    refused = 0
    for at in [chance.randrange(end) for _ in range(300)]:
        if any(start <= at < start + length for start, length in filled):
            continue
        broken = bytearray(data)
        broken[at] ^= 1 << chance.randrange(8)
        try:
            opened(bytes(broken))
        except Refused:
            refused += 1
            continue
        # Only what a manifest says beside sizes and digests may differ unseen by this.
        assert bytes(broken[at - 40 : at + 40]).count(b'"tables"') or at > end - 600, at
    assert refused > 200


@pytest.mark.parametrize(
    "bad",
    [
        entry("files/documents/d9", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        entry("files/documents/d9", type=tarfile.LNKTYPE, linkname="about.json"),
        entry("files/documents/d9", type=tarfile.DIRTYPE),
        entry("files/documents/d9", type=tarfile.FIFOTYPE),
        entry("files/documents/d9", type=tarfile.CHRTYPE),
        entry("files/documents/d9", type=tarfile.GNUTYPE_SPARSE),
        entry("files/../../etc/cron.d/x"),
        entry("/etc/passwd"),
        entry("glossaries/../secret.key"),
        entry("glossaries/.hidden.txt"),
        entry("rows/../books/0.jsonl"),
        entry("rows/books/x.jsonl"),
        entry("about.json", ABOUT),
        entry("files/documents/" + "d" * 200),
        entry("files/documents/d\u00e4"),
        entry("files/documents/D1"),
        entry("notes.txt"),
    ],
    ids=lambda bad: f"{bad[0].name[:30]} {bad[0].type!r}",
)
def test_an_entry_that_no_backup_has_is_refused(bad: tuple[tarfile.TarInfo, bytes]):
    manifest = json.dumps({"entries": {"about.json": [len(ABOUT), "0" * 64]}}).encode()
    data = made(entry("about.json", ABOUT), bad, entry("manifest.json", manifest))
    with pytest.raises(Refused):
        opened(data)


def test_what_the_manifest_does_not_list_or_lists_in_vain_is_refused():
    about = [len(ABOUT), "0" * 64]
    for listed in (
        {}, {"about.json": about, "files/documents/d1": [1, "0"]},
        {"about.json": [about[0] + 1, about[1]]}, {"about.json": "x"}, [],
    ):  # fmt: skip
        manifest = json.dumps({"entries": listed}).encode()
        with pytest.raises(Refused, match="damaged"):
            opened(made(entry("about.json", ABOUT), entry("manifest.json", manifest)))


@pytest.mark.parametrize("text", [b"", b"[", b"[" * 100_000, b"7", b"\xff", b"{}"])
def test_facts_that_are_none_are_refused(text: bytes):
    with pytest.raises(Refused):
        opened(written(about=text))
    with pytest.raises(Refused):
        opened(made(entry("about.json", ABOUT), entry("manifest.json", text)))


def test_a_bomb_is_refused():
    out = io.BytesIO()
    writer = Writer(out, 0)
    writer.add("about.json", ABOUT)
    writer.add("rows/books/00000.jsonl.gz", gzip.compress(b"[" + b" " * 50_000_000 + b"1]\n"))
    writer.add("rows/tags/00000.jsonl.gz", gzip.compress(b"[1]\n") + b"more")
    writer.add("rows/texts/00000.jsonl.gz", b"no gzip")
    writer.add("rows/deep/00000.jsonl", b"[" * 1_000_000 + b"\n")
    writer.finish({})
    archive = opened(out.getvalue())
    for table in ("books", "tags", "texts", "deep"):
        with pytest.raises(Refused, match="damaged"):
            list(archive.rows(table))


def test_an_archive_of_a_newer_format_is_refused_in_words():
    about = json.dumps({"format": 2, "glossator": "9.1.0"}).encode()
    with pytest.raises(Refused, match=r"Use the version that made it: 9\.1\.0") as refused:
        opened(written(about=about))
    assert "format 2" in refused.value.detail


def test_other_files_are_refused():
    for data in (
        b"",
        b"SQLite format 3\x00" + bytes(4_000),
        bytes(10_240),
        random.randbytes(9_000),
    ):
        with pytest.raises(Refused):
            opened(data)


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "b.tar"
    with pytest.raises(TypeError), new_file(path) as out:
        out.write("no bytes")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
    with new_file(path) as out:
        out.write(b"whole")
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError), new_file(path) as out:
        out.write(b"other")
    assert path.read_bytes() == b"whole"


def test_a_part_of_another_size_than_said_is_an_error():
    writer = Writer(io.BytesIO(), 0)
    with pytest.raises(OSError, match="3 bytes and not 4"):
        writer.stream("files/documents/d1", 4, [b"abc"])
