"""No single unreadable value of an answer fails a healthy account, and it passes only where that does not matter."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from orgaudit.model.calls import Record
from tests.evaluation.changes_of_alarms import composite, math, monitored_by
from tests.evaluation.recorded import Organization, own_chain
from tests.evaluation.test_adversary import CONFIG, changed, places, row_of
from tests.evaluation.things import CENTRAL, MEMBER

ODD: Any = {"a": None}

BESIDE_THE_CHAIN = {
    "DescribeTrails": {
        "HasCustomEventSelectors", "HomeRegion", "IsOrganizationTrail", "KmsKeyId", "LogFileValidationEnabled", "Name",
        "S3BucketName",
    },
    "GetEventSelectors": {"DataResources", "TrailARN"},
    "DescribeMetricFilters": {"filterName", "logGroupName"},
    "DescribeAlarms": {
        "AlarmName", "CompositeAlarms", "InsufficientDataActions", "LogAlarms", "OKActions", "StateValue",
    },
    "ListAlarmMuteRules": {"AlarmMuteRuleSummaries"},
    "ListLinks": {"Items", "Arn"},
    "GetLink": {"Arn", "ResourceTypes", "ResourceTypes.*", "SinkArn"},
    "DescribeSubscriptionFilters": {"subscriptionFilters"},
    "GetTopicAttributes": {"Owner", "SubscriptionsConfirmed", "SubscriptionsPending", "TopicArn"},
    "ListSubscriptionsByTopic": {"Endpoint", "Owner", "Protocol", "Subscriptions", "Subscriptions.*", "TopicArn"},
    "GetSubscriptionAttributes": {"Attributes", "PendingConfirmation", "SubscriptionArn"},
    "ListTrails": {"HomeRegion", "Name", "TrailARN", "Trails", "Trails.*"},
}  # fmt: skip
"""What a healthy account may lose and still pass: it decides nothing, something else tells it too, or its loss is an
observation by rule (mute rules, a filter policy that was not read, a link of which GetLink tells nothing, subscribers
where the topic's own counter stands in)."""


def monitored() -> Organization:
    organization = own_chain()
    monitored_by()(organization)
    return organization


def with_math() -> Organization:
    organization = own_chain()
    math("FILL(m1, 0)")(organization)
    return organization


def with_composite() -> Organization:
    organization = own_chain()
    composite("ALARM(security-groups)")(organization)
    return organization


CARRIED = {"ActionsEnabled", "AlarmActions"}
"""Of an alarm that a composite alarm carries."""


def garbled(records: list[Record]) -> Iterator[tuple[Record, str, dict[str, Any]]]:
    """Every value of the answers of the accounts of the chain, unreadable in turn: where it is, and the row then."""
    for at, record in enumerate(records):
        if record.call.account_id not in (MEMBER, CENTRAL) or not record.answer or record.call.service == "sts":
            continue
        for path in places(record.answer):
            answer = changed(record.answer, path, ODD)
            name = path[-1] if isinstance(path[-1], str) else f"{path[-2]}.*"
            yield record, name, row_of([*records[:at], replace(record, answer=answer), *records[at + 1 :]])


@pytest.mark.parametrize(
    ("start", "more"), [(own_chain, set()), (with_math, set()), (with_composite, CARRIED)], ids=["own", "math", "above"]
)
def test_what_cannot_be_read_is_open_unless_it_does_not_matter(start, more):
    for record, name, row in garbled(start().records(CONFIG)):
        operation, beside = record.call.operation, BESIDE_THE_CHAIN.get(record.call.operation, set())
        assert row["result"] != "FAIL", (operation, name, row["reason"])
        if row["result"] == "PASS" and record.call.account_id == MEMBER:
            assert name in beside | (more if operation == "DescribeAlarms" else set()), operation


def test_what_cannot_be_read_of_a_monitoring_account_fails_nobody():
    for record, name, row in garbled(monitored().records(CONFIG)):
        assert row["result"] != "FAIL", (record.call.operation, name, row["reason"])
