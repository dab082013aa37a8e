"""Each shim, beside what moto does without it: when moto learns AWS's behaviour, the first half fails."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.organizations.models import organizations_backends

from orgaudit.demo.moto_gaps import SHIMS, Delivery, bridged_moto, confirm_subscription
from tests.demo.clients import (
    MANAGEMENT,
    bridged,
    client,
    create_role,
    create_trail,
    organization_of,
    set_state,
    unbridged,
)

LOG_GROUP = "arn:aws:logs:eu-central-1:123456789012:log-group:trail:*"


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """The code of the error that the call answers; empty where it answers."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_everything_is_restored_on_exit():
    """After the bridge is gone moto's classes are what they were."""
    from moto import backend_index, backends
    from moto.cloudtrail.models import CloudTrailBackend
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.organizations.responses import OrganizationsResponse

    def looks() -> tuple[Any, ...]:
        return (
            CloudTrailBackend.describe_trails,
            "put_composite_alarm" in vars(CloudWatchResponse),
            "call_action" in vars(OrganizationsResponse),
            backends.get_backend,
            list(backend_index.backend_url_patterns),
        )

    before = looks()
    with bridged_moto():
        assert all(now != then for now, then in zip(looks(), before, strict=True))
    assert looks() == before


def test_every_shim_says_why():
    assert [shim for shim in SHIMS if not (shim.__doc__ or "").strip()] == []


class TestOrganizationTrail:
    """A multi-region organization trail of the management account, seen from a member."""

    @staticmethod
    def seen_by_member() -> dict[str, list[str]]:
        (member,) = organization_of("one")
        create_trail(MANAGEMENT, "org", IsMultiRegionTrail=True, IsOrganizationTrail=True)
        return {
            region: [trail["TrailARN"] for trail in client("cloudtrail", member, region).describe_trails()["trailList"]]
            for region in ("eu-central-1", "ap-south-1")
        }

    def test_is_a_shadow_trail_in_every_region_of_a_member(self):
        arn = f"arn:aws:cloudtrail:eu-central-1:{MANAGEMENT}:trail/org"
        assert unbridged(self.seen_by_member) == {"eu-central-1": [], "ap-south-1": []}
        with bridged():
            assert self.seen_by_member() == {"eu-central-1": [arn], "ap-south-1": [arn]}

    def test_is_left_out_where_shadow_trails_are(self):
        with bridged():
            (member,) = organization_of("one")
            create_trail(MANAGEMENT, "org", IsMultiRegionTrail=True, IsOrganizationTrail=True)
            assert client("cloudtrail", member).describe_trails(includeShadowTrails=False)["trailList"] == []

    def test_its_status_is_answered_to_a_member(self):
        def status(silenced: bool = False) -> Any:
            (member,) = organization_of("one")
            arn = create_trail(MANAGEMENT, "org", IsMultiRegionTrail=True, IsOrganizationTrail=True)
            if silenced:
                bridge.silenced.add((member, arn))
            return client("cloudtrail", member, "eu-west-1").get_trail_status(Name=arn)["IsLogging"]

        with pytest.raises(ClientError, match="TrailNotFound"):
            unbridged(status)
        with bridged() as bridge:
            assert status() is True
        with bridged() as bridge:
            assert status(silenced=True) is False

    def test_its_delegated_administrator_reads_it_as_the_owner(self):
        with bridged():
            delegate, other = organization_of("security", "other")
            client("organizations").register_delegated_administrator(
                AccountId=delegate, ServicePrincipal="cloudtrail.amazonaws.com"
            )
            arn = create_trail(
                MANAGEMENT,
                "org",
                IsMultiRegionTrail=True,
                IsOrganizationTrail=True,
                CloudWatchLogsLogGroupArn=LOG_GROUP,
                CloudWatchLogsRoleArn="arn:aws:iam::123456789012:role/trail",
            )
            assert client("cloudtrail", delegate).get_event_selectors(TrailName=arn)["TrailARN"] == arn
            assert "LatestCloudWatchLogsDeliveryTime" in client("cloudtrail", delegate).get_trail_status(Name=arn)
            assert refusal(client("cloudtrail", other).get_event_selectors, TrailName=arn) == "TrailNotFoundException"
            assert "LatestCloudWatchLogsDeliveryTime" not in client("cloudtrail", other).get_trail_status(Name=arn)


