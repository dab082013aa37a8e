"""The verdict table: the trail, and its delivery to a log group."""

from orgaudit.model.settings import Config
from tests.evaluation.changes import (
    GONE,
    log_group_deleted,
    no_trail,
    of_second,
    refused,
    role_refused,
    second_trail,
    status,
    throttled,
    trail,
)
from tests.evaluation.scenario import audit, check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import ELSEWHERE, MEMBER, REGION, ago, group_arn

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
    from orgaudit.evaluation import assess
    from tests.evaluation.scenario import only

    frames = organization.frames(only("security_group_changes", Config()), started_at=started_at)
    row = next(row for row in assess(frames).rows if row["account_id"] == MEMBER)
    return row["result"], [note["code"] for note in row["observations"]]
