"""The verdict table: organization trails, and what members inherit from the chain behind them."""

from orgaudit.model.settings import Config
from tests.evaluation.changes import (
    GONE,
    basic,
    log_group_deleted,
    member_status,
    of_second,
    refused,
    second_trail,
    status,
    trail,
    trusted_access_off,
)
from tests.evaluation.changes_of_alarms import (
    alarm,
    filter_,
    no_alarm,
    no_filters,
    pattern,
)
from tests.evaluation.changes_of_topics import subscriptions, topic_moves
from tests.evaluation.recorded import Organization, inherited_chain, management_chain
from tests.evaluation.scenario import check, fails, open_because, passes, verdict
from tests.evaluation.scenario import scenario as plain
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    CENTRAL,
    MANAGEMENT,
    MEMBER,
    OTHER,
    REGION,
    SECURITY_GROUP_EVENTS,
    SECURITY_GROUPS,
    a_filter,
    a_trail,
    an_alarm,
    any_event,
    group_arn,
)

INHERITED = passes(inherited_from=CENTRAL)


def scenario(why, *changes, expected, start=inherited_chain, **more):
    return plain(why, *changes, expected=expected, start=start, **more)


def inner(text: str) -> str:
    return text.strip("{ }")


def for_account(*accounts: str) -> str:
    named = " || ".join(f'$.recipientAccountId = "{account}"' for account in accounts)
    return "{ (" + named + ") && (" + inner(SECURITY_GROUPS) + ") }"


def local_chain(organization: Organization) -> None:
    """The member has a log group of the same name, with filters and alarms, that no trail delivers to."""
    organization.chain(MEMBER)


def own_trail(organization: Organization) -> None:
    """The member has a complete chain of its own beside the organization trail."""
    organization.trails.append(a_trail(MEMBER))
    organization.chain(MEMBER)


REACHED = [
    scenario(
        "A member without a trail of its own inherits the chain behind the organization trail.", expected=INHERITED
    ),
    scenario(
        "The log group is in the management account.",
        start=management_chain,
        expected=passes(inherited_from=MANAGEMENT),
    ),
    scenario("For the log group's own account the chain is its own.", expected=passes(), account=CENTRAL),
    scenario(
        "The management account inherits from the log group's account too.", expected=INHERITED, account=MANAGEMENT
    ),
    scenario(
        "The management account whose own trail it is, with its own log group.",
        start=management_chain,
        expected=passes(),
        account=MANAGEMENT,
    ),
    scenario(
        "The organization trail's ARN is told.",
        expected=INHERITED.saying(f"arn:aws:cloudtrail:{REGION}:{MANAGEMENT}:trail/organization"),
    ),
    scenario("Filters that name this member cover it.", pattern(for_account(MEMBER)), expected=INHERITED),
    scenario(
        "Filters that name another member do not cover this one.",
        pattern(for_account(OTHER)),
        expected=fails("filter", "NO_FILTER_FOR_CONTROL", CENTRAL),
    ),
    scenario(
        "Filters that name some members cover each of them.", pattern(for_account(OTHER, MEMBER)), expected=INHERITED
    ),
    scenario(
        "Filters that leave this member out.",
        pattern('{ ($.recipientAccountId != "' + MEMBER + '") && (' + inner(SECURITY_GROUPS) + ") }"),
        expected=fails("filter", "NO_FILTER_FOR_CONTROL", CENTRAL),
    ),
    scenario(
        "Filters that leave another member out.",
        pattern('{ ($.recipientAccountId != "' + OTHER + '") && (' + inner(SECURITY_GROUPS) + ") }"),
        expected=INHERITED,
    ),
    scenario(
        "An account number without quotes: whether that equals the text of the record is not documented.",
        pattern(for_account(MEMBER).replace('"', "")),
        expected=open_because("PATTERN_UNDECIDED", "UNDECIDED"),
    ),
    scenario(
        "Filters on who called, not on whose event it is.",
        pattern('{ ($.userIdentity.accountId = "' + MEMBER + '") && (' + inner(SECURITY_GROUPS) + ") }"),
        expected=fails("filter", "FILTER_INCOMPLETE", CENTRAL),
    ),
    scenario(
        "Log events selected by the log group's account: it is never the member.",
        filter_(fieldSelectionCriteria=f'@aws.account = "{MEMBER}"'),
        expected=fails("filter", "NO_FILTER_FOR_CONTROL", CENTRAL),
    ),
    scenario(
        "Log events selected by the log group's account, rightly.",
        filter_(fieldSelectionCriteria=f'@aws.account = "{CENTRAL}"'),
        expected=INHERITED,
    ),
]


