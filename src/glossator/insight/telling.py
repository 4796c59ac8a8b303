"""A gap report as CSV and as an issue for the book's repository; pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

Group = Mapping[str, Any]
COLUMNS = (
    "name", "question", "count", "askers", "refused", "closest", "rated_down", "book_id",
    "chapter_id", "title", "asked_from", "absent", "last_asked_at",
)  # fmt: skip
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~&@])")
_MOST = 100


def as_csv(groups: Sequence[Group]) -> str:
    """A line for each group; a cell that a table program would take for a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for group in groups:
        row = {
            **group,
            **group["kinds"],
            "asked_from": "; ".join(each["chapter_id"] for each in group["asked_from"]),
            "absent": "; ".join(group["absent"]),
        }
        writer.writerow([_cell(row[name]) for name in COLUMNS])
    return out.getvalue()


def as_issue(groups: Sequence[Group], books: Mapping[str, str], days: int) -> str:
    """Markdown to paste into the book's tracker: a task for each group."""
    asked = sum(group["count"] for group in groups)
    about = ", ".join(sorted({books.get(group["book_id"], group["book_id"]) for group in groups}))
    lines = [
        f"# Questions that {_plain(about) or 'the book'} doesn't answer",
        "",
        (
            f"In {days} days {_counted(asked, 'question')} found no good answer, on "
            f"{_counted(len(groups), 'subject')}. Who asked is not told; names, addresses and "
            "long numbers are taken out."
        ),
        "",
    ]
    for group in groups[:_MOST]:
        lines += _task(group)
    if len(groups) > _MOST:
        lines.append(f"… and {len(groups) - _MOST} more subjects.")
    return "\n".join(lines).rstrip() + "\n"


def missing_words(group: Group) -> str:
    """What is missing, in a sentence; empty where the nearest chapter has every word."""
    said = []
    if group["absent"]:
        said.append(f"No chapter has the words {_listed(group['absent'])}.")
    for each in group["elsewhere"]:
        chapters = _listed([chapter["title"] for chapter in each["chapters"]])
        said.append(f"“{each['word']}” stands in {chapters}, not in the nearest chapter.")
    return " ".join(said)


def _task(group: Group) -> list[str]:
    kinds = group["kinds"]
    how = [
        f"{kinds[kind]} {words}"
        for kind, words in (
            ("refused", "refused"),
            ("closest", "with closest passages only"),
            ("rated_down", "rated down"),
        )
        if kinds[kind]
    ]
    counts = f"{_counted(group['count'], 'question')} by {_counted(group['askers'], 'reader')}"
    lines = [f"- [ ] **{_plain(group['name'])}**: {counts} ({', '.join(how)})"]
    for each in group["examples"]:
        times = f" ({each['count']} times)" if each["count"] > 1 else ""
        lines.append(f"  - “{_plain(each['question'])}”{times}")
    if group["asked_from"]:
        places = [f"{each['title']} ({each['count']})" for each in group["asked_from"]]
        lines.append(f"  - Asked from: {_plain(', '.join(places))}")
    near = [each["section"] or each["title"] for each in group["nearest"]]
    lines.append(f"  - Nearest: {_plain('; '.join(near))}")
    missing = missing_words(group)
    return [*lines, *([f"  - Missing: {_plain(missing)}"] if missing else []), ""]


def _plain(text: str) -> str:
    """Text that no Markdown reader takes for more: readers wrote it."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts)


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _cell(value: Any) -> Any:
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else value
