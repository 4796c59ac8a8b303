"""Bad input: a sentence for each, the rest of the book still read, nothing from outside.

A canary lies beside every book's folder; no test may find it in what the readers gave.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.ingestion.source_tools import LIMITS, everything, ids, messages, text_of, write

from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.readers.safe_yaml import YamlError, load_yaml
from glossator.ingestion.sources import BookSource, ReadLimits, SourceError

CANARY = "canary-e1d07b55"
GOOD = "# Good\n\nThe rest of the book is read.\n"
SECONDS = 10.0
KINDS = ("plain", "mkdocs", "mdbook", "docusaurus")


@pytest.fixture(autouse=True)
def _in_good_time() -> Iterator[None]:
    # Seconds of this process alone: a busy machine must not make these fail.
    before = time.process_time()
    yield
    assert time.process_time() - before < SECONDS


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder with a canary, beside which the books lie."""
    names = ("secret.md", "secret/index.md", "secret.yml", "etc/passwd")
    return write(tmp_path, dict.fromkeys(names, f"# {CANARY}\n\n{CANARY}\n"))


def book_of(root: Path, kind: str, files: dict[str, str | bytes]) -> Path:
    """A book of one kind with a good page and `files` among its pages."""
    book = root / "book"
    home = {"mkdocs": "docs", "mdbook": "src", "docusaurus": "docs"}.get(kind, ".")
    pages: dict[str, str | bytes] = {"good.md": GOOD, **files}
    write(book, {f"{home}/{name}": content for name, content in pages.items()})
    if kind == "mkdocs":
        write(book, {"mkdocs.yml": "site_name: S\nmarkdown_extensions: [pymdownx.snippets]\n"})
    elif kind == "mdbook":
        listed = "\n".join(f"- [{name}]({name})" for name in pages)
        write(book, {"book.toml": "[book]\ntitle = 'B'\n", "src/SUMMARY.md": listed})
    elif kind == "docusaurus":
        write(book, {"docusaurus.config.js": "module.exports = {title: 'D'};\n"})
    return book


def read(book: Path, limits: ReadLimits = LIMITS) -> list[BookSource]:
    books = read_sources([book], limits)
    assert CANARY not in everything(books)
    return books


def good_is_read(books: list[BookSource]) -> None:
    assert "The rest of the book is read." in text_of(books[0], "good")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x7fELF\x02\x01\x01\0\0\0" + os.urandom(4_000), "isn't a text file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "isn't a text file"),
        (b"x" * 5_000_000, "Line 1 has 5,000,000 characters"),
        (b"word " * 1_000_000, "Line 1 has 5,000,000 characters"),
        ("Быть или не быть, вот в чём вопрос".encode("koi8-r"), "isn't UTF-8"),
    ],
    ids=["elf", "png", "one-line", "one-line-of-words", "koi8"],
)
def test_a_file_that_cannot_be_read_is_one_problem(
    outside: Path, kind: str, content: bytes, sentence: str
) -> None:
    books = read(book_of(outside, kind, {"bad.md": content}))
    good_is_read(books)
    assert ids(books[0]) == ["good"]
    assert sentence in messages(books[0].problems)
    assert "bad.md" in messages(books[0].problems)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("content", "kept", "sentence"),
    [
        ("---\ntitle: Never closed\n\nWords stay.", "Words stay.", "never closed"),
        ("# T\n\n```py\nx = 'Words stay.'\n\nand on", "Words stay.", "never closed"),
        ("caf\xe9 Words stay.".encode("latin-1"), "Words stay.", "UTF-8"),
        ("---\ntitle: [a\nb: }\n---\nWords stay.", "Words stay.", ""),
        (
            "---\ntitle: !!python/object/apply:os.system [touch executed]\n---\nWords stay.",
            "Words stay.",
            "",
        ),
        ("Words " * 20 + "stay.\n" + "> " * 3_000 + "deep", "stay.", ""),
        ("Words stay.\n\n" + "".join("  " * n + "- x\n" for n in range(600)), "Words stay.", ""),
        ("Words stay.\n\n" + "[" * 50_000 + "](" * 50_000, "Words stay.", ""),
        ("Words stay.\n\n" + "<div>" * 40_000, "Words stay.", ""),
        ("Words stay.\n\n" + "*a _b " * 20_000, "Words stay.", ""),
        ("Words stay.\n\n" + "$" * 60_001 + "`" * 60_001, "Words stay.", ""),
        ("Words stay.\n\n" + "|a" * 20_000 + "\n" + "|-" * 20_000 + "\n", "Words stay.", ""),
        (
            "Words stay. {{7*7}} ${7*7} {% include '../secret.md' %} {0.__class__} %(x)s",
            "{{7*7}}",
            "",
        ),
        ("import x from '../../secret.md'\n\nWords stay. <<< @/../secret.md", "Words stay.", ""),
        ("![x](../../secret.md) ![y](http://127.0.0.1:9/x.png) Words stay.", "Words stay.", ""),
    ],
)
def test_odd_pages_keep_their_words(
    outside: Path, kind: str, content: str | bytes, kept: str, sentence: str
) -> None:
    books = read(book_of(outside, kind, {"odd.md": content}))
    good_is_read(books)
    assert kept in text_of(books[0], "odd")
    if kind != "mdbook" or not content.startswith("---" if isinstance(content, str) else b"---"):
        # mdBook has no front matter: the lines are text there, as on the site.
        assert sentence in messages(books[0].problems)
    assert not list(outside.rglob("executed"))


