"""The verdict table, second part: do the filters of the trail's log group cover the control, and what they feed."""

from datetime import date

from orgaudit.model.settings import Config, OwnControl, Tuning
from tests.evaluate.changes import GONE, refused, second_trail, status, throttled, trail
from tests.evaluate.changes_of_alarms import (
    alarm,
    another_alarm,
    another_chain,
    another_filter,
    filter_,
    log_group_moves,
    metric,
    no_filters,
    pattern,
)
from tests.evaluate.scenario import check, fails, open_because, passes, scenario
from tests.evaluate.tables import rows_of
from tests.evaluate.things import (
    ELSEWHERE,
    MEMBER,
    OTHER,
    REGION,
    SECURITY_GROUP_EVENTS,
    SECURITY_GROUPS,
    any_event,
    group_arn,
)

SIX = any_event(*SECURITY_GROUP_EVENTS[:6])
FIRST_THREE, LAST_FOUR = any_event(*SECURITY_GROUP_EVENTS[:3]), any_event(*SECURITY_GROUP_EVENTS[3:])


def inner(text: str) -> str:
    return text.strip("{ }")


def each(template: str, join: str = " || ") -> str:
    return "{ " + join.join(template.format(name) for name in SECURITY_GROUP_EVENTS) + " }"


INCOMPLETE = fails("filter", "FILTER_INCOMPLETE")

COVERED = [
    scenario(
        "The same events in another order.", pattern(any_event(*reversed(SECURITY_GROUP_EVENTS))), expected=passes()
    ),
    scenario("Every value in quotes.", pattern(each('($.eventName = "{}")')), expected=passes()),
    scenario(
        "Without blanks and parentheses.", pattern(each("$.eventName={}", "||").replace(" ", "")), expected=passes()
    ),
    scenario(
        "With line breaks and more parentheses.", pattern("{\n (" + inner(SECURITY_GROUPS) + ")\n}"), expected=passes()
    ),
    scenario("The empty pattern matches everything.", pattern(""), expected=passes().noting("SUPERSET_FILTER")),
    scenario(
        "A pattern that every event matches.",
        pattern("{ $.eventName = * }"),
        expected=passes().noting("SUPERSET_FILTER"),
    ),
    scenario(
        "Wildcards around the common part are a superset.",
        pattern("{ $.eventName = *SecurityGroup* }"),
        expected=passes().noting("SUPERSET_FILTER"),
    ),
    scenario(
        "A regular expression that says the same.",
        pattern("{ $.eventName = %^[A-Z][a-zA-Z]+SecurityGroup% }"),
        expected=passes(),
    ),
    scenario(
        "More events than the control asks for.",
        pattern(each("($.eventName = {})")[:-1] + "|| ($.eventName = RunInstances) }"),
        expected=passes().noting("SUPERSET_FILTER"),
    ),
    scenario("Exactly the events of the control are no superset.", expected=passes().without("SUPERSET_FILTER")),
    scenario(
        "Plain terms that say the same.",
        pattern(" ".join(f"?{name}" for name in SECURITY_GROUP_EVENTS)),
        expected=passes(),
    ),
    scenario(
        "The service of the control beside its events does no harm.",
        pattern('{ $.eventSource = "ec2.amazonaws.com" && (' + inner(SECURITY_GROUPS) + ") }"),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Successful calls, by the absence of an error, and failed ones in a second filter: together all.",
        pattern("{ ($.errorCode NOT EXISTS) && (" + inner(SECURITY_GROUPS) + ") }"),
        another_chain("failed", '{ ($.errorCode = "*") && (' + inner(SECURITY_GROUPS) + ") }"),
        another_chain("odd", "{ ($.errorCode IS NULL) && (" + inner(SECURITY_GROUPS) + ") }"),
        expected=open_because("PATTERN_UNDECIDED", "UNDECIDED"),
    ),
    scenario(
        "Two filters that share the events, each with its own alarm, cover together.",
        pattern(FIRST_THREE),
        another_chain("rest", LAST_FOUR),
        expected=passes(code="COVERED_TOGETHER"),
    ),
    scenario(
        "Two filters that feed the same metric cover together, over one alarm.",
        pattern(FIRST_THREE),
        another_filter("rest", LAST_FOUR),
        expected=passes(code="COVERED_TOGETHER"),
    ),
    scenario(
        "One filter per event.",
        pattern(any_event(SECURITY_GROUP_EVENTS[0])),
        *(another_chain(name, any_event(name)) for name in SECURITY_GROUP_EVENTS[1:]),
        expected=passes(code="COVERED_TOGETHER"),
    ),
    scenario(
        "A second filter with a broken alarm changes nothing.",
        another_filter("more", SIX, "Unwatched"),
        expected=passes(),
    ),
    scenario(
        "A second filter that cannot be read changes nothing where the first covers alone.",
        another_filter("odd", "{ $.eventName == CreateVpc }", "Odd"),
        another_alarm("odd", "Odd"),
        expected=passes(),
    ),
    scenario(
        "Filters of two trails cover together, each behind its own log group.",
        pattern(FIRST_THREE),
        second_trail(),
        lambda organization: organization.filters.update(
            {group_arn(MEMBER, "second"): [dict(organization.filters[group_arn()][0], filterPattern=LAST_FOUR)]}
        ),
        expected=passes(code="COVERED_TOGETHER"),
    ),
]

