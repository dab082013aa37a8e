"""Looks for an event that a formula holds for, or shows that there is none.

A backtracking search over the truth of atoms. What is decided about one field is checked at once: by listing its
values where they are few, by automata and intervals where they are not. The search is complete, so "none" is a proof.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from orgaudit.patterns.layout import Found, Layout
from orgaudit.patterns.problem import Formula, Problem, join, simplify
from orgaudit.patterns.reading import Reading
from orgaudit.patterns.record import records, with_text
from orgaudit.patterns.regex import parse_regex, search_machine
from orgaudit.patterns.semantics import ABSENT, compact, contains, holds
from orgaudit.patterns.tree import RawRegex, Selector, Term
from orgaudit.patterns.values import Options, Question, Signed, finite, listed, options
from orgaudit.patterns.words import Budget, TooHardError, anchored, shortest, trimmed

Event = dict[str, Any]
MAX_STEPS = 400_000
"""Steps of all searches of one proof; about a second."""
_REFUSAL = 2_000


@dataclass(frozen=True, slots=True)
class Answer:
    """found: there is such an event (`event`). none: there is none. open: neither was shown, for `reason`."""

    status: Literal["found", "none", "open"]
    event: Event | None = None
    reason: str = ""


@dataclass(slots=True)
class _State:
    formula: Formula
    truth: dict[int, bool]
    tests: dict[Selector, tuple[Signed, ...]]
    pinned: dict[Selector, list[Any]]

    def fork(self, formula: Formula) -> "_State":
        return _State(formula, dict(self.truth), dict(self.tests), dict(self.pinned))


class Search:
    """One search for an event.

    accept: the last word on a candidate event; a candidate it refuses leaves the answer open at best. budget: the
    steps that are left; when it is spent the answer is open.
    """

    def __init__(self, problem: Problem, reading: Reading, accept: Callable[[Event], bool], budget: Budget) -> None:
        self._problem = problem
        self._reading = reading
        self._accept = accept
        self._budget = budget
        self._open = ""
        self._weight = 4 + len(problem.fields) + len(problem.raw)

    def run(self, formula: Formula) -> Answer:
        """Search with this formula over the problem's atoms."""
        try:
            event = self._walk(_State(formula, {}, {}, {}))
        except TooHardError:
            return Answer("open", reason="the proof needs more steps than are allowed")
        if event is not None:
            return Answer("found", event)
        return Answer("open", reason=self._open) if self._open else Answer("none")

    def _walk(self, start: _State) -> Event | None:
        """Depth first, without recursion: a long list of alternatives is a long path."""
        stack = [(start, [*start.truth])]
        while stack:
            state, fresh = stack.pop()
            self._budget.spend(self._weight)
            if not self._propagate(state, fresh):
                continue
            layout = self._layout(state)
            fitted = layout.fit()
            if fitted is None and not layout.unknown:
                continue
            if state.formula is True:
                event = self._event(state, [] if fitted is None else [fitted, layout.fit(sparse=True)])
                if event is not None:
                    return event
                continue
            stack += [(branch, []) for branch in _branches(state)]
        return None

    def _propagate(self, state: _State, fresh: list[int]) -> bool:
        """Draw all simple conclusions; false if they contradict each other."""
        while True:
            while fresh:
                if not self._assert(state, fresh.pop(), fresh):
                    return False
            state.formula = simplify(state.formula, state.truth)
            if state.formula is False:
                return False
            for literal in _units(state.formula):
                if state.truth.setdefault(abs(literal), literal > 0) != (literal > 0):
                    return False
                fresh.append(abs(literal))
            if not fresh:
                return True

    def _assert(self, state: _State, number: int, fresh: list[int]) -> bool:
        """Take note of a decided atom; false if its field can then have no value."""
        field = self._problem.fields.get(number)
        if field is None:
            return True
        path, sign = field.selector, state.truth[number]
        state.tests[path] = (*state.tests.get(path, ()), (field.test, sign))
        pinned = state.pinned.get(path)
        if pinned is None:
            pinned = finite(field.test, self._reading) if sign else None
            if pinned is None:
                return True
            kept = [value for value in pinned if self._passes(value, state.tests[path])]
        else:
            kept = [value for value in pinned if self._passes(value, ((field.test, sign),))]
        state.pinned[path] = kept
        for other in self._problem.on_path[path]:
            if other not in state.truth and (known := self._known(other, kept)) is not None:
                state.truth[other] = known
                fresh.append(other)
        return bool(kept)

    def _passes(self, value: Any, tests: tuple[Signed, ...]) -> bool:
        return all(wanted in self._outcomes(test, value) for test, wanted in tests)

    def _outcomes(self, test: Any, value: Any) -> set[bool]:
        """Whether the test holds, under a parent that could hold the field and, if absent, under none."""
        found = {holds(test, value, self._reading)}
        return found | {holds(test, value, self._reading, under=False)} if value is ABSENT else found

    def _known(self, number: int, values: list[Any]) -> bool | None:
        test = self._problem.fields[number].test
        seen: set[bool] = set()
        for value in values:
            seen |= self._outcomes(test, value)
        return seen.pop() if len(seen) == 1 else None

    def _layout(self, state: _State) -> Layout:
        banned = tuple(self._banned(state))
        found: dict[Selector, Options] = {}
        parents = {path[:end]: () for path in state.tests for end in range(1, len(path))} if banned else {}
        for path, tests in {**parents, **state.tests}.items():
            question = Question(path, tests, banned, self._reading)
            pinned = state.pinned.get(path)
            found[path] = options(question) if pinned is None else listed(question, pinned)
            self._budget.spend(found[path].cost)
        return Layout(found)

    def _banned(self, state: _State) -> Iterator[Term | RawRegex]:
        """The raw text that must not occur, as far as its spelling in JSON is certain."""
        for number, atom in self._problem.raw.items():
            if state.truth.get(number) is False and self._certain(atom):
                yield atom

    def _certain(self, atom: Term | RawRegex) -> bool:
        """Whether the atom means the same in every JSON spelling: plain ASCII, no anchors."""
        if isinstance(atom, Term):
            return atom.text.isascii() and atom.text.isprintable()
        return not anchored(trimmed(parse_regex(atom.body, self._reading.dot_matches_newline)))

    def _event(self, state: _State, fits: list[Found | None]) -> Event | None:
        """The first candidate record that stands the final test."""
        if self._contradictory_text(state):
            return None
        known = [fields for fields in fits if fields is not None]
        if any(True for _ in self._banned(state)):
            known += [_filled(fields) for fields in known]
        for fields in known:
            for record in records(fields):
                event = self._with_required_text(state, record)
                if event is not None and self._accept(event):
                    return event
        self._open = self._open or self._why_open(state, bool(known))
        self._budget.spend(_REFUSAL)
        return None

    def _why_open(self, state: _State, fitted: bool) -> str:
        if not fitted:
            return "a field is compared as a number and as text with wildcards, or its wildcards are too many to follow"
        if any(number in self._problem.raw for number in state.truth):
            return "whether the raw text of an event matches depends on the order and the other fields of the record"
        return "no example event could be built that all checks agree on"

    def _required_text(self, state: _State) -> list[Term | RawRegex]:
        return [atom for number, atom in self._problem.raw.items() if state.truth.get(number)]

    def _contradictory_text(self, state: _State) -> bool:
        """Whether a required term contains one that must not occur."""
        banned = [atom.text for atom in self._banned(state) if isinstance(atom, Term)]
        required = [atom.text for atom in self._required_text(state) if isinstance(atom, Term)]
        return any(contains(text, part, self._reading) for text in required for part in banned)

    def _with_required_text(self, state: _State, record: Event) -> Event | None:
        event: Event | None = record
        for atom in self._required_text(state):
            if event is None or self._in_text(atom, event):
                continue
            text = atom.text if isinstance(atom, Term) else self._sample(atom)
            event = with_text(event, text, self._problem.mentioned) if text is not None else None
        return event

    def _in_text(self, atom: Term | RawRegex, event: Event) -> bool:
        if isinstance(atom, Term):
            return contains(compact(event), atom.text, self._reading)
        return search_machine(atom.body, self._reading.dot_matches_newline).run(compact(event))

    def _sample(self, atom: RawRegex) -> str | None:
        machine = search_machine(atom.body, self._reading.dot_matches_newline)
        return shortest([machine], [], self._budget)


