"""Who was audited, who was not, and that it adds up."""

from typing import Any

import pytest

from orgaudit.evaluation import assess
from orgaudit.model.settings import Config, Exclusion, Scope
from tests.evaluation.changes import GONE, refused, role_refused, state, unfinished
from tests.evaluation.recorded import Organization, inherited_chain, own_chain
from tests.evaluation.scenario import Change, verdict
from tests.evaluation.things import (
    CENTRAL,
    MANAGEMENT,
    MEMBER,
    OTHER,
)


def rows(organization: Organization, config: Config | None = None, benchmark: str = "7.0.0") -> list[dict[str, Any]]:
    return assess(organization.frames(config), benchmark).rows


def of(account: str, listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["control"]: row for row in listed if row["account_id"] == account}


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
