"""``workbook.xlsx``: the full list, for people who review row by row."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from orgaudit.model.calls import canonical_json
from orgaudit.report import registers, sheets
from orgaudit.report.fronts import FRONT, write_legend, write_readme, write_reliability, write_summary
from orgaudit.report.inert import visible
from orgaudit.report.package import FixedZip
from orgaudit.report.sheet import REVIEW_PAPER, Palette, Sheet, parts
from orgaudit.report.sheets import CONCLUSIONS, REVIEW_COLUMNS, TICKMARKS, Content
from orgaudit.report.view import View

if TYPE_CHECKING:
    from openpyxl import Workbook

ROW_LIMIT = 1_048_575
"""Rows that Excel keeps on a sheet, less the heading."""


def write_workbook(
    view: View, out: IO[bytes], scope: str = "", results_sha256: str = "", row_limit: int = ROW_LIMIT
) -> None:
    """Write the workbook: the same view gives the same bytes.

    scope: which part of the organization it is about; empty for all. results_sha256: of ``results.json``, kept among
    the document's properties. row_limit: rows of a data sheet before another one is begun.
    """
    from openpyxl import Workbook
    from openpyxl.writer.excel import ExcelWriter

    book = Workbook(write_only=True)
    writer = _Writer(view, book, row_limit)
    writer.write(scope)
    _describe(book, view, results_sha256)
    archive = FixedZip(out, _moment(view).strftime("%Y-%m-%dT%H:%M:%SZ"), writer.areas())
    ExcelWriter(book, archive).save()


class _Writer:
    """The sheets in the order in which a reader meets them."""

    def __init__(self, view: View, book: "Workbook", row_limit: int) -> None:
        self.view, self.book, self.row_limit = view, book, row_limit
        self.palette = Palette(book)
        self.footer = f"{view.report.classification}   run {view.run['id']}   as at {view.as_at}"
        self.done: list[Sheet] = []

    def write(self, scope: str) -> None:
        view, place = self.view, self.place
        contents = (
            sheets.matrix(view, place),
            sheets.results(view),
            sheets.exceptions(view, place),
            sheets.who_is_told(view),
            sheets.changes(view),
            sheets.waivers(view),
            registers.population(view),
            registers.controls(view),
            registers.evidence(view),
            registers.ledger(view),
        )
        frameworks = registers.frameworks(view)
        about = {content.title: content.about for content in (*contents, frameworks)}
        write_readme(self.front("README"), view, scope, about)
        write_summary(self.front("Summary"), view, place)
        for content in contents:
            self.data(content)
        write_reliability(self.front("Reliability"), view)
        self.data(frameworks)
        write_legend(self.front("Legend"))

    def place(self, number: int) -> tuple[str, int]:
        """Sheet and row of the result at that place."""
        part, row = divmod(number, self.row_limit)
        return _numbered("Results", part), row + 2

    def front(self, title: str) -> Sheet:
        return self.sheet(title, FRONT[title])

    def sheet(self, title: str, widths: tuple[int, ...], frozen: int | None = None) -> Sheet:
        made = Sheet(self.book, self.palette, title, widths, self.footer, frozen)
        self.done.append(made)
        return made

    def data(self, content: Content) -> None:
        widths = tuple(column.width for column in content.columns)
        for part, rows in enumerate(parts(content.rows, self.row_limit)):
            title = _numbered(content.title, part)
            sheet = self.sheet(title, widths, content.frozen)
            sheet.table(title.replace(" ", "_"), content.columns, rows)
            sheet.print_only(content.columns)
            if content.title == "Results":
                _review_block(sheet)

    def areas(self) -> dict[str, str]:
        """The part name of each sheet and everything written on it."""
        return {f"xl/worksheets/sheet{number}.xml": sheet.area for number, sheet in enumerate(self.done, 1)}


def _numbered(title: str, part: int) -> str:
    return f"{title}_{part + 1}" if part else title


def _review_block(sheet: Sheet) -> None:
    """Colour the reviewers' columns and say what may be written into them."""
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import PatternFill

    for heading, area in _review_areas(sheet):
        # A rule colours empty cells without a cell having to be written.
        sheet.out.conditional_formatting.add(
            area, FormulaRule(formula=["TRUE"], fill=PatternFill("solid", bgColor=REVIEW_PAPER))
        )
        for validation in _validations(heading):
            validation.add(area)
            sheet.out.data_validations.append(validation)


def _review_areas(sheet: Sheet) -> Iterator[tuple[str, str]]:
    first = sheet.columns - len(REVIEW_COLUMNS) + 1
    for number, column in enumerate(REVIEW_COLUMNS, first):
        letter = sheet.letter(number)
        yield column.heading, f"{letter}2:{letter}{max(sheet.row, 2)}"


def _validations(heading: str) -> Iterator[Any]:
    from openpyxl.worksheet.datavalidation import DataValidation

    if heading == "Conclusion":
        yield DataValidation("list", formula1=f'"{",".join(CONCLUSIONS)}"', allow_blank=True, showErrorMessage=True)
    elif heading == "Tickmark":
        last = len(TICKMARKS) + 2
        yield DataValidation("list", formula1=f"Legend!$A$3:$A${last}", allow_blank=True, showErrorMessage=True)
    elif heading == "Test date":
        yield DataValidation(
            "date",
            operator="greaterThan",
            formula1="36526",  # 2000-01-01
            allow_blank=True,
            showErrorMessage=True,
            error="A date, for example 2026-11-23.",
        )


def _moment(view: View) -> datetime:
    return datetime.fromisoformat(view.run["started_at"]).replace(tzinfo=None)


def _describe(book: "Workbook", view: View, results_sha256: str) -> None:
    from openpyxl.packaging.custom import StringProperty
    from openpyxl.workbook.defined_name import DefinedName

    about = book.properties
    about.title = _title(view)
    about.creator = f"orgaudit {view.run['tool_version']}"
    about.lastModifiedBy = about.creator
    about.created = _moment(view)
    held = {"run_id": view.run["id"], "benchmark": view.run["benchmark"], "results_sha256": results_sha256}
    if view.scope:
        held["scope"] = canonical_json(list(view.scope))
    for name, value in held.items():
        book.custom_doc_props.append(StringProperty(name=name, value=value))
    book.defined_names.add(DefinedName("run_id", attr_text="README!$B$3"))


def _title(view: View) -> str:
    """The document's title, without what a property cannot hold."""
    return visible(f"{view.report.title}: {view.organization}, as at {view.as_at}")
