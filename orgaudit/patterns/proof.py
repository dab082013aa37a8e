"""Do deployed filter patterns cover a prescribed one?

The question is whether an event exists that the prescribed pattern matches and no actual pattern does. The search is
exact over all JSON records; every example it finds is checked again by the plain evaluator.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from types import MappingProxyType
from typing import Any, Literal

from orgaudit.patterns.errors import PatternSyntaxError
from orgaudit.patterns.pattern import Pattern, PatternLike, as_pattern, disjuncts
from orgaudit.patterns.printing import print_selector
from orgaudit.patterns.problem import Problem
from orgaudit.patterns.reading import FLAGS, Reading, alternatives, answered_otherwise, reading_of
from orgaudit.patterns.relevance import relevant, swaying
from orgaudit.patterns.search import MAX_STEPS, Answer, Search
from orgaudit.patterns.semantics import ABSENT, Event, compact, find, matches
from orgaudit.patterns.tree import Atom, Field, RawRegex, Selector, Step, Term
from orgaudit.patterns.words import Budget

Outcome = Literal["covered", "escapes", "undecided"]
MAX_EXAMPLES = 50
"""As many as `TestMetricFilter` takes in one call."""
MAX_OPEN = 9
"""With more open points, whose combinations double with each, only what holds whatever they are is covered."""
MAX_DOUBTS = 6
MAX_FRAGILE = 6
_ASIDE = MAX_STEPS // 20
"""Steps for what only shortens a proof or words its reason."""
_NO_ANSWERS: Mapping[str, bool] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Proof:
    """The answer to one question of coverage."""

    outcome: Outcome
    """covered, escapes or undecided."""
    witness: dict[str, Any] | None
    """For "escapes": a CloudTrail record that the prescribed pattern matches and no actual one does. It is shared by
    all who ask the same question and must not be changed."""
    reason: str
    """One sentence."""
    method: str
    """What was assumed where AWS's documentation is silent."""
    flags: Mapping[str, bool | None] = field(default_factory=dict)
    """The open points that could have mattered, with AWS's recorded answer. None: not asked; a decided outcome is
    then the same either way."""


@dataclass(frozen=True, slots=True)
class _Case:
    """What is asked: an event that all of `inside` match and none of `outside` does."""

    inside: tuple[Pattern, ...]
    outside: tuple[Pattern, ...]
    refused: tuple[str, ...]
    settled: tuple[tuple[str, bool], ...]

    def escapes(self, event: Event, reading: Reading) -> bool:
        """Whether the event is such a one."""
        return all(matches(p.node, event, reading) for p in self.inside) and not any(
            matches(p.node, event, reading) for p in self.outside
        )

    def flags(self) -> dict[str, bool | None]:
        """The open points that can matter, with AWS's recorded answer if there is one."""
        settled = dict(self.settled)
        return {name: settled.get(name) for name in relevant(self.atoms())}

    def doubts(self, event: Event, open_points: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Reading]]:
        """The readings of open points under which the event is no such one, with the points answered otherwise."""
        settled = dict(self.settled)
        readings = alternatives(swaying(self.atoms(), event, open_points, settled), settled)
        for names, reading in chain([((), reading_of(settled))], readings):
            if not self.escapes(event, reading):
                yield names, reading

    def atoms(self) -> Iterator[Atom]:
        return chain.from_iterable(pattern.atoms for pattern in chain(self.inside, self.outside))


def prove(
    prescribed: PatternLike,
    actuals: Iterable[PatternLike],
    given: Iterable[PatternLike] = (),
    excluding: Iterable[PatternLike] = (),
    *,
    settled: Mapping[str, bool] = _NO_ANSWERS,
) -> Proof:
    """Whether at least one of `actuals` matches every event that `prescribed` matches.

    given: only events that all of these match count. excluding: events that one of these matches do not count.
    settled: recorded answers to the questions of `FLAGS`. An actual pattern outside the language makes the outcome
    "undecided" unless the others cover alone; any other text that is no pattern raises PatternSyntaxError.

    >>> prove("{ $.eventName = CreateVpc }", ["{ $.eventName = Create* }"]).outcome
    'covered'
    """
    readable, refused = _readable(actuals)
    inside = (as_pattern(prescribed), *map(as_pattern, given))
    outside = tuple(dict.fromkeys((*map(as_pattern, excluding), *readable)))
    case = _Case(inside, outside, refused, tuple(sorted(settled.items())) if settled else ())
    facts, core = _set_apart(case)
    proof = _prove(core)
    if not facts or proof.outcome == "covered":
        return proof
    if proof.witness is None:
        return proof if not _reach(core)[1] else _prove(case)
    event = proof.witness | facts
    if _reach(core)[1] and any(True for _ in core.doubts(Event(event), _open(core.flags()))):
        return _prove(case)
    return Proof(proof.outcome, event, proof.reason, proof.method, proof.flags)


