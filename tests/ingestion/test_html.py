"""Web pages: their main content, and nothing that surrounds it."""

from __future__ import annotations

from pathlib import Path

import pytest
from document_tools import blocks, headings, of_kind, read

from glossator.ingestion.sources import DocumentSource
from glossator.library.content import BlockKind


def page(tmp_path: Path, body: str, head: str = "") -> DocumentSource:
    return read(tmp_path, "a.html", f"<!doctype html><html><head>{head}</head>{body}</html>")


def text(tmp_path: Path, body: str) -> str:
    return page(tmp_path, f"<body>{body}</body>").content.text


def test_only_the_main_content_stays(tmp_path: Path) -> None:
    made = page(
        tmp_path,
        "<body><nav>menu</nav><aside>adverts</aside><header>Site</header><main><h1 id='g'>On"
        " gears</h1><nav>on this page</nav><p>They turn.<script>x()</script></p><p hidden>no</p>"
        "<div style='display: none'>no</div><span aria-hidden='true'>no</span><form>no</form>"
        "<noscript>no</noscript><template>no</template></main><footer>Imprint</footer></body>",
        "<title>On gears | A site</title>",
    )
    assert blocks(made) == [("heading", "# On gears"), ("paragraph", "They turn.")]
    assert (made.title, made.language) == ("On gears", "en")
    assert made.content.headings[0].anchor == "g"


def test_without_a_main_the_body_without_its_frame_is_read(tmp_path: Path) -> None:
    assert text(tmp_path, "<header>Site</header><p>Words.</p><footer>f</footer>") == "Words."
    assert text(tmp_path, "<header><h1>Title</h1></header><p>W.</p>") == "# Title\n\nW."
    assert text(tmp_path, f"<main>.</main><p>{'Words. ' * 40}</p>").endswith("Words.")


@pytest.mark.parametrize(
    ("source", "markdown"),
    [
        ("<b>bold</b> and <em> it </em>.", "**bold** and *it* ."),
        ("<b>a</b><b>b</b>", "**ab**"),
        ("wo<b>rd.</b>s", "word.s"),
        ("<i></i>x <code>a`b</code>", "x ``a`b``"),
        ("5 * 3 *a* snake_case _x_ `t`", r"5 * 3 \*a\* snake_case \_x\_ \`t\`"),
        ("x<sup>2</sup> H<sub>2</sub>O 1<sup>st</sup> e<sup>ax</sup>", "x² H₂O 1st e^ax"),
        ("one<br>two", "one\ntwo"),
        ("a &lt;b&gt; &amp; c\u00ad\u200bd", "a <b> & cd"),
        ("costs $5 or $6", r"costs \$5 or \$6"),
        ("<ruby>漢字<rp>(</rp><rt>かんじ</rt></ruby>", "漢字"),
        ("<q>so</q> <img src='http://x.test/a.png' alt='A gear'>", "“so” ![A gear]()"),
        ("<del>old</del> new", "~~old~~ new"),
    ],
)
def test_inline(tmp_path: Path, source: str, markdown: str) -> None:
    assert text(tmp_path, f"<p>{source}</p>") == markdown


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://a.test/b(c)", "[w](https://a.test/b%28c%29)"),
        ("mailto:a@b.test", "[w](mailto:a@b.test)"),
        ("#there", "[w](#there)"),
        ("#nowhere", "w"),
        ("javascript:alert(1)", "w"),
        ("JAVA&#9;SCRIPT:alert(1)", "w"),
        ("file:///etc/passwd", "w"),
        ("//evil.test", "w"),
        ("data:text/html,x", "w"),
        ("other.html", "w"),
        ("https://a.test/\n&quot;)[x](", "w"),
    ],
)
def test_links(tmp_path: Path, address: str, kept: str) -> None:
    made = text(tmp_path, f"<h2 id='there'>T</h2><p><a href='{address}'>w</a></p>")
    assert made == f"## T\n\n{kept}"


