# ruff: noqa: E501 (a source reads best in one piece)
"""MDX -> neutral Markdown: tags and imports go, every word stays, nothing runs."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from glossator.ingestion.canonical import build
from glossator.ingestion.readers.mdx import Partial, convert
from glossator.ingestion.slugs import github_slugger

FILES = {
    "_a.mdx": "import B from './sub/_b.md';\n\nFrom a.\n\n<B />\n",
    "sub/_b.md": "From b.\n\n```js\nimport x from 'y';\n\n<T/>\n```\n",
    "_loop.mdx": "import L from './_loop.mdx';\n\nOnce.\n\n<L/>\n",
    "_bomb.mdx": "import L from './_bomb2.mdx';\n" + "<L/>\n" * 50,
    "_bomb2.mdx": "import L from './_bomb.mdx';\n" + "<L/>\n" * 50,
}


def load(_path: str, target: str) -> Partial | None:
    name = target.removeprefix("./")
    return Partial(name, FILES[name]) if name in FILES else None


def neutral(text: str) -> str:
    return convert(text, path="page.mdx", load=load)[0]


def blocks(text: str) -> list[str]:
    content, _ = build(neutral(text), slug=github_slugger(), indented_code=False)
    return [content.text[block.start : block.end] for block in content.blocks]


def test_imports_and_exports_go_but_prose_that_looks_like_them_stays() -> None:
    source = (
        "import Tabs from '@theme/Tabs';\nimport {\n  A,\n  B,\n} from './x';\nimport './style.css'\n"
        "export const Red = ({children}) => (\n  <b style={{color: 'red'}}>\n\n    {children}\n  </b>\n);\n"
        "export default function X() {\n\n  return 1;\n}\n\n"
        "import duties are high.\nexport volumes are low.\n\n```js\nimport a from 'b';\n```\n"
    )
    assert blocks(source) == [
        "import duties are high.\nexport volumes are low.",
        "```js\nimport a from 'b';\n```",
    ]


def test_tags_go_and_the_words_in_them_stay() -> None:
    source = (
        'foo\n<Red color="#25c2a0" style={{width: "1>2"}}>green</Red> and <Icon/> text.\n\n'
        "<div className={x > 1 ? 'a' : 'b'}>\n    Some **bold** text.\n    <p>Next.</p>\n</div>\n\n"
        "<Card title=\"The card\" description='What it says' />\n\n<X.Y>in a member</X.Y>\n\n"
        "<style>{`p { color: red }`}</style>\n"
    )
    assert blocks(source) == [
        "foo\ngreen and  text.",
        "Some **bold** text.",
        "Next.",
        "**The card**",
        "What it says",
        "in a member",
    ]


def test_generics_and_placeholders_in_prose_stay() -> None:
    text = "Box<T>, Promise<void>, Map<string, number>, a < b, `<b>{x}</b>`, $\\frac{a}{b}$ and <3."
    assert blocks(text) == [text]


def test_expressions_go_but_literals_and_words_stay() -> None:
    source = "A{' '}{variable} {a.b(c)} {/* note */}{'{'}x{\"}\"} {`<T>`} {two words} \\{y\\}.\n"
    assert blocks(source) == ["A {x} <T> {two words} {y}."]
    assert blocks("## Title {/* #own */}\n\n## Other {#mine}\n") == ["## Title", "## Other"]


def test_tabs_become_tabs_with_the_label_a_reader_sees() -> None:
    source = (
        "<Tabs values={[{label: 'Apple', value: 'apple'}]}>\n  <TabItem value=\"apple\">\n\n"
        "    An apple.\n\n    ```py\n    if x:\n        y\n    ```\n  </TabItem>\n"
        '  <TabItem value="o" label="Orange > b">An orange</TabItem>\n'
        '  <TabItem value="plain">Plain</TabItem>\n</Tabs>\n'
    )
    assert blocks(source) == [
        "**Apple**",
        "An apple.",
        "```py\nif x:\n    y\n```",
        "**Orange > b**",
        "An orange",
        "**plain**",
        "Plain",
    ]


def test_folds_and_admonitions_nest() -> None:
    source = (
        "<details>\n  <summary>Click <b>me</b></summary>\n  <div>Outer\n  <details><summary>More</summary>"
        "deep</details></div>\n</details>\n\n::::note[With `code`]\n\n:::caution\nHot\n:::\n\n::::\n\n"
        '<Admonition type="tip" title="T">x</Admonition>\n\n:::danger Take care\nz\n:::\n'
    )
    assert blocks(source) == [
        "**Click me**", "Outer", "**More**", "deep", "**With `code`**", "**Caution**", "Hot",
        "**T**", "x", "**Take care**", "z",
    ]  # fmt: skip


def test_a_directives_own_attributes_are_no_expression() -> None:
    assert blocks(':::tip{title="Mind this"}\nx\n:::\n') == ["**Mind this**", "x"]


def test_html_tables_lists_pictures_and_listings() -> None:
    source = (
        "<table>\n  <tr><th style={{a: 1}}>H `<b>`</th><th>I</th></tr>\n\n"
        "  <tr><td><div>c</div></td><td>d<br/>e</td></tr>\n</table>\n\n"
        "<ul>\n  <li>One</li>\n  <li>\n    Two\n  </li>\n</ul>\n\n"
        "<img src={require('./a.png').default} alt=\"A cat\" />\n\n"
        '<CodeBlock language="py" title="t.py">{`def f():\n    return 1`}</CodeBlock>\n\n'
        "<h2 id='own'>Head <em>line</em></h2>\n\n| a | b |\n|---|---|\n| <div>x</div> | y<br/>z |\n"
    )
    assert blocks(source) == [
        "| H `<b>` | I |\n| --- | --- |\n| c | d e |",
        "- One\n- Two",
        "![A cat](./a.png)",
        "**t.py**",
        "```py\ndef f():\n    return 1\n```",
        "## Head line",
        "| a | b |\n| --- | --- |\n| x | y z |",
    ]


def test_imported_markdown_is_put_in_its_place_even_in_a_list() -> None:
    source = "import A from './_a.mdx';\n\nBefore\n\n- item\n\n  <A />\n\n- next\n\nAfter\n"
    assert blocks(source) == [
        "Before",
        "- item\n\n  From a.\n\n  From b.\n\n  ```js\n  import x from 'y';\n\n  <T/>\n  ```\n\n- next",
        "After",
    ]


def test_a_partial_that_is_missing_loops_or_explodes_is_a_warning() -> None:
    text, warnings = convert("import X from './_x.mdx';\n\nText <X/>\n", load=load)
    assert "Text" in text
    assert warnings == [
        "The imported file ./_x.mdx isn't in the book's folder; its text is missing."
    ]
    text, warnings = convert("import L from './_loop.mdx';\n\n<L/>\n", load=load)
    assert text.count("Once.") == 1
    assert "imports itself" in warnings[0]
    start = time.process_time()
    _, warnings = convert("import L from './_bomb.mdx';\n\n<L/>\n", load=load)
    assert warnings
    assert time.process_time() - start < 5


def test_highlighting_comments_are_not_shown_and_code_is_kept() -> None:
    source = "```js title='a.js'\n// highlight-next-line\nconst a = <div>{x}</div>;\n```\n"
    assert blocks(source) == ["**`a.js`**", "```js\nconst a = <div>{x}</div>;\n```"]


PARTS = st.lists(
    st.sampled_from(
        [
            "<Tabs>", "</Tabs>", '<TabItem label="x">', "</TabItem>", "<details>", "<summary>", "text",
            "</summary>", "</details>", "{", "}", "{x}", "{'a'}", "`", "```", "import A from './_a.mdx'",
            "<A/>", "<A>", "</A>", "<", ">", "<div", "style={{a: '}'}}", "export const a = {", "$", "$$",
            ":::note", ":::", "- ", "  ", "\n", "\n\n", "<table>", "<td>", "</table>", "<ul>", "<li>",
            "</ul>", "<!--", "-->", "|", "# ", "<h1>", "</h1>", "<pre>", "</pre>", "<code>", "</code>",
            "\\", '"', "'", "Box<T>",
        ]
    )
    | st.text(max_size=5),
    max_size=40,
).map("".join)  # fmt: skip


@given(PARTS)
@example("\\```")
@settings(max_examples=300, deadline=None)
def test_anything_can_be_read(source: str) -> None:
    blocks(source)


@given(st.lists(st.from_regex(r"w[a-z]{2,8}[.,]?", fullmatch=True), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_no_word_is_lost_between_tags(words: list[str]) -> None:
    wrappers = ["<div>\n{}\n</div>", "<b>{}</b>", "<details><summary>{}</summary></details>", "{}"]
    source = "\n\n".join(
        wrappers[number % len(wrappers)].replace("{}", word) for number, word in enumerate(words)
    )
    found = "\n".join(blocks(source)).replace("*", "").split()
    assert found == words


@pytest.mark.parametrize(
    "source",
    [
        "{" * 200_000, '{"' * 100_000, "<A b={" * 30_000, '<A b="' * 30_000, "<A/>" * 30_000,
        "<Tabs>" * 20_000, "<details><summary>" * 10_000, "`a``b" * 30_000, "$a " * 60_000,
        "<!-- " * 40_000, "import x\n" * 20_000, "import {" + "a," * 80_000, "export const a = {\n" * 9_000,
        "> " * 80_000, "- " * 80_000, "```\n" * 40_000, ":::a\n" * 30_000, "<ul><li>" * 20_000,
        "<h1>" * 20_000 + "</h1>" * 20_000, "|<div>" * 20_000, "{//\n" * 40_000,
    ],
    ids=lambda source: source[:12],
)  # fmt: skip
def test_hostile_mdx_takes_time_in_proportion(source: str) -> None:
    start = time.process_time()
    convert(source)
    assert time.process_time() - start < 8
