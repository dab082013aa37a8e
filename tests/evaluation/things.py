"""The things that an organization of the tests is made of, healthy by default, in botocore's shapes."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from orgaudit.model.calls import Call, Json, Outcome

MANAGEMENT = "999999999999"
MEMBER = "111111111111"
"""The account that scenarios are about."""
CENTRAL = "222222222222"
"""Holds the organization trail's log group where there is one, and monitors other accounts where they let it."""
OTHER = "333333333333"
OUTSIDE = "888888888888"
"""An account of no concern to the organization: nobody can be asked as it."""
REGION, ELSEWHERE = "eu-west-1", "us-west-2"
ORGANIZATION_ID = "o-exampleorgid"
NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
"""When every call is answered."""

SECURITY_GROUP_EVENTS = (
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    "CreateSecurityGroup",
    "DeleteSecurityGroup",
    "ModifySecurityGroupRules",
)


def any_event(*names: str) -> str:
    return "{ " + " || ".join(f"($.eventName = {name})" for name in names) + " }"


SECURITY_GROUPS = any_event(*SECURITY_GROUP_EVENTS)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def group_arn(account: str = MEMBER, name: str = "trail-log", region: str = REGION) -> str:
    return f"arn:aws:logs:{region}:{account}:log-group:{name}"


def alarm_arn(name: str, account: str = MEMBER, region: str = REGION) -> str:
    return f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"


def topic_arn(name: str = "security", account: str = MEMBER, region: str = REGION) -> str:
    return f"arn:aws:sns:{region}:{account}:{name}"


def subscription_arn(number: int = 1, topic: str = "") -> str:
    return f"{topic or topic_arn()}:00000000-0000-0000-0000-{number:012}"


def default_topic_policy(topic: str) -> Json:
    """The policy that SNS writes on a new topic: everybody, if the account behind the call is the topic's own."""
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["SNS:GetTopicAttributes", "SNS:Publish", "SNS:Subscribe"],
                "Resource": topic,
                "Condition": {"StringEquals": {"AWS:SourceOwner": topic.split(":")[4]}},
            }
        ],
    }


@dataclass
class Trail:
    """A trail with all that is asked about it."""

    description: Json
    status: Json
    selectors: Json
    member_status: dict[str, Json] = field(default_factory=dict)
    """What a member is told instead of the owner's status."""

    @property
    def arn(self) -> str:
        return str(self.description["TrailARN"])

    @property
    def owner(self) -> str:
        return self.arn.split(":")[4]


@dataclass
class Topic:
    attributes: Json
    subscriptions: list[Json]
    filters: dict[str, Json] = field(default_factory=dict)
    """Attributes of its subscriptions, by ARN, beside what every one has."""


@dataclass
class Key:
    metadata: Json
    policy: Json


@dataclass(frozen=True)
class Refusal:
    """Calls that are not answered."""

    name: str
    account: str | None = None
    region: str | None = None
    about: str = ""
    """Text in the parameters; empty for any."""
    outcome: Outcome = Outcome.REFUSED
    code: str = "AccessDeniedException"

    def meets(self, call: Call) -> bool:
        return (
            self.name == call.name
            and self.account in (None, call.account_id)
            and self.region in (None, call.region)
            and self.about in call.params
        )


class NotFoundError(Exception):
    """AWS says that there is no such thing."""


def a_trail(owner: str, name: str = "trail", group: str = "", *, organization: bool = False) -> Trail:
    arn = f"arn:aws:cloudtrail:{REGION}:{owner}:trail/{name}"
    return Trail(
        description={
            "Name": name,
            "TrailARN": arn,
            "S3BucketName": "trail-files",
            "HomeRegion": REGION,
            "IsMultiRegionTrail": True,
            "IsOrganizationTrail": organization,
            "IncludeGlobalServiceEvents": True,
            "LogFileValidationEnabled": True,
            "HasCustomEventSelectors": False,
            "CloudWatchLogsLogGroupArn": f"{group or group_arn(owner)}:*",
            "KmsKeyId": f"arn:aws:kms:{REGION}:{owner}:key/trail",
        },
        status={
            "IsLogging": True,
            "LatestDeliveryTime": ago(minutes=9),
            "LatestCloudWatchLogsDeliveryTime": ago(minutes=10),
        },
        selectors={
            "TrailARN": arn,
            "EventSelectors": [
                {
                    "ReadWriteType": "All",
                    "IncludeManagementEvents": True,
                    "DataResources": [],
                    "ExcludeManagementEventSources": [],
                }
            ],
        },
    )


def a_filter(name: str = "security-groups", pattern: str = SECURITY_GROUPS, metric: str = "SecurityGroups") -> Json:
    return {
        "filterName": name,
        "filterPattern": pattern,
        "metricTransformations": [{"metricName": metric, "metricNamespace": "Security", "metricValue": "1"}],
    }


def an_alarm(
    name: str = "security-groups", metric: str = "SecurityGroups", topic: str = "", account: str = MEMBER
) -> Json:
    return {
        "AlarmName": name,
        "AlarmArn": alarm_arn(name, account),
        "ActionsEnabled": True,
        "OKActions": [],
        "AlarmActions": [topic or topic_arn(account=account)],
        "InsufficientDataActions": [],
        "StateValue": "OK",
        "MetricName": metric,
        "Namespace": "Security",
        "Statistic": "Sum",
        "Dimensions": [],
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }


def a_topic(arn: str) -> Topic:
    return Topic(
        attributes={
            "TopicArn": arn,
            "Owner": arn.split(":")[4],
            "Policy": json.dumps(default_topic_policy(arn)),
            "SubscriptionsConfirmed": "1",
            "SubscriptionsPending": "0",
        },
        subscriptions=[a_subscription(1, arn)],
    )


def a_subscription(number: int, topic: str = "", protocol: str = "email", arn: str = "") -> Json:
    topic = topic or topic_arn()
    return {
        "SubscriptionArn": arn or subscription_arn(number, topic),
        "Owner": topic.split(":")[4],
        "Protocol": protocol,
        "Endpoint": f"masked-{number}",
        "TopicArn": topic,
    }
