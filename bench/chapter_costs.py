"""What chapters cost: tokens and dollars per chapter and per book, counted by our estimate.

    python bench/chapter_costs.py BOOK_FOLDER… [--model claude-haiku-5-5]

Nothing is asked of a model. Expected output is what is reserved, less the reserve's margin of 1.2.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from glossator.adaptation import recipes, wording
from glossator.adaptation.glossary import Glossary
from glossator.adaptation.sizes import tokens
from glossator.adaptation.splitting import parts
from glossator.adaptation.tongues import TONGUES
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import ReadLimits
from glossator.library.content import CanonicalText
from glossator.usage.prices import NANO, Prices, Tokens

MARGIN = 1.2


def counted(content: CanonicalText, kind: str) -> list[Tokens]:
    """The expected tokens of each call for one chapter in one form."""
    words = wording.load()
    if kind in recipes.LEVELS:
        system = words.retelling(kind, "none")
        rules = recipes.retelling(kind, None, system)
    else:
        system = words.translating(TONGUES[kind].name)
        rules = recipes.translating(TONGUES[kind], None, system)
    cut = parts(content.text, content.blocks, rules)
    return [
        Tokens(
            tokens(system) + tokens(wording.request(part, "Title", Glossary())),
            round(recipes.output(rules, part) / MARGIN),
        )
        for part in cut
    ]


def main() -> None:
    """Print a line per book and form."""
    options = argparse.ArgumentParser()
    options.add_argument("books", nargs="+", type=Path)
    options.add_argument("--model", default="claude-haiku-5-5")
    given = options.parse_args()
    prices, now = Prices(), datetime.now(UTC)
    for folder in given.books:
        for source in read_sources([folder], ReadLimits()):
            size = len(source.chapters)
            word_count = sum(chapter.content.words for chapter in source.chapters)
            print(f"{folder.name}: {size} chapters, {word_count // max(1, size)} words each")
            for kind in (*recipes.LEVELS, "ur", "es", "zh"):
                calls = [c for chapter in source.chapters for c in counted(chapter.content, kind)]
                asked, said = sum(c.input for c in calls), sum(c.output for c in calls)
                # Each by itself: some models cost more beyond a length of prompt.
                usd = sum(prices.of(given.model, call, now) for call in calls) / NANO
                print(
                    f"  {kind:12} {len(calls) / size:6.1f} calls {asked / size:8.0f} in "
                    f"{said / size:8.0f} out  {usd / size:.4f} USD a chapter, "
                    f"{usd / size * 50:.2f} USD for 50"
                )


if __name__ == "__main__":
    main()
