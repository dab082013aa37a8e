"""The organization that no two rows of are alike: nothing can be grouped, every text and every list is long.

Made of another sample by writing over what its rows, accounts, settings and topics say, so that each section of a
report has more to print than anybody reads. It is the worst that a report must cope with, not a likely organization.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from orgaudit.evaluation.rows import row_sha256
from orgaudit.model import schemas
from orgaudit.model.chain import LINKS
from orgaudit.model.frames import Frames
from orgaudit.model.settings import Config, Tuning, Waiver

Record = dict[str, Any]

_OUS, _EXCLUDED, _TOPICS, _SUBSCRIBERS, _WAIVERS, _TUNINGS, _CODES, _SUPPORT = 600, 300, 400, 20, 2_000, 500, 300, 200
_RESULTS = ("FAIL", "FAIL", "FAIL", "FAIL", "FAIL", "NOT_EVALUATED", "PASS")
_LONG = "the-platform-team-names-its-resources-after-business-unit-product-stage-and-purpose" * 3
"""AWS allows names of 255 characters and more."""
_SHOWN = 20_000
"""No section gets as far as the row of this number: further ones have shorter texts, for the memory's sake."""
_ARN = f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:{_LONG}"
_ARNS = " ".join([_ARN] * 6)
_PATTERNS = "{ " + " || ".join(f'($.eventName = "AnEventOfTheControl{one}")' for one in range(60)) + " }"
_SENTENCE = "It was looked at, discussed in the steering committee and accepted until the migration is over. " * 4


def distinct_sample(document: Record, frames: Frames) -> tuple[Record, Frames, Record]:
    """Document, frames and comparison with an earlier run, of the same accounts and controls.

    The document's rows are written over where they are: twice that many would not fit into the memory that is measured.
    """
    listed = document["population"]["accounts"]
    judged = {row["account_id"] for row in document["results"]}
    accounts = [_account(one, number, one["account_id"] in judged) for number, one in enumerate(listed)]
    accounts += [_excluded(number) for number in range(_EXCLUDED)]
    rows = document["results"]
    for number, row in enumerate(rows):
        row |= _said(row, number)
        row["row_sha256"] = row_sha256(row)
    outcomes = [one["outcome"] for one in accounts]
    counted = {name: outcomes.count(name) for name in ("evaluated", "not_evaluated", "excluded")}
    support = [{"account_id": f"{800_000_000_000 + one}", "reason": _SENTENCE} for one in range(_SUPPORT)]
    population = counted | {"listed": len(accounts), "accounts": accounts, "support": support}
    made = document | {"population": document["population"] | population}
    controls = list(dict.fromkeys(row["control"] for row in rows))
    topics = schemas.TOPICS.frame({"topic_arn": arn, "account_id": "1" * 12, "evidence_id": "e"} for arn in _topics())
    subscriptions = schemas.SUBSCRIPTIONS.frame(_subscriptions())
    config = _config(frames.config, controls)
    return made, replace(frames, config=config, topics=topics, subscriptions=subscriptions), _comparison(made, controls)


def _account(account: Record, number: int, judged: bool) -> Record:
    below = [f"{_LONG[:40]} {number % _OUS} at level {level}" for level in range(2, 6)]
    path = "/".join(["Root", f"Division {number % 50}, {_LONG[:80]}", *below])
    outcome = "evaluated" if judged else "excluded"
    return account | {"ou_path": path, "name": f"{_LONG[:40]}-{number}", "outcome": outcome, "support": False}


def _excluded(number: int) -> Record:
    return {
        "account_id": f"{900_000_000_000 + number}",
        "name": f"{_LONG[:48]}-{number}",
        "ou_path": f"Root/Closed {number}",
        "state": "ACTIVE",
        "outcome": "excluded",
        "reason": f"Reason {number}: {_SENTENCE}",
        "approved_by": f"Approver {number}, {_LONG[:60]}",
    }


def _said(row: Record, number: int) -> Record:
    result = "NOT_APPLICABLE" if row["result"] == "NOT_APPLICABLE" else _RESULTS[number % len(_RESULTS)]
    account, link = row["account_id"], LINKS[6 + number % 3]  # the last ones: a long chain takes most room
    name = _LONG if number < _SHOWN else "its target"
    reason = f"The link of row {number} is not there: {name} was looked for in {account} and another one found."
    return {
        "result": result,
        "disposition": "OPEN" if result == "FAIL" else "",
        "coverage": "ESCAPES" if result == "FAIL" else None,
        "reason": reason,
        "reason_code": f"CODE_{number}",
        "broken_link": link if result == "FAIL" else None,
        "inherited_from": None,
        "witness": _event(account, number) if result == "FAIL" else None,
        "observed": _ARNS,
        "expected": _PATTERNS,
        "evidence": [f"{account}/eu-central-1/cloudtrail:GetTrailStatus/{number:012x}"],
        "observations": [{"code": f"OBSERVATION_{number % _CODES}", "text": _SENTENCE}] if number % 4 == 0 else [],
        "missing": _missing(account, number) if result == "NOT_EVALUATED" else [],
        "chain": _chain(result, link, reason, number),
        "waiver": None,
        "tuning": [],
    }