NOT_COVERED = [
    scenario("No filter at all.", no_filters, expected=fails("filter", "NO_FILTERS")),
    scenario(
        "Filters on other events only.",
        pattern("{ $.eventName = CreateVpc }"),
        expected=fails("filter", "NO_FILTER_FOR_CONTROL"),
    ),
    scenario("One event missing.", pattern(SIX), expected=INCOMPLETE.saying("ModifySecurityGroupRules")),
    scenario(
        "Terms joined by && hold never.",
        pattern(SECURITY_GROUPS.replace("||", "&&")),
        expected=fails("filter", "NO_FILTER_FOR_CONTROL"),
    ),
    scenario(
        "A contradicting conjunct.",
        pattern("{ ($.eventName = CreateVpc) && (" + inner(SECURITY_GROUPS) + ") }"),
        expected=fails("filter", "NO_FILTER_FOR_CONTROL"),
    ),
    scenario(
        "Root only.",
        pattern('{ ($.userIdentity.type = "Root") && (' + inner(SECURITY_GROUPS) + ") }"),
        expected=INCOMPLETE,
    ),
    scenario(
        "One region only.",
        pattern('{ ($.awsRegion = "eu-west-1") && (' + inner(SECURITY_GROUPS) + ") }"),
        expected=INCOMPLETE,
    ),
    scenario(
        "Failed calls only.",
        pattern('{ ($.errorCode = "*") && (' + inner(SECURITY_GROUPS) + ") }"),
        expected=INCOMPLETE,
    ),
    scenario(
        "A case change.",
        pattern(SECURITY_GROUPS.replace("CreateSecurityGroup", "createSecurityGroup")),
        expected=INCOMPLETE,
    ),
    scenario(
        "The wrong service beside the events.",
        pattern('{ $.eventSource = "iam.amazonaws.com" && (' + inner(SECURITY_GROUPS) + ") }"),
        expected=fails("filter", "FILTER_INCOMPLETE"),
    ),
    scenario(
        "All but one role: an absent field is not different from a value.",
        pattern(
            '{ ($.userIdentity.sessionContext.sessionIssuer.userName != "Deploy") && (' + inner(SECURITY_GROUPS) + ") }"
        ),
        expected=INCOMPLETE,
    ),
    scenario(
        "&& binds before ||: the wrong service belongs to the first event alone.",
        pattern('{ $.eventSource = "iam.amazonaws.com" && ' + inner(SECURITY_GROUPS) + " }"),
        expected=INCOMPLETE.saying(SECURITY_GROUP_EVENTS[0]),
    ),
    scenario(
        "Beside another term the alternatives of plain terms are ignored.",
        pattern("ec2 " + " ".join(f"?{name}" for name in SECURITY_GROUP_EVENTS) + " -dryRun"),
        expected=INCOMPLETE,
    ),
    scenario(
        "A second filter covers the rest, but its alarm is broken: it contributes nothing.",
        pattern(FIRST_THREE),
        another_chain("rest", LAST_FOUR),
        lambda organization: organization.alarms[MEMBER, REGION][1].update(ActionsEnabled=False),
        expected=fails("action", "ACTIONS_DISABLED"),
    ),
    scenario(
        "The filters are on a local log group of the same name in another account.",
        log_group_moves(group_arn(OTHER)),
        expected=fails("filter", "NO_FILTERS"),
    ),
    scenario(
        "The filters are on a log group of the same name in another region.",
        log_group_moves(group_arn(region=ELSEWHERE)),
        expected=fails("filter", "NO_FILTERS"),
    ),
    scenario(
        "The filters are on a log group whose name begins the same.",
        log_group_moves(group_arn(name="trail-log-2")),
        expected=fails("filter", "NO_FILTERS"),
    ),
    scenario(
        "The trail delivers to another log group than the one with the filters.",
        trail(CloudWatchLogsLogGroupArn=group_arn(name="new") + ":*"),
        lambda organization: organization.filters.setdefault(group_arn(name="new"), []),
        expected=fails("filter", "NO_FILTERS"),
    ),
    scenario(
        "Half the events through a dead trail, half through a live one.",
        pattern(FIRST_THREE),
        second_trail(),
        lambda organization: organization.filters.update(
            {group_arn(MEMBER, "second"): [dict(organization.filters[group_arn()][0], filterPattern=LAST_FOUR)]}
        ),
        lambda organization: organization.trails[1].status.update(IsLogging=False),
        expected=INCOMPLETE,
    ),
]

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
    scenario("The metric has no name.", metric(metricName=GONE), expected=fails("metric", "NO_METRIC")),
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

