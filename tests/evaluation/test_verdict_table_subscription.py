"""The verdict table: does anybody get what is published?"""

from tests.evaluation.changes import GONE, refused
from tests.evaluation.changes_of_topics import (
    filter_policy,
    subscribed,
    subscription,
    subscriptions,
    topic,
)
from tests.evaluation.scenario import check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    MEMBER,
    REGION,
    subscription_arn,
    topic_arn,
)

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
        expected=fails("subscription", "SUBSCRIPTION_PENDING"),
    ),
    scenario(
        "A subscription without ARN in the answer.",
        subscriptions({"Protocol": "email", "Endpoint": "masked", "TopicArn": topic_arn()}),
        expected=open_because("SUBSCRIPTION_UNREAD"),
    ),
    scenario(
        "A word where the ARN stands that AWS does not document.",
        subscriptions(subscribed(arn="Suspended"), PENDING),
        expected=open_because("SUBSCRIPTION_UNREAD"),
    ),
    scenario(
        "The same beside one that is confirmed.",
        subscriptions(subscribed(arn="Suspended"), subscribed(2)),
        expected=passes(),
    ),
    scenario(
        "Deleted between two questions: its attributes are not found.",
        refused("sns:GetSubscriptionAttributes", outcome="not_found", code="NotFound"),
        expected=NOBODY,
    ),
    scenario(
        "The first was deleted between two questions, the second is confirmed.",
        subscriptions(subscribed(1), subscribed(2)),
        refused("sns:GetSubscriptionAttributes", about=subscription_arn(1), outcome="not_found", code="NotFound"),
        expected=passes().without("FILTER_POLICY_UNREAD"),
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
        "The list was refused; the topic counts none confirmed and one that waits.",
        refused("sns:ListSubscriptionsByTopic"),
        topic(SubscriptionsConfirmed="0", SubscriptionsPending="1"),
        expected=fails("subscription", "SUBSCRIPTION_PENDING"),
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


@rows_of(SUBSCRIPTION, FILTER_POLICY)
def test_subscription(one):
    check(one)
