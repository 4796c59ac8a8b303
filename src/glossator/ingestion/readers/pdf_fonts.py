"""What the name and the flags of a PDF's font tell about its text."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass

from glossator.ingestion.readers import pdf_calls as calls

_BOLD = re.compile(r"bold|black|heavy|semib|demi|cmbx|sfbx|ecbx|lmbx|[-,]bd\b", re.IGNORECASE)
_MONO = re.compile(
    r"mono|courier|typewriter|consol|menlo|cmtt|sftt|ectt|lmtt|cmsltt|inconsolata", re.IGNORECASE
)
_FIXED_PITCH = 1
_FORCE_BOLD = 1 << 18
_HEAVY = 600


@dataclass(frozen=True, slots=True)
class Font:
    """What a font's name and flags tell."""

    name: str
    bold: bool
    mono: bool


PLAIN = Font("", bold=False, mono=False)
"""Where nothing is known."""


def described(pointer: int) -> Font:
    """The font that PDFium has at this address."""
    buffer = ctypes.create_string_buffer(256)
    calls.font_name(pointer, ctypes.addressof(buffer), 256)
    name = buffer.value.decode("utf-8", "replace").split("+", 1)[-1]
    flags = calls.font_flags(pointer)
    bold = bool(_BOLD.search(name)) or (flags > 0 and bool(flags & _FORCE_BOLD))
    if not bold and not re.match(r"[A-Z]{2,4}[A-Z0-9]*\d+$", name):
        bold = calls.font_weight(pointer) >= _HEAVY
    mono = bool(_MONO.search(name)) or (flags > 0 and bool(flags & _FIXED_PITCH))
    return Font(name, bold, mono)
