"""LaTeX -> Office's formulas (OMML), as Word's equation editor writes the forms it knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from glossator.ingestion.readers.formulas import FUNCTIONS, SYMBOLS

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_]|\s+|.")
_SIGNS = {f"\\{name}": sign for sign, name in reversed(SYMBOLS.items())}
_SPACES = {"\\,": "\u2009", "\\;": "\u2005", "\\:": "\u2005", "\\ ": " ", "\\quad": "\u2003"}
_ACCENTS = {"\\dot": "\u0307", "\\ddot": "\u0308", "\\hat": "\u0302", "\\bar": "\u0304"}
_BRACKETS = {"bmatrix": "[]", "pmatrix": "()", "vmatrix": "||"}
_FRACTIONS = ("\\frac", "\\tfrac", "\\dfrac")


class Writer:
    """Reads one formula; `unknown` says whether a form came that it has no OMML for."""

    def __init__(self, latex: str) -> None:
        self._tokens = _TOKEN.findall(latex)
        self._at = 0
        self.unknown = False

    def written(self) -> str:
        """The content of an `m:oMath` element."""
        return "".join(self._parts(""))

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _parts(self, end: str) -> Iterator[str]:
        while (token := self._peek()) and token != end:
            if token.isspace():
                self._take()
                continue
            yield self._scripted(self._one())

    def _argument(self) -> str:
        while self._peek().isspace():
            self._take()
        return self._one()

    def _one(self) -> str:
        token = self._take()
        if token == "{":
            inside = "".join(self._parts("}"))
            self._take()
            return inside
        return self._form(token) or self._sign(token)

    def _form(self, token: str) -> str:
        """A command with arguments; "" where it is none."""
        if token in _FRACTIONS:
            above, below = self._argument(), self._argument()
            return f"<m:f><m:num>{above}</m:num><m:den>{below}</m:den></m:f>"
        if token == "\\sqrt":
            inside = self._argument()
            hidden = '<m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/>'
            return f"<m:rad>{hidden}<m:e>{inside}</m:e></m:rad>"
        if token == "\\text":
            return _run(self._words(), "<m:rPr><m:nor/></m:rPr>")
        if token == "\\begin":
            return self._matrix(self._words())
        if token in _ACCENTS:
            sign = f'<m:accPr><m:chr m:val="{_ACCENTS[token]}"/></m:accPr>'
            return f"<m:acc>{sign}<m:e>{self._argument()}</m:e></m:acc>"
        return ""

    def _sign(self, token: str) -> str:
        if token[1:] in FUNCTIONS and token[0] == "\\":
            return _run(token[1:])
        self.unknown |= len(token) > 1 and token not in _SIGNS and token not in _SPACES
        return _run(_SIGNS.get(token) or _SPACES.get(token) or token)

    def _matrix(self, kind: str) -> str:
        """Rows of cells up to the environment's end, in the brackets of its kind."""
        rows: list[list[str]] = [[""]]
        while (token := self._peek()) and token != "\\end":
            if token == "&":
                rows[-1].append("")
            elif token == "\\\\":
                rows.append([""])
            elif not token.isspace():
                rows[-1][-1] += self._scripted(self._one())
                continue
            self._take()
        self._take()
        self._words()
        self.unknown |= kind not in _BRACKETS
        cells = ("".join(f"<m:e>{cell}</m:e>" for cell in row) for row in rows if any(row))
        opened, closed = _BRACKETS.get(kind, "()")
        signs = f'<m:dPr><m:begChr m:val="{opened}"/><m:endChr m:val="{closed}"/></m:dPr>'
        table = "".join(f"<m:mr>{row}</m:mr>" for row in cells)
        return f"<m:d>{signs}<m:e><m:m>{table}</m:m></m:e></m:d>"

    def _words(self) -> str:
        self._take()
        words = ""
        while (token := self._take()) not in ("}", ""):
            words += token
        return words

    def _scripted(self, base: str) -> str:
        lower = upper = ""
        while self._peek() in ("^", "_"):
            if self._take() == "^":
                upper = self._argument()
            else:
                lower = self._argument()
        sub, sup = f"<m:sub>{lower}</m:sub>", f"<m:sup>{upper}</m:sup>"
        if lower and upper:
            return f"<m:sSubSup><m:e>{base}</m:e>{sub}{sup}</m:sSubSup>"
        if lower:
            return f"<m:sSub><m:e>{base}</m:e>{sub}</m:sSub>"
        return f"<m:sSup><m:e>{base}</m:e>{sup}</m:sSup>" if upper else base


def _run(text: str, properties: str = "") -> str:
    return f'<m:r>{properties}<m:t xml:space="preserve">{escape(text)}</m:t></m:r>'


def omml(latex: str) -> str:
    """An `m:oMath` element of the formula; where it has a form unknown here, its LaTeX as typed."""
    writer = Writer(latex)
    written = writer.written()
    return f"<m:oMath>{_run(latex) if writer.unknown else written}</m:oMath>"
