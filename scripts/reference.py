"""Make docs/reference/: settings, commands, calls and metrics, as the code has them.

    .venv/bin/python scripts/reference.py

A test compares the kept pages with what this makes.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer.main

from glossator.app import create_app
from glossator.cli import command_line
from glossator.foundation.measures import CATALOGUE, Metric
from glossator.settings import Settings, variable

FOLDER = Path(__file__).parents[1] / "docs/reference"
_MADE = "<!-- Made by scripts/reference.py from the code; not written by hand. -->\n"
_SETTINGS = (
    "Read from the environment and from a file `.env` in the working folder; `glossator settings`"
    " shows the values in use. An empty default means: none, or what the meaning says."
)
_COMMANDS = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the book doesn't hold the answer, 4 below a"
    " threshold of `check`."
)
_API = (
    "What `GET /openapi.json` describes, in short; fields, forms and examples are there."
    " [The API](../guide/api.md) explains it. Of *who* may call, a *guest or user* sees more with"
    " a token than without one."
)
_PROBLEMS = "Errors are `application/problem+json`, each of one of these types."
_METRICS = (
    "What `GET /metrics` tells; [watching it](../guide/operations.md) says who may read them and"
    " what the stages are."
)
_GROUPS = {
    "auth": "Accounts",
    "books": "Books",
    "chapters": "Chapters",
    "personalize": "Chapters retold and translated",
    "translate": "Chapters retold and translated",
    "chat": "Questions",
    "ask": "Questions",
    "search": "Search",
    "upload": "Documents",
    "docs": "Documents",
    "user": "Progress",
    "usage": "Allowances",
    "widget": "The widget",
    "admin": "For authors and administrators",
    "v1": "OpenAI's protocol",
    "mcp": "Model Context Protocol",
}


def pages() -> dict[str, str]:
    """The text of each page by its file's name."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, data=Path(folder), log_level="warning")
        described = create_app(settings).openapi()
    return {
        "settings.md": settings_page(),
        "commands.md": commands_page(),
        "api.md": api_page(described),
        "metrics.md": metrics_page(CATALOGUE),
    }


def settings_page() -> str:
    """All settings in their order: name, values, default, meaning."""
    described = Settings.model_json_schema(by_alias=False)["properties"]
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory is not None else _default(field.get_default())
        values = ", ".join(_values(described[name]))
        rows.append((f"`{variable(name)}`", values, default, str(field.description)))
    return _page(
        "Settings",
        _SETTINGS,
        *_table(("name", "values", "default", "meaning"), rows),
    )


def _default(value: object) -> str:
    plain = getattr(value, "get_secret_value", lambda: value)()
    return "" if plain in (None, "") else f"`{plain}`"


def _values(schema: Mapping[str, Any]) -> Iterator[str]:
    if "anyOf" in schema:
        for part in schema["anyOf"]:
            yield from _values(part)
    elif "enum" in schema or "const" in schema:
        yield from (f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    elif schema.get("format") == "path":
        yield "path"
    elif schema.get("type") == "string":
        yield "secret" if schema.get("writeOnly") else "text"
    elif schema.get("type") in ("integer", "number"):
        kind = "whole number" if schema["type"] == "integer" else "number"
        yield f"{kind}{_bounds(schema)}"


def _bounds(schema: Mapping[str, Any]) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None:
        return f" {low:,} to {high:,}"
    if low is not None:
        return f" above {low:,}" if "exclusiveMinimum" in schema else f" from {low:,}"
    return ""


def commands_page() -> str:
    """All commands with what they take."""
    parts = [_COMMANDS]
    for words, command in _commands(typer.main.get_command(command_line()), ()):
        parts += ["", f"## {' '.join(words)}", "", str(command.help).strip(), ""]
        taken = [each for each in command.params if each.name != "help"]
        said = " ".join([*words, *(_usage(each) for each in taken if not _is_option(each))])
        parts += ["```text", f"{said}{' [OPTIONS]' if any(map(_is_option, taken)) else ''}", "```"]
        rows = [(_names(each), _explained(each)) for each in taken]
        parts += ["", *_table(("name", "meaning"), rows)] if rows else []
    return _page("Commands", *parts)


def _commands(group: Any, before: Sequence[str]) -> Iterator[tuple[Sequence[str], Any]]:
    for name, command in group.commands.items():
        words = (*before, name) if before else ("glossator", name)
        if hasattr(command, "commands"):
            yield from _commands(command, words)
        else:
            yield words, command


def _is_option(taken: Any) -> bool:
    return bool(taken.param_type_name == "option")


def _usage(taken: Any) -> str:
    name = str(taken.name).upper() + ("…" if taken.nargs == -1 else "")
    return name if taken.required else f"[{name}]"


def _names(taken: Any) -> str:
    if not _is_option(taken):
        return f"`{_usage(taken)}`"
    names = ", ".join(f"`{name}`" for name in [*taken.opts, *taken.secondary_opts])
    return names if taken.is_flag else f"{names} {_kind(taken)}"


def _kind(taken: Any) -> str:
    annotation = taken.type_descriptor.annotation
    if get_origin(annotation) is list:
        (annotation,) = get_args(annotation)
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(annotation))
    return {int: "number", float: "number", Path: "path"}.get(annotation, "text")


