"""No single break goes unnoticed, nothing unrelated repairs one, and a refused call never decides anything."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import PATIENT
from tests.evaluation.changes import administrator, refused, role_refused, second_trail, status
from tests.evaluation.changes_of_alarms import another_alarm, another_filter, link
from tests.evaluation.mutations import INHERITED_MUTATIONS, MUTATIONS
from tests.evaluation.recorded import Organization, inherited_chain, own_chain
from tests.evaluation.scenario import Change, verdict
from tests.evaluation.things import (
    CENTRAL,
    ELSEWHERE,
    MANAGEMENT,
    MEMBER,
    OTHER,
    OUTSIDE,
    REGION,
    a_filter,
    a_topic,
    an_alarm,
    group_arn,
    topic_arn,
)

SLOWLY = settings(max_examples=40, suppress_health_check=[*PATIENT, HealthCheck.function_scoped_fixture])
STARTS = {"own chain": own_chain, "inherited chain": inherited_chain}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=[one.name for one in MUTATIONS])
def test_no_single_break_goes_unnoticed(mutation, start):
    organization = start()
    mutation.change(organization)
    row = verdict(organization)
    assert (row["result"], row["broken_link"], row["reason_code"]) == ("FAIL", mutation.link, mutation.code)


@pytest.mark.parametrize("mutation", INHERITED_MUTATIONS, ids=[one.name for one in INHERITED_MUTATIONS])
def test_no_single_break_of_what_is_inherited_goes_unnoticed(mutation):
    organization = inherited_chain()
    mutation.change(organization)
    row = verdict(organization)
    assert (row["result"], row["broken_link"], row["reason_code"]) == ("FAIL", mutation.link, mutation.code)


def test_every_link_of_the_chain_is_broken_by_some_mutation():
    assert {one.link for one in MUTATIONS} == {
        "trail", "selectors", "delivery", "filter", "metric", "alarm", "action", "topic", "subscription",
    }  # fmt: skip


def elsewhere(account: str, region: str = REGION, name: str = "trail-log") -> Change:
    """A complete chain behind a log group that no trail of the account delivers to."""

    def change(organization: Organization) -> None:
        topic = topic_arn(account=account, region=region)
        organization.filters[group_arn(account, name, region)] = [a_filter()]
        organization.alarms[account, region].append(an_alarm("elsewhere", topic=topic, account=account))
        organization.topics.setdefault(topic, a_topic(topic))

    return change


UNRELATED: dict[str, Change] = {
    "a chain in another account": elsewhere(MANAGEMENT),
    "a chain in another region": elsewhere(MEMBER, ELSEWHERE),
    "a chain outside the organization": elsewhere(OUTSIDE),
    "an unused topic": lambda organization: organization.topics.setdefault(
        topic_arn("unused"), a_topic(topic_arn("unused"))
    ),
    "a trail that is off, on the same log group": lambda organization: _dead_trail(organization),
    "a trail with an empty log group": second_trail(name="empty"),
    "a filter on other events": another_filter("vpc", "{ $.eventName = CreateVpc }", "Vpc"),
    "an alarm on other events": another_alarm("vpc", "Vpc"),
    "an alarm of the same metric name in another namespace": another_alarm("twin", Namespace="Twin"),
    "a link to the central account": link(CENTRAL),
    "a delegated administrator": administrator(OTHER),
    "an alarm on the metric in another account": another_alarm("other", account=OTHER),
}


def _dead_trail(organization: Organization) -> None:
    group = next(iter(organization.filters), group_arn())
    second_trail(name="dead", group=group)(organization)
    organization.trails.reverse()
    status(IsLogging=False)(organization)
    organization.trails.reverse()


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@given(mutation=st.sampled_from(MUTATIONS), others=st.sets(st.sampled_from(sorted(UNRELATED)), max_size=4))
@SLOWLY
def test_nothing_unrelated_repairs_a_broken_chain(start, mutation, others):
    organization = start()
    mutation.change(organization)
    for name in sorted(others):
        try:
            UNRELATED[name](organization)
        except StopIteration:  # what it would change is what the mutation took away
            return
    assert verdict(organization)["result"] != "PASS", (mutation.name, others)


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@given(first=st.sampled_from(MUTATIONS), second=st.sampled_from(MUTATIONS))
@SLOWLY
def test_two_breaks_do_not_make_a_chain(start, first, second):
    """Of one link they may: a metric and its alarm both renamed are a chain again."""
    if first.link == second.link:
        return
    organization = start()
    first.change(organization)
    try:
        second.change(organization)
    except (StopIteration, IndexError):  # what the second changes is what the first took away
        return
    assert verdict(organization)["result"] != "PASS", (first.name, second.name)


CALLS = {
    "cloudtrail:DescribeTrails",
    "cloudtrail:ListTrails",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:GetEventSelectors",
    "logs:DescribeMetricFilters",
    "logs:DescribeSubscriptionFilters",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:ListAlarmMuteRules",
    "cloudwatch:GetAlarmMuteRule",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:GetSubscriptionAttributes",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "oam:ListLinks",
    "oam:GetLink",
    "organizations:ListAWSServiceAccessForOrganization",
    "organizations:ListDelegatedAdministrators",
    "sts:AssumeRole",
}
TAKEN_ON_TRUST = {"sns:GetSubscriptionAttributes", "sns:ListSubscriptionsByTopic"}
"""Refused, these do not stand in the way of a PASS, with an observation: a topic's own counter, or a confirmed
subscription, is then evidence enough."""
MUTING = {"cloudwatch:ListAlarmMuteRules"}
"""Refused, it costs an observation: that an alarm is muted is not known then."""
ACCOUNTS = (MEMBER, CENTRAL, MANAGEMENT, OTHER, None)

REFUSALS = st.sets(st.tuples(st.sampled_from(sorted(CALLS)), st.sampled_from(ACCOUNTS)), min_size=1, max_size=3)


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@given(refusals=REFUSALS)
@SLOWLY
def test_refused_calls_never_make_a_healthy_chain_fail(start, refusals):
    organization = start()
    for name, account in refusals:
        refused(name, account)(organization)
    row = verdict(organization)
    assert row["result"] in {"PASS", "NOT_EVALUATED"}, refusals
    assert (row["result"] == "NOT_EVALUATED") == bool(row["missing"])


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@given(mutation=st.sampled_from(MUTATIONS), refusals=REFUSALS)
@SLOWLY
def test_refused_calls_never_make_a_broken_chain_pass(start, mutation, refusals):
    asked = {name for name, _ in refusals}
    if (mutation.link == "subscription" and asked & TAKEN_ON_TRUST) or (mutation.code == "MUTED" and asked & MUTING):
        return
    organization = start()
    mutation.change(organization)
    for name, account in refusals:
        refused(name, account)(organization)
    assert verdict(organization)["result"] in {"FAIL", "NOT_EVALUATED"}, (mutation.name, refusals)


@pytest.mark.parametrize("account", [CENTRAL, MANAGEMENT, OTHER])
def test_another_accounts_role_is_no_concern_of_an_own_chain(account):
    organization = own_chain()
    role_refused(account)(organization)
    assert verdict(organization)["result"] == "PASS"


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@given(mutation=st.none() | st.sampled_from(MUTATIONS), fewer=REFUSALS, more=REFUSALS)
@SLOWLY
def test_with_fewer_answers_a_verdict_stays_or_opens(start, mutation, fewer, more):
    """Nothing that is known less of turns from one verdict to the other, nor from open to decided."""
    if {name for name, _ in fewer | more} & (TAKEN_ON_TRUST | MUTING):
        return
    results = []
    for refusals in (fewer, fewer | more):
        organization = start()
        if mutation:
            mutation.change(organization)
        for name, account in refusals:
            refused(name, account)(organization)
        results.append(verdict(organization)["result"])
    assert results[1] in {results[0], "NOT_EVALUATED"}, (mutation and mutation.name, fewer, more)
