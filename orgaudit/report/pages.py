"""What the PDF shows of a view: the same numbers, and of long lists as much as a reader turns the pages for."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any, Generic, TypeVar

from orgaudit.report import charts, words
from orgaudit.report.changes import KINDS
from orgaudit.report.findings import broken_links, witness_lines
from orgaudit.report.reliability import moment
from orgaudit.report.sentences import conclusion, counted, since, tie_out_sentence
from orgaudit.report.tally import Tally
from orgaudit.report.view import View

T = TypeVar("T")

DRAWN_FINDINGS = 40
"""Findings shown with their chain; the others follow in a table."""
LISTED_FINDINGS = 260
MATRIX_ROWS = 60
"""More accounts than that, and the matrix goes by OU."""
LISTED = 100
"""Of any other list."""
EVIDENCE_LISTED = 60
EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    """The first of a list, and how many there are in all."""

    items: tuple[T, ...]
    total: int
    where: str
    """The workbook's sheet that has all of them."""

    @property
    def note(self) -> str:
        """``100 of 4,711``, and where the rest is; empty where nothing is left out."""
        if len(self.items) == self.total:
            return ""
        return f"{len(self.items):,} of {self.total:,}; all of them are in workbook.xlsx, sheet {self.where}."


def shown(items: Sequence[T], limit: int, where: str) -> Shown[T]:
    """The first ``limit`` of the items."""
    return Shown(tuple(items[:limit]), len(items), where)


def few(names: Iterable[str], limit: int = EXAMPLES) -> str:
    """The first names, and how many more there are."""
    listed = list(names)
    more = len(listed) - limit
    return ", ".join(listed[:limit]) + (f" and {more:,} more" if more > 0 else "")


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
    marks = {**words.RESULTS, **words.DISPOSITIONS}
    for account in view.accounts:
        if account.tally.rows:
            found = [statuses.get((account.account_id, line.key), "") for line in view.controls]
            cells = tuple((status, marks[status].sign if status else "") for status in found)
            yield MatrixLine(account.account_id, account.name, cells)


def _ou_lines(view: View) -> Iterator[MatrixLine]:
    """By OU at the depth at which the lines still fit, or at the first."""
    paths = {account.ou_path for account in view.accounts if account.tally.rows}
    depths = range(max(path.count("/") for path in paths) + 1, 0, -1)
    fitting = [depth for depth in depths if len({_upto(path, depth) for path in paths}) <= MATRIX_ROWS]
    depth = fitting[0] if fitting else 1
    accounts = Counter(_upto(account.ou_path, depth) for account in view.accounts if account.tally.rows)
    together: dict[tuple[str, str], list[Tally]] = {}
    for (path, control), count in view.by_ou_control.items():
        together.setdefault((_upto(path, depth), control), []).append(count)
    for path in sorted(accounts):
        cells = tuple(_ou_cell(together.get((path, line.key), [])) for line in view.controls)
        yield MatrixLine(path or "(no OU)", counted(accounts[path], "account"), cells)


def _upto(path: str, depth: int) -> str:
    return "/".join(path.split("/")[:depth])


def _ou_cell(counts: Sequence[Tally]) -> tuple[str, str]:
    whole = sum(counts, start=Tally())
    number = {"OPEN": whole.open + whole.expired, "NOT_EVALUATED": whole.not_evaluated, "WAIVED": whole.waived}
    worst = whole.worst
    sign = {**words.RESULTS, **words.DISPOSITIONS}[worst].sign if worst else ""
    return worst, f"{sign} {number[worst]:,}" if worst in number else sign


def context(view: View, attached: Sequence[Any], too_big: bool) -> Mapping[str, Any]:
    """Everything the templates use.

    attached: files inside the PDF, or, where they are too big, named in it with their hash.
    """
    return {
        "view": view,
        "run": view.run,
        # named one by one: a module would lead a template to everything that the module imports
        "words": _some_of(words, "RESULTS", "DISPOSITIONS", "LINK_STATES", "LINKS", "GLOSSARY"),
        "charts": _some_of(charts, "SEGMENTS", "bar", "share", "swatch"),
        "conclusion": [*conclusion(view), *since(view)],
        "tie_out": tie_out_sentence(view),
        "counted": counted,
        "few": few,
        "findings": shown(view.findings, DRAWN_FINDINGS, "Exceptions"),
        "more_findings": shown(view.findings[DRAWN_FINDINGS:], LISTED_FINDINGS, "Exceptions"),
        "witness_lines": witness_lines,
        "broken": {link: number for link, number in broken_links(view.findings).items() if number},
        "matrix": matrix(view),
        "changes": shown(view.changes.alike, LISTED, "Changes") if view.changes else None,
        "trend": charts.trend(view.changes.trend) if view.changes else None,
        "kinds": KINDS,
        "excluded": shown([one for one in view.accounts if one.outcome != "evaluated"], LISTED, "Population"),
        "topics": shown(view.topics, LISTED, "Who is told"),
        "causes": shown(view.causes, LISTED, "Results"),
        "observations": shown(_observations(view), LISTED, "Results"),
        "ous": shown(list(view.by_ou.items()), 40, "Summary"),
        "evidence": shown(_cited(view), EVIDENCE_LISTED, "Evidence"),
        "attached": attached,
        "too_big": too_big,
    }


def _some_of(module: ModuleType, *names: str) -> SimpleNamespace:
    return SimpleNamespace(**{name: getattr(module, name) for name in names})


def _observations(view: View) -> list[tuple[str, str, int, int]]:
    """Code, first text, rows and accounts of every kind of observation."""
    found: dict[str, tuple[str, list[str]]] = {}
    for row in view.rows:
        for one in row["observations"]:
            found.setdefault(one["code"], (one["text"], []))[1].append(row["account_id"])
    return [(code, text, len(ids), len(set(ids))) for code, (text, ids) in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer that a finding rests on."""

    evidence_id: str
    outcome: str
    request_id: str
    stored_sha256: str
    asked_at: str
    """RFC 3339; empty where the call was never made."""


def _cited(view: View) -> list[Cited]:
    """The answers that the shown findings rest on, with what the index knows of them."""
    wanted = {name for one in view.findings[:DRAWN_FINDINGS] for name in one.row["evidence"]}
    calls = view.calls[view.calls["evidence_id"].isin(wanted)]
    texts = (calls[name].fillna("") for name in ("evidence_id", "outcome", "request_id", "stored_sha256"))
    return [
        Cited(str(name), str(outcome), str(request), str(sha256), moment(at))
        for name, outcome, request, sha256, at in zip(*texts, calls["asked_at"], strict=True)
    ]