class TestTrails:
    def test_list_trails_names_single_region_trails_of_other_regions(self):
        def listed() -> list[str]:
            create_trail(MANAGEMENT, "irish", region="eu-west-1")
            return [trail["HomeRegion"] for trail in client("cloudtrail").list_trails()["Trails"]]

        assert unbridged(listed) == []
        with bridged():
            assert listed() == ["eu-west-1"]

    def test_status_tells_deliveries_to_the_log_group(self):
        def status() -> Any:
            arn = create_trail(
                MANAGEMENT,
                "own",
                CloudWatchLogsLogGroupArn=LOG_GROUP,
                CloudWatchLogsRoleArn="arn:aws:iam::123456789012:role/trail",
            )
            return client("cloudtrail").get_trail_status(Name=arn)

        assert "LatestCloudWatchLogsDeliveryTime" not in unbridged(status)
        with bridged():
            punctual = status()
        age_s = (datetime.now(UTC) - punctual["LatestCloudWatchLogsDeliveryTime"]).total_seconds()
        assert 0 < age_s < 600
        assert "LatestCloudWatchLogsDeliveryError" not in punctual
        with bridged() as bridge:
            bridge.deliveries[f"arn:aws:cloudtrail:eu-central-1:{MANAGEMENT}:trail/own"] = Delivery(
                None, "AccessDenied"
            )
            broken = status()
        assert "LatestCloudWatchLogsDeliveryTime" not in broken
        assert broken["LatestCloudWatchLogsDeliveryError"] == "AccessDenied"

    def test_status_reads_the_clock_as_utc(self, monkeypatch):
        def start_age_s() -> float:
            arn = create_trail(MANAGEMENT, "own")
            started = client("cloudtrail").get_trail_status(Name=arn)["StartLoggingTime"]
            return abs((datetime.now(UTC) - started).total_seconds())

        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        try:
            assert unbridged(start_age_s) > 3600
            with bridged():
                assert start_age_s() < 600
        finally:
            monkeypatch.undo()
            time.tzset()

    def test_selectors_that_were_never_set_are_the_default(self):
        def selectors() -> Any:
            arn = create_trail(MANAGEMENT, "own")
            answer = client("cloudtrail").get_event_selectors(TrailName=arn)
            return [item["ReadWriteType"] for item in answer["EventSelectors"]], "AdvancedEventSelectors" in answer

        assert unbridged(selectors) == ([], True)
        with bridged():
            assert selectors() == (["All"], False)

    def test_selectors_are_answered_in_the_home_region_alone(self):
        """Moto does as AWS does here, with and without shims."""

        def elsewhere() -> str:
            arn = create_trail(MANAGEMENT, "own", IsMultiRegionTrail=True)
            return refusal(client("cloudtrail", region="eu-west-1").get_event_selectors, TrailName=arn)

        assert unbridged(elsewhere) == "TrailNotFoundException"
        with bridged():
            assert elsewhere() == "TrailNotFoundException"

    def test_a_trail_with_selectors_says_so(self):
        def flags() -> list[bool]:
            create_trail(MANAGEMENT, "default")
            arn = create_trail(MANAGEMENT, "chosen")
            cloudtrail = client("cloudtrail")
            cloudtrail.put_event_selectors(TrailName=arn, EventSelectors=[{"ReadWriteType": "WriteOnly"}])
            return [trail["HasCustomEventSelectors"] for trail in cloudtrail.describe_trails()["trailList"]]

        assert unbridged(flags) == [False, False]
        with bridged():
            assert flags() == [False, True]


