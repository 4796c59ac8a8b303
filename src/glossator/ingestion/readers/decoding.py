"""Bytes of a text file to text."""

from __future__ import annotations

import codecs

from glossator.ingestion.sources import SourceError

# UTF-32 before UTF-16: the little-endian mark of the first begins with that of the second.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\r\f\v\x1b"}
# A file in which more than this share of the characters is unreadable is not text for us.
_BINARY_SHARE = 0.1
_NOT_UTF8_SHARE = 0.3


def decode(data: bytes, path: str, line_chars: int) -> tuple[str, int | None]:
    r"""The text with `\n` line ends, and the 1-based line of the first byte that isn't UTF-8.

    Raises `SourceError` for what isn't text and for a line longer than `line_chars`.
    """
    text = _decoded(data, path).replace("\r\n", "\n").replace("\r", "\n")
    readable = text.translate(_CONTROLS)
    if len(text) - len(readable) > _BINARY_SHARE * len(text):
        raise SourceError(path, _BINARY)
    bad = readable.count("�")
    replaced = None
    if bad and "�".encode() not in data:
        if bad > _NOT_UTF8_SHARE * len(readable):
            raise SourceError(path, "It isn't UTF-8 text; save it as UTF-8 and add it again.")
        replaced = readable.count("\n", 0, readable.index("�")) + 1
    for number, line in enumerate(readable.split("\n"), 1):
        if len(line) > line_chars:
            sentence = f"Line {number} has {len(line):,} characters, more than {line_chars:,}."
            raise SourceError(path, sentence)
    return readable, replaced


_BINARY = "It isn't a text file, whatever its name says, so it was left out."


def _decoded(data: bytes, path: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            if encoding == "utf-8":
                data = data[len(mark) :]
            elif encoding == "utf-32" and b"\0\0" not in data[4:]:
                continue
            if encoding != "utf-8":
                return data.decode(encoding, "replace")
    if b"\0" in data:
        raise SourceError(path, _BINARY)
    return data.decode("utf-8", "replace")
