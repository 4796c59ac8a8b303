"""Word files with pictures in them, and with what only says that it is one."""

from __future__ import annotations

from format_maker import docx_of, relations, word_paragraph

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (7).to_bytes(4, "big") + (5).to_bytes(4, "big") + bytes(9)
_SPACES = (
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)


def drawing(words: str, relation: str) -> str:
    """A paragraph with a picture as Word writes it."""
    blip = f'<a:blip r:embed="{relation}"/>'
    inner = f'<wp:inline><wp:docPr descr="{words}"/>{blip}</wp:inline>'
    return f"<w:p><w:r><w:drawing {_SPACES}>{inner}</w:drawing></w:r></w:p>"


def word_with_pictures(picture: bytes = PNG) -> bytes:
    """One with words, one without, one that lies elsewhere, one that isn't there."""
    kinds = {"r1": "media/a gear.png", "r2": "https://evil.invalid/x.png", "r3": "../../x.png"}
    rels = relations({name: ("image", target) for name, target in kinds.items()}, external=["r2"])
    body = word_paragraph("Gears turn.") + "".join(
        drawing(words, name)
        for words, name in (("A gear", "r1"), ("", "r1"), ("Away", "r2"), ("Out", "r3"), ("", "r9"))
    )
    return docx_of(body, {"word/media/a gear.png": picture}, rels)
