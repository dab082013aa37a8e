"""Who is told, and through which key: what the plan asks of a topic, one answer after the other."""

import pytest

from orgaudit.aws.plan import Context, Kind, Need, account_plan, follow_ups, settled
from orgaudit.model.calls import Call, Json, Outcome, Record
from tests.aws.organization import HOME

ME, OTHER = "100000000002", "100000000003"
TOPIC = f"arn:aws:sns:{HOME}:{ME}:alerts"
KEY_ARN = f"arn:aws:kms:{HOME}:{ME}:key/1"
NEED = Need(Kind.TOPIC, ME, TOPIC)
CONTEXT = Context(("us-east-1",))


def sns(operation: str, **params: str) -> Call:
    return Call.of(ME, HOME, "sns", operation, **params)


ATTRIBUTES = sns("GetTopicAttributes", TopicArn=TOPIC)
LISTING = sns("ListSubscriptionsByTopic", TopicArn=TOPIC)


def answered(call: Call, **answer: object) -> Record:
    return Record(call, Outcome.ANSWERED, dict(answer))


def subscription(name: str, protocol: str = "email") -> Json:
    arn = name if name == "PendingConfirmation" else f"{TOPIC}:{name}"
    return {"SubscriptionArn": arn, "Protocol": protocol}


def attributes_of(name: str, **values: str) -> Record:
    call = sns("GetSubscriptionAttributes", SubscriptionArn=f"{TOPIC}:{name}")
    return answered(call, Attributes=values)


def asked_next(*records: Record) -> list[str]:
    """The names of the subscriptions whose attributes are asked for next."""
    calls = account_plan(ME, [answered(ATTRIBUTES, Attributes={}), *records], CONTEXT, [NEED])
    return [str(call.parameters.get("SubscriptionArn", call.operation)).rpartition(":")[2] for call in calls]


def test_attributes_and_subscriptions_come_first() -> None:
    assert account_plan(ME, [], CONTEXT, [NEED]) == [ATTRIBUTES, LISTING]


def test_subscriptions_are_asked_one_by_one_until_one_has_no_filter_policy() -> None:
    listing = answered(LISTING, Subscriptions=[subscription("a"), subscription("b"), subscription("c")])
    filtered = attributes_of("a", FilterPolicy='{"k": ["v"]}')
    assert asked_next(listing) == ["a"]
    assert asked_next(listing, filtered) == ["b"]
    assert asked_next(listing, filtered, attributes_of("b", PendingConfirmation="false")) == []


def test_one_that_is_not_confirmed_after_all_is_not_enough() -> None:
    listing = answered(LISTING, Subscriptions=[subscription("a"), subscription("b")])
    assert asked_next(listing, attributes_of("a", PendingConfirmation="true")) == ["b"]


def test_people_are_asked_about_before_machines() -> None:
    listing = answered(LISTING, Subscriptions=[subscription("a", "sqs"), subscription("b", "sms")])
    assert asked_next(listing) == ["b"]


def test_where_one_may_not_be_read_no_other_is_tried() -> None:
    listing = answered(LISTING, Subscriptions=[subscription("a"), subscription("b")])
    call = sns("GetSubscriptionAttributes", SubscriptionArn=f"{TOPIC}:a")
    assert asked_next(listing, Record(call, Outcome.REFUSED)) == []
    assert asked_next(listing, Record(call, Outcome.FAILED)) == ["b"]


@pytest.mark.parametrize("word", ["PendingConfirmation", "Deleted"])
def test_subscriptions_without_an_arn_have_no_attributes(word: str) -> None:
    assert asked_next(answered(LISTING, Subscriptions=[{"SubscriptionArn": word, "Protocol": "email"}])) == []


def key_calls(key: str, *records: Record) -> list[tuple[str, str]]:
    encrypted = answered(ATTRIBUTES, Attributes={"KmsMasterKeyId": key})
    calls = account_plan(ME, [encrypted, answered(LISTING, Subscriptions=[]), *records], CONTEXT, [NEED])
    return [(call.operation, call.parameters["KeyId"]) for call in calls]


@pytest.mark.parametrize("key", ["11111111-2222-3333-4444-555555555555", KEY_ARN])
def test_a_key_named_by_id_or_arn(key: str) -> None:
    assert key_calls(key) == [("DescribeKey", key), ("GetKeyPolicy", key)]


@pytest.mark.parametrize("alias", ["alias/topics", f"arn:aws:kms:{HOME}:{ME}:alias/topics"])
def test_a_key_named_by_alias_shows_its_policy_under_its_arn(alias: str) -> None:
    """GetKeyPolicy takes no alias."""
    described = Call.of(ME, HOME, "kms", "DescribeKey", KeyId=alias)
    assert key_calls(alias) == [("DescribeKey", alias)]
    assert key_calls(alias, answered(described, KeyMetadata={"Arn": KEY_ARN})) == [("GetKeyPolicy", KEY_ARN)]
    assert key_calls(alias, Record(described, Outcome.REFUSED)) == []


def test_a_key_of_another_account_is_handed_on_and_one_named_by_id_belongs_to_the_topic_s_owner() -> None:
    foreign = f"arn:aws:kms:{HOME}:{OTHER}:key/1"
    encrypted = answered(ATTRIBUTES, Attributes={"KmsMasterKeyId": foreign})
    assert follow_ups(ME, [encrypted], CONTEXT, [NEED]) == {Need(Kind.KEY, OTHER, f"{HOME} {foreign}", seen_from=ME)}
    theirs = TOPIC.replace(ME, OTHER)
    seen = answered(sns("GetTopicAttributes", TopicArn=theirs), Attributes={"KmsMasterKeyId": "alias/topics"})
    assert follow_ups(ME, [seen], CONTEXT, [Need(Kind.TOPIC, OTHER, theirs)]) == {
        Need(Kind.KEY, OTHER, f"{HOME} alias/topics")
    }


@pytest.mark.parametrize(
    ("outcome", "met"), [(Outcome.NOT_FOUND, True), (Outcome.REFUSED, False), (Outcome.THROTTLED, False)]
)
def test_a_need_is_met_once_aws_told_what_exists(outcome: Outcome, met: bool) -> None:
    assert not settled(ME, NEED, [], CONTEXT)
    records = [Record(ATTRIBUTES, outcome), Record(LISTING, outcome)]
    assert settled(ME, NEED, records, CONTEXT) is met
