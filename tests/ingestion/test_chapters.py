"""A file's text cut into chapters."""

from __future__ import annotations

from dataclasses import replace

from glossator.ingestion.chapters import LARGE_WORDS, WHOLE_WORDS, chapters_of
from glossator.ingestion.sources import DocumentSource
from small_books import content


def document(*parts: tuple[str, int], title: str = "A book") -> DocumentSource:
    """Headings, each followed by as many words."""
    text = "\n\n".join(f"{heading}\n\n{'word ' * words}" for heading, words in parts)
    return DocumentSource("epub", title, content(text))


def cut(*parts: tuple[str, int]) -> list[tuple[str, int, tuple[str, ...]]]:
    return [
        (each.chapter_id, each.content.words, each.part) for each in chapters_of(document(*parts))
    ]


def test_a_short_text_is_one_chapter() -> None:
    (only,) = chapters_of(document(("# One", 500), ("# Two", WHOLE_WORDS - 600)))
    assert (only.chapter_id, only.title) == ("a-book", "A book")
    assert not chapters_of(document())


def test_the_highest_headings_that_divide_it_cut_it() -> None:
    found = cut(("# Title", 5), ("## One", 2000), ("### In one", 900), ("## Two", 1500))
    assert [name for name, _, _ in found] == ["one", "two"]
    assert sum(words for _, words, _ in found) > 4_400


def test_small_sections_join_their_neighbours() -> None:
    found = cut(*((f"# S{n}", 20) for n in range(300)))
    assert 10 < len(found) < 60
    found = cut(("# Cover", 3), ("# Preface", 900), ("# One", 4_000), ("# Index", 10))
    assert [name for name, _, _ in found] == ["preface", "one"]


def test_a_huge_part_is_cut_again_and_its_chapters_say_so() -> None:
    found = cut(
        ("# Part I", 10), ("## A", LARGE_WORDS // 2), ("## B", LARGE_WORDS), ("# Part II", 5_000)
    )
    assert [(name, part) for name, _, part in found] == [
        ("a", ("Part I",)),
        ("b", ("Part I",)),
        ("part-ii", ()),
    ]


def test_ids_are_unique_and_places_count_from_the_chapter() -> None:
    made = document(("# Same", 2_000), ("# Same", 2_000), ("# ???", 2_000))
    blocks = tuple(replace(each, page=n + 1) for n, each in enumerate(made.content.blocks))
    made = replace(made, content=replace(made.content, blocks=blocks))
    chapters = chapters_of(made)
    assert [each.chapter_id for each in chapters] == ["same", "same-2", "section-3"]
    for number, chapter in enumerate(chapters):
        text = chapter.content.text
        heading = chapter.content.headings[0]
        assert text[heading.start :].startswith("# ")
        assert [text[b.start : b.end][:4] for b in chapter.content.blocks][1] == "word"
        assert [b.page for b in chapter.content.blocks] == [2 * number + 1, 2 * number + 2]
        assert chapter.content.blocks[-1].end == len(text)
    ids = [b.block_id for chapter in chapters for b in chapter.content.blocks]
    assert ids[0] == ids[2]
    assert chapters == chapters_of(made)


def test_scripts_without_blanks_are_counted_by_letters() -> None:
    text = "\n\n".join(f"# {name}\n\n{'春は眠くなる。' * 800}" for name in ("一", "二", "三"))
    made = chapters_of(DocumentSource("epub", "草枕", content(text)))
    assert [each.chapter_id for each in made] == ["一", "二", "三"]
