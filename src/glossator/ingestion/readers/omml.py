"""Formulas of Word and PowerPoint (OMML) -> LaTeX: the usual forms, text for the rest."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from glossator.ingestion.readers import formulas, safe_xml

_MAX_DEPTH = 60
_MATRICES = {("(", ")"): "pmatrix", ("[", "]"): "bmatrix", ("|", "|"): "vmatrix"}


def latex_of(math: Element) -> str:
    """The LaTeX of an `m:oMath` element, "" where it is empty."""
    return formulas.tidy(_inner(math, 0))


def _inner(element: Element | None, depth: int) -> str:
    if element is None:
        return ""
    return "".join(_latex(child, depth + 1) for child in element)


def _latex(element: Element, depth: int) -> str:
    if depth > _MAX_DEPTH:
        return formulas.words("".join(element.itertext()))
    form = _FORMS.get(element.tag)
    if form is not None:
        return form(element, depth)
    if element.tag.endswith("Pr") or element.tag in ("w:del", "w:moveFrom"):
        return ""
    return _inner(element, depth)


def _value(element: Element, properties: str, name: str, default: str) -> str:
    """A property's value: the default where it isn't given, "" where it is given empty."""
    found = safe_xml.at(element, f"{properties}/{name}")
    return default if found is None else found.get("m:val", found.get("w:val", ""))


def _run(element: Element, _: int) -> str:
    text = "".join(part.text or "" for part in element if part.tag in ("m:t", "w:t", "a:t"))
    if safe_xml.at(element, "m:rPr/m:nor") is not None:
        return formulas.words(text)
    if text.strip() in formulas.FUNCTIONS:
        return formulas.name(text.strip())
    return formulas.symbols(text)


def _part(element: Element, name: str, depth: int) -> str:
    return _inner(element.find(name), depth)


def _fraction(element: Element, depth: int) -> str:
    above, below = _part(element, "m:num", depth), _part(element, "m:den", depth)
    kind = _value(element, "m:fPr", "m:type", "bar")
    if kind == "lin":
        return f"{formulas.group(above)}/{formulas.group(below)}"
    if kind == "noBar":
        return f"\\binom{{{above.strip()}}}{{{below.strip()}}}"
    return f"\\frac{{{above.strip()}}}{{{below.strip()}}}"


def _radical(element: Element, depth: int) -> str:
    body, degree = _part(element, "m:e", depth).strip(), _part(element, "m:deg", depth).strip()
    return f"\\sqrt[{degree}]{{{body}}}" if degree else f"\\sqrt{{{body}}}"


def _scripts(element: Element, depth: int) -> str:
    return formulas.scripts(
        _part(element, "m:e", depth),
        _part(element, "m:sub", depth),
        _part(element, "m:sup", depth),
    )


def _before(element: Element, depth: int) -> str:
    scripts = formulas.scripts("", _part(element, "m:sub", depth), _part(element, "m:sup", depth))
    return f"{{}}{scripts}{_part(element, 'm:e', depth).strip()}"


def _sum(element: Element, depth: int) -> str:
    sign = formulas.symbols(_value(element, "m:naryPr", "m:chr", "∫"))
    below, above = _part(element, "m:sub", depth), _part(element, "m:sup", depth)
    return f"{formulas.scripts(sign, below, above)} {_part(element, 'm:e', depth)}"


def _delimited(element: Element, depth: int) -> str:
    opening = _value(element, "m:dPr", "m:begChr", "(")
    closing = _value(element, "m:dPr", "m:endChr", ")")
    between = formulas.symbols(_value(element, "m:dPr", "m:sepChr", "|"))
    parts = element.findall("m:e")
    kind = _MATRICES.get((opening, closing))
    if len(parts) == 1 and len(parts[0]) == 1 and parts[0][0].tag == "m:m" and kind:
        return formulas.matrix(_rows(parts[0][0], depth), kind)
    if len(parts) == 1 and len(parts[0]) == 1 and parts[0][0].tag == "m:eqArr" and not closing:
        return formulas.matrix(
            [[_inner(row, depth)] for row in parts[0][0].findall("m:e")], "cases"
        )
    body = f" {between.strip()} ".join(_inner(part, depth).strip() for part in parts)
    return formulas.fence(opening, body, closing)


def _rows(element: Element, depth: int) -> list[list[str]]:
    return [[_inner(cell, depth) for cell in row.findall("m:e")] for row in element.findall("m:mr")]


def _function(element: Element, depth: int) -> str:
    return f"{_part(element, 'm:fName', depth)}{_part(element, 'm:e', depth)}"


def _accent(element: Element, depth: int) -> str:
    base = _part(element, "m:e", depth)
    return formulas.accent(base, _value(element, "m:accPr", "m:chr", "\u0302")) or base


def _bar(element: Element, depth: int) -> str:
    above = _value(element, "m:barPr", "m:pos", "bot") == "top"
    command = "overline" if above else "underline"
    return f"\\{command}{{{_part(element, 'm:e', depth).strip()}}}"


def _grouped(element: Element, depth: int) -> str:
    base = _part(element, "m:e", depth)
    return formulas.accent(base, _value(element, "m:groupChrPr", "m:chr", "⏟")) or base


def _limit(element: Element, depth: int) -> str:
    limit = _part(element, "m:lim", depth)
    base = _part(element, "m:e", depth)
    if element.tag == "m:limLow":
        return f"{formulas.scripts(base, limit)} "
    return f"{formulas.scripts(base, '', limit)} "


def _lines(element: Element, depth: int) -> str:
    return formulas.matrix([[_inner(row, depth)] for row in element.findall("m:e")], "aligned")


_FORMS: dict[str, Callable[[Element, int], str]] = {
    "m:r": _run,
    "m:f": _fraction,
    "m:rad": _radical,
    "m:sSup": _scripts,
    "m:sSub": _scripts,
    "m:sSubSup": _scripts,
    "m:sPre": _before,
    "m:nary": _sum,
    "m:d": _delimited,
    "m:m": lambda element, depth: formulas.matrix(_rows(element, depth)),
    "m:func": _function,
    "m:acc": _accent,
    "m:bar": _bar,
    "m:groupChr": _grouped,
    "m:limLow": _limit,
    "m:limUpp": _limit,
    "m:eqArr": _lines,
}
