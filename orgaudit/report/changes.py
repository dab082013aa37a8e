"""What changed since the last run, and how the results moved over the last runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KINDS: Mapping[str, str] = {
    "new": "New fail",
    "regressed": "Failed again after it was fixed",
    "still_failing": "Still failing",
    "fixed": "Fixed",
    "newly_not_evaluated": "No longer evaluated",
    "new_account": "New account",
    "account_left": "Account left",
    "criteria_changed": "Criteria changed (not a fix)",
}
"""Kinds of change, in the order in which a reader wants them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One account and control (or account alone) that differs from the last run."""

    kind: str
    account_id: str
    control: str = ""
    before: str = ""
    after: str = ""
    text: str = ""
    first_seen: str = ""
    """Since when it fails."""
    runs: int = 0
    """In how many runs one after the other."""
    days_open: int = 0


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Counts of one earlier or of this run; None where the run did not evaluate."""

    run_id: str
    started_at: str
    counts: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Changes:
    """The comparison with the last run."""

    previous_run_id: str
    previous_started_at: str
    previous_manifest_sha256: str
    lines: tuple[Change, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    """Lines by kind; every kind is named."""


def changes(comparison: Mapping[str, Any] | None) -> Changes | None:
    """Read a comparison; None if there is no earlier run.

    comparison: ``{"previous": {"run_id", "started_at", "manifest_sha256"}, "changes": [fields of Change],
    "trend": [{"run_id", "started_at", "counts": {result: n or null}}]}``. An unknown kind raises ValueError.
    """
    if not comparison:
        return None
    lines = tuple(Change(**line) for line in comparison.get("changes", ()))
    if unknown := {line.kind for line in lines} - KINDS.keys():
        raise ValueError(f"comparison: unknown kinds of change {', '.join(sorted(unknown))}")
    previous = comparison["previous"]
    order = list(KINDS)
    return Changes(
        previous["run_id"],
        previous["started_at"],
        previous.get("manifest_sha256", ""),
        lines=tuple(sorted(lines, key=lambda line: (order.index(line.kind), line.account_id, line.control))),
        trend=_trend(comparison.get("trend", ())),
        counts={kind: sum(line.kind == kind for line in lines) for kind in KINDS},
    )


def _trend(points: Sequence[Mapping[str, Any]]) -> tuple[TrendPoint, ...]:
    return tuple(TrendPoint(point["run_id"], point["started_at"], point["counts"]) for point in points)
