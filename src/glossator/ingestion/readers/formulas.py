"""Pieces of LaTeX that the readers of MathML and of Office's formulas put together."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_FORMULA = 20_000
"""Characters of LaTeX; a longer formula is cut off there."""

# Unicode's names of symbols, as LaTeX has them. Standard LaTeX and amsmath commands only.
_COMMANDS = (
    "α alpha β beta γ gamma δ delta ε varepsilon ϵ epsilon ζ zeta η eta θ theta ϑ vartheta ι iota"
    " κ kappa λ lambda μ mu µ mu ν nu ξ xi π pi ρ rho ϱ varrho σ sigma ς varsigma τ tau υ upsilon"
    " φ varphi ϕ phi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma"
    " Υ Upsilon Φ Phi Ψ Psi Ω Omega ∂ partial ∇ nabla ∞ infty ∅ emptyset ℓ ell ℏ hbar ℘ wp ℜ Re"
    " ℑ Im ℵ aleph ∀ forall ∃ exists ¬ neg ∧ wedge ∨ vee ∩ cap ∪ cup ⊂ subset ⊆ subseteq ⊃ supset"
    " ⊇ supseteq ∈ in ∉ notin ∋ ni ∖ setminus × times ÷ div ± pm ∓ mp ⋅ cdot · cdot ∘ circ ∙ bullet"
    " ∗ ast ⊕ oplus ⊗ otimes ⊙ odot ≤ le ≥ ge ≠ ne ≡ equiv ≈ approx ∼ sim ≃ simeq ≅ cong ∝ propto"
    " ≪ ll ≫ gg ≺ prec ≻ succ ⊥ perp ∥ parallel ∣ mid ⊢ vdash ⊨ models → to ← leftarrow"
    " ↔ leftrightarrow ⇒ Rightarrow ⇐ Leftarrow ⇔ Leftrightarrow ↦ mapsto ⟶ longrightarrow"
    " ⟹ Longrightarrow ↑ uparrow ↓ downarrow ∑ sum ∏ prod ∐ coprod ∫ int ∬ iint ∭ iiint ∮ oint"
    " ⋃ bigcup ⋂ bigcap ⋁ bigvee ⋀ bigwedge ⨁ bigoplus ⨂ bigotimes √ surd ∠ angle ′ prime"
    " ″ prime\\prime"
    " … ldots ⋯ cdots ⋮ vdots ⋱ ddots ⟨ langle ⟩ rangle 〈 langle 〉 rangle ⌈ lceil ⌉ rceil"
    " ⌊ lfloor ⌋ rfloor ‖ Vert ∴ therefore ∵ because ⊤ top △ triangle □ square ■ blacksquare"
    " ⋆ star † dagger ‡ ddagger ∶ colon ≜ triangleq ≐ doteq"
).split()
SYMBOLS = dict(zip(_COMMANDS[::2], _COMMANDS[1::2], strict=True))
_ESCAPED = {"{": "\\{", "}": "\\}", "#": "\\#", "%": "\\%", "&": "\\&", "_": "\\_", "$": "\\$",
            "~": "\\sim ", "^": "\\hat{}", "\\": "\\backslash "}  # fmt: skip
_PLAIN = {"−": "-", "–": "-", "⁢": "", "⁡": "", "⁣": "", "⁤": "", "\u2009": " ", "\xa0": " ", "∕": "/"}
BIG = frozenset("∑∏∐∫∬∭∮⋃⋂⋁⋀⨁⨂")
ACCENTS = {
    "^": "hat", "ˆ": "hat", "\u0302": "hat", "~": "tilde", "˜": "tilde", "\u0303": "tilde",
    "¯": "bar", "‾": "bar", "_": "bar", "\u0304": "bar", "\u0305": "overline", "→": "vec",
    "\u20d7": "vec", "˙": "dot", ".": "dot", "\u0307": "dot", "¨": "ddot",
    "\u0308": "ddot", "ˇ": "check", "\u030c": "check", "˘": "breve", "⏞": "overbrace",
    "⏟": "underbrace", "\u0332": "underline",
}  # fmt: skip
FUNCTIONS = frozenset(
    "sin cos tan cot sec csc sinh cosh tanh arcsin arccos arctan exp log ln lg lim max min sup inf"
    " det dim ker gcd deg arg Pr mod".split()
) - {"mod"}


def symbols(text: str) -> str:
    """Letters and signs of a formula as LaTeX."""
    parts: list[str] = []
    for char in text:
        if command := SYMBOLS.get(char):
            parts.append(f"\\{command} ")
        elif char in _PLAIN:
            parts.append(_PLAIN[char])
        else:
            parts.append(_ESCAPED.get(char, _letter(char)))
    return "".join(parts)


def _letter(char: str) -> str:
    """Letters of Unicode's mathematical alphabets as plain ones, double-struck ones marked."""
    code = ord(char)
    doubled = {"ℝ": "R", "ℕ": "N", "ℤ": "Z", "ℚ": "Q", "ℂ": "C", "ℙ": "P", "ℍ": "H", "𝔼": "E"}
    if char in doubled:
        return f"\\mathbb{{{doubled[char]}}}"
    if 0x1D400 <= code <= 0x1D7FF:
        from unicodedata import normalize

        plain = normalize("NFKC", char)
        return SYMBOLS[plain].join(("\\", " ")) if plain in SYMBOLS else plain
    return char


