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
_GUESS_BYTES = 1 << 15
# Where several encodings fit equally well, the one that most texts are in.
_USUAL = "cp1252 cp1251 koi8_r cp932 euc_jp gb18030 big5 cp949 cp1256 cp1250 cp1253 cp1254".split()
_EQUAL_CHAOS = 0.05


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


def text_of_bytes(data: bytes, path: str) -> str:
    """The text of bytes in whatever encoding they are in, with the line ends they have.

    A byte order mark decides; then UTF-8 where it fits; then the most likely of the others, a
    guess from the frequency of letters. Raises `SourceError` for what isn't text.
    """
    if data.startswith(tuple(mark for mark, _ in _MARKS)):
        text = _decoded(data, path)
    elif b"\0" in data:
        text = _wide(data, path)
    else:
        try:
            # A sample may be cut within a character.
            text = codecs.getincrementaldecoder("utf-8")().decode(data)
        except UnicodeDecodeError as error:
            text = _guessed(data, path, error)
    readable = text.translate(_CONTROLS)
    if len(text) - len(readable) > _BINARY_SHARE * len(text):
        raise SourceError(path, _BINARY)
    return readable


def _wide(data: bytes, path: str) -> str:
    """UTF-16 without its mark: every other byte of most letters is NUL."""
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        sample = data[start:4096:2]
        other = data[1 - start : 4096 : 2]
        if sample.count(0) > 0.4 * len(sample) and other.count(0) < 0.05 * len(other):
            return data.decode(encoding, "replace")
    raise SourceError(path, _BINARY)


def _guessed(data: bytes, path: str, error: UnicodeDecodeError) -> str:
    lenient = data.decode("utf-8", "replace")
    # Mostly UTF-8 with a few broken bytes is UTF-8; another reading would break the rest.
    whole = sum(byte >= 0xC2 for byte in data[:_GUESS_BYTES])
    if whole and data[:_GUESS_BYTES].decode("utf-8", "replace").count("�") < 0.1 * whole:
        return lenient
    from charset_normalizer import from_bytes

    # Where the letters stand that aren't ASCII; a long file is guessed by a part of it.
    start = max(0, error.start - _GUESS_BYTES // 2)
    found = list(from_bytes(data[start : start + _GUESS_BYTES]))
    if not found:
        raise SourceError(path, _BINARY)
    least = min(match.chaos for match in found)
    names = [
        (-round(match.coherence, 1), _rank(name), name)
        for match in found
        if match.chaos <= least + _EQUAL_CHAOS
        for name in (match.encoding, *match.could_be_from_charset)
    ]
    return data.decode(min(names)[2], "replace")


def _rank(name: str) -> int:
    return _USUAL.index(name) if name in _USUAL else len(_USUAL)


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
