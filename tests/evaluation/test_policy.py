"""Resource policies decided for CloudWatch's service principal, statement by statement.

A table of single statements on top of what the verdict table shows through whole chains. True: publishing is allowed;
False: it is not; None: nobody can say, and so neither PASS nor FAIL may rest on it.
"""

import json
from typing import Any

import pytest

from orgaudit.evaluation.policy import Decision, Request, decide
from tests.evaluation.changes_of_topics import allow, deny, when
from tests.evaluation.things import MEMBER, ORGANIZATION_ID, OTHER, REGION, alarm_arn, default_topic_policy, topic_arn

ALARM, TOPIC = alarm_arn("security-groups"), topic_arn()


def decided(*statements: Any, alarm: str = ALARM, account: str = MEMBER, own: str = MEMBER) -> Decision:
    request = Request.for_alarm("SNS:Publish", TOPIC, alarm, account, ORGANIZATION_ID, own)
    return decide(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}), request)


ROOT = f"arn:aws:iam::{MEMBER}:root"
EVERY_OPERATOR_ON_ABSENT = {
    "StringEquals": False,
    "StringNotEquals": True,
    "StringEqualsIfExists": True,
    "StringNotEqualsIfExists": True,
    "StringEqualsIgnoreCase": False,
    "StringNotEqualsIgnoreCase": True,
    "StringLike": False,
    "StringNotLike": True,
    "ArnLike": False,
    "ArnNotLike": True,
    "ArnEquals": False,
    "ArnNotEquals": True,
    "ForAllValues:StringEquals": True,
    "ForAllValues:StringNotEquals": True,
    "ForAnyValue:StringEquals": False,
    "ForAnyValue:StringNotEquals": None,
    "ForAnyValue:StringEqualsIfExists": None,
    "ForSomeValues:StringEquals": None,
    "stringequals": None,
    "stringnotequals": None,
    "StringEqualsIfPresent": None,
    "Matches": None,
}


@pytest.mark.parametrize(("operator", "met"), EVERY_OPERATOR_ON_ABSENT.items())
def test_operators_on_a_key_that_cloudwatch_does_not_send(operator, met):
    condition = when(operator, "aws:PrincipalOrgID", ORGANIZATION_ID)
    assert decided(allow("*", condition=condition)).allowed is met


@pytest.mark.parametrize(("operator", "met"), EVERY_OPERATOR_ON_ABSENT.items())
def test_a_deny_on_a_key_that_cloudwatch_does_not_send(operator, met):
    """What makes an Allow apply makes a Deny apply, and what leaves the one open leaves the other open."""
    condition = when(operator, "aws:PrincipalOrgID", ORGANIZATION_ID)
    allowed = {True: False, False: True, None: None}[met]
    assert decided(allow("cloudwatch"), deny("*", condition)).allowed is allowed


