"""The verdict table, seventh part: the controls on trails themselves."""

from orgaudit.controls import CATALOG
from tests.evaluation.changes import (
    GONE,
    advanced,
    basic,
    member_status,
    no_trail,
    of_second,
    refused,
    role_refused,
    second_trail,
    status,
    trail,
    trusted_access_off,
    where,
)
from tests.evaluation.recorded import inherited_chain
from tests.evaluation.scenario import Expected, check, fails, open_because, passes
from tests.evaluation.scenario import scenario as plain
from tests.evaluation.tables import rows_of
from tests.evaluation.things import ELSEWHERE, MANAGEMENT, MEMBER, REGION, ago, group_arn

SATISFIED = passes(coverage=None, code="SATISFIED")
INHERITED = passes(coverage=None, inherited_from=MANAGEMENT, code="SATISFIED")
REGIONS, EVENTS, VALIDATION = "trail_multi_region", "trail_management_events", "trail_log_file_validation"
LOGS, KEY, ORGANIZATION = "trail_cloudwatch_logs_integration", "trail_kms_encryption", "org_trail"
EXCLUDES = fails("selectors", "SELECTORS_EXCLUDE")


def scenario(why, *changes, expected: Expected, control: str, **more):
    benchmark = "2.0.0" if control == LOGS else "7.0.0"  # later versions have no section for it
    return plain(why, *changes, expected=expected, control=control, benchmark=benchmark, **more)


def listed_elsewhere(organization):
    """ListTrails names a trail of another region, which records that region only."""
    organization.listed_only.append(
        {
            "Name": "far",
            "TrailARN": f"arn:aws:cloudtrail:{ELSEWHERE}:{MEMBER}:trail/far",
            "HomeRegion": ELSEWHERE,
        }
    )


OF_ANOTHER_REGION = f"arn:aws:cloudtrail:{ELSEWHERE}:{MEMBER}:trail/second"


def in_other_region(organization):
    """The second trail is one of another region, shown there only."""
    organization.trails[-1].description.update(
        TrailARN=OF_ANOTHER_REGION, HomeRegion=ELSEWHERE, IsMultiRegionTrail=False
    )


ONE_IS_ENOUGH = [
    *(
        scenario(why, change, expected=expected, control=control)
        for control in (REGIONS, EVENTS)
        for why, change, expected in (
            (f"{control}: a healthy trail.", lambda organization: None, SATISFIED),
            (f"{control}: no trail.", no_trail, fails("trail", "NO_TRAIL")),
            (f"{control}: a trail that does not log.", status(IsLogging=False), fails("trail", "TRAIL_NOT_LOGGING")),
            (f"{control}: one region.", trail(IsMultiRegionTrail=False), fails("trail", "TRAIL_SINGLE_REGION")),
            (
                f"{control}: status refused.",
                refused("cloudtrail:GetTrailStatus"),
                open_because().naming("cloudtrail:GetTrailStatus", MEMBER, REGION),
            ),
            (
                f"{control}: trails refused.",
                refused("cloudtrail:DescribeTrails", MEMBER),
                open_because().naming("cloudtrail:DescribeTrails", MEMBER, REGION),
            ),
            (
                f"{control}: role refused.",
                role_refused(MEMBER),
                open_because().naming("sts:AssumeRole", MEMBER, "us-east-1", "AccessDenied"),
            ),
            (f"{control}: ListTrails refused does not matter.", refused("cloudtrail:ListTrails"), SATISFIED),
            (f"{control}: a trail without log group is a trail.", trail(CloudWatchLogsLogGroupArn=GONE), SATISFIED),
        )
    ),
    scenario("Selectors do not matter for regions.", basic("ReadOnly"), expected=SATISFIED, control=REGIONS),
    scenario("Reads only.", basic("ReadOnly"), expected=EXCLUDES, control=EVENTS),
    scenario("Writes only.", basic("WriteOnly"), expected=EXCLUDES, control=EVENTS),
    scenario("One service left out.", basic(exclude=("kms.amazonaws.com",)), expected=EXCLUDES, control=EVENTS),
    scenario("No management events.", basic(management=False), expected=EXCLUDES, control=EVENTS),
    scenario(
        "Advanced: all management events.",
        advanced([where("eventCategory", Equals=["Management"])]),
        expected=SATISFIED,
        control=EVENTS,
    ),
    scenario(
        "Advanced: reads and writes in two selectors.",
        advanced(
            *(
                [where("eventCategory", Equals=["Management"]), where("readOnly", Equals=[word])]
                for word in ("true", "false")
            )
        ),
        expected=SATISFIED,
        control=EVENTS,
    ),
    scenario(
        "Advanced: an unknown field.",
        advanced([where("eventCategory", Equals=["Management"]), where("userName", Equals=["x"])]),
        expected=open_because("SELECTORS_UNDECIDED"),
        control=EVENTS,
    ),
    scenario(
        "Selectors refused.",
        refused("cloudtrail:GetEventSelectors"),
        expected=open_because().naming("cloudtrail:GetEventSelectors", MEMBER, REGION),
        control=EVENTS,
    ),
    scenario(
        "Two trails, each with half of the events: no single one has all.",
        basic("ReadOnly"),
        second_trail(),
        of_second(basic("WriteOnly")),
        expected=EXCLUDES,
        control=EVENTS,
    ),
    scenario("A second trail has everything.", basic("ReadOnly"), second_trail(), expected=SATISFIED, control=EVENTS),
    scenario("An organization trail records the member.", expected=INHERITED, control=REGIONS, start=inherited_chain),
    scenario(
        "An organization trail records the member's management events.",
        expected=INHERITED,
        control=EVENTS,
        start=inherited_chain,
    ),
    scenario(
        "The organization trail does not log this member.",
        member_status(IsLogging=False),
        expected=fails("trail", "MEMBER_NOT_RECORDED", MANAGEMENT),
        control=REGIONS,
        start=inherited_chain,
    ),
    scenario(
        "No trusted access.",
        trusted_access_off,
        expected=fails("trail", "TRUSTED_ACCESS_OFF", MANAGEMENT),
        control=REGIONS,
        start=inherited_chain,
    ),
    scenario(
        "An organization trail, asked for by name.", expected=INHERITED, control=ORGANIZATION, start=inherited_chain
    ),
    scenario(
        "The management account has it as its own.",
        expected=SATISFIED,
        control=ORGANIZATION,
        start=inherited_chain,
        account=MANAGEMENT,
    ),
    scenario(
        "A trail of the account alone is no organization trail.",
        expected=fails("trail", "NO_ORGANIZATION_TRAIL"),
        control=ORGANIZATION,
    ),
    scenario(
        "An organization trail that is off.",
        status(IsLogging=False),
        expected=fails("trail", "TRAIL_NOT_LOGGING", MANAGEMENT),
        control=ORGANIZATION,
        start=inherited_chain,
    ),
]