class TestOrganizations:
    def test_members_may_not_list_the_organization(self):
        def listing() -> str:
            (member,) = organization_of("one")
            return refusal(client("organizations", member).list_accounts)

        assert unbridged(listing) == ""
        with bridged():
            assert listing() == "AccessDeniedException"

    def test_a_member_may_describe_its_organization(self):
        with bridged():
            (member,) = organization_of("one")
            answer = client("organizations", member).describe_organization()
            assert answer["Organization"]["MasterAccountId"] == MANAGEMENT

    def test_a_delegated_administrator_lists_what_the_management_account_lists(self):
        with bridged():
            delegate, _ = organization_of("security", "other")
            organizations = client("organizations")
            organizations.register_delegated_administrator(
                AccountId=delegate, ServicePrincipal="cloudtrail.amazonaws.com"
            )
            as_delegate = client("organizations", delegate)
            assert as_delegate.list_accounts()["Accounts"] == organizations.list_accounts()["Accounts"]
            assert (
                refusal(as_delegate.create_account, AccountName="x", Email="x@example.com") == "AccessDeniedException"
            )

    def test_an_account_outside_any_organization_is_told_so(self):
        def listing() -> str:
            return refusal(client("organizations", "999988887777").list_accounts)

        assert unbridged(listing) == ""
        with bridged():
            assert listing() == "AWSOrganizationsNotInUseException"

    def test_cloudtrail_has_a_delegated_administrator(self):
        def delegates() -> list[str]:
            (member,) = organization_of("security")
            organizations = client("organizations")
            principal = "cloudtrail.amazonaws.com"
            organizations.register_delegated_administrator(AccountId=member, ServicePrincipal=principal)
            listed = organizations.list_delegated_administrators(ServicePrincipal=principal)["DelegatedAdministrators"]
            return [item["Name"] for item in listed]

        with pytest.raises(ClientError, match="InvalidInput"):
            unbridged(delegates)
        with bridged():
            assert delegates() == ["security"]

    def test_accounts_are_listed_with_their_path(self):
        def paths() -> list[Any]:
            (member,) = organization_of("one")
            organizations = client("organizations")
            root = organizations.list_roots()["Roots"][0]["Id"]
            unit = organizations.create_organizational_unit(ParentId=root, Name="Prod")["OrganizationalUnit"]["Id"]
            organizations.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
            organization = organizations.describe_organization()["Organization"]["Id"]
            expected.append(f"{organization}/{root}/{unit}/{member}/")
            return [
                account.get("Paths") for account in organizations.list_accounts()["Accounts"] if account["Id"] == member
            ]

        expected: list[str] = []
        assert unbridged(paths) == [None]
        with bridged():
            assert paths() == [expected[-1:]]

    def test_accounts_come_twenty_a_page_with_state_and_status(self):
        def first_page() -> int:
            organization_of(*(f"account-{number}" for number in range(25)))
            return len(client("organizations").list_accounts()["Accounts"])

        assert unbridged(first_page) == 26
        with bridged():
            assert first_page() == 20
            pages = client("organizations").get_paginator("list_accounts").paginate()
            accounts = [account for page in pages for account in page["Accounts"]]
            assert len({account["Id"] for account in accounts}) == 26
            assert {(account["State"], account["Status"]) for account in accounts} == {("ACTIVE", "ACTIVE")}

    def test_trusted_access_and_tags_are_answered_by_moto_itself(self):
        with bridged():
            (member,) = organization_of("one")
            organizations = client("organizations")
            organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
            organizations.tag_resource(ResourceId=member, Tags=[{"Key": "owner", "Value": "team-one"}])
            access = organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
            assert [item["ServicePrincipal"] for item in access] == ["cloudtrail.amazonaws.com"]
            assert organizations.list_tags_for_resource(ResourceId=member)["Tags"] == [
                {"Key": "owner", "Value": "team-one"}
            ]


class TestAssumeRole:
    @pytest.mark.parametrize(
        ("role_name", "external_id", "trusted", "state", "expected"),
        [
            ("OrgAudit", None, MANAGEMENT, "ACTIVE", ""),
            ("OrgAudit", None, "arn:aws:iam::999988887777:root", "ACTIVE", "AccessDenied"),
            ("Missing", None, MANAGEMENT, "ACTIVE", "AccessDenied"),
            ("OrgAudit", None, MANAGEMENT, "SUSPENDED", "AccessDenied"),
            ("WithExternalId", "right", MANAGEMENT, "ACTIVE", ""),
            ("WithExternalId", "wrong", MANAGEMENT, "ACTIVE", "AccessDenied"),
            ("WithExternalId", None, MANAGEMENT, "ACTIVE", "AccessDenied"),
        ],
    )
    def test_is_refused_without_role_trust_external_id_or_an_active_account(
        self, role_name: str, external_id: str | None, trusted: str, state: str, expected: str
    ):
        def assume() -> str:
            (member,) = organization_of("one")
            create_role(member, "OrgAudit", trusted)
            create_role(member, "WithExternalId", f"arn:aws:iam::{MANAGEMENT}:root", "right")
            set_state(member, state)
            arguments = {"ExternalId": external_id} if external_id else {}
            return refusal(
                client("sts").assume_role,
                RoleArn=f"arn:aws:iam::{member}:role/{role_name}",
                RoleSessionName="run",
                **arguments,
            )

        assert unbridged(assume) == ""
        with bridged():
            assert assume() == expected

    def test_is_refused_in_an_unknown_account(self):
        def assume() -> str:
            return refusal(
                client("sts").assume_role, RoleArn="arn:aws:iam::999988887777:role/OrgAudit", RoleSessionName="run"
            )

        assert unbridged(assume) == ""
        with bridged():
            assert assume() == "AccessDenied"

    def test_gives_credentials_of_the_member(self):
        with bridged():
            (member,) = organization_of("one")
            role = create_role(member, "OrgAudit", MANAGEMENT)
            keys = client("sts").assume_role(RoleArn=role, RoleSessionName="run")["Credentials"]
            session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
            assert session.client("sts", region_name="eu-central-1").get_caller_identity()["Account"] == member


