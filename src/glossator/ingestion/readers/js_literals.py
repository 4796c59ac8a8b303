"""What a JavaScript or TypeScript settings file says literally, read from its syntax tree.

Nothing is run. Objects, arrays, strings, numbers, constants of the same file and spreads of
them are understood; everything else is `UNKNOWN`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_CHARS = 1_000_000
_MAX_DEPTH = 60
_MAX_NODES = 100_000


class _Unknown:
    """The value of what can't be told without running the program."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
_WRAPPERS = (
    "parenthesized_expression",
    "as_expression",
    "satisfies_expression",
    "non_null_expression",
    "await_expression",
)
_FUNCTIONS = ("arrow_function", "function_expression", "function_declaration", "function")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def exported_value(source: str) -> object:
    """What `export default` or `module.exports` of a file is, as far as it is literal.

    Objects come as dicts, arrays as lists, `undefined` as None. A function that is exported
    counts as what it returns. Gives `UNKNOWN` for files that are too long or export nothing.
    """
    if len(source) > MAX_CHARS:
        return UNKNOWN
    import tree_sitter_typescript
    from tree_sitter import Language, Parser

    parser = Parser(Language(tree_sitter_typescript.language_typescript()))
    tree = parser.parse(source.encode("utf-8", "replace"))
    return _Reader(tree.root_node).exported()


