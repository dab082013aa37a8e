"""The verdict table: does an alarm watch the metric, does it fire on a single event, and can it fire again?"""

from tests.evaluation.changes import GONE, refused
from tests.evaluation.changes_of_alarms import (
    alarm,
    alarm_moves,
    another_alarm,
    another_filter,
    metric,
    no_alarm,
)
from tests.evaluation.scenario import audit, check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    ELSEWHERE,
    MEMBER,
    OTHER,
    REGION,
)

DEFAULT_ZERO = metric(defaultValue=0.0)


CANNOT = fails("alarm", "ALARM_CANNOT_FIRE")


UNDECIDED = open_because("ALARM_UNDECIDED")


NOBODY_WATCHES = fails("alarm", "NO_ALARM")


OTHER_METRIC = fails("alarm", "ALARM_ON_OTHER_METRIC")


WHERE = [
    scenario("No alarm at all.", no_alarm, expected=NOBODY_WATCHES),
    scenario("The alarm is in another region than the metric.", alarm_moves(region=ELSEWHERE), expected=NOBODY_WATCHES),
    scenario("The alarm is in another account of the organization.", alarm_moves(OTHER), expected=NOBODY_WATCHES),
    scenario("The alarm watches a metric of another name.", alarm(MetricName="Other"), expected=NOBODY_WATCHES),
    scenario("Names of metrics are sensitive to case.", alarm(MetricName="securitygroups"), expected=NOBODY_WATCHES),
    scenario("The alarm watches another namespace.", alarm(Namespace="Other"), expected=OTHER_METRIC),
    scenario(
        "The alarms were refused: not the same as there being none.",
        refused("cloudwatch:DescribeAlarms"),
        expected=open_because().naming("cloudwatch:DescribeAlarms", MEMBER, REGION),
    ),
    scenario(
        "CloudWatch reports that it cannot evaluate the alarm.",
        alarm(EvaluationState="EVALUATION_ERROR"),
        expected=fails("alarm", "ALARM_EVALUATION_ERROR"),
    ),
    scenario(
        "CloudWatch has trouble of its own in evaluating the alarm.",
        alarm(EvaluationState="EVALUATION_FAILURE"),
        expected=open_because("ALARM_UNDECIDED"),
    ),
    scenario("Evaluated on partial data is evaluated.", alarm(EvaluationState="PARTIAL_DATA"), expected=passes()),
    scenario(
        "Of two alarms on the metric one works.",
        another_alarm("broken", Threshold=100.0),
        expected=passes(),
    ),
    scenario(
        "Of two broken alarms the one that gets further is named.",
        alarm(Threshold=100.0),
        another_alarm("disabled", ActionsEnabled=False),
        expected=fails("action", "ACTIONS_DISABLED"),
    ),
    scenario(
        "An alarm that has never had data is not known to work.",
        alarm(StateValue="INSUFFICIENT_DATA"),
        expected=passes().noting("INSUFFICIENT_DATA"),
    ),
    scenario("In ALARM now, with a way back.", alarm(StateValue="ALARM"), expected=passes().noting("IN_ALARM")),
]