def _explained(taken: Any) -> str:
    told = [str(taken.help)] if taken.help else []
    if taken.min is not None:
        told.append(
            f"{taken.min} to {taken.max}." if taken.max is not None else f"From {taken.min}."
        )
    if taken.required and _is_option(taken):
        told.append("Needed.")
    if getattr(taken, "multiple", False):
        told.append("May be given several times.")
    if isinstance(taken.default, str | int | float) and not isinstance(taken.default, bool):
        told.append(f"Default: `{taken.default}`.")
    return " ".join(told)


def api_page(described: Mapping[str, Any]) -> str:
    """Every call of the description with the problems it may answer, and their types."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    problems: dict[str, tuple[str, ...]] = {}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            told = sorted(_problems(operation), key=_by_status)
            problems.update((row[0], row) for row in told)
            refusals = ", ".join(f"{status} {name}" for name, status, *_ in told)
            row = (f"`{method.upper()} {path}`", _does(operation), _who(operation), refusals)
            groups.setdefault(_group(path), []).append(row)
    parts = [_API]
    for name in sorted(groups, key=list(dict.fromkeys([*_GROUPS.values(), *groups])).index):
        head = ("call", "what", "who", "problems")
        parts += ["", f"## {name}", "", *_table(head, groups[name])]
    head = ("type", "status", "title", "such as")
    parts += ["", "## Problem types", "", _PROBLEMS, ""]
    parts += _table(head, sorted(problems.values(), key=_by_status))
    return _page("API", *parts)


def _by_status(row: Sequence[str]) -> tuple[str, str]:
    return row[1], row[0]


def _group(path: str) -> str:
    first, _, rest = path.strip("/").partition("/")
    return _GROUPS.get(rest.split("/")[0] if first == "api" else first, "The server")


def _does(operation: Mapping[str, Any]) -> str:
    told = " ".join(str(operation.get("description") or operation["summary"]).split())
    return re.split(r"(?<=[.;:])\s", told)[0].rstrip(".;:") + "."


def _who(operation: Mapping[str, Any]) -> str:
    needed = operation.get("security")
    if needed is None:
        return "anybody"
    return "guest or user" if {} in needed else "user"


def _problems(operation: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for answer in operation["responses"].values():
        shown = answer.get("content", {}).get("application/problem+json", {})
        for name, example in shown.get("examples", {}).items():
            told = example["value"]
            yield f"`{name}`", str(told["status"]), str(told["title"]), str(told["detail"])


def metrics_page(metrics: Iterable[Metric]) -> str:
    """Every metric with its labels and the bounds of its buckets."""
    rows = [
        (
            f"`{metric.name}`",
            metric.kind,
            ", ".join(metric.labels),
            metric.help,
            " ".join(f"{bound:g}" for bound in metric.buckets),
        )
        for metric in metrics
    ]
    return _page(
        "Metrics",
        _METRICS,
        *_table(("name", "kind", "labels", "meaning", "bounds"), rows),
    )


def _page(title: str, *parts: str) -> str:
    first, *others = parts
    lines = [f"# {title}", "", _MADE, first, *([""] if others and others[0] else []), *others]
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [_row(head), _row(["---"] * len(head))]
    return [*lines, *(_row([cell.replace("|", "\\|") for cell in row]) for row in rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
