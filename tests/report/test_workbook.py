"""The workbook as a reviewer meets it: tables, filters, coloured columns, and every field of results.json."""

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from orgaudit.report.columns import RESULT_COLUMNS, cells
from orgaudit.report.inert import visible
from orgaudit.report.sheets import REVIEW_COLUMNS
from orgaudit.report.view import build_view
from orgaudit.report.workbook import write_workbook

SHEETS = [
    "README", "Summary", "Matrix", "Results", "Exceptions", "Who is told", "Changes", "Waivers", "Population",
    "Controls", "Evidence", "Calls", "Reliability", "Frameworks", "Legend",
]  # fmt: skip


def render_workbook(view: Any, **said: Any) -> bytes:
    out = io.BytesIO()
    write_workbook(view, out, **said)
    return out.getvalue()


@pytest.fixture(scope="session")
def content(hostile: Any) -> bytes:
    return render_workbook(hostile.view(), scope="Root/Workloads", results_sha256="ab" * 32)


@pytest.fixture(scope="session")
def book(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_sheets_stand_in_the_order_of_reading(book: Any) -> None:
    assert book.sheetnames == SHEETS


def test_every_field_is_the_one_of_results_json(hostile: Any, book: Any) -> None:
    """What a cell holds is the row's own text, apart from what no cell can hold."""
    rows = list(book["Results"].iter_rows(min_row=2, max_col=len(RESULT_COLUMNS), values_only=True))
    assert len(rows) == len(hostile.document["results"])
    for written, row in zip(rows, hostile.document["results"], strict=True):
        assert [(text or "").replace("_x005F_", "_") for text in written] == [visible(text) for text in cells(row)]


def test_data_sheets_are_tables_with_filters_and_a_frozen_head(book: Any) -> None:
    names = []
    for sheet in book.worksheets:
        names += list(sheet.tables)
        if sheet.title in ("README", "Summary", "Reliability", "Legend"):
            continue
        (table,) = sheet.tables.values()
        assert table.ref == sheet.dimensions
        assert table.autoFilter.ref == table.ref
        assert [cell.value for cell in sheet[1]] == [column.name for column in table.tableColumns]
        assert int("".join(filter(str.isdigit, sheet.freeze_panes))) == 2
        assert sheet.print_title_rows == "$1:$1"
        assert not sheet.merged_cells.ranges
    assert len(names) == len(set(names))


def test_every_sheet_prints_one_page_wide_with_run_and_page(hostile: Any, book: Any) -> None:
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert hostile.document["run"]["id"] in sheet.oddFooter.left.text
        assert sheet.oddFooter.right.text == "Page &P of &N"


def printed(sheet: Any) -> list[list[str]]:
    """The columns of each page on paper, by letter."""
    areas = re.findall(r"\$([A-Z]+)\$1:\$([A-Z]+)\$(\d+)", sheet.print_area)
    assert all(int(last) == sheet.max_row for _, _, last in areas)
    whole = [("A", openpyxl.utils.get_column_letter(sheet.max_column), "")]
    pages = [_letters(first, last) for first, last, _ in areas or whole]
    repeated = _letters(*re.findall(r"[A-Z]+", sheet.print_title_cols)) if sheet.print_title_cols else []
    return [[*(one for one in repeated if one not in page), *page] for page in pages]


def _letters(first: str, last: str) -> list[str]:
    numbers = map(openpyxl.utils.column_index_from_string, (first, last))
    return [openpyxl.utils.get_column_letter(number) for number in range(next(numbers), next(numbers) + 1)]


def test_what_is_printed_can_be_read(book: Any) -> None:
    """At 10 points 149 digits stand on the width of a landscape A4: what is fitted keeps two thirds of its size."""
    for sheet in book.worksheets:
        for page in printed(sheet):
            assert sum(sheet.column_dimensions[letter].width for letter in page) <= 149 * 3 / 2, sheet.title


def test_results_are_printed_with_the_reviewers_words_beside_account_and_control(book: Any) -> None:
    sheet = book["Results"]
    found, reviewed = ([sheet[f"{letter}1"].value for letter in page] for page in printed(sheet))
    assert found == ["Account", "Control", "Section", "Result", "Disposition", "Coverage", "Reason code", "Reason"]
    assert reviewed == ["Account", "Control", *(column.heading for column in REVIEW_COLUMNS)]


def test_account_ids_are_text_and_nothing_warns_of_it(content: bytes, book: Any) -> None:
    place = [column.field for column in RESULT_COLUMNS].index("account_id") + 1
    column = book["Results"].iter_rows(min_row=2, min_col=place, max_col=place)
    assert {(cell.data_type, cell.number_format) for (cell,) in column} == {("s", "@")}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for number in range(1, len(SHEETS) + 1):
            part = archive.read(f"xl/worksheets/sheet{number}.xml")
            assert part.count(b"<ignoredErrors>") == 1
            assert part.index(b"</sheetData>") < part.index(b"<ignoredErrors>")


def test_a_result_shows_word_sign_and_colour(book: Any) -> None:
    place = [column.field for column in RESULT_COLUMNS].index("result") + 1
    looks = {}
    for (cell,) in book["Results"].iter_rows(min_row=2, min_col=place, max_col=place):
        looks[cell.value] = (cell.number_format, cell.font.color.rgb, cell.fill.fgColor.rgb)
    assert set(looks) == {"PASS", "FAIL", "NOT_EVALUATED", "NOT_APPLICABLE"}
    assert len(set(looks.values())) == 4
    assert looks["FAIL"][0] == '"✗ "@'


def test_reviewers_fill_in_coloured_columns_with_choices(book: Any) -> None:
    sheet = book["Results"]
    heads = [cell.value for cell in sheet[1]][-len(REVIEW_COLUMNS) :]
    assert heads == [column.heading for column in REVIEW_COLUMNS]
    kinds = sorted(validation.type for validation in sheet.data_validations.dataValidation)
    assert kinds == ["date", "list", "list"]
    ticks = next(one for one in sheet.data_validations.dataValidation if "Legend" in one.formula1)
    area = ticks.formula1.replace("$", "").removeprefix("Legend!")
    assert [cell.value for (cell,) in book["Legend"][area]] == [f"TM-{number}" for number in range(1, 7)]
    assert len(sheet.conditional_formatting) == len(REVIEW_COLUMNS)


def test_links_lead_to_the_failing_row(book: Any) -> None:
    results = book["Results"]
    links = [cell for row in book["Exceptions"].iter_rows(min_row=2) for cell in row if cell.hyperlink]
    assert links
    for cell in links:
        target = results[cell.hyperlink.location.split("!")[1]]
        assert target.value == cell.value
    matrix = [cell for row in book["Matrix"].iter_rows(min_row=2) for cell in row if cell.hyperlink]
    assert all(results[cell.hyperlink.location.split("!")[1].replace("A", "E")].value == "FAIL" for cell in matrix)


def test_the_document_knows_its_run(hostile: Any, book: Any) -> None:
    run = hostile.document["run"]
    assert {one.name: one.value for one in book.custom_doc_props.props} == {
        "run_id": run["id"],
        "benchmark": run["benchmark"],
        "results_sha256": "ab" * 32,
    }
    sheet, _, cell = book.defined_names["run_id"].attr_text.partition("!")
    assert book[sheet][cell].value == run["id"]
    assert book.properties.created.isoformat() == book.properties.modified.isoformat() == run["started_at"][:19]
    assert "Root/Workloads" in {row[1] for row in book["README"].iter_rows(values_only=True)}


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(sample: Any) -> None:
    """No row is lost or told twice, and links find theirs."""
    rows = sample.document["results"]
    split = openpyxl.load_workbook(io.BytesIO(render_workbook(sample.view(), row_limit=100)))
    parts = [name for name in split.sheetnames if name.startswith("Results")]
    assert parts == ["Results", *(f"Results_{number}" for number in range(2, -(-len(rows) // 100) + 1))]
    ids = [row[0] for name in parts for row in split[name].iter_rows(min_row=2, max_col=1, values_only=True)]
    assert ids == [row["test_id"] for row in rows]
    linked = next(cell for row in split["Exceptions"].iter_rows(min_row=2) for cell in row if cell.hyperlink)
    sheet, _, cell = linked.hyperlink.location.replace("'", "").partition("!")
    assert split[sheet][cell].value == linked.value


def test_sheets_without_rows_say_so(sample: Any) -> None:
    """A first run has no changes; the table is still one that a spreadsheet opens."""
    book = openpyxl.load_workbook(io.BytesIO(render_workbook(sample.view())))
    assert book["Changes"]["A2"].value == "None."
    assert book["Changes"].tables["Changes"].ref.startswith("A1:")


ANY = st.text(st.characters(), max_size=30)
TRICKY = st.sampled_from(
    [*"=+-@\t\r\n＝＋－＠'\"", "_x000D_", "_x005F_", " ", "\x00", "\u202e", "\ud800", "\ufffe", "1e5", "007"]
)
TEXTS = st.lists(st.builds("".join, st.lists(TRICKY | ANY, max_size=4)), min_size=150, max_size=150)
FREE = ("reason", "observed", "expected", "criterion", "reason_code")
"""Fields of a row that hold what somebody else wrote."""


def read_by_libreoffice(content: bytes, folder: Path) -> list[list[str]]:
    """The sheet Results as LibreOffice reads it; the workbook is opened without a question asked, so without repair."""
    folder.mkdir(exist_ok=True)
    (folder / "workbook.xlsx").write_bytes(content)
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,false,false,false,false,-1"
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", every_sheet,
         "--outdir", str(folder), str(folder / "workbook.xlsx")],
        check=True, capture_output=True, timeout=500,
    )  # fmt: skip
    text = (folder / "workbook-Results.csv").read_text("utf-8")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@settings(max_examples=2, database=None, phases=[Phase.generate])
@given(texts=TEXTS)
def test_another_program_reads_the_same(
    hostile: Any, tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    """LibreOffice opens the workbook and finds every text of results.json, also what looks like a formula or an escape.

    Nothing is computed: what a cell shows is what the row says, apart from characters that no cell can hold.
    """
    document = json.loads(json.dumps(hostile.document))
    for number, (row, text) in enumerate(zip(document["results"], texts, strict=False)):
        row[FREE[number % len(FREE)]] = text
    content = render_workbook(build_view(document, hostile.frames))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not [name for name in sheets if re.search(rb"<f[ >]", archive.read(name))]
    rows = read_by_libreoffice(content, tmp_path_factory.mktemp("read"))
    assert len(rows) == len(document["results"])
    for read, row in zip(rows, document["results"], strict=True):
        assert read[: len(RESULT_COLUMNS)] == [visible(one) for one in cells(row)]