def _readable(actuals: Iterable[PatternLike]) -> tuple[list[Pattern], tuple[str, ...]]:
    patterns: list[Pattern] = []
    refused: list[str] = []
    for actual in actuals:
        try:
            patterns.append(as_pattern(actual))
        except PatternSyntaxError as error:
            refused.append(f"{error} in {error.text!r}")
    return patterns, tuple(refused)


def _set_apart(case: _Case) -> tuple[dict[str, str], _Case]:
    """Facts about fields that no other pattern names, and the case without them, which all accounts share.

    What is covered without a fact is covered with it. An example that escapes still does once the fact is put in,
    unless a pattern looks at the whole record, which is asked then.
    """
    stated = [(pattern, pattern.fact) for pattern in case.inside[1:]]
    facts = dict(fact for _, fact in stated if fact is not None)
    if len(facts) < sum(fact is not None for _, fact in stated):
        return {}, case
    core = _without(case, facts)
    if facts and (named := facts.keys() & _reach(core)[0]):
        facts = {name: value for name, value in facts.items() if name not in named}
        core = _without(case, facts)
    return facts, core


def _without(case: _Case, facts: Mapping[str, str]) -> _Case:
    if not facts:
        return case
    rest = [pattern for pattern in case.inside[1:] if pattern.fact is None or pattern.fact[0] not in facts]
    return _Case((case.inside[0], *rest), case.outside, case.refused, case.settled)


@lru_cache(maxsize=65536)
def _reach(case: _Case) -> tuple[frozenset[Step], bool]:
    """The top-level fields that its patterns name, and whether one of them looks at the whole record."""
    patterns = (*case.inside, *case.outside)
    fields = frozenset[Step]().union(*(pattern.fields for pattern in patterns))
    return fields, any(pattern.sees_all for pattern in patterns)


@lru_cache(maxsize=65536)
def _prove(case: _Case) -> Proof:
    return _Judge(case).proof()


