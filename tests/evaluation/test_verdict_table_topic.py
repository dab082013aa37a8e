"""The verdict table: does the topic take the message?

Conditions and principals of policies have a table of their own, ``test_policy``.
"""

from orgaudit.evaluation.policy import SERVICE
from tests.evaluation.changes import GONE, refused, role_refused
from tests.evaluation.changes_of_alarms import monitored_by
from tests.evaluation.changes_of_topics import (
    actions,
    allow,
    deny,
    policy,
    statements,
    subscriptions,
    topic,
    topic_deleted,
    topic_moves,
    when,
)
from tests.evaluation.scenario import check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    CENTRAL,
    ELSEWHERE,
    MEMBER,
    OUTSIDE,
    REGION,
    a_topic,
    alarm_arn,
    topic_arn,
)

DENIES = fails("topic", "TOPIC_POLICY_DENIES")


UNDECIDED = open_because("TOPIC_POLICY_UNDECIDED")


TOPIC = [
    scenario("The topic does not exist.", topic_deleted, expected=fails("topic", "TOPIC_NOT_FOUND")),
    scenario(
        "A topic of that name exists in another region only.",
        topic_deleted,
        lambda organization: organization.topics.update(
            {topic_arn(region=ELSEWHERE): a_topic(topic_arn(region=ELSEWHERE))}
        ),
        expected=fails("topic", "TOPIC_NOT_FOUND"),
    ),
    scenario(
        "A topic of that name exists in another account only.",
        topic_deleted,
        lambda organization: organization.topics.update(
            {topic_arn(account=CENTRAL): a_topic(topic_arn(account=CENTRAL))}
        ),
        expected=fails("topic", "TOPIC_NOT_FOUND"),
    ),
    scenario(
        "The topic's attributes were refused.",
        refused("sns:GetTopicAttributes"),
        expected=open_because().naming("sns:GetTopicAttributes", MEMBER, REGION),
    ),
    scenario(
        "The topic's attributes were refused, and nobody is subscribed: whatever the policy, nobody is told.",
        refused("sns:GetTopicAttributes"),
        subscriptions(),
        expected=fails("subscription", "NO_SUBSCRIPTION"),
    ),
    scenario("A FIFO topic.", topic(FifoTopic="true"), expected=open_because("TOPIC_FIFO")),
    scenario("No topic policy in the answer.", topic(Policy=GONE), expected=open_because("TOPIC_POLICY_UNREAD")),
    scenario("The default policy admits the account's own alarms.", expected=passes().without("PUBLIC_TOPIC")),
    scenario("CloudWatch admitted as a service.", statements(allow("cloudwatch")), expected=passes()),
    scenario("Everybody admitted without condition.", statements(allow("*")), expected=passes().noting("PUBLIC_TOPIC")),
    scenario("Another service admitted.", statements(allow({"Service": "events.amazonaws.com"})), expected=DENIES),
    scenario(
        "The topic's own account alone admitted: it may or may not stand for the service.",
        statements(allow({"AWS": f"arn:aws:iam::{MEMBER}:root"})),
        expected=UNDECIDED,
    ),
    scenario(
        "The topic's own account admitted beside the service.",
        statements(allow({"AWS": MEMBER}), allow("cloudwatch")),
        expected=passes(),
    ),
    scenario("Another account admitted.", statements(allow({"AWS": CENTRAL})), expected=DENIES),
    scenario(
        "Admitted for alarms of this account.",
        statements(
            allow("cloudwatch", condition=when("ArnLike", "aws:SourceArn", f"arn:aws:cloudwatch:*:{MEMBER}:alarm:*"))
        ),
        expected=passes(),
    ),
    scenario(
        "Admitted for alarms of another account.",
        statements(
            allow("cloudwatch", condition=when("ArnLike", "aws:SourceArn", f"arn:aws:cloudwatch:*:{CENTRAL}:alarm:*"))
        ),
        expected=DENIES,
    ),
    scenario(
        "Admitted for another alarm.",
        statements(allow("cloudwatch", condition=when("ArnEquals", "aws:SourceArn", alarm_arn("other")))),
        expected=DENIES,
    ),
    scenario(
        "Admitted for the organization's principals: a service is none.",
        statements(allow("*", condition=when("StringEquals", "aws:PrincipalOrgID", "o-exampleorgid"))),
        expected=DENIES,
    ),
    scenario(
        "Admitted for the organization's resources.",
        statements(allow("*", condition=when("StringEquals", "aws:SourceOrgID", "o-exampleorgid"))),
        expected=passes(),
    ),
    scenario(
        "Denied over plain HTTP, which CloudWatch does not use.",
        statements(allow("cloudwatch"), deny(condition=when("Bool", "aws:SecureTransport", "false"))),
        expected=passes(),
    ),
    scenario(
        "Denied to whoever is outside the organization: CloudWatch is.",
        statements(
            allow("cloudwatch"), deny(condition=when("StringNotEquals", "aws:PrincipalOrgID", "o-exampleorgid"))
        ),
        expected=DENIES,
    ),
    scenario(
        "A denial that cannot be decided.",
        statements(allow("cloudwatch"), deny(condition=when("StringEquals", "aws:PrincipalTag/x", "y"))),
        expected=UNDECIDED,
    ),
    scenario(
        "An admission that cannot be decided.",
        statements(allow("cloudwatch", condition=when("StringEquals", "aws:PrincipalTag/x", "y"))),
        expected=UNDECIDED,
    ),
    scenario(
        "An admission that cannot be decided, beside one that can.",
        statements(allow("cloudwatch", condition=when("StringEquals", "aws:PrincipalTag/x", "y")), allow("cloudwatch")),
        expected=passes(),
    ),
    scenario("A policy that is no JSON.", policy("{"), expected=UNDECIDED),
    scenario("A policy without statements.", statements(), expected=DENIES),
]


