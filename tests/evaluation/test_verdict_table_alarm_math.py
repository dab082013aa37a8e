"""The verdict table: metric math, and alarms in monitoring accounts."""

from orgaudit.model.settings import Config
from orgaudit.model.settings import Organization as Settings
from tests.evaluation.changes import GONE, not_offered, refused, role_refused
from tests.evaluation.changes_of_alarms import (
    alarm,
    alarm_moves,
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
from tests.evaluation.scenario import check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    CENTRAL,
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
    scenario(
        "A link that shows metrics of some namespaces only: what comes through is not decided.",
        monitored_by(only={"MetricConfiguration": {"Filter": "Namespace LIKE 'AWS/%'"}}),
        expected=open_because("LINK_UNDECIDED"),
    ),
    scenario(
        "A link whose configuration is not readable as one.",
        monitored_by(only={"MetricConfiguration": ["Namespace = 'Security'"]}),
        expected=open_because("LINK_UNDECIDED"),
    ),
    scenario(
        "A filter of a star is none.",
        monitored_by(only={"MetricConfiguration": {"Filter": "*"}}),
        expected=passes(),
    ),
    scenario(
        "A link that shows some log groups only, and all metrics.",
        monitored_by(only={"LogGroupConfiguration": {"Filter": "LogGroupName = 'app'"}}),
        expected=passes(),
    ),
    scenario(
        "The alarm behind the filtered link is broken anyway.",
        monitored_by(only={"MetricConfiguration": {"Filter": "Namespace = 'Security'"}}),
        alarm(ActionsEnabled=False),
        expected=fails("action", "ACTIONS_DISABLED"),
    ),
    scenario(
        "The filtered link does not matter where the account's own alarm completes the chain.",
        link(only={"MetricConfiguration": {"Filter": "Namespace = 'AWS/EC2'"}}),
        expected=passes(),
    ),
    scenario(
        "The link's details were refused.",
        monitored_by(),
        refused("oam:GetLink"),
        expected=passes().noting("LINK_FILTER_UNREAD"),
    ),
    scenario(
        "The endpoint does not offer a link's details.",
        monitored_by(),
        not_offered("oam:GetLink"),
        expected=passes().noting("LINK_FILTER_UNREAD"),
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


@rows_of(MATH)
def test_metric_math(one):
    check(one)


@rows_of(MONITORING)
def test_monitoring_accounts(one):
    check(one)
