"""Quotes of a PDF on its pages, for a viewer."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.wiring import House
from pdf_maker import Text, make_pdf
from upload_tools import work

LINES = (
    "The gripper closes when the pressure sensor reports nine newtons of force,",
    "and it opens again after the controller has counted forty quiet cycles.",
)
OVER = (
    "The last sentence of this page begins with the calibration of the wrist",
    "and ends on the page that comes after it.",
)


def pdf() -> bytes:
    first = [
        Text(70, 760, "Grippers", 20), Text(70, 700, LINES[0]), Text(70, 686, LINES[1]),
        Text(70, 80, OVER[0]),
    ]  # fmt: skip
    return make_pdf([first, [Text(70, 760, OVER[1]), Text(70, 700, "Another paragraph follows.")]])


@pytest.fixture
def ada(client: TestClient) -> dict[str, str]:
    return bearer(sign_up(client, "ada@example.org"))


def sent(client: TestClient, house: House, header: dict[str, str], content: bytes) -> str:
    answer = client.post("/api/upload", headers=header, files=[("files", ("a.pdf", content))])
    assert answer.status_code == 202, answer.text
    identity = str(answer.json()["documents"][0]["document_id"])
    for _ in range(200):
        work(house)
        state = client.get(f"/api/docs/{identity}", headers=header).json()
        if state["status"] in ("ready", "failed"):
            break
    assert state["status"] == "ready"
    return identity


def asked(client: TestClient, header: dict[str, str], identity: str, quote: str) -> Any:
    text = client.get(f"/api/docs/{identity}/text", headers=header).text
    start = text.index(quote)
    return client.get(
        f"/api/docs/{identity}/rectangles",
        params={"start": start, "end": start + len(quote)},
        headers=header,
    )


def test_a_quote_has_a_rectangle_for_each_line(
    client: TestClient, house: House, ada: dict[str, str]
):
    identity = sent(client, house, ada, pdf())
    answer = asked(client, ada, identity, " ".join(LINES))
    assert answer.status_code == 200, answer.text
    (page,) = answer.json()["pages"]
    assert page["page"] == 1
    first, second = page["rectangles"]
    # A4 is 595 by 842 points; the baseline of the first line is 142 below its top.
    assert first["x"] == pytest.approx(70 / 595, abs=0.01)
    assert first["y"] < 142 / 842 < first["y"] + first["height"] + 0.003
    assert 0 < second["y"] - first["y"] < 20 / 842
    assert first["x"] + first["width"] <= 1
    # The second time nothing is read: the file may even be gone.
    for name in house.files.names("documents"):
        house.files.delete(name)
    assert asked(client, ada, identity, " ".join(LINES)).json() == answer.json()
    gone = asked(client, ada, identity, LINES[1])
    assert (gone.status_code, gone.json()["type"]) == (404, "not-found")


def test_a_quote_over_the_pages_end(client: TestClient, house: House, ada: dict[str, str]):
    identity = sent(client, house, ada, pdf())
    pages = asked(client, ada, identity, OVER[0]).json()["pages"]
    assert [(page["page"], len(page["rectangles"])) for page in pages] == [(1, 1)]
    whole = client.get(f"/api/docs/{identity}/text", headers=ada).text
    start, end = whole.index(OVER[0]), whole.index(OVER[1]) + len(OVER[1])
    answer = client.get(
        f"/api/docs/{identity}/rectangles", params={"start": start, "end": end}, headers=ada
    ).json()
    assert [page["page"] for page in answer["pages"]] == [1, 2]


def test_what_has_no_place(client: TestClient, house: House, ada: dict[str, str]):
    identity = sent(client, house, ada, pdf())
    for start, end in ((0, 1_000_000), (5, 5), (9, 3), (0, 30_000)):
        answer = client.get(
            f"/api/docs/{identity}/rectangles", params={"start": start, "end": end}, headers=ada
        )
        assert (answer.status_code, answer.json()["type"]) == (422, "unusable-input")
    markdown = sent(client, house, ada, b"# Words\n\nNothing but words.")
    answer = asked(client, ada, markdown, "Nothing")
    assert answer.status_code == 422
    assert "Only PDF" in answer.json()["detail"]
    bob = bearer(sign_up(client, "bob@example.org"))
    assert asked_of(client, bob, identity) == asked_of(client, bob, "nowhere")


def asked_of(client: TestClient, header: dict[str, str], identity: str) -> tuple[int, str]:
    answer = client.get(
        f"/api/docs/{identity}/rectangles", params={"start": 0, "end": 5}, headers=header
    )
    assert answer.status_code == 404
    return answer.status_code, answer.json()["detail"]
