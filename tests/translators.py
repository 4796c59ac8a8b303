"""Scripted translators: one that behaves, by a fixed mapping of words, and many that don't.

The faithful one makes of every Latin word a word of the target's letters of the same length, so
that the structure of what it gives can be compared exactly with what it got.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from model_server import Reply, Script, says

_LETTERS = "ابپتٹجچخدرزسشطعفقکگلمنویہ"
_TURKISH = "abcçdefgğhıijklmnoöprsştuüvyz"
_MARKS = re.compile(r"(<[^<>\n]*>)")
_WORD = re.compile(r"[^\W\d_]+")
_BLOCK = re.compile(r"<text>\n(.*)\n</text>", re.DOTALL)


def _word(word: str, letters: str) -> str:
    return "".join(letters[(ord(sign) * 7 + at) % len(letters)] for at, sign in enumerate(word))


def mapped(text: str, letters: str = _LETTERS) -> str:
    """The text with every word mapped, marks and all other signs as they are."""
    return "".join(
        part if part.startswith("<") else _WORD.sub(lambda m: _word(m[0], letters), part)
        for part in _MARKS.split(text)
    )


def asked_text(request: str) -> str:
    """The blocks of a request."""
    found = _BLOCK.search(request)
    assert found is not None, request
    return found[1]


def faithful(request: str) -> str:
    """A good translation into Urdu's letters."""
    return f"{mapped(asked_text(request))}\n<end/>"


def retold(request: str) -> str:
    """A retelling: the same text with an addition behind its first block."""
    text = asked_text(request)
    first, split, rest = text.partition("\n<b2>")
    addition = "\n<add>\nThis means that the machine does it by itself."
    return f"{first}{addition}{split}{rest}\n<end/>"


def request_of(body: dict[str, Any]) -> str:
    """What the user's last message says, in either protocol."""
    content = body["messages"][-1]["content"]
    if isinstance(content, str):
        return content
    return "".join(piece.get("text", "") for piece in content)


def scripted(answer: Callable[[str], str], **how: Any) -> Script:
    """A provider's script that answers requests for parts, line by line."""

    def reply(body: dict[str, Any]) -> Reply:
        return says(answer(request_of(body)), **how)

    return reply


def _blocks(request: str) -> list[str]:
    return re.split(r"(?m)^(?=<b\d+>$)", mapped(asked_text(request)))[1:]


def _whole(blocks: list[str]) -> str:
    return "".join(blocks).rstrip("\n") + "\n<end/>"


