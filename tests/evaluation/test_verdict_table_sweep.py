"""The verdict table: what a sweep finds lying about in an account that fails, and that it changes no verdict."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orgaudit.evaluation import assess
from orgaudit.model.answers import frames_of
from orgaudit.model.settings import Audit, Config
from tests.evaluation.changes import no_trail, refused, second_trail, status, trail
from tests.evaluation.changes_of_alarms import another_alarm, filter_, link, no_filters, on_metrics, pattern, query
from tests.evaluation.mutations import MUTATIONS, to_group
from tests.evaluation.recorded import Organization, inherited_chain, own_chain
from tests.evaluation.scenario import Change, audit, check, fails, passes, scenario, verdict
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    CENTRAL,
    ELSEWHERE,
    MEMBER,
    REGION,
    a_filter,
    alarm_arn,
    an_alarm,
    group_arn,
)

SWEEP = {"config": audit(sweep="failed")}
FOUND = ("ORPHANED_FILTER", "ORPHANED_ALARM")
NO_TRAIL = fails("trail", "NO_TRAIL")
CLEAN = fails("filter", "NO_FILTERS").without(*FOUND, "SWEEP_INCOMPLETE")
UNFED = {"StateValue": "INSUFFICIENT_DATA"}


def elsewhere(account: str = MEMBER, region: str = ELSEWHERE, text: str = "", **alarm: Any) -> Change:
    """A filter on an old log group and its alarm, in another region."""

    def change(organization: Organization) -> None:
        found = a_filter("old", text, "Old") if text else a_filter("old", metric="Old")
        organization.filters[group_arn(account, "old-trail", region)] = [found]
        lone_alarm("Old", account, region, **alarm)(organization)

    return change


def lone_alarm(metric: str = "Lone", account: str = MEMBER, region: str = ELSEWHERE, **values: Any) -> Change:
    """An alarm whose metric no filter of its region feeds."""

    def change(organization: Organization) -> None:
        added = an_alarm(metric.lower(), metric, account=account)
        added |= {"AlarmArn": alarm_arn(metric.lower(), account, region), **values}
        organization.alarms[account, region].append(added)

    return change


SWEPT = [
    scenario("Nothing is looked for unless it is asked for.", no_trail, expected=NO_TRAIL.without(*FOUND)),
    scenario(
        "The trail was deleted: its filter and its alarm are still there.",
        no_trail,
        expected=NO_TRAIL.noting(*FOUND).saying(f"1 alarm in {REGION}, fed by nothing: security-groups on Security/S"),
        **SWEEP,
    ),
    scenario(
        "The trail was switched off.",
        status(IsLogging=False),
        expected=fails("trail", "TRAIL_NOT_LOGGING").noting(*FOUND).saying("security-groups on log group trail-log"),
        **SWEEP,
    ),
    scenario(
        "The trail was pointed to a new log group, where the filters were forgotten.",
        to_group(MEMBER, name="new"),
        expected=fails("filter", "NO_FILTERS").noting(*FOUND),
        **SWEEP,
    ),
    scenario(
        "The trail records one region only: it still feeds its log group.",
        trail(IsMultiRegionTrail=False),
        expected=fails("trail", "TRAIL_SINGLE_REGION").without(*FOUND),
        **SWEEP,
    ),
    scenario(
        "Filter and alarm in a region that no trail delivers to.",
        no_filters,
        elsewhere(),
        expected=fails("filter", "NO_FILTERS").noting(*FOUND).saying(f"in {ELSEWHERE}"),
        **SWEEP,
    ),
    scenario(
        "The same in a region that is not enabled: nobody looks there.",
        no_filters,
        elsewhere(region="ap-east-1"),
        expected=CLEAN,
        **SWEEP,
    ),
    scenario("A filter on another control's events.", no_filters, elsewhere(text="{ $.eventName = CreateVpc }"),
             expected=CLEAN, **SWEEP),
    scenario("A filter of an application, by a word.", no_filters, elsewhere(text="ERROR"), expected=CLEAN, **SWEEP),
    scenario("A filter that matches everything.", no_filters, elsewhere(text=" "), expected=CLEAN, **SWEEP),
    scenario(
        "An alarm that no filter feeds, and no data came.",
        no_filters,
        lone_alarm(**UNFED),
        expected=fails("filter", "NO_FILTERS").noting("ORPHANED_ALARM").without("ORPHANED_FILTER").saying(
            f"1 alarm in {ELSEWHERE}, fed by nothing: lone on Security/Lone"
        ),
        **SWEEP,
    ),
    scenario(
        "An alarm that is OK because no data is good data.",
        no_filters,
        lone_alarm(StateReason="Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint "
                   "was treated as [NonBreaching]."),
        expected=fails("filter", "NO_FILTERS").noting("ORPHANED_ALARM"),
        **SWEEP,
    ),
    scenario("An application's alarm: no filter feeds it, but data came.", no_filters, lone_alarm(), expected=CLEAN,
             **SWEEP),
    scenario("An alarm on a metric of AWS's own.", no_filters, lone_alarm(Namespace="AWS/EC2", **UNFED),
             expected=CLEAN, **SWEEP),
    scenario(
        "An alarm on another account's metric is not this account's orphan.",
        no_filters,
        lambda organization: organization.alarms[MEMBER, ELSEWHERE].append(
            {"AlarmName": "far", "AlarmArn": alarm_arn("far", region=ELSEWHERE), **UNFED,
             "Metrics": [query(AccountId=CENTRAL, ReturnData=True)]}
        ),
        expected=CLEAN,
        **SWEEP,
    ),
    scenario(
        "A filter that works, but leaves an event out, is no orphan; nor is its alarm.",
        pattern("{ $.eventName = CreateSecurityGroup }"),
        expected=fails("filter", "FILTER_INCOMPLETE").without(*FOUND),
        **SWEEP,
    ),
    scenario(
        "A metric that a filter at work feeds too keeps its alarm from being an orphan.",
        filter_(filterPattern="{ $.eventName = CreateSecurityGroup }"),
        lambda organization: organization.filters.update({group_arn(name="old"): [a_filter("old")]}),
        expected=fails("filter", "FILTER_INCOMPLETE").noting("ORPHANED_FILTER").without("ORPHANED_ALARM"),
        **SWEEP,
    ),
    scenario(
        "The log group of a second trail, at work, is fed.",
        to_group(MEMBER, name="new"),
        second_trail(group=group_arn(), name="other"),
        expected=passes(),
        **SWEEP,
    ),
    scenario("An account that passes is not looked through.", elsewhere(), expected=passes().without(*FOUND), **SWEEP),
    scenario(
        "A member under an organization trail: what lies about in the member itself.",
        lambda organization: organization.filters[group_arn(CENTRAL)].clear(),
        elsewhere(),
        expected=fails("filter", "NO_FILTERS", CENTRAL).noting(*FOUND),
        start=inherited_chain,
        **SWEEP,
    ),
    scenario(
        "Regions may not be listed: nothing is looked for, and that is said.",
        no_trail,
        refused("account:ListRegions"),
        expected=NO_TRAIL.noting("SWEEP_INCOMPLETE").without(*FOUND).saying("account:ListRegions (AccessDenied"),
        **SWEEP,
    ),
    scenario(
        "A region is closed: named, and what is seen elsewhere is still told.",
        no_trail,
        refused("logs:DescribeMetricFilters", region=ELSEWHERE),
        refused("cloudwatch:DescribeAlarms", region=ELSEWHERE),
        expected=NO_TRAIL.noting("SWEEP_INCOMPLETE", *FOUND).saying(f"was not answered in {ELSEWHERE}"),
        **SWEEP,
    ),
    scenario(
        "Filters may not be read there: that none feeds the alarm cannot be said.",
        no_filters,
        lone_alarm(**UNFED),
        refused("logs:DescribeMetricFilters", region=ELSEWHERE),
        expected=fails("filter", "NO_FILTERS").noting("SWEEP_INCOMPLETE").without("ORPHANED_ALARM"),
        **SWEEP,
    ),
    scenario(
        "An alarm with metric math over an orphan's metric and another is starved only if both are.",
        no_trail,
        on_metrics(query("m1"), query("m2", metric_name="Fed"), {"Id": "e", "Expression": "SUM([m1,m2])"}),
        expected=NO_TRAIL.noting("ORPHANED_FILTER").without("ORPHANED_ALARM"),
        **SWEEP,
    ),
]  # fmt: skip


@rows_of(SWEPT)
def test_sweep(one):
    check(one)


BESIDE = {"observations", "evidence", "collected_at", "row_sha256"}
LYING_ABOUT = {
    "an old filter on the same metric, whose default value would dilute it": lambda organization: (
        organization.filters.update({group_arn(name="old"): [_with_default(a_filter("old"))]})
    ),
    "old filters elsewhere": elsewhere(),
    "a lone alarm": lone_alarm(**UNFED),
    "an alarm on the very metric, in another region": lone_alarm("SecurityGroups", **UNFED),
    "an alarm of the same name on another metric": another_alarm("lone", "Other", **UNFED),
    "a link to an account that cannot be read": link("909090909090"),
}


def _with_default(found: dict[str, Any]) -> dict[str, Any]:
    found["metricTransformations"][0] |= {"defaultValue": 5.0, "unit": "Bytes"}
    return found


@pytest.mark.parametrize("start", [own_chain, inherited_chain])
@given(mutation=st.sampled_from(MUTATIONS), others=st.sets(st.sampled_from(sorted(LYING_ABOUT)), max_size=3))
@settings(max_examples=15)
def test_no_verdict_depends_on_a_sweep(start, mutation, others):
    rows = []
    for word in ("off", "failed"):
        organization = start()
        for name in sorted(others):
            LYING_ABOUT[name](organization)
        mutation.change(organization)
        row = verdict(organization, config=audit(sweep=word))
        rows.append({key: value for key, value in row.items() if key not in BESIDE})
    assert rows[0] == rows[1]


def test_an_answer_to_the_sweep_does_not_stand_for_one_that_was_refused():
    """The alarms of the chain were refused; the sweep, later, was answered: the verdict stays open."""
    organization = own_chain()
    refused("cloudwatch:DescribeAlarms", MEMBER, about="LogAlarm")(organization)
    config = Config(audit=Audit(sweep="failed", controls=("security_group_changes", "vpc_changes")))
    assessment = assess(organization.frames(config))
    rows = {row["control"]: row for row in assessment.rows if row["account_id"] == MEMBER}
    assert rows["vpc_changes"]["reason_code"] == "NO_FILTER_FOR_CONTROL"
    assert rows["security_group_changes"]["missing"][0]["call"] == "cloudwatch:DescribeAlarms"
    assert not assessment.frames.swept_alarms.empty


def test_what_was_not_swept_says_so():
    """Another version fails accounts that passed when the run was made; a sweep ends at so many accounts."""
    organization = own_chain()
    no_trail(organization)
    config = audit(sweep="failed", controls=("security_group_changes",))
    records = [record for record in organization.records(config) if record.call.service != "account"]
    kept = [record for record in records if "logGroupName" in record.call.params or record.call.service != "logs"]
    kept = [record for record in kept if record.call.service != "cloudwatch"]
    row = next(row for row in assess(frames_of(kept, None, config)).rows if row["account_id"] == MEMBER)
    noted = {note["code"]: note["text"] for note in row["observations"]}
    assert "at most 200" in noted["SWEEP_INCOMPLETE"]


def test_many_orphans_are_counted_and_fifty_of_them_named():
    organization = own_chain()
    no_trail(organization)
    for number in range(60):
        lone_alarm(f"Lone{number:02}", **UNFED)(organization)
    row = verdict(organization, config=audit(sweep="failed"))
    text = next(note["text"] for note in row["observations"] if ELSEWHERE in note["text"])
    assert text.startswith(f"60 alarms in {ELSEWHERE}, fed by nothing: lone00 on Security/Lone00; ")
    assert text.endswith("; and 10 more.")


def test_the_row_rests_on_the_answers_in_which_orphans_were_found():
    organization = own_chain()
    no_trail(organization)
    row = verdict(organization, config=audit(sweep="failed"))
    swept = [item for item in row["evidence"] if f"/{REGION}/logs:DescribeMetricFilters" in item]
    assert swept == [f"{MEMBER}/{REGION}/logs:DescribeMetricFilters"]
