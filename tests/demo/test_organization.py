"""The simulated organization, looked at through plain boto3 clients."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from orgaudit.controls import CATALOG
from orgaudit.demo import (
    ACCOUNTS,
    EXTERNAL_ID,
    MANAGEMENT_ACCOUNT_ID,
    ORGANIZATION_ID,
    SimulatedOrganization,
    simulated_organization,
)
from tests.demo.clients import client
from tests.demo.expected import EXCLUDED, EXPECTED

ORGANIZATION_TRAIL = f"arn:aws:cloudtrail:eu-central-1:{MANAGEMENT_ACCOUNT_ID}:trail/organization-trail"
SECURITY_TOOLING = "200000000001"


@pytest.fixture(scope="module")
def organization() -> Iterator[SimulatedOrganization]:
    with simulated_organization(today=date(2026, 11, 23)) as organization:
        yield organization


def id_of(name: str) -> str:
    return next(account.id for account in ACCOUNTS if account.name == name)


def assume(name: str, **arguments: str) -> Any:
    account = next(account for account in ACCOUNTS if account.name == name)
    return boto3.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account.id}:role/{account.role_name or 'OrgAudit'}",
        RoleSessionName="audit",
        **{"ExternalId": EXTERNAL_ID, **arguments},
    )


def test_every_account_is_listed_once_where_it_belongs(organization):
    organizations = boto3.client("organizations")
    assert organizations.describe_organization()["Organization"]["Id"] == ORGANIZATION_ID
    listed = [item for page in organizations.get_paginator("list_accounts").paginate() for item in page["Accounts"]]
    assert [(item["Id"], item["Name"], item["State"]) for item in listed] == [
        (account.id, account.name, account.state) for account in ACCOUNTS
    ]
    names = _unit_names(organizations)
    paths = {item["Id"]: "/".join(names[unit] for unit in item["Paths"][0].split("/")[1:-2]) for item in listed}
    assert paths == {account.id: account.ou for account in ACCOUNTS}


def _unit_names(organizations: Any) -> dict[str, str]:
    names = {root["Id"]: root["Name"] for root in organizations.list_roots()["Roots"]}
    waiting = list(names)
    while waiting:
        parent = waiting.pop()
        for unit in organizations.list_organizational_units_for_parent(ParentId=parent)["OrganizationalUnits"]:
            names[unit["Id"]] = unit["Name"]
            waiting.append(unit["Id"])
    return names


def test_the_caller_is_an_auditor_in_the_management_account(organization):
    identity = boto3.client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{MANAGEMENT_ACCOUNT_ID}:assumed-role/Auditor/auditor"


def test_a_member_sees_its_own_trail_and_the_organization_s(organization):
    member = id_of("network-hub")
    trails = client("cloudtrail", member).describe_trails()["trailList"]
    assert {trail["TrailARN"]: trail["IsOrganizationTrail"] for trail in trails} == {
        f"arn:aws:cloudtrail:eu-central-1:{member}:trail/network-trail": False,
        ORGANIZATION_TRAIL: True,
    }
    group = next(trail["CloudWatchLogsLogGroupArn"] for trail in trails if trail["IsOrganizationTrail"])
    assert group == f"arn:aws:logs:eu-central-1:{SECURITY_TOOLING}:log-group:organization-trail:*"


def test_cloudtrail_is_trusted_and_delegated(organization):
    organizations = boto3.client("organizations")
    access = organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert [item["ServicePrincipal"] for item in access] == ["cloudtrail.amazonaws.com"]
    delegated = organizations.list_delegated_administrators(ServicePrincipal="cloudtrail.amazonaws.com")
    assert [item["Id"] for item in delegated["DelegatedAdministrators"]] == [SECURITY_TOOLING]


def test_the_organization_trail_is_silent_where_the_table_says_so(organization):
    def logs(name: str) -> bool:
        return bool(client("cloudtrail", id_of(name)).get_trail_status(Name=ORGANIZATION_TRAIL)["IsLogging"])

    assert (logs("network-hub"), logs("trail-stopped")) == (True, False)


@pytest.mark.parametrize("name", ["network-hub", "acquired-business"])
def test_the_role_can_be_assumed(organization, name):
    assert assume(name)["AssumedRoleUser"]["Arn"].startswith(f"arn:aws:sts::{id_of(name)}:assumed-role/")


@pytest.mark.parametrize("name", ["role-missing", "role-other-external-id", "old-website", "old-warehouse"])
def test_the_role_is_refused(organization, name):
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(name)


def test_the_external_id_matters(organization):
    with pytest.raises(ClientError, match="AccessDenied"):
        assume("network-hub", ExternalId="wrong")


def test_one_call_is_refused_in_one_account(organization):
    with pytest.raises(ClientError, match="AccessDenied"):
        client("cloudwatch", id_of("alarms-refused")).describe_alarms()
    assert client("cloudwatch", id_of("network-hub")).describe_alarms()["MetricAlarms"] != []


def test_a_region_is_closed(organization):
    with pytest.raises(ClientError, match="AccessDenied"):
        client("cloudtrail", id_of("region-locked"), "us-east-1").describe_trails()
    assert client("cloudtrail", id_of("region-locked")).describe_trails()["trailList"] != []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("network-hub", ["confirmed"]),
        ("settlement", ["PendingConfirmation", "confirmed", "confirmed"]),
        ("subscription-pending", ["PendingConfirmation"]),
        ("subscription-none", []),
    ],
)
def test_subscriptions_are_as_the_table_says(organization, name, expected):
    topic = f"arn:aws:sns:eu-central-1:{id_of(name)}:alerts"
    listed = client("sns", id_of(name)).list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    arns = [item["SubscriptionArn"] for item in listed]
    assert ["confirmed" if arn.startswith(topic) else arn for arn in arns] == expected


def test_a_deleted_topic_is_not_found(organization):
    account = id_of("topic-deleted")
    with pytest.raises(ClientError, match="NotFound"):
        client("sns", account).get_topic_attributes(TopicArn=f"arn:aws:sns:eu-central-1:{account}:alerts")


@pytest.mark.parametrize(("name", "manager"), [("topic-key-of-aws", "AWS"), ("ledger", "CUSTOMER")])
def test_the_key_of_a_topic_is_described(organization, name, manager):
    account = id_of(name)
    topic = client("sns", account).get_topic_attributes(TopicArn=f"arn:aws:sns:eu-central-1:{account}:alerts")
    kms = client("kms", account)
    key = kms.describe_key(KeyId=topic["Attributes"]["KmsMasterKeyId"])["KeyMetadata"]
    assert key["KeyManager"] == manager
    policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
    assert ("cloudwatch.amazonaws.com" in policy) == (manager == "CUSTOMER")


def test_deliveries_are_as_the_table_says(organization):
    def status(name: str) -> Any:
        return client("cloudtrail", id_of(name)).get_trail_status(Name="network-trail")

    assert "LatestCloudWatchLogsDeliveryTime" not in status("delivery-never")
    failing = status("delivery-failing")
    assert failing["LatestCloudWatchLogsDeliveryError"] == "AccessDenied"
    age = datetime.now(UTC) - failing["LatestCloudWatchLogsDeliveryTime"]
    assert age.days == 3
    assert failing["LatestDeliveryTime"] > failing["LatestCloudWatchLogsDeliveryTime"]


def test_selectors_are_as_the_table_says(organization):
    def selectors(name: str) -> Any:
        answer = client("cloudtrail", id_of(name)).get_event_selectors(TrailName="network-trail")
        return answer.get("EventSelectors") or answer.get("AdvancedEventSelectors")

    assert selectors("network-hub")[0]["IncludeManagementEvents"]
    assert selectors("selectors-no-kms")[0]["ExcludeManagementEventSources"] == ["kms.amazonaws.com"]
    assert selectors("selectors-no-ec2")[0]["FieldSelectors"][1]["NotEquals"] == ["ec2.amazonaws.com"]


def test_filters_are_at_the_log_group_of_the_trail_but_for_one_account(organization):
    def filters(name: str, region: str) -> int:
        logs = client("logs", id_of(name), region)
        return len(logs.describe_metric_filters(logGroupName="network-trail")["metricFilters"])

    assert filters("network-hub", "eu-central-1") == 5
    assert filters("shop-dublin", "eu-west-1") == 5
    assert (filters("filter-other-region", "eu-central-1"), filters("filter-other-region", "eu-west-1")) == (0, 5)


def test_a_mute_rule_is_active_on_one_alarm(organization):
    cloudwatch = client("cloudwatch", id_of("action-muted"))
    (rule,) = cloudwatch.list_alarm_mute_rules(Statuses=["ACTIVE"])["AlarmMuteRuleSummaries"]
    name = rule["AlarmMuteRuleArn"].rpartition(":")[2]
    answer = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=name)
    assert answer["MuteTargets"]["AlarmNames"] == ["security_group_changes"]
    assert answer["ExpireDate"] > datetime.now(UTC)


def test_a_composite_alarm_carries_the_action_of_another(organization):
    answer = client("cloudwatch", id_of("shop-catalogue")).describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    (composite,) = answer["CompositeAlarms"]
    child = next(alarm for alarm in answer["MetricAlarms"] if alarm["AlarmName"] == "vpc_changes")
    assert composite["AlarmRule"] == 'ALARM("vpc_changes")'
    assert child["AlarmActions"] == []
    assert composite["AlarmActions"] != []


def test_patterns_are_short_enough_for_aws():
    filters = [item for account in ACCOUNTS if account.monitoring for item in account.monitoring.filters.values()]
    assert max(len(item.pattern) for item in filters) <= 1024


def test_the_configuration_names_accounts_of_the_organization(organization):
    settings = tomllib.loads(organization.configuration)
    named = [item["id"] for item in settings["scope"]["exclude_accounts"] + settings["organization"]["account_roles"]]
    waived = [account for waiver in settings["waivers"] for account in waiver["accounts"]]
    assert set(named) | set(waived) <= {account.id for account in ACCOUNTS}
    assert [waiver["expires"] < date(2026, 11, 23) for waiver in settings["waivers"]] == [False, True]


def test_something_is_expected_of_every_account_and_control():
    in_scope = {account.id for account in ACCOUNTS} - set(EXCLUDED)
    controls = {key for key, control in CATALOG.items() if control.edition("7.0.0")}
    assert set(EXPECTED) == in_scope
    assert {account: set(rows) for account, rows in EXPECTED.items()} == dict.fromkeys(in_scope, controls)