def _links(book: Path, outside: Path) -> None:
    home = next(path.parent for path in book.rglob("good.md"))
    (home / "link.md").symlink_to(outside / "secret.md")
    (home / "up").symlink_to(outside)
    (home / "loop").symlink_to(home)
    (home / "relative.md").symlink_to(os.path.relpath(outside / "secret.md", home))


@pytest.mark.parametrize("kind", KINDS)
def test_links_out_are_not_followed(outside: Path, kind: str) -> None:
    book = book_of(outside, kind, {})
    _links(book, outside)
    books = read(book)
    good_is_read(books)
    if kind != "mdbook":
        assert "leads out of the book's folder" in messages(books[0].problems)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="This system has no named pipes.")
@pytest.mark.parametrize("kind", KINDS)
def test_a_pipe_does_not_hang(outside: Path, kind: str) -> None:
    book = book_of(outside, kind, {})
    home = next(path.parent for path in book.rglob("good.md"))
    os.mkfifo(home / "pipe.md")
    if kind == "mdbook":
        write(book, {"src/SUMMARY.md": "- [G](good.md)\n- [P](pipe.md)"})
        write(book, {"src/good.md": GOOD + "{{#include pipe.md}}"})
    good_is_read(read(book))


OUT = (
    "../../etc/passwd",
    "../../../etc/passwd",
    "/../etc/passwd",
    "up/etc/passwd",
    "{root}/etc/passwd",
)


@pytest.mark.parametrize("target", OUT)
@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("mdbook", "{{{{#include {}}}}}"),
        ("mdbook", "{{{{#rustdoc_include {}:1:2}}}}"),
        ("mdbook", "{{{{#playground {}}}}}"),
        ("mkdocs", '--8<-- "{}"'),
        ("mkdocs", "--8<--\n{}\n--8<--"),
        ("docusaurus", "import Part from '{}';\n\n<Part />"),
    ],
)
def test_includes_of_what_lies_outside(outside: Path, kind: str, form: str, target: str) -> None:
    name = target.format(root=outside)
    book = book_of(outside, kind, {"odd.md": f"# Odd\n\n{form.format(name)}\n\nWords stay."})
    next(path.parent for path in book.rglob("good.md")).joinpath("up").symlink_to(outside)
    books = read(book)
    good_is_read(books)
    assert "Words stay." in text_of(books[0], "odd")
    if kind != "docusaurus":
        assert "Not included:" in text_of(books[0], "odd")
        assert "odd.md" in messages(books[0].problems)


