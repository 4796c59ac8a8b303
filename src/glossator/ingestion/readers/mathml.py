"""MathML as web pages and EPUBs hold it -> LaTeX.

A source that comes along as an annotation is taken as it is (KaTeX, MathJax, Wikipedia and
pandoc write one); otherwise the usual forms are put together from the presentation markup.
"""

from __future__ import annotations

from collections.abc import Callable

from selectolax.lexbor import LexborNode

from glossator.ingestion.readers import formulas

_MAX_DEPTH = 60
_BRACKETS = {("(", ")"): "pmatrix", ("[", "]"): "bmatrix", ("|", "|"): "vmatrix"}
_OPENING, _CLOSING = "([{⟨⌈⌊〈", ")]}⟩⌉⌋〉"


def local(node: LexborNode) -> str:
    """An element's name without its prefix, "" for what is no element."""
    tag = node.tag or ""
    return "" if tag[:1] in "-_!" else tag.rpartition(":")[2]


def elements(node: LexborNode) -> list[LexborNode]:
    """The child elements."""
    found: list[LexborNode] = []
    child = node.child
    while child is not None:
        if local(child):
            found.append(child)
        child = child.next
    return found


def latex_of(math: LexborNode) -> str:
    """The LaTeX of a `<math>` element, "" where it is empty."""
    source = annotation(math)
    if source is not None:
        return source
    alternative = math.attributes.get("alttext")
    if alternative and not elements(math):
        return formulas.tidy(alternative)
    return formulas.tidy(_row(elements(math), 0))


def annotation(math: LexborNode) -> str | None:
    """The TeX that a formula was made from, where it comes along."""
    for node in math.css("annotation, annotation-xml"):
        encoding = (node.attributes.get("encoding") or "").lower()
        if "tex" in encoding:
            text = " ".join(node.text(deep=True).split())
            # Wikipedia wraps its source in a style that says nothing.
            if text.startswith("{\\displaystyle ") and text.endswith("}"):
                text = text[len("{\\displaystyle ") : -1].strip()
            return text[: formulas.MAX_FORMULA]
    return None


def _text(node: LexborNode) -> str:
    return node.text(deep=True).strip()


def _row(nodes: list[LexborNode], depth: int) -> str:
    parts: list[str] = []
    index = 0
    while index < len(nodes):
        node = nodes[index]
        if local(node) == "mo" and index + 2 < len(nodes):
            wrapped = _bracketed_table(nodes, index, depth)
            if wrapped:
                parts.append(wrapped)
                index += 3
                continue
        parts.append(_latex(node, depth))
        index += 1
    return "".join(parts)


def _bracketed_table(nodes: list[LexborNode], index: int, depth: int) -> str:
    inner = nodes[index + 1]
    while local(inner) in ("mrow", "mstyle") and len(elements(inner)) == 1:
        inner = elements(inner)[0]
    if local(inner) != "mtable" or local(nodes[index + 2]) != "mo":
        return ""
    kind = _BRACKETS.get((_text(nodes[index]), _text(nodes[index + 2])))
    return formulas.matrix(_cells(inner, depth), kind) if kind else ""


def _cells(table: LexborNode, depth: int) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in elements(table):
        cells = elements(row)
        if local(row) == "mlabeledtr":
            cells = cells[1:]
        rows.append([_latex(cell, depth + 1) for cell in cells])
    return rows


def _latex(node: LexborNode, depth: int) -> str:  # noqa: PLR0911
    if depth > _MAX_DEPTH:
        return formulas.words(_text(node))
    kind = local(node)
    if kind in ("mi", "mn", "mo", "mtext", "ms"):
        return _token(kind, node)
    build = _FORMS.get(kind)
    parts = elements(node)
    if build is not None:
        arguments = [_latex(part, depth + 1) for part in parts]
        return build(arguments, parts)
    if kind in ("mspace", "none", "mprescripts", "maligngroup", "malignmark"):
        return " "
    if kind in ("mphantom", "annotation", "annotation-xml"):
        return ""
    if kind == "mtable":
        return formulas.matrix(_cells(node, depth))
    if kind == "mfenced":
        return _fenced(node, parts, depth)
    return _row(parts, depth + 1)


