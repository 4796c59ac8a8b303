"""What must not stand in the sources: code from data, templates of somebody's text, shells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src/glossator"
# Whoever imports one of these can be made to run what he reads.
MODULES = frozenset({
    "pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "jinja2", "mako", "joblib",
    "xmlrpc", "telnetlib", "ftplib", "lxml",
})  # fmt: skip
CALLS = frozenset({"eval", "exec", "compile", "__import__", "input"})
# `X.name(…)`, whatever X is; XML is read in one place.
METHODS = frozenset({
    "format_map", "safe_substitute", "substitute", "fromstring", "iterparse", "unsafe_load",
    "full_load",
})  # fmt: skip
FUNCTIONS = frozenset({"yaml.load", "os.system", "os.popen"})
XML = "ingestion/readers/safe_xml.py"
SAFE: dict[str, object] = {"shell": False, "verify": True, "allow_pickle": False,
                           "trust_remote_code": False}  # fmt: skip
# A file without one of these words isn't taken apart: that would be a second of work.
LIKELY = re.compile("|".join(
    rf"\b{word}\b" for word in (*MODULES, *CALLS, *METHODS, *SAFE, *FUNCTIONS, "format")
))  # fmt: skip


def troubles(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").partition(".")[0] in MODULES:
                yield str(node.module)
        elif isinstance(node, ast.Call):
            yield from _call(node)


def _call(node: ast.Call) -> Iterator[str]:
    called = node.func
    if isinstance(called, ast.Name) and called.id in CALLS:
        yield called.id
    if isinstance(called, ast.Attribute):
        owner = ast.unparse(called.value)
        # `"…{}".format(x)` and `_SENTENCE.format(x)` are ours; `text.format(x)` may be a reader's.
        ours = isinstance(called.value, ast.Constant) or owner.isupper()
        if called.attr in METHODS or (called.attr == "format" and not ours):
            yield f"{owner}.{called.attr}"
        if f"{owner}.{called.attr}" in FUNCTIONS:
            yield f"{owner}.{called.attr}"
    for word in node.keywords:
        if word.arg in SAFE and ast.unparse(word.value) != str(SAFE[word.arg]):
            yield str(word.arg)


def test_no_source_runs_what_it_reads():
    read = {path: path.read_text("utf-8") for path in sorted(SOURCES.rglob("*.py"))}
    found = {
        name: wrong
        for path, text in read.items()
        if (name := path.relative_to(SOURCES).as_posix()) != XML
        and LIKELY.search(text)
        and (wrong := sorted(set(troubles(text))))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from pickle import loads", "ElementTree.fromstring(x)", "eval(x)",
        "exec(x)", "yaml.load(x)", "yaml.unsafe_load(x)", "text.format(x)", "row.format_map(x)",
        "os.system(x)", "run(x, shell=True)", "get(x, verify=False)", "load(x, allow_pickle=True)",
        "from jinja2 import Environment", "Template(x).substitute(y)",
    ],
)  # fmt: skip
def test_each_of_them_would_be_noticed(source: str):
    assert LIKELY.search(source)
    assert list(troubles(source))


@pytest.mark.parametrize("source", ['"{}".format(x)', "re.compile(x)", "yaml.safe_load(x)"])
def test_what_is_harmless_is_left_alone(source: str):
    assert list(troubles(source)) == []


def test_the_built_pages_hold_no_secret_and_no_environment():
    web = SOURCES / "web"
    word = re.compile(r"process\.env|sk-[A-Za-z0-9_-]{20}|AKIA[0-9A-Z]{16}|-----BEGIN")
    found = [
        path.name
        for path in web.rglob("*")
        if path.suffix in (".js", ".html", ".css", ".json", ".map")
        and word.search(path.read_text("utf-8"))
    ]
    assert found == []
