"""Runs of formatted text -> inline canonical Markdown; shared by the formats that have runs.

Readers put literal words and marks into one string; `finished` turns the marks into Markdown
that a renderer surely takes for what it is, and drops those it wouldn't.
"""

from __future__ import annotations

import re
from urllib.parse import quote

# Code points of the private use area stand for marks until the paragraph is whole.
_FIRST, _LAST = "\ue0e0", "\ue0ef"
BREAK = "\ue0e0"
STRONG, STRONG_END = "\ue0e1", "\ue0e2"
EMPHASIS, EMPHASIS_END = "\ue0e3", "\ue0e4"
STRUCK, STRUCK_END = "\ue0e5", "\ue0e6"
_RAW, _RAW_END = "\ue0e7", "\ue0e8"

_CLOSES = {STRONG_END: STRONG, EMPHASIS_END: EMPHASIS, STRUCK_END: STRUCK}
_SIGNS = {STRONG: "**", EMPHASIS: "*", STRUCK: "~~"}
_MARKS = re.compile(f"[{_FIRST}-{_LAST}]")
_EDGES = re.compile(f"[{STRONG}-{STRUCK_END}]")
_RAW_RUN = re.compile(f"{_RAW}([^{_RAW_END}]*){_RAW_END}")
# Soft hyphens, zero-width blanks and marks of byte order are typesetting, not text.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\x00-\x08\x0e-\x1f]")
_BLANKS = re.compile(r"[^\S\ue0e0]+")
_LITERAL = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|`|\*+|_+|~~+|\$|\[(?=\^|[^\[\]\n]{0,200}\]\()|[\ue0e0-\ue0ef]"
)
_OPENING = re.compile(rf"([{STRONG}{EMPHASIS}{STRUCK}])(\s+)")
_CLOSING = re.compile(rf"(\s+)([{STRONG_END}{EMPHASIS_END}{STRUCK_END}])")
_EMPTY = re.compile(
    f"{STRONG}(\\s*){STRONG_END}|{EMPHASIS}(\\s*){EMPHASIS_END}|{STRUCK}(\\s*){STRUCK_END}"
    f"|{STRONG_END}(\\s*){STRONG}|{EMPHASIS_END}(\\s*){EMPHASIS}|{STRUCK_END}(\\s*){STRUCK}"
)
_LINE_START = re.compile(r"(?m)^(#{1,6}(?=\s)|[-+*>](?=\s)|>|~~~+|(?<!\d)(\d{1,9})([.)])(?=\s))")
_ADDRESS = re.compile(r"(?:https?://[^/\s]|mailto:[^\s])", re.IGNORECASE)
_LONGEST_ADDRESS = 2_000
_FIGURE = re.compile(r"!\[.*\]\([^()\s]*\)", re.DOTALL)


def literal(text: str) -> str:
    """Words as they are: what Markdown would take for markup is escaped."""
    text = _INVISIBLE.sub("", text)
    if not _LITERAL.search(text):
        return text
    dollars = text.count("$") > 1

    def escaped(match: re.Match[str]) -> str:
        found = match[0]
        if found[0] in "*_":
            before = text[match.start() - 1 : match.start()]
            after = text[match.end() : match.end() + 1]
            if before.isspace() and after.isspace():
                return found
            if found[0] == "_" and before.isalnum() and after.isalnum():
                return found
        elif found == "$":
            return "\\$" if dollars else found
        elif _MARKS.match(found):
            return ""
        return "".join(f"\\{char}" for char in found)

    return _LITERAL.sub(escaped, text)


def raw(text: str) -> str:
    """Finished Markdown (code, a formula) that `finished` must leave alone."""
    return f"{_RAW}{_MARKS.sub('', text)}{_RAW_END}" if text else ""


def code(text: str) -> str:
    """Inline code, in as many backticks as it takes."""
    body = " ".join(_INVISIBLE.sub("", text).split())
    if not body:
        return ""
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    ticks = "`" * (longest + 1)
    gap = " " if longest and body[0] + body[-1] != "" and "`" in body[0] + body[-1] else ""
    return raw(f"{ticks}{gap}{body}{gap}{ticks}")


def formula(latex: str) -> str:
    """An inline formula; empty where there is none."""
    body = " ".join(latex.replace("$", "\\$").split())
    return raw(f"${body}$") if body else ""


