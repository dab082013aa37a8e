"""The verdict table: answers that lack something, or say it in a way that nobody can read.

A setting that cannot be read is never taken for one that is not set, and what is missing never for nothing.
"""

from dataclasses import replace
from typing import Any

import pytest

from orgaudit.evaluation import assess
from orgaudit.model.answers import frames_of
from orgaudit.model.calls import Record
from tests.evaluation.changes import (
    GONE,
    MANAGEMENT_EVENTS,
    administrator,
    advanced,
    basic,
    refused,
    second_trail,
    selectors_answer,
    status,
    trail,
    where,
)
from tests.evaluation.changes_of_alarms import alarm, composite, filter_, mute_rule
from tests.evaluation.changes_of_topics import filter_policy, policy, subscription, topic
from tests.evaluation.recorded import Organization, inherited_chain, own_chain
from tests.evaluation.scenario import audit, check, fails, open_because, passes, scenario, verdict
from tests.evaluation.tables import rows_of
from tests.evaluation.test_adversary import CONFIG, FACTS, row_of
from tests.evaluation.things import MANAGEMENT, MEMBER, OTHER, REGION

ODD: Any = {"a": None}
"""Stands for: something is there, and nobody can read it."""
OPEN_TRAIL = open_because("TRAIL_ANSWER_INCOMPLETE")
OPEN_PATTERN = open_because("PATTERN_UNDECIDED")
OPEN_ALARM = open_because("ALARM_UNDECIDED")
OPEN_SELECTORS = open_because("SELECTORS_UNDECIDED")

