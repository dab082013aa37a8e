"""The verdict table: do the filters of the trail's log group cover the control?"""

from tests.evaluation.changes import second_trail, trail
from tests.evaluation.changes_of_alarms import (
    another_alarm,
    another_chain,
    another_filter,
    log_group_moves,
    no_filters,
    pattern,
)
from tests.evaluation.scenario import check, fails, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
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
        "Absent, text and null in three filters do not make all: an error code may be a list.",
        pattern("{ ($.errorCode NOT EXISTS) && (" + inner(SECURITY_GROUPS) + ") }"),
        another_chain("failed", '{ ($.errorCode = "*") && (' + inner(SECURITY_GROUPS) + ") }"),
        another_chain("odd", "{ ($.errorCode IS NULL) && (" + inner(SECURITY_GROUPS) + ") }"),
        expected=fails("filter", "FILTER_INCOMPLETE"),
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
    scenario(
        "Fields compared without braces.",
        pattern('"$.eventName = CreateSecurityGroup"'),
        expected=fails("filter", "FILTER_INCOMPLETE").saying("without { }, so searched as words: "),
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


@rows_of(COVERED, NOT_COVERED)
def test_coverage(one):
    check(one)
