"""The verdict table: what a filter sees, and the metric that it feeds."""

from tests.evaluation.changes import GONE, refused, status, throttled
from tests.evaluation.changes_of_alarms import (
    alarm,
    another_alarm,
    filter_,
    metric,
    pattern,
)
from tests.evaluation.scenario import check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    ELSEWHERE,
    MEMBER,
    OTHER,
    REGION,
    any_event,
)

INCOMPLETE = fails("filter", "FILTER_INCOMPLETE")


UNDECIDED = [
    scenario(
        "The filters were refused.",
        refused("logs:DescribeMetricFilters"),
        expected=open_because().naming("logs:DescribeMetricFilters", MEMBER, REGION),
    ),
    scenario(
        "The filters were throttled to the end.",
        throttled("logs:DescribeMetricFilters"),
        expected=open_because().naming("logs:DescribeMetricFilters", MEMBER, REGION, "ThrottlingException"),
    ),
    scenario(
        "The filters were refused, but the trail is dead: no filter could help.",
        refused("logs:DescribeMetricFilters"),
        status(IsLogging=False),
        expected=fails("trail", "TRAIL_NOT_LOGGING"),
    ),
    scenario(
        "A live pattern outside the documented language: AWS accepted what nobody can explain.",
        pattern("{ $.eventName == CreateSecurityGroup }"),
        expected=open_because("PATTERN_UNDECIDED", "UNDECIDED").saying("column"),
    ),
    scenario(
        "A pattern outside the documented language whose alarm is broken could not help whatever it means.",
        pattern("{ $.eventName == CreateSecurityGroup }"),
        alarm(ActionsEnabled=False),
        expected=fails("action", "ACTIONS_DISABLED"),
    ),
    scenario(
        "A delimited pattern on JSON events.",
        pattern("[a, b, c]"),
        expected=open_because("PATTERN_UNDECIDED", "UNDECIDED"),
    ),
    scenario(
        "The pattern is missing from the answer: that is not the empty pattern.",
        pattern(GONE),
        expected=open_because("PATTERN_UNDECIDED", "UNDECIDED"),
    ),
    scenario(
        "A filter on transformed log events sees something else than CloudTrail's records.",
        filter_(applyOnTransformedLogs=True),
        expected=open_because("PATTERN_UNDECIDED", "UNDECIDED").saying("transformed"),
    ),
    scenario(
        "Log events selected by where they came from: the log group's own account and region.",
        filter_(fieldSelectionCriteria=f'@aws.account = "{MEMBER}" AND @aws.region IN ["{REGION}"]'),
        expected=passes(),
    ),
    scenario(
        "Log events of another account selected: none of this log group's.",
        filter_(fieldSelectionCriteria=f'@aws.account = "{OTHER}"'),
        expected=fails("filter", "NO_FILTER_FOR_CONTROL"),
    ),
    scenario(
        "Log events of another region selected: where the log group is counts, not awsRegion.",
        filter_(fieldSelectionCriteria=f'@aws.region != "{REGION}"'),
        expected=fails("filter", "NO_FILTER_FOR_CONTROL"),
    ),
    scenario(
        "One of several places selected.",
        filter_(fieldSelectionCriteria=f'@aws.region = "{ELSEWHERE}" OR @aws.account NOT IN ["{OTHER}"]'),
        expected=passes(),
    ),
    scenario(
        "Selected by another field.",
        filter_(fieldSelectionCriteria='@data_source.name = "trail"'),
        expected=open_because("PATTERN_UNDECIDED", "UNDECIDED"),
    ),
    scenario(
        "Selected by something that cannot be read.",
        filter_(fieldSelectionCriteria=f'(@aws.account = "{MEMBER}") AND NOT (@aws.region = "x")'),
        expected=open_because("PATTERN_UNDECIDED", "UNDECIDED"),
    ),
    scenario(
        "Selected by a list whose values are not written as documented.",
        filter_(fieldSelectionCriteria=f"@aws.account IN [{MEMBER}]"),
        expected=open_because("PATTERN_UNDECIDED", "UNDECIDED"),
    ),
]


