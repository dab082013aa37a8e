"""The few metric math expressions whose outcome is certain.

``m1``; ``FILL(m1, 0)``; ``SUM([m1, m2])`` and ``SUM(METRICS())``, which skip missing points; ``m1 + m2``, which has no
point where a side is missing. Everything else is undecided, never guessed.
Source: CloudWatch User Guide, "Using metric math" (read 2026-11); that SUM skips missing points is inferred.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from orgaudit.model.values import Row, flag

Value = float | None
"""A period's value; None is a missing point."""
Values = Callable[[str], Value]
"""The value of a series, by its id."""


class UndecidedError(Exception):
    """An expression, or a query, outside what is decided; the message says what."""


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_TOKEN = re.compile(r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<sign>[(),+\[\]]))")


def tokens(expression: str) -> list[str]:
    """The tokens of an expression; raises UndecidedError for a character outside the decided language."""
    found: list[str] = []
    position = 0
    text = expression.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UndecidedError(f"the metric math expression {expression!r}")
        found.append(match[0].strip())
        position = match.end()
    return found


class Expression:
    """A parsed expression: evaluates with the values of the series it names."""

    def __init__(self, text: str, queries: Mapping[str, Row]) -> None:
        self.text = text
        self._queries = queries
        self._left = tokens(text)
        self._evaluate = self._sum()
        if self._left:
            raise UndecidedError(f"the metric math expression {text!r}")

    def value(self, values: Values) -> Value:
        """The value of the expression."""
        return self._evaluate(values)

    def _next(self, expected: str = "") -> str:
        if not self._left or (expected and self._left[0] != expected):
            raise UndecidedError(f"the metric math expression {self.text!r}")
        return self._left.pop(0)

    def _sum(self) -> Callable[[Values], Value]:
        terms = [self._term()]
        while self._left and self._left[0] == "+":
            self._next("+")
            terms.append(self._term())
        if len(terms) == 1:
            return terms[0]
        return lambda values: _strict_sum([term(values) for term in terms])

    def _term(self) -> Callable[[Values], Value]:
        name = self._next()
        if name == "(":
            inner = self._sum()
            self._next(")")
            return inner
        if name == "FILL":
            return self._fill()
        if name == "SUM":
            return self._skipping_sum()
        if name not in self._queries:
            raise UndecidedError(f"the metric math expression {self.text!r}")
        return lambda values: values(name)

    def _fill(self) -> Callable[[Values], Value]:
        self._next("(")
        inner = self._sum()
        self._next(",")
        number = self._next()
        if not _NUMBER.fullmatch(number):  # REPEAT, LINEAR, another series
            raise UndecidedError(f"the metric math expression {self.text!r}")
        filler = float(number)
        self._next(")")

        def filled(values: Values) -> Value:
            value = inner(values)
            return filler if value is None else value

        return filled

    def _skipping_sum(self) -> Callable[[Values], Value]:
        self._next("(")
        if self._left[:1] == ["METRICS"]:
            for sign in ("METRICS", "(", ")", ")"):
                self._next(sign)
            # METRICS() is every metric of the alarm, not the expressions
            names = [name for name, query in self._queries.items() if query.get("MetricStat")]
            return lambda values: _sum_of_present([values(name) for name in names])
        self._next("[")
        terms = [self._sum()]
        while self._left[:1] == [","]:
            self._next(",")
            terms.append(self._sum())
        self._next("]")
        self._next(")")
        return lambda values: _sum_of_present([term(values) for term in terms])


def _strict_sum(parts: list[Value]) -> Value:
    present = [part for part in parts if part is not None]
    return sum(present) if len(present) == len(parts) else None


def _sum_of_present(parts: list[Value]) -> Value:
    present = [part for part in parts if part is not None]
    return sum(present) if present else None


def evaluated_query(queries: list[Any], values: Values) -> Value:
    """The value of the query that an alarm watches (the one that returns data), given its series' values.

    queries: MetricDataQuery structures. Raises UndecidedError where the outcome is not certain.
    """
    by_id = {str(query.get("Id")): query for query in queries if isinstance(query, dict)}
    # ReturnData is true unless it is said to be false; an alarm has exactly one query that returns data
    watched = [name for name, query in by_id.items() if flag(query.get("ReturnData")) is not False]
    if len(watched) != 1:
        raise UndecidedError("which of its metric queries the alarm watches")
    return _value_of(watched[0], by_id, values, ())


def _value_of(name: str, by_id: Mapping[str, Row], values: Values, above: tuple[str, ...]) -> Value:
    if name in above:
        raise UndecidedError("metric queries that refer to each other in a circle")
    query = by_id[name]
    if not query.get("Expression"):
        return values(name)
    expression = Expression(str(query["Expression"]), by_id)
    return expression.value(lambda other: _value_of(other, by_id, values, (*above, name)))
