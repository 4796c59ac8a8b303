"""No content makes the server ask anybody for anything: every kind of file names a listener."""

from __future__ import annotations

import socket
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path

import pytest

from format_maker import docx_of, notebook_of, opf, pptx_of, slide, word_paragraph
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.readers.registry import read_file
from glossator.ingestion.sources import ReadLimits, SourceError
from hostile_files import ITEM, epub
from pdf_maker import Page, Text, make_pdf

LIMITS = ReadLimits()
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


class Asked:
    """Who was asked for something: names, addresses, and whoever came to the listener."""

    def __init__(self) -> None:
        self.listening = False
        self.found: list[str] = []

    def hear(self, event: str, args: tuple[object, ...]) -> None:
        if self.listening and event in (
            "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request",
            "http.client.connect", "ftplib.connect", "subprocess.Popen", "os.system",
        ):  # fmt: skip
            self.found.append(f"{event} {args!r:.200}")


@pytest.fixture(scope="module")
def asked() -> Asked:
    heard = Asked()
    # For the rest of the process: one can't be taken away.
    sys.addaudithook(heard.hear)
    return heard


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def _page(url: str) -> str:
    return (
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><base href="{url}/"/>'
        f'<link rel="stylesheet" href="{url}/a.css"/><script src="{url}/a.js"></script>'
        f"<style>@import url({url}/b.css); @font-face {{ src: url({url}/f.woff) }}</style>"
        f'<meta http-equiv="refresh" content="0;url={url}/m"/></head><body>'
        f'<p style="background:url({url}/p)">Words stay.</p>'
        f'<img src="{url}/i.png" srcset="{url}/j"/>'
        f'<svg><image xlink:href="{url}/x.svg"/><use href="{url}/u#a"/></svg>'
        f'<iframe src="{url}/f"></iframe><object data="{url}/o"></object><video poster="{url}/v"/>'
        f'<math><annotation-xml encoding="x" src="{url}/n"/></math></body></html>'
    )


def _markdown(url: str) -> bytes:
    return (
        f"# Words\n\n![a]({url}/a.png) ![b][r] <{url}/auto> <img src={url}/i.png>\n\n"
        f"[r]: {url}/r\n\n"
        f"import X from '{url}/x.mdx'\n\nexport const y = await fetch('{url}/y')\n\n"
        f"<Script src='{url}/s.js' />\n\n{{{{#include {url}/inc}}}}\n\n--8<-- \"{url}/snip\"\n\n"
        f"{{{{ fetch('{url}/t') }}}}\n"
    ).encode()


def _docx(url: str) -> bytes:
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{RELATION}{kind}" Target="{url}/{kind}"'
            ' TargetMode="External"/>'
            for n, kind in enumerate(
                ("image", "aFChunk", "attachedTemplate", "styles", "hyperlink", "oleObject")
            )
        )
        + "</Relationships>"
    )
    return docx_of(word_paragraph("Words stay.") + '<w:altChunk r:id="r1"/>', rels=rels)


def _pdf(url: str) -> bytes:
    extra = (
        f"/AA << /O << /S /URI /URI ({url}/o) >> >> /Annots [<< /Type /Annot /Subtype /Link /Rect"
        f" [0 0 600 800] /A << /S /URI /URI ({url}/u) >> >> << /Type /Annot /Subtype /Link /Rect"
        f" [0 0 9 9] /A << /S /GoToR /F << /FS /URL /F ({url}/g) >> /D [0 /Fit] >> >>"
        f" << /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /SubmitForm /F << /FS /URL"
        f" /F ({url}/s) >> >> >>]"
    )
    return make_pdf([Page([Text(70, 700, "Words stay.")], extra=extra)])


def _epub(url: str) -> bytes:
    prologue = f'<?xml version="1.0"?><!DOCTYPE html SYSTEM "{url}/x.dtd">'
    package = opf(
        ITEM + f'<item id="r" href="{url}/remote.xhtml" media-type="application/xhtml+xml"/>'
        f'<item id="i" properties="cover-image" href="{url}/cover.png" media-type="image/png"/>',
        '<itemref idref="c"/><itemref idref="r"/>',
    )
    return epub(package=package, page=prologue + _page(url))