def _token(kind: str, node: LexborNode) -> str:
    text = node.text(deep=True)
    if kind in ("mtext", "ms"):
        return formulas.words(text)
    body = text.strip()
    if kind == "mi":
        if node.attributes.get("mathvariant") == "double-struck" and len(body) == 1:
            return f"\\mathbb{{{body}}}"
        return formulas.name(body)
    if kind == "mo" and body in formulas.FUNCTIONS:
        return formulas.name(body)
    return formulas.words(body) if kind == "mo" and body.isalpha() and len(body) > 1 else (
        formulas.symbols(body)
    )  # fmt: skip


def _fenced(node: LexborNode, parts: list[LexborNode], depth: int) -> str:
    attributes = node.attributes
    opening = attributes.get("open", "(") or ""
    closing = attributes.get("close", ")") or ""
    if len(parts) == 1 and local(parts[0]) == "mtable" and (opening, closing) in _BRACKETS:
        return formulas.matrix(_cells(parts[0], depth), _BRACKETS[opening, closing])
    separators = (attributes.get("separators", ",") or "").replace(" ", "")
    body = ""
    for number, part in enumerate(parts):
        if number and separators:
            body += formulas.symbols(separators[min(number, len(separators)) - 1]) + " "
        body += _latex(part, depth + 1)
    return formulas.fence(opening, body, closing)


def _argument(arguments: list[str], index: int) -> str:
    return arguments[index] if index < len(arguments) else ""


def _over(arguments: list[str], parts: list[LexborNode]) -> str:
    base, sign = _argument(arguments, 0), _text(parts[1]) if len(parts) > 1 else ""
    marked = formulas.accent(base, sign)
    if marked is not None:
        return marked
    return f"\\overset{{{_argument(arguments, 1)}}}{{{base}}}" if not _is_big(parts) else (
        formulas.scripts(base, "", _argument(arguments, 1))
    )  # fmt: skip


def _under(arguments: list[str], parts: list[LexborNode]) -> str:
    base, sign = _argument(arguments, 0), _text(parts[1]) if len(parts) > 1 else ""
    if sign in ("⏟", "_", "\u0332"):
        return formulas.accent(base, "⏟" if sign == "⏟" else "\u0332") or base
    return formulas.scripts(base, _argument(arguments, 1))


def _is_big(parts: list[LexborNode]) -> bool:
    text = _text(parts[0]) if parts else ""
    return text in formulas.BIG or text in formulas.FUNCTIONS


def _scripts(below: int, above: int) -> Callable[[list[str], list[LexborNode]], str]:
    def build(arguments: list[str], _: list[LexborNode]) -> str:
        low = _argument(arguments, below) if below else ""
        high = _argument(arguments, above) if above else ""
        return formulas.scripts(_argument(arguments, 0), low, high)

    return build


_FORMS: dict[str, Callable[[list[str], list[LexborNode]], str]] = {
    "mfrac": lambda a, _: f"\\frac{{{_argument(a, 0).strip()}}}{{{_argument(a, 1).strip()}}}",
    "msqrt": lambda a, _: f"\\sqrt{{{''.join(a).strip()}}}",
    "mroot": lambda a, _: f"\\sqrt[{_argument(a, 1).strip()}]{{{_argument(a, 0).strip()}}}",
    "msub": _scripts(1, 0),
    "msup": _scripts(0, 1),
    "msubsup": _scripts(1, 2),
    "munderover": _scripts(1, 2),
    "munder": _under,
    "mover": _over,
    "mmultiscripts": _scripts(1, 2),
    "semantics": lambda a, _: _argument(a, 0),
    "maction": lambda a, _: _argument(a, 0),
}
