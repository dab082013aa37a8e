"""A parsed filter pattern, and how patterns combine."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

from orgaudit.patterns.printing import describe, print_pattern, print_selector, quote
from orgaudit.patterns.semantics import Event, matches
from orgaudit.patterns.syntax import parse_text
from orgaudit.patterns.tree import EVERYTHING, And, Atom, Field, Node, Or, Step, Text, atoms, conjunction, disjunction


class Pattern:
    """One filter pattern, or a combination of several. Immutable; equal patterns have equal expressions.

    kind: "all", "json", "terms", "regex", "delimited", or "combined" for what no single pattern text can say.
    text: as it was written. node: its expression. `str()` gives the canonical text, which parses to the same pattern
    (for a combined pattern: a readable description).
    """

    kind: str
    node: Node
    text: str
    _hash: int

    def __init__(self, kind: str, node: Node, text: str | None = None) -> None:
        set_ = object.__setattr__
        set_(self, "kind", kind)
        set_(self, "node", node)
        set_(self, "text", str(self) if text is None else text)
        set_(self, "_hash", hash((Pattern, node)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Pattern cannot be changed: {name}")

    def __reduce__(self) -> tuple[object, ...]:
        return Pattern, (self.kind, self.node, self.text)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Pattern) and self.node == other.node)

    def __str__(self) -> str:
        return describe(self.node) if self.kind == "combined" else print_pattern(self.kind, self.node)

    def __repr__(self) -> str:
        return f"Pattern({str(self)!r})"

    def matches(self, event: Mapping[str, Any] | str) -> bool:
        """Whether the pattern matches one event: a CloudTrail record, or raw log text.

        >>> parse('{ $.eventName = Create* }').matches({"eventName": "CreateVpc"})
        True
        """
        return matches(self.node, Event(event))

    def narrowed(self, by: "Pattern | str") -> "Pattern":
        """The pattern that matches what both match, whatever their kinds."""
        return all_of((self, by))

    @cached_property
    def atoms(self) -> tuple[Atom, ...]:
        """Its tests and terms, each once, in the order of the text."""
        return tuple(dict.fromkeys(atoms(self.node)))

    @cached_property
    def selectors(self) -> frozenset[str]:
        """The field paths that the pattern mentions, as `eventName` or `userIdentity.type`."""
        return frozenset(print_selector(a.selector)[2:] for a in self.atoms if isinstance(a, Field))

    @cached_property
    def fields(self) -> frozenset[Step]:
        """The top-level fields that a selector begins with."""
        return frozenset(atom.selector[0] for atom in self.atoms if isinstance(atom, Field))

    @cached_property
    def sees_all(self) -> bool:
        """Whether any field can matter: the raw text is searched, or a selector begins with a wildcard."""
        return not all(isinstance(atom, Field) and isinstance(atom.selector[0], str) for atom in self.atoms)

    @cached_property
    def fact(self) -> tuple[str, str] | None:
        """Field and value, for a pattern that says no more than that one top-level field equals one string."""
        node = self.node
        if not isinstance(node, Field) or len(node.selector) > 1 or not isinstance(node.selector[0], str):
            return None
        test = node.test
        exact = isinstance(test, Text) and test.op == "=" and "*" not in test.value
        return (node.selector[0], test.value) if exact and isinstance(test, Text) else None


PatternLike = Pattern | str


@lru_cache(maxsize=65536)
def parse(text: str) -> Pattern:
    """The pattern that a text denotes. Raises PatternSyntaxError, whose message carries the column.

    >>> str(parse('{($.a=b)||($.c NOT EXISTS)}'))
    '{ ($.a = b) || ($.c NOT EXISTS) }'
    """
    kind, node = parse_text(text)
    return Pattern(kind, node, text)


def as_pattern(pattern: PatternLike) -> Pattern:
    """The pattern itself, or the one that a text denotes."""
    return pattern if isinstance(pattern, Pattern) else parse(pattern)


def all_of(patterns: Iterable[PatternLike]) -> Pattern:
    """The pattern that matches what all of them match; of none: every event."""
    return _all_of(tuple(map(as_pattern, patterns)))


@lru_cache(maxsize=65536)
def _all_of(patterns: tuple[Pattern, ...]) -> Pattern:
    distinct = [pattern for pattern in dict.fromkeys(patterns) if pattern.node != EVERYTHING]
    return _combined(conjunction(pattern.node for pattern in distinct), distinct)


def any_of(patterns: Iterable[PatternLike]) -> Pattern:
    """The pattern that matches what at least one of them matches; of none: no event."""
    return _any_of(tuple(map(as_pattern, patterns)))


@lru_cache(maxsize=65536)
def _any_of(patterns: tuple[Pattern, ...]) -> Pattern:
    distinct = list(dict.fromkeys(patterns))
    return _combined(disjunction(pattern.node for pattern in distinct), distinct)


def _combined(node: Node, parts: list[Pattern]) -> Pattern:
    if len(parts) == 1:
        return parts[0]
    if node == EVERYTHING:
        return Pattern("all", node)
    return Pattern("json" if parts and all(part.kind == "json" for part in parts) else "combined", node)


def literal(value: str) -> str:
    """A pattern string that stands for exactly this value, for use behind `=` or `!=`.

    Raises ValueError if the language cannot say it: `*` is always a wildcard, control characters have no escape.

    >>> literal('a "b"')
    '"a \\\\"b\\\\""'
    """
    if "*" in value:
        raise ValueError(f"a filter pattern cannot say {value!r} exactly: * is a wildcard")
    if not value.isprintable():
        raise ValueError(f"a filter pattern cannot say {value!r}: it has characters that cannot be printed")
    return quote(value)


def selectors(pattern: PatternLike) -> frozenset[str]:
    """The field paths that a pattern mentions, as `eventName` or `userIdentity.type`."""
    return as_pattern(pattern).selectors


def disjuncts(node: Node) -> Iterator[Node]:
    """The alternatives at the top of an expression, as conjunctions.

    Distributes `&&` over `||`; stops at 64 alternatives and then keeps the rest together.
    """
    if isinstance(node, Or):
        for part in node.parts:
            yield from disjuncts(part)
    elif isinstance(node, And):
        for at, part in enumerate(node.parts):
            if isinstance(part, Or) and part.parts:
                rest = node.parts[:at] + node.parts[at + 1 :]
                for alternative in part.parts:
                    yield from disjuncts(conjunction((alternative, *rest)))
                return
        yield node
    else:
        yield node
