"""Composite alarms: which of them carry an alarm's action, and what holds one back.

Source: CloudWatch API Reference, PutCompositeAlarm and CompositeAlarm (read 2026-11).
"""

import re
from collections.abc import Iterator

from orgaudit.evaluation.alarm import ALARM_STATES
from orgaudit.evaluation.alarm_rule import Neighbours
from orgaudit.evaluation.index import Index, listed
from orgaudit.evaluation.metric_math import UndecidedError
from orgaudit.model.values import Row, structure

_QUIET = ("OK", "INSUFFICIENT_DATA")
_FOR_A_WHILE = (None, "WaitPeriod", "ExtensionPeriod")
"""What ``ActionsSuppressedBy`` says where the actions come all the same, later."""
_NEGATION = re.compile(r"\b(?:NOT|OK|INSUFFICIENT_DATA)\b")
"""What a rule needs so that a further alarm in ALARM can make it false."""


def carriers(index: Index, alarm: Row) -> Iterator[tuple[Row, str]]:
    """The alarm itself, then the composite alarms that carry it; with what is doubtful about one."""
    yield alarm, ""
    neighbours, child = index.neighbours(alarm), str(alarm["alarm_name"])
    for composite in index.composites(alarm):
        name = str(composite["alarm_name"])
        if not neighbours.mentions(name, child):
            continue
        try:
            if neighbours.carries(name, child):
                yield composite, _kept_back_by_others(index, composite, alarm)
        except UndecidedError as doubt:
            yield composite, str(doubt)


def _kept_back_by_others(index: Index, composite: Row, child: Row) -> str:
    """Which alarm makes the rule false when the same events take it to ALARM with the child; empty for none."""
    if not _has_negation(index, composite):
        return ""
    neighbours, name = index.neighbours(composite), str(composite["alarm_name"])
    for fired in _fired_too(index, composite, child):
        states = dict.fromkeys([str(child["alarm_name"]), *fired], "ALARM")
        if not all(neighbours.in_alarm(name, states, quiet) for quiet in _QUIET):
            return f"its rule is false when {', '.join(fired)} fires too, which metric filters feed as well"
    return ""


def _fired_too(index: Index, composite: Row, child: Row) -> Iterator[list[str]]:
    """Other alarms that the rule names and the child's events may take to ALARM: each alone, then all together."""
    neighbours, name = index.neighbours(composite), str(composite["alarm_name"])
    named = [
        str(row["alarm_name"])
        for row in index.alarms.get((composite["account_id"], composite["region"]), [])
        if row["kind"] == "metric"
        and row["alarm_name"] != child["alarm_name"]
        and _is_fed(index, row)
        and neighbours.mentions(name, str(row["alarm_name"]))
    ]
    yield from ([other] for other in named)
    if len(named) > 1:
        yield named


def _has_negation(index: Index, composite: Row) -> bool:
    return any(_NEGATION.search(str(row["rule"])) for row in index.composites(composite))


def _is_fed(index: Index, alarm: Row) -> bool:
    """Whether a metric filter feeds a metric that the alarm watches: then events may take both to ALARM."""
    metrics = [
        structure(structure(structure(query).get("MetricStat")).get("Metric")) for query in listed(alarm["metrics"])
    ]
    names = [(metric.get("Namespace"), metric.get("MetricName")) for metric in metrics]
    return any(
        name in index.fed_in(str(alarm["region"])) for name in [(alarm["namespace"], alarm["metric_name"]), *names]
    )


def held_back(index: Index, carrier: Row, child: Row) -> str | None:
    """Why a composite alarm does not act now, or never does, when the child fires; empty where nothing holds it back.

    None where that is undecided.
    """
    if carrier["kind"] != "composite":
        return ""
    name, suppressor = carrier["alarm_name"], carrier["suppressor"]
    suppressed = _suppressed(index, carrier, child)
    if suppressed:
        return f"The actions of composite alarm {name} are suppressed by {suppressor}."
    wait_s, limit_s = carrier["suppressor_wait_s"], index.frames.config.audit.max_delay_s
    if suppressor and wait_s is not None and wait_s > limit_s:
        return f"Composite alarm {name} waits {wait_s} s for {suppressor} before it acts; {limit_s} s are accepted."
    fires = _fires_now(index.neighbours(carrier), index, carrier, child) if _has_negation(index, carrier) else True
    if fires is False:
        return f"The rule of composite alarm {name} is false in the states that its other alarms are in now."
    unread = suppressor and wait_s is None  # required with a suppressor: an answer without it cannot be read
    return None if unread or suppressed is None or fires is None else ""


def _fires_now(neighbours: Neighbours, index: Index, carrier: Row, child: Row) -> bool | None:
    """Whether the rule is true in the states of now, but the child's; None where an untold state decides."""
    rows = index.alarms.get((carrier["account_id"], carrier["region"]), [])
    states = {
        str(row["alarm_name"]): str(row["state"])
        for row in rows
        if row["kind"] != "composite" and row["state"] in ALARM_STATES
    }
    fixed = {**states, str(child["alarm_name"]): "ALARM"}
    found = {neighbours.in_alarm(str(carrier["alarm_name"]), fixed, untold) for untold in ALARM_STATES}
    return found.pop() if len(found) == 1 else None


def _suppressed(index: Index, carrier: Row, child: Row) -> bool | None:
    """Whether the carrier's suppressor is in ALARM now, or is so whenever the child is; None where undecided."""
    if str(carrier["suppressed_by"]).upper() == "ALARM":  # "Alarm" by the model, "ALARM" by its text
        return True
    if carrier["suppressed_by"] not in _FOR_A_WHILE:
        return None
    if not carrier["suppressor"]:
        return False
    neighbours = index.neighbours(carrier)
    suppressor, fired = neighbours.name_of(str(carrier["suppressor"])), {str(child["alarm_name"]): "ALARM"}
    if suppressor is None or suppressor in fired:
        return None if suppressor is None else True
    rows = index.alarms.get((carrier["account_id"], carrier["region"]), [])
    row = next(row for row in rows if row["alarm_name"] == suppressor)
    if row["state"] == "ALARM" or row["state"] not in ALARM_STATES:
        return row["state"] == "ALARM" or None
    if neighbours.is_composite(suppressor):
        try:
            return _suppresses(index, row, child)
        except UndecidedError:
            return None
    return None if row["metrics"] is not None or _is_fed(index, row) else False


def _suppresses(index: Index, suppressor: Row, child: Row) -> bool | None:
    """Whether a composite suppressor is in ALARM when the child is; None where that depends on others that may be."""
    neighbours, name, first = index.neighbours(suppressor), str(suppressor["alarm_name"]), str(child["alarm_name"])

    def in_alarm(*fired: str) -> bool:
        return any(neighbours.in_alarm(name, dict.fromkeys(fired, "ALARM"), quiet) for quiet in _QUIET)

    if in_alarm(first):
        return True
    return None if any(in_alarm(first, *others) for others in _fired_too(index, suppressor, child)) else False