class _Judge:
    """Decides one case under the reference reading, then under the alternatives of what is open.

    sure: an event that escapes under every reading, once one is found.
    """

    def __init__(self, case: _Case) -> None:
        settled = dict(case.settled)
        self.case = case
        self.flags = case.flags()
        self.open = _open(self.flags)
        self.reading = reading_of(settled)
        self.problem = Problem([p.node for p in case.inside], [p.node for p in case.outside])
        self.budget = Budget(MAX_STEPS)
        self.sure: dict[str, Any] | None = None

    def proof(self) -> Proof:
        answer = self.ask(self.reading)
        if answer.event is not None:
            return self.escapes(answer.event)
        if answer.status == "none":
            return self.covered()
        return self.result("undecided", answer.reason)

    def ask(self, reading: Reading, patience: int = MAX_FRAGILE) -> Answer:
        """An event that escapes under this reading, if possible one that is sure.

        patience: how many that are not sure are passed over.
        """
        fragile: list[dict[str, Any]] = []

        def accept(event: dict[str, Any]) -> bool:
            seen = Event(event)
            if not self.case.escapes(seen, reading):
                return False
            if not any(True for _ in self.case.doubts(seen, self.open)):
                self.sure = event
                return True
            fragile.append(event)
            return len(fragile) > patience

        formula = self.problem.formula
        if self.problem.opaque:
            if Search(self.problem, reading, lambda event: True, self.budget).run(formula).status == "none":
                return Answer("none")
            formula = self.problem.without_opaque()
        answer = Search(self.problem, reading, accept, self.budget).run(formula)
        if answer.event is None and fragile:
            return Answer("found", fragile[0])
        if self.problem.opaque and answer.status == "none":
            return Answer("open", reason="what a pattern matches is not documented, or it looks too far into a list")
        return answer

    def covered(self) -> Proof:
        if self.open and not self.whatever_is_open():
            if len(self.open) > MAX_OPEN:
                return self.depends(self.open)
            for names, other in alternatives(self.open, dict(self.case.settled)):
                if self.ask(other, patience=0).status != "none":
                    return self.depends(names)
        if not self.satisfiable():
            return self.result("covered", "no event can match the prescribed pattern here")
        return self.result("covered", "every event that the prescribed pattern matches is matched")

    def whatever_is_open(self) -> bool:
        """Whether coverage follows without knowing anything of the tests that an open point touches.

        Then it holds under all alternatives at once; else each has to be asked.
        """
        open_points = set(self.open)
        known = self.problem.knowing(lambda atom: open_points.isdisjoint(relevant([atom])))
        if not open_points.isdisjoint(relevant([*known.fields.values(), *known.raw.values()])):
            return False
        search = Search(known, self.reading, lambda event: True, Budget(_ASIDE))
        return search.run(known.formula).status == "none"

    def satisfiable(self) -> bool:
        if not self.case.outside:
            return False
        problem = Problem([p.node for p in self.case.inside], [])
        search = Search(problem, self.reading, lambda event: True, Budget(_ASIDE))
        return search.run(problem.formula).status != "none"

    def escapes(self, event: dict[str, Any]) -> Proof:
        if self.sure is None:
            doubts = list(islice(self.case.doubts(Event(event), self.open), MAX_DOUBTS))
            self.seek_sure([names for names, _ in doubts])
            if self.sure is None:
                return self.depends(doubts[0][0])
        if self.case.refused:
            return self.result("undecided", "")
        assert self.sure is not None
        return self.result("escapes", f"an event with {self.deciding(self.sure)} escapes", self.sure)

    def seek_sure(self, doubts: Iterable[tuple[str, ...]]) -> None:
        """Look for a sure event where points of doubt are answered otherwise, and those that this leaves."""
        settled = dict(self.case.settled)
        for names in doubts:
            tried: set[str] = set()
            while not tried.issuperset(names):
                tried.update(names)
                found = self.ask(answered_otherwise(tried, settled)).event
                if found is None or self.sure is not None:
                    break
                names = next(self.case.doubts(Event(found), self.open))[0]
            if self.sure is not None:
                return

    def depends(self, names: Sequence[str]) -> Proof:
        points = " and ".join(f"whether {FLAGS[name].meaning}" for name in names)
        return self.result("undecided", f"coverage depends on what AWS does not document: {points}")

    def deciding(self, event: dict[str, Any]) -> str:
        """The fields of the example that the patterns look at."""
        seen = dict.fromkeys(atom.selector for atom in self.case.atoms() if isinstance(atom, Field) and not atom.wild)
        shown = [f"{print_selector(path)[2:]} {_shown(event, path)}" for path in seen]
        return ", ".join(shown[:6]) if shown else "none of the deployed terms"

    def result(self, outcome: Outcome, reason: str, witness: dict[str, Any] | None = None) -> Proof:
        if outcome == "undecided" and self.case.refused:
            reason = f"a deployed pattern is outside the documented language: {self.case.refused[0]}"
        return Proof(outcome, witness, f"{reason[0].upper()}{reason[1:]}.", self.method(outcome), self.flags)

    def method(self, outcome: Outcome) -> str:
        parts = ["exact over all JSON records"]
        if any(isinstance(atom, Term | RawRegex) for atom in self.case.atoms()):
            parts.append("CloudTrail writes records without blanks between tokens")
        for name, value in self.flags.items():
            answer = {None: "open" if outcome == "undecided" else "either way", True: "yes, asked", False: "no, asked"}
            parts.append(f"{FLAGS[name].meaning}: {answer[value]}")
        return "; ".join(parts)


def _open(flags: Mapping[str, bool | None]) -> list[str]:
    return [name for name, answer in flags.items() if answer is None]


def _shown(event: dict[str, Any], path: Selector) -> str:
    value = next(iter(find(event, path)), (ABSENT, True))[0]
    return "absent" if value is ABSENT else f"= {compact(value)}"


def is_satisfiable(pattern: PatternLike, given: Iterable[PatternLike] = ()) -> bool:
    """Whether some event matches; true also where that could not be decided."""
    return prove(pattern, (), given).outcome != "covered"


def example(pattern: PatternLike, given: Iterable[PatternLike] = ()) -> dict[str, Any] | None:
    """A realistic CloudTrail record that the pattern matches; None if there is none or none was found."""
    return prove(pattern, (), given).witness


def examples(pattern: PatternLike, given: Iterable[PatternLike] = ()) -> list[dict[str, Any]]:
    """One record for each alternative of the pattern, without repetitions."""
    facts = list(given)
    parts = [Pattern("combined", node) for node in islice(disjuncts(as_pattern(pattern).node), MAX_EXAMPLES)]
    found = [example(part, facts) for part in parts]
    return [event for place, event in enumerate(found) if event is not None and event not in found[:place]]
