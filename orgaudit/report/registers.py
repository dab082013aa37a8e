"""The workbook's registers: population, controls, evidence, calls and frameworks."""

from dataclasses import astuple

from orgaudit.report.columns import as_lines
from orgaudit.report.framework_view import ABOUT, supports
from orgaudit.report.reliability import moment
from orgaudit.report.sheet import Column, on_screen
from orgaudit.report.sheets import TALLY_COLUMNS, Content, Rows, tally_cells
from orgaudit.report.view import View


def population(view: View) -> Content:
    """Every account that the organization lists, tested or not."""
    columns = (
        Column("Account", 15, "id"),
        Column("Name", 28),
        Column("OU", 34),
        Column("State", 14),
        Column("Outcome", 15),
        Column("Reason", 44),
        Column("Approved by", 20),
        Column("Joined (UTC)", 21),
        Column("Owner", 24),
        *on_screen(
            Column("Read for a link", 10),
            *TALLY_COLUMNS,
            Column("First call (UTC)", 27),
            Column("Last call (UTC)", 27),
        ),
    )
    rows = (
        (
            one.account_id,
            one.name,
            one.ou_path,
            one.state,
            one.outcome,
            one.reason,
            one.approved_by,
            one.joined_at,
            one.owner,
            "yes" if one.support else "no",
            *tally_cells(one.tally),
            one.first_call_at,
            one.last_call_at,
        )
        for one in view.accounts
    )
    whole = "these units" if view.scope else "the organization"
    return Content("Population", columns, rows, f"Every account of {whole}, in scope or not, and why.")


def controls(view: View) -> Content:
    """What was tested, and by which criterion."""
    columns = (
        Column("Control", 30),
        Column("Section", 9, "id"),
        Column("Title", 36),
        Column("Level", 7, "number"),
        Column("Benchmark status", 12),
        Column("Severity", 10),
        Column("Description", 50),
        Column("Criterion", 60),
        *on_screen(
            Column("Parameters", 30),
            Column("Accepted exclusions", 40),
            Column("How it is tested", 50),
            Column("Rationale", 44),
            Column("Remediation", 50),
            Column("Note", 40),
            Column("Source of the criterion", 36),
            Column("Policy id", 40),
        ),
    )
    return Content("Controls", columns, _control_rows(view), "Each control: the criterion, and how it was tested.")


def _control_rows(view: View) -> Rows:
    for line in view.controls:
        control = line.control
        edition = control.nearest_edition(view.run["benchmark"]) if control else None
        yield (
            line.key,
            line.section,
            line.title,
            line.level,
            line.status,
            line.severity,
            control.description if control else "",
            line.criterion,
            as_lines(f"{name} = {value}" for name, value in line.parameters.items()),
            as_lines(line.tuning),
            control.audit if control else "",
            control.rationale if control else "",
            control.remediation if control else "",
            edition.note if edition else "",
            edition.source if edition else "",
            control.policy_id if control else "",
        )


def evidence(view: View) -> Content:
    """The index of the answers in evidence.sqlite."""
    columns = (
        Column("Evidence id", 56),
        Column("Account asked", 15, "id"),
        Column("Region", 15),
        Column("Call", 34),
        Column("Page", 7, "number"),
        Column("Outcome", 13),
        Column("Error code", 24),
        Column("Request id", 38),
        *on_screen(
            Column("Error message", 44),
            Column("Asked at (UTC)", 27),
            Column("Answered at (UTC)", 21),
            Column("Attempts", 9, "number"),
            Column("Throttled", 9, "number"),
            Column("SHA-256 as received (keyed where masked)", 24),
            Column("SHA-256 as stored", 24),
        ),
    )
    made = "Every call that was made"
    if view.scope:
        made += " in these units, those elsewhere that their results rest on"
    return Content("Evidence", columns, _evidence_rows(view), f"{made}, and the answer's id in evidence.sqlite.")


def _evidence_rows(view: View) -> Rows:
    for call in view.calls.astype(object).where(view.calls.notna(), None).to_dict("records"):
        yield (
            call["evidence_id"],
            call["account_id"],
            call["region"],
            f"{call['service']}:{call['operation']}",
            call["page"],
            call["outcome"],
            call["error_code"],
            call["request_id"],
            call["error_message"],
            moment(call["asked_at"]),
            moment(call["answered_at"]),
            call["attempts"],
            call["throttles"],
            call["received_sha256"],
            call["stored_sha256"],
        )


def ledger(view: View) -> Content:
    """Calls by service and action."""
    columns = (
        Column("Service", 16),
        Column("Action", 36),
        Column("Calls", 10, "number"),
        Column("Pages", 10, "number"),
        Column("Answered", 10, "number"),
        Column("Refused", 10, "number"),
        Column("Throttled", 10, "number"),
        Column("Failed", 10, "number"),
        Column("Not offered", 10, "number"),
        Column("Retried", 10, "number"),
    )
    rows = (astuple(line) for line in view.reliability.ledger)
    of = ", of the whole run" if view.scope else ""
    return Content("Calls", columns, rows, f"The ledger of calls by service and action{of}.")


def frameworks(view: View) -> Content:
    """Which requirements of other frameworks the controls support."""
    columns = (
        Column("Framework", 36),
        Column("Requirement", 18, "id"),
        Column("Control", 30),
        Column("Pass", 9, "number"),
        Column("Fail, open", 9, "number"),
        Column("Fail, waived", 9, "number"),
        Column("Not evaluated", 10, "number"),
        Column("Source of the mapping", 40),
        Column("Note", 44),
    )
    rows = (
        (
            one.name,
            one.requirement,
            one.control,
            one.tally.passed,
            one.tally.open + one.tally.expired,
            one.tally.waived,
            one.tally.not_evaluated,
            one.source,
            one.note,
        )
        for one in supports(view)
    )
    return Content("Frameworks", columns, rows, ABOUT)
