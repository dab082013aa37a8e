"""What the workbook's sheets of results hold: columns and rows, all drawn from the view."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from orgaudit.report.audience import Subscriber, Topic
from orgaudit.report.changes import KINDS
from orgaudit.report.columns import RESULT_COLUMNS, cells
from orgaudit.report.sheet import Column, Link, Value, compact, on_screen
from orgaudit.report.tally import Tally
from orgaudit.report.view import View

Rows = Iterator[Sequence[Value]]
Place = Callable[[int], tuple[str, int]]
"""From a row's place among the results to the sheet and row where the workbook has it."""

REVIEW_COLUMNS: tuple[Column, ...] = (
    Column("Conclusion", 14, head="review"),
    Column("Tickmark", 10, head="review"),
    Column("Tested by", 18, head="review"),
    Column("Test date", 12, head="review"),
    Column("Work-paper reference", 20, head="review"),
    Column("Comment", 40, head="review"),
    Column("Ticket", 14, head="review"),
)
LAST_REVIEW_COLUMNS: tuple[Column, ...] = on_screen(
    Column("Last quarter's conclusion", 14),
    Column("Last quarter's comment", 40),
    Column("Last reviewed (run, by)", 24),
)
"""What the last review said, to be read only; they are there once something was reviewed."""
CONCLUSIONS = ("Agree", "Disagree", "Follow-up", "N-A")
TICKMARKS = {
    "TM-1": "Agreed to the stored AWS answer in evidence.sqlite",
    "TM-2": "Agreed to the AWS console or API by the reviewer",
    "TM-3": "Recomputed",
    "TM-4": "Inquired with the control owner",
    "TM-5": "Agreed to an approved waiver or tuning",
    "TM-6": "Not tested, see comment",
}
_IDS = frozenset({"account_id", "inherited_from", "section"})
_MARKS = frozenset({"result", "disposition"})
_PRINTED = frozenset({"account_id", "control", "section", "result", "disposition", "coverage", "reason_code", "reason"})
TALLY_COLUMNS = (
    Column("Pass", 9, "number"),
    Column("Fail, open", 9, "number"),
    Column("Fail, waived", 9, "number"),
    Column("Fail, waiver expired", 10, "number"),
    Column("Not evaluated", 10, "number"),
    Column("Not applicable", 11, "number"),
    Column("Rows", 9, "number"),
)


@dataclass(frozen=True, slots=True)
class Content:
    """A sheet that is one table."""

    title: str
    columns: tuple[Column, ...]
    rows: Rows
    about: str
    frozen: int = 0
    """Columns that stay in sight."""


def tally_cells(count: Tally) -> tuple[int, ...]:
    """The counts in the order of the tally columns."""
    return (
        count.passed,
        count.open,
        count.waived,
        count.expired,
        count.not_evaluated,
        count.not_applicable,
        count.rows,
    )


def results(view: View) -> Content:
    """One row for each account and control, with the reviewers' columns at the right."""
    columns = tuple(
        Column(
            c.heading,
            c.width,
            "id" if c.field in _IDS else "mark" if c.field in _MARKS else "text",
            printed=c.field in _PRINTED,
        )
        for c in RESULT_COLUMNS
    )
    about = "One row for each account and control; reviewers fill in the columns at the right."
    rows: Rows = (cells(row) for row in view.rows)
    if view.reviews:
        columns += LAST_REVIEW_COLUMNS
        rows = ([*cells(row), *last_review(view.reviews.get(row["test_id"], {}))] for row in view.rows)
    return Content("Results", columns + REVIEW_COLUMNS, rows, about, frozen=3)


def last_review(words: Mapping[str, str]) -> tuple[str, ...]:
    """What the last review said of a row, in the order of its columns. words: as ``View.reviews`` has them."""
    if not words:
        return ("", "", "")
    return (
        words["conclusion"],
        words["comment"],
        ", ".join(filter(None, (words["started_at"][:10], words["tested_by"]))),
    )


def matrix(view: View, place: Place) -> Content:
    """Accounts by controls; fails lead to their row."""
    heads = [Column(f"{line.section} {line.key}".strip(), 8, "compact", head="turned") for line in view.controls]
    columns = (Column("Account", 15, "id"), Column("Name", 24), Column("OU", 26), *heads)
    return Content("Matrix", columns, _matrix_rows(view, place), "Every account by every control.", frozen=3)


def _matrix_rows(view: View, place: Place) -> Rows:
    at: dict[str, dict[str, int]] = {}
    for number, row in enumerate(view.rows):
        at.setdefault(row["account_id"], {})[row["control"]] = number
    for account in view.accounts:
        numbers = at.get(account.account_id)
        if numbers is None:
            continue
        line: list[Value] = [account.account_id, account.name, account.ou_path]
        keys = (control.key for control in view.controls)
        line.extend(_matrix_cell(view, numbers[key], place) if key in numbers else None for key in keys)
        yield line