def test_includes_that_multiply_or_turn_in_circles_end(outside: Path) -> None:
    files: dict[str, str | bytes] = {
        f"d{n}.md": f"{{{{#include d{n + 1}.md}}}} " * 10 for n in range(12)
    }
    files["a.md"] = "A {{#include b.md}}"
    files["b.md"] = "B {{#include a.md}}"
    files["big.md"] = "word\n" * 100_000
    files["many.md"] = "{{#include big.md}}\n" * 100
    books = read(book_of(outside, "mdbook", files))
    good_is_read(books)
    assert "it takes in itself" in text_of(books[0], "a")
    found = messages(books[0].problems)
    assert "too many files take in one another" in found
    assert "more than we read" in found
    assert len(everything(books)) < 60_000_000


def test_snippets_that_multiply_or_turn_in_circles_end(outside: Path) -> None:
    files: dict[str, str | bytes] = {
        f"d{n}.md": f'--8<-- "docs/d{n + 1}.md"\n' * 10 for n in range(12)
    }
    files["a.md"] = '--8<-- "docs/a.md"'
    books = read(book_of(outside, "mkdocs", files))
    good_is_read(books)
    assert "it takes in itself" in text_of(books[0], "a")


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{chr(ord(name) - 1)}'] * 9)}]\n" for name in "bcdefghij"
)
MERGES = "a: &a {k: v}\n" + "".join(
    f"{name}: &{name} {{<<: [{','.join([f'*{chr(ord(name) - 1)}'] * 9)}]}}\n"
    for name in "bcdefghij"
)
BOMBS = {
    "laughs": LAUGHS,
    "merges": MERGES,
    "deep-flow": "[" * 100_000,
    "deep-block": "\n".join(" " * n + "a:" for n in range(2_000)),
    "circle": "a: &a [*a]",
    "circle-merge": "&a\n<<: *a\nb: c",
    "unknown-alias": "a: *nowhere",
    "long-number": "a: " + "9" * 100_000,
    "long": "a: b\n" * 200_000,
    "tabs": "\t\ta: b",
    "nul": "a: \0",
    "keys": "? [a, b]\n: c\n? {d: e}\n: f",
}


@pytest.mark.parametrize("name", BOMBS)
def test_yaml_bombs_are_values_or_a_sentence(name: str) -> None:
    if name in ("long-number", "keys"):
        assert len(repr(load_yaml(BOMBS[name]))) < 200_000
    else:
        with pytest.raises(YamlError, match="The YAML"):
            load_yaml(BOMBS[name])


@pytest.mark.parametrize("name", BOMBS)
def test_yaml_bombs_in_settings_and_front_matter(outside: Path, name: str) -> None:
    bomb = BOMBS[name]
    page = f"---\n{bomb}\n---\nWords stay.\n"
    book = book_of(outside, "mkdocs", {"odd.md": page.encode("utf-8", "replace")})
    write(book, {"mkdocs.yml": bomb})
    if "\0" in bomb:
        (book / "docs/odd.md").unlink()
    good_is_read(read(book))


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['touch executed']",
        "!!python/object/new:os.system ['touch executed']",
        "!!python/name:os.system",
        "!!python/module:os",
        "!!binary |\n  R0lGODlhDAAMAIQ=",
        "!!set {a, b}",
        "!!timestamp 2021-99-99",
        "!!int nonsense",
        "!unknown {a: b}",
        "!<tag:example.org,2000:x> y",
    ],
)
def test_yaml_tags_do_nothing(outside: Path, tag: str) -> None:
    load_yaml(f"a: {tag}\n")
    book = book_of(outside, "mkdocs", {})
    write(book, {"mkdocs.yml": f"extra: {tag}\nsite_name: S\n"})
    books = read(book)
    good_is_read(books)
    assert books[0].title == "S"
    assert not list(outside.rglob("executed"))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("mkdocs", {"mkdocs.yml": "docs_dir: ../secret\n"}),
        ("mkdocs", {"mkdocs.yml": "INHERIT: ../secret.yml\ndocs_dir: docs\n"}),
        ("mkdocs", {"mkdocs.yml": "nav: [../../secret.md, ../secret.md, /etc/passwd, good.md]\n"}),
        (
            "mkdocs",
            {
                "mkdocs.yml": "plugins: [literate-nav]\n",
                "docs/SUMMARY.md": "- [s](../../secret.md)\n- [d](../../secret/)\n- ../*\n"
                "- [g](good.md)",
            },
        ),
        (
            "mkdocs",
            {"mkdocs.yml": "plugins: [{literate-nav: {nav_file: ../../secret.md}}]\n"},
        ),
        (
            "mkdocs",
            {
                "mkdocs.yml": "markdown_extensions: [{pymdownx.snippets: {base_path: [.., /]}}]\n",
                "docs/odd.md": '--8<-- "secret.md"\n--8<-- "etc/passwd"\n',
            },
        ),
        ("mdbook", {"book.toml": "[book]\nsrc = '../secret'\n"}),
        (
            "mdbook",
            {"src/SUMMARY.md": "- [s](../../secret.md)\n- [g](good.md)\n- [e](/etc/passwd)"},
        ),
    ],
)
def test_settings_cannot_lead_out(outside: Path, kind: str, settings: dict[str, str]) -> None:
    book = book_of(outside, kind, {})
    write(book, settings)
    books = read(book)
    assert "The rest of the book is read." in everything(books)