def name(text: str) -> str:
    """A name of several letters: a known function's command, upright text otherwise."""
    if text in FUNCTIONS:
        return f"\\{text} "
    if len(text) > 1 and text.isascii() and text.isalpha():
        return f"\\mathrm{{{text}}}"
    return symbols(text)


def words(text: str) -> str:
    """Words within a formula."""
    body = " ".join(text.split())
    if not body:
        return " " if text else ""
    if not re.search(r"[^\W\d_]", body):
        return symbols(body)
    lead = " " if text[0].isspace() else ""
    tail = " " if text[-1].isspace() else ""
    return f"\\text{{{lead}{re.sub(r'([{}#%&_$])', lambda m: chr(92) + m[1], body)}{tail}}}"


def group(latex: str) -> str:
    """One argument: in braces unless it is a single sign."""
    body = latex.strip()
    return body if len(body) == 1 and body.isalnum() else f"{{{body}}}"


def scripts(base: str, below: str = "", above: str = "") -> str:
    """A base with its indexes; what is itself more than a sign is kept together by braces."""
    body = base.strip()
    simple = len(body) <= 1 or re.fullmatch(r"\\[A-Za-z]+|\\(?:mathrm|mathbb)\{\w+\}|[)\]|]", body)
    parts = [body if simple else f"{{{body}}}"]
    if below.strip():
        parts.append(f"_{group(below)}")
    if above.strip():
        above_body = above.strip()
        primes = above_body.replace("\\prime", "'").replace(" ", "")
        parts.append(primes if set(primes) == {"'"} else f"^{group(above)}")
    return "".join(parts)


def accent(base: str, sign: str) -> str | None:
    """A base under (or over) an accent; None where the sign is none."""
    command = ACCENTS.get(sign.strip())
    if command is None:
        return None
    long = {"hat": "widehat", "tilde": "widetilde", "bar": "overline", "vec": "overrightarrow"}
    body = base.strip()
    if len(body) > 1 and not re.fullmatch(r"\\[A-Za-z]+", body):
        command = long.get(command, command)
    return f"\\{command}{{{body}}}"


def fence(opening: str, body: str, closing: str) -> str:
    """A body between brackets that grow with it where it is tall."""
    left, right = _bracket(opening), _bracket(closing)
    if any(tall in body for tall in ("\\frac", "\\sum", "\\int", "\\begin", "\\sqrt", "\\prod")):
        return f"\\left{left or '.'} {body.strip()} \\right{right or '.'}"
    return f"{left}{body.strip()}{right}"


def _bracket(sign: str) -> str:
    return symbols(sign.strip()).strip()


def matrix(rows: Sequence[Sequence[str]], kind: str = "matrix") -> str:
    """Rows of cells; `kind` is amsmath's name for the brackets around them."""
    body = " \\\\ ".join(" & ".join(cell.strip() for cell in row) for row in rows)
    return f"\\begin{{{kind}}} {body} \\end{{{kind}}}"


def tidy(latex: str) -> str:
    """One line, not too long, with blanks as people set them: `f(x, y) = x_1`."""
    text = " ".join(latex[:MAX_FORMULA].split())
    text = re.sub(r"(?<=[A-Za-z]) (?=[_^{}()\[\],;:.=+\-'\\&|/])", "", text)
    text = re.sub(r" ?(?<![<>!:=])=(?!=) ?", " = ", text)
    return re.sub(r",(?=[A-Za-z\\(])(?!\\[,;:! ])", ", ", text).strip()
