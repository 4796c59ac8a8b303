"""Where a quote of the original stands in a form of its chapter."""

from __future__ import annotations

from adaptation_tools import LIDAR, chapter, urdu
from glossator.adaptation import wording
from glossator.adaptation.assembly import Made, assemble, headings
from glossator.adaptation.glossary import Glossary
from glossator.adaptation.splitting import parts
from glossator.adaptation.tongues import TONGUES
from glossator.adaptation.verify import Verifier, translation
from glossator.library import variants
from glossator.library.variants import ChapterVariant, State
from translators import faithful

CODE = "\n\n```python\nx = 1\n```\n\nAnd then the robot stops before the wall.\n"


def form() -> tuple[str, ChapterVariant]:
    made = chapter(LIDAR + CODE)
    (part,) = parts(made.text, made.blocks, urdu())
    reply = wording.read(
        faithful(wording.request(part, "T", Glossary())), len(part.units), additions=False
    )
    verifier = Verifier(translation(TONGUES["ur"], "en"))
    texts = {
        unit: Made(verifier.unit(unit, said).text, "More." if n == 0 else None)
        for n, (unit, said) in enumerate(zip(part.units, reply.texts, strict=True))
    }
    whole = assemble(made.text, made.blocks, part.units, texts)
    told = [{"text": "How a lidar sees", "depth": 2, "anchor": "how", "start": 0}]
    row = ChapterVariant(
        content=whole.content,
        blocks=variants.stored(whole.blocks),
        headings=headings(told, whole.blocks, whole.content),
    )
    return made.text, row


def test_a_quote_is_found_in_its_block():
    text, row = form()
    start = text.index("A sonar listens")
    place = variants.place(variants.aligned(row), start, start + 30)
    assert place is not None
    (block,) = [b for b in variants.aligned(row) if b.original_start == start]
    assert place == (block.start, block.end)
    assert "sonar" not in row.content[place[0] : place[1]]


def test_code_is_found_letter_by_letter():
    text, row = form()
    start = text.index("x = 1")
    place = variants.place(variants.aligned(row), start, start + 5)
    assert place is not None
    assert row.content[place[0] : place[1]] == "x = 1"


def test_an_addition_stands_for_nothing_and_headings_keep_their_anchors():
    text, row = form()
    added = [b for b in variants.aligned(row) if b.state is State.ADDED]
    assert len(added) == 1
    assert variants.place(variants.aligned(row), len(text) + 5, len(text) + 9) is None
    (heading,) = row.headings
    assert heading["anchor"] == "how"
    assert row.content.startswith(f"## {heading['text']}")
