"""Puts one chain into moto: trail, log group, filters, alarms, topic, key and subscriptions."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudtrail.models import cloudtrail_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends

from orgaudit.demo.chain import Alarm, Filter, Monitoring, Topic, Trail
from orgaudit.demo.moto_gaps import Bridge, confirm_subscription

STARTED_AT = datetime(2025, 1, 7, 8, 0, tzinfo=UTC).replace(tzinfo=None)
"""When the trails began to log. Naive UTC, as moto keeps times."""
TRAIL_KEY = "arn:aws:kms:eu-central-1:200000000002:key/7f1c6a52-0d0f-4c1e-9a55-3b7f2e6d9c10"
NAMESPACE = "CloudTrailMetrics"
TOPIC_NAME = "alerts"
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def create_trail(
    bridge: Bridge, account_id: str, trail: Trail, log_group_owner: str, *, of_organization: bool = False
) -> str:
    """Create a trail; its ARN. The log group of the trail's name belongs to log_group_owner."""
    bucket = f"trail-logs-{account_id}"
    buckets = s3_backends[account_id]["aws"]
    if bucket not in buckets.buckets:
        buckets.create_bucket(bucket, trail.region)
    group = f"arn:aws:logs:{trail.region}:{log_group_owner}:log-group:{trail.name}:*"
    role = f"arn:aws:iam::{account_id}:role/CloudTrailToLogs"
    absent: Any = None  # moto says str; what is not set is absent, in its backend as in AWS's answers
    created = cloudtrail_backends[account_id][trail.region].create_trail(
        trail.name,
        bucket,
        s3_key_prefix=absent,
        sns_topic_name=absent,
        is_global=True,
        is_multi_region=trail.multi_region,
        log_validation=trail.validated,
        is_org_trail=of_organization,
        cw_log_group_arn=group if trail.to_log_group else absent,
        cw_role_arn=role if trail.to_log_group else absent,
        kms_key_id=TRAIL_KEY if trail.encrypted else absent,
        tags_list=[],
    )
    created.put_event_selectors([dict(item) for item in trail.selectors], [dict(item) for item in trail.advanced])
    created.start_logging()
    created.status.started = STARTED_AT
    if not trail.logging:
        created.stop_logging()
        created.status.stopped = STARTED_AT + timedelta(days=100)
    bridge.deliveries[created.arn] = trail.delivery
    return created.arn


def seed_chain(bridge: Bridge, account_id: str, monitoring: Monitoring) -> None:
    """Create what hangs on the account's trail: log group, filters, alarms, topic and subscriptions."""
    home = monitoring.trail.region
    region = monitoring.filters_region or home
    for place in {home, region}:
        logs_backends[account_id][place].create_log_group(monitoring.trail.name, {})
    topic_arn = f"arn:aws:sns:{region}:{account_id}:{TOPIC_NAME}"
    if monitoring.topic.exists:
        _create_topic(account_id, region, monitoring.topic)
    for name, item in monitoring.filters.items():
        _create_filter(account_id, region, monitoring.trail.name, name, item)
        if item.alarm:
            _create_alarm(bridge, account_id, region, name, item.alarm, topic_arn)


def _create_filter(account_id: str, region: str, group: str, name: str, item: Filter) -> None:
    transformation: dict[str, Any] = {
        "metricName": item.metric or name,
        "metricNamespace": NAMESPACE,
        "metricValue": item.value,
    }
    if item.default is not None:
        transformation["defaultValue"] = item.default
    # moto says str; it keeps what it is given, and its own API gives a list
    transformations: Any = [transformation]
    logs_backends[account_id][region].put_metric_filter(name, item.pattern, group, transformations)


