"""Make packages/client/src/api.ts, the types of the calls that the TypeScript client makes.

    .venv/bin/python scripts/client_types.py

They are those of /openapi.json, and of nothing else: a call whose body or answer has no schema
there has none here.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from glossator.app import create_app
from glossator.settings import Settings

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "packages/client/src/api.ts"
CALLS = (
    ("post", "/api/auth/login"),
    ("get", "/api/auth/me"),
    ("get", "/api/books"),
    ("get", "/api/books/{book_id}"),
    ("get", "/api/chapters/{chapter_id}"),
    ("post", "/api/search"),
    ("post", "/api/chat/ask"),
    ("post", "/api/chat/selected-text"),
    ("post", "/api/chat/messages/{message_id}/feedback"),
    ("get", "/api/user/progress"),
    ("post", "/api/user/progress/mark"),
    ("get", "/api/usage"),
)
_HEAD = "// Made by scripts/client_types.py from the server's description; not written by hand.\n"
_PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean",
          "null": "null"}  # fmt: skip
_REFERENCE = "#/components/schemas/"
Schema = Mapping[str, Any]


def made(description: Mapping[str, Any]) -> str:
    """The file's text for a description."""
    schemas: dict[str, Schema] = description["components"]["schemas"]
    calls = {
        f"{method.upper()} {path}": description["paths"][path][method] for method, path in CALLS
    }
    lines = [_HEAD]
    wanted = sorted(_reached(schemas, [part for call in calls.values() for part in _parts(call)]))
    for name in wanted:
        lines += [*_comment(schemas[name].get("description")), _declared(name, schemas[name]), ""]
    lines += ["/** What each call takes and answers. */", "export interface Calls {"]
    for key, call in calls.items():
        body, answer = _parts(call)
        lines += [*_comment(call.get("description"), "  ")]
        lines.append(f'  "{key}": {{ body: {_type(body)}; answer: {_type(answer)} }};')
    return "\n".join([*lines, "}", ""])


def _parts(call: Mapping[str, Any]) -> tuple[Schema, Schema]:
    """The schemas of a call's body and of its good answer; without one it is nothing."""
    body = call.get("requestBody", {}).get("content", {}).get("application/json", {})
    good = next(answer for code, answer in call["responses"].items() if code < "300")
    answer = good.get("content", {}).get("application/json", {})
    return body.get("schema", {"type": "null"}), answer.get("schema", {"type": "null"})


def _reached(schemas: Mapping[str, Schema], begin: list[Schema]) -> set[str]:
    found: set[str] = {"Problem", "InvalidProblem"}
    waiting = [*begin, *(schemas[name] for name in found)]
    while waiting:
        for name in set(_named(waiting.pop())) - found:
            found.add(name)
            waiting.append(schemas[name])
    return found


def _named(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield _name(schema["$ref"])
        for part in schema.values():
            yield from _named(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _named(part)


def _declared(name: str, schema: Schema) -> str:
    if schema.get("type") == "object" and "properties" in schema:
        return f"export interface {name} {_object(schema, '')}"
    return f"export type {name} = {_type(schema)};"


def _object(schema: Schema, indent: str) -> str:
    inside, needed = f"{indent}  ", schema.get("required", ())
    lines = ["{"]
    for name, part in schema["properties"].items():
        lines += _comment(part.get("description"), inside)
        key = name if re.fullmatch(r"[A-Za-z_]\w*", name) else f'"{name}"'
        lines.append(f"{inside}{key}{'' if name in needed else '?'}: {_type(part, inside)};")
    return "\n".join([*lines, f"{indent}}}"])


def _type(schema: Schema, indent: str = "") -> str:
    if "type" in schema and not {"const", "enum", "allOf"} & set(schema):
        return _of_kind(schema, indent)
    match schema:
        case {"$ref": reference}:
            return _name(reference)
        case {"enum": [*values]} | {"const": values}:
            one_of = values if isinstance(values, list) else [values]
            return " | ".join(_literal(value) for value in one_of)
        case {"anyOf": parts} | {"oneOf": parts}:
            kinds = dict.fromkeys(_type(part, indent) for part in parts)
            return " | ".join(kinds)
        case {"allOf": parts}:
            own = [_object(schema, indent)] if "properties" in schema else []
            return " & ".join([*(_type(part, indent) for part in parts), *own])
    return "unknown"


def _of_kind(schema: Schema, indent: str) -> str:
    match schema:
        case {"type": "array", "items": items}:
            inner = _type(items, indent)
            return f"({inner})[]" if re.search(r"[|&]", inner) else f"{inner}[]"
        case {"type": "object", "properties": _}:
            return _object(schema, indent)
        case {"type": "object", "additionalProperties": Mapping() as values}:
            return f"Record<string, {_type(values, indent)}>"
        case {"type": "object"}:
            return "Record<string, unknown>"
    return _PLAIN.get(schema["type"], "unknown")


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _name(reference: str) -> str:
    return reference.removeprefix(_REFERENCE)


def _comment(text: str | None, indent: str = "") -> list[str]:
    return [f"{indent}/** {' '.join(text.split())} */"] if text else []


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(_env_file=None, data=Path(folder)))
        KEPT.write_text(made(app.openapi()), "utf-8")


if __name__ == "__main__":
    main()
