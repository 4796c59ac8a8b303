"""Raw HTML blocks as neutral Markdown: the tags go, the words stay."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from glossator.ingestion.inline import image_markdown
from glossator.ingestion.pieces import fenced, markdown_table
from glossator.ingestion.tags import Tag, is_markup, match_tag

_INVISIBLE = ("script", "style", "template", "noscript")
_PARAGRAPHS = frozenset(
    "address article aside blockquote body center dd div dl dt fieldset figcaption figure footer"
    " form header hr html iframe main nav ol p picture section summary svg tbody tfoot thead"
    " table ul video audio".split()
)
_TAG_LOOKAHEAD = 20_000
_COLUMNS = 100
_DETAILS = "\n\n:::details\n\n"
_HEADING = re.compile(r"h[1-6]")
_REPLACED = {
    **dict.fromkeys(_PARAGRAPHS | {"tr"}, ("\n\n", "\n\n")),
    **{f"h{depth}": ("", "\n\n") for depth in range(1, 7)},
    "details": (_DETAILS, "\n\n:::\n\n"),
    "br": ("\n", ""),
    "li": ("\n- ", "\n"),
    "code": ("`", "`"),
    "tt": ("`", "`"),
    "td": (" ", " "),
    "th": (" ", " "),
}
"""Tags -> what stands for the opening and the closing one; others leave no trace."""

# A tag, or inline code, in which `<b>` is no tag.
_MARK = re.compile(r"<|(?<!`)(`{1,2})(?!`)[^`\n]{1,300}\1(?!`)")
_CLOSING_TAG = re.compile(r"</([A-Za-z][\w.:-]{0,63})\s*>")


@dataclass(slots=True)
class _Table:
    rows: list[list[str]] = field(default_factory=list)
    caption: str = ""


class _Converter:
    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.lower = raw.lower()
        self.position = 0
        self.summary = -1
        self.out: list[str] = []
        self.tables: list[tuple[_Table, list[str]]] = []
        self.closings = {m[1].lower(): m.start() for m in _CLOSING_TAG.finditer(raw)}

    def run(self) -> str:
        raw = self.raw
        while (found := _MARK.search(raw, self.position)) is not None:
            at = found.start()
            self._text(raw[self.position : at])
            if raw[at] == "<":
                self.position = self._angle(at)
            else:
                self.out.append(found[0])
                self.position = found.end()
        self._text(raw[self.position :])
        while self.tables:
            self._end_table()
        return "".join(self.out)

    def _text(self, text: str) -> None:
        self.out.append(_unindented(text))

    def _angle(self, at: int) -> int:
        raw = self.raw
        if raw.startswith("<!--", at):
            end = raw.find("-->", at + 4)
            # A comment that never ends comments out the rest, as browsers have it.
            return end + 3 if end >= 0 else len(raw)
        if raw.startswith(("<!", "<?"), at):
            end = raw.find(">", at)
            return end + 1 if end >= 0 else len(raw)
        tag = match_tag(raw, at, at + _TAG_LOOKAHEAD)
        if tag is None or not self._removable(tag, at):
            self.out.append("<")
            return at + 1
        name = tag.name.lower()
        if name in _INVISIBLE and not tag.closing and not tag.self_closing:
            end = self.closings.get(name, -1)
            close = self.lower.find(f"</{name}", tag.end) if end > at else -1
            return self.raw.find(">", close) + 1 if close >= 0 else tag.end
        if name == "pre" and not tag.closing:
            return self._listing(tag)
        self._replace(name, tag)
        return tag.end

    def _removable(self, tag: Tag, at: int) -> bool:
        paired = self.closings.get(tag.name.lower(), -1) > at
        glued = at > 0 and (self.raw[at - 1].isalnum() or self.raw[at - 1] in "_:")
        return is_markup(tag, paired=paired, glued=glued)

    def _listing(self, tag: Tag) -> int:
        end = self.lower.find("</pre", tag.end) if self.closings.get("pre", -1) > tag.end else -1
        if end < 0:
            return tag.end
        body = self.raw[tag.end : end]
        language = re.search(r"(?:language|lang)-([\w+#.-]+)", tag.attributes + body[:200])
        body = re.sub(r"</?[A-Za-z][^<>]{0,500}>", "", body)
        body = html.unescape(body).strip("\n").rstrip()
        self.out.append(f"\n\n{fenced(body, language[1] if language else None)}\n\n")
        return self.raw.find(">", end) + 1 or len(self.raw)

    def _replace(self, name: str, tag: Tag) -> None:
        opening = not tag.closing
        if name == "table":
            self._table(opening)
        elif name in ("tr", "td", "th", "caption") and self.tables:
            self._cell(name, opening)
        elif name == "summary":
            self._summary(opening)
        elif name == "img":
            self.out.append(image_markdown(tag))
        elif _HEADING.fullmatch(name) and opening:
            anchor = tag.attribute("id")
            self.out.append(f"\n\n{'#' * int(name[1])} {f'{{#{anchor}}} ' if anchor else ''}")
        else:
            opened, closed = _REPLACED.get(name, ("", ""))
            self.out.append(opened if opening else closed)

    def _summary(self, opening: bool) -> None:
        if opening:
            while self.out and self.out[-1].isspace():
                self.out.pop()
            # The label belongs on the directive's own line.
            directive = bool(self.out) and self.out[-1] == _DETAILS
            self.out.append(":::details " if directive else "\n\n")
            if directive:
                del self.out[-2]
                self.out.insert(-1, "\n\n")
            self.summary = len(self.out)
        elif 0 <= self.summary <= len(self.out):
            label = "".join(self.out[self.summary :]).strip()
            if not re.search(r"\n\s*\n", label):
                self.out[self.summary :] = [" ".join(label.split())]
            self.summary = -1
            self.out.append("\n\n")

    def _table(self, opening: bool) -> None:
        if opening:
            self.tables.append((_Table(), self.out))
            self.out = []
        elif self.tables:
            self._end_table()

    def _end_table(self) -> None:
        self._end_cell()
        table, self.out = self.tables.pop()
        self.out.append(f"\n\n{table.caption}\n\n{_table_text(table.rows)}\n\n")

    def _end_cell(self) -> None:
        table = self.tables[-1][0]
        text = " ".join("".join(self.out).split())
        self.out = []
        if text and not table.rows:
            table.caption = f"{table.caption} {text}".strip()
        elif text:
            row = table.rows[-1]
            row[-1:] = [f"{row[-1]} {text}".strip()] if row else [text]

    def _cell(self, name: str, opening: bool) -> None:
        self._end_cell()
        rows = self.tables[-1][0].rows
        if name == "tr" and opening:
            rows.append([])
        elif name in ("td", "th") and opening:
            if not rows:
                rows.append([])
            rows[-1].append("")


def _table_text(rows: list[list[str]]) -> str:
    rows = [row for row in rows if any(row)]
    width = max((len(row) for row in rows), default=0)
    if width == 1 or width > _COLUMNS:
        return "\n\n".join("  ".join(cell for cell in row if cell) for row in rows)
    return markdown_table(rows)


def _unindented(text: str) -> str:
    # Indentation means nothing in HTML but would make code of a line in Markdown.
    if "\n" not in text:
        return text
    lines = text.split("\n")
    fenced = False
    for index, line in enumerate(lines):
        bare = line.lstrip() if index else line
        if bare.startswith("```"):
            fenced = not fenced
        elif fenced:
            continue
        lines[index] = bare
    return "\n".join(lines)


def html_to_markdown(raw: str) -> str:
    """Neutral Markdown of a raw HTML block; entities stay, unknown tags stay as they are.

    Tables become Markdown tables, `<details>` a directive, `<pre>` a fence, `<img>` an image
    if it has words; `<script>` and `<style>` go with their content.
    """
    return _Converter(raw).run()