class TestRefusals:
    @pytest.mark.parametrize(
        ("service", "call", "action", "code"),
        [
            ("cloudwatch", "describe_alarms", "cloudwatch:DescribeAlarms", "AccessDenied"),
            ("cloudtrail", "describe_trails", "cloudtrail:DescribeTrails", "AccessDeniedException"),
            ("logs", "describe_metric_filters", "logs:DescribeMetricFilters", "AccessDeniedException"),
            ("sns", "list_topics", "sns:ListTopics", "AuthorizationError"),
            ("kms", "list_keys", "kms:ListKeys", "AccessDeniedException"),
            ("organizations", "list_accounts", "organizations:ListAccounts", "AccessDeniedException"),
            ("sts", "get_caller_identity", "sts:GetCallerIdentity", "AccessDenied"),
            ("oam", "list_links", "oam:ListLinks", "AccessDeniedException"),
        ],
    )
    def test_an_action_is_refused_in_one_account_in_the_service_s_words(
        self, service: str, call: str, action: str, code: str
    ):
        with bridged() as bridge:
            organization_of()
            bridge.refuse(MANAGEMENT, action)
            assert refusal(getattr(client(service), call)) == code
            assert refusal(client("cloudtrail", "999988887777").describe_trails) == ""

    def test_a_region_can_be_closed(self):
        with bridged() as bridge:
            bridge.refuse(MANAGEMENT, "*", region="us-east-1")
            assert refusal(client("sns", region="us-east-1").list_topics) == "AuthorizationError"
            assert refusal(client("sns").list_topics) == ""

    def test_a_call_can_be_refused_so_many_times(self):
        with bridged() as bridge:
            bridge.refuse(MANAGEMENT, "kms:*", code="ThrottlingException", times=1)
            kms = client("kms")
            first, second = kms.list_keys(), kms.list_keys()
            assert [answer["ResponseMetadata"]["RetryAttempts"] for answer in (first, second)] == [1, 0]

    def test_an_answer_can_take_time(self):
        with bridged() as bridge:
            bridge.delay_s = 0.2
            started = time.monotonic()
            client("sns").list_topics()
            assert time.monotonic() - started >= 0.2


def put_alarm(name: str, **settings: Any) -> None:
    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Trail",
        MetricName="Changes",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        **settings,
    )


