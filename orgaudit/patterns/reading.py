"""How the language is read where AWS's documentation leaves a point open.

Each open point is a flag with the reading we take for granted, and the question (pattern and message) whose answer by
`TestMetricFilter` settles it. A proof that depends on an open flag is undecided.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations


@dataclass(frozen=True, slots=True)
class Reading:
    """One complete reading of the language; the defaults are the reference."""

    null_differs: bool = False
    """`!=` holds on a field that is null."""
    null_is_text: bool = False
    """A null is compared as the text `null`: `=` may hold, and `!=` fails on a value that fits."""
    boolean_differs: bool = False
    """`!=` holds on a field that is true or false."""
    boolean_is_text: bool = False
    """A Boolean is compared as the text `true` or `false`."""
    inner_wildcard: bool = True
    """A `*` between other characters is a wildcard (the guide of 2018 denied it)."""
    term_inside_word: bool = True
    """A raw term is also found inside a longer word."""
    number_equals_string: bool = True
    """An unquoted number is compared with a JSON string as text (else such a string never equals it)."""
    odd_number_equals_string: bool = True
    """The same where the pattern spells the number oddly, as an account id that begins with a zero."""
    number_text_is_canonical: bool = True
    """A quoted value is compared with the shortest text of a JSON number, not with its spelling (12 for 12.0)."""
    regex_reads_numbers: bool = True
    """A regular expression is tried on the text of a JSON number (else it is false there, negated or not)."""
    dot_matches_newline: bool = False
    """`.` in a regular expression also matches a line break."""
    absent_below_scalar: bool = True
    """`$.a.b NOT EXISTS` holds where `$.a` itself is absent or no object."""

    def equals_string(self, *, odd: bool) -> bool:
        """Whether an unquoted number, oddly spelled or not, is compared with a JSON string as text."""
        return self.odd_number_equals_string if odd else self.number_equals_string


REFERENCE = Reading()


@dataclass(frozen=True, slots=True)
class Flag:
    """An open point: its name in `Reading`, the reference value, and what settles it.

    The flag's value is whether `pattern` matches `message` on the real service.
    """

    name: str
    reference: bool
    pattern: str
    message: str
    meaning: str

    @property
    def alternative(self) -> bool:
        """The other value."""
        return not self.reference


FLAGS: Mapping[str, Flag] = {
    flag.name: flag
    for flag in (
        Flag("null_differs", False, '{ $.a != "x" }', '{"a":null}', "!= holds on null"),
        Flag("null_is_text", False, "{ $.a = * }", '{"a":null}', "null is compared as text"),
        Flag("boolean_differs", False, '{ $.a != "x" }', '{"a":true}', "!= holds on true and false"),
        Flag("boolean_is_text", False, "{ $.a = true }", '{"a":true}', "true and false are compared as text"),
        Flag("inner_wildcard", True, '{ $.a = "p*q" }', '{"a":"pxq"}', "* between characters is a wildcard"),
        Flag("term_inside_word", True, "SecurityGroup", '{"a":"XSecurityGroupY"}', "a term is found inside words"),
        Flag("number_equals_string", True, "{ $.a = 12 }", '{"a":"12"}', "an unquoted number equals its text"),
        Flag(
            "odd_number_equals_string", True, "{ $.a = 012 }", '{"a":"012"}', "an odd unquoted number equals its text"
        ),
        Flag("number_text_is_canonical", True, '{ $.a = "12" }', '{"a":12.0}', "12.0 reads as 12"),
        Flag("regex_reads_numbers", True, "{ $.a = %2% }", '{"a":123}', "expressions are tried on numbers"),
        Flag("dot_matches_newline", False, "{ $.a = %x.y% }", '{"a":"x\\ny"}', ". matches a line break"),
        Flag("absent_below_scalar", True, "{ $.a.b NOT EXISTS }", '{"a":1}', "NOT EXISTS below a non-object"),
    )
}
"""Every open point by name. Grades and sources: docs/filter-patterns.md."""


def alternatives(names: Sequence[str], settled: Mapping[str, bool]) -> Iterator[tuple[tuple[str, ...], Reading]]:
    """The readings in which some of these open points are answered the other way, with the names of those points.

    All combinations, the smallest first.
    """
    for size in range(1, len(names) + 1):
        for chosen in combinations(names, size):
            yield chosen, answered_otherwise(chosen, settled)


def answered_otherwise(names: Iterable[str], settled: Mapping[str, bool]) -> Reading:
    """The reference reading with recorded answers in place, but for these points: they are answered the other way."""
    return reading_of({**settled, **{name: FLAGS[name].alternative for name in names}})


def reading_of(settled: Mapping[str, bool]) -> Reading:
    """The reference reading with recorded answers in place. Raises KeyError for an unknown flag."""
    for name in settled:
        FLAGS[name]
    return replace(REFERENCE, **{name: bool(value) for name, value in settled.items()})
