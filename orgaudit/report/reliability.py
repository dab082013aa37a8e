"""The page that says whether the report can be relied on, as ``results.json`` tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from orgaudit.model.calls import rfc3339


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the reliability page."""

    fact: str
    value: str


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """All calls of one service and action. Pages of one call are counted as one call."""

    service: str
    action: str
    calls: int
    pages: int
    answered: int
    """Answers, "not found" among them."""
    refused: int
    throttled: int
    failed: int
    not_offered: int
    retried: int
    """Attempts beyond the first."""


@dataclass(frozen=True, slots=True)
class Region:
    """A region that was asked, and why that was enough."""

    name: str
    accounts: int
    calls: int
    why: str


@dataclass(frozen=True, slots=True)
class Reliability:
    """List of facts, ledger of calls, regions, and what the test cannot say."""

    facts: tuple[Fact, ...]
    ledger: tuple[LedgerLine, ...]
    regions: tuple[Region, ...]
    limits: tuple[str, ...]


def reliability(told: Mapping[str, Any]) -> Reliability:
    """Read the part ``reliability`` of ``results.json``."""
    return Reliability(
        facts=tuple(Fact(**one) for one in told["facts"]),
        ledger=tuple(LedgerLine(**one) for one in told["calls"]),
        regions=tuple(Region(**one) for one in told["regions"]),
        limits=tuple(told["limits"]),
    )


def moment(value: Any) -> str:
    """A time of a frame as RFC 3339 in UTC; empty where there is none."""
    return "" if pd.isna(value) else rfc3339(value.to_pydatetime())