class TestAlarms:
    def test_start_without_data(self):
        def state() -> str:
            put_alarm("one")
            return str(client("cloudwatch").describe_alarms()["MetricAlarms"][0]["StateValue"])

        assert unbridged(state) == "OK"
        with bridged():
            assert state() == "INSUFFICIENT_DATA"

    def test_on_a_single_metric_have_no_list_of_metrics(self):
        def has_metrics() -> bool:
            put_alarm("one")
            return "Metrics" in client("cloudwatch").describe_alarms()["MetricAlarms"][0]

        assert unbridged(has_metrics)
        with bridged():
            assert not has_metrics()

    def test_composite_alarms_are_answered_where_asked_for(self):
        with bridged():
            put_alarm("child")
            cloudwatch = client("cloudwatch")
            cloudwatch.put_composite_alarm(
                AlarmName="parent", AlarmRule='ALARM("child")', AlarmActions=["arn:aws:sns:eu-central-1:1:t"]
            )
            assert cloudwatch.describe_alarms()["CompositeAlarms"] == []
            answer = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm", "LogAlarm"])
            assert [alarm["AlarmName"] for alarm in answer["MetricAlarms"]] == ["child"]
            (composite,) = answer["CompositeAlarms"]
            assert (composite["AlarmName"], composite["AlarmRule"]) == ("parent", 'ALARM("child")')
            assert composite["AlarmActions"] == ["arn:aws:sns:eu-central-1:1:t"]

    def test_moto_makes_no_composite_alarms(self):
        def put() -> None:
            client("cloudwatch").put_composite_alarm(AlarmName="parent", AlarmRule="TRUE")

        with pytest.raises(NotImplementedError):
            unbridged(put)

    def test_come_in_pages(self):
        def sizes() -> list[int]:
            for number in range(7):
                put_alarm(f"alarm-{number}")
            pages = client("cloudwatch").get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 3})
            return [len(page["MetricAlarms"]) for page in pages]

        assert unbridged(sizes) == [7]
        with bridged():
            assert sizes() == [3, 3, 1]

    def test_mute_rules_are_those_of_the_bridge(self):
        def rules() -> Any:
            return client("cloudwatch").list_alarm_mute_rules(Statuses=["ACTIVE"])["AlarmMuteRuleSummaries"]

        with pytest.raises(NotImplementedError):
            unbridged(rules)
        rule = {
            "Name": "night",
            "AlarmMuteRuleArn": f"arn:aws:cloudwatch:eu-central-1:{MANAGEMENT}:alarm-mute-rule:night",
            "Status": "ACTIVE",
            "MuteTargets": {"AlarmNames": ["one"]},
        }
        with bridged() as bridge:
            assert rules() == []
            bridge.mute_rules[MANAGEMENT, "eu-central-1"] = [rule, {**rule, "Name": "day", "Status": "EXPIRED"}]
            assert [item["AlarmMuteRuleArn"] for item in rules()] == [rule["AlarmMuteRuleArn"]]
            answer = client("cloudwatch").get_alarm_mute_rule(AlarmMuteRuleName="night")
            assert answer["MuteTargets"] == {"AlarmNames": ["one"]}
            assert (
                refusal(client("cloudwatch").get_alarm_mute_rule, AlarmMuteRuleName="no") == "ResourceNotFoundException"
            )

    def test_moto_does_not_know_single_mute_rules(self):
        with pytest.raises(NotImplementedError):
            unbridged(lambda: client("cloudwatch").get_alarm_mute_rule(AlarmMuteRuleName="night"))


def put_filter(name: str, pattern: str = "") -> None:
    client("logs").put_metric_filter(
        logGroupName="trail",
        filterName=name,
        filterPattern=pattern,
        metricTransformations=[{"metricName": "m", "metricNamespace": "Trail", "metricValue": "1"}],
    )


class TestMetricFilters:
    def test_come_in_pages(self):
        def sizes() -> list[int]:
            client("logs").create_log_group(logGroupName="trail")
            for number in range(7):
                put_filter(f"filter-{number}")
            pages = (
                client("logs")
                .get_paginator("describe_metric_filters")
                .paginate(logGroupName="trail", PaginationConfig={"PageSize": 3})
            )
            return [len(page["metricFilters"]) for page in pages]

        assert unbridged(sizes) == [7]
        with bridged():
            assert sizes() == [3, 3, 1]

    def test_of_the_same_name_are_replaced(self):
        def patterns() -> list[str]:
            client("logs").create_log_group(logGroupName="trail")
            put_filter("one", "{ $.eventName = A }")
            put_filter("one", "{ $.eventName = B }")
            answer = client("logs").describe_metric_filters(logGroupName="trail")
            return [item["filterPattern"] for item in answer["metricFilters"]]

        assert unbridged(patterns) == ["{ $.eventName = A }", "{ $.eventName = B }"]
        with bridged():
            assert patterns() == ["{ $.eventName = B }"]

    def test_of_a_missing_log_group_are_not_an_empty_list(self):
        def asked() -> str:
            return refusal(client("logs").describe_metric_filters, logGroupName="missing")

        assert unbridged(asked) == ""
        with bridged():
            assert asked() == "ResourceNotFoundException"

    def test_subscription_filters_are_answered_by_moto_itself(self):
        with bridged():
            client("logs").create_log_group(logGroupName="trail")
            assert client("logs").describe_subscription_filters(logGroupName="trail")["subscriptionFilters"] == []


