"""What a reviewer hands back is read as it was meant; what was edited is named and refused, row by row."""

import io
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orgaudit.deliver.scope import Scope
from orgaudit.deliver.units import Units
from orgaudit.errors import BundleError
from orgaudit.evidence.earlier import LastReview, dump_earlier, with_run
from orgaudit.evidence.judged import judged
from orgaudit.evidence.previous import since_last
from orgaudit.evidence.reviews import FILE_NAME, Review, current
from orgaudit.pipeline.returning import Reviewed, take_back
from orgaudit.report.view import build_view
from orgaudit.report.workbook import ROW_LIMIT, write_workbook
from tests.conftest import orgaudit
from tests.deliver.conftest import NAME, sealed
from tests.pipeline.libreoffice import AVAILABLE, reviewed_in_libreoffice
from tests.report.conftest import MANAGEMENT, Sample, make_sample

Sheet = Any
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
RUN, BENCHMARK = "b7f3c2a19d4e4f60", "7.0.0"
ONE, TWO, THREE = (f"{MANAGEMENT}.{key}" for key in ("vpc_changes", "nacl_changes", "root_account_usage"))
LIBREOFFICE = pytest.mark.skipif(not AVAILABLE, reason="LibreOffice is not installed")


def workbook_of(view: Any, scope: str = "", row_limit: int = ROW_LIMIT) -> bytes:
    out = io.BytesIO()
    write_workbook(view, out, scope, row_limit=row_limit)
    return out.getvalue()


class Desk:
    """A sealed bundle, its workbook, and a reviewer who edits it."""

    def __init__(self, folder: Path, sample: Sample) -> None:
        self.sample = sample
        self.bundle = sealed(folder / "evidence" / NAME, sample, {"workbook.xlsx": workbook_of(sample.view())}).folder
        self.workbook = folder / "returned.xlsx"

    def edited(self, edit: Callable[[Sheet], None], source: bytes | None = None) -> "Desk":
        book = openpyxl.load_workbook(io.BytesIO(source or (self.bundle / "workbook.xlsx").read_bytes()))
        edit(book["Results"])
        book.save(self.workbook)
        return self

    def taken_back(self) -> Reviewed:
        return take_back(self.bundle, self.workbook, lambda: NOW)

    def ledger(self) -> dict[str, Review]:
        return current(self.bundle.parent, RUN, BENCHMARK)


@pytest.fixture(scope="session")
def small() -> Sample:
    """Six accounts."""
    return make_sample(6)


@pytest.fixture
def desk(tmp_path: Path, small: Sample) -> Desk:
    return Desk(tmp_path, small)


def cell(sheet: Sheet, test_id: str, heading: str) -> Any:
    place = [one.value for one in sheet[1]].index(heading) + 1
    row = next(row[0].row for row in sheet.iter_rows(max_col=1) if row[0].value == test_id)
    return sheet.cell(row, place)


def put(test_id: str, **words: Any) -> Callable[[Sheet], None]:
    """Write into the reviewers' columns of a row; ``Tested_by`` is the column "Tested by"."""

    def write(sheet: Sheet) -> None:
        for name, value in words.items():
            cell(sheet, test_id, name.replace("_", " ")).value = value

    return write


def test_the_reviewers_words_are_read(desk: Desk) -> None:
    words = {
        "Conclusion": "follow up",
        "Tickmark": "TM-1",
        "Tested_by": "J. Doe",
        "Test_date": date(2026, 11, 30),
        "Comment": "Line one\nline two",
        "Ticket": 4711,
    }
    found = desk.edited(put(ONE, **words)).taken_back()
    assert desk.ledger() == {
        ONE: Review("Follow-up", "TM-1", "J. Doe", "2026-11-30", "", "Line one\nline two", "4711"),
    }
    assert found.untouched
    assert (found.rows, found.conclusions["Follow-up"]) == (len(desk.sample.document["results"]), 1)


def test_a_workbook_that_nobody_touched_says_nothing(desk: Desk) -> None:
    desk.edited(lambda sheet: None)
    found = desk.taken_back()
    assert (found.untouched, found.taken) == (True, {})


