"""A recipe as Terraform configuration in JSON, which Terraform reads like its own language.

One folder serves all accounts: provider and region are whoever applies it. A trail that exists is adopted by an
import block, so that only what changes is planned. What Terraform would have to take over from others (alarms, keys
and topics) stays with the CLI script.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import singledispatch
from typing import Any

from orgaudit.model.calls import canonical_json
from orgaudit.remediate.names import free
from orgaudit.remediate.policies import DELIVERY_TRUST, delivery_rights
from orgaudit.remediate.settings import ALARM, bucket_policy, subscribes, transformation
from orgaudit.remediate.steps import (
    ACCOUNT,
    REGION,
    Alarm,
    DeliveryRole,
    Key,
    KeyPolicy,
    LogGroup,
    MetricFilter,
    NewTrail,
    Step,
    Subscription,
    Topic,
    TopicPolicy,
    TrailChange,
)

_OPEN = {ACCOUNT: "${data.aws_caller_identity.here.account_id}", REGION: "${data.aws_region.here.region}"}
Resource = tuple[str, str, dict[str, Any]]
"""Type, name, arguments."""


def configuration(steps: Iterable[Step], about: str) -> dict[str, Any] | None:
    """The configuration; None where the recipe holds nothing for Terraform."""
    listed = list(steps)
    found = [resource for step in listed for resource in resources(step)]
    if not found:
        return None
    by_type: dict[str, dict[str, Any]] = defaultdict(dict)
    for kind, name, arguments in found:
        by_type[kind][free(name, by_type[kind], "_")] = _opened(arguments)  # a-b and a_b are one name here
    # resources name each other in plain text, so what builds on what has to be said
    bases = [f"{kind}.{name}" for kind, name, _ in found if kind in _FOUNDATIONS]
    for kind, named in by_type.items():
        for arguments in named.values() if kind not in _FOUNDATIONS and bases else ():
            arguments["depends_on"] = bases
    document: dict[str, Any] = {
        "//": about,
        "terraform": {"required_version": ">= 1.5", "required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "data": {"aws_caller_identity": {"here": {}}, "aws_region": {"here": {}}},
        "resource": dict(by_type),
    }
    if any(subscribes(step) for step in listed):
        document["variable"] = {"notify": {"type": "string", "description": "The mail address that is to be told"}}
    if adopted := [_import(step) for step in listed if isinstance(step, TrailChange)]:
        document["import"] = adopted
    return document


@singledispatch
def resources(_: Step) -> Iterator[Resource]:
    """The resources of one step; none where Terraform would have to take over what others made."""
    yield from ()


_FOUNDATIONS = frozenset(
    {"aws_cloudwatch_log_group", "aws_iam_role", "aws_iam_role_policy", "aws_s3_bucket", "aws_sns_topic", "aws_kms_key"}
)


@resources.register
def _(step: LogGroup) -> Iterator[Resource]:
    yield "aws_cloudwatch_log_group", _id(step.name), {"name": step.name}


@resources.register
def _(step: DeliveryRole) -> Iterator[Resource]:
    yield "aws_iam_role", "delivery", {"name": step.name, "assume_role_policy": canonical_json(DELIVERY_TRUST)}
    rights = {"name": "delivery", "role": step.name, "policy": canonical_json(delivery_rights(step.log_groups))}
    yield "aws_iam_role_policy", "delivery", rights | {"depends_on": ["aws_iam_role.delivery"]}


@resources.register
def _(step: Key) -> Iterator[Resource]:
    name = _id(step.alias)
    yield "aws_kms_key", name, {"policy": step.policy, "enable_key_rotation": True}
    yield "aws_kms_alias", name, {"name": step.alias, "target_key_id": f"${{aws_kms_key.{name}.key_id}}"}


@resources.register
def _(step: KeyPolicy) -> Iterator[Resource]:
    yield "aws_kms_key_policy", _id(step.key), {"key_id": step.key, "policy": step.policy}


@resources.register
def _(step: NewTrail) -> Iterator[Resource]:
    policy = canonical_json(bucket_policy(step))
    closed = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
    yield "aws_s3_bucket", "trail", {"bucket": step.bucket}
    yield "aws_s3_bucket_public_access_block", "trail", {"bucket": step.bucket, **dict.fromkeys(closed, True)}
    yield "aws_s3_bucket_policy", "trail", {"bucket": step.bucket, "policy": policy}
    settings = {
        "name": step.name,
        "s3_bucket_name": step.bucket,
        "is_multi_region_trail": True,
        "include_global_service_events": True,
        "enable_log_file_validation": True,
        "cloud_watch_logs_group_arn": f"{step.log_group}:*",
        "cloud_watch_logs_role_arn": step.role,
    }
    yield "aws_cloudtrail", "trail", settings


_TRAIL = {
    "TrailName": "name",
    "S3BucketName": "s3_bucket_name",
    "S3KeyPrefix": "s3_key_prefix",
    "IsLogging": "enable_logging",
    "IsMultiRegionTrail": "is_multi_region_trail",
    "IsOrganizationTrail": "is_organization_trail",
    "IncludeGlobalServiceEvents": "include_global_service_events",
    "EnableLogFileValidation": "enable_log_file_validation",
    "KMSKeyId": "kms_key_id",
    "CloudWatchLogsLogGroupArn": "cloud_watch_logs_group_arn",
    "CloudWatchLogsRoleArn": "cloud_watch_logs_role_arn",
}


@resources.register
def _(step: TrailChange) -> Iterator[Resource]:
    settings = {**json.loads(step.now), **json.loads(step.change)}
    arguments = {ours: settings[name] for name, ours in _TRAIL.items() if name in settings}
    if str(arguments.get("kms_key_id", "")).startswith("alias/"):
        arguments["kms_key_id"] = f"${{aws_kms_key.{_id(str(arguments['kms_key_id']))}.arn}}"
    if "AdvancedEventSelectors" in settings:
        arguments["advanced_event_selector"] = [_advanced(one) for one in settings["AdvancedEventSelectors"]]
    elif "EventSelectors" in settings:
        arguments["event_selector"] = [_basic(one) for one in settings["EventSelectors"]]
    yield "aws_cloudtrail", _id(step.trail), arguments


def _import(step: TrailChange) -> dict[str, str]:
    return {"to": f"aws_cloudtrail.{_id(step.trail)}", "id": _text(step.trail)}


def _basic(selector: dict[str, Any]) -> dict[str, Any]:
    found = {
        "read_write_type": selector.get("ReadWriteType"),
        "include_management_events": selector.get("IncludeManagementEvents"),
        "exclude_management_event_sources": selector.get("ExcludeManagementEventSources") or None,
        "data_resource": [
            {"type": data.get("Type"), "values": data.get("Values", [])} for data in selector.get("DataResources") or []
        ]
        or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _advanced(selector: dict[str, Any]) -> dict[str, Any]:
    fields = [
        {_snake(name): value for name, value in field.items() if value} for field in selector.get("FieldSelectors", [])
    ]
    return {**({"name": selector["Name"]} if selector.get("Name") else {}), "field_selector": fields}


@resources.register
def _(step: MetricFilter) -> Iterator[Resource]:
    made = transformation(step)
    names = {"name": made["metricName"], "namespace": made["metricNamespace"], "value": made["metricValue"]}
    settings = {"name": step.name, "log_group_name": step.log_group, "pattern": step.pattern}
    yield (
        "aws_cloudwatch_log_metric_filter",
        _id(step.name, step.log_group),
        settings | {"metric_transformation": names},
    )


@resources.register
def _(step: Topic) -> Iterator[Resource]:
    arn = json.loads(step.policy)["Statement"][0]["Resource"]
    yield "aws_sns_topic", _id(step.name), {"name": step.name}
    yield "aws_sns_topic_policy", _id(step.name), {"arn": arn, "policy": step.policy}


@resources.register
def _(step: TopicPolicy) -> Iterator[Resource]:
    yield "aws_sns_topic_policy", _id(step.topic), {"arn": step.topic, "policy": step.policy}


@resources.register
def _(step: Subscription) -> Iterator[Resource]:
    settings = {"topic_arn": step.topic, "protocol": "email", "endpoint": "${var.notify}"}
    yield "aws_sns_topic_subscription", _id(step.topic), settings


@resources.register
def _(step: Alarm) -> Iterator[Resource]:
    settings = {_snake(name): value for name, value in ALARM.items()}
    named = {"alarm_name": step.name, "namespace": step.namespace, "metric_name": step.metric}
    yield "aws_cloudwatch_metric_alarm", _id(step.name), {**named, **settings, "alarm_actions": [step.topic]}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


_OURS = re.compile(r"\$\{(?:aws_kms_key\.\w+\.\w+|var\.notify)\}")


def _opened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _opened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_opened(inner) for inner in value]
    return _text(value) if isinstance(value, str) else value


def _text(value: str) -> str:
    """The text with account and region as references, and nothing else that Terraform would take for one."""
    if _OURS.fullmatch(value):
        return value
    text = value.replace("${", "$${").replace("%{", "%%{")
    for sign, reference in _OPEN.items():
        text = text.replace(sign, reference)
    return text


def _id(*names: str) -> str:
    """A resource name: letters, digits and underscores, beginning with a letter."""
    words = re.sub(r"[^A-Za-z0-9]+", "_", " ".join(names)).strip("_").lower()
    return words if words[:1].isalpha() else f"r_{words}"