def link(words: str, address: str) -> str:
    """A link where the address may be one (http, https, mailto, `#place`), the words otherwise."""
    target = address.strip()
    usable = _ADDRESS.match(target) or re.fullmatch(r"#[^\s<>()\"'\\]+", target)
    if not usable or len(target) > _LONGEST_ADDRESS or not words.strip():
        return words
    if any(ord(char) < 33 or ord(char) == 127 for char in target):
        return words
    safe = quote(target, safe="/:?#[]@!$&'*+,;=%~-._") if not target.startswith("#") else target
    lead = words[: len(words) - len(words.lstrip())]
    tail = words[len(words.rstrip()) :]
    inner = words.strip().replace("[", "\\[").replace("]", "\\]")
    return f"{lead}{raw('[')}{inner}{raw(f']({safe})')}{tail}"


def image(words: str, part: str = "") -> str:
    """An image by its words, and the file's own part that holds it, where it does.

    Where else a picture lies is nothing that could be fetched.
    """
    label = " ".join(_INVISIBLE.sub("", words).split())
    label = re.sub(r"([\[\]\\`*_$])", r"\\\1", label)
    # A path never holds what would end an address in Markdown, or the marks of this module.
    address = quote(part, safe="/.-~")
    return raw(f"![{label}]({address})") if label or address else ""


def is_figure(text: str) -> bool:
    """Whether a paragraph holds one image and nothing else."""
    return _FIGURE.fullmatch(text) is not None and text.count("![") == 1


def finished(text: str, line_break: str = "\n") -> str:
    """The paragraph as canonical Markdown: blanks joined, marks resolved, no blank lines."""
    if _MARKS.search(text) is None:
        return _BLANKS.sub(" ", text).strip()
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match[1])
        return f"{_RAW}{len(held) - 1}{_RAW_END}"

    text = _BLANKS.sub(" ", _RAW_RUN.sub(hold, text))
    for _ in range(3):
        text = _CLOSING.sub(r"\2\1", _OPENING.sub(r"\2\1", text))
        text = _EMPTY.sub(lambda m: next((g for g in m.groups() if g is not None), ""), text)
    text = _BLANKS.sub(" ", _resolved(text))
    text = _RAW_RUN.sub(lambda match: held[int(match[1])], text)
    lines = (line.strip() for line in text.split(BREAK))
    return line_break.join(line for line in lines if line)


def _resolved(text: str) -> str:
    """Marks as signs where CommonMark sees a pair of them, as nothing otherwise."""
    found = list(_EDGES.finditer(text))
    if not found:
        return text
    signs = [""] * len(found)
    open_now: list[int] = []
    kinds: list[str] = []
    for index, match in enumerate(found):
        mark = match[0]
        if mark in _SIGNS:
            open_now.append(index)
            kinds.append(mark)
        elif _CLOSES[mark] in kinds:
            while kinds and kinds[-1] != _CLOSES[mark]:
                kinds.pop()
                open_now.pop()
            start = open_now.pop()
            kinds.pop()
            if _CLOSES[mark] not in kinds and _flanked(text, found[start].end(), match.start()):
                signs[start] = signs[index] = _SIGNS[_CLOSES[mark]]
    parts: list[str] = []
    position = 0
    for sign, match in zip(signs, found, strict=True):
        parts += (text[position : match.start()], sign)
        position = match.end()
    return "".join((*parts, text[position:]))


def _flanked(text: str, start: int, end: int) -> bool:
    """Whether signs before `start` and after `end` would open and close."""
    if BREAK in text[start:end] or start >= end:
        return False
    before, first = _near(text, start - 1, -1), _near(text, start, 1)
    last, after = _near(text, end - 1, -1), _near(text, end, 1)
    opens = first.isalnum() or not before.isalnum()
    closes = last.isalnum() or not after.isalnum()
    return opens and closes and not first.isspace() and not last.isspace()


def _near(text: str, index: int, step: int) -> str:
    """The next character that is no mark; a blank at the edge."""
    while 0 <= index < len(text) and STRONG <= text[index] <= STRUCK_END:
        index += step
    return text[index] if 0 <= index < len(text) else " "


def line_starts(text: str) -> str:
    """`text` for a place where a line's first characters could open a block, such as a list."""
    return _LINE_START.sub(lambda m: f"{m[2]}\\{m[3]}" if m[2] else f"\\{m[1]}", text)
