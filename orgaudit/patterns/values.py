"""What one field can be: absent, null, true, false, a number, a string, a list or an object.

Given the tests that a field must pass and must fail, this finds a value of each sort that does, or proves that there
is none.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from orgaudit.patterns.automata import Machine, glob_machine
from orgaudit.patterns.globs import common, exclusive
from orgaudit.patterns.printing import print_selector
from orgaudit.patterns.reading import Reading
from orgaudit.patterns.record import NATURAL
from orgaudit.patterns.regex import search_machine, whole_machine
from orgaudit.patterns.semantics import ABSENT, holds, number_text
from orgaudit.patterns.tree import Is, Match, NotExists, Number, RawRegex, Selector, Term, Test, Text
from orgaudit.patterns.words import Automaton, Budget, InRecord, Listed, TooHardError, raw_machine, shortest

Signed = tuple[Test, bool]
_MAX_STEPS = 150_000
"""Steps for one field; about a quarter of a second."""
_ORDINARY = ("example", "sample-1", "203.0.113.10")
_NUMERIC_TEXT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_DIGITS = frozenset("0123456789+-.eE*")
"""What a value with wildcards is written with if the text of a number can fit it."""
_PLAIN_NUMBERS = r"^0$|^-?[1-9]\d*$|^-?0\.\d*[1-9]$|^-?[1-9]\d*\.\d*[1-9]$"
_SPELLED_NUMBERS = (
    r"^-?0$|^-?[1-9]\d*$|^-?0\.\d+$|^-?[1-9]\d*\.\d+$"
    r"|^-?0[eE][-+]?\d+$|^-?[1-9]\d*[eE][-+]?\d+$|^-?0\.\d+[eE][-+]?\d+$|^-?[1-9]\d*\.\d+[eE][-+]?\d+$"
)


@dataclass(frozen=True, slots=True)
class Options:
    """What a field may be.

    absent: nothing there, in a parent that could hold it. orphan: nothing there, and no such parent. values: scalars,
    the most natural first (not all of them). unknown: a further scalar could exist, undecided. cost: steps taken.
    """

    absent: bool = False
    orphan: bool = False
    values: tuple[Any, ...] = ()
    is_list: bool = False
    is_object: bool = False
    unknown: bool = False
    cost: int = 0


FREE = Options(absent=True, orphan=True, values=("example",), is_list=True, is_object=True)


@dataclass(frozen=True)
class Question:
    """One field with all that is asked of it.

    tests: each with the answer it must give. banned: raw text atoms that must not be found in `"key":value`; only
    atoms whose spelling in JSON is certain.
    """

    path: Selector
    tests: tuple[Signed, ...]
    banned: tuple[Term | RawRegex, ...]
    reading: Reading

    def admits(self, value: Any) -> bool:
        """Whether this value, in a parent that holds it, passes and brings nothing banned."""
        if not self.passes(value):
            return False
        return not self.banned or value is ABSENT or not self.bans(value)

    def passes(self, value: Any) -> bool:
        """Whether this value, in a parent that holds it, gives every test its answer."""
        return all(holds(test, value, self.reading) == wanted for test, wanted in self.tests)

    def vanishes(self) -> bool:
        """Whether the field passes by being absent together with its parent."""
        return all(holds(test, ABSENT, self.reading, under=False) == wanted for test, wanted in self.tests)

    def bans(self, value: Any) -> bool:
        """Whether the raw text with this value present contains what must not be found."""
        return any(machine.finds(value) for machine in self.machines())

    def bans_opening(self, text: str) -> bool:
        """The same of every value that begins like this."""
        return any(machine.finds_opening(text) for machine in self.machines())

    def machines(self) -> Iterator[InRecord]:
        """The automata of the banned raw text."""
        key = self.path[-1] if isinstance(self.path[-1], str) else None
        for atom in self.banned:
            yield InRecord(raw_machine(atom, self.reading.term_inside_word, self.reading.dot_matches_newline), key)


def finite(test: Test, reading: Reading) -> list[Any] | None:
    """All values for which a test holds, if they are few and all known; else None."""
    if isinstance(test, NotExists):
        return [ABSENT]
    if isinstance(test, Is):
        return [{"NULL": None, "TRUE": True, "FALSE": False}[test.what]]
    if test.op != "=" or not reading.number_text_is_canonical:
        return None
    if isinstance(test, Match) or (isinstance(test, Text) and "*" in test.value):
        return None
    text = test.text if isinstance(test, Number) else test.value
    candidates: list[Any] = [text, None, True, False]
    if isinstance(test, Number) or _NUMERIC_TEXT.fullmatch(text):
        candidates.append(_as_json(Fraction(text)))
    return None if ... in candidates else [value for value in candidates if holds(test, value, reading)]


def listed(question: Question, values: Sequence[Any]) -> Options:
    """What the field may be when only these values, which pass the tests, are left."""
    empty = any(value is ABSENT for value in values)
    return Options(
        absent=empty and question.admits(ABSENT),
        orphan=empty and question.vanishes(),
        values=tuple(v for v in values if v is not ABSENT and not (question.banned and question.bans(v))),
    )


def _as_json(number: Fraction) -> Any:
    """An int or float of exactly that value, `...` if Python's floats cannot hold it."""
    if number.denominator == 1:
        return number.numerator
    try:
        value = float(number)
    except OverflowError:
        return ...
    return value if Fraction(repr(value)) == number else ...


