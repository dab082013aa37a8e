"""The verdict table: answers that lack something, or say it in a way that nobody can read.

A setting that cannot be read is never taken for one that is not set, and what is missing never for nothing.
"""

from dataclasses import replace
from typing import Any

import pytest

from orgaudit.evaluation import assess
from orgaudit.model.answers import frames_of
from orgaudit.model.calls import Json, Record
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
from tests.evaluation.changes_of_alarms import (
    alarm,
    another_alarm,
    another_filter,
    composite,
    filter_,
    math,
    metric,
    monitored_by,
    mute_rule,
    on_metrics,
    query,
)
from tests.evaluation.changes_of_topics import actions, filter_policy, policy, subscription, topic
from tests.evaluation.recorded import Organization, inherited_chain, own_chain
from tests.evaluation.scenario import Change, audit, check, fails, open_because, passes, scenario, verdict
from tests.evaluation.tables import rows_of
from tests.evaluation.test_adversary import CONFIG, FACTS, row_of
from tests.evaluation.things import MANAGEMENT, MEMBER, OTHER, REGION, a_topic, ago, topic_arn

ODD: Any = {"a": None}
"""Stands for: something is there, and nobody can read it."""
OPEN_TRAIL = open_because("TRAIL_ANSWER_INCOMPLETE")
OPEN_PATTERN = open_because("PATTERN_UNDECIDED")
OPEN_METRIC = open_because("METRIC_UNREAD")
OPEN_ALARM = open_because("ALARM_UNDECIDED")
OPEN_SELECTORS = open_because("SELECTORS_UNDECIDED")

CHILD = "ALARM(security-groups)"


def queried(**stat: Any) -> Json:
    """A metric query on the filter's metric that says something else in its ``MetricStat``."""
    found = query()
    found["MetricStat"].update(stat)
    return found


