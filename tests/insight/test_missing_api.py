"""What wasn't answered, for authors, over HTTP."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from gap_tools import NOW, asked, on_sqlite
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.insight.gaps import Gaps, normalised
from glossator.insight.shapes import Gap
from glossator.wiring import House
from small_books import book


def test_equal_is_what_differs_in_case_and_marks_alone():
    assert normalised("What is  a GEAR-box?") == normalised("what is a gear box")
    assert normalised("What is a gear?") != normalised("What are gears?")
    assert normalised("گیئر کیا ہے؟") == normalised("گیئر کیا ہے")


def test_three_equal_questions_are_one_wording_with_count_three(
    client: TestClient, author: dict[str, str], house: House
):
    for question in ("What is a gearbox?", "what is a GEARBOX", "What is  a gearbox ?"):
        asked(house, question)
    asked(house, "What is a lidar?", mode="extractive")
    asked(house, "What was that?", days=120)
    asked(house, "Mail bob@x.example about gears", mode="closest", book_id="gears")
    found = client.get("/api/admin/missing", headers=author).json()
    first = found["items"][0]
    assert first["question"] == "What is a gearbox?"
    assert first["examples"] == [{"question": "What is a gearbox?", "count": 3}]
    assert first["kinds"] == {"refused": 3, "closest": 0, "rated_down": 0}
    assert (first["count"], first["askers"], first["words"]) == (3, 3, ["gearbox"])
    assert first["absent"] == ["gearbox"]
    assert "Mail [email] about gears" in str(found)
    assert set(first) == set(Gap.model_fields)
    one = client.get("/api/admin/missing?book_id=gears", headers=author).json()
    assert one["total"] == 1
    assert "secret" not in str(found)


@on_sqlite
def test_an_answer_that_was_rated_down_counts_and_one_rated_up_does_not(
    client: TestClient, author: dict[str, str], house: House
):
    asked(house, "What is a lidar?", mode="extractive", rating="down")
    asked(house, "What is an encoder?", mode="extractive", rating="up")
    found = client.get("/api/admin/missing", headers=author).json()
    assert [(row["question"], row["kinds"]["rated_down"]) for row in found["items"]] == [
        ("What is a lidar?", 1)
    ]


@on_sqlite
def test_the_chapter_that_was_open_is_told_and_an_invented_one_is_not(
    client: TestClient, author: dict[str, str], house: House
):
    asked(house, "What is a gearbox?", asked_from="part-1/control")
    asked(house, "What is a gearbox?", asked_from="my/own/chapter")
    (row,) = client.get("/api/admin/missing", headers=author).json()["items"]
    assert [(each["chapter_id"], each["count"]) for each in row["asked_from"]] == [
        ("part-1/control", 1)
    ]


def test_who_keeps_questions_back_is_left_out_from_then_on(
    client: TestClient, author: dict[str, str]
):
    other = bearer(sign_up(client, "other@example.org"))
    body = {"question": "Who won the cup in 2018?", "book_id": "gears"}
    said = client.post("/api/chat/ask", json=body, headers=other).json()
    assert said["mode"] in ("refused", "closest")
    assert client.get("/api/admin/missing", headers=author).json()["total"] == 1
    me = client.patch("/api/auth/me", json={"questions_told": False}, headers=other).json()
    assert me["questions_told"] is False
    assert client.get("/api/admin/missing", headers=author).json()["total"] == 0


@on_sqlite
@pytest.mark.parametrize(("whose", "total"), [("all", 1), ("members", 0), ("off", 0)])
def test_whose_questions_are_told_is_a_setting(house: House, whose: Any, total: int):
    house.pipeline.add_book(book(), "robots")
    asked(house, "What is a gearbox?")
    room = Gaps(house.index, whose)
    with house.database.reading() as session:
        groups, _ = room.groups(session, ["robots"], NOW - timedelta(days=9))
    assert len(groups) == total


@on_sqlite
def test_a_table_and_an_issue_hold_what_the_page_shows(
    client: TestClient, author: dict[str, str], house: House
):
    asked(house, "=hyperlink(1) what is a <gearbox>?")
    table = client.get("/api/admin/missing.csv", headers=author)
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert rows[0]["question"] == "'=hyperlink(1) what is a <gearbox>?"
    issue = client.get("/api/admin/missing.md?days=7", headers=author).text
    assert "In 7 days 1 question found no good answer" in issue
    assert "\\<gearbox\\>" in issue


@on_sqlite
def test_questions_about_somebodys_own_document_are_nobody_elses(
    client: TestClient, author: dict[str, str], house: House
):
    asked(house, "What does my diary say?", book_id=None)
    asked(house, "What does the removed book say?", book_id="removed")
    assert client.get("/api/admin/missing", headers=author).json()["total"] == 0
