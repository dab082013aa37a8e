"""Which topics matter: those of alarms that watch given metrics, and of composite alarms above them. Pure.

Chosen generously. A topic read for nothing costs three calls, one left out an answer.
"""

from collections.abc import Callable, Iterable, Iterator

from orgaudit.model.arns import parse_arn
from orgaudit.model.calls import Json
from orgaudit.model.values import items, text

Metric = tuple[str, str]
"""Namespace and name."""


def metrics_of(filters: Iterable[Json]) -> set[Metric]:
    """The metrics that metric filters feed."""
    return {
        (str(made.get("metricNamespace")), str(made.get("metricName")))
        for found in filters
        for made in items(found, "metricTransformations")
    }


def topics_on_metrics(alarms: Iterable[Json], composites: Iterable[Json], metrics: set[Metric]) -> list[str]:
    """The topics that alarms on these metrics notify, by name, directly or through composite alarms."""
    return _topics(alarms, composites, lambda alarm: not metrics.isdisjoint(_watched(alarm)))


def topics_for_accounts(alarms: Iterable[Json], composites: Iterable[Json], own: str) -> list[str]:
    """The topics of alarms that name another account than their own in a metric."""
    return _topics(alarms, composites, lambda alarm: bool(_accounts(alarm) - {own}))


def _watched(alarm: Json) -> Iterator[Metric]:
    yield str(alarm.get("Namespace")), str(alarm.get("MetricName"))
    for query in items(alarm, "Metrics"):
        stat = query.get("MetricStat")
        metric = stat.get("Metric") if isinstance(stat, dict) else None
        if isinstance(metric, dict):
            yield str(metric.get("Namespace")), str(metric.get("MetricName"))


def _accounts(alarm: Json) -> set[str]:
    return {str(query["AccountId"]) for query in items(alarm, "Metrics") if query.get("AccountId")}


def _topics(alarms: Iterable[Json], composites: Iterable[Json], chosen: Callable[[Json], bool]) -> list[str]:
    found = [alarm for alarm in alarms if chosen(alarm)]
    waiting = list(composites)
    reached = found
    while reached:
        names = {name for alarm in reached if (name := text(alarm.get("AlarmName")))}
        reached = [alarm for alarm in waiting if _mentions(str(alarm.get("AlarmRule")), names)]
        waiting = [alarm for alarm in waiting if alarm not in reached]
        found = found + reached
    return sorted({topic for alarm in found for topic in _notified(alarm)})


def _mentions(rule: str, names: set[str]) -> bool:
    plain = rule.replace("\\", "")  # quotes in a name are escaped
    return any(name in plain for name in names)


def _notified(alarm: Json) -> Iterator[str]:
    """SNS topics among the alarm's actions. A topic of another region than the alarm's is never notified."""
    own = parse_arn(str(alarm.get("AlarmArn")))
    actions = alarm.get("AlarmActions")
    for action in actions if isinstance(actions, list) else ():
        arn = parse_arn(action) if isinstance(action, str) else None
        if arn and own and arn.service == "sns" and arn.region == own.region:
            yield action
