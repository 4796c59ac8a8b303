"""Jupyter notebooks."""

from __future__ import annotations

import json
from pathlib import Path

from document_tools import blocks, headings, read

from format_maker import notebook_of
from glossator.ingestion.readers.notebook import OUTPUT_CHARS

FIGURE = {"text/plain": "<Figure size 640x480 with 1 Axes>"}
PICTURE = "They *turn*. ![x](data:image/png;base64,A)"


def test_cells(tmp_path: Path) -> None:
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "source": ["# Gears\n", "\n", PICTURE]},
        {
            "cell_type": "code",
            "source": "print('``` ')",
            "outputs": [
                {"output_type": "stream", "text": ["\x1b[31mred\x1b[0m\n"]},
                {"output_type": "display_data", "data": FIGURE},
            ],
        },
        {"cell_type": "raw", "source": "left out"},
        {"cell_type": "code", "source": "", "outputs": []},
    ]  # fmt: skip
    made = read(tmp_path, "a.ipynb", notebook_of(cells))
    assert blocks(made) == [
        ("heading", "# Gears"),
        ("paragraph", "They *turn*. ![x]()"),
        ("code", "````python\nprint('``` ')\n````"),
        ("code", "```text\nred\n```"),
    ]
    assert (made.kind, made.title, made.pages) == ("notebook", "Gears", None)


def test_outputs_are_bounded(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": "x", "outputs": [{"text": "9" * 100_000}]}
    made = read(tmp_path, "a.ipynb", notebook_of([cell], title="Own title"))
    assert len(made.content.text) < OUTPUT_CHARS + 100
    assert made.title == "Own title"


def test_version_three(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Old"},
        {"cell_type": "code", "language": "python", "input": ["x = 1"], "outputs": []},
    ]
    data = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]})
    made = read(tmp_path, "a.ipynb", data)
    assert headings(made) == [(2, "Old")]
    assert blocks(made)[1] == ("code", "```python\nx = 1\n```")