BROKEN = [
    scenario(
        "The organization trail is switched off at its owner.",
        status(IsLogging=False),
        expected=fails("trail", "TRAIL_NOT_LOGGING", CENTRAL),
    ),
    scenario(
        "The owner says that it logs, the member is told that it does not.",
        member_status(IsLogging=False),
        expected=fails("trail", "MEMBER_NOT_RECORDED", CENTRAL),
    ),
    scenario(
        "Another member is told that it does not log: that concerns that one.",
        member_status(OTHER, IsLogging=False),
        expected=INHERITED,
    ),
    scenario(
        "The member's own status was refused: the owner's decides.",
        refused("cloudtrail:GetTrailStatus", MEMBER),
        expected=INHERITED,
    ),
    scenario(
        "The member's answer lacks whether it logs: the owner's decides.",
        member_status(IsLogging=GONE),
        expected=INHERITED,
    ),
    scenario(
        "CloudTrail has no trusted access: no member is recorded.",
        trusted_access_off,
        expected=fails("trail", "TRUSTED_ACCESS_OFF", CENTRAL),
    ),
    scenario(
        "CloudTrail has no trusted access: the management account is no member.",
        trusted_access_off,
        start=management_chain,
        expected=passes(),
        account=MANAGEMENT,
    ),
    scenario(
        "Whether CloudTrail has trusted access was refused.",
        refused("organizations:ListAWSServiceAccessForOrganization"),
        expected=INHERITED.noting("TRUSTED_ACCESS_UNREAD"),
    ),
    scenario(
        "No trusted access, but the member has a chain of its own.", trusted_access_off, own_trail, expected=passes()
    ),
    scenario(
        "The organization trail records one region only: members elsewhere do not even see it.",
        trail(IsMultiRegionTrail=False),
        expected=fails("trail", "TRAIL_SINGLE_REGION", CENTRAL),
    ),
    scenario(
        "The organization trail's selectors, asked as its owner.",
        basic("ReadOnly"),
        expected=fails("selectors", "SELECTORS_EXCLUDE", CENTRAL),
    ),
    scenario(
        "The organization trail has never delivered.",
        status(LatestCloudWatchLogsDeliveryTime=GONE),
        expected=fails("delivery", "NEVER_DELIVERED", CENTRAL),
    ),
    scenario(
        "The organization trail delivers to no log group.",
        trail(CloudWatchLogsLogGroupArn=GONE),
        expected=fails("delivery", "NO_LOG_GROUP"),
    ),
    scenario(
        "The organization trail's log group does not exist.",
        log_group_deleted,
        expected=fails("delivery", "LOG_GROUP_NOT_FOUND", CENTRAL),
    ),
    scenario(
        "No filters on the organization trail's log group.", no_filters, expected=fails("filter", "NO_FILTERS", CENTRAL)
    ),
    scenario(
        "A local log group of the same name proves nothing.",
        no_filters,
        local_chain,
        expected=fails("filter", "NO_FILTERS", CENTRAL),
    ),
    scenario(
        "A local alarm on a metric of the same name proves nothing.",
        no_alarm,
        lambda organization: organization.alarms[MEMBER, REGION].append(an_alarm()),
        expected=fails("alarm", "NO_ALARM", CENTRAL),
    ),
    scenario(
        "The central alarm is disabled.",
        alarm(ActionsEnabled=False),
        expected=fails("action", "ACTIONS_DISABLED", CENTRAL),
    ),
    scenario(
        "Nobody is subscribed to the central topic.",
        subscriptions(),
        expected=fails("subscription", "NO_SUBSCRIPTION", CENTRAL),
    ),
    scenario(
        "The central alarm notifies a topic of the management account that admits it not.",
        topic_moves(MANAGEMENT),
        expected=fails("topic", "TOPIC_POLICY_DENIES", CENTRAL),
    ),
    scenario(
        "A trail of another account that is no organization trail records nothing here.",
        trail(IsOrganizationTrail=False),
        lambda organization: organization.shown_anyway.add(MEMBER),
        expected=fails("trail", "NO_ORGANIZATION_TRAIL", CENTRAL),
    ),
]