VALUE = [
    scenario(
        "The threshold is just above what one event gives.",
        alarm(Threshold=1.1),
        expected=fails("alarm", "ALARM_NEEDS_MORE_EVENTS").saying("needs 2 events in 300 s"),
    ),
    scenario(
        "Greater than one: one event is not enough.",
        alarm(ComparisonOperator="GreaterThanThreshold"),
        expected=fails("alarm", "ALARM_NEEDS_MORE_EVENTS"),
    ),
    scenario("Greater than zero.", alarm(ComparisonOperator="GreaterThanThreshold", Threshold=0.0), expected=passes()),
    scenario(
        "Ten events in five minutes.",
        alarm(Threshold=10.0),
        expected=fails("alarm", "ALARM_NEEDS_MORE_EVENTS").saying("needs 10 events in 300 s"),
    ),
    scenario(
        "Ten events where ten are accepted.", alarm(Threshold=10.0), expected=passes(), config=audit(max_events=10)
    ),
    scenario(
        "Three events where the control accepts three.",
        alarm(Threshold=3.0),
        expected=passes(),
        config=audit(max_events_by_control={"security_group_changes": 3}),
    ),
    scenario(
        "Three events where another control accepts three.",
        alarm(Threshold=3.0),
        expected=fails("alarm", "ALARM_NEEDS_MORE_EVENTS"),
        config=audit(max_events_by_control={"vpc_changes": 3}),
    ),
    scenario(
        "Ten events by a metric value of ten.", metric(metricValue="10"), alarm(Threshold=10.0), expected=passes()
    ),
    scenario("The average of ones is one, however many.", alarm(Statistic="Average", Threshold=2.0), expected=CANNOT),
    scenario("The average of ones reaches one.", alarm(Statistic="Average"), expected=passes()),
    scenario(
        "The average is diluted by default values of the other minutes.",
        DEFAULT_ZERO,
        alarm(Statistic="Average"),
        expected=fails("alarm", "ALARM_CANNOT_FIRE"),
    ),
    scenario(
        "An average above zero survives dilution.",
        DEFAULT_ZERO,
        alarm(Statistic="Average", Threshold=0.0, ComparisonOperator="GreaterThanThreshold"),
        expected=passes(),
    ),
    scenario(
        "With a period of one minute nothing dilutes.",
        DEFAULT_ZERO,
        alarm(Statistic="Average", Period=60),
        expected=passes(),
    ),
    scenario("The minimum becomes the default value.", DEFAULT_ZERO, alarm(Statistic="Minimum"), expected=CANNOT),
    scenario(
        "The minimum of a minute is the event's.",
        DEFAULT_ZERO,
        alarm(Statistic="Minimum", Period=60),
        expected=passes(),
    ),
    scenario("The minimum of matches alone is one.", alarm(Statistic="Minimum"), expected=passes()),
    scenario("The maximum is the event's.", DEFAULT_ZERO, alarm(Statistic="Maximum"), expected=passes()),
    scenario("The sum is not touched by zeros.", DEFAULT_ZERO, expected=passes()),
    scenario(
        "A default value that breaches by itself: always in ALARM.",
        metric(defaultValue=1.0),
        expected=fails("alarm", "ALARM_ALWAYS"),
    ),
    scenario(
        "Default values of several minutes breach by themselves.",
        metric(defaultValue=0.5),
        expected=fails("alarm", "ALARM_ALWAYS"),
    ),
    scenario(
        "A negative default value eats the event.",
        metric(defaultValue=-1.0),
        expected=fails("alarm", "ALARM_NEEDS_MORE_EVENTS"),
    ),
    scenario(
        "Samples counted, with a default value: it counts minutes.",
        DEFAULT_ZERO,
        alarm(Statistic="SampleCount"),
        expected=fails("alarm", "ALARM_ALWAYS"),
    ),
    scenario(
        "Samples counted, without a default value: it counts events.", alarm(Statistic="SampleCount"), expected=passes()
    ),
    scenario("A percentile of matches alone.", alarm(Statistic=GONE, ExtendedStatistic="p99"), expected=passes()),
    scenario(
        "A percentile with a default value.",
        DEFAULT_ZERO,
        alarm(Statistic=GONE, ExtendedStatistic="p99"),
        expected=UNDECIDED,
    ),
    scenario(
        "A percentile that ignores few samples.",
        alarm(Statistic=GONE, ExtendedStatistic="p99", EvaluateLowSampleCountPercentile="ignore"),
        expected=UNDECIDED,
    ),
    scenario("A trimmed mean.", alarm(Statistic=GONE, ExtendedStatistic="tm90"), expected=UNDECIDED),
    scenario("No statistic in the answer.", alarm(Statistic=GONE), expected=UNDECIDED),
    scenario(
        "Less than one: inverted, and without events nothing comes at all.",
        alarm(ComparisonOperator="LessThanThreshold"),
        expected=CANNOT,
    ),
    scenario(
        "Less than five: the first events fire, many do not.",
        alarm(ComparisonOperator="LessThanThreshold", Threshold=5.0),
        expected=fails("alarm", "ALARM_INVERTED"),
    ),
    scenario(
        "Less than one with zeros: in ALARM without any event.",
        DEFAULT_ZERO,
        alarm(ComparisonOperator="LessThanThreshold"),
        expected=fails("alarm", "ALARM_ALWAYS"),
    ),
    scenario(
        "At least zero with zeros: in ALARM without any event.",
        DEFAULT_ZERO,
        alarm(Threshold=0.0),
        expected=fails("alarm", "ALARM_ALWAYS"),
    ),
    scenario("At least zero without default: any event fires.", alarm(Threshold=0.0), expected=passes()),
    scenario(
        "A band instead of a threshold.",
        alarm(ComparisonOperator="GreaterThanUpperThreshold", ThresholdMetricId="band"),
        expected=UNDECIDED,
    ),
    scenario("A comparison that nobody knows.", alarm(ComparisonOperator="AboutThreshold"), expected=UNDECIDED),
    scenario("No threshold in the answer.", alarm(Threshold=GONE), expected=UNDECIDED),
    scenario(
        "A setting of the alarm that nobody knows.", alarm(EvaluationWindow={"Kind": "wall clock"}), expected=UNDECIDED
    ),
    scenario("No period in the answer.", alarm(Period=GONE), expected=UNDECIDED),
    scenario(
        "A period of ten seconds: the minute's one sample lands in one of them.", alarm(Period=10), expected=passes()
    ),
    scenario(
        "A period of thirty seconds with zeros.", DEFAULT_ZERO, alarm(Period=30, Statistic="Minimum"), expected=passes()
    ),
    scenario(
        "Another filter feeds the metric with a default value: it dilutes even the minute of the event.",
        DEFAULT_ZERO,
        another_filter("other", "{ $.eventName = CreateVpc }", defaultValue=0.0),
        alarm(Statistic="Average", Period=60),
        expected=CANNOT,
    ),
    scenario(
        "Another filter's default value is the minimum of the event's own minute.",
        another_filter("other", "{ $.eventName = CreateVpc }", defaultValue=0.0),
        alarm(Statistic="Minimum", Period=60),
        expected=CANNOT,
    ),
    scenario(
        "Another filter feeds the metric with another value, which may cancel the event.",
        another_filter("other", "", metricValue="-1"),
        expected=UNDECIDED,
    ),
    scenario(
        "Another filter feeds the metric with the same value: the sum only grows.",
        another_filter("other", "{ $.eventName = CreateVpc }"),
        expected=passes(),
    ),
    scenario(
        "Filters with different default values.",
        DEFAULT_ZERO,
        another_filter("other", "{ $.eventName = CreateVpc }", defaultValue=0.5),
        expected=UNDECIDED,
    ),
    scenario(
        "Filters with different units, an alarm without: CloudWatch may not know what to do.",
        metric(unit="Count"),
        another_filter("other", "{ $.eventName = CreateVpc }", unit="Seconds"),
        expected=UNDECIDED,
    ),
]


@rows_of(WHERE)
def test_which_alarm_watches(one):
    check(one)


@rows_of(VALUE)
def test_whether_one_event_breaches(one):
    check(one)
