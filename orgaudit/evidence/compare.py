"""What changed between two runs: matched on account and control, never on text. Pure.

A result that moved together with its criteria is a change of criteria: never a fix, never a new fail.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from orgaudit.evidence.earlier import (
    RUNS_KEPT,
    Earlier,
    EarlierRun,
    Past,
    after,
    rule,
    same_rule,
    summary_of,
)
from orgaudit.evidence.judged import Judged, JudgedRow, Key, status
from orgaudit.model.calls import Json

SCHEMA = "orgaudit.comparison/1"
KINDS = (
    "new",
    "regressed",
    "fixed",
    "newly_not_evaluated",
    "criteria_changed",
    "new_account",
    "account_left",
    "still_failing",
)
"""In the order in which a reader wants them: what moved first, what stayed last."""
_NEVER = Past("", "", "", "", 0, False, "")


def compare(earlier: Earlier, now: Judged, ages: Earlier | None = None) -> Json:
    """Compare a run with the last of the earlier ones, as JSON values.

    ages: what ``now``'s own bundle knows of the runs before it, where that is not ``earlier``: the age of a fail is
    counted along those. Gives ``previous`` and ``run`` (who was compared), ``criteria`` (what changed of a control's
    criteria, by key), ``counts`` by kind, ``changes`` (one entry for each row or account that changed, or still fails)
    and ``trend`` (counts of up to eight runs, the oldest first).
    """
    changes = _Changes(earlier, now, ages or earlier)
    lines = [*changes.of_rows(), *changes.of_lost_rows(), *changes.of_accounts()]
    counted = Counter(line["kind"] for line in lines)
    this = summary_of(now)
    before = [run for run in (ages or earlier).runs if run.run_id != this.run_id]
    return {
        "schema": SCHEMA,
        "previous": _about(earlier.last),
        "run": _about(this),
        "criteria": {control: words for control, words in changes.rules.items() if words},
        "counts": {kind: counted[kind] for kind in KINDS},
        "changes": lines,
        "trend": [_point(run) for run in (*before, this)[-RUNS_KEPT:]],
    }


def _about(run: EarlierRun) -> Json:
    return {name: value for name, value in asdict(run).items() if name not in ("population", "counts")}


def _point(run: EarlierRun) -> Json:
    return {name: value for name, value in asdict(run).items() if name not in ("bundle", "manifest_sha256")}


class _Changes:
    def __init__(self, earlier: Earlier, now: Judged, ages: Earlier) -> None:
        self.earlier, self.now, self.ages = earlier, now, ages
        self.run_id, self.started_at = str(now.run["id"]), str(now.run["started_at"])
        self.listed: Mapping[str, Json] = {one["account_id"]: one for one in now.population["accounts"]}
        controls = dict.fromkeys((*now.criteria, *earlier.criteria))
        self.rules = {control: list(self._rule_changes(control)) for control in controls}

    def _rule_changes(self, control: str) -> Iterator[str]:
        """What changed of a control's criteria, in words; nothing where it was judged alike."""
        before, now = self.earlier.criteria, self.now.criteria
        if control not in before:
            yield "not tested before"
        elif control not in now:
            yield "no longer tested"
        elif not same_rule(before, now, control):
            yield from _differences(rule(before[control]), rule(now[control]))

    def of_rows(self) -> Iterator[Json]:
        for key, row in self.now.rows.items():
            past = self.earlier.rows.get(key, _NEVER)
            if kind := self._kind(key, past, row):
                yield self._line(kind, key, past, row)

    def _kind(self, key: Key, past: Past, row: JudgedRow) -> str:
        """The kind of change; empty for none."""
        ruled_anew = bool(self.rules.get(key[1])) and (past is not _NEVER or self._in_scope_before(key[0]))
        if row.result == "FAIL":
            if past.known == "FAIL":
                return "still_failing"
            return "criteria_changed" if ruled_anew else "regressed" if past.was_fixed else "new"
        if row.result == "NOT_EVALUATED":
            return "newly_not_evaluated" if past.result in ("PASS", "FAIL") else ""
        if past.known == "FAIL":
            return "fixed" if row.result == "PASS" and not ruled_anew else "criteria_changed"
        return ""

    def _in_scope_before(self, account_id: str) -> bool:
        account = self.earlier.accounts.get(account_id)
        return account is not None and account.standing == "in scope"

    def _line(self, kind: str, key: Key, past: Past, row: JudgedRow) -> Json:
        if row.result == "FAIL" or kind == "newly_not_evaluated":
            aged = self._aged(key, row)
            text = row.reason
        else:
            aged, text = past, f"It failed in {past.runs} {'run' if past.runs == 1 else 'runs'}."
        noted = self._noted(key, past, aged, text)
        return self._change(kind, key, past, row.status, noted, aged, row.reason_code)

    def _aged(self, key: Key, row: JudgedRow) -> Past:
        """The row's state and age after this run, along the runs that its own bundle knows."""
        past = self.ages.rows.get(key)
        if any(run.run_id == self.run_id for run in self.ages.runs):  # the same evidence, judged by another version
            return past if past and past.known == "FAIL" else after(None, row, self.run_id, self.started_at)
        return after(past, row, self.run_id, self.started_at)

    def _noted(self, key: Key, past: Past, aged: Past, text: str) -> str:
        """The text, with what a reader of before and after alone would misread."""
        notes = [text]
        if past.known == aged.known == "FAIL" and past.since < aged.since:
            notes.append("Between these two runs it was fixed and failed again.")
        if words := self.rules.get(key[1]):
            notes.append(f"Criteria changed: {'; '.join(words)}.")
        if past.result == "NOT_EVALUATED" and past.known:
            notes.append(f"When it could last be evaluated it was {past.known}.")
        elif past is not _NEVER and past.last_run != self.earlier.last.run_id:
            notes.append("The last run did not test it; compared with the run that did.")
        return " ".join(notes)

    def _change(self, kind: str, key: Key, past: Past, now: str, text: str, aged: Past, reason_code: str = "") -> Json:
        failing = aged.known == "FAIL"
        return {
            "kind": kind,
            "account_id": key[0],
            "name": self._name(key[0]),
            "ou_path": self._ou_path(key[0]),
            "control": key[1],
            "before": status(past.result, past.disposition),
            "after": now,
            "reason_code": reason_code,
            "text": text,
            "first_seen": aged.since if failing else "",
            "runs": aged.runs if failing else 0,
            "days_open": _days(aged.since, self.started_at) if failing else 0,
        }

    def _name(self, account_id: str) -> str:
        if account_id in self.listed:
            return str(self.listed[account_id]["name"])
        return self.earlier.accounts[account_id].name if account_id in self.earlier.accounts else ""

    def _ou_path(self, account_id: str) -> str:
        if account_id in self.listed:
            return str(self.listed[account_id]["ou_path"])
        return self.earlier.accounts[account_id].ou_path if account_id in self.earlier.accounts else ""

    def of_lost_rows(self) -> Iterator[Json]:
        """Fails that have no row any more although their account is still in scope: the control was dropped."""
        in_scope = {account for account, _ in self.now.rows}
        for key, past in self.earlier.rows.items():
            if key not in self.now.rows and key[0] in in_scope and self._failed_last(past):
                yield self._change(
                    "criteria_changed", key, past, "", self._noted(key, past, past, "It has no row now."), past
                )

    def _failed_last(self, past: Past) -> bool:
        return past.known == "FAIL" and past.last_run == self.earlier.last.run_id

    def of_accounts(self) -> Iterator[Json]:
        """Accounts that joined or left the organization or the scope."""
        fails: dict[str, int] = defaultdict(int)
        for (account_id, _), row in self.earlier.rows.items():
            fails[account_id] += self._failed_last(row)
        for account_id, one in self.listed.items():
            before = self.earlier.accounts.get(account_id)
            if text := _arrival(before.standing if before else "", one):
                yield self._account("new_account", account_id, text)
            elif before and before.standing == "in scope" and one["outcome"] == "excluded":
                text = f"Still in the organization, no longer in scope: {_reason(one)}."
                yield self._account("account_left", account_id, text + _open_then(fails[account_id]))
        for account_id, past in self.earlier.accounts.items():
            if account_id not in self.listed and past.standing != "gone":
                text = "No longer in the organization." + _open_then(fails[account_id])
                yield self._account("account_left", account_id, text)

    def _account(self, kind: str, account_id: str, text: str) -> Json:
        return self._change(kind, (account_id, ""), _NEVER, "", text, _NEVER)


