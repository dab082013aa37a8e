"""The verdict table, fifth part: does the topic take the message, and does anybody get it?

Conditions and principals of policies have a table of their own, ``test_policy``.
"""

from orgaudit.evaluate.policy import SERVICE
from tests.evaluate.changes import GONE, refused, role_refused
from tests.evaluate.changes_of_alarms import monitored_by
from tests.evaluate.changes_of_topics import (
    ACCOUNT_MAY_USE_KEY,
    CLOUDWATCH_MAY_USE_KEY,
    KEY_ARN,
    actions,
    allow,
    deny,
    encrypted,
    filter_policy,
    policy,
    statements,
    subscribed,
    subscription,
    subscriptions,
    topic,
    topic_deleted,
    topic_moves,
    when,
)
from tests.evaluate.scenario import check, fails, open_because, passes, scenario
from tests.evaluate.tables import rows_of
from tests.evaluate.things import (
    CENTRAL,
    ELSEWHERE,
    MEMBER,
    OUTSIDE,
    REGION,
    a_topic,
    alarm_arn,
    subscription_arn,
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

AWS_MANAGED = fails("topic", "TOPIC_KEY_AWS_MANAGED")
KEY_DENIES = fails("topic", "TOPIC_KEY_DENIES")
UNUSABLE = fails("topic", "TOPIC_KEY_UNUSABLE")

ENCRYPTION = [
    scenario(
        "The key that AWS manages for SNS, by its alias: CloudWatch may not use it.",
        topic(KmsMasterKeyId="alias/aws/sns"),
        expected=AWS_MANAGED,
    ),
    scenario(
        "The same key by the alias's ARN.",
        topic(KmsMasterKeyId=f"arn:aws:kms:{REGION}:{MEMBER}:alias/aws/sns"),
        expected=AWS_MANAGED,
    ),
    scenario(
        "The same key by its id.", encrypted(CLOUDWATCH_MAY_USE_KEY, by="0a1b", KeyManager="AWS"), expected=AWS_MANAGED
    ),
    scenario("The same key by its ARN.", encrypted(CLOUDWATCH_MAY_USE_KEY, KeyManager="AWS"), expected=AWS_MANAGED),
    scenario(
        "A customer key that admits CloudWatch.",
        encrypted(ACCOUNT_MAY_USE_KEY, CLOUDWATCH_MAY_USE_KEY),
        expected=passes(),
    ),
    scenario("A customer key by its alias.", encrypted(CLOUDWATCH_MAY_USE_KEY, by="alias/security"), expected=passes()),
    scenario("A customer key by its id.", encrypted(CLOUDWATCH_MAY_USE_KEY, by="0a1b"), expected=passes()),
    scenario("A customer key that admits its account only.", encrypted(ACCOUNT_MAY_USE_KEY), expected=KEY_DENIES),
    scenario(
        "A customer key that admits CloudWatch to decrypt only.",
        encrypted(allow("cloudwatch", "kms:Decrypt")),
        expected=KEY_DENIES,
    ),
    scenario(
        "A customer key that admits CloudWatch to make data keys only.",
        encrypted(allow("cloudwatch", "kms:GenerateDataKey*")),
        expected=KEY_DENIES,
    ),
    scenario(
        "A customer key that admits SNS instead.",
        encrypted(allow({"Service": "sns.amazonaws.com"}, "kms:*")),
        expected=KEY_DENIES,
    ),
    scenario(
        "A customer key that admits CloudWatch for another account.",
        encrypted(allow("cloudwatch", "kms:*", when("StringEquals", "aws:SourceAccount", CENTRAL))),
        expected=KEY_DENIES,
    ),
    scenario(
        "A customer key that admits CloudWatch and denies it.",
        encrypted(
            CLOUDWATCH_MAY_USE_KEY,
            deny("*", Action="kms:*", Condition=when("StringNotEquals", "aws:PrincipalOrgID", "o-x")),
        ),
        expected=KEY_DENIES,
    ),
    scenario(
        "A customer key with a condition that cannot be decided.",
        encrypted(allow("cloudwatch", "kms:*", when("StringEquals", "kms:ViaService", f"sns.{REGION}.amazonaws.com"))),
        expected=open_because("TOPIC_KEY_UNDECIDED"),
    ),
    scenario("A disabled key.", encrypted(CLOUDWATCH_MAY_USE_KEY, KeyState="Disabled"), expected=UNUSABLE),
    scenario(
        "A key that is to be deleted.", encrypted(CLOUDWATCH_MAY_USE_KEY, KeyState="PendingDeletion"), expected=UNUSABLE
    ),
    scenario(
        "No state of the key in the answer.",
        encrypted(CLOUDWATCH_MAY_USE_KEY, KeyState=GONE),
        expected=open_because("TOPIC_KEY_UNDECIDED"),
    ),
    scenario(
        "A key in a state that nobody knows.",
        encrypted(CLOUDWATCH_MAY_USE_KEY, KeyState="Resting"),
        expected=open_because("TOPIC_KEY_UNDECIDED"),
    ),
    scenario(
        "A key that does not exist.", topic(KmsMasterKeyId=KEY_ARN), expected=fails("topic", "TOPIC_KEY_NOT_FOUND")
    ),
    scenario(
        "A key of another region is never used.",
        encrypted(
            CLOUDWATCH_MAY_USE_KEY, by=KEY_ARN.replace(REGION, ELSEWHERE), Arn=KEY_ARN.replace(REGION, ELSEWHERE)
        ),
        expected=UNUSABLE,
    ),
    scenario(
        "The key was refused.",
        encrypted(CLOUDWATCH_MAY_USE_KEY),
        refused("kms:DescribeKey"),
        expected=open_because().naming("kms:DescribeKey", MEMBER, REGION),
    ),
    scenario(
        "The key's policy was refused.",
        encrypted(CLOUDWATCH_MAY_USE_KEY),
        refused("kms:GetKeyPolicy"),
        expected=open_because().naming("kms:GetKeyPolicy", MEMBER, REGION),
    ),
    scenario(
        "The key was refused, but the topic's policy admits nobody.",
        encrypted(CLOUDWATCH_MAY_USE_KEY),
        refused("kms:DescribeKey"),
        statements(),
        expected=DENIES,
    ),
    scenario(
        "The topic's policy cannot be decided, but the key is disabled.",
        encrypted(CLOUDWATCH_MAY_USE_KEY, KeyState="Disabled"),
        policy("{"),
        expected=UNUSABLE,
    ),
    scenario(
        "A key of another account that admits CloudWatch.",
        encrypted(CLOUDWATCH_MAY_USE_KEY, by=KEY_ARN.replace(MEMBER, CENTRAL), account=CENTRAL),
        expected=passes(),
    ),
    scenario(
        "A key of an account that cannot be entered.",
        encrypted(CLOUDWATCH_MAY_USE_KEY, by=KEY_ARN.replace(MEMBER, CENTRAL), account=CENTRAL),
        role_refused(CENTRAL),
        refused("kms:DescribeKey", MEMBER),
        expected=open_because().naming("kms:DescribeKey", MEMBER, REGION),
    ),
    scenario(
        "Public, and encrypted with a good key: both are said.",
        statements(allow("*")),
        encrypted(CLOUDWATCH_MAY_USE_KEY),
        expected=passes().noting("PUBLIC_TOPIC"),
    ),
]

NOBODY = fails("subscription", "NO_SUBSCRIPTION")
FILTERED = fails("subscription", "FILTERED_OUT")
PENDING = subscribed(arn="PendingConfirmation")

SUBSCRIPTION = [
    scenario("Nobody is subscribed.", subscriptions(), expected=NOBODY),
    scenario(
        "Somebody was asked and never confirmed.",
        subscriptions(PENDING),
        expected=fails("subscription", "SUBSCRIPTION_PENDING"),
    ),
    scenario("The only subscription was deleted.", subscriptions(subscribed(arn="Deleted")), expected=NOBODY),
    scenario(
        "One confirmed among pending and deleted ones.",
        subscriptions(PENDING, subscribed(arn="Deleted"), subscribed(2)),
        expected=passes(),
    ),
    scenario(
        "Listed with an ARN, but its attributes say pending.",
        subscription(PendingConfirmation="true"),
        expected=FILTERED,
    ),
    scenario(
        "A subscription without ARN in the answer.",
        subscriptions({"Protocol": "email", "Endpoint": "masked", "TopicArn": topic_arn()}),
        expected=NOBODY,
    ),
    scenario(
        "The list was refused; the topic counts one confirmed.",
        refused("sns:ListSubscriptionsByTopic"),
        expected=passes().noting("SUBSCRIPTIONS_UNREAD"),
    ),
    scenario(
        "The list was refused; the topic counts none.",
        refused("sns:ListSubscriptionsByTopic"),
        topic(SubscriptionsConfirmed="0"),
        expected=NOBODY,
    ),
    scenario(
        "The list was refused, and the topic's counter is not in the answer.",
        refused("sns:ListSubscriptionsByTopic"),
        topic(SubscriptionsConfirmed=GONE),
        expected=open_because().naming("sns:ListSubscriptionsByTopic", MEMBER, REGION),
    ),
    scenario(
        "List and attributes refused.",
        refused("sns:ListSubscriptionsByTopic"),
        refused("sns:GetTopicAttributes"),
        expected=open_because().naming("sns:GetTopicAttributes", MEMBER, REGION),
    ),
    scenario(
        "Machines alone are subscribed.",
        subscriptions(
            subscribed(protocol="lambda"), subscribed(2, "sqs"), subscribed(3, "firehose"), subscribed(4, "application")
        ),
        expected=passes().noting("MACHINE_ONLY"),
    ),
    scenario(
        "A machine and a person.",
        subscriptions(subscribed(protocol="lambda"), subscribed(2)),
        expected=passes().without("MACHINE_ONLY"),
    ),
    scenario(
        "A person whose filter lets nothing through, and a machine.",
        subscriptions(subscribed(), subscribed(2, "sqs")),
        filter_policy({"team": ["x"]}),
        expected=passes().noting("MACHINE_ONLY"),
    ),
    scenario(
        "A web page is not called a machine.",
        subscriptions(subscribed(protocol="https")),
        expected=passes().without("MACHINE_ONLY"),
    ),
]

FILTER_POLICY = [
    scenario(
        "A filter on message attributes: alarm messages have none.",
        filter_policy({"team": ["security"]}),
        expected=FILTERED,
    ),
    scenario(
        "A filter without scope is one on message attributes.",
        filter_policy({"team": ["security"]}, GONE),
        expected=FILTERED,
    ),
    scenario(
        "A filter for messages that lack the attribute.",
        filter_policy({"team": [{"exists": False}]}),
        expected=passes(),
    ),
    scenario(
        "A filter for messages that lack the attribute or have a value.",
        filter_policy({"team": ["security", {"exists": False}]}),
        expected=passes(),
    ),
    scenario(
        "A filter for messages that lack one attribute and have another.",
        filter_policy({"team": [{"exists": False}], "kind": ["alarm"]}),
        expected=FILTERED,
    ),
    scenario(
        "A filter for messages that have the attribute.", filter_policy({"team": [{"exists": True}]}), expected=FILTERED
    ),
    scenario(
        "A filter for anything but a value needs the attribute.",
        filter_policy({"team": [{"anything-but": ["x"]}]}),
        expected=FILTERED,
    ),
    scenario(
        "A filter of alternatives.",
        filter_policy({"$or": [{"team": [{"exists": False}]}, {"kind": ["x"]}]}),
        expected=open_because("FILTER_POLICY_UNDECIDED"),
    ),
    scenario(
        "A filter on the message's body.",
        filter_policy({"AlarmName": ["security-groups"]}, "MessageBody"),
        expected=open_because("FILTER_POLICY_UNDECIDED"),
    ),
    scenario(
        "A filter with a scope that nobody knows.",
        filter_policy({"team": ["x"]}, "MessageHeaders"),
        expected=open_because("FILTER_POLICY_UNDECIDED"),
    ),
    scenario("A filter that is no JSON.", filter_policy("{"), expected=open_because("FILTER_POLICY_UNDECIDED")),
    scenario("An empty filter lets everything through.", filter_policy({}), expected=passes()),
    scenario(
        "The first is filtered, the second gets everything.",
        subscriptions(subscribed(), subscribed(2)),
        filter_policy({"team": ["x"]}),
        expected=passes().without("FILTER_POLICY_UNREAD"),
    ),
    scenario(
        "The attributes were refused: the subscription counts.",
        refused("sns:GetSubscriptionAttributes"),
        expected=passes().noting("FILTER_POLICY_UNREAD"),
    ),
    scenario(
        "One filters by body, the other's attributes were refused: it counts.",
        subscriptions(subscribed(), subscribed(2)),
        filter_policy({"a": ["x"]}, "MessageBody"),
        refused("sns:GetSubscriptionAttributes", about=subscription_arn(2)),
        expected=passes().noting("FILTER_POLICY_UNREAD"),
    ),
]


@rows_of(TOPIC, FOREIGN)
def test_topic(one):
    check(one)


@rows_of(ENCRYPTION)
def test_encryption(one):
    check(one)


@rows_of(SUBSCRIPTION, FILTER_POLICY)
def test_subscription(one):
    check(one)


def test_the_service_is_cloudwatch_itself():
    assert SERVICE == "cloudwatch.amazonaws.com"
