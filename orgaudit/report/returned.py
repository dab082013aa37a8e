"""A workbook that came back from its reviewers: read for what it says, whatever was sorted, filtered or added.

Only sheets named Results count, columns are found by their headings, and rows by their test id. Everything else that a
reviewer adds (columns, sheets, colours, notes on cells) is left alone.
"""

import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from orgaudit.errors import BundleError
from orgaudit.report.columns import RESULT_COLUMNS
from orgaudit.report.inert import kept_text, written_text
from orgaudit.report.sheets import LAST_REVIEW_COLUMNS, REVIEW_COLUMNS

TEST_ID = "Test id"
NEEDED = frozenset({TEST_ID, "Account", "Control", "Result", "Disposition", "Row SHA-256"})
"""Columns without which nobody can tell what a reviewer looked at."""
EVIDENCE = (*(column.heading for column in RESULT_COLUMNS), *(column.heading for column in LAST_REVIEW_COLUMNS))
"""Headings of what a reviewer only reads."""
_WORDS = tuple(column.heading for column in REVIEW_COLUMNS)
_RESULTS = re.compile(r"Results(_\d+)?")
_HEAD_WITHIN = 40
"""Rows that somebody may have put above the heading."""
_WHOLE = "the whole organization"
_UNREADABLE = (
    OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, SyntaxError, EOFError, RuntimeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What the library raises of a file that is no workbook, or a broken one; SyntaxError is how XML's errors are named."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet of results."""

    sheet: str
    number: int
    evidence: Mapping[str, str]
    """What it says in the columns to be read, by heading; those that are there."""
    words: Mapping[str, Any]
    """What a reviewer wrote, by heading; nothing for empty cells."""

    @property
    def place(self) -> str:
        """Where a reader finds it."""
        return f"{self.sheet} row {self.number}"


@dataclass(frozen=True, slots=True)
class Returned:
    """A returned workbook."""

    path: Path
    run_id: str
    benchmark: str
    scope: tuple[str, ...]
    """The units that it is about; empty for the whole organization."""
    sheets: tuple[Any, ...]
    heads: tuple[tuple[int, Mapping[str, int]], ...]
    """Of each sheet of results: the heading's row, and the place of each of our headings."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Evidence columns that were taken out of a sheet; those of the last review are not there before one."""
        return tuple(
            dict.fromkeys(
                column.heading for _, places in self.heads for column in RESULT_COLUMNS if column.heading not in places
            )
        )

    def lines(self) -> Iterator[Line]:
        """Every row of results that holds something. Raises BundleError for a sheet that is broken."""
        for sheet, (head, places) in zip(self.sheets, self.heads, strict=True):
            with _readable(self.path):
                for number, cells in enumerate(sheet.iter_rows(min_row=head + 1, values_only=True), head + 1):
                    line = _line(sheet.title, number, cells, places)
                    if line.words or any(line.evidence.values()):
                        yield line


@contextmanager
def returned(path: Path) -> Iterator[Returned]:
    """The workbook, open for as long as the context lasts.

    Raises BundleError for what is no workbook of orgaudit, or lacks what its rows are known by.
    """
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what other programs add and openpyxl does not know
        with _readable(path):
            book = load_workbook(path, read_only=True, data_only=True)
        try:
            with _readable(path):
                sheets = tuple(sheet for sheet in book.worksheets if _RESULTS.fullmatch(sheet.title))
                told = _about(book)
            if not sheets:
                raise BundleError(f"{path}: has no sheet named Results; give the sheet its name back")
            if not told.get("run_id"):
                raise BundleError(
                    f"{path}: tells no run id: it is no workbook of orgaudit, or its sheet README is gone; name one "
                    "that has it"
                )
            heads = tuple(_head(path, sheet) for sheet in sheets)
            scope = tuple(told["scope"])
            yield Returned(path, str(told["run_id"]), str(told.get("benchmark") or ""), scope, sheets, heads)
        finally:
            book.close()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        yield
    except BundleError:
        raise
    except FileNotFoundError:
        raise BundleError(f"{path}: no such file; name the workbook that came back") from None
    except (*_UNREADABLE, InvalidFileException) as error:
        raise BundleError(f"{path}: cannot be read as a workbook (save it as .xlsx): {error}") from None


def _about(book: Any) -> dict[str, Any]:
    """Run, benchmark and scope: from the document's properties, which survive most programs, else from README."""
    told: dict[str, Any] = {one.name: one.value for one in book.custom_doc_props.props}
    shown: dict[str, str] = {}
    if "README" in book.sheetnames:
        for cells in book["README"].iter_rows(max_row=_HEAD_WITHIN, max_col=2, values_only=True):
            if len(cells) == 2 and cells[0] is not None:
                shown.setdefault(str(cells[0]), str(cells[1] or ""))
    told.setdefault("run_id", shown.get("Run id", ""))
    told.setdefault("benchmark", shown.get("Benchmark", "").rpartition(" ")[2])
    if "scope" in told:
        told["scope"] = json.loads(told["scope"])
    else:
        text = shown.get("Scope", _WHOLE)
        told["scope"] = [] if text == _WHOLE else text.split(", ")
    return told


def _head(path: Path, sheet: Any) -> tuple[int, Mapping[str, int]]:
    """The heading's row and the places of our columns. Raises BundleError."""
    ours = {*EVIDENCE, *_WORDS}
    with _readable(path):
        for number, cells in enumerate(sheet.iter_rows(max_row=_HEAD_WITHIN, values_only=True), 1):
            names = [kept_text(cell) if isinstance(cell, str) else "" for cell in cells]
            if TEST_ID not in names:
                continue
            if twice := sorted({name for name in names if name in ours and names.count(name) > 1}):
                raise BundleError(f"{path}: sheet {sheet.title} has two columns named {', '.join(twice)}; rename yours")
            places = {name: place for place, name in enumerate(names) if name in ours}
            if lost := sorted((NEEDED | {*_WORDS}) - places.keys()):
                raise BundleError(
                    f"{path}: sheet {sheet.title} has no column {', '.join(lost)}; give columns their names back "
                    "(one that is in the way can be hidden)"
                )
            return number, places
    raise BundleError(
        f"{path}: sheet {sheet.title} has no column {TEST_ID} in its first {_HEAD_WITHIN} rows; give it its name back"
    )


def _line(sheet: str, number: int, cells: Sequence[Any], places: Mapping[str, int]) -> Line:
    held = {name: cells[place] if place < len(cells) else None for name, place in places.items()}
    evidence = {name: _shown(name, held[name]) for name in EVIDENCE if name in held}
    words = {name: held[name] for name in _WORDS if held[name] is not None and as_text(held[name])}
    return Line(sheet, number, evidence, words)


def _shown(name: str, value: Any) -> str:
    text = kept_text(value) if isinstance(value, str) else as_text(value)
    # a program that took an account id for a number has dropped its leading zeros
    return text.zfill(12) if name in ("Account", "Inherited from") and isinstance(value, int | float) else text


def as_text(value: Any) -> str:
    """What a cell says: empty for an empty one, whole numbers without a decimal point, dates as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return as_date(value)
    return written_text(str(value))


def as_date(value: Any) -> str:
    """The date that a cell holds, as ISO 8601. Raises ValueError for what is none."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2_958_466:  # 9999-12-31
        from openpyxl.utils.datetime import from_excel

        return as_date(from_excel(value))
    return date.fromisoformat(as_text(value)[:10]).isoformat()
