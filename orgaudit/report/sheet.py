"""How a worksheet is written: tables with a head, filters, widths and print set-up, and cells that compute nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, groupby, islice, repeat
from typing import TYPE_CHECKING, Any, Literal

from orgaudit.report.inert import CELL_LIMIT, may_compute, sheet_text
from orgaudit.report.words import ACCENT, DISPOSITIONS, LINK_STATES, RESULTS, Mark

if TYPE_CHECKING:  # openpyxl costs a quarter of a second to import
    from openpyxl import Workbook

Kind = Literal["text", "id", "number", "mark", "compact", "heading", "figure", "review", "turned", "title"]
HEADS = ("heading", "figure", "review", "turned")
"""Kinds of heading: of text, of numbers, of what a reviewer fills in, and upright."""
LINK_LIMIT = 65_530
"""Links that Excel opens on one sheet."""
HEAD_HEIGHT = 42
LINE_HEIGHT = 13
TITLE_HEIGHT = 20
_CHARACTERS = 1.12
"""Letters of mixed text in a unit of width, which is the breadth of a digit."""
MAX_LINES = 6
"""What is longer is read in the cell itself; the sheet stays one that can be scanned."""
MAX_LINES_UNPRINTED = 3
"""Of columns that stay on screen: they make no row much higher than it is on paper."""
_MARGINS = {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.7, "header": 0.3, "footer": 0.3}
UPRIGHT_HEIGHT = 230
REVIEW_HEAD = "7A4B00"
REVIEW_PAPER = "FFF8E1"


_STATUSES = {**RESULTS, **DISPOSITIONS}
_MARK_OF = {**_STATUSES, **LINK_STATES, **{f"{mark.sign} {mark.short}": mark for mark in _STATUSES.values()}}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. Ids are digits meant as text; a mark is a status with sign and colour."""

    heading: str
    width: int
    kind: Kind = "text"
    head: Kind = "heading"
    printed: bool = True
    """Whether it goes on paper, where only so much can be read side by side."""