def _arrival(before: str, account: Mapping[str, Any]) -> str:
    """How an account is new; empty where it is not."""
    excluded = account["outcome"] == "excluded"
    if before in ("", "gone"):
        joined = "In the organization again" if before else "Joined the organization"
        return f"{joined}; not in scope: {_reason(account)}." if excluded else f"{joined}."
    return "In scope for the first time since it was excluded." if before == "excluded" and not excluded else ""


def _reason(account: Mapping[str, Any]) -> str:
    return str(account["reason"]).rstrip(".")


def _open_then(fails: int) -> str:
    return f" {fails} {'row' if fails == 1 else 'rows'} failed in the last run; nothing says that they were fixed." * (
        fails > 0
    )


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What of a rule changed, in words."""
    if before.get("criterion") != now.get("criterion") or before.get("alternatives") != now.get("alternatives"):
        yield "the prescribed pattern or pass rule"
    if before.get("event_sources") != now.get("event_sources") or before.get("writes_only") != now.get("writes_only"):
        yield "the services that the control is about"
    yield from _changed_parameters(before.get("parameters", {}), now.get("parameters", {}))
    if before.get("tuning") != now.get("tuning"):
        yield "accepted exclusions"


def _changed_parameters(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[str]:
    for name in dict.fromkeys((*before, *now)):
        old, new = before.get(name), now.get(name)
        if old != new:
            yield f"{name} {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "unknown" if value is None else str(value).lower()


def _days(since: str, until: str) -> int:
    """Whole days between two times in RFC 3339."""
    return max((datetime.fromisoformat(until) - datetime.fromisoformat(since)).days, 0)