def test_lists_tables_code_and_boxes(tmp_path: Path) -> None:
    made = page(
        tmp_path,
        "<body><ol start=3><li>three<ul><li># no heading</li></ul></li><li>four</li></ol>"
        "<table><caption>Sizes</caption><tr><th>A</th><th>B</th></tr>"
        "<tr><td colspan=2>1|2</td></tr><tr><td>x</td><td><code>y</code></td></tr></table>"
        "<table><tr><td><p>layout</p></td></tr></table>"
        "<div class='highlight-python'><pre><span>x</span> = 1\n\ny</pre></div>"
        "<div class='admonition warning'><p class='admonition-title'>Mind</p><p>the gap</p></div>"
        "<blockquote><p>said</p></blockquote><details><summary>More</summary>inner</details>"
        "<dl><dt>Gear</dt><dd>A wheel.</dd></dl></body>",
    )
    assert blocks(made) == [
        ("list", "3. three\n   - \\# no heading\n4. four"),
        ("paragraph", "Sizes"),
        ("table", "| A | B |\n| --- | --- |\n| 1\\|2 |  |\n| x | `y` |"),
        ("paragraph", "layout"),
        ("code", "```python\nx = 1\n\ny\n```"),
        ("paragraph", "**Mind**"),
        ("paragraph", "the gap"),
        ("paragraph", "said"),
        ("paragraph", "**More**"),
        ("paragraph", "inner"),
        ("paragraph", "**Gear**"),
        ("paragraph", "A wheel."),
    ]
    kinds = [[c.kind for c in block.containers] for block in made.content.blocks]
    assert kinds[6:10] == [["warning"], ["quote"], ["details"], ["details"]]


@pytest.mark.parametrize(
    ("math", "latex"),
    [
        ("<mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow></mfrac>", r"\frac{a}{b+1}"),
        ("<msqrt><msup><mi>x</mi><mn>2</mn></msup></msqrt>", r"\sqrt{x^2}"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
        (
            "<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><msub><mi>α</mi><mi>i</mi></msub>",
            r"\sum_i^n\alpha_i",
        ),
        ("<mi>sin</mi><mi>θ</mi><mo>≤</mo><mtext>one of</mtext>", r"\sin\theta\le\text{one of}"),
        (
            "<mo>(</mo><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr></mtable><mo>)</mo>",
            r"\begin{pmatrix}1 & 0\end{pmatrix}",
        ),
        ("<mover><mi>v</mi><mo>→</mo></mover>", r"\vec{v}"),
        (
            "<semantics><mi>q</mi><annotation encoding='text/x-tex'>E</annotation></semantics>",
            "E",
        ),
        ("<mfenced open='[' close=')'><mi>a</mi><mi>b</mi></mfenced>", "[a, b)"),
    ],
)  # fmt: skip
def test_formulas(tmp_path: Path, math: str, latex: str) -> None:
    made = text(tmp_path, f"<p>so <math>{math}</math></p>").removeprefix("so $").removesuffix("$")
    assert made.replace(" ", "") == latex.replace(" ", "")


def test_formulas_that_stand_alone_and_those_of_scripts(tmp_path: Path) -> None:
    made = page(
        tmp_path,
        "<body><p>A <span class='katex'><span class='katex-mathml'><math><semantics><mi>x</mi>"
        "<annotation encoding='application/x-tex'>x_1</annotation></semantics></math></span>"
        "<span class='katex-html' aria-hidden='true'>x1</span></span></p>"
        "<math display='block'><mi>y</mi></math><p>B $a_b * c_d*$ and \\(e_f\\)</p></body>",
        "<script src='https://cdn.test/mathjax.js'></script>",
    )
    assert of_kind(made, BlockKind.MATH) == ["$$\ny\n$$"]
    assert of_kind(made, BlockKind.PARAGRAPH) == ["A $x_1$", "B $a_b * c_d*$ and $e_f$"]


def test_footnotes(tmp_path: Path) -> None:
    made = text(
        tmp_path,
        "<p>Said<sup id='r1'><a href='#fn1'>1</a></sup>.</p><section role='doc-endnotes'><ol>"
        "<li id='fn1'><p>The <b>note</b>. <a href='#r1' role='doc-backlink'>↩</a></p></li></ol>"
        "</section>",
    )
    assert made == "Said[^1].\n\n[^1]: The **note**."


def test_encodings_are_those_that_pages_declare(tmp_path: Path) -> None:
    source = "<html lang='ru-ru'><meta charset='windows-1251'><p>Быть или не быть</p>"
    made = read(tmp_path, "a.html", source.encode("cp1251"))
    assert (made.content.text, made.language) == ("Быть или не быть", "ru-RU")


def test_headings_of_all_depths(tmp_path: Path) -> None:
    made = page(
        tmp_path,
        "<body><h2>A <code>b</code><a class='headerlink' href='#'>¶</a></h2><section id='s'>"
        "<h3><a id='t'></a>C</h3></section><section id='u'><h6>D</h6></section></body>",
    )
    assert headings(made) == [(2, "A b"), (3, "C"), (6, "D")]
    assert [each.anchor for each in made.content.headings] == ["a-b", "t", "u"]
