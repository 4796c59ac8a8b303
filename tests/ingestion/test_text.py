"""Plain text in any encoding."""

from __future__ import annotations

from pathlib import Path

import pytest
from document_tools import blocks, headings, read

TEXTS = {
    "cp1251": "Быть или не быть, вот в чём вопрос; достойно ль смиряться под ударами. ",
    "koi8-r": "Быть или не быть, вот в чём вопрос; достойно ль смиряться под ударами. ",
    "cp1252": "Die Größe der Zähne bestimmt, wie schön sich Räder drehen – für Mühlen genügt’s. ",
    "latin-1": "Le café où l'élève préféré à été reçu hier, près de la forêt, a fermé ses portes. ",
    "shift_jis": "春は眠くなる。猫は鼠を捕る事を忘れ、人間は借金のある事を忘れる。",
    "gb18030": "齿轮的大小决定了它们转动的速度，这是每个学生都应该知道的。",
    "cp1256": "الحركة في الروبوتات تعتمد على المحركات والحساسات معا في كل وقت. ",
    "utf-8": "Zwölf Räder, ein Café. ",
    "utf-8-sig": "Zwölf Räder, ein Café. ",
    "utf-16": "Zwölf Räder, ein Café. ",
    "utf-16-le": "Twelve wheels, one axle. ",
    "utf-32": "Zwölf Räder, ein Café. ",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = TEXTS[encoding] * 8
    made = read(tmp_path, "a.txt", text.encode(encoding))
    assert made.content.text == " ".join(text.split(" ")).strip()


def test_a_few_broken_letters_are_told_and_break_nothing_else(tmp_path: Path) -> None:
    data = ("Räder und Zähne. " * 30).encode() + b"\n\nna\xefve"
    made = read(tmp_path, "a.txt", data)
    assert made.content.text.startswith("Räder und Zähne.")
    assert made.problems[0].line == 3
    assert "save the file as UTF-8" in made.problems[0].message


def test_headings_by_form(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        "a.txt",
        "On gears\n========\n\nText.\n\nTeeth\n-----\nOf steel.\n\n"
        "CHAPTER IV. The axle\n\n1.2 Oil\n\n"
        "2 wheels are needed.\n\n* one\n* two\n\n# no heading",
    )
    assert headings(made) == [
        (1, "On gears"),
        (2, "Teeth"),
        (2, "CHAPTER IV. The axle"),
        (3, "1.2 Oil"),
    ]
    assert blocks(made)[-2:] == [("list", "- one\n- two"), ("paragraph", "# no heading")]
    assert made.title == "On gears"


def test_markdown_files(tmp_path: Path) -> None:
    made = read(tmp_path, "a.md", "---\ntitle: Own\nlang: de\n---\n# Räder\n\n**Fett**")
    assert (made.kind, made.title, made.language) == ("markdown", "Own", "de")
    assert headings(made) == [(1, "Räder")]
    mdx = read(tmp_path, "b.mdx", "import x from '../secret.md'\n\n# T\n\n<Box>Words</Box> {7*7}")
    assert "Words" in mdx.content.text
    assert "import" not in mdx.content.text
