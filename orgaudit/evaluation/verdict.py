"""A verdict: a result, and everything that a row says to prove it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orgaudit.evaluation.links import Link, Missing, Observation
from orgaudit.model.settings import Tuning
from orgaudit.patterns import Pattern

PASS, FAIL, NOT_EVALUATED, NOT_APPLICABLE = "PASS", "FAIL", "NOT_EVALUATED", "NOT_APPLICABLE"


@dataclass(frozen=True, slots=True)
class Proved:
    """What the proof behind a verdict is about: patterns as they are written, since AWS reads the text."""

    prescribed: tuple[str, ...]
    given: tuple[Pattern, ...]
    """What is known of the control's events."""
    deployed: tuple[str, ...]
    """The patterns of the filters that matter."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A result and everything that a row says to prove it."""

    result: str
    code: str
    reason: str
    coverage: str | None = None
    broken_link: str | None = None
    inherited_from: str | None = None
    witness: dict[str, Any] | None = None
    observed: str = ""
    expected: str = ""
    criterion: str = ""
    observations: tuple[Observation, ...] = ()
    evidence: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    tuning: tuple[Tuning, ...] = ()
    chain: tuple[Link, ...] = ()
    alarms: tuple[str, ...] = ()
    """The alarms that a PASS rests on."""
    proved: Proved | None = None
    """None where no proof decides."""


def no_answer(missing: Sequence[Missing]) -> tuple[str, str]:
    """Code and sentence for an account of which nothing is known."""
    first = missing[0]
    where = f"account {first.account_id}" + (f", {first.region}" if first.region else "")
    return "CALL_NOT_ANSWERED", f"{first.call} in {where} was not answered ({first.error_code}), so nothing is known."
