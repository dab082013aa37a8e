"""Four quarters of a simulated organization, end to end: what changed, since when, and what reviewers said."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from orgaudit import pipeline
from orgaudit.config import parse_config
from orgaudit.demo import ACCOUNTS, Account, simulated_organization
from orgaudit.demo.central import CENTRAL_ACCOUNTS
from orgaudit.demo.chain import Monitoring, watching_the_network
from orgaudit.errors import OrgauditError
from orgaudit.evidence.reviews import Review
from orgaudit.pipeline import Finished
from orgaudit.pipeline.returning import take_back
from orgaudit.progress import Silent
from orgaudit.report import render
from tests.conftest import orgaudit

BY_ID = {account.id: account for account in ACCOUNTS}
REPAIRED, LEAVING, JOINING = BY_ID["330000000003"], BY_ID["430000000001"], BY_ID["330000000002"]
HEALTHY = replace(REPAIRED, monitoring=Monitoring(filters=watching_the_network()))
"""The account whose alarm for route tables needed five events, after it was put right."""
ROUTES = f"{REPAIRED.id}.route_table_changes"


def refused(account: Account) -> Account:
    return replace(account, refused=("cloudtrail:DescribeTrails",))


def quarter(folder: Path, started_on: date, accounts: Sequence[Account], benchmark: str | None = None) -> Finished:
    at = datetime(started_on.year, started_on.month, started_on.day, 8, tzinfo=UTC)
    with simulated_organization([*CENTRAL_ACCOUNTS, *accounts], today=date(2026, 2, 20)) as organization:
        config = parse_config(organization.configuration, "quarters")
        return pipeline.run(config, folder, Silent(), benchmark, clock=lambda: at)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> list[Finished]:
    """A fail; a quarter in which the accounts refused; the fail put right under another benchmark; the same again.

    One account leaves and one joins in the third quarter. The workbook of the first comes back before the third. For
    the last quarter only the bundle before it is at hand.
    """
    folder = tmp_path_factory.mktemp("year")
    before = [REPAIRED, LEAVING]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(render, "render_pdf", left_out)  # three of the four PDFs are of no interest here
        first = quarter(folder, date(2026, 2, 20), before)
        second = quarter(folder, date(2026, 5, 20), [refused(account) for account in before])
        reviewed(first.folder, folder / "returned.xlsx")
        third = quarter(folder, date(2026, 8, 20), [HEALTHY, JOINING], "4.0.1")
    alone = tmp_path_factory.mktemp("alone")
    shutil.copytree(third.folder, alone / third.folder.name)
    return [first, second, third, quarter(alone, date(2026, 11, 20), [HEALTHY, JOINING])]


def left_out(*_: object) -> bytes:
    raise OrgauditError("left out")


def reviewed(bundle: Path, returned: Path) -> None:
    book = openpyxl.load_workbook(bundle / "workbook.xlsx")
    sheet = book["Results"]
    head = [cell.value for cell in sheet[1]]
    row = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == ROUTES)
    for heading, word in (("Conclusion", "Follow-up"), ("Comment", "Ticket raised"), ("Tested by", "J. Doe")):
        row[head.index(heading)].value = word
    book.save(returned)
    found = take_back(bundle, returned, lambda: datetime(2026, 6, 1, tzinfo=UTC))
    assert found.taken == {ROUTES: Review("Follow-up", tested_by="J. Doe", comment="Ticket raised")}


def told(finished: Finished) -> dict[str, str]:
    """Kind of each change by account and control."""
    assert finished.view.changes is not None
    return {f"{line.account_id}.{line.control}".rstrip("."): line.kind for line in finished.view.changes.lines}


def test_the_first_run_has_nothing_to_compare_with(year: list[Finished]) -> None:
    assert year[0].view.changes is None
    assert not (year[0].folder / "previous.json").exists()


def test_a_quarter_without_answers_fixes_nothing(year: list[Finished]) -> None:
    kinds = told(year[1])
    assert {kind for test, kind in kinds.items() if test.startswith(REPAIRED.id)} == {"newly_not_evaluated"}
    assert kinds[ROUTES] == "newly_not_evaluated"


def test_a_fix_shows_across_a_gap_and_a_change_of_benchmark(year: list[Finished]) -> None:
    """The criterion of route tables is the same in both versions; that of security groups is not."""
    kinds = told(year[2])
    assert kinds[ROUTES] == "fixed"
    assert kinds[JOINING.id] == "new_account"
    assert kinds[f"{JOINING.id}.vpc_changes"] == "new"
    assert kinds[LEAVING.id] == "account_left"
    assert year[2].view.changes is not None
    assert list(year[2].view.changes.criteria) == ["security_group_changes"]


def test_ages_and_trend_come_along_with_the_last_bundle(year: list[Finished]) -> None:
    found = year[3].view.changes
    assert found is not None
    assert told(year[3]) == {f"{JOINING.id}.vpc_changes": "still_failing"}
    (line,) = found.lines
    assert (line.first_seen, line.runs, line.days_open) == ("2026-08-20T08:00:00Z", 2, 92)
    assert [point.started_at[:7] for point in found.trend] == ["2026-02", "2026-05", "2026-08", "2026-11"]


def test_the_next_workbook_shows_what_the_last_review_said(year: list[Finished]) -> None:
    for finished in year[2:]:
        head, *rows = openpyxl.load_workbook(finished.folder / "workbook.xlsx")["Results"].iter_rows(values_only=True)
        places = [number for number, name in enumerate(head) if str(name).startswith("Last ")]
        said = {row[0]: tuple(row[place] for place in places) for row in rows if any(row[place] for place in places)}
        assert said == {ROUTES: ("Follow-up", "Ticket raised", "2026-02-20, J. Doe")}


def test_workbook_and_pdf_tell_the_changes(year: list[Finished]) -> None:
    folder = year[3].folder
    book = openpyxl.load_workbook(folder / "workbook.xlsx")
    head, *rows = book["Changes"].iter_rows(values_only=True)
    changed = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["Change"], row["Account"], row["Control"]) for row in changed] == [
        ("Still failing", JOINING.id, "vpc_changes")
    ]
    summary = {row[0]: row for row in book["Summary"].iter_rows(values_only=True) if row[0]}
    assert summary["Still failing"][2] == 1
    assert summary["2026-05-20T08:00:00Z"][2] == "7.0.0"
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(folder / "report.pdf").pages).split())
    assert "Since the run of 2026-08-20: 1 still failing." in text
    assert "Judged by CIS AWS Foundations 4.0.1 before, by 7.0.0 now." in text
    for point in year[3].view.changes.trend if year[3].view.changes else ():
        assert f"{point.started_at} {point.benchmark} {point.evaluated} of {point.listed}" in text


def test_report_gives_the_same_files_again(year: list[Finished]) -> None:
    folder = year[3].folder
    again = folder.parent / "again"
    done = orgaudit("report", folder, "--out", again)
    assert done.code == year[3].exit_code
    steps = ["Step 1 of 3: verdicts", "Step 2 of 3: reports", "Step 3 of 3: seal"]
    assert [line for line in done.err.splitlines() if line.startswith("Step")] == steps
    refused = orgaudit("report", folder, "--out", again)
    assert refused.code == 3
    assert (
        refused.err == f"orgaudit: {again}: is not empty, and nothing is written over. Name another folder with --out\n"
    )
    for name in ("previous.json", "results.json", "workbook.xlsx", "report.pdf"):
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name


def test_compare_tells_it_in_80_columns(year: list[Finished]) -> None:
    done = orgaudit("compare", year[0].folder, year[2].folder)
    assert done.code == 0, done.err
    assert "      1  Fixed" in done.out
    fixed = f"Fixed {REPAIRED.id} {REPAIRED.name} route_table_changes FAIL (waiver expired) → PASS; first seen failing"
    assert fixed in " ".join(done.out.split()), done.out
    assert [line for line in done.out.splitlines() if len(line) > 80 and "orgaudit report" not in line] == []
    turned = orgaudit("compare", year[2].folder, year[0].folder)
    assert (turned.code, turned.err.count("\n")) == (2, 1)