UNREADABLE = [
    scenario("When the trail delivered last.", status(LatestCloudWatchLogsDeliveryTime="soon"), expected=OPEN_TRAIL),
    scenario("The same, as a number.", status(LatestCloudWatchLogsDeliveryTime=1764000000), expected=OPEN_TRAIL),
    scenario("When the trail delivered to S3.", status(LatestDeliveryTime=ODD), expected=OPEN_TRAIL),
    scenario("Whether the trail logs.", status(IsLogging="perhaps"), expected=OPEN_TRAIL),
    scenario("Whether the trail has global events.", trail(IncludeGlobalServiceEvents=ODD), expected=OPEN_TRAIL),
    scenario("Whether management events are recorded.", basic(management="perhaps"), expected=OPEN_SELECTORS),
    scenario("That they are not, in words.", basic(management="False"),
             expected=fails("selectors", "SELECTORS_EXCLUDE")),
    scenario("That they are, in words.", basic(management="true"), expected=passes()),
    scenario(
        "The trail has selectors of its own, and the answer names none: they may leave anything out.",
        trail(HasCustomEventSelectors=True),
        selectors_answer(EventSelectors=GONE, AdvancedEventSelectors=GONE),
        expected=OPEN_SELECTORS,
    ),
    scenario(
        "The trail has selectors of its own, and the answer names them.",
        trail(HasCustomEventSelectors=True),
        basic("WriteOnly"),
        expected=passes(),
    ),
    scenario("The selectors.", selectors_answer(EventSelectors=ODD), expected=OPEN_SELECTORS),
    scenario("Which sources are left out.", basic(exclude=(ODD,)), expected=OPEN_SELECTORS),
    scenario(
        "Which sources an advanced selector leaves out.",
        advanced([MANAGEMENT_EVENTS, where("eventSource", NotEquals=[ODD])]),
        expected=OPEN_SELECTORS,
    ),
    scenario(
        "Which category an advanced selector is about.",
        advanced([where("eventCategory", Equals=[ODD])]),
        expected=OPEN_SELECTORS,
    ),
    scenario("The alarm's dimensions.", alarm(Dimensions=ODD), expected=OPEN_ALARM),
    scenario("Advanced selectors without any field.", advanced([]), expected=OPEN_SELECTORS),
    scenario(
        "An advanced selector without a category.",
        advanced([where("readOnly", Equals=["false"])]),
        expected=OPEN_SELECTORS,
    ),
    scenario("Whether log events are transformed.", filter_(applyOnTransformedLogs=ODD), expected=OPEN_PATTERN),
    scenario("That they are not.", filter_(applyOnTransformedLogs=False), expected=passes()),
    scenario("That they are not, in words.", filter_(applyOnTransformedLogs="false"), expected=passes()),
    scenario("What log events are selected by.", filter_(fieldSelectionCriteria=ODD), expected=OPEN_PATTERN),
    scenario("An empty selection is none.", filter_(fieldSelectionCriteria=""), expected=passes()),
    scenario("The pattern.", filter_(filterPattern=ODD), expected=OPEN_PATTERN),
    scenario(
        "A filter that says itself that it is another log group's.",
        filter_(logGroupName="another"),
        expected=fails("filter", "NO_FILTERS"),
    ),
    scenario("Whose log group a filter is: the one that was asked about.", filter_(logGroupName=None),
             expected=passes()),
    scenario("How missing data are treated.", alarm(TreatMissingData=ODD), expected=OPEN_ALARM),
    scenario("What band the threshold is.", alarm(ThresholdMetricId=ODD), expected=OPEN_ALARM),
    scenario("The threshold.", alarm(Threshold=ODD), expected=OPEN_ALARM),
    scenario("How many periods.", alarm(EvaluationPeriods="one"), expected=OPEN_ALARM),
    scenario("The metric queries.", alarm(Metrics=ODD, MetricName=GONE), expected=fails("alarm", "NO_ALARM")),
    scenario("The topic's key: asked for nowhere, so open.", topic(KmsMasterKeyId=ODD), expected=open_because()),
    scenario("Whether the topic is FIFO.", topic(FifoTopic=ODD), expected=open_because("TOPIC_FIFO")),
    scenario("That the topic is not FIFO.", topic(FifoTopic="false"), expected=passes()),
    scenario("The topic's policy.", topic(Policy=ODD), expected=open_because("TOPIC_POLICY_UNREAD")),
    scenario("A policy without Statement.", policy({"Version": "2012-10-17"}),
             expected=open_because("TOPIC_POLICY_UNDECIDED")),
    scenario("A policy whose Statement is no statement.", policy({"Statement": "Allow"}),
             expected=open_because("TOPIC_POLICY_UNDECIDED")),
    scenario("A policy in small letters.", policy({"statement": []}), expected=open_because("TOPIC_POLICY_UNDECIDED")),
    scenario("The filter policy of the only subscription.", subscription(FilterPolicy=ODD),
             expected=open_because("FILTER_POLICY_UNDECIDED")),
    scenario("The scope of its filter policy.", filter_policy({"a": [{"exists": False}]}, scope=ODD),
             expected=open_because("FILTER_POLICY_UNDECIDED")),
    scenario(
        "A composite alarm that bears its child's name, which AWS does not allow: its rule says nothing of the child.",
        composite("ALARM(security-groups)", "security-groups"),
        expected=open_because("COMPOSITE_UNDECIDED"),
    ),
    scenario(
        "The owner refuses to show the selectors, CloudTrail's delegated administrator shows them.",
        administrator(OTHER),
        refused("cloudtrail:GetEventSelectors", MANAGEMENT),
        expected=passes(inherited_from="222222222222"),
        start=inherited_chain,
    ),
]  # fmt: skip


@rows_of(UNREADABLE)
def test_unreadable(one):
    check(one)


# pages


def of_call(records: list[Record], operation: str) -> int:
    return next(
        at for at, one in enumerate(records) if one.call.operation == operation and one.call.account_id == MEMBER
    )


EMPTIED = [
    ("DescribeMetricFilters", "metricFilters"),
    ("DescribeAlarms", "MetricAlarms"),
    ("ListLinks", "Items"),
]


@pytest.mark.parametrize(("operation", "member"), EMPTIED)
def test_a_page_that_is_named_and_not_there_leaves_the_listing_open(operation, member):
    """A token that hides the rest: whatever lost the next page, "there is no alarm" is not said."""
    organization = own_chain()
    if operation == "ListLinks":
        organization.alarms.clear()
    records = organization.records(CONFIG)
    at = of_call(records, operation)
    records[at] = replace(records[at], answer=records[at].answer | {member: []}, last_page=False)
    row = row_of(records)
    assert (row["result"], row["missing"][0]["error_code"]) == ("NOT_EVALUATED", "MISSING_PAGE")


WHOLE = [
    ("DescribeTrails", "trailList", "TrailARN"),
    ("DescribeMetricFilters", "metricFilters", "metricTransformations"),
    ("DescribeAlarms", "MetricAlarms", "AlarmArn"),
]