CONDITIONS = [
    (when("StringEquals", "aws:SourceAccount", MEMBER), True),
    (when("StringEquals", "AWS:SourceAccount", MEMBER), True),
    (when("StringEquals", "aws:sourceaccount", OTHER, MEMBER), True),
    (when("StringEquals", "aws:SourceAccount", OTHER), False),
    (when("StringNotEquals", "aws:SourceAccount", OTHER), True),
    (when("StringNotEquals", "aws:SourceAccount", OTHER, MEMBER), False),
    (when("StringEqualsIfExists", "aws:SourceAccount", OTHER), False),
    (when("StringEquals", "AWS:SourceOwner", MEMBER), True),
    (when("StringEquals", "aws:SourceOrgID", ORGANIZATION_ID), True),
    (when("StringEquals", "aws:SourceOrgID", "o-other"), False),
    (when("StringEquals", "aws:SourceOrgID", ORGANIZATION_ID.upper()), False),
    (when("StringEqualsIgnoreCase", "aws:SourceOrgID", ORGANIZATION_ID.upper()), True),
    (when("StringLike", "aws:SourceArn", f"arn:aws:cloudwatch:*:{MEMBER}:alarm:*"), True),
    (when("StringEquals", "aws:SourceArn", f"arn:aws:cloudwatch:*:{MEMBER}:alarm:*"), False),
    (when("ArnLike", "aws:SourceArn", f"arn:aws:cloudwatch:*:{MEMBER}:alarm:*"), True),
    (when("ArnEquals", "aws:SourceArn", f"arn:aws:cloudwatch:*:{MEMBER}:alarm:*"), True),
    (when("ArnEquals", "aws:SourceArn", ALARM), True),
    (when("ArnLike", "aws:SourceArn", f"arn:aws:cloudwatch:*:{OTHER}:alarm:*"), False),
    (when("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch:*"), None),
    (when("ArnLike", "aws:SourceArn", "*"), None),
    (when("ArnNotLike", "aws:SourceArn", "*"), None),
    (when("ArnLike", "aws:SourceArn", "*", f"arn:aws:cloudwatch:{REGION}:{MEMBER}:alarm:*"), True),
    (when("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch"), False),
    (when("ArnLike", "aws:SourceArn", "arn:*:cloudwatch:*:*:*"), True),
    (when("ArnLike", "aws:SourceArn", f"arn:aws-cn:cloudwatch:{REGION}:{MEMBER}:alarm:*"), False),
    (when("ArnNotLike", "aws:SourceArn", f"arn:aws:cloudwatch:*:{OTHER}:alarm:*"), True),
    (when("StringLike", "aws:SourceArn", "*security-?roups"), True),
    (when("StringLike", "aws:SourceArn", "*SECURITY*"), False),
    (when("Bool", "aws:SecureTransport", "true"), True),
    (when("Bool", "aws:SecureTransport", True), True),
    (when("Bool", "aws:SecureTransport", "false"), False),
    (when("Bool", "aws:PrincipalIsAWSService", "true"), True),
    (when("BoolIfExists", "aws:SecureTransport", "false"), False),
    (when("Null", "aws:SourceAccount", "false"), True),
    (when("Null", "aws:SourceAccount", "true"), False),
    (when("Null", "aws:PrincipalOrgID", "true"), True),
    (when("Null", "aws:PrincipalOrgID", True), True),
    (when("Null", "aws:PrincipalOrgID", "false"), False),
    (when("Null", "aws:PrincipalOrgID", "perhaps"), None),
    (when("Null", "aws:PrincipalTag/team", "true"), None),
    (when("IpAddress", "aws:SourceIp", "10.0.0.0/8"), False),
    (when("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"), True),
    (when("StringNotEquals", "aws:SourceVpce", "vpce-1"), True),
    (when("ForAllValues:StringEquals", "aws:SourceAccount", MEMBER), True),
    (when("ForAllValues:StringEquals", "aws:SourceAccount", OTHER), False),
    (when("ForAnyValue:StringLike", "aws:SourceAccount", "1*"), True),
    (when("StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}"), None),
    (when("StringEquals", "aws:PrincipalTag/team", "security"), None),
    (when("StringEquals", "aws:SourceOrgPaths", "o-exampleorgid/*"), None),
    (when("NumericEquals", "aws:SourceAccount", MEMBER), None),
    (when("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"), None),
    ({"StringEquals": {"aws:SourceAccount": []}}, None),
    ({"StringEquals": "aws:SourceAccount"}, None),
    ("aws:SourceAccount", None),
    (["aws:SourceAccount"], None),
    ({}, True),
    (
        {"StringEquals": {"aws:SourceAccount": MEMBER}, "ArnLike": {"aws:SourceArn": f"*:{OTHER}:*"}},
        None,
    ),
    (
        {"StringEquals": {"aws:SourceAccount": MEMBER, "aws:PrincipalOrgID": ORGANIZATION_ID}},
        False,
    ),
    (
        {"StringEquals": {"aws:SourceAccount": OTHER, "aws:PrincipalTag/x": "y"}},
        False,
    ),
]


