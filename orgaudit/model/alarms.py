"""Alarms out of DescribeAlarms' answers. Shapes: botocore 1.44.5 service model (read 2026-11)."""

from collections.abc import Callable, Iterator, Mapping

from orgaudit.model.arns import parse_arn
from orgaudit.model.calls import Json, Record
from orgaudit.model.values import Row, count, flag, items, nested, number, said, structure, text

SETTINGS = frozenset(
    {
        "AlarmName",
        "AlarmArn",
        "AlarmDescription",
        "AlarmConfigurationUpdatedTimestamp",
        "ActionsEnabled",
        "OKActions",
        "AlarmActions",
        "InsufficientDataActions",
        "StateValue",
        "StateReason",
        "StateReasonData",
        "StateUpdatedTimestamp",
        "StateTransitionedTimestamp",
        "MetricName",
        "Namespace",
        "Statistic",
        "ExtendedStatistic",
        "Dimensions",
        "Period",
        "Unit",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
        "EvaluateLowSampleCountPercentile",
        "Metrics",
        "ThresholdMetricId",
        "EvaluationState",
        "ActionConfiguration",
        "AlarmRule",
        "ActionsSuppressedBy",
        "ActionsSuppressedReason",
        "ActionsSuppressor",
        "ActionsSuppressorWaitPeriod",
        "ActionsSuppressorExtensionPeriod",
    }
)
"""Settings whose effect on firing is known. Others (evaluation windows, warm-up, PromQL criteria, whatever comes next)
are kept, so that an alarm that has them is undecided rather than judged without them; so are these where they cannot
be read."""


def readable_dimensions(value: object) -> bool:
    """Whether a list of dimensions tells the name and the value of each; nothing is an empty list."""
    return not value or (
        isinstance(value, list)
        and all(text(structure(one).get("Name")) and text(structure(one).get("Value")) is not None for one in value)
    )


def readable_query(query: object) -> bool:
    """Whether a metric query tells which metric it takes, or which expression, and whether the alarm watches that."""
    if not isinstance(query, dict) or not text(query.get("Id")):
        return False
    stat = query.get("MetricStat")
    metric = structure(structure(stat).get("Metric"))
    source = text(metric.get("Namespace")) and text(metric.get("MetricName")) if stat else text(query.get("Expression"))
    told = _absent_or(text, query.get("AccountId")) and _absent_or(text, structure(stat).get("Unit"))
    return (
        bool(source)
        and told
        and _absent_or(flag, query.get("ReturnData"))
        and readable_dimensions(metric.get("Dimensions"))
    )


def _absent_or(read: Callable[[object], object], value: object) -> bool:
    return value is None or read(value) is not None


_READABLE: Mapping[str, Callable[[object], bool]] = {
    **{
        name: lambda value: text(value) is not None
        for name in ("Namespace", "MetricName", "Statistic", "ExtendedStatistic", "ComparisonOperator", "Unit")
    },
    **{name: lambda value: count(value) is not None for name in ("Period", "EvaluationPeriods", "DatapointsToAlarm")},
    "Threshold": lambda value: number(value) is not None,
    "Dimensions": readable_dimensions,
    "Metrics": lambda value: isinstance(value, list) and all(map(readable_query, value)),
}
"""Whether the value of a setting can be read, where a setting that is not set means something else."""


def alarm_rows(record: Record) -> Iterator[Row]:
    """The alarms of one page of DescribeAlarms, of whatever kind: rows of ALARMS."""
    for kind, member in (("metric", "MetricAlarms"), ("composite", "CompositeAlarms"), ("log", "LogAlarms")):
        for alarm in items(record.answer, member):
            if text(alarm.get("AlarmArn")):
                yield _alarm(alarm, kind, record.call.region)


def _alarm(alarm: Json, kind: str, region: str) -> Row:
    said_of = {key: value for key, value in alarm.items() if value not in (None, "", {}, [])}
    unknown = {
        key: value
        for key, value in said_of.items()
        if key not in SETTINGS or (key in _READABLE and not _READABLE[key](value))
    }
    return {
        "region": region,
        "alarm_arn": text(alarm.get("AlarmArn")),
        "alarm_name": text(alarm.get("AlarmName")) or _name_in(str(alarm.get("AlarmArn"))),
        "kind": kind,
        "actions_enabled": flag(alarm.get("ActionsEnabled")),
        "alarm_actions": nested(alarm.get("AlarmActions") or []),
        "ok_actions": nested(alarm.get("OKActions") or []),
        "insufficient_data_actions": nested(alarm.get("InsufficientDataActions") or []),
        "state": text(alarm.get("StateValue")),
        "evaluation_state": said(alarm.get("EvaluationState")),
        "namespace": text(alarm.get("Namespace")),
        "metric_name": text(alarm.get("MetricName")),
        "statistic": text(alarm.get("Statistic")),
        "extended_statistic": text(alarm.get("ExtendedStatistic")),
        "dimensions": nested(alarm.get("Dimensions") or []),
        "unit": said(alarm.get("Unit")),
        "metrics": nested(alarm.get("Metrics") or None),
        "period_s": count(alarm.get("Period")),
        "evaluation_periods": count(alarm.get("EvaluationPeriods")),
        "datapoints_to_alarm": count(alarm.get("DatapointsToAlarm")),
        "threshold": number(alarm.get("Threshold")),
        "comparison": text(alarm.get("ComparisonOperator")),
        "treat_missing_data": said(alarm.get("TreatMissingData")),
        "low_sample_percentile": said(alarm.get("EvaluateLowSampleCountPercentile")),
        "threshold_metric_id": said(alarm.get("ThresholdMetricId")),
        "unknown_settings": nested(unknown or None) if kind == "metric" else None,
        "rule": (text(alarm.get("AlarmRule")) or "") if kind == "composite" else None,
        "suppressor": said(alarm.get("ActionsSuppressor")),
        "suppressed_by": said(alarm.get("ActionsSuppressedBy")),
        "suppressor_wait_s": count(alarm.get("ActionsSuppressorWaitPeriod")),
        "log_query": nested(alarm.get("ScheduledQueryConfiguration")),
    }


def _name_in(alarm_arn: str) -> str | None:
    arn = parse_arn(alarm_arn)
    return arn.resource.removeprefix("alarm:") if arn else None
