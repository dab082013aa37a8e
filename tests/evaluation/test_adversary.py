"""What somebody would try who wants a chain to look whole that is not, or broken that is whole.

Most attempts stand in the verdict table, by link. Here are those that need odd answers: pages that are missing, values
of another kind, names that look alike, partitions that nobody knows.
"""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orgaudit.evaluation import assess
from orgaudit.evaluation.reasons import OBSERVATIONS, REASONS
from orgaudit.model.answers import frames_of
from orgaudit.model.calls import Outcome, Record, rfc3339
from orgaudit.model.frames import RunFacts
from orgaudit.model.settings import Config
from tests.evaluation.changes import MANAGEMENT_EVENTS, advanced, member_status, refused, the_filters, trail, where
from tests.evaluation.changes_of_alarms import alarm, another_alarm, composite, filter_, metric, mute_rule, query
from tests.evaluation.changes_of_topics import CLOUDWATCH_MAY_USE_KEY, allow, encrypted, filter_policy, policy, topic
from tests.evaluation.recorded import Organization, inherited_chain, own_chain
from tests.evaluation.scenario import check, fails, only, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    CENTRAL,
    MANAGEMENT,
    MEMBER,
    NOW,
    ORGANIZATION_ID,
    OTHER,
    REGION,
    a_topic,
    group_arn,
    subscription_arn,
    topic_arn,
)

CONFIG = only("security_group_changes", Config())
FACTS = RunFacts(
    id="run",
    started_at=rfc3339(NOW),
    organization_id=ORGANIZATION_ID,
    management_account_id=MANAGEMENT,
    caller_account_id=MANAGEMENT,
    finished=True,
)


def row_of(records: list[Record]) -> dict[str, Any]:
    assessment = assess(frames_of(records, FACTS, CONFIG))
    return next(row for row in assessment.rows if row["account_id"] == MEMBER)


# pages


def paged(records: list[Record], operation: str, second: Record | None) -> list[Record]:
    """The answer to that operation goes on: its second page is this one."""
    first = next(
        record for record in records if record.call.operation == operation and record.call.account_id == MEMBER
    )
    assert second is not None
    return [
        *(replace(record, last_page=False) if record is first else record for record in records),
        replace(second, call=first.call, page=2),
    ]


def page(outcome: Outcome, answer: dict[str, Any] | None = None) -> Record:
    call = own_chain().records(CONFIG)[0].call
    code = "" if outcome is Outcome.ANSWERED else "ThrottlingException"
    return Record(call, outcome, answer, error_code=code, asked_at=NOW, answered_at=NOW)


@pytest.mark.parametrize(
    ("operation", "member", "empty"),
    [
        ("DescribeMetricFilters", "metricFilters", "NO_FILTERS"),
        ("DescribeAlarms", "MetricAlarms", "NO_ALARM"),
        ("ListSubscriptionsByTopic", "Subscriptions", "NO_SUBSCRIPTION"),
    ],
)
def test_what_a_missing_page_may_hold_is_an_open_question(operation, member, empty):
    """The first page lists nothing: that is an answer only where it is the whole one."""
    records = [
        replace(record, answer=record.answer | {member: []})
        if record.call.operation == operation and record.answer
        else record
        for record in own_chain().records(CONFIG)
    ]
    if operation == "ListSubscriptionsByTopic":  # else the topic's counter would answer in its place
        records = [_without_counter(record) for record in records]
    assert row_of(records)["reason_code"] == empty
    row = row_of(paged(records, operation, page(Outcome.THROTTLED)))
    assert (row["result"], row["missing"][0]["error_code"]) == ("NOT_EVALUATED", "ThrottlingException")


def test_the_counter_does_not_count_subscriptions_that_are_known_to_get_nothing():
    """One confirmed, which is filtered out, and a page that was not answered: whether anybody gets alarms is open."""
    organization = own_chain()
    filter_policy({"team": ["x"]})(organization)
    row = row_of(paged(organization.records(CONFIG), "ListSubscriptionsByTopic", page(Outcome.THROTTLED)))
    assert (row["result"], row["missing"][0]["call"]) == ("NOT_EVALUATED", "sns:ListSubscriptionsByTopic")


def _without_counter(record: Record) -> Record:
    if record.call.operation != "GetTopicAttributes" or not record.answer:
        return record
    attributes = {name: value for name, value in record.answer["Attributes"].items() if "Confirmed" not in name}
    return replace(record, answer={"Attributes": attributes})


