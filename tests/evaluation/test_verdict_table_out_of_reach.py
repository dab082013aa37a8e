"""The verdict table: members of an organization trail whose chain could not be read to its end."""

from tests.evaluation.changes import (
    GONE,
    administrator,
    member_status,
    refused,
    role_refused,
    status,
    trail,
)
from tests.evaluation.recorded import Organization, inherited_chain
from tests.evaluation.scenario import check, fails, open_because, passes
from tests.evaluation.scenario import scenario as plain
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    CENTRAL,
    ELSEWHERE,
    MANAGEMENT,
    MEMBER,
    OTHER,
    OUTSIDE,
    REGION,
    a_trail,
    group_arn,
)

INHERITED = passes(inherited_from=CENTRAL)


def scenario(why, *changes, expected, start=inherited_chain, **more):
    return plain(why, *changes, expected=expected, start=start, **more)


def own_trail(organization: Organization) -> None:
    """The member has a complete chain of its own beside the organization trail."""
    organization.trails.append(a_trail(MEMBER))
    organization.chain(MEMBER)


def log_group_in(account: str):
    """The organization trail delivers to a log group of this account, where the whole chain is."""

    def change(organization: Organization) -> None:
        organization.filters.clear()
        organization.alarms.clear()
        organization.topics.clear()
        trail(CloudWatchLogsLogGroupArn=group_arn(account) + ":*")(organization)
        organization.chain(account)

    return change


OUT_OF_REACH = [
    scenario(
        "The log group's account cannot be entered.",
        role_refused(CENTRAL),
        expected=open_because().naming("sts:AssumeRole", CENTRAL, "us-east-1", "AccessDenied"),
    ),
    scenario(
        "The log group is in an account outside the organization.",
        log_group_in(OUTSIDE),
        expected=open_because().naming("logs:DescribeMetricFilters", OUTSIDE, REGION, "NEVER_ASKED"),
    ),
    scenario(
        "The log group is in a third account of ours, with the whole chain.",
        log_group_in(OTHER),
        expected=passes(inherited_from=OTHER),
    ),
    scenario(
        "The central account's filters were refused.",
        refused("logs:DescribeMetricFilters", CENTRAL),
        expected=open_because().naming("logs:DescribeMetricFilters", CENTRAL, REGION),
    ),
    scenario(
        "The central account cannot be entered, but the member has a chain of its own.",
        role_refused(CENTRAL),
        own_trail,
        expected=passes(),
    ),
    scenario(
        "The central account cannot be entered, and the member's own chain is broken.",
        role_refused(CENTRAL),
        own_trail,
        lambda organization: organization.alarms[MEMBER, REGION].clear(),
        expected=open_because().naming("sts:AssumeRole", CENTRAL, "us-east-1", "AccessDenied"),
    ),
    scenario(
        "The central account cannot be entered, but the member is not recorded: no filters could help.",
        role_refused(CENTRAL),
        member_status(IsLogging=False),
        expected=fails("trail", "MEMBER_NOT_RECORDED", CENTRAL),
    ),
    scenario(
        "The member's role was refused: not evaluated, whatever the organization trail covers.",
        role_refused(MEMBER),
        expected=open_because().naming("sts:AssumeRole", MEMBER, "us-east-1", "AccessDenied"),
    ),
    scenario(
        "The member's role was refused, and the organization trail is off.",
        role_refused(MEMBER),
        status(IsLogging=False),
        expected=open_because().naming("sts:AssumeRole", MEMBER, "us-east-1", "AccessDenied"),
    ),
    scenario("Another member's role was refused: no concern of this one.", role_refused(OTHER), expected=INHERITED),
    scenario(
        "The owner's status of the trail was refused.",
        refused("cloudtrail:GetTrailStatus", MANAGEMENT),
        expected=open_because().naming("cloudtrail:GetTrailStatus", MANAGEMENT, REGION),
    ),
    scenario(
        "The owner's status was refused, a delegated administrator answers for it.",
        refused("cloudtrail:GetTrailStatus", MANAGEMENT),
        refused("cloudtrail:GetEventSelectors", MANAGEMENT),
        administrator(OTHER),
        expected=INHERITED,
    ),
    scenario(
        "The owner's status was refused, and a delegated administrator finds no such trail: that is no answer.",
        refused("cloudtrail:GetTrailStatus", MANAGEMENT),
        refused("cloudtrail:GetTrailStatus", OTHER, outcome="not_found", code="TrailNotFoundException"),
        administrator(OTHER),
        expected=open_because().naming("cloudtrail:GetTrailStatus", MANAGEMENT, REGION),
    ),
    scenario(
        "Owner and delegated administrator refused.",
        refused("cloudtrail:GetTrailStatus"),
        administrator(OTHER),
        expected=open_because().naming("cloudtrail:GetTrailStatus", MANAGEMENT, REGION),
    ),
    scenario(
        "The owner's selectors were refused; a member is never asked for them.",
        refused("cloudtrail:GetEventSelectors", MANAGEMENT),
        expected=open_because().naming("cloudtrail:GetEventSelectors", MANAGEMENT, REGION),
    ),
    scenario(
        "The owner's own list of trails was refused: the member's view shows the trail, the owner's status decides.",
        refused("cloudtrail:DescribeTrails", MANAGEMENT),
        expected=INHERITED,
    ),
    scenario(
        "The owner's list was refused, and the member's view has no log group: only the owner could tell.",
        refused("cloudtrail:DescribeTrails", MANAGEMENT),
        trail(CloudWatchLogsLogGroupArn=GONE),
        expected=open_because().naming("cloudtrail:DescribeTrails", MANAGEMENT, REGION),
    ),
    scenario(
        "The shadow trail is shown with another home region: the ARN tells where to ask.",
        trail(HomeRegion=ELSEWHERE),
        expected=INHERITED,
    ),
    scenario(
        "The central topic was refused.",
        refused("sns:GetTopicAttributes", CENTRAL),
        expected=open_because().naming("sns:GetTopicAttributes", CENTRAL, REGION),
    ),
]


@rows_of(OUT_OF_REACH)
def test_out_of_reach(one):
    check(one)