@pytest.mark.parametrize("kind", ["plain", "mkdocs"])
def test_thousands_of_files(outside: Path, kind: str) -> None:
    files: dict[str, str | bytes] = {f"f{n // 100}/p{n}.md": "x" for n in range(2_000)}
    books = read(book_of(outside, kind, files))
    assert len(books[0].chapters) == 2_001
    few = read(outside / "book", ReadLimits(files=500))
    assert "more than 500 files" in messages(few[0].problems)


def test_many_wildcards_over_many_files(outside: Path) -> None:
    files: dict[str, str | bytes] = {f"f{n // 100}/p{n}.md": "x" for n in range(1_000)}
    files["SUMMARY.md"] = "".join(f"- f{n}/*a*b*c*d*.md\n- **/*{n}*\n" for n in range(4_000))
    book = book_of(outside, "mkdocs", files)
    write(book, {"mkdocs.yml": "plugins: [literate-nav]\n"})
    assert len(read(book)[0].chapters) >= 1_000


def missing(root: Path) -> Path:
    return root / "not-there"


def empty(root: Path) -> Path:
    (root / "empty" / "sub").mkdir(parents=True)
    return root / "empty"


def only_pictures(root: Path) -> Path:
    return write(root / "pictures", {"a.png": b"\x89PNG\0", "b.mp4": b"%PDF-1.7\0"})


def only_binary(root: Path) -> Path:
    return write(root / "binary", {"a.md": b"\x89PNG\0"})


def device(root: Path) -> Path:
    (root / "zero").symlink_to("/dev/zero")
    return root / "zero"


def forbidden(root: Path) -> Path:
    folder = write(root / "closed", {"a.md": "x"})
    folder.chmod(0)
    return folder


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (missing, "There is no such file or folder."),
        (empty, "It holds no Markdown or text file."),
        (only_pictures, "It holds no Markdown or text file."),
        (only_binary, "a.md: It isn't a text file"),
        pytest.param(
            forbidden,
            "permission denied",
            marks=pytest.mark.skipif(
                not hasattr(os, "geteuid") or os.geteuid() == 0,
                reason="Root may read everything.",
            ),
        ),
        (device, "neither a file nor a folder"),
    ],
)
def test_what_cannot_be_a_book_is_a_sentence(
    tmp_path: Path, source: Callable[[Path], Path], sentence: str
) -> None:
    with pytest.raises(SourceError) as caught:
        read_sources([source(tmp_path)], LIMITS)
    assert sentence in str(caught.value)


def test_a_page_that_grows_beyond_the_limit_is_left_out(outside: Path) -> None:
    book = book_of(outside, "plain", {"long.md": "word\n" * 3_000})
    books = read(book, ReadLimits(chapter_chars=10_000))
    assert ids(books[0]) == ["good"]
    assert "more than 10,000 characters" in messages(books[0].problems)
