"""Does a pattern match an event? A plain evaluator: the oracle that proofs are checked against.

It follows the documented meaning word by word and knows nothing of proofs. Facts that surprise: `!=` is false on an
absent field; neither `=` nor `!=` holds on a list or an object; comparisons with `<` and the like never hold on a
JSON string; case matters everywhere.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, Final

from orgaudit.patterns.delimited import fields_of
from orgaudit.patterns.reading import REFERENCE, Reading
from orgaudit.patterns.regex import search_machine
from orgaudit.patterns.tree import (
    And,
    Atom,
    Column,
    Delimited,
    EmptyTerm,
    Field,
    Is,
    Match,
    Node,
    Not,
    NotExists,
    Number,
    Or,
    RawRegex,
    Selector,
    Term,
    Test,
    Text,
    Wild,
)


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""What a selector points to when there is nothing."""


class Event:
    """A log event: its raw text, and the JSON record in it (None if it is not a JSON object)."""

    def __init__(self, source: Mapping[str, Any] | str) -> None:
        self._source = source
        self._found: dict[Selector, list[tuple[Any, bool]]] = {}

    @cached_property
    def text(self) -> str:
        """The raw text; a record is written as CloudTrail writes it, without blanks."""
        return self._source if isinstance(self._source, str) else compact(self._source)

    @cached_property
    def record(self) -> Mapping[str, Any] | None:
        """The JSON object, or None."""
        if not isinstance(self._source, str):
            return self._source
        try:
            parsed = json.loads(self._source, parse_int=Decimal, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError):
            return None
        return parsed if isinstance(parsed, dict) else None

    def at(self, selector: Selector) -> list[tuple[Any, bool]]:
        """What the selector points to, as `find` says; nothing if there is no record."""
        found = self._found.get(selector)
        if found is None:
            found = self._found[selector] = [] if self.record is None else list(find(self.record, selector))
        return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def compact(value: Any) -> str:
    """JSON as CloudTrail delivers it: no blanks, characters beyond ASCII as they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def matches(node: Node, event: Event, reading: Reading = REFERENCE) -> bool:
    """Whether the expression holds for the event, under a reading of the open points."""
    if isinstance(node, And):
        return all(matches(part, event, reading) for part in node.parts)
    if isinstance(node, Or):
        return any(matches(part, event, reading) for part in node.parts)
    if isinstance(node, Not):
        return not matches(node.part, event, reading)
    return _atom_holds(node, event, reading)


def _atom_holds(atom: Atom, event: Event, reading: Reading) -> bool:
    if isinstance(atom, Field):
        return any(holds(atom.test, value, reading, under=under) for value, under in event.at(atom.selector))
    if isinstance(atom, Term):
        return contains(event.text, atom.text, reading)
    if isinstance(atom, RawRegex):
        return search_machine(atom.body, reading.dot_matches_newline).run(event.text)
    if isinstance(atom, EmptyTerm):
        return True
    return _delimited_holds(atom, event.text)


def find(value: Any, selector: Selector) -> Iterator[tuple[Any, bool]]:
    """What the selector points to: one value, or for a wildcard each one. ABSENT where there is nothing.

    With each comes whether its parent exists and could hold it.
    """
    if not selector:
        yield value, True
        return
    step, rest = selector[0], selector[1:]
    if isinstance(step, Wild):
        kind = dict if step is Wild.FIELD else list
        if isinstance(value, kind):
            for child in value.values() if isinstance(value, dict) else value:
                yield from find(child, rest)
        return
    child = ABSENT
    under = False
    if isinstance(step, int) and isinstance(value, list):
        child, under = (value[step] if step < len(value) else ABSENT), True
    elif isinstance(step, str) and isinstance(value, Mapping):
        child, under = value.get(step, ABSENT), True
    if child is ABSENT:
        yield ABSENT, under and not rest
    else:
        yield from find(child, rest)


def holds(test: Test, value: Any, reading: Reading = REFERENCE, *, under: bool = True) -> bool:
    """Whether a test holds for what its selector points to. under: the parent could hold the field."""
    if value is ABSENT:
        return isinstance(test, NotExists) and (under or reading.absent_below_scalar)
    if isinstance(test, NotExists) or isinstance(value, dict | list):
        return False
    if isinstance(test, Is):
        return value is {"NULL": None, "TRUE": True, "FALSE": False}[test.what]
    if value is None or isinstance(value, bool):
        return _word_holds(test, value, reading)
    if isinstance(value, str):
        return _string_holds(test, value, reading)
    return _number_holds(test, value, reading)


def _word_holds(test: Text | Match | Number, value: bool | None, reading: Reading) -> bool:
    """null, true and false under a comparison."""
    if value is None:
        text, is_text, differs = "null", reading.null_is_text, reading.null_differs
    else:
        text, is_text, differs = str(value).lower(), reading.boolean_is_text, reading.boolean_differs
    alike = is_text and not isinstance(test, Number) and _text_equals(test, text, reading)
    if test.op == "=":
        return alike
    return test.op == "!=" and differs and not alike


def _string_holds(test: Text | Match | Number, value: str, reading: Reading) -> bool:
    if isinstance(test, Number):
        if test.op not in ("=", "!="):
            return False
        equal = value == test.text and reading.equals_string(odd=test.odd)
    else:
        equal = _text_equals(test, value, reading)
    return equal == (test.op == "=")


def _text_equals(test: Text | Match, text: str, reading: Reading) -> bool:
    if isinstance(test, Match):
        return search_machine(test.body, reading.dot_matches_newline).run(text)
    return _like(text, test.value, reading)


def _number_holds(test: Text | Match | Number, value: Any, reading: Reading) -> bool:
    if isinstance(test, Number):
        return _compare(Decimal(str(value)), test)
    text = number_text(value, canonical=reading.number_text_is_canonical)
    if isinstance(test, Match) and not reading.regex_reads_numbers:
        return False
    return _text_equals(test, text, reading) == (test.op == "=")


def _compare(number: Decimal, test: Number) -> bool:
    other = test.value
    if not number.is_finite():
        return False
    if test.op == "=":
        return number == other
    if test.op == "!=":
        return number != other
    if test.op in ("<", "<="):
        return number < other or (test.op == "<=" and number == other)
    return number > other or (test.op == ">=" and number == other)


def number_text(value: Any, *, canonical: bool) -> str:
    """The text of a JSON number: the shortest plain decimal, or as it is spelled."""
    number = Decimal(str(value))
    if not canonical or abs(number.adjusted()) > 400:
        return str(value)
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _like(text: str, value: str, reading: Reading) -> bool:
    """Whether a text equals a value with `*` wildcards."""
    if "*" not in value:
        return text == value
    if not reading.inner_wildcard:
        return _like_outer(text, value)
    first, *middle, last = value.split("*")
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _like_outer(text: str, value: str) -> bool:
    """Only a `*` at the beginning or the end is a wildcard; any other stands for itself."""
    before, after = value.startswith("*"), value.endswith("*")
    core = value[before : len(value) - after] if value != "*" else ""
    if before and after:
        return core in text
    return text.endswith(core) if before else text.startswith(core) if after else text == core


def contains(text: str, term: str, reading: Reading = REFERENCE) -> bool:
    """Whether a raw text contains a term; as a whole word where the reading says so."""
    at = text.find(term)
    while at >= 0:
        end = at + len(term)
        if reading.term_inside_word or not (
            _joined(text[at - 1 : at], term[:1]) or _joined(term[-1:], text[end : end + 1])
        ):
            return True
        at = text.find(term, at + 1)
    return False


def _joined(left: str, right: str) -> bool:
    return all(char and char.isascii() and (char.isalnum() or char == "_") for char in (left, right))


def _delimited_holds(pattern: Delimited, line: str) -> bool:
    """Walks the columns with the set of field positions that can come next."""
    fields = fields_of(line)
    reached = {0}
    for column in pattern.columns:
        if column.name == "...":
            reached = set(range(min(reached), len(fields) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(fields) and _column_holds(column, fields[at])}
    return len(fields) in reached


def _column_holds(column: Column, field: str) -> bool:
    return not column.conditions or any(
        all(_field_holds(condition, field) for condition in part) for part in column.conditions
    )


def _field_holds(condition: Text | Match | Number, field: str) -> bool:
    if isinstance(condition, Number):
        try:
            return _compare(Decimal(field), condition)
        except ArithmeticError:
            return condition.op == "!="
    return _string_holds(condition, field, REFERENCE)