@pytest.mark.parametrize(("condition", "met"), CONDITIONS, ids=[json.dumps(one) for one, _ in CONDITIONS])
def test_conditions(condition, met):
    assert decided(allow("cloudwatch", condition=condition)).allowed is met


STATEMENTS = [
    ("everybody", allow("*"), True),
    ("everybody, as an account", allow({"AWS": "*"}), True),
    ("everybody, in a list", allow({"AWS": [OTHER, "*"]}), True),
    ("the service", allow("cloudwatch"), True),
    ("the service among others", allow({"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]}), True),
    ("another service", allow({"Service": "events.amazonaws.com"}), False),
    ("a service whose name looks alike", allow({"Service": "cloudwatch.amazonaws.com.example.com"}), False),
    ("CloudWatch Logs", allow({"Service": "logs.amazonaws.com"}), False),
    ("every service, which is not a documented form", allow({"Service": "*"}), None),
    ("the topic's own account", allow({"AWS": MEMBER}), None),
    ("the topic's own account, by ARN", allow({"AWS": ROOT}), None),
    ("the topic's own account, by ARN of another partition", allow({"AWS": ROOT.replace("aws", "aws-cn", 1)}), None),
    ("another account", allow({"AWS": OTHER}), False),
    ("a role of the topic's own account", allow({"AWS": f"arn:aws:iam::{MEMBER}:role/Admin"}), False),
    ("a federated user", allow({"Federated": "cognito-identity.amazonaws.com"}), False),
    ("nobody named", allow(None), None),
    ("an account as bare text", allow(MEMBER), None),
    ("every action", allow("cloudwatch", "*"), True),
    ("every action of SNS", allow("cloudwatch", "sns:*"), True),
    ("the action in other letters", allow("cloudwatch", "SNS:publish"), True),
    ("the action among others", allow("cloudwatch", ["sns:Subscribe", "sns:Publish"]), True),
    ("the action by a wildcard", allow("cloudwatch", "sns:Pub*"), True),
    ("another action", allow("cloudwatch", "sns:Subscribe"), False),
    ("another action that begins the same", allow("cloudwatch", "sns:PublishBatch"), False),
    ("no action", allow("cloudwatch", []), None),
    ("this topic", allow("cloudwatch", Resource=TOPIC), True),
    ("this topic among others", allow("cloudwatch", Resource=[topic_arn("other"), TOPIC]), True),
    ("topics by a wildcard", allow("cloudwatch", Resource=f"arn:aws:sns:*:{MEMBER}:*"), True),
    ("another topic", allow("cloudwatch", Resource=topic_arn("other")), False),
    ("a topic of the same name in another account", allow("cloudwatch", Resource=topic_arn(account=OTHER)), False),
    ("the topic in other letters", allow("cloudwatch", Resource=TOPIC.upper()), False),
    ("a resource with a variable", allow("cloudwatch", Resource="arn:aws:sns:*:${aws:PrincipalAccount}:*"), None),
]


@pytest.mark.parametrize(("statement", "allowed"), [one[1:] for one in STATEMENTS], ids=[one[0] for one in STATEMENTS])
def test_statements(statement, allowed):
    assert decided(statement).allowed is allowed


def without(statement: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key != name} | more


ODD = [
    ("all actions but reading", without(allow("cloudwatch"), "Action", NotAction="sns:GetTopicAttributes"), True),
    ("all actions but publishing", without(allow("cloudwatch"), "Action", NotAction=["sns:Publish"]), False),
    ("both kinds of actions", allow("cloudwatch", NotAction="sns:Subscribe"), None),
    ("all resources but others", without(allow("cloudwatch"), "Resource", NotResource=topic_arn("other")), True),
    ("all resources but this", without(allow("cloudwatch"), "Resource", NotResource=TOPIC), False),
    ("everybody but some", without(allow("*"), "Principal", NotPrincipal={"AWS": OTHER}), None),
    ("no principal", without(allow("*"), "Principal"), None),
    ("no resource", without(allow("*"), "Resource"), None),
    ("an effect in other letters", allow("*", Effect="allow"), None),
    ("no effect", without(allow("*"), "Effect"), None),
    ("no statement at all", "Allow", None),
    ("the service in other letters", allow({"Service": "CloudWatch.amazonaws.com"}), None),
    ("the service of a region", allow({"Service": f"cloudwatch.{REGION}.amazonaws.com"}), False),
]


@pytest.mark.parametrize(("statement", "allowed"), [one[1:] for one in ODD], ids=[one[0] for one in ODD])
def test_odd_statements(statement, allowed):
    assert decided(statement).allowed is allowed


@pytest.mark.parametrize(
    "statement",
    ["Deny", {}, allow("*", Effect="deny"), without(deny(), "Effect"), without(deny(), "Principal", NotPrincipal="*")],
)
def test_what_cannot_be_read_may_be_a_deny(statement):
    assert decided(allow("cloudwatch"), statement).allowed is None


DENIALS = [
    ("everybody", deny(), False),
    ("the service", deny("cloudwatch"), False),
    ("another account", deny({"AWS": OTHER}), True),
    ("plain HTTP", deny(condition=when("Bool", "aws:SecureTransport", "false")), True),
    ("those outside the organization", deny(condition=when("StringNotEquals", "aws:PrincipalOrgID", "o-x")), False),
    (
        "those outside the organization, services apart",
        deny(
            condition={
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-x"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            }
        ),
        True,
    ),
    ("another organization's resources", deny(condition=when("StringNotEquals", "aws:SourceOrgID", "o-x")), False),
    (
        "our organization's resources only",
        deny(condition=when("StringNotEquals", "aws:SourceOrgID", ORGANIZATION_ID)),
        True,
    ),
    ("by a key that nobody knows", deny(condition=when("StringEquals", "aws:PrincipalTag/x", "y")), None),
    ("on another topic", deny(Resource=topic_arn("other")), True),
    ("another action", {**deny(), "Action": "sns:Subscribe"}, True),
    ("the topic's own account", deny({"AWS": MEMBER}), None),
]


@pytest.mark.parametrize(("denial", "allowed"), [one[1:] for one in DENIALS], ids=[one[0] for one in DENIALS])
def test_deny_wins(denial, allowed):
    assert decided(denial, allow("cloudwatch")).allowed is allowed


def test_a_denial_that_cannot_be_decided_does_not_matter_where_nothing_allows():
    assert decided(deny(condition=when("StringEquals", "aws:PrincipalTag/x", "y"))).allowed is False


def test_the_default_policy_admits_alarms_of_its_own_account_only():
    statement = default_topic_policy(TOPIC)["Statement"][0]
    assert decided(statement).allowed is True
    assert decided(statement, alarm=alarm_arn("security-groups", OTHER), account=OTHER).allowed is False


def test_only_an_allow_to_everybody_without_condition_is_public():
    assert decided(allow("*")).public
    assert not decided(allow("cloudwatch")).public
    assert not decided(allow("*", condition=when("StringEquals", "aws:SourceAccount", MEMBER))).public


@pytest.mark.parametrize("text", ["", "null", "[]", "3", "{", '"Allow"'])
def test_a_text_that_is_no_policy_decides_nothing(text):
    request = Request.for_alarm("SNS:Publish", TOPIC, ALARM, MEMBER, ORGANIZATION_ID)
    assert decide(text, request).allowed is None


def test_a_policy_without_statements_allows_nothing():
    assert decided().allowed is False


def test_an_unknown_organization_leaves_conditions_on_it_open():
    statement = allow("*", condition=when("StringEquals", "aws:SourceOrgID", ORGANIZATION_ID))
    document = json.dumps({"Statement": statement})
    assert decide(document, Request.for_alarm("SNS:Publish", TOPIC, ALARM, MEMBER, "")).allowed is None


def test_a_denial_by_a_short_arn_with_a_wildcard_decides_nothing():
    denial = deny("*", when("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch:*"))
    assert decided(allow("cloudwatch"), denial).allowed is None
