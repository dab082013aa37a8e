"""The verdict table, eighth part: which rows there are, what stands beside them, and that the population adds up."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from orgaudit.controls import CATALOG, VERSIONS
from orgaudit.evaluate import assess, evaluate
from orgaudit.evaluate.rows import row_sha256
from orgaudit.model.schemas import FINDINGS
from orgaudit.model.settings import Audit, Config, Exclusion, OwnControl, Scope, Waiver
from tests.evaluate.changes import GONE, refused, role_refused, state, status, unfinished
from tests.evaluate.changes_of_alarms import (
    alarm,
    another_filter,
    no_alarm,
    no_filters,
    pattern,
)
from tests.evaluate.recorded import Organization, inherited_chain, own_chain
from tests.evaluate.scenario import Change, check, fails, only, open_because, passes, scenario, verdict
from tests.evaluate.tables import rows_of
from tests.evaluate.things import (
    CENTRAL,
    MANAGEMENT,
    MEMBER,
    OTHER,
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


def rows(organization: Organization, config: Config | None = None, benchmark: str = "7.0.0") -> list[dict[str, Any]]:
    return assess(organization.frames(config), benchmark).rows


def of(account: str, listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["control"]: row for row in listed if row["account_id"] == account}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_account_has_a_row_for_every_control_with_a_section(version):
    listed = rows(own_chain(), benchmark=version)
    wanted = [key for key, control in CATALOG.items() if control.edition(version)]
    assert [row["control"] for row in listed] == wanted * 4
    assert all(row["section"] for row in listed)
    assert [row["account_id"] for row in listed] == sorted(row["account_id"] for row in listed)


@pytest.mark.parametrize(
    ("control", "in_2", "in_7"),
    [("org_trail", False, False), ("trail_cloudwatch_logs_integration", True, False), ("vpc_changes", True, True)],
)
def test_a_control_without_a_section_has_rows_only_when_it_is_named(control, in_2, in_7):
    for version, there in (("2.0.0", in_2), ("7.0.0", in_7)):
        assert (control in of(MEMBER, rows(own_chain(), benchmark=version))) is there
        named = of(MEMBER, rows(own_chain(), only(control, Config()), version))
        assert list(named) == [control]
        assert bool(named[control]["section"]) is there


def test_a_control_of_ones_own_has_its_section_in_every_version():
    own = OwnControl("own", "ORG-1", "Own", "{ $.eventName = DeleteBucket }", "s3.amazonaws.com")
    for version in ("1.2.0", "7.0.0"):
        assert of(MEMBER, rows(own_chain(), Config(controls=(own,)), version))["own"]["section"] == "ORG-1"


def test_one_collection_answers_for_every_version():
    frames = own_chain().frames()
    six = own_chain()
    pattern(SIX)(six)
    seen = {version: len(evaluate(frames, version)) for version in VERSIONS}
    assert seen == {version: 4 * sum(1 for one in CATALOG.values() if one.edition(version)) for version in VERSIONS}


def test_an_unknown_version_is_refused():
    with pytest.raises(ValueError, match="unknown benchmark version"):
        evaluate(own_chain().frames(), "9.9.9")


def test_findings_are_a_frame_of_their_schema():
    findings = evaluate(own_chain().frames())
    assert len(FINDINGS.check(findings)) == len(assess(own_chain().frames()).rows)


def test_the_same_evidence_gives_the_same_rows():
    assert rows(own_chain()) == rows(own_chain())


def test_a_row_carries_its_own_hash():
    for row in rows(own_chain()):
        assert row["row_sha256"] == row_sha256(row)
        assert row_sha256(row | {"result": "?"}) != row["row_sha256"]


def test_a_witness_is_an_event_of_the_control_in_the_account():
    organization = own_chain()
    pattern(SIX)(organization)
    witness = verdict(organization)["witness"]
    assert witness["eventName"] == "ModifySecurityGroupRules"
    assert witness["recipientAccountId"] == MEMBER
    assert witness["managementEvent"] is True
    assert witness["readOnly"] is False


def test_a_pass_tells_every_link_of_its_chain():
    chain = verdict(own_chain())["chain"]
    assert [link["link"] for link in chain] == [
        "trail", "selectors", "delivery", "filter", "metric", "alarm", "action", "topic", "subscription",
    ]  # fmt: skip
    assert {link["state"] for link in chain} == {"held"}


def test_a_fail_tells_how_far_its_chain_got():
    organization = own_chain()
    alarm(ActionsEnabled=False)(organization)
    states = [link["state"] for link in verdict(organization)["chain"]]
    assert states == ["held"] * 6 + ["broken"] + ["not_reached"] * 2


# what stands beside a FAIL


def waiver(expires: date = date(2026, 12, 31), accounts: tuple[str, ...] = (MEMBER,), **more: Any) -> Waiver:
    control = more.pop("control", "security_group_changes")
    return Waiver(control, accounts, "pilot", "CISO", date(2026, 10, 1), expires, **more)


def broken() -> Organization:
    organization = own_chain()
    no_alarm(organization)
    return organization


def waived(*waivers: Waiver, organization: Organization | None = None, **facts: Any) -> tuple[Any, Any]:
    config = only("security_group_changes", Config(waivers=waivers))
    assessment = assess((organization or broken()).frames(config, **facts))
    row = of(MEMBER, assessment.rows)["security_group_changes"]
    return (row["result"], row["disposition"], (row["waiver"] or {}).get("expires")), assessment.stale["waivers"]


def test_without_a_waiver_a_fail_is_open():
    assert waived() == (("FAIL", "OPEN", None), [])


def test_a_waiver_stands_beside_the_fail_and_never_overwrites_it():
    assert waived(waiver()) == (("FAIL", "WAIVED", "2026-12-31"), [])


def test_a_waiver_for_all_accounts():
    assert waived(waiver(accounts=("*",)))[0] == ("FAIL", "WAIVED", "2026-12-31")


@pytest.mark.parametrize(("day", "word"), [(22, "WAIVER_EXPIRED"), (23, "WAIVED")])
def test_a_waiver_holds_on_its_last_day(day, word):
    assert waived(waiver(date(2026, 11, day)))[0][1] == word


def test_whether_a_waiver_is_expired_depends_on_the_run_not_on_today():
    assert waived(waiver(date(2020, 1, 2)), started_at="2020-01-01T23:59:59Z")[0][1] == "WAIVED"


def test_an_expired_waiver_beside_a_valid_one_does_not_count_and_is_not_stale():
    assert waived(waiver(date(2026, 1, 1)), waiver()) == (("FAIL", "WAIVED", "2026-12-31"), [])


def test_a_waiver_for_another_account_or_control_is_stale():
    other, unknown = waiver(accounts=("444444444444",)), waiver(control="vpc_changes")
    (result, word, _), stale = waived(other, unknown)
    assert (result, word) == ("FAIL", "OPEN")
    assert [(one["control"], one["accounts"]) for one in stale] == [
        ("security_group_changes", ("444444444444",)),
        ("vpc_changes", (MEMBER,)),
    ]


def test_a_waiver_of_what_passes_is_stale():
    result, stale = waived(waiver(), organization=own_chain())
    assert result == ("PASS", "", None)
    assert len(stale) == 1


def test_a_waiver_of_what_was_not_evaluated_is_not_called_stale():
    organization = own_chain()
    refused("logs:DescribeMetricFilters")(organization)
    assert waived(waiver(), organization=organization) == (("NOT_EVALUATED", "", None), [])


# the population


def population(organization: Organization, config: Config | None = None) -> dict[str, Any]:
    return assess(organization.frames(config)).population


def changed(*changes: Change, start=own_chain) -> Organization:
    organization = start()
    for change in changes:
        change(organization)
    return organization


EXCLUDED = Config(scope=Scope(exclude_accounts=(Exclusion(CENTRAL, "being closed", "CISO"),)))


@pytest.mark.parametrize(
    ("organization", "config", "counts"),
    [
        (changed(), Config(), (4, 4, 0, 0)),
        (changed(role_refused(MEMBER)), Config(), (4, 3, 1, 0)),
        (changed(refused("cloudtrail:DescribeTrails")), Config(), (4, 0, 4, 0)),
        (changed(state("SUSPENDED")), Config(), (4, 3, 0, 1)),
        (
            changed(state("PENDING_CLOSURE"), state("CLOSED", OTHER), state("PENDING_ACTIVATION", CENTRAL)),
            Config(),
            (4, 1, 0, 3),
        ),
        (changed(), EXCLUDED, (4, 3, 0, 1)),
        (changed(), Config(scope=Scope(include_ous=("r-2",))), (4, 0, 0, 4)),
        (changed(unfinished(MEMBER, OTHER)), Config(), (4, 2, 2, 0)),
    ],
)
def test_listed_is_evaluated_and_not_evaluated_and_excluded(organization, config, counts):
    told = population(organization, config)
    assert tuple(told[name] for name in ("listed", "evaluated", "not_evaluated", "excluded")) == counts
    assert told["listed"] == told["evaluated"] + told["not_evaluated"] + told["excluded"]
    outcomes = [account["outcome"] for account in told["accounts"]]
    assert tuple(outcomes.count(word) for word in ("evaluated", "not_evaluated", "excluded")) == counts[1:]
    in_scope = told["listed"] - told["excluded"]
    for counted in told["by_control"].values():
        assert sum(counted[word] for word in ("PASS", "FAIL", "NOT_EVALUATED", "NOT_APPLICABLE")) == in_scope


def test_an_excluded_account_has_a_reason_and_no_rows():
    organization = changed(state("SUSPENDED"))
    assert of(MEMBER, rows(organization)) == {}
    account = next(one for one in population(organization)["accounts"] if one["account_id"] == MEMBER)
    assert (account["outcome"], account["reason"]) == ("excluded", "the account is suspended")


def test_who_approved_an_exclusion_is_told():
    account = next(one for one in population(own_chain(), EXCLUDED)["accounts"] if one["account_id"] == CENTRAL)
    assert (account["reason"], account["approved_by"]) == ("being closed", "CISO")


def test_an_excluded_account_that_carries_a_link_is_read_for_it():
    told = population(inherited_chain(), EXCLUDED)
    account = next(one for one in told["accounts"] if one["account_id"] == CENTRAL)
    assert (account["outcome"], account["support"]) == ("excluded", True)
    assert told["support"] == []
    assert of(MEMBER, rows(inherited_chain(), EXCLUDED))["security_group_changes"]["result"] == "PASS"


def test_an_account_in_scope_is_no_support():
    assert not any(one["support"] for one in population(inherited_chain())["accounts"])


def test_the_account_that_the_run_starts_in_is_no_support_for_asking_the_organization():
    config = Config(scope=Scope(exclude_accounts=(Exclusion(MANAGEMENT, "billing only", "CISO"),)))
    account = next(one for one in population(own_chain(), config)["accounts"] if one["account_id"] == MANAGEMENT)
    assert (account["outcome"], account["support"]) == ("excluded", False)
    account = next(one for one in population(inherited_chain(), config)["accounts"] if one["account_id"] == MANAGEMENT)
    assert (account["outcome"], account["support"]) == ("excluded", True)


@pytest.mark.parametrize("word", ["ON_HOLD", "", GONE])
def test_an_unknown_state_counts_as_active_and_is_observed(word):
    organization = changed(state(word))
    row = verdict(organization)
    assert row["result"] == "PASS"
    assert [note["code"] for note in row["observations"]] == ["UNKNOWN_ACCOUNT_STATE"]
    assert verdict(organization, OTHER)["observations"] == []


def test_a_state_falls_back_to_the_retired_status():
    organization = changed(state(GONE))
    organization.accounts[MEMBER]["Status"] = "SUSPENDED"
    assert of(MEMBER, rows(organization)) == {}


def test_an_account_that_could_not_be_entered_is_not_evaluated_in_every_other_control():
    listed = of(MEMBER, rows(changed(role_refused(MEMBER), start=inherited_chain)))
    results = {control: row["result"] for control, row in listed.items()}
    assert results.pop("organizations_changes") == "NOT_APPLICABLE"
    assert set(results.values()) == {"NOT_EVALUATED"}


def test_an_unfinished_run_is_not_complete_and_says_who_was_not_read():
    assessment = assess(changed(unfinished(MEMBER)).frames())
    assert not assessment.complete
    row = of(MEMBER, assessment.rows)["security_group_changes"]
    assert (row["result"], row["missing"][0]["error_code"]) == ("NOT_EVALUATED", "NEVER_ASKED")


# observations that no link makes


def shares_alarm() -> Organization:
    """Two filters feed one metric, and so one alarm serves two controls."""
    return changed(another_filter("vpc", "{ $.eventName = *Vpc* }"))


def test_one_alarm_for_several_controls_is_observed():
    listed = of(MEMBER, rows(shares_alarm(), Config(audit=Audit(controls=("security_group_changes", "vpc_changes")))))
    codes = {control: [note["code"] for note in row["observations"]] for control, row in listed.items()}
    assert "SHARED_ALARM" in codes["security_group_changes"]
    lone = of(MEMBER, rows(own_chain()))["security_group_changes"]
    assert "SHARED_ALARM" not in [note["code"] for note in lone["observations"]]


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


def test_a_waiver_can_cite_another_route():
    organization = changed(no_filters, other_route())
    result, _ = waived(replace(waiver(), reason="SIEM watches it"), organization=organization)
    assert result[:2] == ("FAIL", "WAIVED")