class _Reader:
    def __init__(self, root: Node) -> None:
        self._root = root
        self._constants: dict[str, Node] = {}
        self._functions: dict[str, Node] = {}
        self._export: Node | None = None
        self._left = _MAX_NODES

    def exported(self) -> object:
        for statement in self._root.named_children:
            self._statement(statement)
        return UNKNOWN if self._export is None else self._value(self._export, 0)

    def _statement(self, node: Node) -> None:
        if node.type in ("lexical_declaration", "variable_declaration"):
            for declarator in node.named_children:
                name = declarator.child_by_field_name("name")
                value = declarator.child_by_field_name("value")
                if name is not None and value is not None and name.type == "identifier":
                    self._constants[_text(name)] = value
        elif node.type == "function_declaration":
            name = node.child_by_field_name("name")
            if name is not None:
                self._functions[_text(name)] = node
        elif node.type == "export_statement":
            self._exporting(node)
        elif node.type == "expression_statement" and node.named_children:
            self._assignment(node.named_children[0])

    def _exporting(self, node: Node) -> None:
        declaration = node.child_by_field_name("declaration")
        if any(child.type == "default" for child in node.children):
            named = [child for child in node.named_children if child.type != "comment"]
            self._export = declaration or (named[-1] if named else None)
        elif declaration is not None:
            self._statement(declaration)

    def _assignment(self, node: Node) -> None:
        if node.type != "assignment_expression":
            return
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and _text(left) in ("module.exports", "exports.default", "exports"):
            self._export = right

    def _value(self, node: Node | None, depth: int) -> object:
        self._left -= 1
        if node is None or depth > _MAX_DEPTH or self._left < 0:
            return UNKNOWN
        if node.type in _WRAPPERS:
            return self._value(_first(node), depth + 1)
        if node.type in _FUNCTIONS:
            return self._returned(node, depth)
        plain = _PLAIN.get(node.type)
        if plain is not None:
            return plain(node)
        nested = {"object": self._object, "array": self._array, "identifier": self._identifier}
        return nested.get(node.type, self._computed)(node, depth)

    def _identifier(self, node: Node, depth: int) -> object:
        return self._named(_text(node), depth)

    def _computed(self, node: Node, depth: int) -> object:
        if node.type == "unary_expression":
            value = self._value(node.child_by_field_name("argument"), depth + 1)
            negative = _text(node).startswith("-") and isinstance(value, int | float)
            return -value if negative and isinstance(value, int | float) else UNKNOWN
        if node.type == "binary_expression":
            operator = node.child_by_field_name("operator")
            left = self._value(node.child_by_field_name("left"), depth + 1)
            right = self._value(node.child_by_field_name("right"), depth + 1)
            joins = operator is not None and _text(operator) == "+"
            return left + right if joins and _both_text(left, right) else UNKNOWN  # type: ignore[operator]
        if node.type == "member_expression":
            owner = self._value(node.child_by_field_name("object"), depth + 1)
            name = node.child_by_field_name("property")
            if isinstance(owner, dict) and name is not None:
                return owner.get(_text(name), UNKNOWN)
        if node.type == "call_expression":
            return self._call(node, depth)
        return UNKNOWN

    def _call(self, node: Node, depth: int) -> object:
        function = node.child_by_field_name("function")
        arguments = node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return UNKNOWN
        name = _text(function)
        given = [child for child in arguments.named_children if child.type != "comment"]
        if name == "require.resolve" and given:
            return self._value(given[0], depth + 1)
        if name in ("path.join", "path.resolve", "join", "resolve") and given:
            rest = given[1:] if _text(given[0]) in ("__dirname", "import.meta.dirname") else given
            parts = [self._value(part, depth + 1) for part in rest]
            texts = [part for part in parts if isinstance(part, str)]
            return "/".join(texts) if len(texts) == len(parts) else UNKNOWN
        return UNKNOWN

    def _named(self, name: str, depth: int) -> object:
        if name == "undefined":
            return None
        if name in self._constants:
            return self._value(self._constants[name], depth + 1)
        if name in self._functions:
            return self._returned(self._functions[name], depth + 1)
        return UNKNOWN

    def _returned(self, function: Node, depth: int) -> object:
        body = function.child_by_field_name("body")
        if body is None or body.type != "statement_block":
            return self._value(body, depth + 1)
        for statement in body.named_children:
            if statement.type == "return_statement":
                return self._value(_first(statement), depth + 1)
            if statement.type in ("lexical_declaration", "variable_declaration"):
                self._statement(statement)
        return UNKNOWN

    def _object(self, node: Node, depth: int) -> dict[str, object]:
        result: dict[str, object] = {}
        for child in node.named_children:
            if child.type == "pair":
                key = self._key(child.child_by_field_name("key"), depth)
                if key is not None:
                    result[key] = self._value(child.child_by_field_name("value"), depth + 1)
            elif child.type == "shorthand_property_identifier":
                result[_text(child)] = self._named(_text(child), depth + 1)
            elif child.type == "spread_element":
                spread = self._value(_first(child), depth + 1)
                if isinstance(spread, dict):
                    result.update(spread)
        return result

    def _key(self, node: Node | None, depth: int) -> str | None:
        if node is None:
            return None
        if node.type == "string":
            return _string(node)
        if node.type == "computed_property_name":
            value = self._value(_first(node), depth + 1)
            return value if isinstance(value, str) else None
        return _text(node)

    def _array(self, node: Node, depth: int) -> list[object]:
        result: list[object] = []
        for child in node.named_children:
            if child.type == "comment":
                continue
            if child.type != "spread_element":
                result.append(self._value(child, depth + 1))
                continue
            spread = self._value(_first(child), depth + 1)
            result += spread if isinstance(spread, list) else [UNKNOWN]
        return result


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _first(node: Node) -> Node | None:
    return next((child for child in node.named_children if child.type != "comment"), None)


def _both_text(left: object, right: object) -> bool:
    return isinstance(left, str) and isinstance(right, str) and len(left) + len(right) < 10_000


def _number(text: str) -> object:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return UNKNOWN


def _string(node: Node) -> str:
    return re.sub(
        r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.|\n))",
        _unescaped,
        _text(node)[1:-1],
    )


def _unescaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if not digits:
        return _ESCAPES.get(found[4], found[4])
    code = int(digits, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _template(node: Node) -> object:
    literal = all(child.type != "template_substitution" for child in node.named_children)
    return _string(node) if literal else UNKNOWN


_PLAIN: Mapping[str, Callable[[Node], object]] = {
    "string": _string,
    "template_string": _template,
    "number": lambda node: _number(_text(node)),
    "true": lambda _: True,
    "false": lambda _: False,
    "null": lambda _: None,
    "undefined": lambda _: None,
}


def dig(value: object, *path: str) -> object:
    """The value below `value` at these keys, UNKNOWN where the path leads nowhere."""
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return UNKNOWN
        value = value[key]
    return value