def _edited(change: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    return lambda request: _whole(change(_blocks(request)))


def _sub(pattern: str, to: str | Callable[[re.Match[str]], str]) -> Callable[[str], str]:
    """The good answer with the first match changed."""
    return lambda request: re.sub(pattern, to, faithful(request), count=1)


def _swapped_links(request: str) -> str:
    good = faithful(request)
    first, second = re.findall(r"<a(\d+)>", good)[:2]
    return re.sub(
        rf"(</?a)({first}|{second})>",
        lambda m: f"{m[1]}{second if m[2] == first else first}>",
        good,
    )


def _moved_item(request: str) -> str:
    """A mark goes from one list item to the next."""
    return re.sub(r"(?m)^(- .*?)(<x\d+/>)(.*\n- )", r"\1\3\2 ", faithful(request), count=1)


def _paragraph(request: str) -> int:
    return next(n for n, block in enumerate(_blocks(request)) if len(block) > 150)


def _at_paragraph(change: Callable[[str, str], str]) -> Callable[[str], str]:
    """The good answer with a long paragraph changed, given it and its original."""

    def told(request: str) -> str:
        blocks, at = _blocks(request), _paragraph(request)
        originals = re.split(r"(?m)^(?=<b\d+>$)", asked_text(request))[1:]
        blocks[at] = change(blocks[at], originals[at])
        return _whole(blocks)

    return told


def _half_original(block: str, original: str) -> str:
    half = len(original) // 2
    cut = original.index(" ", half)
    cut_there = block.index(" ", half)
    head, rest = original[:cut], block[cut_there:]
    return head + rest if not re.search(r"<[xa]", original) else original


LIARS: dict[str, Callable[[str], str]] = {
    "drops a placeholder": _sub(r"<x\d+/>", ""),
    "doubles a placeholder": _sub(r"(<x\d+/>)", r"\1 \1"),
    "invents a placeholder": _sub(r"(<x\d+/>)", r"\1 <x977/>"),
    "renumbers a placeholder": _sub(r"<x(\d+)/>", "<x978/>"),
    "drops a heading": _edited(lambda b: [x for n, x in enumerate(b) if n != 0]),
    "makes a heading a paragraph": _sub(r"(?m)^#+ ", ""),
    "changes a heading's depth": _sub(r"(?m)^## ", "### "),
    "drops the last block": _edited(lambda b: b[:-1]),
    "breaks off": lambda r: faithful(r)[: len(faithful(r)) * 2 // 3],
    "breaks off inside a paragraph": _at_paragraph(lambda b, _: b[: len(b) - 12] + "\n"),
    "cuts a paragraph to its half": _at_paragraph(lambda b, _: b[: len(b) // 3] + ".\n"),
    "answers in English": lambda r: asked_text(r) + "\n<end/>",
    "leaves a paragraph in English": _at_paragraph(lambda _, original: original),
    "answers in another script": lambda r: mapped(asked_text(r), _TURKISH) + "\n<end/>",
    "says here is the translation": lambda r: "Here is the translation:\n\n" + faithful(r),
    "says so inside the first block": _sub(r"<b1>\n(#* ?)", "<b1>\n\\1Here is the translation: "),
    "adds a note at the end": lambda r: faithful(r) + "\n\nNote: I kept the code as it is.",
    "changes a number": _sub(r"(?<![\w/])67\b", "76"),
    "drops a number": _sub(r"(?<![\w/])67\b", ""),
    "invents a number": _at_paragraph(lambda b, _: b.rstrip().removesuffix(".") + " 1984.\n"),
    "writes code of its own": _sub(r"<x\d+/>", "`کوڈ`"),
    "adds code": _at_paragraph(lambda b, _: b.rstrip().removesuffix(".") + " `rm -rf /`.\n"),
    "adds a link": _at_paragraph(lambda b, _: b.rstrip() + " [یہ](https://evil.example).\n"),
    "adds HTML": _at_paragraph(lambda b, _: b.rstrip() + " <script>alert(1)</script>.\n"),
    "swaps two links": _swapped_links,
    "moves a mark to another item": _moved_item,
    "repeats a paragraph": _at_paragraph(
        lambda b, _: b.rstrip() + " " + b.split("\n", 1)[1].rstrip() + "\n"
    ),
    "gives a paragraph twice": _edited(lambda b: [*b[:2], b[1], *b[2:]]),
    "puts one block's text into another": _edited(
        lambda b: [*b[:-1], f"<b{len(b)}>\n" + b[1].split("\n", 1)[1]]
    ),
    "says nothing": lambda _: "",
    "says only the end": lambda _: "<end/>",
    "wraps all in a fence": lambda r: f"```markdown\n{faithful(r)}\n```",
    "refuses": lambda _: "I'm sorry, I can't translate this.",
    "drops a list item": _sub(r"(?m)^- .*\n(?=- )", ""),
    "drops a table's row": _sub(r"(?m)^\| (?!-).*\|\n(?=\| (?!-).*\|\n*$)", ""),
    "joins two cells": _sub(r"(?m)^(\| [^|\n]+)\|([^|\n]+\|)", r"\1\2"),
    "changes the order": _edited(lambda b: [b[1], b[0], *b[2:]]),
    "says one sentence again and again": _at_paragraph(
        lambda b, _: b.split("\n")[0] + "\n" + "اب پت ٹج چخ در زس شط عف قک۔ " * 5 + "\n"
    ),
}
