"""Repairs of topics: their policy, their key, who is subscribed."""

from orgaudit.model.arns import account_of, parse_arn, region_of
from orgaudit.model.calls import canonical_json
from orgaudit.model.values import Row
from orgaudit.remediate.closing import Closing, Placed, by_hand
from orgaudit.remediate.estate import Estate
from orgaudit.remediate.monitoring import repaired, told
from orgaudit.remediate.policies import cloudwatch_may_encrypt, own_key, with_alarms, with_cloudwatch
from orgaudit.remediate.steps import EnabledKey, Key, KeyPolicy, Place, Subscription, TopicKey, TopicPolicy

_ALIAS = "alias/orgaudit-alarms"


def open_topic(estate: Estate, row: Row, topic_arn: str, alarm: Place, log_group: str) -> Closing:
    """The topic's policy lets CloudWatch publish; where a Deny stands in the way, another alarm and topic do."""
    place, topic = estate.owned(topic_arn), estate.topic(topic_arn)
    merged = with_alarms(str(topic["policy"]), topic_arn, alarm.account_id) if topic else None
    if place is None or merged is None:
        return repaired(estate, row, log_group)
    return Closing((Placed(place, TopicPolicy(topic_arn, merged)),))


def missing_topic(estate: Estate, row: Row, topic_arn: str, alarm: Place, log_group: str) -> Closing:
    """The topic that the alarm names, made; or another alarm and topic where it cannot be."""
    if estate.owned(topic_arn) is None or region_of(topic_arn) != alarm.region:
        return repaired(estate, row, log_group)
    return Closing(tuple(told(estate, topic_arn, alarm)))


def other_key(estate: Estate, topic_arn: str, alarm: Place) -> Closing:
    """A customer key that CloudWatch may use, in place of one that it may not."""
    place = estate.owned(topic_arn)
    if place is None:
        return by_hand(f"The topic {topic_arn} is outside the organization; its owner has to change its key.")
    policy = own_key(place.account_id, estate.partition, canonical_json(cloudwatch_may_encrypt(alarm.account_id)))
    return Closing((Placed(place, Key(_ALIAS, policy)), Placed(place, TopicKey(topic_arn, _ALIAS))))


def usable_key(estate: Estate, topic_arn: str, alarm: Place) -> Closing:
    """The key that the topic names, enabled; another where it cannot be."""
    topic, key, place = _key_of(estate, topic_arn)
    if topic is None or key is None or place is None or key["state"] not in {"Disabled", "PendingDeletion"}:
        return other_key(estate, topic_arn, alarm)
    return Closing((Placed(place, EnabledKey(str(key["key_arn"]), key["state"] == "PendingDeletion")),))


def open_key(estate: Estate, topic_arn: str, alarm: Place) -> Closing:
    """The key's policy lets CloudWatch use it."""
    topic, key, place = _key_of(estate, topic_arn)
    if topic is None or key is None or place is None:
        return by_hand(f"The key of topic {topic_arn} is outside the organization; its owner has to open its policy.")
    arn = str(key["key_arn"])
    merged = with_cloudwatch(estate.key_policy(str(topic["kms_key_id"]), arn), alarm.account_id)
    if merged is None:
        return by_hand(f"The policy of key {arn} denies something: whoever wrote the Deny has to let CloudWatch pass.")
    return Closing((Placed(place, KeyPolicy(arn, merged)),))


def subscribed(estate: Estate, topic_arn: str) -> Closing:
    """Somebody who is told by mail."""
    place = estate.owned(topic_arn)
    if place is None:
        return by_hand(f"The topic {topic_arn} is outside the organization; its owner has to subscribe somebody.")
    return Closing((Placed(place, Subscription(topic_arn)),))


def _key_of(estate: Estate, topic_arn: str) -> tuple[Row | None, Row | None, Place | None]:
    topic = estate.topic(topic_arn)
    key = estate.key(str(topic["kms_key_id"])) if topic else None
    arn = parse_arn(str(key["key_arn"])) if key else None
    inside = arn is not None and account_of(str(key["key_arn"] if key else "")) in estate.accounts
    return topic, key, Place(arn.account_id, arn.region) if arn and inside else None
