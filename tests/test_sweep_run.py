"""A run with a sweep, from the organization to the files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from moto.cloudwatch.models import cloudwatch_backends

from orgaudit import pipeline
from orgaudit.config import parse_config
from orgaudit.demo import ACCOUNTS, simulated_organization
from orgaudit.progress import Silent

STOPPED = "400000000001"
IDS = {"100000000001", "200000000001", STOPPED, "300000000001"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The bundles of a run without sweep, of one with it, and of the latter evaluated again offline."""
    out = tmp_path_factory.mktemp("sweep")
    with simulated_organization([account for account in ACCOUNTS if account.id in IDS]) as organization:
        backend = cloudwatch_backends[STOPPED]
        there, here = backend["eu-west-1"].alarms, backend["eu-central-1"].alarms
        assert here
        assert not there
        config = parse_config(organization.configuration, "audit.toml")
        plain = pipeline.run(config, out / "plain", Silent())
        sweeping = replace(config, audit=replace(config.audit, sweep="failed"))
        swept = pipeline.run(sweeping, out / "swept", Silent())
    again = pipeline.report(swept.folder, out / "again")
    assert not swept.problems
    return {"plain": plain.folder, "swept": swept.folder, "again": again.folder}


def rows(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    document = json.loads((folder / "results.json").read_text("utf-8"))
    return {(row["account_id"], row["control"]): row for row in document["results"]}


def codes(row: dict[str, Any]) -> set[str]:
    return {note["code"] for note in row["observations"]}


def test_orphans_stand_beside_the_failures_and_nowhere_else(folders: dict[str, Path]) -> None:
    found = {key: row for key, row in rows(folders["swept"]).items() if "ORPHANED_FILTER" in codes(row)}
    assert found
    assert {account for account, _ in found} == {STOPPED}
    row = found[STOPPED, "security_group_changes"]
    texts = {note["code"]: note["text"] for note in row["observations"]}
    assert row["result"] == "FAIL"
    for code in ("ORPHANED_FILTER", "ORPHANED_ALARM"):
        assert "in eu-central-1" in texts[code]
        assert "security_group_changes" in texts[code]


def test_the_verdicts_are_those_of_a_run_without_sweep(folders: dict[str, Path]) -> None:
    told = ("result", "reason_code", "broken_link", "coverage", "missing", "witness", "observed", "disposition")
    plain, swept = rows(folders["plain"]), rows(folders["swept"])
    assert {key: [row[name] for name in told] for key, row in plain.items()} == {
        key: [row[name] for name in told] for key, row in swept.items()
    }


def test_evaluated_again_offline_it_says_the_same(folders: dict[str, Path]) -> None:
    assert rows(folders["again"]) == rows(folders["swept"])


def test_the_workbook_shows_them_as_it_shows_observations(folders: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(folders["swept"] / "workbook.xlsx", read_only=True)
    cells = [str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line if cell]
    assert any("ORPHANED_ALARM" in cell and "eu-central-1" in cell for cell in cells)