@lru_cache(maxsize=65536)
def options(question: Question) -> Options:
    """What the field may be. A cap reached shows as `unknown`."""
    found = Options(
        absent=question.admits(ABSENT),
        orphan=question.vanishes(),
        # an empty one may be banned where one with something in it is not
        is_list=question.passes([]) and not question.bans_opening("["),
        is_object=question.passes({}) and not question.bans_opening("{"),
    )
    if question.banned and question.bans_opening(""):
        return replace(found, is_list=False, is_object=False)
    pinned = _pinned(question)
    sure = _suggestions(question) if pinned is None else (value for value in pinned if value is not ABSENT)
    if (values := tuple(value for value in sure if question.admits(value))) or pinned is not None:
        return replace(found, values=values)
    return replace(found, **_searched(question))


def _searched(question: Question) -> dict[str, Any]:
    """A text, a number, true, false or null, where no obvious value passes."""
    budget = Budget(_MAX_STEPS)
    values: list[Any] = []
    try:
        text = _string(question, budget)
        values += _numbers(question, budget) if text is None else [text]
    except TooHardError:
        values.append(...)
    values += (value for value in (True, False, None) if question.admits(value))
    return {
        "values": tuple(value for value in values if value is not ...),
        "unknown": ... in values,
        "cost": _MAX_STEPS - max(budget.left, 0),
    }


def _pinned(question: Question) -> list[Any] | None:
    for test, wanted in question.tests:
        if wanted and (values := finite(test, question.reading)) is not None:
            return values
    return None


def _suggestions(question: Question) -> Iterator[Any]:
    yield from NATURAL.get(print_selector(question.path)[2:], ())
    texts = list(_texts(question, wanted=True))
    yield from (text.replace("*", "") for text in texts)
    if texts:
        yield from (common(texts, filler, question.reading) for filler in ("", "-"))
    yield from _ORDINARY


def _texts(question: Question, *, wanted: bool) -> Iterator[str]:
    """The values that a text must fit, or must not."""
    for test, answer in question.tests:
        if isinstance(test, Text) and (answer == (test.op == "=")) == wanted:
            yield test.value


def _string(question: Question, budget: Budget) -> str | None:
    """The shortest string that passes."""
    if exclusive([*_texts(question, wanted=True)], [*_texts(question, wanted=False)], question.reading):
        return None
    wanted: list[Automaton] = []
    unwanted: list[Automaton] = [*question.machines()]
    listed: set[str] = set()
    for test, answer in question.tests:
        language = _language(test, question.reading)
        if isinstance(language, bool):
            if language != answer:
                return None
            continue
        machine, negated = language
        if answer != negated:
            wanted.append(machine)
        elif isinstance(test, Text) and "*" not in test.value:
            listed.add(test.value)
        else:
            unwanted.append(machine)
    return shortest(wanted, [*unwanted, *([Listed(listed)] if listed else [])], budget)


