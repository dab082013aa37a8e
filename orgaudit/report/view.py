"""The view: one source of every number and label that workbook, PDF, CSV and summary print.

A renderer counts nothing itself. So what two files of a bundle say of the same thing is the same.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from orgaudit.controls import CATALOG, Control, own_controls
from orgaudit.model.frames import Frames
from orgaudit.model.settings import Audit, Config, Report
from orgaudit.report.audience import Topic, topics
from orgaudit.report.changes import Changes, changes
from orgaudit.report.findings import Cause, Finding, causes, findings
from orgaudit.report.reliability import Reliability, reliability
from orgaudit.report.tally import Row, Tally, TieOut, tally, tally_by, tie_out


@dataclass(frozen=True, slots=True)
class ControlLine:
    """A control of this run: what was asked, and how the accounts answered."""

    key: str
    section: str
    title: str
    severity: str
    level: int
    """Profile level; 0 where the control has none."""
    status: str
    criterion: str
    """What every account was judged by: the pattern, or the pass rule in words."""
    parameters: Mapping[str, Any]
    """Limits that an alarm or a trail was held to."""
    tuning: tuple[str, ...]
    """Accepted exclusions that were in force."""
    control: Control | None
    """The catalog's row; None for a key that the catalog does not know."""
    tally: Tally

    @property
    def about_trails(self) -> bool:
        """Whether it asks how trails are set up, rather than whether somebody would be told of an event."""
        return self.control is not None and self.control.family == "trail"

    def ties(self, in_scope: int) -> bool:
        """Whether there is exactly one row for each account in scope."""
        return self.tally.rows == in_scope


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account of the population, with its counts and when it was read."""

    account_id: str
    name: str
    ou_path: str
    state: str
    outcome: str
    reason: str
    approved_by: str
    joined_at: str
    owner: str
    support: bool
    tally: Tally
    first_call_at: str
    last_call_at: str


@dataclass(frozen=True, slots=True)
class WaiverLine:
    """A waiver of the configuration and what it did."""

    control: str
    accounts: tuple[str, ...]
    reason: str
    approved_by: str
    approved_on: str
    expires: str
    ticket: str
    rows: int
    """Fails that it covers, or covered until it expired."""
    expired: bool

    @property
    def status(self) -> str:
        """``in force``, ``expired`` or ``stale``: it matches no fail."""
        return ("expired" if self.expired else "in force") if self.rows else "stale"


@dataclass(frozen=True, slots=True)
class TuningLine:
    """An accepted exclusion of the configuration and how many passes rest on it."""

    control: str
    exclude: str
    reason: str
    approved_by: str
    expires: str
    rows: int
    expired: bool

    @property
    def status(self) -> str:
        """``in force``, ``expired`` (not applied) or ``stale``: no result rests on it."""
        return "expired" if self.expired else "in force" if self.rows else "stale"


@dataclass(frozen=True)
class View:
    """Everything a report prints."""

    report: Report
    """Title, names and classification, from the configuration."""
    audit: Audit
    """Parameters of the test, from the configuration."""
    run: Mapping[str, Any]
    rows: Sequence[Row]
    tally: Tally
    tie_out: TieOut
    accounts: tuple[AccountLine, ...]
    support: tuple[Row, ...]
    """Accounts outside the organization that were read for a link."""
    controls: tuple[ControlLine, ...]
    by_ou: Mapping[str, Tally]
    by_ou_control: Mapping[tuple[str, str], Tally]
    findings: tuple[Finding, ...]
    silent_accounts: int
    """Accounts in which nobody would be told of any event that a control is about: all of those tests failed."""
    causes: tuple[Cause, ...]
    waivers: tuple[WaiverLine, ...]
    tuning: tuple[TuningLine, ...]
    topics: tuple[Topic, ...]
    changes: Changes | None
    reviews: Mapping[str, Mapping[str, str]]
    """What the last review said of a row, by test id: ``conclusion``, ``comment``, ``tested_by``, ``started_at``."""
    reliability: Reliability
    calls: pd.DataFrame
    """The evidence index: CALLS."""

    @property
    def organization(self) -> str:
        """The organization's name, or its id where none is configured."""
        return self.report.organization_name or str(self.run["organization_id"])

    @property
    def scope(self) -> tuple[str, ...]:
        """The units that the report is about, by path; empty for the whole organization."""
        return tuple(self.run.get("scope", ()))

    @property
    def as_at(self) -> str:
        """The point in time: when the run began, to the second, in UTC."""
        return str(self.run["started_at"])[:19].replace("T", " ") + " UTC"


