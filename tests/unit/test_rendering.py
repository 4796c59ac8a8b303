"""What a book says is shown as HTML and never obeyed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from glossator.library.colouring import coloured
from glossator.library.content import Block, BlockKind, Container, Shown
from glossator.library.marks import visible_text
from glossator.library.markup import LONGEST
from glossator.library.rendering import render_blocks, render_chapter

ALLOWED_ATTRIBUTES = {
    *("href", "rel", "title", "src", "alt", "loading", "start", "class", "id", "dir"),
    *("data-tex", "data-language", "data-start", "data-end", "data-title"),
    *("width", "height"),
}


OWN = Shown("/api/books/x/media/0.png", 40, 30)


def html_of(markdown: str, kind: BlockKind = BlockKind.PARAGRAPH, **options: object) -> str:
    block = Block("b-1", kind, 0, len(markdown), None)
    options.setdefault("picture", {"own.png": OWN}.get)
    return render_blocks(markdown, [block], **options)[0]  # type: ignore[arg-type]


class Audit(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](<data:text/html,<script>alert(1)</script>>)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example/a)",
    "[x](/\\evil.example)",
    '<https://a.example" onmouseover="alert(1)>',
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](https://evil.example/pixel.png)",
    "![x](//evil.example/pixel.png)",
    "![x](own/../../api/auth/logout)",
    '![" onerror="alert(1)](own.png)',
    '![x](own.png" onerror="alert(1))',
    "$</span><script>alert(1)</script>$",
    '$" onmouseover="alert(1)$',
    "$$<img src=x onerror=alert(1)>$$",
    "`<script>alert(1)</script>`",
    '[^"><script>alert(1)</script>]',
    '[^x"onmouseover=alert(1)]: note',
    "[x]: javascript:alert(1)\n\n[x]",
    "<style>*{display:none}</style>",
    '<a href="https://x.example" style="position:fixed">x</a>',
    '<base href="https://evil.example/">',
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "[x](https://ok.example 'a\" onclick=\"alert(1)')",
    "{process.env.SECRET} {7*7} <Script/>",
    "\x00<script>\ud800",
]


@pytest.mark.parametrize("kind", list(BlockKind))
@pytest.mark.parametrize("markdown", HOSTILE)
def test_nothing_hostile_survives_in_any_kind_of_block(markdown: str, kind: BlockKind) -> None:
    audit = Audit(html_of(markdown, kind))

    names = {name for name, _ in audit.attributes}
    assert not {"script", "style", "base", "svg", "math", "iframe", "form"} & set(audit.tags)
    assert names <= ALLOWED_ATTRIBUTES
    for name, value in audit.attributes:
        if name == "href":
            assert re.match(r"https?://[^/]|mailto:|#", value), value
        if name == "src":
            assert value == OWN.address


@pytest.mark.parametrize(
    "language", ["python", "mermaid", '"><script>alert(1)</script>', "no such"]
)
def test_code_with_any_language_name_stays_text(language: str) -> None:
    markdown = f"```{language}\n</code></pre><script>alert(1)</script>\n```"

    html = html_of(markdown, BlockKind.CODE)

    assert "script" not in Audit(html).tags
    assert "</code></pre><script>alert(1)</script>" in visible_text(html)


def test_mdx_expressions_stay_as_they_are_written() -> None:
    assert "{7*7}" in html_of("The sum {7*7} of `Box<T>` and Box<T>")


def test_dropped_links_keep_their_words() -> None:
    html = html_of("See [the *other* page](javascript:alert(1)) and [that](../part/x.md).")

    assert visible_text(html) == "See the other page and that."
    assert "<a" not in html


def test_relative_links_lead_where_the_caller_says() -> None:
    def link(address: str) -> str:
        return "/b/book/chapter" if address == "../x.md" else "javascript:alert(1)"

    html = html_of("[a](../x.md) [b](y.md) [c](https://ok.example/)", link=link)

    assert re.findall(r'href="([^"]*)"', html) == ["/b/book/chapter", "https://ok.example/"]
    assert html.count('rel="noopener noreferrer"') == 2


def test_remote_images_are_links_with_their_alternative_text() -> None:
    html = html_of("![A robot *arm*](https://far.example/arm.png)", BlockKind.FIGURE)

    assert "<img" not in html
    assert visible_text(html) == "A robot arm"
    assert 'href="https://far.example/arm.png"' in html


def test_an_image_within_a_link_makes_no_link_of_its_own() -> None:
    html = html_of("[![badge](https://far.example/b.png)](https://ok.example/)")

    assert re.findall(r'href="([^"]*)"', html) == ["https://ok.example/"]


def test_own_pictures_are_shown_with_their_size() -> None:
    html = html_of("![plot](own.png) and ![other](other.png)")

    assert f'<img src="{OWN.address}" alt="plot" width="40" height="30" loading="lazy">' in html
    assert '<span class="image">other</span>' in html


def test_maths_holds_its_source_and_runs_left_to_right() -> None:
    inline = html_of("The inverse is $R^{-1} < \\frac{a}{b}$, for $5 and $6.")
    display = html_of("$$\n\\frac{a}{b}\n$$", BlockKind.MATH)

    assert 'dir="ltr" data-tex="R^{-1} &lt; \\frac{a}{b}"' in inline
    assert inline.count("data-tex") == 1
    assert display.startswith('<div class="math display" dir="ltr" data-tex="\\frac{a}{b}">')


def test_code_is_coloured_with_classes_and_keeps_every_character() -> None:
    code = 'def f(x):\n\treturn "é" + x  # 😀\n\n'
    html = html_of(f"```python\n{code}```", BlockKind.CODE)

    assert 'class="tok-k"' in html
    assert "style=" not in html
    assert visible_text(html) == code


@pytest.mark.parametrize("language", ["console", "diff", "json", "yaml", "html", "rust", "cpp"])
def test_no_lexer_changes_the_code(language: str) -> None:
    code = '\n  $ echo 1\n- a\n+ b\n{"a": [1, <b>]}\r\n\n\n'
    html = html_of(f"```{language}\n{code}```", BlockKind.CODE)

    assert visible_text(html) == code.replace("\r\n", "\n")


def test_code_that_a_lexer_would_change_keeps_its_characters() -> None:
    assert coloured("x = 1\r\ny < 2", "python") == "x = 1\r\ny &lt; 2"


def test_tables_scroll_in_their_own_box_and_align_by_class() -> None:
    html = html_of("| a | b |\n|:-:|--:|\n| 1 | 2 |", BlockKind.TABLE)

    assert html.startswith('<div class="table"><table>')
    assert '<td class="align-center">1</td>' in html
    assert '<td class="align-end">2</td>' in html
    assert "style" not in html


def test_mermaid_stands_in_a_fold() -> None:
    html = html_of("```mermaid\ngraph TD; A-->B\n```", BlockKind.CODE)

    assert html.startswith('<details class="diagram">')
    assert "graph TD; A--&gt;B" in html


def test_a_paragraph_is_one_whatever_its_lines_begin_with() -> None:
    html = html_of("The sum of 3\n+ 4\n# is 7\n- so\n---")

    assert Audit(html).tags == ["p"]


def test_footnotes_lead_to_their_notes() -> None:
    mark, note = html_of("Said so.[^one]"), html_of("[^one]: By whom?")

    assert '<a class="footnote" href="#fn-one"' in mark
    assert note.startswith('<p class="footnote" id="fn-one">')


def test_headings_carry_their_anchor_unless_it_belongs_to_the_page() -> None:
    text = "## Rotation *matrices*\n\n## Ask"
    blocks = [Block("b-1", BlockKind.HEADING, 0, 22), Block("b-2", BlockKind.HEADING, 24, 30)]

    html = render_blocks(text, blocks, anchors={0: "rotation-matrices", 24: "glossator-ask"})

    assert html == [
        '<h2 id="rotation-matrices">Rotation <em>matrices</em></h2>',
        "<h2>Ask</h2>",
    ]


def test_a_block_without_end_is_shown_as_plain_text() -> None:
    html = html_of("*a* " * (LONGEST // 4 + 1))

    assert html.startswith('<p class="plain">*a* ')


def chapter(*rows: tuple[str, tuple[Container, ...]]) -> str:
    text = "\n\n".join(words for words, _ in rows)
    blocks, at = [], 0
    for number, (words, containers) in enumerate(rows):
        end = at + len(words)
        kind = BlockKind.HEADING if words.startswith("#") else BlockKind.PARAGRAPH
        blocks.append(Block(f"b-{number}", kind, at, end, None, containers))
        at = end + 2
    html = render_chapter(text, blocks, {0: "one"})
    return re.sub(r">\s+<", "><", html)


def test_every_block_stands_in_a_box_with_its_id_and_place() -> None:
    html = chapter(("# One", ()), ("Two", ()))

    assert html == (
        '<div class="block heading" id="b-0" data-start="0" data-end="5">'
        '<h1 id="one">One</h1></div>'
        '<div class="block paragraph" id="b-1" data-start="7" data-end="10"><p>Two</p></div>'
    )


def test_neighbours_of_one_container_share_a_box() -> None:
    note, other = Container("note", "Take care", 1), Container("note", "", 2)
    html = chapter(("**Take care**", (note,)), ("a", (note,)), ("b", (other,)), ("c", ()))

    assert html.count("<aside") == 2
    assert html.index("labelled") < html.index(">a<") < html.index("</aside>")
    assert html.index("</aside>", html.index(">b<")) < html.index(">c<")


def test_folds_show_their_title_and_quotations_are_set_off() -> None:
    fold, quotation = Container("details", "Answer", 1), Container("quote", "", 2)
    html = chapter(("**Answer**", (fold,)), ("42", (fold, quotation)))

    assert "<details><summary><div" in html
    assert html.index("</summary>") < html.index("<blockquote>") < html.index(">42<")


def test_the_tabs_of_a_set_stand_together() -> None:
    one, two = Container("tab", "Linux", 1), Container("tab", '"><b>', 1)
    other = Container("tab", "Mac", 2)
    html = chapter(("a", (one,)), ("b", (one,)), ("c", (two,)), ("d", (other,)))

    assert html.count('<div class="tabs">') == 2
    assert re.findall('data-title="([^"]*)"', html) == ["Linux", "&quot;&gt;&lt;b&gt;", "Mac"]


def test_a_hostile_anchor_or_title_stays_text() -> None:
    bad = '"><img src=x onerror=alert(1)>'
    block = Block("b-1", BlockKind.HEADING, 0, 5, None, (Container("details", bad, 1),))

    html = render_chapter("# One", [block], {0: bad})

    assert "img" not in Audit(html).tags
