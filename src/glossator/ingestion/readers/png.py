"""A bitmap as a PNG file, by nothing but zlib: no further library looks at what a file drew."""

from __future__ import annotations

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _COLOUR = 0, 2
_AS_IT_IS, _UP = b"\x00", b"\x02"
_LEVEL = 6
_SAMPLE = 64  # Rows of the middle that decide about the filter.


def png(width: int, height: int, pixels: bytes) -> bytes:
    """A PNG file of `height` rows of `width` pixels, each of the bytes blue, green, red, unused.

    One byte for a pixel where all of them are grey, which most pages are.
    """
    blue, green, red = pixels[0::4], pixels[1::4], pixels[2::4]
    if blue == green == red:
        kind, row, packed = _GREY, width, blue
    else:
        kind, row = _COLOUR, 3 * width
        mixed = bytearray(3 * len(blue))
        mixed[0::3], mixed[1::3], mixed[2::3] = red, green, blue
        packed = bytes(mixed)
    sample = packed[height // 2 * row :][: _SAMPLE * row]
    # Letters are smaller as they are, photographs as differences.
    if len(zlib.compress(_differences(sample, row), 1)) < len(zlib.compress(sample, 1)):
        mark, packed = _UP, _differences(packed, row)
    else:
        mark = _AS_IT_IS
    rows = b"".join(mark + packed[at : at + row] for at in range(0, len(packed), row))
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, _LEVEL)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, body) for name, body in parts)


def _differences(data: bytes, row: int) -> bytes:
    """Each byte less the one above it, modulo 256: PNG's filter `Up`.

    All bytes at once, as one long number: the highest bit of each keeps borrows apart.
    """
    size = len(data)
    above = bytes(row) + data[:-row]
    high = int.from_bytes(b"\x80" * size, "little")
    x, y = int.from_bytes(data, "little"), int.from_bytes(above, "little")
    borrowed = (x | high) - (y & (high - (high >> 7)))
    # high - (high >> 7) is 0x7f in each byte.
    return (borrowed ^ ((x ^ y) & high) ^ high).to_bytes(size, "little")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