def _chain(result: str, link: str, reason: str, number: int) -> Record:
    if result == "PASS":
        return dict.fromkeys(LINKS, _topics()[number % _TOPICS])
    if result != "FAIL":
        return {}
    held = LINKS[: LINKS.index(link)] if number < _SHOWN else ()
    return dict.fromkeys(held, _ARN) | {link: {"state": "broken", "what": _ARN, "note": reason}}


def _missing(account: str, number: int) -> list[Record]:
    call = f"service{number}:OperationWithAnUncommonlyLongName{number}"
    return [{"call": call, "account_id": account, "region": "eu-central-1", "error_code": f"AccessDeniedBy{number}"}]


def _event(account: str, number: int) -> Record:
    return {
        "eventSource": "ec2.amazonaws.com",
        "eventName": f"ModifySecurityGroupRules{number}",
        "awsRegion": "eu-central-1",
        "recipientAccountId": account,
        "readOnly": False,
        "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"userName": _LONG}}},
    }


@cache
def _topics() -> list[str]:
    return [f"arn:aws:sns:eu-central-1:{100_000_000_000 + one}:{_LONG[:240]}-{one}" for one in range(_TOPICS)]


def _subscriptions() -> Iterator[Record]:
    for topic in _topics():
        for number in range(_SUBSCRIBERS):
            yield {
                "account_id": "1" * 12,
                "topic_arn": topic,
                "subscription_arn": f"{topic}:{number}",
                "protocol": "lambda",
                "endpoint": f"arn:aws:lambda:eu-central-1:{300_000_000_000 + number}:function:{_LONG[:64]}",
                "owner": f"{300_000_000_000 + number}",
                "evidence_id": "e",
            }


def _config(config: Config, controls: list[str]) -> Config:
    day = date(2027, 3, 31)
    members = tuple(f"{700_000_000_000 + number}" for number in range(50))
    waivers = tuple(
        Waiver(controls[one % len(controls)], members, f"{one}: {_SENTENCE}", _LONG[:80], day, day, f"SEC-{one}")
        for one in range(_WAIVERS)
    )
    tuning = tuple(
        Tuning(controls[one % len(controls)], _exclusion(one), f"{one}: {_SENTENCE}", _LONG[:80], day)
        for one in range(_TUNINGS)
    )
    return replace(config, waivers=waivers, tuning=tuning)


def _exclusion(number: int) -> str:
    path = "$.userIdentity.sessionContext.sessionIssuer.userName"
    return "{ " + " || ".join(f'{path} = "Role{number}-{one}"' for one in range(15)) + " }"


def _comparison(document: Record, controls: list[str]) -> Record:
    kinds = ("new", "regressed", "fixed", "newly_not_evaluated", "still_failing")
    lines = [
        {
            "kind": kinds[number % len(kinds)],
            "account_id": row["account_id"],
            "name": f"{_LONG[:48]}-{number}",
            "control": row["control"],
            "before": "PASS",
            "after": "FAIL",
            "text": f"{number}: {_SENTENCE}",
            "first_seen": "2026-08-20T08:00:00Z",
            "runs": number % 8,
            "days_open": number % 900,
        }
        for number, row in enumerate(document["results"][:5_000])
    ]
    names = ("PASS", "OPEN", "WAIVED", "WAIVER_EXPIRED", "NOT_EVALUATED", "NOT_APPLICABLE")
    runs = [
        {
            "run_id": f"run{number}",
            "started_at": f"2025-0{number + 1}-20T08:00:00Z",
            "benchmark": "7.0.0",
            "tool_version": "0.1.0",
            "finished": True,
            "population": {"listed": 10_000, "evaluated": 9_000, "not_evaluated": 0, "excluded": 1_000},
            "counts": dict.fromkeys(names, 1_000 * number),
            "bundle": "o-a1b2c3d4e5_20260520T080000Z_run1",
            "manifest_sha256": "ab" * 32,
        }
        for number in range(8)
    ]
    criteria = {control: [f"the pattern of {control}: {_SENTENCE}"] for control in controls}
    return {"previous": runs[-2], "run": runs[-1], "criteria": criteria, "changes": lines, "trend": runs}