FILES: Mapping[str, Callable[[str], bytes]] = {
    "a.md": _markdown,
    "a.mdx": _markdown,
    "a.txt": _markdown,
    "a.html": lambda url: _page(url).encode(),
    "a.epub": _epub,
    "dtd.epub": lambda url: epub(
        page=f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % e SYSTEM "{url}/e"> %e;]><html/>'
    ),
    "a.docx": _docx,
    "a.pptx": lambda url: pptx_of([
        slide("Words", f'<p:pic><p:blipFill><a:blip r:link="{url}/p"/></p:blipFill></p:pic>')
    ]),
    "a.ipynb": lambda url: notebook_of([
        {"cell_type": "markdown", "source": [_markdown(url).decode()]},
        {"cell_type": "code", "source": [f"import urllib; urlopen('{url}/c')"],
         "outputs": [{"output_type": "display_data", "data": {"text/html": [_page(url)]}}]},
    ]),
    "a.csv": lambda url: f'a,b\n=WEBSERVICE("{url}/w"),"![x]({url}/y)"\n'.encode(),
    "a.pdf": _pdf,
    "a.svg": lambda url: f"<svg xmlns:xlink='x'><image xlink:href='{url}/x'/></svg>".encode(),
}  # fmt: skip


def came(listener: socket.socket) -> int:
    count = 0
    try:
        while True:
            listener.accept()[0].close()
            count += 1
    except BlockingIOError:
        return count


@pytest.mark.parametrize("name", FILES)
def test_a_file_asks_for_nothing(name: str, tmp_path: Path, asked: Asked, listener: socket.socket):
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    path = tmp_path / name
    path.write_bytes(FILES[name](url))
    asked.found.clear()
    asked.listening = True
    try:
        words = read_file(path, LIMITS).content.text
    except SourceError as refused:
        words = str(refused)
    finally:
        asked.listening = False
    assert words
    assert asked.found == []
    assert came(listener) == 0


def test_neither_does_a_site_of_them(tmp_path: Path, asked: Asked, listener: socket.socket):
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for folder, kind in (("one", "docusaurus.config.js"), ("two", "mkdocs.yml")):
            archive.writestr(f"{folder}/{kind}", f"site_url: {url}\ntitle: '{url}'\n")
            archive.writestr(f"{folder}/docs/a.md", _markdown(url))
        archive.writestr("a.html", _page(url))
    (tmp_path / "site.zip").write_bytes(buffer.getvalue())
    (tmp_path / "book").mkdir()
    (tmp_path / "book/book.toml").write_text(f'[book]\ntitle = "{url}"\n', "utf-8")
    (tmp_path / "book/src").mkdir()
    (tmp_path / "book/src/SUMMARY.md").write_text(f"- [A](a.md)\n- [B]({url}/b.md)\n", "utf-8")
    (tmp_path / "book/src/a.md").write_bytes(_markdown(url))
    asked.found.clear()
    asked.listening = True
    try:
        for name in ("site.zip", "book"):
            assert read_sources([tmp_path / name], LIMITS)
    finally:
        asked.listening = False
    assert asked.found == []
    assert came(listener) == 0


def test_whoever_asks_would_be_noticed(asked: Asked, listener: socket.socket):
    asked.found.clear()
    asked.listening = True
    with socket.create_connection(listener.getsockname()):
        asked.listening = False
    assert any(found.startswith("socket.connect") for found in asked.found)
    assert came(listener) == 1


def test_the_files_name_the_listener():
    for name, make in FILES.items():
        data = make("http://127.0.0.1:1")
        if zipfile.is_zipfile(BytesIO(data)):
            with zipfile.ZipFile(BytesIO(data)) as archive:
                data = b"".join(archive.read(entry) for entry in archive.namelist())
        assert b"127.0.0.1:1" in data, name
