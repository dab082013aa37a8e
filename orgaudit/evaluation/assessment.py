"""The whole evaluation: every account in scope against every control of a benchmark version."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

import pandas as pd

from orgaudit.controls import Control, Edition, own_controls, resolve_version, selected
from orgaudit.evaluation.alarm_verdict import alarm_verdict
from orgaudit.evaluation.case import AlarmCase
from orgaudit.evaluation.confirmation import Confirmation, Questions
from orgaudit.evaluation.coverage import Judge
from orgaudit.evaluation.criteria import criteria
from orgaudit.evaluation.criterion import Criterion, criterion_of
from orgaudit.evaluation.index import Index
from orgaudit.evaluation.orphans import Orphans
from orgaudit.evaluation.population import population
from orgaudit.evaluation.reliability import reliability
from orgaudit.evaluation.routes import Routes
from orgaudit.evaluation.rows import disposition, noting_shared_alarms, noting_state, plain, result_row, waives
from orgaudit.evaluation.trail_verdict import trail_verdict
from orgaudit.evaluation.trails import TrailsOf, trails_of
from orgaudit.evaluation.verdict import FAIL, NOT_APPLICABLE, NOT_EVALUATED, Verdict
from orgaudit.model import scope
from orgaudit.model.calls import canonical_json, rfc3339
from orgaudit.model.frames import Frames
from orgaudit.model.schemas import FINDINGS
from orgaudit.model.values import Row


@dataclass(frozen=True)
class Assessment:
    """The verdicts of one evaluation."""

    frames: Frames
    benchmark: str
    rows: list[Row]
    """Result rows, by account, then in benchmark order."""
    population: dict[str, Any]
    stale: dict[str, list[Any]] = field(default_factory=dict)
    """Waivers and tuning that matched nothing, or are expired."""
    criteria: dict[str, Row] = field(default_factory=dict)
    """What each control was judged by."""
    questions: Questions = field(default_factory=dict)
    """What AWS could still be asked about the proofs, where the configuration wants them confirmed."""

    @property
    def complete(self) -> bool:
        """Finished, and no row is NOT_EVALUATED."""
        return self.frames.run.finished and all(row["result"] != NOT_EVALUATED for row in self.rows)

    @property
    def failed_accounts(self) -> list[str]:
        """The accounts that fail an alarm control (trail controls have no coverage), in order: what a sweep reads."""
        return sorted({row["account_id"] for row in self.rows if row["result"] == FAIL and row["coverage"]})

    def document(self) -> dict[str, Any]:
        """The document that ``results.json`` holds."""
        run = self.frames.run
        about = {
            "id": run.id,
            "started_at": run.started_at,
            "finished_at": run.finished_at or None,
            "tool_version": run.tool_version,
            "benchmark": self.benchmark,
            "organization_id": run.organization_id,
            "management_account_id": run.management_account_id,
            "caller_arn": run.caller_arn,
            "finished": run.finished,
            "complete": self.complete,
            "stale": self.stale,
        }
        return {
            "schema": "orgaudit.results/1",
            "run": about,
            "population": self.population,
            "criteria": self.criteria,
            "reliability": reliability(about, self.frames),
            "results": self.rows,
        }

    @cached_property
    def findings(self) -> pd.DataFrame:
        """The rows as a frame: FINDINGS."""
        nested = {name for name, kind in _KINDS.items() if kind in (list, dict)}
        flat = [
            {key: canonical_json(value) if key in nested and value is not None else value for key, value in row.items()}
            for row in self.rows
        ]
        return FINDINGS.frame(flat)


_KINDS: dict[str, type] = {
    "witness": dict,
    "observations": list,
    "evidence": list,
    "waiver": dict,
    "tuning": list,
    "missing": list,
    "chain": dict,
}


def evaluate(snapshot: Frames, benchmark: str | None = None) -> pd.DataFrame:
    """The findings of a run: FINDINGS, one row per account and control, by account, then control.

    benchmark: a version of the CIS AWS Foundations benchmark; None for the one in the run's configuration.
    Raises ValueError for a version that is not known. Pure: no network, and the same frames give the same findings.
    """
    return assess(snapshot, benchmark).findings


def assess(frames: Frames, benchmark: str | None = None) -> Assessment:
    """Evaluate a run. Raises ValueError for a benchmark version that is not known."""
    return _Evaluation(frames, resolve_version(benchmark or frames.config.audit.benchmark)).assessment()


class _Evaluation:
    def __init__(self, frames: Frames, version: str) -> None:
        self.frames, self.version = frames, version
        self.index = Index(frames)
        self.routes = Routes(self.index)
        self.confirmation = Confirmation(frames)
        self.judge = Judge(self.confirmation.settled)
        self.orphans = Orphans(frames, self.judge) if frames.config.audit.sweep == "failed" else None
        config = frames.config
        self.controls = selected(version, config.audit.controls, own_controls(config.controls))
        self.states = dict(zip(frames.accounts["account_id"], frames.accounts["state"].fillna(""), strict=True))
        self.today = _date(frames.run.started_at)
        self.criteria = {control.key: self._criterion(control, edition) for control, edition in self.controls}
        asked = frames.calls["asked_at"].dropna().map(lambda at: rfc3339(at.to_pydatetime()))
        self.times = dict(zip(frames.calls.loc[asked.index, "evidence_id"], asked, strict=True))

    def _criterion(self, control: Control, edition: Edition | None) -> Criterion | None:
        judged = edition or control.nearest_edition(self.version)
        if control.family == "trail" or judged is None:
            return None
        valid = [one for one in self.frames.config.tuning if one.expires >= self.today]
        return criterion_of(control, judged, valid)

    def assessment(self) -> Assessment:
        standings = scope.population(self.frames.accounts, self.frames.config.scope)
        by_account = {one.account_id: self._account_rows(one.account_id) for one in standings if one.in_scope}
        rows = [row for account in sorted(by_account) for row in by_account[account]]
        counted = population(self.index, standings, by_account)
        judged_by = criteria(self.controls, rows, self.frames.config, self.version, self.today)
        stale, questions = self._stale(rows), self.confirmation.questions
        return Assessment(self.frames, self.version, rows, counted, stale, judged_by, questions)

    def _account_rows(self, account_id: str) -> list[Row]:
        trails = trails_of(self.index, account_id)
        verdicts = {control.key: self._verdict(trails, control) for control, _ in self.controls}
        noted = noting_state(noting_shared_alarms(verdicts), self.states[account_id])
        if self.orphans:
            noted = self.orphans.noted(trails, noted, self.criteria)
        waivers = self.frames.config.waivers
        return [
            result_row(
                account_id,
                control,
                edition,
                noted[control.key],
                disposition(noted[control.key], account_id, control.key, waivers, self.today),
                self.times,
            )
            for control, edition in self.controls
        ]

    def _verdict(self, trails: TrailsOf, control: Control) -> Verdict:
        run = self.frames.run
        if control.management_account_only and trails.account_id != run.management_account_id:
            reason = "The control has a meaning in the management account only."
            return Verdict(NOT_APPLICABLE, "NOT_MANAGEMENT_ACCOUNT", reason)
        criterion = self.criteria[control.key]
        if criterion is None:
            return trail_verdict(self.index, trails, control)
        case = AlarmCase(self.index, self.routes, self.judge, trails, criterion)
        return self.confirmation.confirmed(alarm_verdict(case))

    def _stale(self, rows: list[Row]) -> dict[str, list[Any]]:
        """Waivers that match no FAIL, nor what may turn out to be one; tuning that no PASS rests on, or is expired."""
        tuned = [one for row in rows for one in row["tuning"]]
        config = self.frames.config
        waivable = [(row["account_id"], row["control"]) for row in rows if row["result"] in {FAIL, NOT_EVALUATED}]
        return {
            "waivers": [plain(one) for one in config.waivers if not any(waives(one, *row) for row in waivable)],
            "tuning": [plain(one) for one in config.tuning if plain(one) not in tuned],
        }


def _date(moment: str) -> date:
    """The date of a time in RFC 3339; the beginning of time where there is none, so that nothing is expired."""
    return datetime.fromisoformat(moment).date() if moment else date.min