def _filled(fields: Found) -> Found:
    """The same with something in what may be empty: `{}` or `[]` may be what must not be found."""
    inside = {(*path, "detail" if value == {} else 0) for path, value in fields.items() if path and value in ({}, [])}
    return fields | dict.fromkeys(sorted(inside - fields.keys(), key=str), "example")


def _units(formula: Formula) -> list[int]:
    """The atoms that must be decided one way."""
    if isinstance(formula, bool):
        return []
    if isinstance(formula, int):
        return [formula]
    op, parts = formula
    return [p for p in parts if isinstance(p, int) and not isinstance(p, bool)] if op == "&" else []


def _branches(state: _State) -> list[_State]:
    """One state for each alternative of one open choice, the first alternative last.

    Choices between conjunctions go first, as they decide most. An alternative that is a single atom is false in the
    branches of those behind it, so that no two branches look at the same events.
    """
    op, parts = state.formula if isinstance(state.formula, tuple) else ("&", (state.formula,))
    clauses = [(op, parts)] if op == "|" else [part for part in parts if isinstance(part, tuple)]
    chosen = min(clauses, key=_rank)
    rest = [part for part in parts if part is not chosen] if op == "&" else []
    found: list[_State] = []
    denied: list[Formula] = []
    for alternative in sorted(chosen[1], key=lambda part: isinstance(part, tuple)):
        found.append(state.fork(join("&", [alternative, *denied, *rest])))
        if isinstance(alternative, int):
            denied.append(-alternative)
    return found[::-1]


def _rank(clause: tuple[str, tuple[Formula, ...]]) -> tuple[bool, int]:
    return all(isinstance(part, int) for part in clause[1]), len(clause[1])
