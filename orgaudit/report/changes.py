"""What changed since the last run, and how the results moved over the last runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orgaudit.report.tally import Tally

KINDS: Mapping[str, str] = {
    "new": "New fail",
    "regressed": "Failed again after it was fixed",
    "fixed": "Fixed",
    "newly_not_evaluated": "No longer evaluated",
    "criteria_changed": "Criteria changed (neither fixed nor newly failed)",
    "new_account": "Account new, or new in scope",
    "account_left": "Account left, or left the scope",
    "still_failing": "Still failing",
}
"""Kinds of change, in the order in which a reader wants them: what moved first, what stayed last."""


@dataclass(frozen=True, slots=True)
class Change:
    """One account and control (or account alone) that differs from the last run, or still fails."""

    kind: str
    account_id: str
    name: str = ""
    ou_path: str = ""
    control: str = ""
    before: str = ""
    after: str = ""
    reason_code: str = ""
    """Of the result as it is now; empty for what is told of an account."""
    text: str = ""
    first_seen: str = ""
    """Start of the run that first saw it fail; empty for what does not fail."""
    runs: int = 0
    """How many runs saw it fail, one after the other."""
    days_open: int = 0


@dataclass(frozen=True, slots=True)
class Alike:
    """Changes that say the same of each of these controls in each of these accounts."""

    first: Change
    controls: tuple[str, ...]
    """None where the accounts themselves came or left."""
    accounts: list[str] = field(default_factory=list)
    """Each with its name."""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Counts of one earlier run or of this one."""

    run_id: str
    started_at: str
    benchmark: str
    listed: int
    evaluated: int
    tally: Tally

    @property
    def gap(self) -> bool:
        """The run evaluated nothing: it says neither that something passed nor that nothing failed."""
        return self.tally.tested == 0


@dataclass(frozen=True, slots=True)
class Changes:
    """The comparison with the last run."""

    previous: Mapping[str, Any]
    """The last run: ``run_id``, ``started_at``, ``benchmark``, ``tool_version``, ``bundle``, ``manifest_sha256``."""
    run: Mapping[str, Any]
    """This run, likewise."""
    criteria: Mapping[str, Sequence[str]]
    """What changed of a control's criteria, by control."""
    lines: tuple[Change, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    """Up to eight runs, the oldest first, this run last."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Lines by kind; every kind is named."""

    @property
    def alike(self) -> tuple[Alike, ...]:
        """The lines, those together that say the same: of each control named, in each account named."""
        said: dict[tuple[str, ...], dict[str, list[Change]]] = {}
        for line in self.lines:
            key = (line.kind, line.before, line.after, line.text, line.first_seen)
            said.setdefault(key, {}).setdefault(line.account_id, []).append(line)
        groups: dict[tuple[object, ...], Alike] = {}
        for same, accounts in said.items():
            for lines in accounts.values():
                controls = tuple(line.control for line in lines if line.control)
                group = groups.setdefault((same, controls), Alike(lines[0], controls))
                group.accounts.append(f"{lines[0].account_id} {lines[0].name}".strip())
        return tuple(groups.values())

    @property
    def by_criteria(self) -> Mapping[str, Sequence[str]]:
        """The controls whose criteria changed, by what changed of them."""
        together: dict[str, list[str]] = {}
        for control, what in self.criteria.items():
            together.setdefault("; ".join(what), []).append(control)
        return together

    @property
    def notes(self) -> tuple[str, ...]:
        """What two runs differ in beside their results, one sentence each; empty where they are alike."""
        notes = []
        for name, words in (("benchmark", "CIS AWS Foundations"), ("tool_version", "orgaudit")):
            before, now = self.previous[name], self.run[name]
            if before != now:
                notes.append(f"Judged by {words} {before} before, by {now} now.")
        if not self.previous["finished"]:
            notes.append("The run before was interrupted: accounts that it did not read are compared with older runs.")
        return tuple(notes)


def changes(comparison: Mapping[str, Any] | None) -> Changes | None:
    """The same as ``read_changes``; None if there is no earlier run."""
    return read_changes(comparison) if comparison else None


def read_changes(comparison: Mapping[str, Any]) -> Changes:
    """Read a comparison, as ``orgaudit compare --json`` prints it. An unknown kind raises ValueError."""
    lines = tuple(Change(**line) for line in comparison["changes"])
    if unknown := {line.kind for line in lines} - KINDS.keys():
        raise ValueError(f"comparison: unknown kinds of change {', '.join(sorted(unknown))}")
    order = list(KINDS)
    return Changes(
        previous=comparison["previous"],
        run=comparison["run"],
        criteria=comparison["criteria"],
        lines=tuple(
            sorted(lines, key=lambda line: (order.index(line.kind), -line.days_open, line.account_id, line.control))
        ),
        trend=tuple(_point(point) for point in comparison["trend"]),
        counts={kind: sum(line.kind == kind for line in lines) for kind in KINDS},
    )


def _point(point: Mapping[str, Any]) -> TrendPoint:
    counts, population = point["counts"], point["population"]
    return TrendPoint(
        point["run_id"],
        point["started_at"],
        point["benchmark"],
        listed=population["listed"],
        evaluated=population["evaluated"],
        tally=Tally(
            passed=counts["PASS"],
            open=counts["OPEN"],
            waived=counts["WAIVED"],
            expired=counts["WAIVER_EXPIRED"],
            not_evaluated=counts["NOT_EVALUATED"],
            not_applicable=counts["NOT_APPLICABLE"],
        ),
    )


_WORDS: Mapping[str, tuple[str, str]] = {
    "new": ("new fail", "new fails"),
    "regressed": ("failed again after it was fixed", "failed again after they were fixed"),
    "fixed": ("fixed", "fixed"),
    "newly_not_evaluated": ("no longer evaluated", "no longer evaluated"),
    "criteria_changed": ("with changed criteria", "with changed criteria"),
    "new_account": ("new account", "new accounts"),
    "account_left": ("account that left", "accounts that left"),
    "still_failing": ("still failing", "still failing"),
}


def changes_sentence(found: Changes) -> str:
    """The comparison in one sentence."""
    told = [f"{number:,} {_WORDS[kind][number != 1]}" for kind, number in found.counts.items() if number]
    return f"Since the run of {found.previous['started_at'][:10]}: {', '.join(told) or 'nothing changed'}."
