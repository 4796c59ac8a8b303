"""Whether text recognition is there; asked without loading what reads PDF files."""

from __future__ import annotations

LANGUAGES = ("eng", "urd")


def installed() -> bool:
    """Whether the extra `glossator[ocr]`, the program and one of its languages are there."""
    try:
        import pytesseract

        return any(name in pytesseract.get_languages() for name in LANGUAGES)
    except (ImportError, OSError):
        return False