class TestSubscriptions:
    @staticmethod
    def subscribe(protocol: str = "email", endpoint: str = "a@example.com", **settings: Any) -> tuple[str, str]:
        sns = client("sns")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        answer = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, **settings)
        return topic, answer["SubscriptionArn"]

    def test_have_no_arn_until_confirmed(self):
        def answered() -> str:
            return self.subscribe()[1].rpartition(":")[2]

        assert unbridged(answered) != "pending confirmation"
        with bridged():
            assert self.subscribe()[1] == "pending confirmation"
            assert self.subscribe("sqs", "arn:aws:sqs:eu-central-1:1:q")[1].startswith("arn:")

    def test_are_listed_as_pending_until_confirmed(self):
        def listed() -> list[str]:
            topic, arn = self.subscribe(ReturnSubscriptionArn=True)
            answer = client("sns").list_subscriptions_by_topic(TopicArn=topic)
            return [
                "arn" if item["SubscriptionArn"] == arn else item["SubscriptionArn"] for item in answer["Subscriptions"]
            ]

        assert unbridged(listed) == ["arn"]
        with bridged():
            assert listed() == ["PendingConfirmation"]
            confirm_subscription(self.subscribe(ReturnSubscriptionArn=True)[1])
            assert listed() == ["arn"]

    def test_say_themselves_whether_they_are_pending(self):
        def pending() -> str:
            _, arn = self.subscribe(ReturnSubscriptionArn=True)
            attributes = client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
            return str(attributes["PendingConfirmation"])

        assert unbridged(pending) == "false"
        with bridged():
            assert pending() == "true"

    def test_are_counted_by_their_topic(self):
        def counters() -> tuple[str, str]:
            topic, _ = self.subscribe()
            self.subscribe("sqs", "arn:aws:sqs:eu-central-1:1:q")
            attributes = client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
            return attributes["SubscriptionsConfirmed"], attributes["SubscriptionsPending"]

        assert unbridged(counters) == ("0", "0")
        with bridged():
            assert counters() == ("1", "1")


def test_the_key_behind_the_sns_alias_is_aws_s():
    def manager() -> str:
        return str(client("kms").describe_key(KeyId="alias/aws/sns")["KeyMetadata"]["KeyManager"])

    with pytest.raises(ClientError, match="NotFound"):
        unbridged(manager)
    with bridged():
        assert manager() == "AWS"


def test_key_policies_are_answered_by_moto_itself():
    with bridged():
        kms = client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        assert "kms:*" in kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]


def test_links_are_those_of_the_bridge():
    def links() -> Any:
        return client("oam").list_links()["Items"]

    with pytest.raises(ClientError, match="404"):
        unbridged(links)
    with bridged() as bridge:
        assert links() == []
        bridge.links[MANAGEMENT, "eu-central-1"] = [{"Arn": "arn:aws:oam:eu-central-1:1:link/x", "Label": "monitoring"}]
        assert [item["Label"] for item in links()] == ["monitoring"]
        link = bridge.links[MANAGEMENT, "eu-central-1"][0]
        link["LinkConfiguration"] = {"MetricConfiguration": {"Filter": "Namespace = 'CIS'"}}
        assert "LinkConfiguration" not in links()[0]
        assert client("oam").get_link(Identifier=link["Arn"])["LinkConfiguration"] == link["LinkConfiguration"]
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            client("oam").get_link(Identifier="arn:aws:oam:eu-central-1:1:link/y")


def test_seeded_delegates_survive_only_their_mock():
    with bridged():
        organization_of("one")
    with bridged():
        assert organizations_backends[MANAGEMENT]["aws"].org is None


def test_enabled_regions_are_those_of_the_bridge():
    def regions() -> Any:
        return [item["RegionName"] for item in client("account").list_regions()["Regions"]]

    with pytest.raises(ClientError, match="404"):
        unbridged(regions)
    with bridged() as bridge:
        assert regions() == ["eu-central-1", "eu-west-1", "us-east-1"]
        bridge.enabled_regions = ("us-east-1",)
        assert regions() == ["us-east-1"]
