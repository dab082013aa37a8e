"""Open fails, equal ones together: what has to be done, counted once however many accounts it concerns."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orgaudit.model.calls import canonical_json
from orgaudit.model.chain import links_of
from orgaudit.report.tally import Row
from orgaudit.report.words import LINKS, SEVERITIES

_SELECTOR = re.compile(r"\$\.([\w.]+)")
_SUCH_AS = re.compile(r", such as \S+$")
_TELLING = ("eventSource", "eventName", "awsRegion", "userIdentity.type", "readOnly")
"""Fields of an event that a reader knows it by."""
_OF_A_CONTROL = frozenset({"filter", "metric", "alarm", "action"})
"""Links that each control has of its own; the others carry every control of an account."""
_PLACES = {link: place for place, link in enumerate(LINKS)}
_CLOSES: Mapping[str, str] = {
    "trail": "Let a multi-region trail with global service events log in this account, or cover it by the "
    "organization trail.",
    "selectors": "Let the trail record management events, reads and writes, without leaving out a service that the "
    "control is about.",
    "delivery": "Let the trail deliver to a log group, with a role that may write to it.",
    "filter": "Put a metric filter with the prescribed pattern on the log group of the trail.",
    "metric": "Let the filter count into a metric with value 1, and an alarm watch exactly that metric.",
    "alarm": "Let an alarm on the metric fire on a single event: Sum, at least 1, one period of 300 seconds, missing "
    "data not breaching.",
    "action": "Enable the alarm's actions and name an SNS topic of the same region among them.",
    "topic": "Let CloudWatch publish to the topic: its policy, and the policy of its key where it is encrypted.",
    "subscription": "Let at least one person's subscription to the topic be confirmed.",
}
"""What would close a fail at this link, in words. Commands are printed by ``orgaudit remediate``."""
_CLOSES_REASON: Mapping[str, str] = {
    "NO_LOG_FILE_VALIDATION": "Turn on log file validation for every trail that logs.",
    "NO_KMS_KEY": "Let every trail that logs encrypt its log files with a KMS key.",
}
"""The same where the link alone does not say it."""


@dataclass(slots=True)
class Finding:
    """Fails that say the same of several accounts or controls."""

    row: Row
    """The first of the rows: its chain, witness, observed and expected stand for all."""
    severity: str
    results: Sequence[Row]
    """All results, these rows among them: there may be as many findings as rows, so that each is kept small."""
    places: list[int] = field(default_factory=list)
    """Where the rows stand among the results, from 0."""
    untold: int = 0
    """How many of the rows are about an event of which nobody is told; the others are about how a trail is set up."""
    expired: int = 0
    """How many of the rows had a waiver that has expired."""
    number: int = 0

    @property
    def rows(self) -> int:
        """How many results it stands for."""
        return len(self.places)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that it concerns, in the order of the rows."""
        return tuple(dict.fromkeys(self.results[place]["account_id"] for place in self.places))

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls that it concerns, in the order of the rows."""
        return tuple(dict.fromkeys(self.results[place]["control"] for place in self.places))

    @property
    def closes(self) -> str:
        """What would close it, in one sentence; empty where no link of a chain is broken."""
        return _CLOSES_REASON.get(self.row["reason_code"]) or _CLOSES.get(self.row["broken_link"] or "", "")

    @property
    def chain(self) -> Sequence[Row]:
        """The links of the first row's chain, as ``links_of`` gives them."""
        return links_of(self.row)


