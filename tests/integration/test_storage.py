"""What the files of one user may take, and what is left of files that never arrived."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.app import create_app
from glossator.gateways.fakes import FakeEmbedder
from glossator.gateways.ports import StoreFailed
from glossator.ingestion.intake import StorageFull
from glossator.ingestion.staging import sweep
from glossator.library import uploads
from glossator.library.tables import Document
from glossator.wiring import House, build
from house_tools import made_settings
from upload_tools import received, user, work

PART = 200_000


@pytest.fixture
def small(database_url: str, tmp_path: Path) -> Iterator[House]:
    """Everything wired, with 1 MB for each user."""
    settings = made_settings(tmp_path, database_url, storage_mb_per_user=1)
    built = build(settings, embedder=FakeEmbedder())
    yield built
    built.close()


def taken(house: House, user_id: int, number: int) -> bool:
    item = received(f"{number:07} " * (PART // 8), f"{number}.txt")
    try:
        house.intake.take(user_id, item)
    except StorageFull:
        return False
    finally:
        item.path.unlink()
    return True


def used(house: House, user_id: int) -> int:
    with house.database.reading() as session:
        return uploads.used_bytes(session, user_id)


def test_parallel_uploads_fill_the_storage_exactly(small: House):
    ada, bob = user(small), user(small, "bob@example.org")
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda number: taken(small, ada, number), range(16)))
    assert sum(done) == 5
    assert used(small, ada) == 5 * PART
    assert taken(small, bob, 1)
    # What is deleted makes room at once.
    with small.database.writing() as session:
        row = session.query(Document).filter_by(user_id=ada).first()
        assert row is not None
        small.documents.bury(session, row)
    assert [taken(small, ada, 20), taken(small, ada, 21)] == [True, False]


def test_a_file_that_could_not_be_stored_takes_no_room(
    small: House, monkeypatch: pytest.MonkeyPatch
):
    ada = user(small)

    def failing(*_: object, **__: object) -> None:
        raise StoreFailed("the bucket is away")

    with monkeypatch.context() as patched:
        patched.setattr(small.files, "put", failing)
        with pytest.raises(StoreFailed):
            taken(small, ada, 1)
    assert used(small, ada) == 0
    work(small)
    with small.database.reading() as session:
        assert session.query(Document).count() == 0


def test_a_full_storage_over_http(small: House):
    with TestClient(create_app(house=small)) as client:
        ada = bearer(sign_up(client, "ada@example.org"))
        parts = [("files", (f"{n}.txt", f"{n} words" * 60_000, "text/plain")) for n in range(3)]
        first = client.post("/api/upload", headers=ada, files=parts)
        assert first.status_code == 202
        refused = [item for item in first.json()["documents"] if item["document_id"] is None]
        assert len(refused) == 1
        again = client.post("/api/upload", headers=ada, files=parts[2:])
        assert (again.status_code, again.json()["type"]) == (413, "storage-full")
        assert "Delete documents" in again.json()["detail"]
        assert again.json()["documents"][0]["error"] == refused[0]["error"]
        assert client.get("/api/usage", headers=ada).json()["storage"] == {
            "limit_bytes": 1_000_000, "used_bytes": 840_000, "left_bytes": 160_000,
        }  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_limit(house: House):
    assert house.usage.storage_bytes == 2_048_000_000
    ada = user(house)
    house.intake._quota_bytes = None
    assert taken(house, ada, 1)


def test_what_is_in_use_is_not_swept(tmp_path: Path):
    old = time.time() - 1_000
    left = tmp_path / "upload-dead"
    left.write_text("x")
    dead = tmp_path / "parse-dead"
    dead.mkdir()
    (dead / "file").write_text("x")
    for path in (dead / "file", dead, left):
        os.utime(path, (old, old))
    # A book whose files are still arriving: only the newest of them is new.
    arriving = tmp_path / "book-arriving"
    arriving.mkdir()
    (arriving / "1").write_text("x")
    (arriving / "2").write_text("x")
    for path in (arriving / "1", arriving):
        os.utime(path, (old, old))
    with tempfile.NamedTemporaryFile(dir=tmp_path, prefix="upload-") as open_one:
        assert sweep(tmp_path, 600) == 2
        assert {path.name for path in tmp_path.iterdir()} == {
            arriving.name, Path(open_one.name).name,
        }  # fmt: skip
    assert sweep(tmp_path / "nowhere", 600) == 0


def test_a_server_sweeps_when_it_starts(small: House):
    work_folder = small.settings.data / "work"
    work_folder.mkdir()
    left = work_folder / "upload-dead"
    left.write_text("x")
    long_ago = time.time() - 100_000
    os.utime(left, (long_ago, long_ago))
    small.keep()
    assert not left.exists()
