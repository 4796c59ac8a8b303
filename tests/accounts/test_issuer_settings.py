"""Issuers as they are set: what is taken, and what ends the start with a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from cli_tools import RUN, environment
from glossator.accounts.issuers import ALGORITHMS, Issuer, parse_issuers
from house_tools import made_settings

GOOD: dict[str, object] = {
    "issuer": "https://login.example/",
    "audience": "glossator",
    "algorithms": ["RS256"],
}


def test_the_least_and_the_most_that_is_said():
    most = {
        **GOOD,
        "issuer": "http://login:3000",
        "jwks_url": "http://login:3000/keys?all=1",
        "algorithms": list(ALGORITHMS),
        "new_users": False,
        "plain_http": True,
    }
    assert parse_issuers(json.dumps([GOOD, most])) == (
        Issuer(
            "https://login.example/",
            "glossator",
            "https://login.example/.well-known/jwks.json",
            frozenset({"RS256"}),
        ),
        Issuer(
            "http://login:3000",
            "glossator",
            "http://login:3000/keys?all=1",
            frozenset(ALGORITHMS),
            new_users=False,
        ),
    )
    assert parse_issuers(" ") == ()
    local = [{**GOOD, "issuer": f"http://{host}:1"} for host in ("localhost", "127.0.0.1", "[::1]")]
    assert len(parse_issuers(json.dumps(local))) == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"algorithms": ["HS256"]}, "can't use HS256"),
        ({"algorithms": ["RS256", "HS512"]}, "can't use HS512"),
        ({"algorithms": ["none"]}, "can't use none"),
        ({"algorithms": ["ES256K"]}, "can't use ES256K"),
        ({"algorithms": []}, "needs algorithms"),
        ({"algorithms": None}, "needs algorithms"),
        ({"algorithms": "RS256"}, "needs algorithms"),
        ({"algorithms": [["RS256"]]}, "can't use"),
        ({"issuer": None}, "needs issuer"),
        ({"issuer": ""}, "needs issuer"),
        ({"issuer": "glossator"}, "is no address"),
        ({"issuer": "login.example"}, "is no address"),
        ({"issuer": "ftp://login.example"}, "is no address"),
        ({"issuer": "https://"}, "is no address"),
        ({"issuer": "https://a:b@login.example"}, "is no address"),
        ({"issuer": "https://login.example:port"}, "is no address"),
        ({"issuer": "https://[login.example"}, "is no address"),
        ({"issuer": "http://login.example"}, "needs https"),
        ({"issuer": "http://127.0.0.1.example"}, "needs https"),
        ({"jwks_url": "http://login.example/keys"}, "needs https"),
        ({"jwks_url": "file:///etc/passwd"}, "is no address"),
        ({"jwks_url": None}, "needs jwks_url"),
        ({"audience": None}, "needs audience"),
        ({"audience": " x"}, "needs audience"),
        ({"audience": ["a", "b"]}, "needs audience"),
        ({"new_users": "yes"}, "new_users is true or false"),
        ({"plain_http": 1}, "plain_http is true or false"),
        ({"secret": "x"}, "no field secret"),
    ],
)
def test_a_bad_one_ends_the_start(changes: dict[str, object], words: str, tmp_path: Path):
    with pytest.raises(ValidationError, match=words.replace("[", r"\[")):
        made_settings(tmp_path, issuers=json.dumps([{**GOOD, **changes}]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://login.example", "JSON list such as"),
        ("[" * 100_000, "JSON list such as"),
        (json.dumps(GOOD), "JSON list of at most"),
        (json.dumps([GOOD] * 21), "at most 20"),
        (json.dumps([GOOD, GOOD]), "listed twice"),
        ('["https://login.example"]', "a JSON object"),
    ],
)
def test_what_is_no_list_of_issuers(text: str, words: str):
    with pytest.raises(ValueError, match=words):
        parse_issuers(text)


def test_a_server_says_it_in_a_sentence(tmp_path: Path):
    import subprocess

    wrong = json.dumps([{**GOOD, "algorithms": ["HS256"]}])
    done = subprocess.run(
        [*RUN, "serve", "--port", "0", "--data", tmp_path], cwd=tmp_path, capture_output=True,
        text=True, timeout=60, check=False, env=environment(tmp_path, GLOSSATOR_ISSUERS=wrong),
    )  # fmt: skip
    assert done.returncode == 2
    assert "GLOSSATOR_ISSUERS" in done.stderr
    assert "https://login.example/ can't use HS256" in done.stderr
    assert "Traceback" not in done.stderr
