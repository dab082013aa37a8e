"""The one-line modifications that scenarios are made of: topics, keys, subscriptions.

Each takes an organization and changes it in place. Where nothing else is said, they change the only thing of its
kind.
"""

import json
from typing import Any

from orgaudit.model.calls import Json
from tests.evaluation.changes import put, the_topic
from tests.evaluation.changes_of_alarms import alarm
from tests.evaluation.recorded import Organization
from tests.evaluation.scenario import Change
from tests.evaluation.things import MEMBER, REGION, Key, a_subscription, a_topic, topic_arn

# topics, keys, subscriptions


def actions(*arns: str) -> Change:
    return alarm(AlarmActions=list(arns))


def topic(**values: Any) -> Change:
    return lambda organization: put(the_topic(organization).attributes, values)


def topic_deleted(organization: Organization) -> None:
    organization.topics.clear()


def topic_moves(account: str, region: str = REGION, *, admits: Any = None) -> Change:
    """The alarm notifies a topic of another account or region; ``admits``: its statements."""

    def change(organization: Organization) -> None:
        arn = topic_arn(account=account, region=region)
        organization.topics = {arn: a_topic(arn)}
        alarm(AlarmActions=[arn])(organization)
        if admits is not None:
            statements(*admits)(organization)

    return change


def policy(document: Any) -> Change:
    """The topic's policy, as a document or as text."""
    return topic(Policy=document if isinstance(document, str) else json.dumps(document))


def statements(*listed: Json) -> Change:
    return policy({"Version": "2012-10-17", "Statement": list(listed)})


def allow(principal: Any = "*", action: Any = "sns:Publish", condition: Any = None, **more: Any) -> Json:
    """A policy statement; principal ``cloudwatch`` stands for CloudWatch's service principal."""
    service = {"Service": "cloudwatch.amazonaws.com"}
    found: Json = {
        "Effect": "Allow",
        "Principal": service if principal == "cloudwatch" else principal,
        "Action": action,
        "Resource": "*",
    }
    if condition is not None:
        found["Condition"] = condition
    put(found, more)
    return found


def deny(principal: Any = "*", condition: Any = None, **more: Any) -> Json:
    return allow(principal, "sns:Publish", condition, **{"Effect": "Deny", **more})


def when(operator: str, key: str, *values: Any) -> Json:
    """One condition of a policy statement."""
    return {operator: {key: list(values) if len(values) != 1 else values[0]}}


KEY_ARN = f"arn:aws:kms:{REGION}:{MEMBER}:key/0a1b"


def encrypted(*allowed: Json, by: str = KEY_ARN, account: str = MEMBER, **metadata: Any) -> Change:
    """The topic is encrypted with a customer key that has these statements."""

    def change(organization: Organization) -> None:
        the_topic(organization).attributes["KmsMasterKeyId"] = by
        found = {
            "Arn": KEY_ARN.replace(MEMBER, account),
            "KeyId": "0a1b",
            "AWSAccountId": account,
            "KeyManager": "CUSTOMER",
            "KeyState": "Enabled",
        }
        put(found, metadata)
        organization.keys[by] = Key(found, {"Version": "2012-10-17", "Statement": list(allowed)})

    return change


CLOUDWATCH_MAY_USE_KEY = allow("cloudwatch", ["kms:Decrypt", "kms:GenerateDataKey*"])
ACCOUNT_MAY_USE_KEY = allow({"AWS": f"arn:aws:iam::{MEMBER}:root"}, "kms:*")


def subscriptions(*listed: Json) -> Change:
    """These are the subscriptions of the topic."""

    def change(organization: Organization) -> None:
        the_topic(organization).subscriptions[:] = list(listed)

    return change


def subscribed(number: int = 1, protocol: str = "email", arn: str = "") -> Json:
    return a_subscription(number, protocol=protocol, arn=arn)


def subscription(number: int = 1, **values: Any) -> Change:
    """Attributes of a subscription."""

    def change(organization: Organization) -> None:
        one = the_topic(organization)
        arn = one.subscriptions[number - 1]["SubscriptionArn"]
        put(one.filters.setdefault(arn, {}), values)

    return change


def filter_policy(document: Any, scope: Any = "MessageAttributes", number: int = 1) -> Change:
    text = document if isinstance(document, str) else json.dumps(document)
    return subscription(number, FilterPolicy=text, FilterPolicyScope=scope)