METRIC = [
    scenario("The filter has no metric.", filter_(metricTransformations=[]), expected=fails("metric", "NO_METRIC")),
    scenario("The answer does not name the metric.", metric(metricName=GONE), expected=open_because("METRIC_UNREAD")),
    scenario(
        "The value is taken from a field of the event: nobody knows what it will be.",
        metric(metricValue="$.responseElements.count"),
        expected=open_because("ALARM_UNDECIDED"),
    ),
    scenario(
        "The value is taken from a field, but the alarm only counts samples.",
        metric(metricValue="$.responseElements.count"),
        alarm(Statistic="SampleCount"),
        expected=passes(),
    ),
    scenario(
        "The value is neither a number nor a field.",
        metric(metricValue="one"),
        expected=open_because("METRIC_VALUE_UNDECIDED"),
    ),
    scenario("Not a number is no number.", metric(metricValue="NaN"), expected=open_because("METRIC_VALUE_UNDECIDED")),
    scenario(
        "A value of zero never reaches a threshold of one.",
        metric(metricValue="0"),
        expected=fails("alarm", "ALARM_CANNOT_FIRE"),
    ),
    scenario(
        "A negative value takes the sum further down.",
        metric(metricValue="-1"),
        expected=fails("alarm", "ALARM_CANNOT_FIRE"),
    ),
    scenario(
        "Samples of zero can be counted.", metric(metricValue="0"), alarm(Statistic="SampleCount"), expected=passes()
    ),
    scenario("A value written as 1e0 is one.", metric(metricValue="1e0"), expected=passes()),
    scenario("A unit that the alarm does not mention.", metric(unit="Count"), expected=passes()),
    scenario("The same unit on both sides.", metric(unit="Count"), alarm(Unit="Count"), expected=passes()),
    scenario("An alarm on None, a metric without unit: the same.", alarm(Unit="None"), expected=passes()),
    scenario(
        "An alarm on another unit than the metric's sees nothing.",
        alarm(Unit="Count"),
        expected=fails("alarm", "ALARM_ON_OTHER_METRIC"),
    ),
    scenario(
        "The filter emits a dimension, the alarm has none.",
        metric(dimensions={"User": "$.userIdentity.userName"}),
        expected=fails("alarm", "ALARM_ON_OTHER_METRIC"),
    ),
    scenario(
        "The alarm has a dimension, the filter emits none.",
        alarm(Dimensions=[{"Name": "User", "Value": "alice"}]),
        expected=fails("alarm", "ALARM_ON_OTHER_METRIC"),
    ),
    scenario(
        "The alarm fixes the value of an emitted dimension: a further condition on the event.",
        metric(dimensions={"Event": "$.eventName"}),
        alarm(Dimensions=[{"Name": "Event", "Value": "CreateSecurityGroup"}]),
        expected=INCOMPLETE,
    ),
    scenario(
        "An alarm on a dimension whose value all events of the control have.",
        metric(dimensions={"Source": "$.eventSource"}),
        alarm(Dimensions=[{"Name": "Source", "Value": "ec2.amazonaws.com"}]),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Two alarms that fix the values of a dimension, and leave one out.",
        pattern(any_event("CreateSecurityGroup", "DeleteSecurityGroup")),
        metric(dimensions={"Event": "$.eventName"}),
        alarm(Dimensions=[{"Name": "Event", "Value": "CreateSecurityGroup"}]),
        another_alarm("other", Dimensions=[{"Name": "Event", "Value": "DeleteSecurityGroup"}]),
        expected=INCOMPLETE,
    ),
    scenario(
        "A dimension value that no pattern can say.",
        metric(dimensions={"Event": "$.eventName"}),
        alarm(Dimensions=[{"Name": "Event", "Value": "Create*"}]),
        expected=open_because("PATTERN_UNDECIDED", "UNDECIDED"),
    ),
    scenario(
        "A dimension taken from something that is no field of JSON.",
        metric(dimensions={"Event": "$event"}),
        alarm(Dimensions=[{"Name": "Event", "Value": "CreateSecurityGroup"}]),
        expected=open_because("PATTERN_UNDECIDED", "UNDECIDED"),
    ),
    scenario(
        "The log group's own account as dimension, and the alarm names it.",
        filter_(emitSystemFieldDimensions=["@aws.account"]),
        alarm(Dimensions=[{"Name": "@aws.account", "Value": MEMBER}]),
        expected=passes(),
    ),
    scenario(
        "The log group's own account as dimension, and the alarm names another.",
        filter_(emitSystemFieldDimensions=["@aws.account"]),
        alarm(Dimensions=[{"Name": "@aws.account", "Value": OTHER}]),
        expected=fails("alarm", "ALARM_ON_OTHER_METRIC"),
    ),
    scenario(
        "The log group's own account as dimension, and the alarm has none.",
        filter_(emitSystemFieldDimensions=["@aws.account"]),
        expected=fails("alarm", "ALARM_ON_OTHER_METRIC"),
    ),
]


@rows_of(UNDECIDED)
def test_what_a_filter_sees(one):
    check(one)


@rows_of(METRIC)
def test_metric(one):
    check(one)
