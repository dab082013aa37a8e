"""Alarms out of DescribeAlarms' answers. Shapes: botocore 1.44.5 service model (read 2026-11)."""

from collections.abc import Iterator

from orgaudit.model.calls import Json, Record
from orgaudit.model.values import Row, count, flag, items, nested, number, said, text

_SETTINGS = frozenset(
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
are kept, so that an alarm that has them is undecided rather than judged without them."""


def alarm_rows(record: Record) -> Iterator[Row]:
    """The alarms of one page of DescribeAlarms, of whatever kind: rows of ALARMS."""
    for kind, member in (("metric", "MetricAlarms"), ("composite", "CompositeAlarms"), ("log", "LogAlarms")):
        for alarm in items(record.answer, member):
            if text(alarm.get("AlarmArn")):
                yield _alarm(alarm, kind, record.call.region)


def _alarm(alarm: Json, kind: str, region: str) -> Row:
    unknown = {key: value for key, value in alarm.items() if key not in _SETTINGS and value not in (None, {}, [])}
    if not isinstance(alarm.get("Dimensions") or [], list):
        unknown["Dimensions"] = alarm["Dimensions"]  # whatever they are, the alarm may watch something else
    return {
        "region": region,
        "alarm_arn": text(alarm.get("AlarmArn")),
        "alarm_name": text(alarm.get("AlarmName")),
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
        "rule": text(alarm.get("AlarmRule")),
        "suppressor": said(alarm.get("ActionsSuppressor")),
        "suppressed_by": said(alarm.get("ActionsSuppressedBy")),
        "log_query": nested(alarm.get("ScheduledQueryConfiguration")),
    }