def findings(
    rows: Sequence[Row], severities: Mapping[str, str], trail_controls: Container[str] = ()
) -> tuple[Finding, ...]:
    """Group the open fails, expired waivers among them, worst first; numbered from 1.

    Worst is what leaves most alarm tests untold, whatever severity a catalog gives to one control: it is the question
    that the report answers, and the most that one remedy can change. Then come the findings with most rows, and of
    equal ones those that break earlier in the chain.

    Two rows are equal when link, reason code, giver of the chain and reason are, the account's own id left aside;
    at a link that each control has of its own, a row with a witness is equal only to rows of the same control.
    severities: of each control, as the catalog says. trail_controls: keys of those that no event is about.
    """
    groups: dict[tuple[object, ...], Finding] = {}
    for place, row in enumerate(rows):
        if row["disposition"] not in ("OPEN", "WAIVER_EXPIRED"):
            continue
        severity = severities.get(row["control"], "medium")
        found = groups.setdefault(_likeness(row), Finding(row, severity, rows))
        found.severity = min(found.severity, severity, key=SEVERITIES.index)
        found.places.append(place)
        found.untold += row["control"] not in trail_controls
        found.expired += row["disposition"] == "WAIVER_EXPIRED"
    ordered = sorted(groups.values(), key=_urgency)
    for number, one in enumerate(ordered, 1):
        one.number = number
    return tuple(ordered)


def _urgency(one: Finding) -> tuple[int, ...]:
    link = one.row["broken_link"]
    return -one.untold, -one.rows, _PLACES.get(link, len(_PLACES)), SEVERITIES.index(one.severity), one.places[0]


def _likeness(row: Row) -> tuple[object, ...]:
    reason = row["reason"].replace(row["account_id"], "<account>")
    if row["broken_link"] in _OF_A_CONTROL and row["witness"] is not None:
        return row["broken_link"], row["reason_code"], row["inherited_from"], reason, row["control"]
    reason, control = _SUCH_AS.sub("", reason), ""
    return row["broken_link"], row["reason_code"], row["inherited_from"], reason, control


@dataclass(frozen=True, slots=True)
class WitnessLine:
    """One field of a witness event."""

    path: str
    value: str
    decides: bool
    """The criterion speaks of this field."""


def witness_lines(row: Row) -> tuple[WitnessLine, ...]:
    """The fields of the witness event that decide, then those that a reader knows it by; results.json has them all."""
    event = row["witness"]
    if event is None:
        return ()
    deciding = set(_SELECTOR.findall(f"{row['criterion']} {row['observed']} {row['expected']}"))
    lines = [WitnessLine(path, value, path in deciding) for path, value in _flat(event)]
    told = [line for line in lines if line.decides or line.path in _TELLING]
    return tuple(sorted(told, key=lambda line: (not line.decides, line.path)))


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, held in value.items():
            yield from _flat(held, f"{path}.{key}" if path else str(key))
    else:
        yield path, value if isinstance(value, str) else canonical_json(value)


@dataclass(slots=True)
class Cause:
    """Why rows could not be evaluated: a call that gave no answer, or something that could not be decided."""

    call: str
    """Service and operation; empty where nothing was refused but something was undecided."""
    error_code: str
    reason: str
    """The reason of the first row."""
    rows: int = 0
    accounts: dict[str, None] = field(default_factory=dict)
    regions: dict[str, None] = field(default_factory=dict)


def causes(rows: Iterable[Row]) -> tuple[Cause, ...]:
    """Group the rows that are not evaluated by their first cause, most rows first: each row is counted once."""
    groups: dict[tuple[str, str], Cause] = {}
    for row in rows:
        if row["result"] != "NOT_EVALUATED":
            continue
        missing = row["missing"][0] if row["missing"] else None
        key = (missing["call"], missing["error_code"]) if missing else ("", row["reason_code"])
        cause = groups.setdefault(key, Cause(key[0], key[1], row["reason"]))
        cause.rows += 1
        cause.accounts[row["account_id"]] = None
        if missing:
            cause.regions[missing["region"]] = None
    return tuple(sorted(groups.values(), key=lambda cause: (-cause.rows, cause.call, cause.error_code)))


def broken_links(found: Iterable[Finding]) -> dict[str, int]:
    """How many open fails break at which link, in the order of the chain; links that never broke have 0."""
    counted = dict.fromkeys(LINKS, 0)
    for one in found:
        if link := one.row["broken_link"]:
            counted[link] += one.rows
    return counted
