"""The verdict table: versions of the benchmark, and other routes to the same events."""

from orgaudit.controls import VERSIONS
from tests.evaluation.changes import refused, status
from tests.evaluation.changes_of_alarms import (
    no_filters,
    pattern,
)
from tests.evaluation.recorded import Organization
from tests.evaluation.scenario import Change, check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    MANAGEMENT,
    MEMBER,
    REGION,
    SECURITY_GROUP_EVENTS,
    any_event,
    group_arn,
)

SIX = any_event(*SECURITY_GROUP_EVENTS[:6])


DENIED = '($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")'


EXCEPTED = '($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket")'


INTENDED = f"{{ ({DENIED}) && {EXCEPTED} }}"


AS_PRINTED = f"{{ {DENIED} && {EXCEPTED} }}"


WITHOUT_MFA = '($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes")'


FOUR_CLAUSES = (
    f'{{ {WITHOUT_MFA} && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }}'
)


INCOMPLETE = fails("filter", "FILTER_INCOMPLETE")


DENIALS = {"control": "unauthorized_api_calls"}


SIGN_IN = {"control": "console_signin_without_mfa"}


EDITIONS = [
    *(
        scenario(
            f"Six security group events are enough in {version}.", pattern(SIX), expected=passes(), benchmark=version
        )
        for version in VERSIONS[: VERSIONS.index("5.0.0")]
    ),
    *(
        scenario(
            f"Six security group events are one too few in {version}.",
            pattern(SIX),
            expected=INCOMPLETE.saying("ModifySecurityGroupRules"),
            benchmark=version,
        )
        for version in VERSIONS[VERSIONS.index("5.0.0") :]
    ),
    scenario("4.0.0 is 4.0.1.", pattern(SIX), expected=passes(), benchmark="4.0.0"),
    scenario(
        "Refused calls in 1.2.0: all of them.",
        pattern(f"{{ {DENIED} }}"),
        expected=passes(),
        benchmark="1.2.0",
        **DENIALS,
    ),
    scenario(
        "Refused calls in 1.2.0: later exceptions are a hole.",
        pattern(INTENDED),
        expected=INCOMPLETE,
        benchmark="1.2.0",
        **DENIALS,
    ),
    scenario(
        "Refused calls in 1.4.0: what is intended, although the print says otherwise.",
        pattern(INTENDED),
        expected=passes().noting("PRINTED_TEXT_NOT_COVERED"),
        benchmark="1.4.0",
        **DENIALS,
    ),
    scenario(
        "Refused calls in 5.0.0: what is intended.",
        pattern(INTENDED),
        expected=passes().noting("PRINTED_TEXT_NOT_COVERED"),
        benchmark="5.0.0",
        **DENIALS,
    ),
    scenario(
        "Refused calls in 5.0.0: the printed text covers itself and what is intended.",
        pattern(AS_PRINTED),
        expected=passes().without("PRINTED_TEXT_NOT_COVERED"),
        benchmark="5.0.0",
        **DENIALS,
    ),
    scenario(
        "Refused calls in 7.0.0: all of them are more than asked.",
        pattern(f"{{ {DENIED} }}"),
        expected=passes().without("PRINTED_TEXT_NOT_COVERED").noting("SUPERSET_FILTER"),
        **DENIALS,
    ),
    scenario(
        "Refused calls: one of the two errors only.",
        pattern('{ $.errorCode = "AccessDenied*" }'),
        expected=INCOMPLETE,
        **DENIALS,
    ),
    scenario(
        "Sign-ins without MFA: the plain form.",
        pattern(f"{{ {WITHOUT_MFA} }}"),
        expected=passes().without("SUPERSET_FILTER"),
        **SIGN_IN,
    ),
    scenario(
        "Sign-ins without MFA: the narrower form that the benchmark allows; the row names it.",
        pattern(FOUR_CLAUSES),
        expected=passes().saying("successful sign-ins of IAM users"),
        **SIGN_IN,
    ),
    scenario(
        "Sign-ins without MFA: the narrower form is not allowed in 1.2.0.",
        pattern(FOUR_CLAUSES),
        expected=INCOMPLETE,
        benchmark="1.2.0",
        **SIGN_IN,
    ),
    scenario(
        "Sign-ins without MFA: narrower than the narrower form.",
        pattern(FOUR_CLAUSES.replace("&& ($.user", '&& ($.awsRegion = "eu-west-1") && ($.user')),
        expected=INCOMPLETE,
        **SIGN_IN,
    ),
    scenario(
        "A control that its version lacks, named by the user, is judged by the text next to it.",
        pattern("{ $.eventSource = organizations.amazonaws.com }"),
        lambda organization: organization.trails[0].description.update(IsOrganizationTrail=True),
        expected=passes(inherited_from=MEMBER),
        account=MANAGEMENT,
        control="organizations_changes",
        benchmark="1.2.0",
    ),
]


@rows_of(EDITIONS)
def test_editions(one):
    check(one)


def other_route(pattern_text: str = "") -> Change:
    def change(organization: Organization) -> None:
        organization.subscription_filters[group_arn()] = [
            {
                "filterName": "siem",
                "filterPattern": pattern_text,
                "destinationArn": f"arn:aws:kinesis:{REGION}:1:stream/siem",
            }
        ]

    return change


def log_alarm(query: str) -> Change:
    return lambda organization: organization.log_alarms[MEMBER, REGION].append(
        {
            "AlarmName": "by-query",
            "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{MEMBER}:alarm:by-query",
            "ScheduledQueryConfiguration": {"LogGroupIdentifiers": [query], "QueryString": "filter eventName like /x/"},
        }
    )


BROKEN = fails("filter", "NO_FILTERS")


OTHER_ROUTES = [
    scenario(
        "A subscription filter sends the log group elsewhere: an auditor may accept that.",
        no_filters,
        other_route(),
        expected=BROKEN.noting("OTHER_ROUTE").saying("siem"),
    ),
    scenario(
        "A subscription filter on other events is no other route.",
        no_filters,
        other_route("{ $.eventName = CreateVpc }"),
        expected=BROKEN.without("OTHER_ROUTE"),
    ),
    scenario(
        "A log alarm queries the log group.",
        no_filters,
        log_alarm("trail-log"),
        expected=BROKEN.noting("OTHER_ROUTE").saying("by-query"),
    ),
    scenario(
        "A log alarm queries another log group.",
        no_filters,
        log_alarm("other-log"),
        expected=BROKEN.without("OTHER_ROUTE"),
    ),
    scenario(
        "A dead trail feeds no other route either.",
        status(IsLogging=False),
        other_route(),
        expected=fails("trail", "TRAIL_NOT_LOGGING").without("OTHER_ROUTE"),
    ),
    scenario(
        "Another route is observed where filters were refused.",
        refused("logs:DescribeMetricFilters"),
        other_route(),
        expected=open_because().noting("OTHER_ROUTE").naming("logs:DescribeMetricFilters", MEMBER, REGION),
    ),
]


@rows_of(OTHER_ROUTES)
def test_other_routes(one):
    check(one)
