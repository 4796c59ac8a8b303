"""PDF files that are broken, endless or malicious: each ends read or with a sentence."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pdf_tools import LIMITS, column, document, prose

from glossator.ingestion.readers.pdf import read
from glossator.ingestion.readers.pdf_file import opened
from glossator.ingestion.readers.pdf_outline import outline
from glossator.ingestion.sources import DocumentSource, SourceError
from hostile_files import endless_tree, tiny_pages
from pdf_maker import Mark, Page, PdfMaker, Text, make_pdf

GOOD = make_pdf([column(prose(8), 70, 700)])


def attempt(folder: Path, data: bytes, name: str = "nasty.pdf") -> DocumentSource | str:
    """What the reader makes of it, or its sentence."""
    path = folder / name
    path.write_bytes(data)
    try:
        return read(path, LIMITS)
    except SourceError as error:
        return error.message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 5_000,
        b"%PDF-1.7",
        b"%PDF-1.7\n" + bytes(range(256)) * 200,
        b"<html><body>No PDF</body></html>",
        b"PK\x03\x04" + b"\x00" * 500,
        GOOD[:120],
        GOOD.replace(b"/Pages", b"/Pagez"),
        b"%PDF-1.4\ntrailer << /Root 1 0 R >>\nstartxref\n99999999999999999999\n%%EOF",
    ],
)
def test_what_is_no_whole_pdf_says_so(tmp_path: Path, data: bytes) -> None:
    said = attempt(tmp_path, data)
    assert isinstance(said, str)
    assert said.endswith(".")
    assert any(word in said for word in ("isn't a PDF", "damaged", "no pages"))


def test_a_file_cut_at_any_place_ends_one_way_or_the_other(tmp_path: Path) -> None:
    for cut in range(0, len(GOOD), 97):
        attempt(tmp_path, GOOD[:cut])


def test_flipped_bytes_end_one_way_or_the_other(tmp_path: Path) -> None:
    for seed in range(150):
        data = bytearray(GOOD)
        for step in range(1, 9):
            data[(seed * 7_919 + step * 104_729) % len(data)] ^= 1 << (seed % 8)
        attempt(tmp_path, bytes(data))


def test_junk_before_the_mark_is_allowed(tmp_path: Path) -> None:
    assert isinstance(attempt(tmp_path, b"\x00junk\n" * 20 + GOOD), DocumentSource)


def test_a_hundred_thousand_tiny_pages_end_with_a_sentence(tmp_path: Path) -> None:
    started = time.process_time()
    said = attempt(tmp_path, tiny_pages(100_000))
    assert said == "It has 100,000 pages, more than 5,000; split it and add the parts."
    assert time.process_time() - started < 20


def test_a_false_count_of_pages(tmp_path: Path) -> None:
    said = attempt(tmp_path, GOOD.replace(b"/Count 1", b"/Count 4999"))
    assert isinstance(said, str | DocumentSource)


def test_a_tree_of_pages_that_holds_itself(tmp_path: Path) -> None:
    assert isinstance(attempt(tmp_path, endless_tree()), str)


def test_an_outline_that_goes_in_circles(tmp_path: Path) -> None:
    data = make_pdf(
        [column(prose(4), 70, 700)], outline=[Mark("One", 0), Mark("Two", 0), Mark("Six", 0)]
    )
    first = data.split(b"/First ")[1].split(b" ")[0]
    # The second entry's next one is the first; the file's table of places stays right.
    second = data.rindex(b"/Next")
    changed = data[:second] + re.sub(rb"/Next \d+ 0 R", b"/Next %s 0 R" % first, data[second:])
    assert len(changed) == len(data)
    assert isinstance(attempt(tmp_path, changed), DocumentSource)


@pytest.mark.parametrize("entries", [200, 5_000])
def test_a_deep_outline(tmp_path: Path, entries: int) -> None:
    maker = PdfMaker()
    tree, page = maker.reserve(), maker.reserve()
    content = maker.stream(b"BT /H 12 Tf 70 700 Td (Some words to read) Tj ET")
    font = maker.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    maker.put(
        page,
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R"
        f" /Resources << /Font << /H {font} 0 R >> >> >>",
    )
    maker.put(tree, f"<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>")
    first = len(maker.objects) + 1
    for at in range(entries):
        below = f"/First {first + at + 1} 0 R" if at + 1 < entries else ""
        maker.add(f"<< /Title (Level {at}) /Dest [{page} 0 R /XYZ 0 700 0] {below} >>")
    top = maker.add(f"<< /First {first} 0 R >>")
    root = maker.add(f"<< /Type /Catalog /Pages {tree} 0 R /Outlines {top} 0 R >>")
    source = attempt(tmp_path, maker.write(root))
    assert isinstance(source, DocumentSource)
    assert source.content.text == "Some words to read"


def test_a_wide_outline_is_cut(tmp_path: Path) -> None:
    marks = [Mark(f"Entry {number}", 0) for number in range(3_000)]
    data = make_pdf([column(prose(4), 70, 700)], outline=marks)
    path = tmp_path / "wide.pdf"
    path.write_bytes(data)
    with opened(path) as file:
        assert len(outline(file, most=1_000)) == 1_000


def test_a_form_that_draws_itself(tmp_path: Path) -> None:
    maker = PdfMaker()
    tree, page, form = maker.reserve(), maker.reserve(), maker.reserve()
    # Once only: two of them double with each level, which only a limit on time can end.
    body = b"/F Do BT /H 12 Tf 70 700 Td (Again) Tj ET"
    maker.put(
        form,
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Length %d /Resources"
        b" << /XObject << /F %d 0 R >> >> >>\nstream\n%s\nendstream" % (len(body), form, body),
    )
    content = maker.stream(b"/F Do")
    maker.put(
        page,
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R"
        f" /Resources << /XObject << /F {form} 0 R >> >> >>",
    )
    maker.put(tree, f"<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>")
    root = maker.add(f"<< /Type /Catalog /Pages {tree} 0 R >>")
    started = time.monotonic()
    attempt(tmp_path, maker.write(root))
    assert time.monotonic() - started < 20


def test_absurd_places_and_sizes(tmp_path: Path) -> None:
    content = "".join(
        f"BT /H {size} Tf {matrix} Tm (Far away) Tj ET\n"
        for size in ("1e30", "0", "-12", "1e-30")
        for matrix in ("1 0 0 1 1e30 1e30", "0 0 0 0 1 1", "1e20 0 0 1e20 0 0", "1 0 0 1 -9e9 4")
    )
    page = Page([Text(70, 700, "Here is the text.")], content=content)
    source = document(tmp_path, [page])
    assert "Here is the text." in source.content.text


def test_nul_and_control_characters_go(tmp_path: Path) -> None:
    text = "A\x00 b\x07c\u202e d\u200b\ufeffe"
    source = document(tmp_path, [[Text(70, 700, text, font="U")]])
    assert not set("\x00\x07\u202e\u200b\ufeff") & set(source.content.text)


def test_text_that_looks_like_markup_stays_text(tmp_path: Path) -> None:
    texts = [
        Text(70, 700, "# No heading"),
        Text(70, 600, "``` no fence"),
        Text(70, 500, "> no quotation"),
    ]
    source = document(tmp_path, [texts])
    assert source.content.headings == ()
    assert source.content.text == "\\# No heading\n\n\\``` no fence\n\n\\> no quotation"


def test_one_page_with_very_much_text_is_cut_and_told(tmp_path: Path) -> None:
    line = " ".join(["word"] * 20)
    content = f"BT /H 2 Tf 2 TL 10 800 Td {' '.join(f'({line}) Tj T*' for _ in range(4_500))} ET"
    source = document(tmp_path, [Page(content=content)])
    assert "Page 1 has more than 400,000 characters" in source.problems[0].message


def test_nothing_in_a_file_reaches_out(tmp_path: Path) -> None:
    bait = tmp_path / "bait.txt"
    bait.write_text("never to be read")
    extra = (
        f"/AA << /O << /S /JavaScript /JS (app.launchURL\\('file://{bait}'\\)) >> >>"
        " /Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 600 800]"
        " /A << /S /URI /URI (http://192.0.2.1/x) >> >>"
        f" << /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /Launch /F ({bait}) >> >>"
        " << /Type /Annot /Subtype /Link /Rect [0 0 9 9]"
        " /A << /S /GoToR /F (\\\\\\\\192.0.2.1\\\\share\\\\x.pdf) /D [0 /Fit] >> >>]"
    )
    before = bait.stat().st_atime_ns
    source = document(tmp_path, [Page([Text(70, 700, "Only this.")], extra=extra)])
    assert source.content.text == "Only this."
    assert bait.stat().st_atime_ns == before


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="Only Linux counts reads.")
def test_no_file_but_its_own_is_read(tmp_path: Path) -> None:
    # The fonts of a machine are many megabytes.
    path, empty = tmp_path / "foreign.pdf", tmp_path / "empty.pdf"
    path.write_bytes(GOOD.replace(b"/Helvetica", b"/Unheardof"))
    empty.write_bytes(make_pdf([Page()]))
    program = (
        "import contextlib, pathlib, sys\n"
        "from glossator.ingestion.readers.pdf import read\n"
        "from glossator.ingestion.sources import ReadLimits, SourceError\n"
        "def count(): return int(pathlib.Path('/proc/self/io').read_text().split()[1])\n"
        "with contextlib.suppress(SourceError): read(pathlib.Path(sys.argv[2]), ReadLimits())\n"
        "before = count()\n"
        "read(pathlib.Path(sys.argv[1]), ReadLimits())\n"
        "print(count() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path), str(empty)],
        capture_output=True,
        text=True,
        check=True,
    )
    # Python reads some modules of its own meanwhile.
    assert int(done.stdout) < 800_000


@pytest.mark.parametrize(
    "name", ["-o x.pdf", "ab\nc.pdf", "a'b\"$(c).pdf", "باب ۱.pdf", "x" * 200 + ".pdf"]
)
def test_names_of_every_kind(tmp_path: Path, name: str) -> None:
    assert isinstance(attempt(tmp_path, GOOD, name), DocumentSource)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can't be opened"):
        read(tmp_path / "none.pdf", LIMITS)
