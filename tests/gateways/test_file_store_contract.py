"""What every store of files must do: the fake, a folder, and S3's own protocol on loopback."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fault_proxy import Mode, during, fault_proxy
from glossator.gateways.fakes import FakeFiles
from glossator.gateways.files import check_files_url, open_files
from glossator.gateways.ports import FileStore, FileTooLarge, StoreFailed

MOST = 50_000_000
LARGE = [bytes([n]) * 1_000_003 for n in range(13)]


@pytest.fixture(params=["fake", "folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """The store under test."""
    if request.param == "fake":
        return FakeFiles()
    if request.param == "folder":
        return open_files("file:", tmp_path / "files")
    url: str = request.getfixturevalue("s3_url")
    return open_files(url, tmp_path)


@pytest.mark.parametrize("mode", ["reset", "refuse", "garbage"])
def test_what_failed_on_its_way_to_s3_works_again_at_once(
    s3_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with fault_proxy(("127.0.0.1", int(s3_endpoint.rpartition(":")[2]))) as proxy:
        url = f"s3://shelf/{mode}?endpoint=http://127.0.0.1:{proxy.port}&region=us-east-1"
        store = open_files(url, tmp_path)
        store.put("documents/d1", [b"one"], most=7)

        def fails() -> None:
            with pytest.raises(StoreFailed):
                store.put("documents/d2", [b"two"], most=7)
            with pytest.raises(StoreFailed):
                whole(store, "documents/d1")

        during(proxy, mode, fails)
        assert whole(store, "documents/d1") == b"one"
        store.put("documents/d2", [b"two"], most=7)
        assert whole(store, "documents/d2") == b"two"


def whole(store: FileStore, path: str) -> bytes:
    return b"".join(store.read(path))


def test_what_is_put_is_read_again(store: FileStore):
    stored = store.put("documents/d1", [b"one ", b"", b"two"], most=7)
    assert (stored.path, stored.size) == ("documents/d1", 7)
    assert stored.sha256 == hashlib.sha256(b"one two").hexdigest()
    assert whole(store, "documents/d1") == b"one two"
    assert store.size("documents/d1") == 7
    store.put("documents/d1", [b"new"], most=7)
    assert whole(store, "documents/d1") == b"new"


def test_an_empty_file(store: FileStore):
    assert store.put("documents/empty", [], most=0).size == 0
    assert whole(store, "documents/empty") == b""


def test_a_large_file_streams_through(store: FileStore):
    stored = store.put("documents/large", iter(LARGE), most=MOST)
    data = b"".join(LARGE)
    assert stored.size == store.size("documents/large") == len(data)
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert whole(store, "documents/large") == data
    assert b"".join(store.read("documents/large", 999_000, 3_000_000)) == data[999_000:3_000_000]


def test_ranges(store: FileStore):
    store.put("documents/r", [bytes(range(100))], most=100)
    for start, end in ((0, 1), (10, 20), (99, 100), (0, 100), (90, 1000), (100, 200)):
        assert b"".join(store.read("documents/r", start, end)) == bytes(range(100))[start:end]
    assert b"".join(store.read("documents/r", 40)) == bytes(range(100))[40:]


def test_too_much_leaves_what_was_there(store: FileStore):
    store.put("documents/kept", [b"old"], most=10)
    with pytest.raises(FileTooLarge):
        store.put("documents/kept", [b"12345", b"67890", b"1"], most=10)
    with pytest.raises(FileTooLarge):
        store.put("documents/none", iter(LARGE), most=12_000_000)
    assert whole(store, "documents/kept") == b"old"
    assert store.names("documents") == ["documents/kept"]


def test_a_source_that_breaks_leaves_nothing(store: FileStore):
    def broken() -> Iterator[bytes]:
        yield from LARGE
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put("documents/half", broken(), most=MOST)
    assert store.names("documents") == []
    with pytest.raises(FileNotFoundError):
        store.size("documents/half")


def test_deleting_twice_is_no_error(store: FileStore):
    store.put("documents/gone", [b"x"], most=1)
    store.delete("documents/gone")
    store.delete("documents/gone")
    with pytest.raises(FileNotFoundError):
        whole(store, "documents/gone")
    assert store.names("documents") == []


def test_names_are_those_of_one_folder(store: FileStore):
    for name in ("books/j2/0", "books/j1/1", "books/j1/0", "books/j10/0"):
        store.put(name, [b"x"], most=1)
    assert store.names("books/j1") == ["books/j1/0", "books/j1/1"]
    assert len(store.names("books")) == 4


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "a/../b", "a//b", "A", "ä", "a\x00", "", "a/", "a b", "a#1"]
)
def test_only_our_own_paths(store: FileStore, path: str):
    with pytest.raises(ValueError, match="no path"):
        store.put(path, [b"x"], most=1)
    with pytest.raises(ValueError, match="no path"):
        store.delete(path)


def test_sweeping_leaves_what_is_whole(store: FileStore):
    store.put("documents/d1", [b"x"], most=1)
    assert store.sweep(0.0) == 0
    assert whole(store, "documents/d1") == b"x"


PUTTING = """
import sys, time
from pathlib import Path
from glossator.gateways.files import folder
def parts():
    for _ in range(12):
        yield bytes(1_000_000)
    print("half", flush=True)
    time.sleep(60)
folder(Path(sys.argv[1])).put("documents/d1", parts(), most=100_000_000)
"""


def test_what_a_killed_process_left_of_a_file_is_swept_when_it_is_old(tmp_path: Path):
    putting = subprocess.Popen(
        [sys.executable, "-c", PUTTING, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with putting:
        assert putting.stdout is not None
        assert putting.stdout.readline() == "half\n"
        time.sleep(0.5)
        putting.kill()
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert left
    store = open_files("file:", tmp_path)
    store.put("documents/d2", [b"x"], most=1)
    assert store.sweep(60) == 0
    assert [path for path in left if not path.exists()] == []
    assert store.sweep(0.0) == len(left)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["d2"]


def test_a_folder_holds_no_half_file_and_is_private(tmp_path: Path):
    root = tmp_path / "files"
    store = open_files("file:", root)
    seen: list[list[str]] = []

    def parts() -> Iterator[bytes]:
        for part in LARGE:
            yield part
            seen.append([path.name for path in root.rglob("*") if path.is_file()])

    store.put("documents/d", parts(), most=MOST)
    assert any(seen)
    assert all("d" not in names for names in seen)
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["d"]
    assert root.stat().st_mode & 0o077 == 0
    store.delete("documents/d")
    assert os.listdir(root) == []  # noqa: PTH208


def test_a_store_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    store = open_files("s3://shelf?endpoint=http://127.0.0.1:9&region=us-east-1", tmp_path)
    with pytest.raises(StoreFailed):
        store.size("documents/d")


@pytest.mark.parametrize("url", ["", "ftp://x", "s3:", "s3:///x", "file://host/x", "s3://b?key=1"])
def test_other_addresses_are_refused(url: str):
    with pytest.raises(ValueError, match="s3://BUCKET"):
        check_files_url(url)
