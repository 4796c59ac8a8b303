"""Addresses that lead to the exact words."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from glossator.library.links import page_address, quote_address, text_fragment

PLACE = {
    "book_id": "robots",
    "chapter_id": "part-1/sensors",
    "url_path": "part-1/sensors",
    "anchor": "cameras",
    "block_id": "b-1234567890",
}


def test_the_authors_site_gets_page_heading_and_words():
    found = quote_address(book_url="https://example.com/docs/", quote="Light is fast.", **PLACE)
    assert found == "https://example.com/docs/part-1/sensors#cameras:~:text=Light%20is%20fast."


def test_without_a_site_our_reader_gets_page_and_block():
    found = quote_address(book_url=None, quote="Light is fast.", **PLACE)
    assert found == "/b/robots/part-1/sensors#b-1234567890:~:text=Light%20is%20fast."


def test_a_page_without_anchor_and_quote_has_no_fragment():
    place = {**PLACE, "anchor": "", "block_id": ""}
    assert "#" not in quote_address(book_url="https://example.com", quote="", **place)


def test_a_long_quote_is_named_by_its_first_and_last_words():
    quote = "one two three four five six seven eight nine ten eleven twelve thirteen"
    assert text_fragment(quote) == (
        ":~:text=one%20two%20three%20four%20five,nine%20ten%20eleven%20twelve%20thirteen"
    )


def test_what_means_something_in_a_text_directive_is_escaped():
    assert text_fragment("state-of-the-art, fast & good") == (
        ":~:text=state%2Dof%2Dthe%2Dart%2C%20fast%20%26%20good"
    )


def test_the_fragment_is_what_the_page_shows_not_its_markdown():
    assert text_fragment("A **stereo** [camera](x.md)") == ":~:text=A%20stereo%20camera"


def test_a_version_and_odd_characters_in_ids():
    address = page_address(
        book_url=None, book_id="jest@29.7", chapter_id="a b/c#d?e%f", url_path=""
    )
    assert address == "/b/jest@29.7/a%20b/c%23d%3Fe%25f"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_any_quote_gives_one_ascii_address_that_names_its_words(quote: str):
    address = quote_address(book_url="https://example.com", quote=quote, **PLACE)
    assert address.isascii()
    assert " " not in address
    parts = urlsplit(address)
    assert parts.path == "/part-1/sensors"
    first = unquote(parts.fragment.partition(":~:text=")[2].partition(",")[0])
    assert first == "" or first in " ".join(quote.split()) or not quote.isalnum()


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_id_can_break_out_of_its_address(chapter_id: str, url_path: str):
    for base in (None, "https://example.com/docs"):
        address = page_address(book_url=base, book_id="b", chapter_id=chapter_id, url_path=url_path)
        assert address.startswith("/b/b/" if base is None else "https://example.com/docs/")
        assert not set(address) & set('#? \n<>"')
