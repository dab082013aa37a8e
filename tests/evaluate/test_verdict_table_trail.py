"""The verdict table, first part: trail, selectors and delivery of an account with a chain of its own."""

from orgaudit.model.settings import Config
from tests.evaluate.changes import (
    GONE,
    MANAGEMENT_EVENTS,
    advanced,
    basic,
    basics,
    log_group_deleted,
    no_trail,
    of_second,
    refused,
    role_refused,
    second_trail,
    selectors_answer,
    status,
    throttled,
    trail,
    where,
)
from tests.evaluate.scenario import audit, check, fails, open_because, passes, scenario
from tests.evaluate.tables import rows_of
from tests.evaluate.things import ELSEWHERE, MEMBER, REGION, ago, group_arn

READS = where("readOnly", Equals=["true"])
WRITES = where("readOnly", Equals=["false"])


def source(**operators: list[str]) -> dict[str, object]:
    return where("eventSource", **operators)


TRAIL = [
    scenario("A healthy chain: every event of the control reaches somebody.", expected=passes()),
    scenario("No trail records the account, so nothing can follow.", no_trail, expected=fails("trail", "NO_TRAIL")),
    scenario(
        "A trail that does not log records nothing.",
        status(IsLogging=False),
        expected=fails("trail", "TRAIL_NOT_LOGGING"),
    ),
    scenario(
        "A trail of one region misses the others.",
        trail(IsMultiRegionTrail=False),
        expected=fails("trail", "TRAIL_SINGLE_REGION"),
    ),
    scenario(
        "A trail without global service events misses IAM and sign-ins.",
        trail(IncludeGlobalServiceEvents=False),
        expected=fails("trail", "TRAIL_NO_GLOBAL_EVENTS"),
    ),
    scenario(
        "A trail that was deleted meanwhile is not found, asked at the right place: that is an answer.",
        refused("cloudtrail:GetTrailStatus", outcome="not_found", code="TrailNotFoundException"),
        expected=fails("trail", "TRAIL_NOT_FOUND"),
    ),
    scenario(
        "Whether the trail logs was refused: nothing else completes, so nobody knows.",
        refused("cloudtrail:GetTrailStatus"),
        expected=open_because().naming("cloudtrail:GetTrailStatus", MEMBER, REGION),
    ),
    scenario(
        "A throttled call is as open as a refused one.",
        throttled("cloudtrail:GetTrailStatus"),
        expected=open_because().naming("cloudtrail:GetTrailStatus", MEMBER, REGION, "ThrottlingException"),
    ),
    scenario(
        "A call that timed out is as open as a refused one.",
        refused("cloudtrail:GetTrailStatus", outcome="failed", code="ReadTimeoutError"),
        expected=open_because().naming("cloudtrail:GetTrailStatus", MEMBER, REGION, "ReadTimeoutError"),
    ),
    scenario(
        "The trail's status was refused, but it records one region only whatever its status.",
        refused("cloudtrail:GetTrailStatus"),
        trail(IsMultiRegionTrail=False),
        expected=fails("trail", "TRAIL_SINGLE_REGION"),
    ),
    scenario(
        "The answer lacks whether the trail is multi-region: that is not the same as no.",
        trail(IncludeGlobalServiceEvents=GONE),
        expected=open_because("TRAIL_ANSWER_INCOMPLETE"),
    ),
    scenario(
        "The answer lacks whether the trail logs: that is not the same as no.",
        status(IsLogging=GONE),
        expected=open_because("TRAIL_ANSWER_INCOMPLETE"),
    ),
    scenario(
        "The account's trails were refused in every region: not the same as having none.",
        refused("cloudtrail:DescribeTrails", MEMBER),
        expected=open_because().naming("cloudtrail:DescribeTrails", MEMBER, REGION),
    ),
    scenario(
        "Refused in one region, answered in the next: any region shows the multi-region trails.",
        refused("cloudtrail:DescribeTrails", MEMBER, region=REGION),
        expected=passes(),
    ),
    scenario(
        "An account whose role cannot be assumed is not evaluated.",
        role_refused(MEMBER),
        expected=open_because().naming("sts:AssumeRole", MEMBER, "us-east-1", "AccessDenied"),
    ),
    scenario(
        "ListTrails refused: more trails may exist, but one complete chain is enough.",
        refused("cloudtrail:ListTrails"),
        expected=passes(),
    ),
    scenario(
        "ListTrails refused and the only trail is dead: a trail that DescribeTrails does not show records one region "
        "only, so alarm controls are unaffected.",
        refused("cloudtrail:ListTrails"),
        status(IsLogging=False),
        expected=fails("trail", "TRAIL_NOT_LOGGING"),
    ),
    scenario(
        "The account's second trail is dead; the first one suffices.",
        second_trail(name="old"),
        of_second(status(IsLogging=False)),
        expected=passes(),
    ),
    scenario(
        "The status of a second trail was refused; that changes nothing while the first suffices.",
        second_trail(name="old"),
        refused("cloudtrail:GetTrailStatus", about="trail/old"),
        expected=passes(),
    ),
    scenario(
        "Of two broken chains the one that got furthest is named: the second trail fails at its log group's filters.",
        second_trail(name="new"),
        status(IsLogging=False),
        expected=fails("filter", "NO_FILTERS"),
    ),
    scenario(
        "The first trail is dead, the second's status refused, its filters are fine: a chain could still exist.",
        second_trail(name="new", group=group_arn()),
        status(IsLogging=False),
        refused("cloudtrail:GetTrailStatus", about="trail/new"),
        expected=open_because().naming("cloudtrail:GetTrailStatus", MEMBER, REGION),
    ),
    scenario(
        "The first trail is dead, the second's status refused, and the second's log group has no filter: whatever the "
        "status, no chain.",
        second_trail(name="new"),
        status(IsLogging=False),
        refused("cloudtrail:GetTrailStatus", about="trail/new"),
        expected=fails("filter", "NO_FILTERS"),
    ),
]