FIRST_THREE, LAST_FOUR = any_event(*SECURITY_GROUP_EVENTS[:3]), any_event(*SECURITY_GROUP_EVENTS[3:])


def own_filter(text: str):
    def change(organization: Organization) -> None:
        own_trail(organization)
        organization.filters[group_arn(MEMBER)] = [a_filter(pattern=text)]

    return change


TOGETHER = [
    scenario(
        "The organization trail's filters cover one part, the member's own the other.",
        pattern(FIRST_THREE),
        own_filter(LAST_FOUR),
        expected=passes(inherited_from=CENTRAL, code="COVERED_TOGETHER"),
    ),
    scenario(
        "Together, but the member's own alarm is broken.",
        pattern(FIRST_THREE),
        own_filter(LAST_FOUR),
        lambda organization: organization.alarms[MEMBER, REGION][0].update(Threshold=9.0),
        expected=fails("alarm", "ALARM_NEEDS_MORE_EVENTS"),
    ),
    scenario("Both cover alone: the first trail by ARN is told.", own_trail, expected=passes()),
    scenario(
        "The organization trail leaves the control's events out, the member's own records them.",
        basic("ReadOnly"),
        own_trail,
        expected=passes(),
    ),
    scenario(
        "Two organization trails, the first of them off.",
        second_trail(MANAGEMENT, "second", group_arn(CENTRAL), organization=True),
        status(IsLogging=False),
        expected=INHERITED,
    ),
    scenario(
        "Two organization trails, both off.",
        second_trail(MANAGEMENT, "second", group_arn(CENTRAL), organization=True),
        status(IsLogging=False),
        of_second(status(IsLogging=False)),
        expected=fails("trail", "TRAIL_NOT_LOGGING", CENTRAL),
    ),
    scenario(
        "The member's own trail got further than the organization's.",
        status(IsLogging=False),
        own_filter(FIRST_THREE),
        expected=fails("filter", "FILTER_INCOMPLETE"),
    ),
]


@rows_of(REACHED, BROKEN, TOGETHER)
def test_inherited(one):
    check(one)


def test_evidence_of_an_inherited_verdict_points_at_the_owners_rows():
    row = verdict(inherited_chain())
    asked = {item.split("/")[0]: item for item in row["evidence"]}
    assert set(asked) == {MEMBER, MANAGEMENT, CENTRAL}
    assert any(item.startswith(f"{CENTRAL}/{REGION}/logs:DescribeMetricFilters") for item in row["evidence"])


def test_the_owner_is_asked_once_for_all_members():
    calls = inherited_chain().frames(Config()).calls
    selectors = calls[calls["operation"] == "GetEventSelectors"]
    assert list(selectors["account_id"]) == [MANAGEMENT]
    filters = calls[calls["operation"] == "DescribeMetricFilters"]
    assert list(filters["account_id"]) == [CENTRAL]
