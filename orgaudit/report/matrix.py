"""The matrix of the PDF: accounts by controls, or OUs by controls where there are many accounts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from orgaudit.report.sentences import counted
from orgaudit.report.tally import Tally
from orgaudit.report.view import View
from orgaudit.report.words import DISPOSITIONS, RESULTS

MATRIX_ROWS = 60
"""More accounts than that, and the matrix goes by OU."""
_MARKS = {**RESULTS, **DISPOSITIONS}


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """A line of the matrix: an account, or an OU with its accounts together."""

    name: str
    detail: str
    cells: tuple[tuple[str, str], ...]
    """Status for the look, and what stands in the cell."""


def matrix(view: View) -> tuple[str, tuple[MatrixLine, ...], int]:
    """``account`` or ``OU``, the lines, and how many there are in all."""
    tested = [account for account in view.accounts if account.tally.rows]
    if len(tested) <= MATRIX_ROWS:
        return "account", tuple(_account_lines(view)), len(tested)
    lines = tuple(_ou_lines(view))
    return "OU", lines[:MATRIX_ROWS], len(lines)


def _account_lines(view: View) -> Iterator[MatrixLine]:
    statuses = {(row["account_id"], row["control"]): row["disposition"] or row["result"] for row in view.rows}
    for account in view.accounts:
        if account.tally.rows:
            found = [statuses.get((account.account_id, line.key), "") for line in view.controls]
            cells = tuple((status, _MARKS[status].sign if status else "") for status in found)
            yield MatrixLine(account.account_id, account.name, cells)


def _ou_lines(view: View) -> Iterator[MatrixLine]:
    accounts = Counter(account.ou_path for account in view.accounts if account.tally.rows)
    shown = _divided(accounts, {ou: count.open + count.expired for ou, count in view.by_ou.items()})
    line_of = {path: _longest(path, shown) for path in accounts}
    sizes: Counter[str] = Counter()
    for path, number in accounts.items():
        sizes[line_of[path]] += number
    together: dict[tuple[str, str], list[Tally]] = {}
    for (path, control), count in view.by_ou_control.items():
        if path in line_of:
            together.setdefault((line_of[path], control), []).append(count)
    for path in sorted(sizes):
        cells = tuple(_ou_cell(together.get((path, line.key), [])) for line in view.controls)
        yield MatrixLine(path or "(no OU)", counted(sizes[path], "account"), cells)


def _divided(accounts: Iterable[str], fails: dict[str, int]) -> set[str]:
    """OUs that make at most so many lines: from the top, the one with most open fails is divided while there is room.

    An OU that is divided keeps a line of its own for the accounts that lie in it directly.
    """
    paths = set(accounts)
    shown = {path.split("/")[0] for path in paths}
    whole = set(shown)
    while whole:
        worst = max(whole, key=lambda ou: (sum(n for path, n in fails.items() if _lies_in(path, ou)), ou))
        whole.remove(worst)
        depth = worst.count("/") + 2
        below = {"/".join(path.split("/")[:depth]) for path in paths if _lies_in(path, worst) and path != worst}
        if below and len(shown) + len(below) - (worst not in paths) <= MATRIX_ROWS:
            shown = (shown if worst in paths else shown - {worst}) | below
            whole |= below
    return shown


def _lies_in(path: str, ou: str) -> bool:
    return path == ou or path.startswith(ou + "/")


def _longest(path: str, shown: set[str]) -> str:
    while path not in shown:
        path = path.rpartition("/")[0]
    return path


def _ou_cell(counts: Sequence[Tally]) -> tuple[str, str]:
    whole = sum(counts, start=Tally())
    number = {"OPEN": whole.open + whole.expired, "NOT_EVALUATED": whole.not_evaluated, "WAIVED": whole.waived}
    worst = whole.worst
    sign = _MARKS[worst].sign if worst else ""
    return worst, f"{sign} {number[worst]:,}" if worst in number else sign
