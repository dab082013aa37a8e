"""The one expression language behind every kind of filter pattern.

A pattern, whatever its kind, is a Boolean expression over three sorts of atoms: a test of a field, a term in the raw
text, a regular expression over the raw text. Proof and evaluation know nothing else.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Literal


class Wild(Enum):
    """A step of a selector that stands for every field, or every element."""

    FIELD = ".*"
    ELEMENT = "[*]"


Step = str | int | Wild
Selector = tuple[Step, ...]
Equality = Literal["=", "!="]
Comparison = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Text:
    """`= value` or `!= value`, quoted or not; `*` in the value is the wildcard."""

    op: Equality
    value: str


@dataclass(frozen=True, slots=True)
class Match:
    """`= %body%` or `!= %body%`: an unanchored regular expression."""

    op: Equality
    body: str


_PLAIN = re.compile(r"0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]*[1-9]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Number:
    """A comparison with an unquoted number; `text` is how the pattern spells it."""

    op: Comparison
    text: str

    @property
    def value(self) -> Decimal:
        """The number, exactly."""
        return Decimal(self.text)

    @property
    def odd(self) -> bool:
        """Whether the text is another than the shortest plain decimal: leading zeros, `+`, an exponent, `12.0`."""
        return _PLAIN.fullmatch(self.text) is None


@dataclass(frozen=True, slots=True)
class Is:
    """`IS NULL`, `IS TRUE` or `IS FALSE`."""

    what: Literal["NULL", "TRUE", "FALSE"]


@dataclass(frozen=True, slots=True)
class NotExists:
    """`NOT EXISTS`."""


Test = Text | Match | Number | Is | NotExists


@dataclass(frozen=True, slots=True)
class Field:
    """A test of what a selector points to."""

    selector: Selector
    test: Test

    @property
    def wild(self) -> bool:
        """Whether the selector has a wildcard step."""
        return any(isinstance(step, Wild) for step in self.selector)


@dataclass(frozen=True, slots=True)
class Term:
    """The raw text contains this word or phrase."""

    text: str


@dataclass(frozen=True, slots=True)
class RawRegex:
    """The raw text contains a match of this regular expression."""

    body: str


@dataclass(frozen=True, slots=True)
class Column:
    """One entry of a space-delimited pattern: a name (`...` for a run of them) with its conditions.

    conditions: alternatives of conjunctions, as `||` binds weaker than `&&`; empty when there are none.
    """

    name: str
    conditions: tuple[tuple[Text | Match | Number, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Delimited:
    """A space-delimited pattern. What it means on a JSON record is not documented."""

    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class EmptyTerm:
    """Terms with the phrase `""` among them, whose meaning is not documented."""


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; no parts: always true."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds; no parts: never true."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold. In the language only a raw term can be negated; proofs negate whole patterns."""

    part: "Node"


Atom = Field | Term | RawRegex | Delimited | EmptyTerm
Node = And | Or | Not | Atom

EVERYTHING = And(())
NOTHING = Or(())


def conjunction(parts: Iterable[Node]) -> Node:
    """All of the parts, nested conjunctions flattened; one part stays itself."""
    flat = [leaf for part in parts for leaf in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def disjunction(parts: Iterable[Node]) -> Node:
    """Any of the parts, nested disjunctions flattened; one part stays itself."""
    flat = [leaf for part in parts for leaf in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def atoms(node: Node) -> Iterator[Atom]:
    """Every atom of an expression, from left to right, with repetitions."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from atoms(part)
    elif isinstance(node, Not):
        yield from atoms(node.part)
    else:
        yield node
