"""Is a control's criterion covered? Asks the proof, from the strictest reading to the most lenient accepted one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from orgaudit.controls import Control, Edition
from orgaudit.model.settings import Tuning
from orgaudit.patterns import Pattern, any_of, parse, prove

MANAGEMENT_EVENT = parse('{ $.managementEvent IS TRUE && $.eventCategory = "Management" }')
WRITE = parse("{ $.readOnly IS FALSE }")


class Coverage(StrEnum):
    """How far the criterion is covered; see the documentation of verdicts."""

    COMPLETE = "COMPLETE"
    IN_SCOPE = "IN_SCOPE"
    TUNED = "TUNED"
    ESCAPES = "ESCAPES"
    UNDECIDED = "UNDECIDED"


COVERED = frozenset({Coverage.COMPLETE, Coverage.IN_SCOPE, Coverage.TUNED})


@dataclass(frozen=True, slots=True)
class Criterion:
    """What filters must match for a control, and what they may leave out."""

    control: Control
    forms: tuple[tuple[str, Pattern], ...]
    """The judged text (without a name) first, then the alternatives that the benchmark allows, by name."""
    printed: Pattern | None
    """The printed text where it is defective and something else is judged."""
    scope: Pattern | None
    """The services the control is about; None for every service."""
    facts: tuple[Pattern, ...]
    """What is known of the control's events, whatever the account."""
    tuning: tuple[tuple[Tuning, Pattern], ...]
    """Accepted exclusions that have not expired."""

    @property
    def text(self) -> str:
        """The judged text."""
        return self.forms[0][1].text


def criterion_of(control: Control, edition: Edition, tuning: Sequence[Tuning]) -> Criterion:
    """The criterion of a control in one benchmark version. tuning: all that is accepted and has not expired."""
    judged, printed = str(edition.criterion), str(edition.printed)
    sources = [f'$.eventSource = "{source}"' for source in control.event_sources]
    return Criterion(
        control=control,
        forms=(("", parse(judged)), *((form.name, parse(form.pattern)) for form in edition.alternatives)),
        printed=parse(printed) if printed != judged else None,
        scope=parse("{ " + " || ".join(sources) + " }") if sources else None,
        facts=(MANAGEMENT_EVENT, WRITE) if control.writes_only else (MANAGEMENT_EVENT,),
        tuning=tuple((one, parse(one.exclude)) for one in tuning if one.control == control.key),
    )


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

    @property
    def covered(self) -> bool:
        """Whether the link holds."""
        return self.coverage in COVERED


def account_fact(account_id: str) -> Pattern:
    """The fact that an event was recorded for this account."""
    return parse(f'{{ $.recipientAccountId = "{account_id}" }}')


class Judge:
    """Judges coverage with what AWS itself has settled about the pattern language."""

    def __init__(self, settled: Mapping[str, Any] | None = None) -> None:
        self._settled = dict(settled or {})

    def judge(self, criterion: Criterion, actuals: Sequence[Pattern], facts: Sequence[Pattern] = ()) -> Judgement:
        """Whether these filters cover the criterion for events of which the facts are known."""
        given = [*criterion.facts, *facts]
        scoped = [*given, criterion.scope] if criterion.scope else given
        excluded = [pattern for _, pattern in criterion.tuning]
        demands: list[tuple[Coverage, list[Pattern], list[Pattern]]] = [(Coverage.COMPLETE, given, [])]
        if criterion.scope:
            demands.append((Coverage.IN_SCOPE, scoped, []))
        if excluded:
            demands += [(Coverage.TUNED, given, excluded), (Coverage.TUNED, scoped, excluded)]
        # the most lenient demand first: where an event escapes it, no stricter one can hold
        last = self._any_form(criterion, actuals, *demands[-1])
        if last.coverage is Coverage.ESCAPES:
            return last
        found = (self._any_form(criterion, actuals, *demand) for demand in demands)
        best = next((judgement for judgement in found if judgement.covered), last)
        return self._with_tuning_used(criterion, actuals, scoped, best) if best.coverage is Coverage.TUNED else best

    def _with_tuning_used(
        self, criterion: Criterion, actuals: Sequence[Pattern], given: Sequence[Pattern], judgement: Judgement
    ) -> Judgement:
        """The judgement with only those exclusions without which it would not hold."""
        used = list(criterion.tuning)
        for candidate in criterion.tuning:
            rest = [pattern for one, pattern in used if one != candidate[0]]
            if self._any_form(criterion, actuals, Coverage.TUNED, given, rest).covered:
                used.remove(candidate)
        return replace(judgement, tuning=tuple(one for one, _ in used))

    def _any_form(
        self,
        criterion: Criterion,
        actuals: Sequence[Pattern],
        level: Coverage,
        given: Sequence[Pattern],
        excluding: Sequence[Pattern],
    ) -> Judgement:
        escape: Judgement | None = None
        doubt: Judgement | None = None
        for name, form in criterion.forms:
            proof = prove(form, list(actuals), given=list(given), excluding=list(excluding), settled=self._settled)
            if proof.outcome == "covered":
                return Judgement(level, name, proof.reason)
            if proof.outcome == "undecided":
                doubt = doubt or Judgement(Coverage.UNDECIDED, reason=proof.reason)
            elif escape is None:
                escape = Judgement(Coverage.ESCAPES, reason=proof.reason, witness=proof.witness)
        return doubt or escape or Judgement(Coverage.UNDECIDED, reason="the control has no pattern")

    def covers_printed(self, criterion: Criterion, actuals: Sequence[Pattern], facts: Sequence[Pattern] = ()) -> bool:
        """Whether the printed text is covered too, where the judged text is another."""
        if criterion.printed is None:
            return True
        given = [*criterion.facts, *facts]
        return prove(criterion.printed, list(actuals), given=given, settled=self._settled).outcome == "covered"

    def touches(self, criterion: Criterion, actual: Pattern, facts: Sequence[Pattern] = ()) -> bool:
        """Whether a filter matches any event of the criterion: whether it escapes from "nothing but the others"."""
        everything = any_of([form for _, form in criterion.forms])
        given = [*criterion.facts, *facts, actual]
        return prove(everything, [], given=given, settled=self._settled).outcome != "covered"

    def is_superset(self, criterion: Criterion, actual: Pattern, facts: Sequence[Pattern] = ()) -> bool:
        """Whether a filter matches management events that no form of the criterion does."""
        forms = [form for _, form in criterion.forms]
        proof = prove(actual, forms, given=[*criterion.facts, *facts], settled=self._settled)
        return proof.outcome == "escapes"
