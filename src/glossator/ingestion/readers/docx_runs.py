"""The runs of a Word paragraph -> one line of canonical Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from xml.etree.ElementTree import Element

from glossator.ingestion.readers import phrases
from glossator.ingestion.readers.docx_styles import Style, is_monospace, switch, value
from glossator.ingestion.readers.office import Relation
from glossator.ingestion.readers.omml import latex_of

# Deleted, moved away, instructions of fields, the older twin of a drawing, remarks.
_SKIPPED = frozenset(
    "w:del w:moveFrom w:instrText w:delText w:pPr w:rPr mc:Fallback w:fldData w:rt"
    " w:commentReference w:annotationRef w:proofErr w:bookmarkStart w:bookmarkEnd".split()
)
_SIGNS = {"w:tab": " ", "w:noBreakHyphen": "-", "w:softHyphen": "", "w:cr": phrases.BREAK}


@dataclass(slots=True)
class Shared:
    """What all paragraphs of one document share; `boxes` are text boxes met on the way."""

    styles: Mapping[str, Style]
    relations: Mapping[str, Relation]
    notes: Mapping[str, str]
    used_notes: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)


class Runs:
    """Collects the runs of one paragraph; `formulas` are its displayed ones."""

    def __init__(self, shared: Shared, *, heading: bool) -> None:
        self._shared = shared
        # A heading's own weight is no emphasis within it.
        self._heading = heading
        self._parts: list[str] = []
        self.formulas: list[str] = []
        self.code: list[str] = []
        self.plain = False

    def text(self, paragraph: Element) -> str:
        """The paragraph's Markdown, without its displayed formulas."""
        self._children(paragraph)
        return phrases.finished("".join(self._parts), " " if self._heading else "\n")

    def _children(self, element: Element) -> None:
        for child in element:
            self._child(child)

    def _child(self, element: Element) -> None:
        tag = element.tag
        if tag in _SKIPPED:
            return
        if tag == "w:r":
            self._run(element)
        elif tag == "w:hyperlink":
            self._link(element)
        elif tag == "m:oMathPara":
            found = [latex_of(each) for each in element.findall("m:oMath")]
            self.formulas += [latex for latex in found if latex]
        elif tag == "m:oMath":
            self._parts.append(phrases.formula(latex_of(element)))
            self.plain = True
        else:
            self._children(element)

    def _link(self, element: Element) -> None:
        outer, self._parts = self._parts, []
        self._children(element)
        words = "".join(self._parts)
        relation = self._shared.relations.get(element.get("r:id", ""))
        target = relation.target if relation is not None and relation.external else ""
        self._parts = [*outer, phrases.link(words, target) if target else words]

    def _run(self, run: Element) -> None:
        properties = run.find("w:rPr")
        style = self._shared.styles.get(value(properties, "w:rStyle") or "", Style())
        if _either(switch(properties, "w:vanish"), style.hidden):
            return
        parts: list[str] = []
        bare: list[str] = []
        for child in run:
            self._content(child, parts, bare)
        text = "".join(parts)
        if not text:
            return
        self.code += bare
        if is_monospace(properties) or style.code or style.role == "code":
            self._parts.append(phrases.code("".join(bare)) if "".join(bare).strip() else text)
            return
        if text.strip():
            self.plain = True
        self._parts.append(self._marked(text, properties, style))

    def _marked(self, text: str, properties: Element | None, style: Style) -> str:
        if self._heading or not text.strip():
            return text
        position = value(properties, "w:vertAlign")
        if position in ("superscript", "subscript"):
            return _raised(text, position)
        if _either(switch(properties, "w:strike"), None):
            text = f"{phrases.STRUCK}{text}{phrases.STRUCK_END}"
        if _either(switch(properties, "w:i"), style.italic):
            text = f"{phrases.EMPHASIS}{text}{phrases.EMPHASIS_END}"
        if _either(switch(properties, "w:b"), style.bold):
            text = f"{phrases.STRONG}{text}{phrases.STRONG_END}"
        return text

    def _content(self, element: Element, parts: list[str], bare: list[str]) -> None:
        tag = element.tag
        if tag == "w:t":
            parts.append(phrases.literal(element.text or ""))
            bare.append(element.text or "")
        elif tag in _SIGNS:
            parts.append(_SIGNS[tag])
            bare.append("    " if tag == "w:tab" else _SIGNS[tag].replace(phrases.BREAK, "\n"))
        elif tag == "w:br":
            if element.get("w:type", "textWrapping") == "textWrapping":
                parts.append(phrases.BREAK)
                bare.append("\n")
        elif tag in ("w:footnoteReference", "w:endnoteReference"):
            self._note(f"{tag[2:5]}{element.get('w:id', '')}", parts)
        elif tag in ("w:drawing", "w:pict", "w:object", "mc:AlternateContent"):
            self._drawing(element, parts)
        elif tag == "w:sym":
            parts.append(_symbol(element.get("w:char", "")))
        elif tag == "w:ruby":
            base = element.find("w:rubyBase")
            for child in base.iter("w:t") if base is not None else ():
                self._content(child, parts, bare)

    def _note(self, name: str, parts: list[str]) -> None:
        if not self._shared.notes.get(name):
            return
        if name not in self._shared.used_notes:
            self._shared.used_notes.append(name)
        parts.append(phrases.raw(f"[^{self._shared.used_notes.index(name) + 1}]"))

    def _drawing(self, element: Element, parts: list[str]) -> None:
        chosen = element.find("mc:Choice") if element.tag == "mc:AlternateContent" else element
        if chosen is None:
            chosen = element.find("mc:Fallback")
        if chosen is None:
            return
        boxes = list(chosen.iter("w:txbxContent"))
        self._shared.boxes += boxes
        if boxes:
            return
        words = [each.get("descr", "") or each.get("title", "") for each in chosen.iter("wp:docPr")]
        drawn = [self._part(each.get("r:embed", "")) for each in chosen.iter("a:blip")]
        parts += [phrases.image(*each) for each in zip_longest(words, drawn, fillvalue="")]
        words = [each.get("alt", "") for each in chosen.iter("shape")]
        drawn = [self._part(each.get("r:id", "")) for each in chosen.iter("imagedata")]
        parts += [phrases.image(*each) for each in zip_longest(words, drawn, fillvalue="")]

    def _part(self, name: str) -> str:
        """The file's own part that a relation leads to, "" where it is no picture in it."""
        relation = self._shared.relations.get(name)
        inside = relation is not None and relation.kind == "image" and not relation.external
        return relation.target if relation is not None and inside else ""


def _either(own: bool | None, style: bool | None) -> bool:
    return bool(style if own is None else own)


def _raised(text: str, position: str) -> str:
    digits = "0123456789+-=()n" if position == "superscript" else "0123456789+-=()"
    small = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ" if position == "superscript" else "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"
    table = str.maketrans(digits, small[: len(digits)])
    return text.translate(table) if all(char in digits for char in text.strip()) else text


def _symbol(code: str) -> str:
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    # Symbol fonts use the private area; the bullet and the arrows are what texts have.
    known = {0xF0B7: "•", 0xF0E0: "→", 0xF0DF: "←", 0xF0FC: "✓", 0xF0A7: "▪"}
    private = 0xE000 <= number <= 0xF8FF
    return known.get(number, "") if private or number > 0xFFFF else phrases.literal(chr(number))