FOREIGN = [
    scenario(
        "A topic of another account that admits this one's alarms.",
        topic_moves(CENTRAL, admits=[allow("cloudwatch", condition=when("StringEquals", "aws:SourceAccount", MEMBER))]),
        expected=passes(),
    ),
    scenario(
        "A topic of another account with the default policy: its own alarms only.",
        topic_moves(CENTRAL),
        expected=DENIES,
    ),
    scenario(
        "A topic of another account that admits that account.",
        topic_moves(CENTRAL, admits=[allow({"AWS": MEMBER})]),
        expected=DENIES,
    ),
    scenario(
        "A topic outside the organization, read from the alarm's account.",
        topic_moves(OUTSIDE, admits=[allow("cloudwatch")]),
        expected=passes(),
    ),
    scenario(
        "A topic outside the organization, refused.",
        topic_moves(OUTSIDE, admits=[allow("cloudwatch")]),
        refused("sns:GetTopicAttributes", MEMBER, code="AuthorizationError"),
        expected=open_because().naming("sns:GetTopicAttributes", MEMBER, REGION, "AuthorizationError"),
    ),
    scenario(
        "The topic's owner cannot be entered, but the alarm's account may read it.",
        topic_moves(CENTRAL, admits=[allow("cloudwatch")]),
        role_refused(CENTRAL),
        expected=passes(),
    ),
    scenario(
        "The topic's owner refuses, but the alarm's account may read it.",
        topic_moves(CENTRAL, admits=[allow("cloudwatch")]),
        refused("sns:GetTopicAttributes", CENTRAL),
        refused("sns:ListSubscriptionsByTopic", CENTRAL),
        expected=passes(),
    ),
    scenario(
        "The topic was refused both ways.",
        topic_moves(CENTRAL, admits=[allow("cloudwatch")]),
        refused("sns:GetTopicAttributes"),
        expected=open_because().naming("sns:GetTopicAttributes", CENTRAL, REGION),
    ),
    scenario(
        "A topic of another account that does not exist.",
        actions(topic_arn(account=CENTRAL)),
        expected=fails("topic", "TOPIC_NOT_FOUND"),
    ),
    scenario(
        "A monitoring account's alarm, and the default policy of that account's topic.",
        monitored_by(),
        expected=passes(),
    ),
    scenario(
        "A monitoring account's alarm, and a topic of the watched account with the default policy.",
        monitored_by(),
        lambda organization: organization.topics.update({topic_arn(): a_topic(topic_arn())}),
        lambda organization: organization.alarms[CENTRAL, REGION][0].update(AlarmActions=[topic_arn()]),
        expected=DENIES,
    ),
]


@rows_of(TOPIC, FOREIGN)
def test_topic(one):
    check(one)


def test_the_service_is_cloudwatch_itself():
    assert SERVICE == "cloudwatch.amazonaws.com"
