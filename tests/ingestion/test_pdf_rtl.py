"""Right-to-left text in PDF files: letters in the order of reading, numbers the right way."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from pdf_tools import blocks, column, document, prose

from glossator.ingestion.languages import guess_language
from glossator.ingestion.readers.bidi import logical
from pdf_maker import Text

# As read, and as drawn from left to right.
LINES = [
    ("باب ۱۲ میں ۳۴۵ صفحات ہیں", "ںیہ تاحفص ۳۴۵ ںیم ۱۲ باب"),
    ("قیمت ۵٫۵ فیصد اور ۲۰/۳ ہے", "ےہ ۲۰/۳ روا دصیف ۵٫۵ تمیق"),
    ("یہ Python 3.11 میں ہے", "ےہ ںیم Python 3.11 ہی"),
    ("الفصل ١٢ (الصفحة ٣٤) هنا", "انه (٣٤ ةحفصلا) ١٢ لصفلا"),
    ("פרק 12, עמוד 34", "34 דומע ,12 קרפ"),
]


@pytest.mark.parametrize(("read", "drawn"), LINES)
def test_the_order_on_paper_is_undone(read: str, drawn: str) -> None:
    assert logical(drawn, rtl=True) == read


def test_a_right_to_left_word_in_a_left_to_right_line() -> None:
    assert logical("The word باتک means book", rtl=False) == "The word کتاب means book"
    assert logical("See ۱۲ باب for more", rtl=False) == "See باب ۱۲ for more"


def _drawn(text: str, right: float, y: float, size: float = 14) -> Text:
    # Half the size for every character: the font's one width.
    return Text(right - 0.5 * size * len(text), y, text, size, "U")


@pytest.mark.parametrize(("read", "drawn"), LINES)
def test_a_pdf_that_lists_glyphs_from_left_to_right(tmp_path: Path, read: str, drawn: str) -> None:
    assert document(tmp_path, [[_drawn(drawn, 520, 700)]]).content.text == read


@pytest.mark.parametrize("size", [9.0, 14.0])
def test_a_pdf_that_places_each_word_from_right_to_left(tmp_path: Path, size: float) -> None:
    words = ["باب", "۱۲", "میں", "۲۴", "مثالیں", "ہیں"]
    texts = []
    right = 520.0
    for word in words:
        drawn = word if word[0] in "۱۲" else word[::-1]
        texts.append(_drawn(drawn, right, 700, size))
        right -= 0.5 * size * (len(word) + 0.7)
    assert document(tmp_path, [texts]).content.text == " ".join(words)


def test_a_page_of_paragraphs_with_presentation_forms(tmp_path: Path) -> None:
    shaped = "\ufe8f\ufe8e\ufe91"  # beh, alef, beh as drawn: the final one stands leftmost.
    lines = [f"تسا ںیم {shaped} ہی روا باتک کیا ہی {number}" for number in ("۱۲", "۳۴", "۵۶")]
    source = document(
        tmp_path, [[_drawn(line, 540, 700 - 18 * at) for at, line in enumerate(lines)]]
    )
    text = source.content.text
    assert "یہ باب میں است" in text.replace("  ", " ")
    assert [text.index(number) for number in ("۱۲", "۳۴", "۵۶")] == sorted(
        text.index(number) for number in ("۱۲", "۳۴", "۵۶")
    )
    assert unicodedata.is_normalized("NFC", text)
    assert len(blocks(source)) == 1


def test_right_columns_come_first(tmp_path: Path) -> None:
    def side(mark: str, right: float) -> list[Text]:
        words = "سج ےہ رطس یبمل کیا ہی"
        return [_drawn(f"{words} {row}{mark}", right, 700 - 12 * row, 9) for row in range(10, 26)]

    text = document(tmp_path, [[*side("ب", 280), *side("د", 540)]]).content.text
    assert text.index("د25") < text.index("ب10")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("یہ کتاب روبوٹ کے بارے میں ہے اور اس میں بہت سے باب ہیں", "ur"),
        ("این کتاب درباره ربات است و چند بخش دارد", "fa"),
        ("هذا الكتاب عن الروبوت وفيه فصول كثيرة", "ar"),
        ("זה ספר על רובוטים", "he"),
        ("Der Arm und die Hand sind nicht mit dem Motor verbunden, das ist ein Fehler", "de"),
        ("The arm and the hand are part of the robot that is on the table", "en"),
        ("x = 3", "en"),
        ("", "en"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert guess_language(text) == language


def test_a_latin_document_stays_as_it_is(tmp_path: Path) -> None:
    source = document(tmp_path, [column(prose(6), 70, 700)])
    assert source.language == "en"
    assert source.content.text == " ".join(prose(6))