def test_order_own_columns_rows_above_and_other_sheets_do_not_matter(desk: Desk) -> None:
    def rearrange(sheet: Sheet) -> None:
        put(ONE, Conclusion="Agree")(sheet)
        head, *rows = [[one.value for one in row] for row in sheet.iter_rows()]
        sheet.delete_rows(1, sheet.max_row)
        sheet.append(["Our own title"])
        sheet.append(["My sample", *reversed(head), "My remarks"])
        for row in reversed(rows):
            sheet.append(["yes", *reversed(row), "fine"])
        sheet.parent.create_sheet("My notes", 0).append(["Test id", "anything"])

    found = desk.edited(rearrange).taken_back()
    assert found.untouched
    assert desk.ledger() == {ONE: Review("Agree")}


def test_a_workbook_of_several_sheets_of_results_is_read_whole(desk: Desk) -> None:
    last = desk.sample.document["results"][-1]["test_id"]
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(desk.sample.view(), row_limit=40)))
    put(last, Conclusion="Agree")(book[[name for name in book.sheetnames if name.startswith("Results")][-1]])
    book.save(desk.workbook)
    assert desk.taken_back().untouched
    assert desk.ledger() == {last: Review("Agree")}


def test_what_the_last_review_said_is_read_only(desk: Desk, small: Sample) -> None:
    """Its columns stand beside the evidence; an edit of them is named as any other."""
    earlier = small.document | {"run": small.document["run"] | {"id": "earlier", "started_at": "2026-08-20T08:00:00Z"}}
    said = LastReview("Agree", "Seen.", "J. Doe", "2026-08-20T08:00:00Z")
    known = replace(with_run(None, judged(earlier)), reviews={(MANAGEMENT, "vpc_changes"): said})
    folder = desk.bundle.with_name("next")
    files = {"previous.json": dump_earlier(known)}
    desk.bundle = sealed(folder, small, files).folder
    view = small.view(since_last(folder, small.document))

    def edit(sheet: Sheet) -> None:
        put(ONE, Conclusion="Agree")(sheet)
        assert cell(sheet, ONE, "Last reviewed (run, by)").value == "2026-08-20, J. Doe"
        cell(sheet, TWO, "Last quarter's comment").value = "made up"

    found = desk.edited(edit, workbook_of(view)).taken_back()
    assert [(one.test_id, one.why) for one in found.refused] == [
        (TWO, 'Last quarter\'s comment is "made up", sent as empty')
    ]
    assert set(found.taken) == {ONE}


@pytest.mark.parametrize("heading", ["Result", "Disposition", "Reason", "Observed", "Row SHA-256", "Account"])
def test_an_edited_row_is_refused_and_named_and_the_others_are_taken(desk: Desk, heading: str) -> None:
    def edit(sheet: Sheet) -> None:
        put(ONE, Conclusion="Agree", Comment="do not lose me")(sheet)
        put(TWO, Conclusion="Disagree")(sheet)
        cell(sheet, ONE, heading).value = "edited"

    found = desk.edited(edit).taken_back()
    (refused,) = found.refused
    assert (refused.test_id, found.untouched) == (ONE, False)
    assert refused.why.startswith(f'{heading} is "edited", sent as ')
    assert refused.place.startswith("Results row ")
    assert desk.ledger() == {TWO: Review("Disagree")}
    kept = sqlite3.connect(desk.bundle.parent / FILE_NAME).execute(
        "SELECT test_id, comment FROM reviews WHERE refused <> ''"
    )
    assert kept.fetchall() == [(ONE, "do not lose me")]


def test_a_consistent_edit_of_verdict_and_hash_is_refused_too(desk: Desk) -> None:
    """The row's hash is compared with the bundle's, and so is every text."""

    def edit(sheet: Sheet) -> None:
        for heading in ("Result", "Disposition", "Reason", "Row SHA-256"):
            cell(sheet, ONE, heading).value = cell(sheet, TWO, heading).value
        cell(sheet, ONE, "Result").value = "NOT_APPLICABLE"

    (refused,) = desk.edited(edit).taken_back().refused
    assert "Row SHA-256" in refused.why
    assert 'Result is "NOT_APPLICABLE"' in refused.why


