"""The columns of a result row, once for workbook and CSV."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orgaudit.model.calls import canonical_json
from orgaudit.report.tally import Row


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A field of a result row as a table shows it."""

    field: str
    """The name in ``results.json``, which is the CSV's heading."""
    heading: str
    """The workbook's heading."""
    width: int
    """In characters."""
    text: Callable[[Any], str]


def plain(value: Any) -> str:
    """Text as it is; nothing for what a row does not have."""
    return "" if value is None else str(value)


def as_json(value: Any) -> str:
    """A nested value as canonical JSON; nothing for what is empty."""
    return canonical_json(value) if value else ""


def as_lines(value: Any) -> str:
    """One item a line."""
    return "\n".join(value)


def as_observations(value: Any) -> str:
    """One observation a line, its code first."""
    return "\n".join(f"{one['code']}: {one['text']}" for one in value)


def as_missing(value: Any) -> str:
    """One call a line that gave no answer: what, where, as whom, and the error code."""
    return "\n".join(f"{one['call']} in {one['account_id']} {one['region']}: {one['error_code']}" for one in value)


RESULT_COLUMNS: tuple[ResultColumn, ...] = (
    ResultColumn("test_id", "Test id", 30, plain),
    ResultColumn("account_id", "Account", 15, plain),
    ResultColumn("control", "Control", 28, plain),
    ResultColumn("section", "Section", 9, plain),
    ResultColumn("result", "Result", 18, plain),
    ResultColumn("disposition", "Disposition", 17, plain),
    ResultColumn("coverage", "Coverage", 13, plain),
    ResultColumn("reason_code", "Reason code", 29, plain),
    ResultColumn("reason", "Reason", 48, plain),
    ResultColumn("observed", "Observed", 48, plain),
    ResultColumn("expected", "Expected", 40, plain),
    ResultColumn("criterion", "Criterion", 48, plain),
    ResultColumn("broken_link", "Broken link", 13, plain),
    ResultColumn("inherited_from", "Inherited from", 15, plain),
    ResultColumn("witness", "Witness event (JSON)", 40, as_json),
    ResultColumn("observations", "Observations", 40, as_observations),
    ResultColumn("waiver", "Waiver (JSON)", 30, as_json),
    ResultColumn("tuning", "Tuning (JSON)", 30, as_json),
    ResultColumn("missing", "Missing calls", 36, as_missing),
    ResultColumn("evidence", "Evidence ids", 48, as_lines),
    ResultColumn("collected_at", "Collected at (UTC)", 22, plain),
    ResultColumn("row_sha256", "Row SHA-256", 20, plain),
)


def cells(row: Row) -> list[str]:
    """The row's texts, in the order of the columns."""
    return [column.text(row[column.field]) for column in RESULT_COLUMNS]
