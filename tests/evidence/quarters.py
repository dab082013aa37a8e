"""Small results of one quarter after the other, written as a reader would tell them."""

from collections.abc import Mapping
from typing import Any

from orgaudit.evidence.compare import compare
from orgaudit.evidence.earlier import Earlier, dump_earlier, load_earlier, with_run
from orgaudit.evidence.judged import Judged, judged

Json = dict[str, Any]
ONE, TWO, THREE = "111111111111", "222222222222", "333333333333"
_DATES = ("2025-11-20", "2026-02-20", "2026-05-20", "2026-08-20", "2026-11-20")
RULE = {
    "section": "5.10",
    "criterion": "{ $.eventName = CreateVpc }",
    "alternatives": [],
    "event_sources": ["ec2.amazonaws.com"],
    "writes_only": True,
    "parameters": {"max_events": 1},
    "tuning": [],
}


def results(
    quarter: int,
    told: Mapping[str, str],
    *,
    rules: Mapping[str, Json] | None = None,
    excluded: Mapping[str, str] | None = None,
    day: str = "",
    **run: Any,
) -> Json:
    """``results.json`` of a quarter, in short.

    told: account and control, as ``111111111111.vpc_changes``, to a result; a fail may be ``WAIVED``.
    rules: of controls that are not judged by RULE. excluded: accounts and why.
    """
    rows = []
    for test_id, word in told.items():
        account, _, control = test_id.partition(".")
        result = "FAIL" if word in ("WAIVED", "WAIVER_EXPIRED") else word
        disposition = "" if result != "FAIL" else "OPEN" if word == "FAIL" else word
        rows.append(
            {
                "account_id": account,
                "control": control,
                "result": result,
                "disposition": disposition,
                "reason_code": "NO_ALARM" if result == "FAIL" else "",
                "reason": f"Because of {control}.",
            }
        )
    seen = dict.fromkeys(row["account_id"] for row in rows)
    accounts = [
        {"account_id": one, "name": f"name of {one[:1]}", "ou_path": "Root/A", "outcome": "evaluated", "reason": ""}
        for one in seen
    ]
    for one, why in (excluded or {}).items():
        accounts.append({"account_id": one, "name": "out", "ou_path": "Root", "outcome": "excluded", "reason": why})
    controls = dict.fromkeys(row["control"] for row in rows)
    about = {
        "id": f"run{quarter}",
        "started_at": f"{day or _DATES[quarter]}T08:00:00Z",
        "benchmark": "7.0.0",
        "tool_version": "0.1.0",
        "organization_id": "o-example",
        "finished": True,
    }
    counts = {
        "listed": len(accounts),
        "evaluated": len(seen),
        "not_evaluated": 0,
        "excluded": len(accounts) - len(seen),
    }
    return {
        "schema": "orgaudit.results/1",
        "run": about | run,
        "population": counts | {"accounts": accounts},
        "criteria": {control: (rules or {}).get(control, RULE) for control in controls},
        "results": rows,
    }


def told(*quarters: Json) -> tuple[Earlier, Judged]:
    """What is known before the last of these quarters, by way of the file, and the last one itself."""
    known: Earlier | None = None
    for document in quarters[:-1]:
        known = with_run(known, judged(document))
        known = load_earlier(dump_earlier(known), "previous.json")
    assert known is not None
    return known, judged(quarters[-1])


def changes_over(*quarters: Json) -> Json:
    """The comparison of the last of these quarters with the one before."""
    return compare(*told(*quarters))


def kinds(comparison: Json) -> dict[str, str]:
    """Kind of each change by account and control, or by account alone."""
    return {f"{line['account_id']}.{line['control']}".rstrip("."): line["kind"] for line in comparison["changes"]}