VALIDATES_NOT = fails("trail", "NO_LOG_FILE_VALIDATION")
NO_KEY = fails("trail", "NO_KMS_KEY")
BOTH = second_trail()

EVERY_TRAIL = [
    *(
        scenario(why, *changes, expected=expected, control=control)
        for control in (VALIDATION, KEY, LOGS)
        for why, changes, expected in (
            (f"{control}: one healthy trail.", [], SATISFIED),
            (f"{control}: two healthy trails.", [BOTH], SATISFIED),
            (f"{control}: no trail.", [no_trail], fails("trail", "NO_TRAIL")),
            (f"{control}: no trail that logs.", [status(IsLogging=False)], fails("trail", "NO_LOGGING_TRAIL")),
            (f"{control}: a single-region trail that logs counts.", [trail(IsMultiRegionTrail=False)], SATISFIED),
            (
                f"{control}: ListTrails refused: there may be more.",
                [refused("cloudtrail:ListTrails")],
                open_because().naming("cloudtrail:ListTrails", MEMBER, REGION),
            ),
            (
                f"{control}: a trail in another region whose details were refused.",
                [listed_elsewhere, refused("cloudtrail:DescribeTrails", region=ELSEWHERE)],
                open_because().naming("cloudtrail:DescribeTrails", MEMBER, ELSEWHERE),
            ),
            (f"{control}: a trail in another region, healthy too.", [BOTH, in_other_region], SATISFIED),
            (
                f"{control}: whether the trail logs was refused.",
                [refused("cloudtrail:GetTrailStatus")],
                open_because().naming("cloudtrail:GetTrailStatus", MEMBER, REGION),
            ),
            (
                f"{control}: trails refused.",
                [refused("cloudtrail:DescribeTrails", MEMBER)],
                open_because().naming("cloudtrail:DescribeTrails", MEMBER, REGION),
            ),
            (
                f"{control}: none logs, and ListTrails was refused.",
                [status(IsLogging=False), refused("cloudtrail:ListTrails")],
                open_because().naming("cloudtrail:ListTrails", MEMBER, REGION),
            ),
        )
    ),
    scenario("No validation.", trail(LogFileValidationEnabled=False), expected=VALIDATES_NOT, control=VALIDATION),
    scenario(
        "Whether it validates is missing from the answer.",
        trail(LogFileValidationEnabled=GONE),
        expected=open_because("TRAIL_ANSWER_INCOMPLETE"),
        control=VALIDATION,
    ),
    scenario(
        "Of two trails one does not validate: it is named.",
        BOTH,
        of_second(trail(LogFileValidationEnabled=False)),
        expected=VALIDATES_NOT.saying("Trail second"),
        control=VALIDATION,
    ),
    scenario(
        "Of two trails the one that does not validate does not log either.",
        BOTH,
        of_second(trail(LogFileValidationEnabled=False)),
        of_second(status(IsLogging=False)),
        expected=SATISFIED,
        control=VALIDATION,
    ),
    scenario(
        "A trail of another region does not validate.",
        BOTH,
        in_other_region,
        lambda organization: organization.trails[-1].description.update(LogFileValidationEnabled=False),
        expected=VALIDATES_NOT,
        control=VALIDATION,
    ),
    scenario(
        "Not validating is a FAIL whatever else was refused.",
        trail(LogFileValidationEnabled=False),
        refused("cloudtrail:ListTrails"),
        expected=VALIDATES_NOT,
        control=VALIDATION,
    ),
    scenario("No key.", trail(KmsKeyId=GONE), expected=NO_KEY, control=KEY),
    scenario(
        "Two trails without key: both are named.",
        BOTH,
        trail(KmsKeyId=GONE),
        of_second(trail(KmsKeyId=GONE)),
        expected=NO_KEY.saying("Trail second"),
        control=KEY,
    ),
    scenario(
        "The organization trail has no key: the member's finding too.",
        trail(KmsKeyId=GONE),
        expected=fails("trail", "NO_KMS_KEY", MANAGEMENT),
        control=KEY,
        start=inherited_chain,
    ),
    scenario("The organization trail is healthy.", expected=INHERITED, control=KEY, start=inherited_chain),
    scenario(
        "The organization trail is judged at its owner, who refuses.",
        refused("cloudtrail:DescribeTrails", MANAGEMENT),
        expected=open_because().naming("cloudtrail:DescribeTrails", MANAGEMENT, REGION),
        control=KEY,
        start=inherited_chain,
    ),
    scenario(
        "The organization trail's validation is judged at its owner, who refuses.",
        refused("cloudtrail:DescribeTrails", MANAGEMENT),
        expected=open_because().naming("cloudtrail:DescribeTrails", MANAGEMENT, REGION),
        control=VALIDATION,
        start=inherited_chain,
    ),
    scenario(
        "The member's own trail is healthy, the organization trail does not validate.",
        trail(LogFileValidationEnabled=False),
        second_trail(),
        expected=fails("trail", "NO_LOG_FILE_VALIDATION", MANAGEMENT),
        control=VALIDATION,
        start=inherited_chain,
    ),
    scenario(
        "No log group.", trail(CloudWatchLogsLogGroupArn=GONE), expected=fails("delivery", "NO_LOG_GROUP"), control=LOGS
    ),
    scenario(
        "Never delivered.",
        status(LatestCloudWatchLogsDeliveryTime=GONE),
        expected=fails("delivery", "NEVER_DELIVERED"),
        control=LOGS,
    ),
    scenario(
        "One of two trails has no log group.",
        BOTH,
        of_second(trail(CloudWatchLogsLogGroupArn=GONE)),
        expected=fails("delivery", "NO_LOG_GROUP").saying("Trail second"),
        control=LOGS,
    ),
    scenario(
        "Quiet for a day.",
        status(LatestCloudWatchLogsDeliveryTime=ago(hours=25), LatestDeliveryTime=ago(hours=25)),
        expected=fails("delivery", "DELIVERY_STALE"),
        control=LOGS,
    ),
    scenario(
        "A young error.",
        status(LatestCloudWatchLogsDeliveryError="x"),
        expected=SATISFIED.noting("DELIVERY_ERROR_RECENT"),
        control=LOGS,
    ),
    scenario(
        "The log group is another account's and cannot be read: delivery is the trail's to tell.",
        trail(CloudWatchLogsLogGroupArn=group_arn("888888888888") + ":*"),
        expected=SATISFIED,
        control=LOGS,
    ),
]


@rows_of(ONE_IS_ENOUGH)
def test_one_trail_is_enough(one):
    check(one)


@rows_of(EVERY_TRAIL)
def test_every_logging_trail(one):
    check(one)


def test_all_trail_controls_are_in_the_table():
    judged = {one.control for one in (*ONE_IS_ENOUGH, *EVERY_TRAIL)}
    assert judged == {key for key, control in CATALOG.items() if control.family == "trail"}