def build_view(document: Mapping[str, Any], frames: Frames, comparison: Mapping[str, Any] | None = None) -> View:
    """Count and group a document once for all renderers.

    document: ``results.json``. frames: of the same run. comparison: as ``changes`` reads it, None for a first run.
    """
    rows, population, run = document["results"], document["population"], document["run"]
    by_account = tally_by(rows, lambda row: str(row["account_id"]))
    accounts = _accounts(population["accounts"], by_account)
    ou_of = {account.account_id: account.ou_path for account in accounts}
    controls = _controls(rows, run["benchmark"], frames.config, document.get("criteria", {}))
    started_on = str(run["started_at"])[:10]
    trail_controls = {line.key for line in controls if line.about_trails}
    cells = tally_by(rows, lambda row: f"{ou_of.get(row['account_id'], '')}\0{row['control']}")
    return View(
        report=frames.config.report,
        audit=frames.config.audit,
        run=run,
        rows=rows,
        tally=tally(rows),
        tie_out=tie_out(population),
        accounts=accounts,
        support=tuple(population["support"]),
        controls=controls,
        by_ou=dict(sorted(tally_by(rows, lambda row: ou_of.get(row["account_id"], "")).items())),
        by_ou_control={(ou, control): count for (ou, control), count in _split(cells)},
        findings=findings(rows, {line.key: line.severity for line in controls}, trail_controls),
        silent_accounts=_silent(rows, trail_controls),
        causes=causes(rows),
        waivers=_waivers(rows, frames.config, started_on),
        tuning=_tuning(rows, frames.config, started_on),
        topics=topics(rows, frames),
        changes=changes(comparison),
        reviews=(comparison or {}).get("reviews", {}),
        reliability=reliability(document["reliability"]),
        calls=frames.calls,
    )


def _silent(rows: Sequence[Row], trail_controls: Container[str]) -> int:
    told: dict[str, bool] = {}
    for row in rows:
        if row["control"] not in trail_controls and row["result"] != "NOT_APPLICABLE":
            told[row["account_id"]] = told.get(row["account_id"], False) or row["result"] != "FAIL"
    return sum(not one for one in told.values())


def _split(cells: Mapping[str, Tally]) -> Sequence[tuple[tuple[str, str], Tally]]:
    pairs = []
    for key, count in cells.items():
        ou, _, control = key.rpartition("\0")
        pairs.append(((ou, control), count))
    return pairs


def _accounts(listed: Sequence[Row], by_account: Mapping[str, Tally]) -> tuple[AccountLine, ...]:
    lines = []
    for account in listed:
        account_id = account["account_id"]
        lines.append(
            AccountLine(
                account_id=account_id,
                name=account["name"],
                ou_path=account["ou_path"],
                state=account["state"],
                outcome=account["outcome"],
                reason=account["reason"],
                approved_by=account.get("approved_by") or "",
                joined_at=account.get("joined_at") or "",
                owner=account.get("owner") or "",
                support=bool(account.get("support", False)),
                tally=by_account.get(account_id, Tally()),
                first_call_at=account.get("first_call_at") or "",
                last_call_at=account.get("last_call_at") or "",
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.ou_path, line.account_id)))


def _controls(
    rows: Sequence[Row], benchmark: str, config: Config, criteria: Mapping[str, Row]
) -> tuple[ControlLine, ...]:
    """The controls that have rows, in the order of the rows, which is the benchmark's."""
    known = dict(CATALOG) | {one.key: one for one in own_controls(config.controls)}
    first: dict[str, Row] = {}
    for row in rows:
        if not first.setdefault(row["control"], row)["criterion"]:  # a row that is not applicable may have none
            first[row["control"]] = row
    counted = tally_by(rows, lambda row: str(row["control"]))
    return tuple(
        _control(known.get(key), row, benchmark, counted[key], criteria.get(key, {})) for key, row in first.items()
    )


def _control(control: Control | None, row: Row, benchmark: str, count: Tally, judged_by: Row) -> ControlLine:
    edition = control.edition(benchmark) if control else None
    return ControlLine(
        key=row["control"],
        section=row["section"],
        title=control.title if control else row["control"],
        severity=control.severity if control else "medium",
        level=edition.level if edition else 0,
        status=edition.status if edition else "",
        criterion=row["criterion"],
        parameters=dict(sorted(judged_by.get("parameters", {}).items())),  # as in results.json
        tuning=tuple(one["exclude"] for one in judged_by.get("tuning", ())),
        control=control,
        tally=count,
    )


def _waivers(rows: Sequence[Row], config: Config, started_on: str) -> tuple[WaiverLine, ...]:
    covered: dict[tuple[str, ...], int] = {}
    for row in rows:
        if row["waiver"]:
            key = _waiver_key(row["waiver"])
            covered[key] = covered.get(key, 0) + 1
    return tuple(
        WaiverLine(
            waiver.control,
            waiver.accounts,
            waiver.reason,
            waiver.approved_by,
            waiver.approved_on.isoformat(),
            waiver.expires.isoformat(),
            waiver.ticket,
            rows=covered.get(_waiver_key(asdict(waiver)), 0),
            expired=waiver.expires.isoformat() < started_on,
        )
        for waiver in config.waivers
    )


def _waiver_key(waiver: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(waiver[name]) for name in ("control", "reason", "approved_by", "approved_on", "expires"))


def _tuning(rows: Sequence[Row], config: Config, started_on: str) -> tuple[TuningLine, ...]:
    rested: dict[tuple[str, str], int] = {}
    for row in rows:
        for used in row["tuning"]:
            key = (row["control"], str(used.get("exclude", "")))
            rested[key] = rested.get(key, 0) + 1
    return tuple(
        TuningLine(
            tuning.control,
            tuning.exclude,
            tuning.reason,
            tuning.approved_by,
            tuning.expires.isoformat(),
            rows=rested.get((tuning.control, tuning.exclude), 0),
            expired=tuning.expires.isoformat() < started_on,
        )
        for tuning in config.tuning
    )
