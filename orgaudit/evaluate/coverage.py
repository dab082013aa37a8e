"""Is a control's criterion covered? Asks the proof, from the strictest reading to the most lenient accepted one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from orgaudit.controls import Control, Edition
from orgaudit.model.settings import Tuning
from orgaudit.patterns import Pattern, Proof, any_of, parse, prove

MANAGEMENT_EVENT = parse('{ $.managementEvent IS TRUE && $.eventCategory = "Management" }')
WRITE = parse("{ $.readOnly IS FALSE }")
_ACCOUNT = "recipientAccountId"


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

    def given(self, account_id: str) -> list[Pattern]:
        """What is known of an event of the control that is recorded for this account."""
        recorded = [parse(f'{{ $.{_ACCOUNT} = "{account_id}" }}')] if account_id else []
        return [*self.facts, *recorded]

    @property
    def text_fields(self) -> list[Pattern]:
        """That the fields an accepted exclusion names hold text or are absent, as CloudTrail documents them.

        A filter can say "absent, or present and different"; it cannot say "and no list". Without this nothing could
        ever leave out a role and still be covered but for it.
        """
        fields = dict.fromkeys(field for _, pattern in self.tuning for field in sorted(pattern.selectors))
        return [parse(f'{{ $.{field} NOT EXISTS || $.{field} = "*" }}') for field in fields]

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
        touching = tuple(actual for actual in actuals if self.touches(criterion, actual, account_id))
        looking = (*(form for _, form in criterion.forms), *(pattern for _, pattern in criterion.tuning), *touching)
        named = account_id if _looks_at_account(looking) else ""
        key = (criterion.control.key, touching, named)
        if key not in self._judged:
            self._judged[key] = self._judge(criterion, touching, named)
        found = self._judged[key]
        if found.witness is None or not account_id:
            return found
        return replace(found, witness=found.witness | {_ACCOUNT: account_id})

    def touches(self, criterion: Criterion, actual: Pattern, account_id: str) -> bool:
        """Whether a filter matches any event of the criterion (or may, where that cannot be decided)."""
        named = account_id if _looks_at_account([*(form for _, form in criterion.forms), actual]) else ""
        key = (criterion.control.key, actual, named)
        if key not in self._touching:
            everything = any_of([form for _, form in criterion.forms])
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
        scoped = [*given, criterion.scope] if criterion.scope else given
        excluded = [pattern for _, pattern in criterion.tuning]
        demands: list[tuple[Coverage, list[Pattern], list[Pattern]]] = [(Coverage.COMPLETE, given, [])]
        if criterion.scope:
            demands.append((Coverage.IN_SCOPE, scoped, []))
        if excluded:
            given, scoped = [*given, *criterion.text_fields], [*scoped, *criterion.text_fields]
            demands += [(Coverage.TUNED, given, excluded), (Coverage.TUNED, scoped, excluded)]
        # the most lenient demand first: where an event escapes it, no stricter one can hold
        last = self._any_form(criterion, actuals, *demands[-1])
        if last.coverage is Coverage.ESCAPES:
            return last
        found = (self._any_form(criterion, actuals, *demand) for demand in demands)
        best = next((judgement for judgement in found if judgement.covered), last)
        return self._with_tuning_used(criterion, actuals, scoped, best) if best.coverage is Coverage.TUNED else best

    def _with_tuning_used(
        self, criterion: Criterion, actuals: Sequence[Pattern], given: list[Pattern], judgement: Judgement
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
        given: list[Pattern],
        excluding: list[Pattern],
    ) -> Judgement:
        escape: Judgement | None = None
        doubt: Judgement | None = None
        for name, form in criterion.forms:
            proof = self._prove(form, list(actuals), given, excluding)
            if proof.outcome == "covered":
                return Judgement(level, name, proof.reason)
            if proof.outcome == "undecided":
                doubt = doubt or Judgement(Coverage.UNDECIDED, reason=proof.reason)
            elif escape is None:
                escape = Judgement(Coverage.ESCAPES, reason=proof.reason, witness=proof.witness)
        return doubt or escape or Judgement(Coverage.UNDECIDED, reason="the control has no pattern")


def _looks_at_account(patterns: Iterable[Pattern]) -> bool:
    """Whether an answer about these patterns can depend on the account that an event is recorded for."""
    return any(pattern.reach is None or _ACCOUNT in pattern.reach for pattern in patterns)
