"""A clock that jumps: logins end when they should, nothing runs wild (R13)."""

from __future__ import annotations

import json
import shutil
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from account_tools import PERSON
from glossator.accounts.tokens import Tokens
from glossator.foundation.errors import Unauthorized
from server_tools import serving

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
LOGIN = "x" * 24


def test_a_clock_that_was_set_back_a_little_signs_nobody_out():
    """Nor one of another server that is a little ahead."""
    tokens, moment = Tokens(b"s" * 32), datetime.now(UTC)
    for seconds, good in ((0, True), (25, True), (120, False)):
        issued = moment + timedelta(seconds=seconds)
        token = tokens.issue(1, LOGIN, "bearer", issued=issued, expires=issued + timedelta(days=7))
        if good:
            assert tokens.read(token, "bearer").user_id == 1
        else:
            with pytest.raises(Unauthorized):
                tokens.read(token, "bearer")
    # Its end is exact.
    over = tokens.issue(1, LOGIN, "bearer", issued=moment - timedelta(days=7),
                        expires=moment - timedelta(seconds=2))  # fmt: skip
    with pytest.raises(Unauthorized):
        tokens.read(over, "bearer")


def call(server: str, path: str, token: str = "", body: Any = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"{server}{path}", data, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


@pytest.mark.long
@pytest.mark.skipif(LIBRARY is None, reason="libfaketime isn't installed; the clock can't jump.")
def test_a_server_whose_clock_jumps(tmp_path: Path, migrated_sqlite: Path):
    shutil.copyfile(migrated_sqlite, tmp_path / "glossator.db")
    clock = tmp_path / "clock"
    clock.write_text("+0d\n", "utf-8")
    faked = {"LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(clock),
             "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1"}  # fmt: skip
    with serving(tmp_path, GLOSSATOR_GUEST_QUESTIONS_PER_HOUR="2", **faked) as server:
        status, made = call(server, "/api/auth/signup", body=PERSON)
        assert status == 201
        token = made["access_token"]
        question = {"question": "What is a robot?"}
        login = {"email": PERSON["email"], "password": PERSON["password"]}
        # Forward 40 days, back an hour, to the day after 2038, to a leap second's day, and home.
        for jump, good in (("-10s", True), ("+40d", False), ("-1h", False), ("+5000d", False),
                           ("-3600d", False), ("+0d", True)):  # fmt: skip
            clock.write_text(f"{jump}\n", "utf-8")
            time.sleep(0.5)
            began = time.monotonic()
            assert call(server, "/health")[0] == 200
            status, _ = call(server, "/api/auth/me", token)
            assert (status == 200) == good, (jump, status)
            status, fresh = call(server, "/api/auth/login", body=login)
            assert status == 200, jump
            assert call(server, "/api/auth/me", fresh["access_token"])[0] == 200, jump
            assert call(server, "/api/chat/ask", fresh["access_token"], question)[0] == 200, jump
            _, usage = call(server, "/api/usage", fresh["access_token"])
            assert usage["questions"]["left"] >= 0
            # Nobody is let wait until a clock of yesterday comes round again.
            found = [call(server, "/api/chat/ask", body=question)[0] for _ in range(3)]
            assert set(found) <= {200, 429}, (jump, found)
            assert time.monotonic() - began < 20, jump
        log = (tmp_path / "server.log").read_text("utf-8", "replace")
        assert "Traceback" not in log
        assert log.count("daily upkeep") == 0
