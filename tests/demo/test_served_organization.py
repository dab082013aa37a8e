"""The simulated organization in another process, over HTTP."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from orgaudit.demo import EXTERNAL_ID, MANAGEMENT_ACCOUNT_ID
from tests.moto_organization import ACCOUNT_IDS, ServedOrganization, served_organization

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture(scope="module")
def served() -> Iterator[ServedOrganization]:
    with served_organization() as served:
        yield served


def session_of(served: ServedOrganization, account_id: str | None = None) -> boto3.Session:
    """The caller's session, or that of the audit role in an account."""
    variables = served.environment
    keys = [variables[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")]
    caller = boto3.Session(*keys, region_name=variables["AWS_REGION"])
    if account_id is None:
        return caller
    answer = client_of(served, caller, "sts").assume_role(
        RoleArn=f"arn:aws:iam::{account_id}:role/OrgAudit", RoleSessionName="audit", ExternalId=EXTERNAL_ID
    )["Credentials"]
    return boto3.Session(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], "eu-central-1")


def client_of(served: ServedOrganization, session: boto3.Session, service: str) -> Any:
    return session.client(service, endpoint_url=served.endpoint_url, config=ONCE)


def test_lists_its_accounts(served):
    organizations = client_of(served, session_of(served), "organizations")
    accounts = [
        item["Id"] for page in organizations.get_paginator("list_accounts").paginate() for item in page["Accounts"]
    ]
    assert sorted(accounts) == sorted(ACCOUNT_IDS) == sorted(served.account_ids)


def test_shims_hold_over_http(served):
    member = session_of(served, "300000000001")
    trails = client_of(served, member, "cloudtrail").describe_trails()["trailList"]
    assert [trail["Name"] for trail in trails if trail["IsOrganizationTrail"]] == ["organization-trail"]
    assert client_of(served, member, "oam").list_links()["Items"] == []
    assert client_of(served, member, "cloudwatch").list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []
    alarms = client_of(served, member, "cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"])
    assert (alarms["MetricAlarms"], alarms["CompositeAlarms"]) == ([], [])
    with pytest.raises(ClientError, match="AccessDeniedException"):
        client_of(served, member, "organizations").list_accounts()
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client_of(served, member, "logs").describe_metric_filters(logGroupName="missing")


def test_a_subscription_is_pending_over_http(served):
    account = "480000000001"
    sns = client_of(served, session_of(served, account), "sns")
    topic = f"arn:aws:sns:eu-central-1:{account}:alerts"
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [item["SubscriptionArn"] for item in listed] == ["PendingConfirmation"]
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"] == "1"


def test_calls_are_refused_over_http(served):
    with pytest.raises(ClientError, match="AccessDenied"):
        client_of(served, session_of(served, "340000000003"), "cloudwatch").describe_alarms()
    with pytest.raises(ClientError, match="AccessDenied"):
        session_of(served, "340000000001")


def test_a_role_can_be_taken_away_while_it_runs(served):
    session_of(served, "310000000001")
    served.remove_role("310000000001")
    with pytest.raises(ClientError, match="AccessDenied"):
        session_of(served, "310000000001")
    session_of(served, "300000000001")


def test_a_call_can_be_refused_while_it_runs(served):
    sts = client_of(served, session_of(served), "sts")
    assert sts.get_caller_identity()["Account"] == MANAGEMENT_ACCOUNT_ID
    served.tell(f"refuse {MANAGEMENT_ACCOUNT_ID} sts:GetCallerIdentity")
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.get_caller_identity()


def test_ends_when_it_is_told_to():
    with served_organization() as served:
        pass
    assert served.process.returncode == 0


def test_ends_when_its_input_closes():
    with served_organization() as served:
        served.process.stdin.close()
        assert served.process.wait(timeout=300) == 0