def link_shows(types: Any) -> Change:
    return lambda organization: organization.links[MEMBER, REGION][0].update(ResourceTypes=types)


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
    scenario("The metric queries.", alarm(Metrics=ODD, MetricName=GONE), expected=OPEN_ALARM),
    scenario("A metric query among others.", math("m1", query(), ODD), expected=OPEN_ALARM),
    scenario("The only metric query on the metric.", math("m1", ODD), expected=OPEN_ALARM),
    scenario("The metric of a query.", math("m1", queried(Metric=ODD)), expected=OPEN_ALARM),
    scenario("Its dimensions.", math("m1", query(dimensions=ODD)), expected=OPEN_ALARM),
    scenario("One of its dimensions.", math("m1", query(dimensions=[ODD])), expected=OPEN_ALARM),
    scenario("Its unit.", math("m1", queried(Unit=ODD)), expected=OPEN_ALARM),
    scenario("Its account.", math("m1", query(AccountId=ODD)), expected=OPEN_ALARM),
    scenario(
        "A metric query that cannot be read, of an alarm that is not the one that counts.",
        another_alarm("other", "Other", Metrics=[ODD]),
        expected=passes(),
    ),
    scenario(
        "The same where no other alarm is: it may be on the metric.",
        alarm(Metrics=[ODD], MetricName=GONE, Namespace=GONE),
        expected=OPEN_ALARM,
    ),
    scenario(
        "A metric query that can be read as far as it names another metric.",
        on_metrics(query(metric_name="Other", dimensions=ODD, ReturnData=True)),
        expected=fails("alarm", "NO_ALARM"),
    ),
    scenario("One of the alarm's dimensions.", alarm(Dimensions=[ODD]), expected=OPEN_ALARM),
    scenario("The value of one of them.", alarm(Dimensions=[{"Name": "a", "Value": ODD}]), expected=OPEN_ALARM),
    scenario("The alarm's unit.", alarm(Unit=ODD), expected=OPEN_ALARM),
    scenario(
        "How many datapoints it takes, of several periods.",
        alarm(EvaluationPeriods=3, DatapointsToAlarm=ODD),
        expected=OPEN_ALARM,
    ),
    scenario(
        "Whether the alarm is in ALARM, where it would stay there.",
        alarm(TreatMissingData="ignore", StateValue=ODD),
        expected=OPEN_ALARM,
    ),
    scenario("The same where it leaves that state by itself.", alarm(StateValue=ODD), expected=passes()),
    scenario(
        "The alarm's name: its ARN tells it too, so that a mute rule finds it.",
        alarm(AlarmName=ODD),
        mute_rule(),
        expected=fails("action", "MUTED"),
    ),
    scenario("The alarm's actions.", alarm(AlarmActions=ODD), expected=open_because("ACTIONS_UNREAD")),
    scenario("One of the alarm's actions.", alarm(AlarmActions=[ODD]), expected=open_because("ACTIONS_UNREAD")),
    scenario(
        "Whether its actions are enabled, where it has none: that breaks it in any case.",
        alarm(ActionsEnabled=ODD, AlarmActions=[]),
        expected=fails("action", "NO_ALARM_ACTION"),
    ),
    scenario("One action beside a topic.", alarm(AlarmActions=[ODD, topic_arn()]), expected=passes()),
    scenario(
        "Which alarms an active mute rule silences.",
        mute_rule(MuteTargets={"AlarmNames": "security-groups"}),
        expected=open_because("MUTE_TARGETS_UNREAD"),
    ),
    scenario(
        "One of the alarms that an active mute rule silences.",
        mute_rule(MuteTargets={"AlarmNames": [ODD]}),
        expected=open_because("MUTE_TARGETS_UNREAD"),
    ),
    scenario("A composite alarm's rule.", composite(ODD), expected=open_because("COMPOSITE_UNDECIDED")),
    scenario(
        "A rule with a name in single quotes, which AWS does not document.",
        composite("ALARM('security-groups')"),
        expected=open_because("COMPOSITE_UNDECIDED"),
    ),
    scenario(
        "A composite alarm's suppressor.",
        composite(CHILD, ActionsSuppressor=ODD),
        expected=open_because("SUPPRESSOR_UNDECIDED"),
    ),
    scenario(
        "A suppressor that is not among the alarms of the answer.",
        composite(CHILD, ActionsSuppressor="nowhere"),
        expected=open_because("SUPPRESSOR_UNDECIDED"),
    ),
    scenario(
        "How long a composite alarm waits for its suppressor.",
        another_alarm("other", "Other"),
        composite(CHILD, ActionsSuppressor="other", ActionsSuppressorWaitPeriod=ODD),
        expected=open_because("SUPPRESSOR_UNDECIDED"),
    ),
    scenario(
        "The suppressor's state.",
        another_alarm("other", "Other", StateValue=ODD),
        composite(CHILD, ActionsSuppressor="other"),
        expected=open_because("SUPPRESSOR_UNDECIDED"),
    ),
    scenario(
        "What suppresses a composite alarm.",
        composite(CHILD, ActionsSuppressedBy="SomethingNew"),
        expected=open_because("SUPPRESSOR_UNDECIDED"),
    ),
    scenario(
        "The state of another alarm of the rule, where it decides.",
        another_alarm("other", "Other", StateValue=ODD),
        composite(f"{CHILD} AND NOT ALARM(other)"),
        expected=open_because("SUPPRESSOR_UNDECIDED"),
    ),
    scenario(
        "Its state where it does not.",
        another_alarm("other", "Other", StateValue=ODD),
        composite(f"{CHILD} OR ALARM(other)"),
        expected=passes(),
    ),
    scenario("The metric's name.", metric(metricName=ODD), expected=OPEN_METRIC),
    scenario("The metric's namespace.", metric(metricNamespace=ODD), expected=OPEN_METRIC),
    scenario("The metric's unit.", metric(unit=ODD), expected=OPEN_METRIC),
    scenario("The metric's dimensions.", metric(dimensions=[ODD]), expected=OPEN_METRIC),
    scenario("Where a dimension's value comes from.", metric(dimensions={"a": ODD}), expected=OPEN_METRIC),
    scenario("The system fields among the dimensions.", filter_(emitSystemFieldDimensions=ODD), expected=OPEN_METRIC),
    scenario("The default value.", metric(defaultValue=ODD), expected=OPEN_METRIC),
    scenario(
        "The default value of another filter on the same metric.",
        another_filter("other", "{ $.eventName = CreateVpc }", defaultValue=ODD),
        alarm(Statistic="Minimum"),
        expected=OPEN_ALARM,
    ),
    scenario(
        "Which metric another filter of the log group feeds.",
        another_filter("other", "{ $.eventName = CreateVpc }", metricName=ODD, metricValue="-1"),
        expected=OPEN_ALARM,
    ),
    scenario(
        "The same, in another namespace.",
        another_filter("other", "{ $.eventName = CreateVpc }", metricName=ODD, metricNamespace="Other"),
        expected=passes(),
    ),
    scenario("Where the trail delivers.", trail(CloudWatchLogsLogGroupArn=ODD), expected=OPEN_TRAIL),
    scenario("The same, as a text that is no ARN.", trail(CloudWatchLogsLogGroupArn="trail-log"), expected=OPEN_TRAIL),
    scenario(
        "Why delivery fails.",
        status(LatestCloudWatchLogsDeliveryTime=ago(hours=2), LatestCloudWatchLogsDeliveryError=ODD),
        expected=fails("delivery", "DELIVERY_ERROR"),
    ),
    scenario("An event selector that says nothing.", selectors_answer(EventSelectors=[ODD]), expected=OPEN_SELECTORS),
    scenario(
        "Whether the trail has selectors of its own, where the answer names none.",
        trail(HasCustomEventSelectors=ODD),
        selectors_answer(EventSelectors=GONE, AdvancedEventSelectors=GONE),
        expected=OPEN_SELECTORS,
    ),
    scenario(
        "Whether the trail is an organization trail.",
        trail(IsOrganizationTrail=ODD),
        expected=OPEN_TRAIL,
        control="org_trail",
    ),
    scenario(
        "Whether the trail that a member inherits is an organization trail.",
        trail(IsOrganizationTrail=ODD),
        expected=OPEN_TRAIL,
        start=inherited_chain,
    ),
    scenario("The trail's key.", trail(KmsKeyId=ODD), expected=OPEN_TRAIL, control="trail_kms_encryption"),
    scenario(
        "Whether an OAM link shows metrics.",
        monitored_by(),
        link_shows(ODD),
        expected=open_because("LINK_UNDECIDED"),
    ),
    scenario(
        "One kind of telemetry that an OAM link shows.",
        monitored_by(),
        link_shows([ODD]),
        expected=open_because("LINK_UNDECIDED"),
    ),
    scenario("Which metrics an OAM link shows.", monitored_by(only="some"), expected=open_because("LINK_UNDECIDED")),
    scenario(
        "That a topic is FIFO: its name tells it too.",
        actions(topic_arn("security.fifo")),
        lambda organization: organization.topics.update({topic_arn("security.fifo"): a_topic(topic_arn("security"))}),
        expected=open_because("TOPIC_FIFO"),
    ),
    scenario(
        "More datapoints than periods, which AWS does not take.",
        alarm(EvaluationPeriods=1, DatapointsToAlarm=2, TreatMissingData="missing"),
        expected=OPEN_ALARM,
    ),
    scenario(
        "A value that CloudWatch does not take.",
        metric(metricValue="1e200"),
        expected=open_because("METRIC_VALUE_UNDECIDED"),
    ),
    scenario(
        "Percentiles of negative values, which CloudWatch does not have.",
        metric(metricValue="-1"),
        alarm(Statistic=GONE, ExtendedStatistic="p99", Threshold=0.0, ComparisonOperator="LessThanThreshold"),
        expected=OPEN_ALARM,
    ),
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
