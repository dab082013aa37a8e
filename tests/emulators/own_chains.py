"""Accounts with chains of their own, built through AWS's API alone: the same in every emulator."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orgaudit.controls import CATALOG

REGION = "eu-central-1"
ROLE = "OrgAudit"
SECURITY_GROUPS = str(CATALOG["security_group_changes"].editions["7.0.0"].criterion)
ClientOf = Callable[[str, str], Any]
"""Service and account id to a boto3 client that asks as that account in REGION."""


@dataclass(frozen=True)
class OwnChain:
    """A chain that differs from a healthy one in what is said of it, and the row it must get."""

    why: str
    result: str
    broken_link: str | None = None
    trail: Mapping[str, Any] = field(default_factory=dict)
    """UpdateTrail."""
    logging: bool = True
    selectors: Mapping[str, Any] = field(default_factory=dict)
    """PutEventSelectors; empty: never set."""
    pattern: str | None = SECURITY_GROUPS
    """None: no filter."""
    metric: Mapping[str, Any] = field(default_factory=dict)
    """The filter's transformation."""
    alarm: Mapping[str, Any] | None = field(default_factory=dict)
    """PutMetricAlarm; None: no alarm."""
    topic: Mapping[str, str] = field(default_factory=dict)
    """Attributes of the topic."""
    topic_exists: bool = True
    protocol: str | None = "sqs"
    """None: nobody is subscribed. Queues are confirmed at once, web hooks wait for ever."""
    filter_policy: str = ""


def _basic(**settings: Any) -> dict[str, Any]:
    return {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True, **settings}]}


def _advanced(**operators: list[str]) -> dict[str, Any]:
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "eventSource", **operators}]
    return {"AdvancedEventSelectors": [{"Name": "management", "FieldSelectors": fields}]}


_DENY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "SNS:Publish", "Resource": "*"},
        {
            "Effect": "Deny",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "SNS:*",
            "Resource": "*",
        },
    ],
}

CHAINS: dict[str, OwnChain] = {
    "healthy": OwnChain("Everything as it should be.", "PASS"),
    "stopped": OwnChain("The trail does not log.", "FAIL", "trail", logging=False),
    "single-region": OwnChain("One region only.", "FAIL", "trail", trail={"IsMultiRegionTrail": False}),
    "writes-only": OwnChain("Writes only, which these are.", "PASS", selectors=_basic(ReadWriteType="WriteOnly")),
    "reads-only": OwnChain("Reads only.", "FAIL", "selectors", selectors=_basic(ReadWriteType="ReadOnly")),
    "without-kms": OwnChain("Without KMS.", "PASS", selectors=_advanced(NotEquals=["kms.amazonaws.com"])),
    "only-iam": OwnChain("IAM alone.", "FAIL", "selectors", selectors=_advanced(Equals=["iam.amazonaws.com"])),
    "no-log-group": OwnChain("No log group.", "FAIL", "delivery", trail={"CloudWatchLogsLogGroupArn": ""}),
    "no-filter": OwnChain("No filter.", "FAIL", "filter", pattern=None),
    "one-event-missing": OwnChain(
        "One event is missing.",
        "FAIL",
        "filter",
        pattern=SECURITY_GROUPS.replace("ModifySecurityGroupRules", "ModifySecurityGroupRule"),
    ),
    "wildcards": OwnChain("Wildcards that match more.", "PASS", pattern="{ $.eventName = *SecurityGroup* }"),
    "other-metric": OwnChain("The alarm watches another metric.", "FAIL", "alarm", metric={"metricName": "other"}),
    "no-alarm": OwnChain("No alarm.", "FAIL", "alarm", alarm=None),
    "ten-events": OwnChain("Ten events are needed.", "FAIL", "alarm", alarm={"Threshold": 10.0}),
    "zeros-averaged": OwnChain(
        "The average is diluted by the default value.",
        "FAIL",
        "alarm",
        metric={"defaultValue": 0.0},
        alarm={"Statistic": "Average"},
    ),
    "disabled": OwnChain("Actions are disabled.", "FAIL", "action", alarm={"ActionsEnabled": False}),
    "no-action": OwnChain("No action.", "FAIL", "action", alarm={"AlarmActions": []}),
    "no-topic": OwnChain("The topic does not exist.", "FAIL", "topic", topic_exists=False),
    "denied": OwnChain("The topic refuses CloudWatch.", "FAIL", "topic", topic={"Policy": json.dumps(_DENY)}),
    "aws-key": OwnChain("Encrypted with AWS's key.", "FAIL", "topic", topic={"KmsMasterKeyId": "alias/aws/sns"}),
    "nobody": OwnChain("Nobody is subscribed.", "FAIL", "subscription", protocol=None),
    "pending": OwnChain("The subscription waits.", "FAIL", "subscription", protocol="http"),
    "filtered": OwnChain("Filtered out.", "FAIL", "subscription", filter_policy='{"team": ["security"]}'),
    "no-trail": OwnChain("Nothing but a log group.", "FAIL", "trail"),
}
"""By the account's name."""


