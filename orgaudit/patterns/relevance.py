"""Which open points of the language can matter to some atoms, at all or for one event."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from orgaudit.patterns.reading import FLAGS, Reading, alternatives, reading_of
from orgaudit.patterns.regex import parse_regex
from orgaudit.patterns.semantics import Absent, Event, holds, matches
from orgaudit.patterns.tree import Atom, Field, Match, NotExists, Number, RawRegex, Selector, Term, Test, Text, Wild

_SPELLING = "number_text_is_canonical"
_ONLY_ON = {
    "null_differs": type(None),
    "null_is_text": type(None),
    "boolean_differs": bool,
    "boolean_is_text": bool,
    "absent_below_scalar": Absent,
}
_AS_TEXT = Reading(null_is_text=True, boolean_is_text=True)
_NUMERIC = re.compile(r"(?!\*+$)[-+0-9.eE*]+", re.ASCII)


def relevant(atoms: Iterable[Atom]) -> list[str]:
    """The names of the flags that can change the truth of some of these atoms, in the order of `FLAGS`."""
    found: set[str] = set()
    numeric: set[Selector] = set()
    textual: set[Selector] = set()
    for atom in atoms:
        found |= _of_atom(atom)
        if isinstance(atom, Field):
            if isinstance(atom.test, Number):
                numeric.add(atom.selector)
            elif _reads_digits(atom.test):
                textual.add(atom.selector)
    if not numeric & textual:
        wild = any(isinstance(step, Wild) for path in numeric | textual for step in path)
        found -= set() if numeric and textual and wild else {_SPELLING}
    return [name for name in FLAGS if name in found]


def swaying(
    atoms: Iterable[Atom], event: Event, open_points: Collection[str], settled: Mapping[str, bool]
) -> list[str]:
    """Of these open points, those whose answer can change what the atoms say of this event."""
    reading = reading_of(settled)
    found: set[str] = set()
    for atom in atoms:
        touching = _of_atom(atom).intersection(open_points)
        names = [name for name in touching if name not in _ONLY_ON or _holds_any(event, atom, _ONLY_ON[name])]
        if names and not found.issuperset(names):
            said = matches(atom, event, reading)
            if any(matches(atom, event, other) != said for _, other in alternatives(names, settled)):
                found.update(names)
    return [name for name in open_points if name in found]


def _holds_any(event: Event, atom: Atom, kind: type) -> bool:
    """Whether what the atom looks at is of this kind."""
    return isinstance(atom, Field) and any(isinstance(value, kind) for value, _ in event.at(atom.selector))


@lru_cache(maxsize=16384)
def _of_atom(atom: Atom) -> frozenset[str]:
    """The flags that can change the truth of one atom for some event."""
    if isinstance(atom, Term):
        return frozenset({"term_inside_word"})
    if isinstance(atom, RawRegex):
        return frozenset(_of_regex(atom.body))
    if not isinstance(atom, Field):
        return frozenset()
    if isinstance(atom.test, NotExists):
        return frozenset({"absent_below_scalar"} if len(atom.selector) > 1 else ())
    return frozenset(_of_test(atom.test))


def _of_test(test: Test) -> set[str]:
    found: set[str] = set()
    if not isinstance(test, Text | Match | Number):
        return found
    if _reads_digits(test):
        found.add(_SPELLING)
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
    return found


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