def test_a_second_page_counts():
    organization = own_chain()
    listed = copy.deepcopy(the_filters(organization))
    the_filters(organization).clear()
    records = organization.records(CONFIG)
    assert row_of(records)["reason_code"] == "NO_FILTERS"
    row = row_of(paged(records, "DescribeMetricFilters", page(Outcome.ANSWERED, {"metricFilters": listed})))
    # the filter is seen; what lies behind it was not asked, because these pages were made up afterwards
    assert (row["result"], row["missing"][0]["call"]) == ("NOT_EVALUATED", "sns:GetTopicAttributes")


# odd answers: whatever stands where, nothing breaks, and what is missing is never taken for something


def busy() -> Organization:
    """Own chain and organization trail, composite alarm, mute rule, key, filter policy: one of everything."""
    organization = inherited_chain()
    own = own_chain()
    organization.trails += own.trails
    the_filters(organization).clear()
    for name in ("filters", "alarms", "topics"):
        getattr(organization, name).update(getattr(own, name))
    organization.alarms[MEMBER, REGION][0]["AlarmActions"] = []
    composite("ALARM(security-groups)", keep_child_actions=True)(organization)
    organization.composites[MEMBER, REGION][0]["AlarmActions"] = [topic_arn()]
    mute_rule(alarms=("others",))(organization)
    organization.trails.reverse()
    organization.topics = {topic_arn(): organization.topics[topic_arn()], **organization.topics}
    encrypted(CLOUDWATCH_MAY_USE_KEY)(organization)
    filter_policy({"team": [{"exists": False}]})(organization)
    advanced([MANAGEMENT_EVENTS, where("eventSource", NotEquals=["kms.amazonaws.com"])])(organization)
    organization.filters = dict(reversed(organization.filters.items()))
    filter_(
        fieldSelectionCriteria=f'@aws.account = "{MEMBER}"', emitSystemFieldDimensions=["@aws.region"], filterPattern=""
    )(organization)
    organization.alarms[MEMBER, REGION][0].update(
        MetricName=None,
        Metrics=[
            query(dimensions=[{"Name": "@aws.region", "Value": REGION}]),
            {"Id": "e1", "Expression": "FILL(m1, 0)", "ReturnData": True},
        ],
    )
    return organization


def test_one_of_everything_is_a_whole_chain():
    row = row_of(busy().records(CONFIG))
    assert (row["result"], row["inherited_from"]) == ("PASS", None)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything in an answer."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in inner:
        yield from places(part, (*path, step))


def changed(answer: Any, path: tuple[Any, ...], value: Any) -> Any:
    twin = copy.deepcopy(answer)
    inner = twin
    for step in path[:-1]:
        inner = inner[step]
    if value is places:  # stands for: gone
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return twin


RECORDS = busy().records(CONFIG)
PLACES = [
    (at, path)
    for at, record in enumerate(RECORDS)
    if record.answer and record.call.service != "organizations"
    for path in places(record.answer)
]
ODD = [places, None, "", "x", [], {}, [None], {"a": None}, 0, -1, 1.5, True, "arn:aws:sns", "NaN", "[", "*", "${a}"]


@given(choice=st.sampled_from(PLACES), value=st.sampled_from(ODD))
@settings(max_examples=120)
def test_an_odd_value_anywhere_breaks_nothing(choice, value):
    at, path = choice
    records = [*RECORDS[:at], replace(RECORDS[at], answer=changed(RECORDS[at].answer, path, value)), *RECORDS[at + 1 :]]
    row = row_of(records)
    assert row["result"] == REASONS[row["reason_code"]].result
    assert {note["code"] for note in row["observations"]} <= OBSERVATIONS.keys()
    if row["result"] == "NOT_EVALUATED":
        assert row["missing"] or row["reason_code"] != "CALL_NOT_ANSWERED"


LOST = [
    (at, path)
    for at, path in PLACES
    if isinstance(path[-1], str) and RECORDS[at].call.account_id == MEMBER and len(path) > 1
]


@given(choice=st.sampled_from(LOST))
@settings(max_examples=80)
def test_a_member_lost_from_an_answer_is_never_a_reason_to_pass(choice):
    """The chain is broken in the alarm; whatever else is lost, that stays."""
    at, path = choice
    organization = busy()
    for alarms in organization.alarms.values():
        for one in alarms:
            one["Threshold"] = 50.0
    records = organization.records(CONFIG)
    if at < len(records) and records[at].call == RECORDS[at].call and "Threshold" not in path:
        try:
            answer = changed(records[at].answer, path, places)
        except (KeyError, IndexError):
            return
        records[at] = replace(records[at], answer=answer)
        assert row_of(records)["result"] != "PASS", (records[at].call.name, path)


