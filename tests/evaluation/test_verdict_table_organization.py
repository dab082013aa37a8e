"""The verdict table: the organization's own events, and monitoring accounts beside an organization trail."""

from tests.evaluation.changes import (
    role_refused,
)
from tests.evaluation.changes_of_alarms import (
    monitored_by,
)
from tests.evaluation.recorded import Organization, inherited_chain, management_chain, own_chain
from tests.evaluation.scenario import Expected, check, fails, passes
from tests.evaluation.scenario import scenario as plain
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    CENTRAL,
    MANAGEMENT,
    MEMBER,
    OTHER,
    a_trail,
    group_arn,
)


def scenario(why, *changes, expected, start=inherited_chain, **more):
    return plain(why, *changes, expected=expected, start=start, **more)


ORGANIZATION_EVENTS = "{ $.eventSource = organizations.amazonaws.com }"


def watching_organization(organization: Organization) -> None:
    for filters in organization.filters.values():
        filters[0]["filterPattern"] = ORGANIZATION_EVENTS


def only_management(organization: Organization) -> None:
    for filters in organization.filters.values():
        filters[0]["filterPattern"] = (
            '{ $.eventSource = organizations.amazonaws.com && $.recipientAccountId = "' + MANAGEMENT + '" }'
        )


def trail_of_management_alone(organization: Organization) -> None:
    organization.trails[0].description["IsOrganizationTrail"] = False


NOT_APPLICABLE = Expected("NOT_APPLICABLE", "NOT_MANAGEMENT_ACCOUNT")


CHANGES = {"control": "organizations_changes"}


ORGANIZATION = [
    scenario(
        "Organizations' own events have a meaning in the management account alone.", expected=NOT_APPLICABLE, **CHANGES
    ),
    scenario(
        "That holds also for a member that could not be read.", role_refused(MEMBER), expected=NOT_APPLICABLE, **CHANGES
    ),
    scenario(
        "The management account, by filters on every account.",
        watching_organization,
        expected=passes(inherited_from=CENTRAL).without("MEMBER_EVENTS_NOT_COVERED"),
        account=MANAGEMENT,
        **CHANGES,
    ),
    scenario(
        "The management account, by filters on itself alone.",
        only_management,
        expected=passes(inherited_from=CENTRAL).noting("MEMBER_EVENTS_NOT_COVERED"),
        account=MANAGEMENT,
        **CHANGES,
    ),
    scenario(
        "The management account, by a trail that records it alone: what a delegated administrator does is not there.",
        trail_of_management_alone,
        watching_organization,
        start=management_chain,
        expected=passes().noting("MEMBER_EVENTS_NOT_COVERED"),
        account=MANAGEMENT,
        **CHANGES,
    ),
    scenario(
        "The management account without a filter for it.",
        expected=fails("filter", "NO_FILTER_FOR_CONTROL", CENTRAL),
        account=MANAGEMENT,
        **CHANGES,
    ),
]


MONITORED = [
    plain(
        "A monitoring account watches a member's own metric, while an organization trail covers nothing.",
        monitored_by(),
        lambda organization: organization.trails.append(
            a_trail(MANAGEMENT, "organization", group_arn(OTHER), organization=True)
        ),
        lambda organization: organization.filters.setdefault(group_arn(OTHER), []),
        start=own_chain,
        expected=passes(),
    ),
]


@rows_of(ORGANIZATION)
def test_organizations_changes(one):
    check(one)


@rows_of(MONITORED)
def test_monitoring_accounts_and_organization_trails(one):
    check(one)
