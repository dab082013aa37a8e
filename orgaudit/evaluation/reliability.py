"""Whether the results can be relied on: who asked, when, where, what was answered and what was not.

All of it comes from the recorded calls and what the run noted of itself, never from the machine that evaluates; so
``results.json``, workbook and PDF say the same, whenever and wherever they are made.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from orgaudit.controls import CATALOG_HASH, CATALOG_VERSION
from orgaudit.model.calls import Outcome
from orgaudit.model.frames import Frames
from orgaudit.model.values import Row

LIMITS: tuple[str, ...] = (
    "The report says what was true at a point in time. It is not evidence that a control worked over a period.",
    "A confirmed subscription is where the test ends; whether a person read a message was not tested.",
    "An alarm notifies when its state changes: while it is in alarm, further events notify nobody.",
    "CloudTrail does not send an event of more than 256 KB to CloudWatch Logs.",
    "CloudTrail usually delivers within minutes of a call, so an alarm is not immediate.",
    "Addresses of subscribers and accounts are masked before they are stored.",
)
"""What the test cannot say, printed beside the conclusion."""

_WHY: Mapping[str, str] = {
    "organizations": "the organization's own endpoint",
    "sts": "where roles were assumed",
    "cloudtrail": "a home region of trails",
    "logs": "a trail's log group lies there",
    "cloudwatch": "alarms on a log group's metrics lie there",
    "sns": "a topic lies there",
    "kms": "a topic's key lies there",
    "oam": "a log group's account may share its metrics from there",
}
_REGIONS = (
    "A chain lives where its trail delivers. The home regions of all trails were asked, then the regions of their log "
    "groups, and those that an alarm, a topic or a key led to; no other region can hold a link."
)
_ORGANIZATION_TRAILS = (
    "A member that an organization trail records is judged by the chain behind that trail, read in the account that "
    "owns its log group, and each row names that account."
)
_READS = ("Get", "List", "Describe")
_CHANGES_NOTHING = frozenset({"AssumeRole", "TestMetricFilter"})
"""Actions that read nothing of an account and change nothing either."""


def reliability(run: Mapping[str, Any], frames: Frames) -> Row:
    """What a reader needs to trust the numbers: facts, regions, the ledger of calls, and the limits of the test.

    run: of ``results.json``.
    """
    return {
        "facts": [{"fact": name, "value": str(value)} for name, value in _facts(run, frames).items()],
        "regions": _regions(frames.calls),
        "calls": _ledger(frames.calls),
        "limits": list(LIMITS),
    }


def _facts(run: Mapping[str, Any], frames: Frames) -> dict[str, str]:
    role, session = _role_and_session(run["caller_arn"])
    return {
        "Run id": run["id"],
        "Started (UTC)": run["started_at"],
        "Finished (UTC)": run["finished_at"] or "not finished",
        "Tool": f"orgaudit {run['tool_version']}",
        "Made with": frames.run.runtime or "not recorded",
        "Benchmark": f"CIS AWS Foundations {run['benchmark']}",
        "Control catalog": f"{CATALOG_VERSION}, criteria SHA-256 {CATALOG_HASH}",
        "Configuration SHA-256": f"{frames.config_sha256 or 'not known'} (of config.toml in the bundle)",
        "Operator": run["caller_arn"],
        "Operator's role": role or "no role",
        "Operator's session": session or "no session",
        "Session name in the accounts": f"{run['id']} (CloudTrail of each account shows this run under it)",
        "Read-only": _read_only(frames.calls),
        "Organization": run["organization_id"],
        "Management account": run["management_account_id"],
        "Partition": frames.run.partition,
        "Account list": _listing(frames.calls),
        "Regions": _REGIONS,
        "Organization trails": _ORGANIZATION_TRAILS,
        "Clock": _clock(frames.calls),
    }


def _role_and_session(arn: str) -> tuple[str, str]:
    kind, _, rest = arn.rpartition(":")[2].partition("/")
    role, _, session = rest.rpartition("/")
    return (role, session) if kind == "assumed-role" else ("", "")


def _read_only(calls: pd.DataFrame) -> str:
    """What kinds of calls were made, and any that is not a read."""
    names = sorted(set(calls["operation"]))
    other = [name for name in names if not name.startswith(_READS) and name not in _CHANGES_NOTHING]
    if other:
        return f"NO: {', '.join(other)} may change something"
    beside = sorted(_CHANGES_NOTHING & set(names))
    verb = "changes" if len(beside) == 1 else "change"
    kinds = ", ".join(_READS) + (f"; beside them {' and '.join(beside)}, which {verb} nothing" if beside else "")
    return f"yes: every recorded call is one of {kinds}"


def _listing(calls: pd.DataFrame) -> str:
    pages = int((calls["operation"] == "ListAccounts").sum())
    return f"organizations:ListAccounts, {pages} {'page' if pages == 1 else 'pages'} read"


def _clock(calls: pd.DataFrame) -> str:
    skews = (calls["answered_at"] - calls["asked_at"]).dropna().dt.total_seconds()
    if skews.empty:
        return "no answer carried the service's time"
    least, middle, most = (round(value) for value in (skews.min(), skews.median(), skews.max()))
    return (
        f"the services' time was {least:+d} to {most:+d} s from ours, median {middle:+d} s, over {len(skews)} answers "
        "(resolution 1 s; the duration of a call included)"
    )


def _ledger(calls: pd.DataFrame) -> list[Row]:
    """All calls by service and action. ``answered`` includes "not found"; ``retried`` are attempts beyond the first."""
    lines = []
    for (service, action), group in calls.groupby(["service", "operation"], sort=True):
        outcomes = group["outcome"].value_counts()
        count = {outcome: int(outcomes.get(outcome.value, 0)) for outcome in Outcome}
        lines.append(
            {
                "service": str(service),
                "action": str(action),
                "calls": int((group["page"] == 1).sum()),
                "pages": len(group),
                "answered": count[Outcome.ANSWERED] + count[Outcome.NOT_FOUND],
                "refused": count[Outcome.REFUSED],
                "throttled": count[Outcome.THROTTLED],
                "failed": count[Outcome.FAILED],
                "not_offered": count[Outcome.NOT_OFFERED],
                "retried": int((group["attempts"].fillna(1) - 1).sum()),
            }
        )
    return lines


def _regions(calls: pd.DataFrame) -> list[Row]:
    """The regions that were asked, and why each was."""
    found = []
    for region, group in calls.groupby("region", sort=True):
        services = sorted(str(service) for service in group["service"].unique())
        why = "; ".join(dict.fromkeys(_WHY.get(service, service) for service in services))
        accounts = int(group["account_id"].nunique())
        found.append({"name": str(region), "accounts": accounts, "calls": len(group), "why": why})
    return found
