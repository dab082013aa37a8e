"""Expression to canonical text, which parses to the same expression."""

import re

from orgaudit.patterns.json_syntax import is_number
from orgaudit.patterns.tree import (
    EVERYTHING,
    And,
    Column,
    Delimited,
    EmptyTerm,
    Field,
    Is,
    Match,
    Node,
    Not,
    Number,
    Or,
    RawRegex,
    Selector,
    Term,
    Test,
    Text,
    Wild,
)

_WORD = re.compile(r"[A-Za-z_*][A-Za-z0-9_*]*", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_TERM = re.compile(r"[A-Za-z0-9_]+", re.ASCII)


def print_pattern(kind: str, node: Node) -> str:
    """The canonical text of a parsed pattern of that kind."""
    if kind == "all":
        return ""
    if kind == "json":
        return f"{{ {print_condition(node)} }}"
    if isinstance(node, RawRegex):
        return f"%{node.body}%"
    if isinstance(node, Delimited):
        return f"[{', '.join(map(_column, node.columns))}]"
    if isinstance(node, Or):
        return " ".join("?" + _term(part) for part in node.parts)
    if node == Term(" "):
        return '?" "'  # without the mark it would be the pattern that matches every event
    return " ".join(map(_term, node.parts if isinstance(node, And) else (node,)))


def describe(node: Node) -> str:
    """A readable text of an expression that no single filter pattern can say (kinds mixed)."""
    if node == EVERYTHING:
        return "everything"
    if isinstance(node, And | Or):
        word = " and " if isinstance(node, And) else " or "
        return "(" + word.join(map(describe, node.parts)) + ")" if node.parts else "nothing"
    if isinstance(node, Not):
        return "not " + describe(node.part)
    if isinstance(node, Field):
        return print_condition(node)
    return print_pattern("raw", node)


def print_condition(node: Node) -> str:
    """The inside of a JSON pattern; raises TypeError for what JSON patterns cannot say."""
    if isinstance(node, Or):
        return " || ".join(_operand(part) for part in node.parts)
    if isinstance(node, And):
        return " && ".join(_operand(part) for part in node.parts)
    if isinstance(node, Field):
        return f"{print_selector(node.selector)} {_test(node.test)}"
    raise TypeError(f"not a JSON condition: {node!r}")


def _operand(node: Node) -> str:
    return f"({print_condition(node)})"


def print_selector(selector: Selector) -> str:
    """The selector as a pattern writes it."""
    return "$" + "".join(map(_step, selector))


def _step(step: str | int | Wild) -> str:
    if isinstance(step, Wild):
        return step.value
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _NAME.fullmatch(step) else f".['{step}']"


def _test(test: Test) -> str:
    if isinstance(test, Text):
        return f"{test.op} {_value(test.value)}"
    if isinstance(test, Match):
        return f"{test.op} %{test.body}%"
    if isinstance(test, Number):
        return f"{test.op} {test.text}"
    return f"IS {test.what}" if isinstance(test, Is) else "NOT EXISTS"


def _value(value: str) -> str:
    return value if _WORD.fullmatch(value) and not is_number(value) else quote(value)


def quote(value: str) -> str:
    """The value as a string in double quotes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _term(node: Node) -> str:
    if isinstance(node, Not):
        return "-" + _term(node.part)
    if isinstance(node, EmptyTerm):
        return '""'
    assert isinstance(node, Term)
    return node.text if _TERM.fullmatch(node.text) else quote(node.text)


def _column(column: Column) -> str:
    if not column.conditions:
        return column.name
    return " || ".join(
        " && ".join(f"{column.name} {_test(condition)}" for condition in part) for part in column.conditions
    )
