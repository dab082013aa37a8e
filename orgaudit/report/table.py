"""``results.csv``: the result rows for spreadsheets, with nothing in them that a spreadsheet would compute."""

import csv
import io
from typing import IO

from orgaudit.report.columns import RESULT_COLUMNS, cells
from orgaudit.report.inert import csv_text
from orgaudit.report.view import View


def write_csv(view: View, out: IO[bytes]) -> None:
    """Write all result rows as CSV (RFC 4180, UTF-8 with a byte order mark, every field quoted).

    The byte order mark lets Excel read the file as UTF-8. A text that a spreadsheet might compute begins with ``'``.
    """
    text = io.TextIOWrapper(out, "utf-8-sig", newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(column.field for column in RESULT_COLUMNS)
    for row in view.rows:
        writer.writerow([csv_text(cell) for cell in cells(row)])
    text.detach()