def on_screen(*columns: Column) -> tuple[Column, ...]:
    """The columns, left out on paper."""
    return tuple(replace(column, printed=False) for column in columns)


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a cell of this workbook."""

    text: str
    sheet: str
    row: int


Value = str | int | None | Link


@dataclass
class Palette:
    """Ready-made styled cells. A cell is used again for every value of its column: they are written one by one."""

    book: "Workbook"
    cells: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def cell(self, sheet: Any, column: int, kind: Kind, text: str = "") -> Any:
        """The cell for that kind of value in that column of that sheet."""
        mark = text if kind in ("mark", "compact") and text in _MARK_OF else ""
        key = (sheet.title, column, kind, mark, may_compute(text))
        if key not in self.cells:
            self.cells[key] = _styled(sheet, kind, _MARK_OF.get(mark), quoted=key[-1])
        return self.cells[key]


def _head(column: Column) -> Kind:
    return "figure" if (column.kind, column.head) == ("number", "heading") else column.head


def compact(status: str) -> str:
    """A result or disposition where there is little room: its sign and a short word."""
    mark = _STATUSES[status]
    return f"{mark.sign} {mark.short}"


def _styled(sheet: Any, kind: Kind, mark: Mark | None, *, quoted: bool) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = WriteOnlyCell(sheet)
    cell.alignment = Alignment(vertical="top", wrap_text=kind not in ("number", "title"))
    cell.font = Font(name="Calibri", size=10)
    cell.number_format = {"number": "0", "id": "@"}.get(kind, "General")
    if kind == "number":  # the indent keeps it apart from a text that follows
        cell.alignment = Alignment(vertical="top", horizontal="right", indent=1)
    if mark:
        cell.font = Font(name="Calibri", size=10, bold=True, color=mark.ink)
        cell.fill = PatternFill("solid", fgColor=mark.paper)
        if kind == "mark":
            cell.number_format = f'"{mark.sign} "@'  # shows the sign, while the value stays the status alone
        else:
            cell.alignment = Alignment(vertical="top", horizontal="center")
    elif kind in HEADS:
        cell.font = Font(name="Calibri", size=10, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=REVIEW_HEAD if kind == "review" else ACCENT)
        cell.alignment = (
            Alignment(vertical="bottom", horizontal="center", textRotation=90)
            if kind == "turned"
            else Alignment(vertical="center", horizontal="right", indent=1, wrap_text=True)
            if kind == "figure"
            else Alignment(vertical="center", wrap_text=True)
        )
    elif kind == "title":
        cell.font = Font(name="Calibri", size=14, bold=True, color=ACCENT)
    if quoted:
        cell.quotePrefix = True
    return cell


class Sheet:
    """A worksheet under way: rows go out as they come, so what stands above them must be said first.

    frozen: how many columns stay in sight, with the head; None where there is no head to the whole sheet.
    """

    def __init__(
        self,
        book: "Workbook",
        palette: Palette,
        title: str,
        widths: Sequence[int],
        footer: str,
        frozen: int | None = None,
    ) -> None:
        from openpyxl.utils import get_column_letter

        self.letter = get_column_letter
        self.palette = palette
        self.out = book.create_sheet(title)
        self.title = title
        self.row = 0
        self.links = 0
        self.widths = widths
        self.columns = len(widths)
        for number, width in enumerate(widths, 1):
            self.out.column_dimensions[get_column_letter(number)].width = width
        self.frozen = frozen
        if frozen is not None:
            self.out.freeze_panes = f"{get_column_letter(frozen + 1)}2"
        self._set_up_print(footer, repeat_head=frozen is not None)

    def _set_up_print(self, footer: str, *, repeat_head: bool) -> None:
        self.out.sheet_view.showGridLines = False
        self.out.page_setup.orientation = "landscape"
        self.out.page_setup.paperSize = 9
        self.out.page_setup.fitToWidth = 1
        self.out.page_setup.fitToHeight = 0
        for side, inches in _MARGINS.items():
            setattr(self.out.page_margins, side, inches)
        self.out.sheet_properties.pageSetUpPr.fitToPage = True
        self.out.HeaderFooter.oddFooter.left.text = footer.replace("&", "&&")
        self.out.HeaderFooter.oddFooter.right.text = "Page &P of &N"
        if repeat_head:
            self.out.print_title_rows = "1:1"

    def heading(self, text: str, kind: Kind = "title") -> None:
        """A line of its own above what follows."""
        if kind == "title":
            self.out.row_dimensions[self.row + 1].height = TITLE_HEIGHT
        self._append([self._value(0, kind, text)])

    def space(self) -> None:
        """An empty line."""
        self._append([])

    def lines(self, rows: Iterable[Sequence[Value]]) -> None:
        """Rows that are no table."""
        for row in rows:
            self._fit(row, repeat(MAX_LINES))
            self._append([self._value(place, "text", value) for place, value in enumerate(row)])

    def table(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> None:
        """A native table of that name; one without rows says so in its first cell."""
        first = self.row + 1
        upright = any(column.head == "turned" for column in columns)
        self.out.row_dimensions[first].height = UPRIGHT_HEIGHT if upright else HEAD_HEIGHT
        self._append([self._value(place, _head(column), column.heading) for place, column in enumerate(columns)])
        kinds = [column.kind for column in columns]
        most = [MAX_LINES if column.printed else MAX_LINES_UNPRINTED for column in columns]
        for row in rows:
            self._fit(row, most)
            self._append([self._value(place, kinds[place], value) for place, value in enumerate(row)])
        if self.row == first:
            self._append([self._value(0, "text", "None.")])
        self._declare(name, columns, first)

    def _declare(self, name: str, columns: Sequence[Column], first: int) -> None:
        from openpyxl.worksheet.filters import AutoFilter
        from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo

        area = f"A{first}:{self.letter(len(columns))}{self.row}"
        self.out.tables.add(  # add_table warns of columns that are missing, whether or not they are
            Table(
                displayName=name,
                ref=area,
                autoFilter=AutoFilter(ref=area),
                tableColumns=[TableColumn(id=number, name=column.heading) for number, column in enumerate(columns, 1)],
                tableStyleInfo=TableStyleInfo(name="TableStyleLight1", showRowStripes=True),
            )
        )

    def print_only(self, columns: Sequence[Column]) -> None:
        """Put the printed columns on paper, those that stand together on one page, with the frozen ones on each."""
        runs = [[number for number, _ in run] for printed, run in groupby(enumerate(columns, 1), _printed) if printed]
        areas = [f"{self.letter(run[0])}1:{self.letter(run[-1])}{max(self.row, 1)}" for run in runs]
        if [*map(len, runs)] != [len(columns)]:
            self.out.print_area = areas
        if len(runs) > 1:
            kept = [number for number in runs[0] if number <= (self.frozen or 0)]
            self.out.print_title_cols = f"{self.letter(kept[0])}:{self.letter(kept[-1])}"

    def _append(self, cells: list[Any]) -> None:
        self.out.append(cells)
        self.row += 1
        self.out.row_dimensions.pop(self.row, None)  # written with the row, and not needed again

    def _fit(self, row: Sequence[Value], most: Iterable[int]) -> None:
        """Give the next row the height of its longest text: not every program finds it by itself.

        most: how many lines each of its columns may ask for.
        """
        lines = 1
        for value, width, limit in zip(row, self.widths, most, strict=False):
            if isinstance(value, str) and (len(value) > width or "\n" in value):
                wanted = sum(len(line) // round(width * _CHARACTERS) + 1 for line in value[:CELL_LIMIT].split("\n"))
                lines = max(lines, min(wanted, limit))
        if lines > 1:
            self.out.row_dimensions[self.row + 1].height = LINE_HEIGHT * lines + 2

    def _value(self, place: int, kind: Kind, value: Value) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, Link):
            return self._link(place, kind, value)
        if isinstance(value, int):
            cell = self.palette.cell(self.out, place, "number")
            cell.value = value
            return cell
        text = sheet_text(value)
        cell = self.palette.cell(self.out, place, kind, text)
        cell.value = text
        cell.data_type = "s"  # openpyxl takes a leading "=" for a formula
        return cell

    def _link(self, place: int, kind: Kind, link: Link) -> Any:
        from openpyxl.worksheet.hyperlink import Hyperlink

        if self.links >= LINK_LIMIT:
            return self._value(place, kind, link.text)
        self.links += 1
        cell = _styled(self.out, kind, _MARK_OF.get(link.text), quoted=False)
        cell.value = sheet_text(link.text)
        cell.data_type = "s"
        cell.hyperlink = Hyperlink(ref="", location=f"'{link.sheet}'!A{link.row}", display=cell.value)
        return cell

    @property
    def area(self) -> str:
        """Everything written so far."""
        return f"A1:{self.letter(self.columns)}{max(self.row, 1)}"


def _printed(numbered: tuple[int, Column]) -> bool:
    return numbered[1].printed


def parts(rows: Iterable[Sequence[Value]], limit: int) -> Iterator[Iterable[Sequence[Value]]]:
    """The rows in parts of at most ``limit``, at least one part. Each must be used up before the next is asked for."""
    source = iter(rows)
    yield islice(source, limit)
    for first in source:
        yield chain((first,), islice(source, limit - 1))