def _language(test: Test, reading: Reading) -> bool | tuple[Machine, bool]:
    """The strings that pass a test: all, none, or those of an automaton (True behind it: all others)."""
    if isinstance(test, Is | NotExists):
        return False
    if isinstance(test, Number):
        if test.op not in ("=", "!="):
            return False
        if not reading.equals_string(odd=test.odd):
            return test.op == "!="
        return glob_machine(test.text), test.op == "!="
    if isinstance(test, Match):
        return search_machine(test.body, reading.dot_matches_newline), test.op == "!="
    return glob_machine(test.value, reading.inner_wildcard), test.op == "!="


def _numbers(question: Question, budget: Budget) -> Iterator[Any]:
    """A number that passes, `...` if that stays open, nothing if there is none."""
    tests = question.tests
    if any(isinstance(test, Is | NotExists) and wanted for test, wanted in tests):
        return
    if any(not _DIGITS.issuperset(text) for text in _texts(question, wanted=True)):
        return
    points = _points(tests)
    samples = list(_samples(points, question.reading))
    admitted = next((value for value in samples if value is not ... and question.admits(value)), None)
    if admitted is not None:
        yield admitted
        return
    if ... in samples:
        yield ...
        return
    patterns = [test for test, _ in tests if isinstance(test, Match) or (isinstance(test, Text) and "*" in test.value)]
    if not patterns and not question.banned and question.reading.number_text_is_canonical:
        return  # every number behaves like one of the samples
    numeric = tuple((test, wanted) for test, wanted in tests if isinstance(test, Number))
    compared = replace(question, tests=numeric, banned=())
    if not any(compared.admits(value) for value in samples):
        return
    if question.banned or any(isinstance(test, Number) and test.op not in ("=", "!=") for test, _ in tests):
        yield from [...] if _number_text(replace(question, tests=_textual(tests)), (), budget) is not None else []
        return
    text = _number_text(question, points, budget)
    if text is not None:
        value = int(text) if text.lstrip("-").isdigit() else float(text)
        yield value if question.admits(value) else ...


def _textual(tests: Iterable[Signed]) -> tuple[Signed, ...]:
    return tuple((test, wanted) for test, wanted in tests if isinstance(test, Match | Text))


def _points(tests: Iterable[Signed]) -> list[Fraction]:
    """The numbers that the tests single out, in order."""
    numbers = {Fraction(test.text) for test, _ in tests if isinstance(test, Number)}
    texts = [test.value for test, _ in tests if isinstance(test, Text)]
    return sorted(numbers | {Fraction(text) for text in texts if _NUMERIC_TEXT.fullmatch(text)})


def _samples(points: Sequence[Fraction], reading: Reading) -> Iterator[Any]:
    """Each point, and a number in each gap around and between them; `...` for one that cannot be written."""
    if not points:
        yield from (1, 0)
        return
    below, above = Fraction(math.floor(points[0]) - 1), Fraction(math.ceil(points[-1]) + 1)
    for left, right in pairwise([below, *points, above]):
        yield _as_json(left)
        yield _as_json(_between(left, right))
        if not reading.number_text_is_canonical and left.denominator == 1 and abs(left) < 1 << 53:
            yield float(left)
    yield _as_json(above)


def _between(left: Fraction, right: Fraction) -> Fraction:
    whole = Fraction(math.floor(left) + 1)
    return whole if whole < right else (left + right) / 2


def _number_text(question: Question, points: Sequence[Fraction], budget: Budget) -> str | None:
    """The shortest text of a number that passes, apart from the given points."""
    reading = question.reading
    wanted: list[Automaton] = [whole_machine(_PLAIN_NUMBERS if reading.number_text_is_canonical else _SPELLED_NUMBERS)]
    unwanted: list[Automaton] = []
    for test, answer in question.tests:
        if isinstance(test, Text) and ("*" in test.value or not reading.number_text_is_canonical):
            machine = glob_machine(test.value, reading.inner_wildcard)
        elif isinstance(test, Match) and reading.regex_reads_numbers:
            machine = search_machine(test.body, reading.dot_matches_newline)
        elif isinstance(test, Match):
            if answer:
                return None
            continue
        else:
            if answer != (test.op == "!=" if isinstance(test, Text | Number) else False):
                return None
            continue
        (wanted if answer == (test.op == "=") else unwanted).append(machine)
    if points:
        unwanted.append(Listed(number_text(_as_json(point), canonical=True) for point in points))
    return shortest(wanted, unwanted, budget)