def test_removed_doubled_and_foreign_rows_are_named(desk: Desk) -> None:
    def edit(sheet: Sheet) -> None:
        put(ONE, Conclusion="Agree")(sheet)
        put(THREE, Conclusion="Agree")(sheet)
        sheet.append([one.value for one in sheet[cell(sheet, ONE, "Test id").row]])
        sheet.append(["999999999999.vpc_changes", "999999999999"])
        sheet.delete_rows(cell(sheet, TWO, "Test id").row)

    found = desk.edited(edit).taken_back()
    assert found.removed == (TWO,)
    assert [(one.test_id, one.why.partition(",")[0]) for one in found.refused] == [
        (ONE, "it is there twice"),
        (ONE, "it is there twice"),
        ("999999999999.vpc_changes", "its test id is not one that was sent"),
    ]
    assert desk.ledger() == {THREE: Review("Agree")}


@pytest.mark.parametrize(
    ("heading", "value", "why"),
    [
        ("Conclusion", "Perhaps", 'conclusion "Perhaps" is none of Agree, Disagree, Follow-up, N-A'),
        ("Test date", "soon", 'test date "soon" is no date such as 2026-11-23'),
    ],
)
def test_what_cannot_be_is_named_by_row(desk: Desk, heading: str, value: str, why: str) -> None:
    def edit(sheet: Sheet) -> None:
        put(TWO, Conclusion="n/a")(sheet)
        cell(sheet, ONE, heading).value = value

    found = desk.edited(edit).taken_back()
    assert [(one.test_id, one.why) for one in found.refused] == [(ONE, why)]
    assert desk.ledger() == {TWO: Review("N-A")}


def test_words_of_two_reviewers_add_up_and_nothing_counts_twice(desk: Desk) -> None:
    """An empty cell never overwrites; a later word does, and the ledger keeps what stood there."""
    desk.edited(put(ONE, Conclusion="Agree", Tested_by="A")).taken_back()
    assert desk.taken_back().recorded.known == (ONE,)
    found = desk.edited(put(ONE, Comment="seen")).taken_back()
    assert desk.ledger() == {ONE: Review("Agree", tested_by="A", comment="seen")}
    assert list(found.recorded.changed) == [ONE]
    desk.edited(put(ONE, Conclusion="Disagree")).taken_back()
    assert desk.ledger()[ONE].conclusion == "Disagree"
    kept = sqlite3.connect(desk.bundle.parent / FILE_NAME).execute("SELECT conclusion FROM reviews").fetchall()
    assert [one for (one,) in kept] == ["Agree", "Agree", "Disagree"]


def test_a_workbook_of_another_run_or_version_is_one_clear_error(desk: Desk, small: Sample) -> None:
    for name, value, told in (("id", "another", "is the workbook of run another"), ("benchmark", "4.0.1", "CIS 4.0.1")):
        run = small.document["run"] | {name: value}
        desk.workbook.write_bytes(workbook_of(build_view(small.document | {"run": run}, small.frames)))
        with pytest.raises(BundleError, match=told):
            desk.taken_back()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"no workbook at all"])
def test_what_is_no_workbook_is_one_clear_error(desk: Desk, content: bytes) -> None:
    desk.workbook.write_bytes(content)
    with pytest.raises(BundleError, match="cannot be read as a workbook"):
        desk.taken_back()


def test_columns_that_tell_rows_apart_have_to_be_there_others_are_named(desk: Desk) -> None:
    def without(heading: str) -> Callable[[Sheet], None]:
        return lambda sheet: sheet.delete_cols([one.value for one in sheet[1]].index(heading) + 1)

    with pytest.raises(BundleError, match=r"has no column Row SHA-256"):
        desk.edited(without("Row SHA-256")).taken_back()
    found = desk.edited(without("Evidence ids")).taken_back()
    assert (found.columns_removed, found.untouched) == (("Evidence ids",), False)


