"""Policies with one statement more: merged, never replaced."""

import json
from typing import Any

from orgaudit.model.arns import parse_arn
from orgaudit.model.calls import canonical_json
from orgaudit.remediate.names import free

_SID = "OrgauditAlarms"


def topic_policy(topic: str, alarm_account: str) -> str:
    """The policy of a new topic: what SNS gives its owner, and CloudWatch for the alarms of one account."""
    arn = parse_arn(topic)
    owner = arn.account_id if arn else alarm_account
    own: dict[str, Any] = {
        "Sid": "Owner",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [
            f"SNS:{action}"
            for action in (
                "GetTopicAttributes",
                "SetTopicAttributes",
                "AddPermission",
                "RemovePermission",
                "DeleteTopic",
                "Subscribe",
                "ListSubscriptionsByTopic",
                "Publish",
            )
        ],
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": owner}},
    }
    return canonical_json({"Version": "2012-10-17", "Statement": [own, _publish(topic, alarm_account, _SID)]})


def with_alarms(policy: str, topic: str, alarm_account: str) -> str | None:
    """The topic's policy, and CloudWatch allowed to publish for an account's alarms.

    None where another statement cannot help: the policy cannot be read, or it denies something.
    """
    document = _readable(policy)
    if document is None:
        return None
    return _with(document, _publish(topic, alarm_account, _free_sid(document)))


def with_cloudwatch(policy: str, alarm_account: str) -> str | None:
    """The key's policy, and CloudWatch allowed to use the key for an account's topics; None as for ``with_alarms``."""
    document = _readable(policy)
    if document is None:
        return None
    return _with(document, cloudwatch_may_encrypt(alarm_account, _free_sid(document)))


def cloudwatch_may_encrypt(alarm_account: str, sid: str = _SID) -> dict[str, Any]:
    """What a key's policy must say for CloudWatch to publish to a topic that the key encrypts.

    Source: SNS Developer Guide, key management, event sources and encrypted topics (read 2026-11).
    """
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": alarm_account}},
    }


def cloudtrail_may_encrypt(trail: str) -> dict[str, Any]:
    """What a key's policy must say for CloudTrail to encrypt a trail's log files with it.

    Source: CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail" (read 2026-11).
    """
    return {
        "Sid": "OrgauditTrail",
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceArn": trail}},
    }


def own_key(account_id: str, partition: str, statement: str) -> str:
    """The policy of a new key: its account administers it, and one statement more."""
    administration = {
        "Sid": "Administration",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account_id}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return canonical_json({"Version": "2012-10-17", "Statement": [administration, json.loads(statement)]})


def trail_bucket(bucket: str, trail: str, partition: str, account_id: str) -> dict[str, Any]:
    """The policy of a bucket that one trail of one account writes to.

    Source: CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail" (read 2026-11).
    """
    arn, condition = f"arn:{partition}:s3:::{bucket}", {"aws:SourceArn": trail}
    cloudtrail = {"Service": "cloudtrail.amazonaws.com"}
    check = {"Sid": "Check", "Effect": "Allow", "Principal": cloudtrail, "Action": "s3:GetBucketAcl", "Resource": arn}
    write = {
        "Sid": "Write",
        "Effect": "Allow",
        "Principal": cloudtrail,
        "Action": "s3:PutObject",
        "Resource": f"{arn}/AWSLogs/{account_id}/*",
    }
    return {
        "Version": "2012-10-17",
        "Statement": [
            check | {"Condition": {"StringEquals": condition}},
            write | {"Condition": {"StringEquals": {**condition, "s3:x-amz-acl": "bucket-owner-full-control"}}},
        ],
    }


def for_both(first: str, second: str) -> str:
    """Two policies of one thing as one: they differ in whom their last statement, which is ours, is for."""
    document = json.loads(first)
    whom = document["Statement"][-1]["Condition"]["StringEquals"]
    for key, value in json.loads(second)["Statement"][-1]["Condition"]["StringEquals"].items():
        whom[key] = sorted({*_as_list(whom[key]), *_as_list(value)})
    return canonical_json(document)


DELIVERY_TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
"""Who may use the role that writes to a log group."""


def delivery_rights(log_groups: str) -> dict[str, Any]:
    """What that role may do. Source: CloudTrail User Guide, role policy for CloudWatch Logs (read 2026-11)."""
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    streams = [f"{log_group}:log-stream:*" for log_group in log_groups.split()]
    statement = {"Effect": "Allow", "Action": actions, "Resource": streams}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _publish(topic: str, alarm_account: str, sid: str) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": topic,
        "Condition": {"StringEquals": {"aws:SourceAccount": alarm_account}},
    }


def _readable(policy: str) -> dict[str, Any] | None:
    try:
        document = json.loads(policy)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    statements = _statements(document)
    allows = all(isinstance(one, dict) and one.get("Effect") == "Allow" for one in statements)
    return document if allows else None


def _statements(document: dict[str, Any]) -> list[Any]:
    return _as_list(document.get("Statement") or [])


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _free_sid(document: dict[str, Any]) -> str:
    return free(_SID, {one.get("Sid") for one in _statements(document)})


def _with(document: dict[str, Any], statement: dict[str, Any]) -> str:
    return canonical_json({**document, "Statement": [*_statements(document), statement]})
