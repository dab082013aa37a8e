"""``orgaudit run`` against an organization in another process, over HTTP."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Told, orgaudit
from tests.demo.expected import EXCLUDED, EXPECTED, NOT_EVALUATED_ACCOUNTS
from tests.moto_organization import ACCOUNT_IDS, ServedOrganization, served_organization

TAKEN_AWAY = "310000000001"


@dataclass(frozen=True)
class Runs:
    """A run of the whole organization, then one after an account's role was taken away."""

    first: Told
    second: Told
    organization: ServedOrganization

    @staticmethod
    def document(told: Told) -> dict[str, Any]:
        return dict(json.loads((Path(told.last_line) / "results.json").read_text("utf-8")))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("http")
    with served_organization() as organization:
        (folder / "audit.toml").write_text(organization.configuration, encoding="utf-8")
        arguments = ("run", "-c", folder / "audit.toml", "--out", folder / "evidence")
        first = orgaudit(*arguments, env=organization.environment)
        organization.remove_role(TAKEN_AWAY)
        second = orgaudit(*arguments, env=organization.environment)
        yield Runs(first, second, organization)


def verdicts(document: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str | None]]:
    return {
        (row["account_id"], row["control"]): (row["result"], row["broken_link"] if row["result"] == "FAIL" else None)
        for row in document["results"]
    }


def test_the_verdicts_are_those_reasoned_beforehand(runs: Runs) -> None:
    expected = {
        (account, control): (row.result, row.broken_link if row.result == "FAIL" else None)
        for account in ACCOUNT_IDS
        if account in EXPECTED
        for control, row in EXPECTED[account].items()
    }
    assert runs.first.code == 1, runs.first.err
    assert verdicts(runs.document(runs.first)) == expected


def test_the_population_adds_up(runs: Runs) -> None:
    people = runs.document(runs.first)["population"]
    excluded = len(set(EXCLUDED) & set(ACCOUNT_IDS))
    unread = len(set(NOT_EVALUATED_ACCOUNTS) & set(ACCOUNT_IDS))
    counts = tuple(people[name] for name in ("listed", "evaluated", "not_evaluated", "excluded"))
    assert counts == (len(ACCOUNT_IDS), len(ACCOUNT_IDS) - excluded - unread, unread, excluded)


def test_taking_a_role_away_turns_just_that_accounts_rows(runs: Runs) -> None:
    before, after = verdicts(runs.document(runs.first)), verdicts(runs.document(runs.second))
    changed = {key for key in before if before[key] != after[key]}
    readable = {key for key in before if key[0] == TAKEN_AWAY and before[key][0] != "NOT_APPLICABLE"}
    assert changed == readable
    assert {after[key] for key in changed} == {("NOT_EVALUATED", None)}
    missing = [
        row["missing"]
        for row in runs.document(runs.second)["results"]
        if (row["account_id"], row["control"]) in changed
    ]
    assert all(calls[0]["call"] == "sts:AssumeRole" and calls[0]["account_id"] == TAKEN_AWAY for calls in missing)


def test_a_check_tells_what_a_run_will_meet_and_leaves_nothing_behind(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_text(runs.organization.configuration, encoding="utf-8")
    told = orgaudit("check", "-c", "audit.toml", env=runs.organization.environment, cwd=tmp_path)
    assert told.code == 4, told.err
    assert "16 of 18 accounts in scope can be read" in told.out
    for account in (TAKEN_AWAY, "340000000001", "340000000003"):
        assert account in told.out
    assert "cloudwatch:DescribeAlarms" in told.out
    assert [path.name for path in tmp_path.iterdir()] == ["audit.toml"]
    assert "\x1b" not in told.out + told.err


def test_nothing_is_drawn_where_there_is_no_terminal(runs: Runs) -> None:
    assert "\x1b" not in runs.first.err + runs.first.out
    assert "\r" not in runs.first.err


def test_a_role_that_no_account_has_leaves_the_start_account_and_says_so(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_text('[organization]\nrole_name = "NoSuchRole"\n', encoding="utf-8")
    told = orgaudit("run", "-c", "audit.toml", env=runs.organization.environment, cwd=tmp_path)
    assert told.code in (1, 4), told.err
    line = next(line for line in told.err.splitlines() if "NoSuchRole" in line)
    assert "sts:AssumeRole AccessDenied" in line


def test_no_right_to_list_accounts(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_text(runs.organization.configuration, encoding="utf-8")
    runs.organization.tell("refuse 100000000001 organizations:ListAccounts")
    told = orgaudit("run", "-c", "audit.toml", env=runs.organization.environment, cwd=tmp_path)
    assert told.code == 3
    assert one_line(told).startswith("orgaudit: ")
    assert "may not list" in told.err


def one_line(told: Told) -> str:
    lines = told.err.strip().splitlines()
    assert len(lines) == 1, told.err
    assert "Traceback" not in told.err
    return lines[0]
