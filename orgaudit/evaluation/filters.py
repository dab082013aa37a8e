"""A metric filter: what it matches, and the metric it feeds."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache

from orgaudit.evaluation.index import listed
from orgaudit.evaluation.links import Link, broken, held, undecided
from orgaudit.model.values import Row
from orgaudit.patterns import Pattern, PatternSyntaxError, parse

NOTHING = parse('{ $.eventName = "" && $.eventName = "-" }')
"""Matches no event."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a filter matches; pattern is None where that cannot be said, and problem says why."""

    pattern: Pattern | None
    problem: str = ""
    written: str | None = None
    """The filter's own pattern as AWS holds it; None where something else decides what the filter matches."""


@lru_cache(maxsize=8192)
def parsed(text: str) -> Reading:
    """The pattern of this text, or why it cannot be read: AWS accepted something that the documentation lacks."""
    try:
        return Reading(parse(text), written=text)
    except PatternSyntaxError as error:
        return Reading(None, f"AWS accepted a pattern outside the documented language: {error}")


def read_filter(row: Row, account_id: str, region: str) -> Reading:
    """What a filter of the log group in this account and region matches among raw CloudTrail events."""
    if row["transformed"]:
        return Reading(None, f"filter {row['filter_name']} sees transformed log events, not CloudTrail's own")
    if row["field_selection"]:
        selected = selects(str(row["field_selection"]), account_id, region)
        if selected is None:
            return Reading(None, f"filter {row['filter_name']} selects by {row['field_selection']}")
        if not selected:
            return Reading(NOTHING)
    if row["pattern"] is None:
        return Reading(None, f"the pattern of filter {row['filter_name']} was not in the answer")
    reading = parsed(str(row["pattern"]))
    return reading if reading.pattern else Reading(None, f"filter {row['filter_name']}: {reading.problem}")


_CRITERION = re.compile(
    r"""(?P<field>@aws\.(?:account|region))\s*
        (?:(?P<compare>=|!=)\s*"(?P<value>[^"]*)"
        |(?P<within>NOT\s+IN|IN)\s*\[\s*(?P<values>"[^"]*"(?:\s*,\s*"[^"]*")*)\s*\])""",
    re.VERBOSE,
)


@lru_cache(maxsize=1024)
def selects(criteria: str, account_id: str, region: str) -> bool | None:
    """Whether field selection criteria select the log events of this account and region; None where undecided.

    ``@aws.account`` and ``@aws.region`` are where the log event came from: the log group's own account and region.
    Decided: comparisons joined by AND alone, or by OR alone.
    """
    joiners = set(re.findall(r"\b(?:AND|OR)\b", re.sub(r'"[^"]*"', "", criteria)))
    if len(joiners) > 1:
        return None
    joiner = joiners.pop() if joiners else "AND"
    verdicts: list[bool] = []
    for part in re.split(rf"\s+{joiner}\s+", criteria.strip()):
        match = _CRITERION.fullmatch(part.strip())
        if match is None:
            return None
        actual = account_id if match["field"] == "@aws.account" else region
        values = [match["value"]] if match["compare"] else re.findall(r'"([^"]*)"', match["values"])
        negated = (match["compare"] or match["within"]).startswith(("!", "N"))
        verdicts.append((actual in values) != negated)
    return all(verdicts) if joiner == "AND" else any(verdicts)


Identity = tuple[str | None, str | None, str, tuple[tuple[str, str], ...]]
"""Namespace, metric name, unit, and emitted dimensions (name, where the value comes from)."""


def identity(row: Row) -> Identity:
    """What tells the filter's metric from every other in its account and region."""
    dimensions = dict(_pairs(row["dimensions"]))
    dimensions |= {name: name for name in map(str, listed(row["system_dimensions"]))}
    return row["namespace"], row["metric_name"], str(row["unit"] or "None"), tuple(sorted(dimensions.items()))


def _pairs(text: str | None) -> list[tuple[str, str]]:
    value = json.loads(text) if text else {}
    return [(str(name), str(source)) for name, source in value.items()] if isinstance(value, dict) else []


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


_LARGEST = 2.0**360
"""CloudWatch takes no value beyond it (CloudWatch API Reference, MetricDatum, read 2026-11)."""


def sample_of(row: Row) -> float | None:
    """The sample that a match adds; None where that is a field of the event, or nothing that CloudWatch takes."""
    value = str(row["metric_value"] or "")
    found = float(value) if _NUMBER.fullmatch(value) else None
    return found if found is not None and abs(found) <= _LARGEST else None


def metric_link(row: Row) -> Link:
    """The metric link: the filter has a transformation that can be read, with a number or a field for a value."""
    name, evidence = f"{row['namespace']}/{row['metric_name']}", (str(row["evidence_id"]),)
    if row["unread"]:
        reason = f"What metric filter {row['filter_name']} feeds cannot be read in the answer: {row['unread']}."
        return undecided("metric", "METRIC_UNREAD", reason, what=str(row["filter_name"]), evidence=evidence)
    if not row["namespace"] or not row["metric_name"]:
        reason = f"Filter {row['filter_name']} feeds no metric."
        return broken(
            "metric", "NO_METRIC", reason, what=str(row["filter_name"]), expected="a metric", evidence=evidence
        )
    value = str(row["metric_value"] or "")
    if sample_of(row) is None and not value.startswith("$"):
        reason = (
            f"Filter {row['filter_name']} gives the value {value!r}, which is neither a field nor a number in range."
        )
        return undecided("metric", "METRIC_VALUE_UNDECIDED", reason, what=name, observed=value, evidence=evidence)
    return held("metric", name, evidence)