def found_organization(client_of: ClientOf, management: str) -> dict[str, str]:
    """An organization with an account for each chain; account names to ids."""
    organizations = client_of("organizations", management)
    created = {
        name: organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
        for name in CHAINS
    }
    for name, status in created.items():
        _build(client_of, str(status["AccountId"]), management, name)
    return {name: str(status["AccountId"]) for name, status in created.items()}


def _build(client_of: ClientOf, account_id: str, management: str, name: str) -> None:
    chain = CHAINS[name]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{management}:root"}, "Action": "sts:AssumeRole"}
    client_of("iam", account_id).create_role(
        RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    client_of("logs", account_id).create_log_group(logGroupName="trail")
    if name == "no-trail":
        return
    _trail(client_of, account_id, chain)
    topic_arn = f"arn:aws:sns:{REGION}:{account_id}:alerts"
    if chain.topic_exists:
        _topic(client_of("sns", account_id), chain)
    if chain.pattern is not None:
        made = {"metricName": "groups", "metricNamespace": "Security", "metricValue": "1", **chain.metric}
        client_of("logs", account_id).put_metric_filter(
            logGroupName="trail", filterName="groups", filterPattern=chain.pattern, metricTransformations=[made]
        )
    if chain.alarm is not None:
        healthy = {
            "AlarmName": "groups",
            "Namespace": "Security",
            "MetricName": "groups",
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "ActionsEnabled": True,
            "AlarmActions": [topic_arn],
        }
        client_of("cloudwatch", account_id).put_metric_alarm(**{**healthy, **chain.alarm})


def _trail(client_of: ClientOf, account_id: str, chain: OwnChain) -> None:
    bucket = f"trail-{account_id}"
    place = {"LocationConstraint": REGION}
    client_of("s3", account_id).create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    cloudtrail = client_of("cloudtrail", account_id)
    arn = cloudtrail.create_trail(Name="own", S3BucketName=bucket, IsMultiRegionTrail=True)["TrailARN"]
    group = f"arn:aws:logs:{REGION}:{account_id}:log-group:trail:*"
    role = f"arn:aws:iam::{account_id}:role/{ROLE}"
    settings = {"CloudWatchLogsLogGroupArn": group, "CloudWatchLogsRoleArn": role, **chain.trail}
    cloudtrail.update_trail(Name=arn, **settings)
    if chain.selectors:
        cloudtrail.put_event_selectors(TrailName=arn, **chain.selectors)
    if chain.logging:
        cloudtrail.start_logging(Name=arn)


def _topic(sns: Any, chain: OwnChain) -> None:
    arn = sns.create_topic(Name="alerts")["TopicArn"]
    for name, value in chain.topic.items():
        sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
    endpoints = {"sqs": arn.replace(":sns:", ":sqs:"), "http": "http://127.0.0.1:9/"}
    if chain.protocol:
        subscription = sns.subscribe(
            TopicArn=arn, Protocol=chain.protocol, Endpoint=endpoints[chain.protocol], ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        if chain.filter_policy:
            sns.set_subscription_attributes(
                SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=chain.filter_policy
            )
