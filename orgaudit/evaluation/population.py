"""Who was audited, who was not, and why: it must add up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from orgaudit.evaluation.index import Index
from orgaudit.evaluation.verdict import NOT_APPLICABLE, NOT_EVALUATED
from orgaudit.model.calls import rfc3339
from orgaudit.model.frames import Frames
from orgaudit.model.scope import Standing
from orgaudit.model.values import Row


def population(index: Index, standings: Sequence[Standing], rows: Mapping[str, list[Row]]) -> dict[str, Any]:
    """The population: listed = evaluated + not_evaluated + excluded, by account and by control.

    standings: every listed account. rows: the result rows of each account in scope.
    """
    frames = index.frames
    facts = {
        row["account_id"]: row
        for row in frames.accounts.astype("object").where(frames.accounts.notna(), None).to_dict("records")
    }
    asked = _asked(frames)
    spans = _spans(frames)
    accounts = [
        _account(facts[one.account_id], one, rows.get(one.account_id, []), asked) | spans.get(one.account_id, _NO_CALL)
        for one in standings
    ]
    counts = Counter(account["outcome"] for account in accounts)
    listed = {one.account_id for one in standings}
    outside = sorted(asked - listed - {""})
    return {
        "listed": len(accounts),
        "evaluated": counts["evaluated"],
        "not_evaluated": counts["not_evaluated"],
        "excluded": counts["excluded"],
        "support": [{"account_id": account, "reason": "read for a link of a chain"} for account in outside],
        "accounts": accounts,
        "by_control": _by_control(rows),
    }


_NO_CALL: dict[str, str | None] = {"first_call_at": None, "last_call_at": None}


def _spans(frames: Frames) -> dict[str, dict[str, str | None]]:
    """When each account's first and last call was made."""
    spans = frames.calls.dropna(subset="asked_at").groupby("account_id")["asked_at"].agg(["min", "max"])
    return {
        str(account_id): {
            "first_call_at": rfc3339(first.to_pydatetime()),
            "last_call_at": rfc3339(last.to_pydatetime()),
        }
        for account_id, first, last in spans.itertuples()
    }


def _asked(frames: Frames) -> set[str]:
    """The accounts that were asked about a link of a chain, rather than on behalf of the run."""
    calls = frames.calls
    of_the_run = calls["operation"].isin(["GetCallerIdentity", "TestMetricFilter"]) | (
        (calls["operation"] == "AssumeRole") & (calls["account_id"] == frames.run.caller_account_id)
    )
    return set(calls.loc[(calls["service"] != "organizations") & ~of_the_run, "account_id"])


def _account(facts: Mapping[Any, Any], standing: Standing, rows: list[Row], asked: set[str]) -> dict[str, Any]:
    told = [row for row in rows if row["result"] not in {NOT_EVALUATED, NOT_APPLICABLE}]
    outcome, reason = "evaluated", ""
    if not standing.in_scope:
        outcome, reason = "excluded", standing.reason
    elif not told:
        outcome = "not_evaluated"
        reason = next((row["reason"] for row in rows if row["result"] == NOT_EVALUATED), "")
    joined = facts["joined_at"]
    return {
        "account_id": standing.account_id,
        "name": facts["name"] or "",
        "ou_path": facts["ou_path"] or "",
        "ou_ids": facts["ou_ids"] or "",
        "state": facts["state"] or "",
        "outcome": outcome,
        "reason": reason,
        "approved_by": standing.approved_by,
        "joined_at": rfc3339(joined.to_pydatetime()) if joined is not None else None,
        "owner": facts["owner"],
        "support": not standing.in_scope and standing.account_id in asked,
    }


def _by_control(rows: Mapping[str, list[Row]]) -> dict[str, dict[str, int]]:
    """Results counted per control; every result word is there, zero where none."""
    counts: dict[str, Counter[str]] = {}
    for row in (row for listed in rows.values() for row in listed):
        counter = counts.setdefault(row["control"], Counter())
        counter[row["result"]] += 1
        counter["WAIVED"] += row["disposition"] == "WAIVED"
    words = ("PASS", "FAIL", NOT_EVALUATED, NOT_APPLICABLE, "WAIVED")
    return {control: {word: counter[word] for word in words} for control, counter in counts.items()}