def _matrix_cell(view: View, number: int, place: Place) -> Value:
    row = view.rows[number]
    status = row["disposition"] or row["result"]
    return Link(compact(status), *place(number)) if row["result"] == "FAIL" else compact(status)


def exceptions(view: View, place: Place) -> Content:
    """Every open fail, expired waivers among them; equal ones carry the same finding number."""
    columns = (
        Column("Finding", 9, "number"),
        Column("Severity", 10),
        Column("Account", 15, "id"),
        Column("Account name", 24),
        Column("OU", 26),
        Column("Control", 28),
        Column("Broken link", 13),
        Column("Reason", 46),
        Column("What would close it", 46),
        *on_screen(
            Column("Reason code", 29),
            Column("Disposition", 17, "mark"),
            Column("Owner", 22),
            Column("Accounts with this finding", 12, "number"),
            Column("Result row", 44),
        ),
    )
    about = "Every open fail. Rows with the same finding number say the same thing, and one remedy closes them."
    return Content("Exceptions", columns, _exception_rows(view, place), about, frozen=4)


def _exception_rows(view: View, place: Place) -> Rows:
    accounts = {account.account_id: account for account in view.accounts}
    for finding in view.findings:
        for number in finding.places:
            row = view.rows[number]
            account = accounts.get(row["account_id"])
            yield (
                finding.number,
                finding.severity,
                row["account_id"],
                account.name if account else "",
                account.ou_path if account else "",
                row["control"],
                row["broken_link"],
                row["reason"],
                finding.closes,
                row["reason_code"],
                row["disposition"],
                account.owner if account else "",
                len(finding.accounts),
                Link(row["test_id"], *place(number)),
            )


def who_is_told(view: View) -> Content:
    """Topics and their subscribers."""
    columns = (
        Column("Topic", 56),
        Column("Protocol", 11),
        Column("Endpoint (masked)", 30),
        Column("Domain", 22),
        Column("Owning account", 15, "id"),
        Column("Person or machine", 12),
        Column("Subscription", 13),
        Column("Confirmed on this topic", 12, "number"),
        Column("Accounts that rely on it", 12, "number"),
        Column("Controls that rely on it", 12, "number"),
        Column("Results that rely on it", 12, "number"),
    )
    rows = (_subscriber(topic, one) for topic in view.topics for one in topic.subscribers or (None,))
    return Content("Who is told", columns, rows, "Subscribers of each topic, and how much hangs on it.")


def _subscriber(topic: Topic, one: Subscriber | None) -> Sequence[Value]:
    who = (
        (one.protocol, one.endpoint, one.domain, one.owner, one.kind, one.status)
        if one
        else ("",) * 5 + ("nobody" if topic.listed else "not readable",)
    )
    return (topic.arn, *who, topic.confirmed, topic.accounts, topic.controls, topic.rows)


def changes(view: View) -> Content:
    """What changed since the last run."""
    columns = (
        Column("Change", 26),
        Column("Account", 15, "id"),
        Column("Account name", 24),
        Column("Control", 28),
        Column("Before", 18),
        Column("After", 18),
        Column("Text", 50),
        Column("First seen failing (UTC)", 21),
        Column("Runs in a row", 9, "number"),
        Column("Days open", 9, "number"),
        *on_screen(Column("OU", 30)),
    )
    rows: Rows = iter(())
    if view.changes:
        rows = (
            (
                KINDS[line.kind],
                line.account_id,
                line.name,
                line.control,
                line.before,
                line.after,
                line.text,
                line.first_seen,
                line.runs,
                line.days_open,
                line.ou_path,
            )
            for line in view.changes.lines
        )
    about = "What differs from the last run, and what still fails; empty in a first run."
    return Content("Changes", columns, rows, about, frozen=2)


def waivers(view: View) -> Content:
    """Waivers and tuning of the configuration, used or not."""
    columns = (
        Column("Kind", 10),
        Column("Control", 30),
        Column("Accounts or excluded events", 44),
        Column("Reason", 44),
        Column("Approved by", 22),
        Column("Approved on", 13),
        Column("Expires", 13),
        Column("Ticket", 14),
        Column("Status", 12),
        Column("Results", 10, "number"),
    )
    waived = (
        (
            "waiver",
            one.control,
            "\n".join(one.accounts),
            one.reason,
            one.approved_by,
            one.approved_on,
            one.expires,
            one.ticket,
            one.status,
            one.rows,
        )
        for one in view.waivers
    )
    tuned = (
        ("tuning", one.control, one.exclude, one.reason, one.approved_by, "", one.expires, "", one.status, one.rows)
        for one in view.tuning
    )
    return Content(
        "Waivers",
        columns,
        iter((*waived, *tuned)),
        "Accepted fails and accepted exclusions, with approver and end date.",
    )
