"""Tables in text files (CSV, TSV): bounded Markdown tables, each under a heading."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from glossator.ingestion.canonical import assemble
from glossator.ingestion.pieces import HeadingMark, Piece, markdown_table
from glossator.ingestion.readers.decoding import text_of_bytes
from glossator.ingestion.readers.files import bounded, file_bytes
from glossator.ingestion.readers.phrases import finished, literal
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import DocumentSource, Problem, ReadLimits, SourceError
from glossator.library.content import BlockKind

ROWS = 50
"""Rows under one heading."""
PIECE_CHARS = 6_000
"""Characters after which a piece ends before it has all its rows."""
MOST_ROWS = 20_000
"""Rows that are read of a file; more are told as a problem."""
CELL_CHARS = 2_000
COLUMNS = 100

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 50


def read(path: Path, limits: ReadLimits) -> DocumentSource:
    """The table at `path`; its first row is the head. Raises `SourceError`."""
    text = text_of_bytes(file_bytes(path, limits), path.name)
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n\ufeff")
    delimiter = delimiter_of(text)
    # A spreadsheet's own hint on the delimiter is no row.
    text = re.sub(r"\Asep=.\n", "", text)
    problems: list[Problem] = []
    rows = _rows(text, delimiter, path.name, problems)
    head = next(rows, None)
    if head is None:
        raise SourceError(path.name, "The table is empty.")
    title = words_of_name(path.stem)
    pieces = [_heading(title, 1)]
    for first, last, group in _groups(rows, problems):
        pieces += [
            _heading(f"Rows {first} to {last}" if last > first else f"Row {first}", 2),
            Piece(BlockKind.TABLE, markdown_table([head, *group])),
        ]
    if len(pieces) == 1:
        pieces.append(Piece(BlockKind.TABLE, markdown_table([head])))
    elif len(pieces) == 3:
        # One piece needs no heading of its own.
        del pieces[1]
    document = DocumentSource(
        kind="csv",
        title=title,
        content=assemble(pieces, github_slugger()),
        problems=tuple(problems),
    )
    return bounded(document, path.name, limits)


def delimiter_of(text: str) -> str:
    """The sign between cells: the one that cuts most of the first lines equally often."""
    if hint := re.match(r"sep=(.)\n", text):
        return hint[1]
    lines = [line for line in text[:200_000].split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES] if line]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        counts = [_outside_quotes(line).count(delimiter) for line in lines]
        usual = max(set(counts), key=counts.count, default=0)
        if usual:
            score = counts.count(usual) / len(counts) + min(usual, 20) / 100
            if score > best_score:
                best, best_score = delimiter, score
    return best


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _rows(text: str, delimiter: str, shown: str, problems: list[Problem]) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    wide = False
    try:
        for row in reader:
            wide = wide or len(row) > COLUMNS
            cells = [_cell(cell) for cell in row[:COLUMNS]]
            if any(cells):
                yield cells
    except csv.Error as error:
        sentence = f"Line {reader.line_num} can't be read as a row; check its quotation marks."
        if reader.line_num <= 1:
            raise SourceError(shown, sentence) from error
        problems.append(Problem("", f"{sentence} The rest was left out.", reader.line_num))
    if wide:
        problems.append(Problem("", f"Only the first {COLUMNS} columns were read."))


def _cell(cell: str) -> str:
    return finished(literal(" ".join(cell[:CELL_CHARS].split())))


def _groups(
    rows: Iterator[list[str]], problems: list[Problem]
) -> Iterator[tuple[int, int, Sequence[list[str]]]]:
    group: list[list[str]] = []
    size, first = 0, 1
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            sentence = f"It has more than {MOST_ROWS:,} rows; the rest was left out."
            problems.append(Problem("", sentence))
            break
        group.append(row)
        size += sum(map(len, row))
        if len(group) == ROWS or size > PIECE_CHARS:
            yield first, number, group
            group, size, first = [], 0, number + 1
    if group:
        yield first, first + len(group) - 1, group


def _heading(text: str, depth: int) -> Piece:
    mark = HeadingMark(text, depth, None)
    return Piece(BlockKind.HEADING, f"{'#' * depth} {literal(text)}", headings=(mark,))