UNAUTHORIZED = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'


def watching(text: str):
    """The account's one filter watches something else than security groups."""
    return lambda organization: organization.filters[group_arn()][0].update(filterPattern=text)


KMS = "{ $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) }"
ROOT = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'
SIGN_IN = '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'

SELECTORS = [
    scenario("Selectors never set: AWS records all management events.", basics(), expected=passes()),
    scenario(
        "Both kinds of selectors absent from the answer: never set.",
        selectors_answer(EventSelectors=GONE),
        expected=passes(),
    ),
    scenario(
        "Write events only: changes to security groups are writes.",
        basic("WriteOnly"),
        expected=passes(),
    ),
    scenario(
        "Write events only: a console sign-in is a write.",
        basic("WriteOnly"),
        watching(SIGN_IN),
        expected=passes(),
        control="console_authentication_failures",
    ),
    scenario(
        "Write events only: refused calls are often reads.",
        basic("WriteOnly"),
        watching(UNAUTHORIZED),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
        control="unauthorized_api_calls",
    ),
    scenario(
        "Write events only: what the root user reads is not recorded.",
        basic("WriteOnly"),
        watching(ROOT),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
        control="root_account_usage",
    ),
    scenario(
        "Read events only: no change is recorded.",
        basic("ReadOnly"),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Reads in one selector and writes in another: together all.",
        basics(
            {"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True},
            {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True},
        ),
        watching(UNAUTHORIZED),
        expected=passes(),
        control="unauthorized_api_calls",
    ),
    scenario(
        "Management events switched off: data events alone.",
        basic(management=False),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "IncludeManagementEvents absent means true.",
        basic(management=GONE),
        expected=passes(),
    ),
    scenario(
        "ReadWriteType absent means All.",
        basic(GONE),
        expected=passes(),
    ),
    scenario(
        "An unknown ReadWriteType narrows in an unknown way.",
        basic("SomeOnly"),
        expected=open_because("SELECTORS_UNDECIDED"),
    ),
    scenario(
        "An unknown ReadWriteType beside a selector for everything: the other suffices.",
        basics({"ReadWriteType": "SomeOnly"}, {"ReadWriteType": "All"}),
        expected=passes(),
    ),
    scenario(
        "kms.amazonaws.com left out: security groups are another service's.",
        basic(exclude=("kms.amazonaws.com",)),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "kms.amazonaws.com left out: that breaks the control on keys.",
        basic(exclude=("kms.amazonaws.com",)),
        watching(KMS),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
        control="kms_cmk_disable_or_deletion",
    ),
    scenario(
        "kms.amazonaws.com left out: that breaks the control on refused calls of every service.",
        basic(exclude=("kms.amazonaws.com",)),
        watching(UNAUTHORIZED),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
        control="unauthorized_api_calls",
    ),
    scenario(
        "rdsdata.amazonaws.com left out: that breaks the control on the root user, who may use every service.",
        basic(exclude=("rdsdata.amazonaws.com",)),
        watching(ROOT),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
        control="root_account_usage",
    ),
    scenario(
        "rdsdata.amazonaws.com left out: the control on keys is untouched.",
        basic(exclude=("rdsdata.amazonaws.com",)),
        watching(KMS),
        expected=passes(),
        control="kms_cmk_disable_or_deletion",
    ),
    scenario(
        "The service of the control left out.",
        basic(exclude=("ec2.amazonaws.com",)),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "A source that no pattern can say is an open question, not a crash.",
        basic(exclude=("*.amazonaws.com",)),
        expected=open_because("SELECTORS_UNDECIDED"),
    ),
    scenario(
        "Two basic selectors are a union: what one leaves out the other records.",
        basics(
            {"ReadWriteType": "All", "ExcludeManagementEventSources": ["ec2.amazonaws.com"]},
            {"ReadWriteType": "WriteOnly"},
        ),
        expected=passes(),
    ),
    scenario(
        "Selectors refused.",
        refused("cloudtrail:GetEventSelectors"),
        expected=open_because().naming("cloudtrail:GetEventSelectors", MEMBER, REGION),
    ),
    scenario(
        "Selectors refused, but the log group has no filter: no selectors could help.",
        refused("cloudtrail:GetEventSelectors"),
        lambda organization: organization.filters[group_arn()].clear(),
        expected=fails("filter", "NO_FILTERS"),
    ),
    scenario(
        "The trail's status is told, and its selectors are not found: a contradiction decides nothing.",
        refused("cloudtrail:GetEventSelectors", outcome="not_found", code="TrailNotFoundException"),
        expected=open_because("SELECTORS_NOT_FOUND"),
    ),
    scenario("Advanced: all management events.", advanced([MANAGEMENT_EVENTS]), expected=passes()),
    scenario(
        "Advanced: data events only.",
        advanced([where("eventCategory", Equals=["Data"]), where("resources.type", Equals=["AWS::S3::Object"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: an odd category is an open question.",
        advanced([where("eventCategory", StartsWith=["Manage"])]),
        expected=open_because("SELECTORS_UNDECIDED"),
    ),
    scenario("Advanced: writes.", advanced([MANAGEMENT_EVENTS, WRITES]), expected=passes()),
    scenario(
        "Advanced: reads.",
        advanced([MANAGEMENT_EVENTS, READS]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: not the reads are the writes.",
        advanced([MANAGEMENT_EVENTS, where("readOnly", NotEquals=["true"])]),
        expected=passes(),
    ),
    scenario(
        "Advanced: reads or writes is everything.",
        advanced([MANAGEMENT_EVENTS, where("readOnly", Equals=["true", "false"])]),
        watching(UNAUTHORIZED),
        expected=passes(),
        control="unauthorized_api_calls",
    ),
    scenario(
        "Advanced: reads in one selector, writes in the other: together all.",
        advanced([MANAGEMENT_EVENTS, READS], [MANAGEMENT_EVENTS, WRITES]),
        watching(UNAUTHORIZED),
        expected=passes(),
        control="unauthorized_api_calls",
    ),
    scenario(
        "Advanced: a conjunction that nothing satisfies.",
        advanced([MANAGEMENT_EVENTS, READS, WRITES]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: the control's service alone.",
        advanced([MANAGEMENT_EVENTS, source(Equals=["ec2.amazonaws.com"])]),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Advanced: another service alone.",
        advanced([MANAGEMENT_EVENTS, source(Equals=["iam.amazonaws.com"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: a service by the beginning of its name.",
        advanced([MANAGEMENT_EVENTS, source(StartsWith=["ec"])]),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Advanced: services by the end of their names.",
        advanced([MANAGEMENT_EVENTS, source(EndsWith=[".amazonaws.com"])]),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Advanced: the service left out.",
        advanced([MANAGEMENT_EVENTS, source(NotEquals=["kms.amazonaws.com", "ec2.amazonaws.com"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: a service left out by the beginning of its name.",
        advanced([MANAGEMENT_EVENTS, source(NotStartsWith=["ec2"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: every service left out by the end of its name.",
        advanced([MANAGEMENT_EVENTS, source(NotEndsWith=["amazonaws.com"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: positive operators of one field are alternatives.",
        advanced([MANAGEMENT_EVENTS, source(Equals=["iam.amazonaws.com"], StartsWith=["ec2"])]),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Advanced: negated operators of one field hold all together.",
        advanced([MANAGEMENT_EVENTS, source(NotEquals=["iam.amazonaws.com"], NotStartsWith=["ec2"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: a positive and a negated operator of one field hold both.",
        advanced([MANAGEMENT_EVENTS, source(StartsWith=["e"], NotEquals=["ec2.amazonaws.com"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: what one selector leaves out another records.",
        advanced(
            [MANAGEMENT_EVENTS, source(NotEquals=["ec2.amazonaws.com"])],
            [MANAGEMENT_EVENTS, source(Equals=["ec2.amazonaws.com"]), WRITES],
        ),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Advanced: an unknown field narrows in an unknown way.",
        advanced([MANAGEMENT_EVENTS, where("userIdentity.arn", NotStartsWith=["arn:aws:iam::1"])]),
        expected=open_because("SELECTORS_UNDECIDED").saying("userIdentity.arn"),
    ),
    scenario(
        "Advanced: an unknown field does not matter where another selector suffices.",
        advanced([MANAGEMENT_EVENTS, where("eventName", Equals=["RunInstances"])], [MANAGEMENT_EVENTS, WRITES]),
        expected=passes(),
    ),
    scenario(
        "Advanced: an unknown field does not matter where the known ones already leave the control out.",
        advanced([MANAGEMENT_EVENTS, READS, where("eventName", Equals=["RunInstances"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: an unknown operator is an open question.",
        advanced([MANAGEMENT_EVENTS, source(Contains=["ec2"])]),
        expected=open_because("SELECTORS_UNDECIDED"),
    ),
    scenario(
        "A second trail records what the first leaves out, into the same log group.",
        basic("ReadOnly"),
        second_trail(name="writes", group=group_arn()),
        of_second(basic("WriteOnly")),
        expected=passes(),
    ),
]

INTEGRATION = "trail_cloudwatch_logs_integration"

DELIVERY = [
    scenario(
        "The trail delivers to no log group.",
        trail(CloudWatchLogsLogGroupArn=GONE),
        expected=fails("delivery", "NO_LOG_GROUP"),
    ),
    scenario(
        "The trail has never delivered.",
        status(LatestCloudWatchLogsDeliveryTime=GONE),
        expected=fails("delivery", "NEVER_DELIVERED"),
    ),
    scenario(
        "An error, and the last delivery is over an hour old.",
        status(LatestCloudWatchLogsDeliveryTime=ago(minutes=61), LatestCloudWatchLogsDeliveryError="AccessDenied"),
        expected=fails("delivery", "DELIVERY_ERROR"),
    ),
    scenario(
        "An error, but something was delivered within the hour.",
        status(LatestCloudWatchLogsDeliveryTime=ago(minutes=59), LatestCloudWatchLogsDeliveryError="AccessDenied"),
        expected=passes().noting("DELIVERY_ERROR_RECENT"),
    ),
    scenario(
        "No error, quiet for a day, while S3 got newer files: the log group is cut off.",
        status(LatestCloudWatchLogsDeliveryTime=ago(hours=25), LatestDeliveryTime=ago(hours=1)),
        expected=fails("delivery", "DELIVERY_STALE"),
    ),
    scenario(
        "No error, quiet for a day, S3 as well: a silent account.",
        status(LatestCloudWatchLogsDeliveryTime=ago(hours=25), LatestDeliveryTime=ago(hours=24.5)),
        expected=passes().noting("NO_RECENT_EVENTS"),
    ),
    scenario(
        "Quiet for less than a day is nothing at all.",
        status(LatestCloudWatchLogsDeliveryTime=ago(hours=23), LatestDeliveryTime=ago(minutes=1)),
        expected=passes().without("NO_RECENT_EVENTS"),
    ),
    scenario(
        "How long a trail may be quiet is a setting.",
        status(LatestCloudWatchLogsDeliveryTime=ago(hours=23), LatestDeliveryTime=ago(minutes=1)),
        expected=fails("delivery", "DELIVERY_STALE"),
        config=audit(delivery_max_age_h=12),
    ),
    scenario(
        "A silent account: the control on the integration itself is not as lenient.",
        status(LatestCloudWatchLogsDeliveryTime=ago(hours=25), LatestDeliveryTime=ago(hours=24.5)),
        expected=fails("delivery", "DELIVERY_STALE"),
        control=INTEGRATION,
        benchmark="2.0.0",
    ),
    scenario(
        "The trail's log group does not exist.",
        log_group_deleted,
        expected=fails("delivery", "LOG_GROUP_NOT_FOUND"),
    ),
    scenario(
        "The trail's log group does not exist, and the error is young.",
        log_group_deleted,
        status(LatestCloudWatchLogsDeliveryError="ResourceNotFound"),
        expected=fails("delivery", "LOG_GROUP_NOT_FOUND"),
    ),
    scenario(
        "The trail delivers to a log group of the same name in another region.",
        trail(CloudWatchLogsLogGroupArn=group_arn(region=ELSEWHERE) + ":*"),
        expected=fails("delivery", "LOG_GROUP_NOT_FOUND"),
    ),
    scenario(
        "The log group's ARN with or without its trailing sign is the same log group.",
        trail(CloudWatchLogsLogGroupArn=group_arn()),
        expected=passes(),
    ),
]


@rows_of(TRAIL)
def test_trail(one):
    check(one)


@rows_of(SELECTORS)
def test_selectors(one):
    check(one)


@rows_of(DELIVERY)
def test_delivery(one):
    check(one)


def test_the_age_of_a_delivery_does_not_grow_with_later_evaluations():
    """It is measured against the answer's own date, not against the clock."""
    one = DELIVERY[6]
    organization = one.organization()
    rows = [assess_at(organization, moment) for moment in ("2026-11-23T10:15:00Z", "2030-01-01T00:00:00Z")]
    assert rows[0] == rows[1] == ("PASS", [])


def assess_at(organization, started_at):
    from orgaudit.evaluate import assess
    from tests.evaluate.scenario import only

    frames = organization.frames(only("security_group_changes", Config()), started_at=started_at)
    row = next(row for row in assess(frames).rows if row["account_id"] == MEMBER)
    return row["result"], [note["code"] for note in row["observations"]]
