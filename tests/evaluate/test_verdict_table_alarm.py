"""The verdict table, third part: does an alarm watch the metric, fire on a single event, and can it fire again?"""

from orgaudit.model.settings import Config
from orgaudit.model.settings import Organization as Settings
from tests.evaluate.changes import GONE, not_offered, refused, role_refused
from tests.evaluate.changes_of_alarms import (
    alarm,
    alarm_moves,
    another_alarm,
    another_filter,
    link,
    math,
    metric,
    monitored_by,
    no_alarm,
    on_metrics,
    pattern,
    query,
)
from tests.evaluate.scenario import audit, check, fails, open_because, passes, scenario
from tests.evaluate.tables import rows_of
from tests.evaluate.things import (
    CENTRAL,
    ELSEWHERE,
    MEMBER,
    OTHER,
    OUTSIDE,
    REGION,
    a_topic,
    an_alarm,
    topic_arn,
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

TIME = [
    scenario(
        "One of one periods, missing data ignored: it keeps its state and may fire only once.",
        alarm(TreatMissingData="ignore"),
        expected=passes().noting("LATCHES"),
    ),
    scenario(
        "In ALARM, and missing data keep it there.",
        alarm(TreatMissingData="ignore", StateValue="ALARM"),
        expected=fails("alarm", "LATCHED"),
    ),
    scenario(
        "In ALARM, missing data ignored, but zeros bring it back.",
        DEFAULT_ZERO,
        alarm(TreatMissingData="ignore", StateValue="ALARM"),
        expected=passes().noting("IN_ALARM").without("LATCHES"),
    ),
    scenario(
        "Missing data breach and nothing else comes: stuck in ALARM.",
        alarm(TreatMissingData="breaching"),
        expected=fails("alarm", "ALARM_STUCK"),
    ),
    scenario(
        "Missing data breach, but zeros come with other events.",
        DEFAULT_ZERO,
        alarm(TreatMissingData="breaching"),
        expected=passes().noting("MISSING_IS_BREACHING"),
    ),
    scenario(
        "Missing data breach in periods of ten seconds, most of which are empty whatever comes.",
        DEFAULT_ZERO,
        alarm(TreatMissingData="breaching", Period=10),
        expected=UNDECIDED,
    ),
    scenario("Missing data are missing: the default.", alarm(TreatMissingData=GONE), expected=passes()),
    scenario("A treatment of missing data that nobody knows.", alarm(TreatMissingData="guess"), expected=UNDECIDED),
    scenario(
        "Three of three periods: one event makes only one breach.",
        alarm(EvaluationPeriods=3),
        expected=fails("alarm", "ALARM_NEEDS_MORE_DATAPOINTS"),
    ),
    scenario("One of three periods is enough.", alarm(EvaluationPeriods=3, DatapointsToAlarm=1), expected=passes()),
    scenario(
        "Two of three periods.",
        alarm(EvaluationPeriods=3, DatapointsToAlarm=2),
        expected=fails("alarm", "ALARM_NEEDS_MORE_DATAPOINTS"),
    ),
    scenario(
        "Three of three periods, missing data missing: fires after 15 minutes.",
        alarm(EvaluationPeriods=3, TreatMissingData="missing"),
        expected=passes(),
    ),
    scenario(
        "Three of three periods, missing data missing, but zeros come.",
        DEFAULT_ZERO,
        alarm(EvaluationPeriods=3, TreatMissingData="missing"),
        expected=fails("alarm", "ALARM_NEEDS_MORE_DATAPOINTS"),
    ),
    scenario(
        "Three of three hours, missing data missing: too late.",
        alarm(EvaluationPeriods=3, Period=3600, TreatMissingData="missing"),
        expected=fails("alarm", "ALARM_TOO_LATE").saying("3.0 hours"),
    ),
    scenario(
        "Three of three hours where half a day is accepted.",
        alarm(EvaluationPeriods=3, Period=3600, TreatMissingData="missing"),
        expected=passes(),
        config=audit(max_delay_s=43200),
    ),
    scenario(
        "Twelve of twelve five-minute periods are exactly an hour.",
        alarm(EvaluationPeriods=12, TreatMissingData="missing"),
        expected=passes(),
    ),
    scenario(
        "Three of three periods, missing data ignored.",
        alarm(EvaluationPeriods=3, TreatMissingData="ignore"),
        expected=UNDECIDED,
    ),
    scenario(
        "Three of three periods, missing data breach, zeros come: a single event is one breach.",
        DEFAULT_ZERO,
        alarm(EvaluationPeriods=3, TreatMissingData="breaching"),
        expected=fails("alarm", "ALARM_NEEDS_MORE_DATAPOINTS"),
    ),
    scenario(
        "A period of a day: a second event inside it notifies nobody.",
        alarm(Period=86400),
        expected=passes().noting("LONG_PERIOD"),
    ),
    scenario("A period of an hour is not long.", alarm(Period=3600), expected=passes().without("LONG_PERIOD")),
    scenario("No number of periods in the answer.", alarm(EvaluationPeriods=GONE), expected=UNDECIDED),
]

SECOND = query("m2", metric_name="Second")
FEEDS_SECOND = another_filter("second", "{ $.eventName = CreateVpc }", "Second")
FEEDS_SECOND_ZERO = another_filter("second", "{ $.eventName = CreateVpc }", "Second", defaultValue=0.0)

MATH = [
    scenario("The metric itself, as a query.", on_metrics(query(ReturnData=True)), expected=passes()),
    scenario(
        "ReturnData absent means true.",
        on_metrics({"Id": "m1", "MetricStat": query()["MetricStat"]}),
        expected=passes(),
    ),
    scenario("The metric itself, through an expression.", math("m1"), expected=passes()),
    scenario("Holes filled with zero.", math("FILL(m1, 0)"), expected=passes()),
    scenario("Holes filled with what breaches.", math("FILL(m1, 1)"), expected=fails("alarm", "ALARM_ALWAYS")),
    scenario(
        "Holes filled, and missing data breach: there are none.",
        math("FILL(m1, 0)"),
        alarm(TreatMissingData="breaching"),
        expected=passes(),
    ),
    scenario("Holes filled with the last value.", math("FILL(m1, REPEAT)"), expected=UNDECIDED),
    scenario("Holes filled with no number.", math("FILL(m1, nan)"), expected=UNDECIDED),
    scenario("A sum skips what is missing.", FEEDS_SECOND, math("SUM([m1, m2])", query(), SECOND), expected=passes()),
    scenario("A sum over all metrics.", FEEDS_SECOND, math("SUM(METRICS())", query(), SECOND), expected=passes()),
    scenario(
        "Plus, where one side has no default value: no sum.",
        FEEDS_SECOND,
        math("m1 + m2", query(), SECOND),
        expected=CANNOT,
    ),
    scenario(
        "Plus, where the other side has a default value.",
        DEFAULT_ZERO,
        FEEDS_SECOND_ZERO,
        math("m1 + m2", query(), SECOND),
        expected=passes(),
    ),
    scenario(
        "Plus, where the other side is filled.",
        FEEDS_SECOND,
        math("m1 + FILL(m2, 0)", query(), SECOND),
        expected=passes(),
    ),
    scenario("A sum with a series that no filter feeds.", math("SUM([m1, m2])", query(), SECOND), expected=UNDECIDED),
    scenario(
        "The alarm watches the other metric of its two.", FEEDS_SECOND, math("m2", query(), SECOND), expected=CANNOT
    ),
    scenario(
        "Two queries on the metric, with different statistics.",
        math("SUM([m1, m2])", query(), query("m2", stat="SampleCount")),
        expected=passes(),
    ),
    scenario(
        "Queries with different periods.",
        FEEDS_SECOND,
        math("SUM([m1, m2])", query(), query("m2", metric_name="Second", period=60)),
        expected=UNDECIDED,
    ),
    scenario(
        "An expression over an expression.",
        on_metrics(
            query(),
            {"Id": "e1", "Expression": "FILL(m1, 0)", "ReturnData": False},
            {"Id": "e2", "Expression": "SUM([e1])", "ReturnData": True},
        ),
        expected=passes(),
    ),
    scenario(
        "Expressions in a circle.",
        on_metrics(
            query(),
            {"Id": "e1", "Expression": "e2", "ReturnData": False},
            {"Id": "e2", "Expression": "SUM([e1])", "ReturnData": True},
        ),
        expected=UNDECIDED,
    ),
    scenario(
        "Two queries that return data.",
        on_metrics(query(ReturnData=True), query("m2", ReturnData=True)),
        expected=UNDECIDED,
    ),
    scenario("A difference.", math("m1 - 1"), expected=UNDECIDED),
    scenario("A condition.", math("IF(m1 > 0, 1, 0)"), expected=UNDECIDED),
    scenario("A rate.", math("RATE(m1)"), expected=UNDECIDED),
    scenario("A product with zero.", math("m1 * 0"), expected=UNDECIDED),
    scenario("An anomaly band.", math("ANOMALY_DETECTION_BAND(m1, 2)"), expected=UNDECIDED),
    scenario("A series that is not there.", math("m9"), expected=UNDECIDED),
    scenario(
        "Metrics Insights may watch the metric.",
        on_metrics(
            {"Id": "q", "Expression": 'SELECT SUM(SecurityGroups) FROM "Security"', "ReturnData": True, "Period": 300}
        ),
        expected=UNDECIDED,
    ),
    scenario(
        "Metrics Insights on something else.",
        on_metrics(
            {"Id": "q", "Expression": 'SELECT SUM(Errors) FROM "AWS/Lambda"', "ReturnData": True, "Period": 300}
        ),
        expected=NOBODY_WATCHES,
    ),
    scenario(
        "A search may watch the metric.",
        math("SUM(SEARCH('{Security} SecurityGroups', 'Sum', 300))"),
        expected=UNDECIDED,
    ),
    scenario(
        "A query in PromQL may watch the metric.",
        alarm(
            MetricName=GONE,
            Namespace=GONE,
            Statistic=GONE,
            EvaluationCriteria={"PromQLCriteria": {"Query": "SecurityGroups > 0"}},
        ),
        expected=UNDECIDED,
    ),
    scenario(
        "A query with a statistic that nobody knows.",
        on_metrics(query(stat="tm90", ReturnData=True)),
        expected=UNDECIDED,
    ),
    scenario(
        "A query on another unit.",
        on_metrics({**query(ReturnData=True), "MetricStat": {**query()["MetricStat"], "Unit": "Bytes"}}),
        expected=fails("alarm", "NO_ALARM"),
    ),
]

MONITORING = [
    scenario("A monitoring account behind the account's link, naming the account.", monitored_by(), expected=passes()),
    scenario(
        "A monitoring account by configuration, naming the account.",
        monitored_by(linked=False),
        expected=passes(),
        config=Config(organization=Settings(monitoring_accounts=(CENTRAL,))),
    ),
    scenario(
        "An account that is neither linked nor configured.", monitored_by(OTHER, linked=False), expected=NOBODY_WATCHES
    ),
    scenario("A link that shows no metrics.", monitored_by(metrics=False), expected=NOBODY_WATCHES),
    scenario(
        "The alarm in the monitoring account names no account: its own metric of that name.",
        monitored_by(names=CENTRAL),
        expected=NOBODY_WATCHES,
    ),
    scenario(
        "The alarm in the monitoring account names another account.", monitored_by(names=OTHER), expected=NOBODY_WATCHES
    ),
    scenario(
        "A plain alarm in the monitoring account watches its own account's metric.",
        alarm_moves(CENTRAL),
        link(),
        expected=OTHER_METRIC,
    ),
    scenario(
        "The links were refused and no alarm is found: another account may watch.",
        no_alarm,
        refused("oam:ListLinks"),
        expected=open_because().naming("oam:ListLinks", MEMBER, REGION),
    ),
    scenario(
        "The links were refused, but the account's own alarm completes the chain.",
        refused("oam:ListLinks"),
        expected=passes(),
    ),
    scenario(
        "The endpoint does not offer links: then there are none.",
        no_alarm,
        not_offered("oam:ListLinks"),
        expected=NOBODY_WATCHES,
    ),
    scenario(
        "The monitoring account's alarms were refused.",
        no_alarm,
        link(),
        refused("cloudwatch:DescribeAlarms", CENTRAL),
        expected=open_because().naming("cloudwatch:DescribeAlarms", CENTRAL, REGION),
    ),
    scenario(
        "The monitoring account's role was refused.",
        no_alarm,
        link(),
        role_refused(CENTRAL),
        expected=open_because().naming("sts:AssumeRole", CENTRAL, "us-east-1", "AccessDenied"),
    ),
    scenario(
        "The monitoring account is outside the organization: nobody can be asked.",
        no_alarm,
        link(OUTSIDE),
        expected=open_because().naming("cloudwatch:DescribeAlarms", OUTSIDE, REGION, "NEVER_ASKED"),
    ),
    scenario(
        "The monitoring account's alarms were refused, which does not matter: the trail's filter covers nothing.",
        pattern("{ $.eventName = CreateVpc }"),
        link(),
        refused("cloudwatch:DescribeAlarms", CENTRAL),
        expected=fails("filter", "NO_FILTER_FOR_CONTROL"),
    ),
    scenario(
        "Two alarms of the same name in two accounts: the account's own is broken, the monitoring one is not its own.",
        alarm(Threshold=50.0),
        link(),
        lambda organization: organization.alarms[CENTRAL, REGION].append(an_alarm(account=CENTRAL)),
        lambda organization: organization.topics.update(
            {topic_arn(account=CENTRAL): a_topic(topic_arn(account=CENTRAL))}
        ),
        expected=fails("alarm", "ALARM_NEEDS_MORE_EVENTS"),
    ),
    scenario(
        "The monitoring account's alarm mixes the metric with one of its own.",
        monitored_by(),
        on_metrics(
            query(AccountId=MEMBER),
            query("m2", metric_name="Second"),
            {"Id": "e", "Expression": "SUM([m1, m2])", "ReturnData": True},
        ),
        expected=UNDECIDED,
    ),
    scenario(
        "An alarm that names its own account is no stranger.",
        on_metrics(query(AccountId=MEMBER, ReturnData=True)),
        expected=passes(),
    ),
    scenario(
        "An alarm of the account that names another account.",
        on_metrics(query(AccountId=OTHER, ReturnData=True)),
        expected=NOBODY_WATCHES,
    ),
]


@rows_of(WHERE)
def test_which_alarm_watches(one):
    check(one)


@rows_of(VALUE)
def test_whether_one_event_breaches(one):
    check(one)


@rows_of(TIME)
def test_when_it_fires_and_whether_again(one):
    check(one)


@rows_of(MATH)
def test_metric_math(one):
    check(one)


@rows_of(MONITORING)
def test_monitoring_accounts(one):
    check(one)
