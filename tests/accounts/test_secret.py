"""The secret is made once, for its owner's eyes; production wants a good one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.accounts.secret import signing_secret
from glossator.app import create_app
from glossator.foundation.errors import Unavailable
from glossator.gateways.ports import Embedder
from glossator.wiring import build
from house_tools import made_settings

STRONG = "kX9-vR2_mQ7wLp4tZ8sB1nC6yH3jF5dG0aEuTiOo"
WEAK = [
    "short",
    "a" * 64,
    "abababababababababababababababababababab",
    "changeme-0123456789-abcdefghijklmnopqrstuv",
    "your-SECRET-key-0123456789-qwfpgjluy",
]


def test_it_is_made_once_with_nobody_else_reading(tmp_path: Path):
    folder = tmp_path / "new"
    first = signing_secret(None, folder, production=False)
    assert len(first) >= 32
    assert signing_secret(None, folder, production=False) == first
    assert (folder / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret.key"]
    assert signing_secret(None, tmp_path / "other", production=False) != first


def test_a_file_open_to_others_is_closed(tmp_path: Path):
    signing_secret(None, tmp_path, production=False)
    (tmp_path / "secret.key").chmod(0o644)
    signing_secret(None, tmp_path, production=False)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_those_who_start_together_get_the_same(tmp_path: Path):
    found: list[bytes] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        found.append(signing_secret(None, tmp_path, production=False))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_an_empty_file_is_no_secret(tmp_path: Path):
    (tmp_path / "secret.key").write_text("\n")
    with pytest.raises(Unavailable, match="Delete it"):
        signing_secret(None, tmp_path, production=False)


@pytest.mark.parametrize("given", [None, "", *WEAK])
def test_production_refuses_a_weak_or_missing_one(
    given: str | None, tmp_path: Path, sqlite_url: str, embedder: Embedder
):
    # Also where a try-out has left one of its own.
    signing_secret(None, tmp_path, production=False)
    house = build(
        made_settings(tmp_path, sqlite_url, env="production", secret_key=given), embedder=embedder
    )
    with pytest.raises(Unavailable, match="GLOSSATOR_SECRET_KEY") as raised:
        create_app(house=house)
    assert not given or given not in raised.value.detail
    house.close()


def test_tokens_outlive_a_restart_but_not_another_secret(
    tmp_path: Path, sqlite_url: str, embedder: Embedder
):
    token, statuses = "", []
    for secret in (STRONG, STRONG, STRONG[::-1]):
        settings = made_settings(tmp_path, sqlite_url, secret_key=secret)
        house = build(settings, embedder=embedder)
        with TestClient(create_app(house=house)) as client:
            token = token or sign_up(client)
            statuses.append(client.get("/api/auth/me", headers=bearer(token)).status_code)
        house.close()
    assert statuses == [200, 200, 401]
    assert not (tmp_path / "secret.key").exists()


def test_how_long_a_login_lasts_is_a_setting(tmp_path: Path, sqlite_url: str, embedder: Embedder):
    import jwt

    house = build(made_settings(tmp_path, sqlite_url, token_days=2), embedder=embedder)
    with TestClient(create_app(house=house)) as client:
        claims = jwt.decode(sign_up(client), options={"verify_signature": False})
    house.close()
    assert claims["exp"] - claims["iat"] == 2 * 24 * 3600
