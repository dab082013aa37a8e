"""Counts of rows: by result and disposition, and whether they add up."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

Row = Mapping[str, Any]
"""A row of ``results.json``, or one of its accounts."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows have which result; fails apart by what was decided about them."""

    passed: int = 0
    open: int = 0
    """Fails that nobody accepted; those whose waiver has expired are counted apart."""
    waived: int = 0
    expired: int = 0
    not_evaluated: int = 0
    not_applicable: int = 0

    @property
    def failed(self) -> int:
        """All fails, waived or not: a waiver never changes a result."""
        return self.open + self.waived + self.expired

    @property
    def tested(self) -> int:
        """Rows with an answer, yes or no."""
        return self.passed + self.failed

    @property
    def rows(self) -> int:
        """All rows."""
        return self.tested + self.not_evaluated + self.not_applicable

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    @property
    def worst(self) -> str:
        """What a reader has to see first: an open fail, else what was not evaluated, and so on; empty without rows."""
        order = (
            ("OPEN", self.open + self.expired),
            ("NOT_EVALUATED", self.not_evaluated),
            ("WAIVED", self.waived),
            ("PASS", self.passed),
            ("NOT_APPLICABLE", self.not_applicable),
        )
        return next((name for name, count in order if count), "")


_FIELDS = {
    ("PASS", ""): "passed",
    ("FAIL", "OPEN"): "open",
    ("FAIL", "WAIVED"): "waived",
    ("FAIL", "WAIVER_EXPIRED"): "expired",
    ("NOT_EVALUATED", ""): "not_evaluated",
    ("NOT_APPLICABLE", ""): "not_applicable",
}


def tally(rows: Iterable[Row]) -> Tally:
    """Count the rows. A row with a result that does not exist raises KeyError."""
    counted = Counter((row["result"], row["disposition"]) for row in rows)
    return Tally(**{_FIELDS[status]: count for status, count in counted.items()})


def tally_by(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, Tally]:
    """Count the rows apart by a key, in the order in which keys first appear."""
    counted: dict[str, Counter[str]] = {}
    for row in rows:
        counted.setdefault(key(row), Counter())[_FIELDS[row["result"], row["disposition"]]] += 1
    return {name: Tally(**count) for name, count in counted.items()}


@dataclass(frozen=True, slots=True)
class TieOut:
    """listed = evaluated + not evaluated + excluded, as stated and as counted from the accounts themselves."""

    listed: int
    evaluated: int
    not_evaluated: int
    excluded: int
    counted: int
    """Accounts that the population lists one by one."""

    @property
    def adds_up(self) -> bool:
        """Whether the parts make the whole, and the whole is what was counted."""
        return self.listed == self.evaluated + self.not_evaluated + self.excluded == self.counted

    @property
    def in_scope(self) -> int:
        """Accounts that have result rows."""
        return self.listed - self.excluded


def tie_out(population: Mapping[str, Any]) -> TieOut:
    """The population's own figures, beside the number of accounts that it names."""
    figures = {name: int(population[name]) for name in ("listed", "evaluated", "not_evaluated", "excluded")}
    return TieOut(**figures, counted=len(population["accounts"]))
