"""Is a control's criterion covered? Asks the proof, from the strictest reading to the most lenient accepted one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from orgaudit.evaluation.criterion import RECIPIENT, Criterion
from orgaudit.evaluation.event_names import apart
from orgaudit.model.settings import Tuning
from orgaudit.patterns import Pattern, Proof, any_of, prove


class Coverage(StrEnum):
    """How far the criterion is covered; see the documentation of verdicts."""

    COMPLETE = "COMPLETE"
    IN_SCOPE = "IN_SCOPE"
    TUNED = "TUNED"
    ESCAPES = "ESCAPES"
    UNDECIDED = "UNDECIDED"


COVERED = frozenset({Coverage.COMPLETE, Coverage.IN_SCOPE, Coverage.TUNED})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the proof says of a set of filters."""

    coverage: Coverage
    form: str = ""
    """The name of the covered alternative; empty for the prescribed form."""
    reason: str = ""
    witness: dict[str, Any] | None = None
    tuning: tuple[Tuning, ...] = ()
    """The exclusions that the coverage rests on."""
    assumes_text: bool = False
    """It also rests on the assumption that the excluded fields hold text or are absent."""

    @property
    def covered(self) -> bool:
        """Whether the link holds."""
        return self.coverage in COVERED


@dataclass(frozen=True, slots=True)
class _Demand:
    """How much is asked for."""

    level: Coverage
    given: list[Pattern]
    excluding: tuple[tuple[Tuning, Pattern], ...] = ()


class Judge:
    """Judges coverage for one evaluation, with what AWS itself has settled about the pattern language.

    Accounts ask the same questions about the same texts, so every answer is kept; one that no pattern ties to an
    account serves all of them. An empty account id stands for "whatever the account".
    """

    def __init__(self, settled: Mapping[str, bool] | None = None) -> None:
        self._settled = dict(settled or {})
        self._touching: dict[tuple[str, Pattern, str], bool] = {}
        self._judged: dict[tuple[str, tuple[Pattern, ...], str], Judgement] = {}

    def judge(self, criterion: Criterion, actuals: Iterable[Pattern], account_id: str) -> Judgement:
        """Whether these filters cover the criterion for the account's events."""
        # what never matches an event of the criterion cannot cover any
        everything = any_of([form for _, form in criterion.forms])
        touching = tuple(actual for actual in actuals if not apart(everything, actual))
        looking = (*(form for _, form in criterion.forms), *(pattern for _, pattern in criterion.tuning), *touching)
        named = account_id if _looks_at_account(looking) else ""
        key = (criterion.control.key, touching, named)
        if key not in self._judged:
            self._judged[key] = self._judge(criterion, touching, named)
        found = self._judged[key]
        if found.witness is None or not account_id:
            return found
        return replace(found, witness=found.witness | {RECIPIENT: account_id})

    def touches(self, criterion: Criterion, actual: Pattern, account_id: str) -> bool:
        """Whether a filter matches any event of the criterion (or may, where that cannot be decided)."""
        everything = any_of([form for _, form in criterion.forms])
        if apart(everything, actual):
            return False
        named = account_id if _looks_at_account([everything, actual]) else ""
        key = (criterion.control.key, actual, named)
        if key not in self._touching:
            self._touching[key] = self._prove(everything, [], [*criterion.given(named), actual]).outcome != "covered"
        return self._touching[key]

    def covers_printed(self, criterion: Criterion, actuals: Iterable[Pattern], account_id: str) -> bool:
        """Whether the printed text is covered too, where the judged text is another."""
        if criterion.printed is None:
            return True
        return self._prove(criterion.printed, list(actuals), criterion.given(account_id)).outcome == "covered"

    def is_superset(self, criterion: Criterion, actual: Pattern, account_id: str) -> bool:
        """Whether a filter matches management events that no form of the criterion does."""
        forms = [form for _, form in criterion.forms]
        return self._prove(actual, forms, criterion.given(account_id)).outcome == "escapes"

    def _prove(
        self, prescribed: Pattern, actuals: list[Pattern], given: list[Pattern], excluding: Sequence[Pattern] = ()
    ) -> Proof:
        return prove(prescribed, actuals, given=given, excluding=excluding, settled=self._settled)

    def _judge(self, criterion: Criterion, actuals: Sequence[Pattern], account_id: str) -> Judgement:
        given = criterion.given(account_id)
        scope = [criterion.scope] if criterion.scope else []
        demands = [_Demand(Coverage.COMPLETE, given)]
        if scope:
            demands.append(_Demand(Coverage.IN_SCOPE, [*given, *scope]))
        if criterion.tuning and self._leaves_something(criterion, [*given, *scope, *criterion.text_fields]):
            excluding = tuple(criterion.tuning)
            assumed = [*given, *criterion.text_fields]
            demands.append(_Demand(Coverage.TUNED, assumed, excluding))
            demands += [_Demand(Coverage.TUNED, [*assumed, *scope], excluding)] if scope else []
        # the most lenient demand first: where an event escapes it, no stricter one can hold
        last = self._any_form(criterion, actuals, demands[-1])
        if last.coverage is Coverage.ESCAPES:
            return last
        found = (self._any_form(criterion, actuals, demand) for demand in demands)
        best = next((judgement for judgement in found if judgement.covered), last)
        if best.coverage is not Coverage.TUNED:
            return best
        return self._with_tuning_used(criterion, actuals, demands[-1], best)

    def _leaves_something(self, criterion: Criterion, given: list[Pattern]) -> bool:
        """Whether the exclusions leave some event of the control: else they would be a waiver, not a narrowing."""
        excluded = [pattern for _, pattern in criterion.tuning]
        return self._prove(criterion.forms[0][1], [], given, excluded).outcome == "escapes"

    def _with_tuning_used(
        self, criterion: Criterion, actuals: Sequence[Pattern], demand: "_Demand", judgement: Judgement
    ) -> Judgement:
        """The judgement with only those exclusions without which it would not hold."""
        used = list(demand.excluding)
        for candidate in demand.excluding:
            rest = [one for one in used if one != candidate]
            if self._any_form(criterion, actuals, replace(demand, excluding=tuple(rest))).covered:
                used = rest
        plain = [pattern for pattern in demand.given if pattern not in criterion.text_fields]
        assumed = not self._any_form(criterion, actuals, replace(demand, given=plain)).covered
        return replace(judgement, tuning=tuple(one for one, _ in used), assumes_text=assumed)

    def _any_form(
        self,
        criterion: Criterion,
        actuals: Sequence[Pattern],
        demand: "_Demand",
    ) -> Judgement:
        escape: Judgement | None = None
        doubt: Judgement | None = None
        for name, form in criterion.forms:
            proof = self._prove(form, list(actuals), demand.given, [pattern for _, pattern in demand.excluding])
            if proof.outcome == "covered":
                return Judgement(demand.level, name, proof.reason)
            if proof.outcome == "undecided":
                doubt = doubt or Judgement(Coverage.UNDECIDED, reason=proof.reason)
            elif escape is None:
                escape = Judgement(Coverage.ESCAPES, reason=proof.reason, witness=proof.witness)
        return doubt or escape or Judgement(Coverage.UNDECIDED, reason="the control has no pattern")


def _looks_at_account(patterns: Iterable[Pattern]) -> bool:
    """Whether an answer about these patterns can depend on the account that an event is recorded for."""
    return any(pattern.sees_all or RECIPIENT in pattern.fields for pattern in patterns)