# names, partitions, shapes

INHERITED = {"start": inherited_chain}
SEVERAL = [
    scenario(
        "A log group's ARN in a partition that nobody knows: account, region and name tell it.",
        trail(CloudWatchLogsLogGroupArn=group_arn().replace("arn:aws:", "arn:aws-new:") + ":*"),
        expected=passes(),
    ),
    scenario(
        "A policy whose only statement stands alone, without a list.",
        policy({"Statement": allow("cloudwatch")}),
        expected=passes(),
    ),
    scenario(
        "A policy with an empty condition.",
        policy({"Statement": [allow("*", condition={})]}),
        expected=passes().noting("PUBLIC_TOPIC"),
    ),
    scenario("A topic that says fifo in other words.", topic(FifoTopic="TRUE"), expected=open_because("TOPIC_FIFO")),
    scenario("The same action twice.", alarm(AlarmActions=[topic_arn(), topic_arn()]), expected=passes()),
    scenario(
        "An alarm whose name is the metric's, on another metric.",
        another_alarm("SecurityGroups", "Other"),
        expected=passes(),
    ),
    scenario("A threshold that is no number.", alarm(Threshold="NaN"), expected=open_because("ALARM_UNDECIDED")),
    scenario("A threshold beyond all numbers.", alarm(Threshold="Infinity"), expected=open_because("ALARM_UNDECIDED")),
    scenario(
        "A metric value beyond all numbers.",
        metric(metricValue="Infinity"),
        expected=open_because("METRIC_VALUE_UNDECIDED"),
    ),
    scenario(
        "A metric value with an underscore, which only Python reads as a number.",
        metric(metricValue="1_0"),
        expected=open_because("METRIC_VALUE_UNDECIDED"),
    ),
    scenario(
        "Datapoints of zero.", alarm(DatapointsToAlarm=0, EvaluationPeriods=0), expected=open_because("ALARM_UNDECIDED")
    ),
    scenario("A period of zero.", alarm(Period=0), expected=open_because("ALARM_UNDECIDED")),
    scenario("A statistic in other letters.", alarm(Statistic="sum"), expected=open_because("ALARM_UNDECIDED")),
    scenario("Actions enabled, said in words.", alarm(ActionsEnabled="true"), expected=passes()),
    scenario(
        "Actions enabled, said in odd words.", alarm(ActionsEnabled="yes"), expected=open_because("ACTIONS_UNREAD")
    ),
    scenario(
        "Selected by two conditions that contradict one another.",
        filter_(fieldSelectionCriteria=f'@aws.account = "{MEMBER}" AND @aws.account = "{OTHER}"'),
        expected=fails("filter", "NO_FILTER_FOR_CONTROL"),
    ),
    scenario(
        "A composite alarm that bears the topic's name and the alarm's at once.",
        composite('ALARM("security-groups")', "security"),
        expected=passes(),
    ),
    scenario(
        "The member is told that it is not recorded, and the owner refuses: the member's word is enough.",
        member_status(IsLogging=False),
        refused("cloudtrail:GetTrailStatus", MANAGEMENT),
        expected=fails("trail", "MEMBER_NOT_RECORDED", CENTRAL),
        **INHERITED,
    ),
    scenario(
        "A topic of the same name in the member, with subscribers, proves nothing.",
        lambda organization: organization.topics[topic_arn(account=CENTRAL)].subscriptions.clear(),
        lambda organization: organization.topics.update({topic_arn(): a_topic(topic_arn())}),
        expected=fails("subscription", "NO_SUBSCRIPTION", CENTRAL),
        **INHERITED,
    ),
    scenario(
        "A key of the same name in another region proves nothing.",
        encrypted(CLOUDWATCH_MAY_USE_KEY, by="alias/security", KeyState="Disabled"),
        expected=fails("topic", "TOPIC_KEY_UNUSABLE"),
    ),
    scenario(
        "A subscription's ARN that belongs to another topic counts where the topic lists it.",
        lambda organization: (
            organization.topics[topic_arn()].subscriptions[0].update(SubscriptionArn=subscription_arn(1))
        ),
        expected=passes(),
    ),
]


@rows_of(SEVERAL)
def test_names_partitions_and_shapes(one):
    check(one)


def test_the_fuzzed_answers_are_many():
    assert len(PLACES) > 150
    assert json.dumps([record.answer for record in RECORDS])