def test_the_workbook_of_a_delivery_lacks_no_row(desk: Desk, small: Sample) -> None:
    """Rows of other units are not missing; a row of its own is."""
    units = Units(("Root/Workloads",))
    scope = Scope(small.document, units)
    document = scope.document()
    sent = workbook_of(build_view(document, scope.frames(small.frames)), units.text)
    test_id = document["results"][0]["test_id"]
    found = desk.edited(put(test_id, Conclusion="Agree"), sent).taken_back()
    assert (found.scope, found.rows, found.untouched) == (units.names, len(document["results"]), True)
    assert set(desk.ledger()) == {test_id}
    lost = desk.edited(lambda sheet: sheet.delete_rows(2), sent).taken_back()
    assert lost.removed == (test_id,)


def test_the_command_tells_rows_and_exit_code(desk: Desk) -> None:
    def edit(sheet: Sheet) -> None:
        put(TWO, Conclusion="Agree")(sheet)
        cell(sheet, ONE, "Result").value = "edited"

    told = orgaudit("review", desk.bundle, desk.edited(edit).workbook)
    assert told.code == 1, told.err
    assert "1 with a reviewer's words taken (1 new, 0 changed, 0 known before): 1 Agree." in told.out
    assert f'{ONE}: Result is "edited", sent as "PASS"' in " ".join(told.out.split())
    assert max(map(len, told.out.splitlines())) <= 80
    answer = json.loads(orgaudit("review", desk.bundle, desk.workbook, "--json").out)
    assert [one["test_id"] for one in answer["refused"]] == [ONE]
    assert orgaudit("review", desk.bundle, desk.bundle / "config.toml").code == 2


@LIBREOFFICE
def test_a_workbook_worked_on_in_libreoffice_is_read_back(tmp_path: Path) -> None:
    """Sorted, filtered, with columns, notes and a sheet added; names and findings try everything."""
    desk = Desk(tmp_path, make_sample(8, hostile=True))
    steps = [
        f'Put(sheet, "{ONE}", "Conclusion", "Agree")',
        f'Put(sheet, "{ONE}", "Comment", "Seen with the ""owner""" && Chr(10) && "and it is ok")',
        f'PutDate(sheet, "{ONE}", "Test date", "2026-11-24")',
        f'Put(sheet, "{TWO}", "Conclusion", "follow-up")',
        'Sorted(sheet, "Control")',
        'OwnColumn(sheet, "Section", "My sample", "yes")',
        f'Noted(sheet, "{ONE}", "Result", "look here")',
        'Filtered(sheet, "Conclusion", "Agree")',
        'document.Sheets.insertNewByName("My notes", 0)',
    ]
    reviewed_in_libreoffice(desk.bundle / "workbook.xlsx", desk.workbook, steps)
    sheet = openpyxl.load_workbook(desk.workbook)["Results"]
    assert sheet["C2"].value > sheet.cell(sheet.max_row, 3).value  # it was sorted
    assert sheet["D1"].value == "My sample"
    assert any(row.hidden for row in sheet.row_dimensions.values())
    found = desk.taken_back()
    assert [(one.test_id, one.why) for one in found.refused] == []
    assert found.untouched
    assert desk.ledger() == {
        ONE: Review("Agree", test_date="2026-11-24", comment='Seen with the "owner"\nand it is ok'),
        TWO: Review("Follow-up"),
    }


@LIBREOFFICE
def test_a_verdict_edited_in_libreoffice_is_refused_by_row(desk: Desk) -> None:
    steps = [
        f'Put(sheet, "{ONE}", "Result", "FAIL")',
        f'Put(sheet, "{TWO}", "Conclusion", "Agree")',
        f'Put(sheet, "{ONE}", "Conclusion", "Agree")',
        f'Doubled(sheet, "{TWO}")',
        f'Removed(sheet, "{THREE}")',
    ]
    reviewed_in_libreoffice(desk.bundle / "workbook.xlsx", desk.workbook, steps)
    found = desk.taken_back()
    assert found.removed == (THREE,)
    assert [(one.test_id, one.why.partition(",")[0]) for one in found.refused] == [
        (ONE, 'Result is "FAIL"'),
        (TWO, "it is there twice"),
        (TWO, "it is there twice"),
    ]
    assert found.taken == {}