def _create_alarm(bridge: Bridge, account_id: str, region: str, name: str, alarm: Alarm, topic_arn: str) -> None:
    target = [topic_arn.replace(f":{region}:", f":{alarm.topic_region or region}:")]
    created = cloudwatch_backends[account_id][region].put_metric_alarm(
        name=name,
        namespace=alarm.namespace or NAMESPACE,
        metric_name=name,
        comparison_operator=alarm.comparison,
        evaluation_periods=alarm.periods,
        period=alarm.period_s,
        threshold=alarm.threshold,
        statistic=alarm.statistic,
        description="",
        dimensions=[],
        alarm_actions=target if alarm.notifies_on == "ALARM" else [],
        ok_actions=target if alarm.notifies_on == "OK" else [],
        actions_enabled=alarm.enabled,
        treat_missing_data=alarm.missing_data,
    )
    created.update_state("Threshold Crossed", "{}", alarm.state)
    if alarm.composite:
        _create_composite(account_id, region, name, target)
    if alarm.muted:
        _mute(bridge, account_id, region, name)


def _create_composite(account_id: str, region: str, name: str, target: list[str]) -> None:
    cloudwatch_backends[account_id][region].put_metric_alarm(
        name=f"{name}_notice",
        namespace="",
        metric_name="",
        comparison_operator="",
        evaluation_periods=0,
        period=0,
        threshold=0,
        statistic="",
        description="",
        dimensions=[],
        alarm_actions=target,
        rule=f'ALARM("{name}")',
    ).update_state("Rule evaluated", "{}", "OK")


def _mute(bridge: Bridge, account_id: str, region: str, alarm_name: str) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rule = {
        "Name": "release-weeks",
        "AlarmMuteRuleArn": f"arn:aws:cloudwatch:{region}:{account_id}:alarm-mute-rule:release-weeks",
        "Rule": {"Schedule": {"Expression": "cron(0 0 * * *)", "Duration": "P1D", "Timezone": "UTC"}},
        "MuteTargets": {"AlarmNames": [alarm_name]},
        "StartDate": today - timedelta(days=7),
        "ExpireDate": today + timedelta(days=21),
        "LastUpdatedTimestamp": today - timedelta(days=7),
        "Status": "ACTIVE",
        "MuteType": "RECURRING",
    }
    bridge.mute_rules.setdefault((account_id, region), []).append(rule)


def _create_topic(account_id: str, region: str, topic: Topic) -> None:
    backend = sns_backends[account_id][region]
    created = backend.create_topic(TOPIC_NAME)
    if topic.policy != "default":
        created.policy = json.dumps(_topic_policy(topic.policy, created.arn, json.loads(created.policy)))
    if topic.key:
        created.kms_master_key_id = _topic_key(account_id, region, topic.key)
    for item in topic.subscriptions:
        subscription = backend.subscribe(created.arn, item.endpoint, item.protocol)
        if item.filter_policy:
            backend.set_subscription_attributes(subscription.arn, "FilterPolicyScope", "MessageAttributes")
            backend.set_subscription_attributes(subscription.arn, "FilterPolicy", item.filter_policy)
        if item.confirmed:
            confirm_subscription(subscription.arn)


def _topic_policy(kind: str, topic_arn: str, default: dict[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Principal": CLOUDWATCH, "Action": "SNS:Publish", "Resource": topic_arn}
    if kind == "deny":
        return {**default, "Statement": [*default["Statement"], {"Sid": "NoAlarms", "Effect": "Deny", **statement}]}
    account_id = topic_arn.split(":")[4]
    only_own = {"StringEquals": {"aws:SourceAccount": account_id}}
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Alarms", "Effect": "Allow", "Condition": only_own, **statement}],
    }


def _topic_key(account_id: str, region: str, kind: str) -> str:
    if kind == "aws":
        return "alias/aws/sns"
    backend = kms_backends[account_id][region]
    key = backend.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "Topic of alarms", None)
    if kind == "open":
        policy = json.loads(key.policy)
        use = {"Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*", "Principal": CLOUDWATCH}
        policy["Statement"].append({"Sid": "Alarms", "Effect": "Allow", **use})
        key.policy = json.dumps(policy)
    return key.arn
