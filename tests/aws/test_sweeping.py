"""The sweep: enabled regions only, the accounts named and no more than it may, nothing asked twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orgaudit.aws.actions import ROLE_ACTIONS, session_policy
from orgaudit.aws.plan import Context, Kind, Need, account_plan
from orgaudit.aws.sweeping import sweep
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.settings import Audit, Collect, Config
from orgaudit.model.sweep import MOST_ACCOUNTS
from orgaudit.progress import Silent
from tests.aws.organization import MANAGEMENT, Organization

CONFIG = Config(collect=Collect(workers=4), audit=Audit(sweep="failed"))
REGIONS = ("eu-west-1", "us-east-1")
A, B = "100000000002", "100000000003"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EvidenceStore]:
    store = EvidenceStore.create(tmp_path / "evidence.sqlite")
    yield store
    store.close()


def organization(*account_ids: str) -> Organization:
    made = Organization.of(MANAGEMENT, *account_ids)
    made.answers["ListRegions"] = lambda *_: {"Regions": [{"RegionName": name} for name in REGIONS]}
    return made


def places(one: Organization, operation: str) -> list[tuple[str, str]]:
    return sorted((account, region) for account, asked, region in one.asked if asked == operation)


def test_every_enabled_region_of_the_accounts_named_is_read(store: EvidenceStore) -> None:
    made = organization(A, B)
    sweep(made.access(), CONFIG, store, Silent(), [A])
    assert {account for account, operation, _ in made.asked if operation != "AssumeRole"} == {A}
    assert places(made, "DescribeMetricFilters") == places(made, "DescribeAlarms") == [(A, name) for name in REGIONS]
    assert {record.call.account_id for record in store.records()} == {A}


def test_what_was_read_is_not_asked_again(store: EvidenceStore) -> None:
    made = organization(A)
    sweep(made.access(), CONFIG, store, Silent(), [A])
    before = len(made.asked)
    sweep(made.access(), CONFIG, store, Silent(), [A])
    assert len(made.asked) == before


def test_no_more_than_two_hundred_accounts_are_read(store: EvidenceStore) -> None:
    accounts = [f"2{number:011}" for number in range(MOST_ACCOUNTS + 3)]
    made = organization(*accounts)
    made.answers["ListRegions"] = lambda *_: {"Regions": []}
    sweep(made.access(), CONFIG, store, Silent(), accounts)
    assert [account for account, _ in places(made, "ListRegions")] == accounts[:200]


def test_regions_that_may_not_be_listed_end_the_sweep_of_that_account(store: EvidenceStore) -> None:
    made = organization(A, B)
    made.refuse("ListRegions", A)
    sweep(made.access(), CONFIG, store, Silent(), [A, B])
    assert {account for account, _ in places(made, "DescribeAlarms")} == {B}


def test_regions_without_a_name_are_passed_over() -> None:
    plan = account_plan(A, (), Context(()), (Need(Kind.SWEEP, A, "us-east-1"),))
    assert [(call.name, call.region) for call in plan] == [("account:ListRegions", "us-east-1")]


def test_the_role_allows_it_and_the_session_policy_stays_short() -> None:
    assert "account:ListRegions" in ROLE_ACTIONS
    assert "account:ListRegions" in session_policy()
    assert len(session_policy()) < 1500
