"""Which open points of the language can matter to some atoms."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from orgaudit.patterns.reading import FLAGS, Reading
from orgaudit.patterns.regex import parse_regex
from orgaudit.patterns.semantics import holds
from orgaudit.patterns.tree import Atom, Field, Match, NotExists, Number, RawRegex, Selector, Term, Test, Text, Wild

_AS_TEXT = Reading(null_is_text=True, boolean_is_text=True)
_NUMERIC = re.compile(r"(?!\*+$)[-+0-9.eE*]+", re.ASCII)


def relevant(atoms: Iterable[Atom]) -> list[str]:
    """The names of the flags that can change the truth of some of these atoms, in the order of `FLAGS`."""
    found: set[str] = set()
    numeric: set[Selector] = set()
    textual: set[Selector] = set()
    for atom in atoms:
        if isinstance(atom, Field):
            found |= _of_test(atom.test)
            if isinstance(atom.test, NotExists) and len(atom.selector) > 1:
                found.add("absent_below_scalar")
            if isinstance(atom.test, Number):
                numeric.add(atom.selector)
            elif _reads_digits(atom.test):
                textual.add(atom.selector)
        elif isinstance(atom, Term):
            found.add("term_inside_word")
        elif isinstance(atom, RawRegex):
            found |= _of_regex(atom.body)
    selectors = numeric | textual
    if numeric & textual or (
        numeric and textual and any(isinstance(step, Wild) for path in selectors for step in path)
    ):
        found.add("number_text_is_canonical")
    return [name for name in FLAGS if name in found]


@lru_cache(maxsize=16384)
def _of_test(test: Test) -> frozenset[str]:
    if not isinstance(test, Text | Match | Number):
        return frozenset()
    found: set[str] = set()
    if test.op == "!=":
        found |= {"null_differs", "boolean_differs"}
    if not isinstance(test, Number):
        found |= _of_words(replace(test, op="="))
    if isinstance(test, Text):
        found |= {"inner_wildcard"} if "*" in test.value[1:-1] else set()
    elif isinstance(test, Match):
        found |= _of_regex(test.body) | {"regex_reads_numbers"}
    elif test.op in ("=", "!="):
        found.add("odd_number_equals_string" if test.odd else "number_equals_string")
    return frozenset(found)


def _of_words(equal: Text | Match) -> set[str]:
    """The flags by which null, true and false may equal this."""
    found = {"null_is_text"} if holds(equal, None, _AS_TEXT) else set()
    if holds(equal, True, _AS_TEXT) or holds(equal, False, _AS_TEXT):
        found.add("boolean_is_text")
    return found


def _of_regex(body: str) -> set[str]:
    if parse_regex(body) == parse_regex(body, True):
        return set()
    return {"dot_matches_newline"}


def _reads_digits(test: Test) -> bool:
    """Whether a number's spelling can matter to the test."""
    return isinstance(test, Match) or (isinstance(test, Text) and _NUMERIC.fullmatch(test.value) is not None)
