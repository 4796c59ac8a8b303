"""Logins by cookie: out of scripts' reach, useless without the page's own word."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, log_in, refused, sign_up
from glossator.app import create_app
from glossator.gateways.ports import Embedder
from glossator.wiring import House, build
from house_tools import made_settings

STRONG = "kX9-vR2_mQ7wLp4tZ8sB1nC6yH3jF5dG0aEuTiOo"


@pytest.fixture
def browser(client: TestClient) -> TestClient:
    """A client that signed in by cookie; its word is in `word`."""
    sign_up(client)
    answer = log_in(client, session="cookie")
    assert answer.status_code == 200
    assert answer.json()["access_token"] is None
    assert answer.json()["csrf_token"] == client.cookies["glossator_csrf"]
    return client


def word(client: TestClient) -> dict[str, str]:
    return {"x-csrf-token": client.cookies["glossator_csrf"]}


def test_the_token_is_out_of_scripts_reach(client: TestClient):
    sign_up(client)
    first, second = log_in(client, session="cookie").headers.get_list("set-cookie")
    assert first.startswith("glossator=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(first.split("; "))
    assert second.startswith("glossator_csrf=")
    assert "HttpOnly" not in second


def test_a_cookie_reads_by_itself_and_writes_only_with_the_word(browser: TestClient):
    assert browser.get("/api/auth/me").json()["email"] == "ada@example.org"
    for headers in ({}, {"x-csrf-token": ""}, {"x-csrf-token": "x" * 64}):
        answer = browser.patch("/api/auth/me", json={"name": "B"}, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "csrf")
    assert browser.post("/api/auth/logout").status_code == 403
    answer = browser.patch("/api/auth/me", json={"name": "B"}, headers=word(browser))
    assert (answer.status_code, answer.json()["name"]) == (200, "B")


def test_a_word_belongs_to_one_login(browser: TestClient):
    old = word(browser)
    log_in(browser, session="cookie")
    assert browser.post("/api/auth/logout", headers=old).status_code == 403
    assert browser.post("/api/auth/logout", headers=word(browser)).status_code == 204


def test_logging_out_takes_the_cookies_away(browser: TestClient):
    kept = dict(browser.cookies)
    assert browser.post("/api/auth/logout", headers=word(browser)).status_code == 204
    assert not browser.cookies
    browser.cookies.update(kept)
    answer = browser.get("/api/books")
    refused(answer)
    assert answer.headers["set-cookie"].startswith('glossator=""')
    assert "Max-Age=0" in answer.headers["set-cookie"]


def test_a_cookie_is_no_token_and_a_token_no_cookie(browser: TestClient):
    cookie = browser.cookies["glossator"]
    browser.cookies.clear()
    refused(browser.get("/api/auth/me", headers=bearer(cookie)))
    token = log_in(browser).json()["access_token"]
    browser.cookies["glossator"] = token
    refused(browser.get("/api/auth/me"))
    browser.cookies.clear()


def test_a_bad_token_is_refused_also_beside_a_good_cookie(browser: TestClient):
    refused(browser.get("/api/auth/me", headers=bearer("x")))


@pytest.fixture
def production(tmp_path: Path, migrated_sqlite: Path, embedder: Embedder) -> Iterator[House]:
    """A house in production."""
    shutil.copyfile(migrated_sqlite, tmp_path / "glossator.db")
    house = build(made_settings(tmp_path, env="production", secret_key=STRONG), embedder=embedder)
    yield house
    house.close()


def test_in_production_cookies_go_over_tls_alone(production: House):
    with TestClient(create_app(house=production), base_url="https://testserver") as client:
        sign_up(client)
        cookies = log_in(client, session="cookie").headers.get_list("set-cookie")
        assert cookies[0].startswith("__Host-glossator=")
        assert all("Secure" in cookie and "Domain" not in cookie for cookie in cookies)
        assert client.get("/api/auth/me").status_code == 200