DEPLOY = '{ $.userIdentity.sessionContext.sessionIssuer.userName = "Deploy" }'
NOT_DEPLOY = (
    "{ (($.userIdentity.sessionContext.sessionIssuer.userName NOT EXISTS) || "
    '($.userIdentity.sessionContext.sessionIssuer.userName != "Deploy")) && (' + inner(SECURITY_GROUPS) + ") }"
)


def tuned(exclude: str = DEPLOY, expires: date = date(2027, 3, 31), control: str = "security_group_changes") -> Config:
    return Config(tuning=(Tuning(control, exclude, "pipelines", "CISO", expires),))


TUNING = [
    scenario(
        "An accepted exclusion, and nothing else is left out.",
        pattern(NOT_DEPLOY),
        expected=passes("TUNED").noting("TUNING_ASSUMES_TEXT"),
        config=tuned(),
    ),
    scenario("The same exclusion without acceptance.", pattern(NOT_DEPLOY), expected=INCOMPLETE),
    scenario(
        "Accepted until yesterday: not applied.",
        pattern(NOT_DEPLOY),
        expected=INCOMPLETE,
        config=tuned(expires=date(2026, 11, 22)),
    ),
    scenario(
        "Accepted until today: applied.",
        pattern(NOT_DEPLOY),
        expected=passes("TUNED"),
        config=tuned(expires=date(2026, 11, 23)),
    ),
    scenario(
        "Accepted for another control.",
        pattern(NOT_DEPLOY),
        expected=INCOMPLETE,
        config=tuned(control="vpc_changes"),
    ),
    scenario(
        "The filter leaves out more than was accepted.",
        pattern(NOT_DEPLOY.replace('"Deploy"', '"D*"')),
        expected=INCOMPLETE,
        config=tuned(),
    ),
    scenario(
        "An exclusion that is accepted, but not made use of.",
        expected=passes("COMPLETE").without("TUNING_ASSUMES_TEXT"),
        config=tuned(),
    ),
    scenario(
        "Tuned and limited to the service of the control.",
        pattern(NOT_DEPLOY[:-1] + '&& ($.eventSource = "ec2.amazonaws.com") }'),
        expected=passes("TUNED"),
        config=tuned(),
    ),
    scenario(
        "An exclusion by event name assumes nothing.",
        pattern(SIX),
        expected=passes("TUNED").without("TUNING_ASSUMES_TEXT"),
        config=tuned("{ $.eventName = ModifySecurityGroupRules }"),
    ),
    scenario(
        "An exclusion of everything is not a narrowing: it is not applied.",
        no_filters,
        expected=fails("filter", "NO_FILTERS"),
        config=tuned("{ $.eventName = * }"),
    ),
    scenario(
        "An exclusion of reads cannot make a control on writes hold without filters.",
        no_filters,
        expected=fails("filter", "NO_FILTERS"),
        config=tuned("{ $.readOnly IS TRUE }"),
    ),
    scenario(
        "An exclusion on the event's category cannot make it hold either.",
        no_filters,
        expected=fails("filter", "NO_FILTERS"),
        config=tuned("{ $.managementEvent IS FALSE }"),
    ),
]

OWN = OwnControl("bucket_deletion", "ORG-1", "Bucket deletion", "{ $.eventName = DeleteBucket }", "s3.amazonaws.com")

OWN_CONTROLS = [
    scenario(
        "A control of one's own is judged like any other.",
        pattern("{ $.eventName = Delete* }"),
        expected=passes(),
        control="bucket_deletion",
        config=Config(controls=(OWN,)),
    ),
    scenario(
        "A control of one's own, not covered.",
        expected=fails("filter", "NO_FILTER_FOR_CONTROL"),
        control="bucket_deletion",
        config=Config(controls=(OWN,)),
    ),
    scenario(
        "A control of one's own, limited to its service.",
        pattern('{ $.eventName = DeleteBucket && $.eventSource = "s3.amazonaws.com" }'),
        expected=passes("IN_SCOPE"),
        control="bucket_deletion",
        config=Config(controls=(OWN,)),
    ),
    scenario(
        "A control of one's own about events that this account never has: nothing to prove a chain by.",
        expected=open_because("CRITERION_EMPTY"),
        control="elsewhere",
        config=Config(
            controls=(
                OwnControl(
                    "elsewhere",
                    "ORG-2",
                    "Elsewhere",
                    f'{{ $.eventName = DeleteBucket && $.recipientAccountId = "{OTHER}" }}',
                    "s3.amazonaws.com",
                ),
            )
        ),
    ),
]


@rows_of(COVERED, NOT_COVERED)
def test_coverage(one):
    check(one)


@rows_of(UNDECIDED)
def test_what_a_filter_sees(one):
    check(one)


@rows_of(METRIC)
def test_metric(one):
    check(one)


@rows_of(TUNING)
def test_tuning(one):
    check(one)


@rows_of(OWN_CONTROLS)
def test_own_controls(one):
    check(one)
