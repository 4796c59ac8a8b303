"""What a book's folder lets its readers see."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest
from tests.ingestion.source_tools import LIMITS, messages, opened, write

from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.sources import ReadLimits, SourceError

CANARY = "canary-7c1f"


def test_files_are_sorted_and_build_outputs_and_hidden_folders_are_left_out(tmp_path: Path) -> None:
    root = write(
        tmp_path / "book",
        {
            "b.md": "b",
            "a/z.md": "z",
            ".git/config.md": "x",
            ".hidden.md": "x",
            "node_modules/p/readme.md": "x",
            "mkdocs.yml": "site_name: x",
            "site/index.html": "x",
            "site/page.md": "x",
            "build/index.html": "x",
            "build/page.md": "x",
            "docs/build/chapter.md": "a chapter about builds",
            "venv/pyvenv.cfg": "x",
            "venv/readme.md": "x",
        },
    )
    assert opened(root).files() == ["a/z.md", "b.md", "docs/build/chapter.md", "mkdocs.yml"]


def test_a_single_file_is_a_folder_of_one(tmp_path: Path) -> None:
    write(tmp_path, {"one.md": "one", "other.md": CANARY})
    folder = opened(tmp_path / "one.md")
    assert (folder.name, folder.files(), folder.text("one.md")) == ("one", ["one.md"], "one")
    assert folder.resolve("one.md", "other.md") is None
    with pytest.raises(SourceError, match="outside"):
        folder.text("other.md")


@pytest.mark.parametrize(
    ("base", "target", "expected"),
    [
        ("docs/a.md", "b.md", "docs/b.md"),
        ("docs/a.md", "../top.md", "top.md"),
        ("docs/a.md", "/top.md", "top.md"),
        ("docs/a.md", "../../secret.md", None),
        ("docs/a.md", "/../secret.md", None),
        ("docs/a.md", "link/secret.md", None),
        ("top.md", "../book2/secret.md", None),
        ("docs/a.md", "x\0y", None),
        ("docs/a.md", "", None),
        ("docs/a.md", "not-there.md", "docs/not-there.md"),
    ],
)
def test_a_target_resolves_only_inside(
    tmp_path: Path, base: str, target: str, expected: str | None
) -> None:
    write(tmp_path, {"secret.md": CANARY, "book/docs/a.md": "a", "book/top.md": "t"})
    write(tmp_path, {"book2/secret.md": CANARY})
    (tmp_path / "book/docs/link").symlink_to(tmp_path)
    assert opened(tmp_path / "book").resolve(base, target) == expected


def test_links_out_of_the_folder_are_left_out_and_links_inside_are_followed(tmp_path: Path) -> None:
    write(tmp_path, {"secret/s.md": CANARY, "book/real/a.md": "a", "book/b.md": "b"})
    book = tmp_path / "book"
    (book / "out.md").symlink_to(tmp_path / "secret/s.md")
    (book / "outdir").symlink_to(tmp_path / "secret")
    (book / "in.md").symlink_to(book / "b.md")
    (book / "loop").symlink_to(book)
    (book / "self.md").symlink_to("self.md")
    (book / "dangling.md").symlink_to("nowhere.md")
    folder = opened(book)
    assert folder.files() == ["b.md", "in.md", "real/a.md"]
    assert [p.path for p in folder.problems] == ["dangling.md", "out.md", "outdir", "self.md"]
    for rel in ("out.md", "outdir/s.md", "../secret/s.md", "self.md", "dangling.md"):
        with pytest.raises(SourceError):
            folder.text(rel)
    assert not folder.exists("out.md")


def test_a_link_that_takes_the_files_place_after_listing_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"secret.md": CANARY, "book/a.md": "a"})
    folder = opened(tmp_path / "book")
    assert folder.files() == ["a.md"]
    (tmp_path / "book/a.md").unlink()
    (tmp_path / "book/a.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(SourceError, match="outside"):
        folder.text("a.md")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="This system has no named pipes.")
def test_pipes_and_sockets_are_refused_without_waiting(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "a"})
    os.mkfifo(tmp_path / "pipe.md")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(tmp_path)
        try:
            server.bind("sock.md")
        finally:
            os.chdir(here)
    folder = opened(tmp_path)
    assert folder.files() == ["a.md"]
    assert {p.path for p in folder.problems} == {"pipe.md", "sock.md"}
    caught: list[str] = []

    def read() -> None:
        for rel in ("pipe.md", "sock.md"):
            try:
                folder.text(rel)
            except SourceError as error:
                caught.append(error.message)

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    reading.join(5)
    assert len(caught) == 2
    with pytest.raises(SourceError, match="neither a file nor a folder"):
        opened(tmp_path / "pipe.md")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfa\r\nb\rc\n", "a\nb\nc\n"),
        ("höhe €".encode("utf-16"), "höhe €"),
        ("höhe €".encode("utf-16-be").join([b"\xfe\xff", b""]), "höhe €"),
        ("höhe €".encode("utf-32"), "höhe €"),
        (b"", ""),
        (b"one\x02two three four five six seven", "onetwo three four five six seven"),
    ],
)
def test_text_is_decoded(tmp_path: Path, data: bytes, text: str) -> None:
    write(tmp_path, {"a.md": data})
    folder = opened(tmp_path)
    assert folder.text("a.md") == text
    assert folder.problems == []


def test_a_few_invalid_bytes_are_replaced_and_named_once(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "first line\nna\xefve text here".encode("latin-1")})
    folder = opened(tmp_path)
    assert folder.text("a.md") == folder.text("a.md") == "first line\nna�ve text here"
    assert [(p.path, p.line) for p in folder.problems] == [("a.md", 2)]
    assert "UTF-8" in folder.problems[0].message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0", "isn't a text file"),
        (bytes(range(1, 32)) * 4, "isn't a text file"),
        ("привет, мир и книга".encode("cp1251"), "isn't UTF-8"),
        (b"x" * 1_000_001, "Line 1 has 1,000,001 characters"),
        (b"x\n" * 600, "larger than 1,000 bytes"),
    ],
)
def test_what_is_no_readable_text_is_a_sentence(tmp_path: Path, data: bytes, words: str) -> None:
    write(tmp_path, {"a.md": data})
    limits = ReadLimits(file_bytes=1_000) if data.startswith(b"x\n") else LIMITS
    with pytest.raises(SourceError, match=words) as caught:
        opened(tmp_path, limits).text("a.md")
    assert caught.value.path == "a.md"


def test_too_many_files_and_too_deep_folders_are_one_problem_each(tmp_path: Path) -> None:
    write(tmp_path, {f"{n:03}.md": "x" for n in range(50)})
    folder = opened(tmp_path, ReadLimits(files=20))
    assert len(folder.files()) <= 20
    assert messages(folder.problems).count("more than 20 files") == len(folder.problems) == 1
    deep = tmp_path / "deep"
    write(deep, {"/".join(["d"] * n) + "/x.md": "x" for n in range(1, 30)})
    folder = opened(deep)
    assert len(folder.files()) == 24
    assert messages(folder.problems).count("24 deep") == len(folder.problems) == 1


def test_the_whole_book_has_a_limit(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "x" * 60, "b.md": "y" * 60})
    folder = opened(tmp_path, ReadLimits(book_bytes=100))
    assert folder.text("a.md")
    assert folder.text("a.md"), "a file that is read twice counts once"
    with pytest.raises(SourceError, match="larger than 100 bytes"):
        folder.text("b.md")


def test_a_subfolder_keeps_the_confines_unless_it_is_told_otherwise(tmp_path: Path) -> None:
    write(tmp_path, {"book/docs/a.md": "a", "book/parts/p.md": "p", "secret.md": CANARY})
    folder = opened(tmp_path / "book")
    docs = folder.sub("docs")
    assert docs.files() == ["a.md"]
    assert docs.resolve("a.md", "../parts/p.md") == "../parts/p.md"
    assert docs.text("../parts/p.md") == "p"
    assert docs.resolve("a.md", "../../secret.md") is None
    assert folder.sub("docs", confine=True).resolve("a.md", "../parts/p.md") is None
    docs.note("a.md", "odd")
    assert messages(folder.problems) == "docs/a.md: odd"
    with pytest.raises(SourceError):
        folder.sub("../")


def test_names_that_cannot_be_stored_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "a", "b\nc.md": "x"})
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.md"))).write_text("x")
    folder = opened(tmp_path)
    assert folder.files() == ["a.md"]
    assert [p.path for p in folder.problems] == ["b?c.md", "bad?.md"]


@pytest.mark.parametrize("name", ["nope", "no/pe", "x" * 300, "a\0b"])
def test_a_path_that_is_not_there_is_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match=r"no such file or folder|can't be read"):
        SourceFolder.open(tmp_path / name, LIMITS)