@pytest.mark.parametrize(("operation", "member", "key"), WHOLE)
@pytest.mark.parametrize("value", [None, "", {"a": None}, "x", [None]])
def test_an_answer_that_is_garbled_is_no_answer(operation, member, key, value):
    """The list itself, or what tells its items from nothing: lost or garbled, it is never "there is none"."""
    records = own_chain().records(CONFIG)
    at = of_call(records, operation)
    answer = records[at].answer
    garbled = [answer | {member: value}]
    if value in (None, ""):
        garbled.append(answer | {member: [item | {key: value} for item in answer[member]]})
    for one in garbled:
        row = row_of([*records[:at], replace(records[at], answer=one), *records[at + 1 :]])
        assert (row["result"], row["missing"][0]["error_code"]) == ("NOT_EVALUATED", "IncompleteAnswer")


def test_a_page_between_two_others_that_is_not_there_leaves_the_listing_open():
    records = own_chain().records(CONFIG)
    at = of_call(records, "DescribeAlarms")
    empty = replace(records[at], answer=records[at].answer | {"MetricAlarms": []}, last_page=False)
    records[at] = empty
    assert row_of([*records, replace(empty, page=3, last_page=True)])["result"] == "NOT_EVALUATED"
    assert row_of([*records, replace(empty, page=2, last_page=True)])["result"] == "FAIL"


def test_pages_may_come_in_any_order():
    records = own_chain().records(CONFIG)
    at = of_call(records, "DescribeMetricFilters")
    whole = records.pop(at)
    first = replace(whole, answer=whole.answer | {"metricFilters": []}, last_page=False)
    assert row_of([replace(whole, page=2), first, *records])["result"] == "PASS"


def test_a_mute_rule_in_a_state_that_nobody_knows_may_be_active():
    organization = own_chain()
    mute_rule()(organization)
    records = organization.records(CONFIG)
    at = of_call(records, "GetAlarmMuteRule")
    for word in ("PAUSED", None):
        odd = replace(records[at], answer=records[at].answer | {"Status": word})
        row = row_of([*records[:at], odd, *records[at + 1 :]])
        assert (row["result"], row["reason_code"]) == ("NOT_EVALUATED", "MUTE_TARGETS_UNREAD")


# ties, and what is told of tuning


def test_of_two_chains_that_break_alike_the_first_by_name_is_told():
    organization = own_chain()
    organization.trails = []
    second_trail(name="b")(organization)
    second_trail(name="a")(organization)
    for one in organization.trails:
        one.status["IsLogging"] = False
    assert ":trail/a" in verdict(organization)["observed"] + str(verdict(organization)["chain"])
    organization = own_chain()
    alarms = organization.alarms[MEMBER, REGION]
    alarms[0]["ActionsEnabled"] = False
    alarms.insert(0, alarms[0] | {"AlarmName": "z", "AlarmArn": alarms[0]["AlarmArn"] + "-z"})
    assert alarms[1]["AlarmArn"] in str(verdict(organization)["chain"])
    assert alarms[0]["AlarmArn"] not in str(verdict(organization)["chain"])


def test_the_same_evidence_in_another_order_gives_the_same_rows():
    organization = inherited_chain()
    second_trail()(organization)
    records = organization.records(CONFIG)
    told = [assess(frames_of(found, FACTS, CONFIG)).rows for found in (records, records[::-1])]
    assert told[0] == told[1]


def with_names_in_common(organization: Organization) -> None:
    """In another region and in another account: a trail, a log group, filters, an alarm and a topic of these names."""
    other = own_chain()
    for arn, found in other.filters.items():
        for place in (arn.replace(REGION, "us-east-1"), arn.replace(MEMBER, OTHER)):
            organization.filters[place] = found
    for found in other.alarms.values():
        organization.alarms[OTHER, REGION] = found
        organization.alarms[MEMBER, "us-east-1"] = found


@pytest.mark.parametrize("start", [own_chain, inherited_chain])
def test_names_in_common_prove_nothing(start):
    """Everything is there twice; what is taken from the chain itself is missing."""
    for take in ("filters", "alarms", "topics"):
        organization = start()
        central = next(iter(organization.filters))
        getattr(organization, take).clear()
        with_names_in_common(organization)
        if take == "filters":
            organization.filters[central] = []
        elif take == "alarms":
            organization.alarms.pop((central.split(":")[4], REGION), None)
        assert verdict(organization)["result"] == "FAIL", take
    assert verdict(start(), config=audit())["result"] == "PASS"
