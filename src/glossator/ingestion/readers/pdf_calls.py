"""PDFium's functions that are asked for every stretch of text, bound to plain addresses.

Arguments and results are integers: handles, indexes, and addresses of arrays to fill.
"""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2.raw as pdfium


def _bound(name: str, result: Any, *arguments: Any) -> Any:
    # The generated bindings convert every argument; bound to plain addresses a call costs half.
    address = ctypes.cast(getattr(pdfium, name), ctypes.c_void_p).value or 0
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


_V, _I = ctypes.c_void_p, ctypes.c_int
object_of = _bound("FPDFText_GetTextObject", _V, _V, _I)
loose_box = _bound("FPDFText_GetLooseCharBox", _I, _V, _I, _V)
matrix_of = _bound("FPDFText_GetMatrix", _I, _V, _I, _V)
origin_of = _bound("FPDFText_GetCharOrigin", _I, _V, _I, _V, _V)
font_size = _bound("FPDFText_GetFontSize", ctypes.c_double, _V, _I)
count_chars = _bound("FPDFText_CountChars", _I, _V)
unicode_of = _bound("FPDFText_GetUnicode", ctypes.c_uint, _V, _I)
unmapped = _bound("FPDFText_HasUnicodeMapError", _I, _V, _I)
text_of = _bound("FPDFText_GetText", _I, _V, _I, _I, _V)
font_of = _bound("FPDFTextObj_GetFont", _V, _V)
font_name = _bound("FPDFFont_GetBaseFontName", ctypes.c_size_t, _V, _V, ctypes.c_size_t)
font_flags = _bound("FPDFFont_GetFlags", _I, _V)
font_weight = _bound("FPDFFont_GetWeight", _I, _V)
