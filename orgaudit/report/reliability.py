"""Whether the report can be relied on: who asked, when, where, what was answered and what was not."""

import hashlib
import importlib.metadata
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from orgaudit.config import dump_config
from orgaudit.controls import CATALOG_HASH, CATALOG_VERSION
from orgaudit.model.calls import Outcome, rfc3339
from orgaudit.model.frames import Frames

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


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the reliability page."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """All calls of one service and action. Pages of one call are counted as one call."""

    service: str
    action: str
    calls: int
    pages: int
    answered: int
    """Answers, "not found" among them."""
    refused: int
    throttled: int
    failed: int
    not_offered: int
    retried: int
    """Attempts beyond the first."""


@dataclass(frozen=True, slots=True)
class Region:
    """A region that was asked, and why that was enough."""

    name: str
    accounts: int
    calls: int
    why: str


@dataclass(frozen=True, slots=True)
class Reliability:
    """List of facts, ledger of calls and regions."""

    facts: tuple[Fact, ...]
    ledger: tuple[LedgerLine, ...]
    regions: tuple[Region, ...]


def reliability(run: Mapping[str, Any], frames: Frames) -> Reliability:
    """What the reader needs to trust the numbers, from the recorded calls.

    run: of ``results.json``.
    """
    return Reliability(_facts(run, frames), _ledger(frames.calls), _regions(frames.calls))


def _facts(run: Mapping[str, Any], frames: Frames) -> tuple[Fact, ...]:
    role, session = _role_and_session(run["caller_arn"])
    listing = frames.calls[frames.calls["operation"] == "ListAccounts"]
    pairs = {
        "Run id": run["id"],
        "Started (UTC)": run["started_at"],
        "Finished (UTC)": run["finished_at"] or "not finished",
        "Tool": f"orgaudit {run['tool_version']}",
        "Python, boto3, botocore": f"{_versions()} (when this report was made; manifest.json names every library)",
        "Benchmark": f"CIS AWS Foundations {run['benchmark']}",
        "Control catalog": f"{CATALOG_VERSION}, criteria SHA-256 {CATALOG_HASH}",
        "Configuration SHA-256": f"{_config_hash(frames)} (of config.toml in the bundle)",
        "Operator": run["caller_arn"],
        "Operator's role": role or "no role",
        "Operator's session": session or "no session",
        "Session name in the accounts": f"{run['id']} (CloudTrail of each account shows this run under it)",
        "Organization": run["organization_id"],
        "Management account": run["management_account_id"],
        "Partition": frames.run.partition,
        "Account list": f"organizations:ListAccounts, {len(listing)} pages read",
        "Clock": _clock(frames.calls),
    }
    return tuple(Fact(label, str(value)) for label, value in pairs.items())


def _versions() -> str:
    return ", ".join([platform.python_version(), *(importlib.metadata.version(name) for name in ("boto3", "botocore"))])


def _config_hash(frames: Frames) -> str:
    return hashlib.sha256(dump_config(frames.config).encode("utf-8")).hexdigest()


def _role_and_session(arn: str) -> tuple[str, str]:
    kind, _, rest = arn.rpartition(":")[2].partition("/")
    role, _, session = rest.rpartition("/")
    return (role, session) if kind == "assumed-role" else ("", "")


def _clock(calls: pd.DataFrame) -> str:
    skews = (calls["answered_at"] - calls["asked_at"]).dropna().dt.total_seconds()
    if skews.empty:
        return "no answer carried the service's time"
    least, middle, most = (round(value) for value in (skews.min(), skews.median(), skews.max()))
    return (
        f"the services' time was {least:+d} to {most:+d} s from ours, median {middle:+d} s, over {len(skews)} answers "
        "(resolution 1 s; the duration of a call included)"
    )


def _ledger(calls: pd.DataFrame) -> tuple[LedgerLine, ...]:
    lines = []
    for (service, action), group in calls.groupby(["service", "operation"], sort=True):
        outcomes = group["outcome"].value_counts()
        count = {outcome: int(outcomes.get(outcome.value, 0)) for outcome in Outcome}
        lines.append(
            LedgerLine(
                str(service),
                str(action),
                calls=int((group["page"] == 1).sum()),
                pages=len(group),
                answered=count[Outcome.ANSWERED] + count[Outcome.NOT_FOUND],
                refused=count[Outcome.REFUSED],
                throttled=count[Outcome.THROTTLED],
                failed=count[Outcome.FAILED],
                not_offered=count[Outcome.NOT_OFFERED],
                retried=int((group["attempts"].fillna(1) - 1).sum()),
            )
        )
    return tuple(lines)


def _regions(calls: pd.DataFrame) -> tuple[Region, ...]:
    found = []
    for region, group in calls.groupby("region", sort=True):
        services = sorted(str(service) for service in group["service"].unique())
        why = "; ".join(dict.fromkeys(_WHY.get(service, service) for service in services))
        found.append(Region(str(region), int(group["account_id"].nunique()), len(group), why))
    return tuple(found)


def moment(value: Any) -> str:
    """A time of a frame as RFC 3339 in UTC; empty where there is none."""
    return "" if pd.isna(value) else rfc3339(value.to_pydatetime())
