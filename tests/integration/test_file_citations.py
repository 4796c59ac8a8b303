"""Quotes from files lead back to their places: exact offsets, the section, a PDF's page."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from format_maker import Part, docx, epub3, text_of
from glossator.wiring import House
from pdf_maker import Text, make_pdf
from small_books import SENSORS, chapter
from upload_tools import work

QUESTION = "What does a stereo camera compute depth from?"


def written() -> list[list[Part]]:
    """The sample text as the writers of formats take it."""
    return text_of([chapter("sensors", SENSORS)])


def pages() -> bytes:
    """Two pages; what is asked stands on the second."""
    words = (
        "A stereo camera computes depth from the disparity between two pictures. The",
        "baseline is the distance between the two lenses.",
    )
    second = [Text(70, 700 - 14 * n, line) for n, line in enumerate(words)]
    return make_pdf(
        [
            [
                Text(70, 760, "Sensors", 20),
                Text(70, 700, "A sensor turns a quantity into a number."),
            ],
            [Text(70, 760, "Cameras", 20), *second],
        ]
    )


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One of the databases: the files are what differs here."""
    return sqlite_url


@pytest.mark.parametrize("kind", ["epub", "docx", "pdf"])
def test_a_quote_leads_to_its_place(client: TestClient, house: House, kind: str):
    header = bearer(sign_up(client))
    content = {"epub": lambda: epub3(written()), "docx": lambda: docx(written()), "pdf": pages}[
        kind
    ]()
    files = [("files", (f"sensors.{kind}", content, "application/octet-stream"))]
    taken = client.post("/api/upload", headers=header, files=files)
    assert taken.status_code == 202, taken.text
    identity = taken.json()["documents"][0]["document_id"]
    for _ in range(200):
        work(house)
        state = client.get(f"/api/docs/{identity}", headers=header).json()
        if state["status"] in ("ready", "failed"):
            break
    assert (state["status"], state["error"]) == ("ready", None)
    text = client.get(f"/api/docs/{identity}/text", headers=header).text
    told = client.post("/api/ask", json={"question": QUESTION}, headers=header).json()
    shown = [*told["sources"], *told["nearest"]]
    assert shown
    for source in shown:
        assert source["document_id"] == identity
        assert text[source["start"] : source["end"]] == source["quote"]
        assert (source["page"] is not None) == (kind == "pdf")
    camera = next(source for source in shown if "disparity between" in source["quote"])
    assert camera["section"].endswith("Cameras")
    assert camera["page"] == (2 if kind == "pdf" else None)
