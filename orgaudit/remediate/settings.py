"""What a repair's alarm and filter are like, whatever the format they are written in."""

from collections.abc import Mapping
from typing import Any

from orgaudit.model.arns import parse_arn
from orgaudit.remediate.policies import trail_bucket
from orgaudit.remediate.steps import ACCOUNT, REGION, MetricFilter, NewTrail, Step, Subscription

ALARM: Mapping[str, str | int] = {
    "AlarmDescription": "Made by orgaudit remediate: one event is enough.",
    "Statistic": "Sum",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}
"""Fires on a single event, and again when five minutes have passed without one. CloudWatch's names."""


def transformation(step: MetricFilter) -> dict[str, str]:
    """The metric that a filter feeds: 1 for each event, and nothing in between."""
    return {"metricName": step.metric, "metricNamespace": step.namespace, "metricValue": "1"}


def bucket_policy(step: NewTrail) -> dict[str, Any]:
    """The policy of a new trail's bucket; account and region are left open, as in the step."""
    arn = parse_arn(step.log_group)
    partition = arn.partition if arn else "aws"
    trail = f"arn:{partition}:cloudtrail:{REGION}:{ACCOUNT}:trail/{step.name}"
    return trail_bucket(step.bucket, trail, partition, ACCOUNT)


def subscribes(step: Step) -> bool:
    """Whether the step needs the address of somebody who is to be told."""
    return isinstance(step, Subscription)
