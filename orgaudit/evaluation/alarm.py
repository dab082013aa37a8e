"""Does an alarm fire on a single event, and can it fire again?

The alarm is tried in two extremes, because nobody knows how busy a log group is: *quiet* (nothing but the events) and
*busy* (the filter's default value in every other minute, see ``series``). It must fire in both. Source: CloudWatch
User Guide, "Using Amazon CloudWatch alarms" and "Configuring how CloudWatch alarms treat missing data" (read 2026-11);
the rules for extremes are ours.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from orgaudit.evaluation.index import listed
from orgaudit.evaluation.links import Link, Observation, broken, held, undecided
from orgaudit.evaluation.metric_math import UndecidedError, Value, evaluated_query
from orgaudit.evaluation.series import Series
from orgaudit.model.values import Row, count, structure

_MANY = 10**6
"""More events than any period will see: an alarm that fires on one event but not on many is inverted."""

ALARM_STATES = frozenset({"OK", "ALARM", "INSUFFICIENT_DATA"})
_MISSING_DATA = frozenset({"missing", "notBreaching", "breaching", "ignore"})

_BREACHES: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


@dataclass(frozen=True, slots=True)
class Watch:
    """An alarm, and which of its series the event reaches."""

    alarm: Row
    series: dict[str, Series]
    """Every series of the alarm by query id (empty id for an alarm on a single metric)."""


def fires(watch: Watch, *, max_events: int, max_delay_s: int) -> Link:
    """The alarm link: held when the alarm fires after at most max_events events and can fire again.

    max_delay_s: seconds within which an alarm that needs several periods must have fired.
    """
    alarm, arn, evidence = watch.alarm, str(watch.alarm["alarm_arn"]), (str(watch.alarm["evidence_id"]),)
    try:
        found = _firing(watch, max_events, max_delay_s)
    except UndecidedError as reason:
        return undecided(
            "alarm",
            "ALARM_UNDECIDED",
            f"Whether the alarm fires cannot be decided: {reason}.",
            what=arn,
            observed=describe(alarm),
            evidence=evidence,
        )
    if isinstance(found, _Failure):
        expected = f"fires after at most {max_events} event(s) and can fire again"
        return broken(
            "alarm", found.code, found.reason, what=arn, observed=describe(alarm), expected=expected, evidence=evidence
        )
    return held("alarm", arn, evidence, *found)


@dataclass(frozen=True, slots=True)
class _Failure:
    code: str
    reason: str


def _firing(watch: Watch, max_events: int, max_delay_s: int) -> list[Observation] | _Failure:
    alarm = watch.alarm
    if alarm["evaluation_state"] == "EVALUATION_ERROR":
        return _Failure("ALARM_EVALUATION_ERROR", "CloudWatch reports an evaluation error for the alarm.")
    if alarm["evaluation_state"] not in (None, "PARTIAL_DATA"):
        raise UndecidedError(f"CloudWatch reports {alarm['evaluation_state']} for it")
    breaches = _comparison(alarm)
    period_s = _period_s(alarm)
    return (
        _value_failure(watch, breaches, max_events, period_s)
        or _time_failure(watch, period_s, max_delay_s)
        or _notes(watch, period_s, max_delay_s)
    )


def _comparison(alarm: Row) -> Callable[[float], bool]:
    if alarm["unknown_settings"]:
        raise UndecidedError(f"settings that are not known or cannot be read ({alarm['unknown_settings']})")
    if alarm["threshold_metric_id"]:
        raise UndecidedError("its threshold is a band, not a number")
    compare, threshold = _BREACHES.get(str(alarm["comparison"])), alarm["threshold"]
    if compare is None or threshold is None or math.isnan(threshold):
        raise UndecidedError(f"comparison {alarm['comparison']} with threshold {threshold}")
    return lambda value: compare(value, threshold)


def _period_s(alarm: Row) -> int:
    if alarm["metrics"] is None:
        periods = {alarm["period_s"]}
    else:
        stats = [structure(structure(query).get("MetricStat")) for query in listed(alarm["metrics"])]
        periods = {count(stat.get("Period")) for stat in stats if stat}
    period_s = next(iter(periods), None)
    if len(periods) != 1 or period_s is None or period_s <= 0:
        raise UndecidedError("its metrics have no period in common")
    return int(period_s)


def _datapoints(alarm: Row) -> int:
    wanted = alarm["datapoints_to_alarm"] or alarm["evaluation_periods"]
    if not wanted or wanted < 1 or wanted > (alarm["evaluation_periods"] or wanted):
        raise UndecidedError("how many datapoints it needs")
    return int(wanted)


def _watched(watch: Watch, events: int, *, busy: bool, period_s: int) -> Value:
    """What the alarm sees in a period with this many events (0: a period without any)."""

    def value(name: str) -> Value:
        series = watch.series.get(name)
        if series is None:
            raise UndecidedError(f"the series {name} is not fed by a filter that was read")
        return series.value(_statistic(watch.alarm, name), events, busy=busy, period_s=period_s)

    if watch.alarm["metrics"] is None:
        return value("")
    return evaluated_query(listed(watch.alarm["metrics"]), value)


def _statistic(alarm: Row, query_id: str) -> str:
    if not query_id and alarm["metrics"] is None:
        return str(alarm["statistic"] or alarm["extended_statistic"])
    queries = map(structure, listed(alarm["metrics"]))
    query = next(query for query in queries if str(query.get("Id")) == query_id)
    return str(structure(query.get("MetricStat")).get("Stat"))


def _value_failure(watch: Watch, breaches: Callable[[float], bool], max_events: int, period_s: int) -> _Failure | None:
    alarm = watch.alarm
    if alarm["low_sample_percentile"] not in (None, "evaluate"):
        raise UndecidedError("it ignores percentiles of few samples")

    def fire(events: int) -> bool:
        seen = [_watched(watch, events, busy=busy, period_s=period_s) for busy in (False, True)]
        return all(value is not None and breaches(value) for value in seen)

    idle = [_watched(watch, 0, busy=busy, period_s=period_s) for busy in (False, True)]
    if any(value is not None and breaches(value) for value in idle):
        return _Failure(
            "ALARM_ALWAYS", "The alarm is in ALARM without any event, so that an event does not change its state."
        )
    if fire(max_events):
        if fire(_MANY):
            return None
        return _Failure("ALARM_INVERTED", "The alarm fires on few events and stays silent on many.")
    if not fire(_MANY):
        return _Failure("ALARM_CANNOT_FIRE", "No number of events makes the alarm fire.")
    needed = _fewest(fire)
    return _Failure("ALARM_NEEDS_MORE_EVENTS", f"The alarm needs {needed} events in {period_s} s.")


def _fewest(fire: Callable[[int], bool]) -> int:
    low, high = 1, _MANY
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fire(middle) else (middle + 1, high)
    return low


def _time_failure(watch: Watch, period_s: int, max_delay_s: int) -> _Failure | None:
    alarm = watch.alarm
    wanted, missing = _datapoints(alarm), alarm["treat_missing_data"] or "missing"
    if missing not in _MISSING_DATA:
        raise UndecidedError(f"missing data are treated as {missing}")
    if missing == "breaching" and period_s < 60:
        # a filter's metric has at most one datapoint a minute, so most periods are missing whatever comes
        raise UndecidedError(f"missing data are breaching and periods of {period_s} s mostly without data")
    quiet, busy = (_watched(watch, 0, busy=busy, period_s=period_s) for busy in (False, True))
    if missing == "breaching" and quiet is None and busy is None:
        return _Failure(
            "ALARM_STUCK", "Missing data counts as breaching and nothing else comes: the alarm never leaves ALARM."
        )
    if missing == "ignore" and quiet is None and busy is None and alarm["state"] not in ALARM_STATES:
        raise UndecidedError("missing data are ignored, and whether it is in ALARM was not in the answer")
    if missing == "ignore" and quiet is None and busy is None and alarm["state"] == "ALARM":
        return _Failure(
            "LATCHED", "The alarm is in ALARM and keeps that state while no data comes: it cannot fire again."
        )
    if wanted == 1:
        return None
    if missing == "notBreaching" or quiet is not None or busy is not None:
        return _Failure(
            "ALARM_NEEDS_MORE_DATAPOINTS",
            f"The alarm needs {wanted} breaching periods of {period_s} s; a single event makes only one breach.",
        )
    if missing == "ignore":
        raise UndecidedError(f"{wanted} datapoints with missing data ignored")
    delay_s = wanted * period_s
    if delay_s > max_delay_s:
        return _Failure(
            "ALARM_TOO_LATE",
            f"The alarm fires {delay_s} s after a single event; {max_delay_s} s are accepted.",
        )
    return None


def _notes(watch: Watch, period_s: int, max_delay_s: int) -> list[Observation]:
    alarm, notes = watch.alarm, []
    name, missing = alarm["alarm_name"], alarm["treat_missing_data"] or "missing"
    if period_s > max_delay_s:
        text = f"Alarm {name} looks at {period_s} s at a time: a second event inside that time notifies nobody."
        notes.append(Observation("LONG_PERIOD", text))
    quiet = _watched(watch, 0, busy=False, period_s=period_s)
    busy = _watched(watch, 0, busy=True, period_s=period_s)
    if missing == "breaching" and quiet is None:
        text = f"Alarm {name} counts missing data as breaching: it leaves ALARM only while the log group gets events."
        notes.append(Observation("MISSING_IS_BREACHING", text))
    if missing == "ignore" and quiet is None and busy is None:
        notes.append(
            Observation("LATCHES", f"Alarm {name} keeps its state while no data comes: it may fire only once.")
        )
    if alarm["state"] == "ALARM":
        notes.append(
            Observation("IN_ALARM", f"Alarm {name} is in ALARM now: until it leaves that state it notifies nobody.")
        )
    if alarm["state"] == "INSUFFICIENT_DATA":
        notes.append(Observation("INSUFFICIENT_DATA", f"Alarm {name} has had no data; it has not been seen to work."))
    return notes


def describe(alarm: Row) -> str:
    """The settings that decide, in one line."""
    what = "metric math" if alarm["metrics"] is not None else str(alarm["statistic"] or alarm["extended_statistic"])
    wanted, of = alarm["datapoints_to_alarm"] or alarm["evaluation_periods"], alarm["evaluation_periods"]
    return (
        f"{what} {alarm['comparison']} {alarm['threshold']}, {wanted} of {of} periods of {alarm['period_s']} s, "
        f"missing data: {alarm['treat_missing_data'] or 'missing'}"
    )
