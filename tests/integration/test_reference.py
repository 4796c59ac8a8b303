"""The pages of reference are what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scripts import reference

from glossator.foundation.measures import CATALOGUE
from glossator.settings import Settings, variable

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return reference.pages()


@pytest.mark.parametrize("name", ["settings.md", "commands.md", "api.md", "metrics.md"])
def test_a_page_is_as_new_as_the_code(made: dict[str, str], name: str):
    kept = (ROOT / "docs/reference" / name).read_text("utf-8")
    assert kept == made[name], f"docs/reference/{name} is old: run `make reference`"


def test_nothing_is_missing(made: dict[str, str]):
    for name in Settings.model_fields:
        assert f"`{variable(name)}`" in made["settings.md"]
    for metric in CATALOGUE:
        assert f"`{metric.name}`" in made["metrics.md"]
    assert {"## glossator add", "## glossator user add", "## glossator migrate-to"} <= set(
        made["commands.md"].splitlines()
    )
    assert "`POST /api/chat/ask`" in made["api.md"]
    assert "`quota-exceeded`" in made["api.md"]


def test_no_page_holds_what_belongs_to_this_machine(made: dict[str, str]):
    for text in made.values():
        assert str(Path.home()) not in text
        assert not re.search(r"/(home|tmp|root|Users)/", text)


def test_every_row_of_a_table_has_as_many_cells_as_its_head(made: dict[str, str]):
    for text in made.values():
        cells = 0
        for line in text.splitlines():
            own = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            assert not own or not cells or own == cells, line
            cells = own
