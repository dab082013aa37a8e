"""A run with a sweep, from the organization to the files."""

import json
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from moto.cloudwatch.models import cloudwatch_backends
from pypdf import PdfReader

from orgaudit import pipeline
from orgaudit.config import parse_config
from orgaudit.demo import ACCOUNTS, simulated_organization
from orgaudit.errors import UnfinishedError
from orgaudit.pipeline.derivation import judged
from orgaudit.progress import Silent

STOPPED = "400000000001"
IDS = {"100000000001", "200000000001", STOPPED, "300000000001"}


class StoppedAtTheSweep(Silent):
    """Somebody interrupts the run just as the sweep begins."""

    def __init__(self) -> None:
        self.stop = threading.Event()

    def stage(self, name: str) -> None:
        if "orphaned" in name:
            self.stop.set()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run by an older version without sweep, one with it, that one evaluated again offline, and one interrupted."""
    out = tmp_path_factory.mktemp("sweep")
    with simulated_organization([account for account in ACCOUNTS if account.id in IDS]) as organization:
        backend = cloudwatch_backends[STOPPED]
        there, here = backend["eu-west-1"].alarms, backend["eu-central-1"].alarms
        assert here
        assert not there
        config = parse_config(organization.configuration, "audit.toml")
        plain = pipeline.run(config, out / "plain", Silent(), benchmark="4.0.0")
        sweeping = replace(config, audit=replace(config.audit, sweep="failed"))
        swept = pipeline.run(sweeping, out / "swept", Silent())
        with pytest.raises(UnfinishedError):
            pipeline.run(sweeping, out / "resumed", stopped := StoppedAtTheSweep(), stop=stopped.stop)
        (unfinished,) = (path for path in (out / "resumed").iterdir() if path.is_dir())
        resumed = pipeline.resume(unfinished, Silent())
    again = pipeline.report(swept.folder, out / "again")
    assert not swept.problems
    return {"plain": plain.folder, "swept": swept.folder, "again": again.folder, "resumed": resumed.folder}


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


TOLD = ("section", "result", "reason_code", "broken_link", "coverage", "missing", "witness", "observed", "disposition")


def told(listed: Iterable[dict[str, Any]]) -> dict[tuple[str, str], list[Any]]:
    return {(row["account_id"], row["control"]): [row[name] for name in TOLD] for row in listed}


def test_the_verdicts_are_those_of_a_run_without_sweep_by_any_version(folders: dict[str, Path]) -> None:
    """`--benchmark` on a run, and on the evidence of a run by another version, with a sweep."""
    document = json.loads((folders["plain"] / "results.json").read_text("utf-8"))
    assert document["run"]["benchmark"] == "4.0.1"
    assert told(document["results"]) == told(judged(folders["swept"], "4.0.1").rows)


def test_what_differs_between_versions_shows(folders: dict[str, Path]) -> None:
    older, newer = rows(folders["plain"]), rows(folders["swept"])
    key = (STOPPED, "security_group_changes")
    assert older[key]["section"] != newer[key]["section"]
    assert older[key]["criterion"].count("eventName") == 6
    assert newer[key]["criterion"].count("eventName") == 7


def test_evaluated_again_offline_it_says_the_same(folders: dict[str, Path]) -> None:
    assert rows(folders["again"]) == rows(folders["swept"])


def test_a_run_interrupted_before_its_sweep_makes_it_when_it_is_resumed(folders: dict[str, Path]) -> None:
    def said(folder: Path) -> dict[tuple[str, str], list[Any]]:
        return {key: [row["result"], row["observations"]] for key, row in rows(folder).items()}

    assert said(folders["resumed"]) == said(folders["swept"])


def test_the_workbook_shows_them_as_it_shows_observations(folders: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(folders["swept"] / "workbook.xlsx", read_only=True)
    cells = [str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line if cell]
    assert any("ORPHANED_ALARM" in cell and "eu-central-1" in cell for cell in cells)


def test_the_pdf_shows_them_as_it_shows_observations(folders: dict[str, Path]) -> None:
    pages = PdfReader(folders["swept"] / "report.pdf").pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "ORPHANED_ALARM" in text
    assert "in eu-central-1, fed by nothing" in text
