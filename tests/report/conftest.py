"""A made-up organization with every result, disposition and kind of text that a report may meet."""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from orgaudit.controls import selected
from orgaudit.evaluation.reliability import reliability
from orgaudit.model import schemas
from orgaudit.model.frames import Frames, RunFacts
from orgaudit.model.settings import Audit, Config, Exclusion, Report, Scope, Tuning, Waiver
from orgaudit.report.view import View, build_view

Json = dict[str, Any]
LINKS = ("trail", "selectors", "delivery", "filter", "metric", "alarm", "action", "topic", "subscription")
STARTED = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
REGION = "eu-central-1"
MANAGEMENT = "100000000000"
LONG_NAME = "platform-security-monitoring-production-shared-services-" * 4
HOSTILE = (
    '=HYPERLINK("http://example.com","click")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "_x000D_ and _x0041_",
    "\x00\x1b[31mred\x7f",
    "\ufffe \uffff \ud800 end",
    "<script>alert(1)</script><img src='http://example.com/x.png'>",
    "{{ 7*7 }} {% raw %}",
    "حساب الإنتاج الرئيسي",
    "חשבון ייצור",
    "生产环境 本番アカウント 프로덕션",
    "emoji \U0001f525 and देवनागरी",
    "\u202eevil\u202c",
    LONG_NAME,
    "A" * 300,
)
REASONS = {
    "trail": ("NO_TRAIL", "No multi-region trail is logging in this account."),
    "selectors": ("SELECTORS_NARROW", "The trail leaves out events of ec2.amazonaws.com."),
    "delivery": ("NEVER_DELIVERED", "The trail never delivered to its log group."),
    "filter": ("NO_FILTER", "No metric filter of the log group catches any event of the control."),
    "metric": ("NO_ALARM_ON_METRIC", "No alarm watches the metric that the filter counts into."),
    "alarm": ("NEEDS_MORE_EVENTS", "The alarm needs 10 events in 300 s before it fires."),
    "action": ("ACTIONS_DISABLED", "The alarm's actions are disabled."),
    "topic": ("TOPIC_DENIES", "The topic's policy does not let CloudWatch publish."),
    "subscription": ("NOBODY_CONFIRMED", "No subscription of the topic is confirmed."),
}


@dataclass(frozen=True)
class Sample:
    """A document and the frames it came from."""

    document: Json
    frames: Frames

    def view(self, comparison: Json | None = None) -> View:
        return build_view(self.document, self.frames, comparison)


def make_sample(accounts: int = 35, hostile: bool = False, seed: int = 7) -> Sample:
    """An organization of that many accounts. The same arguments give the same sample."""
    return _Maker(accounts, hostile, random.Random(seed)).sample()


class _Maker:
    def __init__(self, accounts: int, hostile: bool, chance: random.Random) -> None:
        self.count, self.hostile, self.chance = accounts, hostile, chance
        self.controls = [(control, edition) for control, edition in selected("7.0.0")]
        self.config = _config()
        self.chain = {name: self.thing(MANAGEMENT, name) for name in LINKS}
        self.criteria = {
            control.key: (edition.criterion if edition and edition.criterion else control.audit)
            for control, edition in self.controls
        }
        self.shared_evidence = [
            f"{MANAGEMENT}/{REGION}/cloudtrail:DescribeTrails",
            f"{MANAGEMENT}/{REGION}/logs:DescribeMetricFilters/1a2b3c4d",
            f"{MANAGEMENT}/{REGION}/cloudwatch:DescribeAlarms",
        ]

    def sample(self) -> Sample:
        population = [self.account(number) for number in range(self.count)]
        rows = [row for account in population if account["outcome"] != "excluded" for row in self.rows(account)]
        outcomes = [account["outcome"] for account in population]
        not_evaluated = any(row["result"] == "NOT_EVALUATED" for row in rows)
        document = {
            "schema": "orgaudit.results/1",
            "run": {
                "id": "b7f3c2a19d4e4f60",
                "started_at": "2026-11-23T10:15:00Z",
                "finished_at": "2026-11-23T10:21:42Z",
                "tool_version": "0.1.0",
                "benchmark": "7.0.0",
                "organization_id": "o-a1b2c3d4e5",
                "management_account_id": MANAGEMENT,
                "caller_arn": f"arn:aws:sts::{MANAGEMENT}:assumed-role/OrgAuditManagement/b7f3c2a19d4e4f60",
                "finished": True,
                "complete": not not_evaluated,
                "stale": {"waivers": [], "tuning": []},
            },
            "population": {
                "listed": len(population),
                **{name: outcomes.count(name) for name in ("evaluated", "not_evaluated", "excluded")},
                "support": [{"account_id": "999900001111", "reason": "owns a monitoring sink"}],
                "accounts": population,
            },
            "results": rows,
        }
        frames = self.frames(document)
        return Sample(document | {"reliability": reliability(document["run"], frames)}, frames)

    def account(self, number: int) -> Json:
        account_id = f"{100000000000 + number * 7919:012d}"
        units = ("Root/Platform", "Root/Workloads/Prod", "Root/Workloads/Test", "Root/Sandbox", "Root/Security")
        deep = "" if self.count < 100 else f"/Team-{number % 97:02d}"
        name = HOSTILE[number % len(HOSTILE)] if self.hostile else f"workload-{number:03d}"
        outcome, state, reason, approver = "evaluated", "ACTIVE", "", None
        if number % 17 == 5:
            outcome, state, reason = "excluded", "SUSPENDED", "The account is SUSPENDED."
        elif number % 23 == 7:
            outcome, reason, approver = "excluded", "Excluded by configuration: decommissioning.", "J. Meyer"
        elif number % 11 == 9:
            outcome, reason = "not_evaluated", "The role OrgAudit could not be assumed: AccessDenied."
        return {
            "account_id": account_id if number else MANAGEMENT,
            "name": name if number else "management",
            "ou_path": units[number % len(units)] + deep if number else "Root",
            "state": state,
            "outcome": outcome,
            "reason": reason,
            "support": number == 5,
            "joined_at": "2021-03-04T05:06:07Z",
            "owner": "team-a@example.com" if number % 2 else None,
            "approved_by": approver,
            "number": number,
        }

    def rows(self, account: Json) -> Iterator[Json]:
        number = account.pop("number")
        for place, (control, edition) in enumerate(self.controls):
            row = self.blank(account["account_id"], control.key, edition.section if edition else "")
            if control.key == "organizations_changes" and number:
                row |= {"result": "NOT_APPLICABLE", "reason_code": "MEMBER", "chain": {}, "coverage": None}
                row["reason"] = "Only the management account can change the organization."
            elif account["outcome"] == "not_evaluated":
                row |= self.unread(account["account_id"], "sts:AssumeRole", "AccessDenied")
            else:
                row |= self.judged(account["account_id"], number, place, control.key)
            row["row_sha256"] = hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()
            yield row

    def blank(self, account_id: str, control: str, section: str) -> Json:
        return {
            "account_id": account_id,
            "control": control,
            "section": section,
            "result": "PASS",
            "disposition": "",
            "coverage": "COMPLETE" if control not in ("trail_multi_region",) else None,
            "reason_code": "CHAIN_COMPLETE",
            "reason": "A complete chain leads from the event to a confirmed subscription.",
            "broken_link": None,
            "inherited_from": None if account_id == MANAGEMENT else MANAGEMENT,
            "witness": None,
            "observations": [],
            "evidence": self.shared_evidence,
            "observed": f"Trail arn:aws:cloudtrail:{REGION}:{MANAGEMENT}:trail/organization",
            "expected": "One complete chain from the trail to a confirmed subscription.",
            "criterion": self.criteria[control],
            "test_id": f"{account_id}.{control}",
            "collected_at": "2026-11-23T10:17:03Z",
            "row_sha256": "",
            "waiver": None,
            "tuning": [],
            "missing": [],
            "chain": self.chain,
        }

    def judged(self, account_id: str, number: int, place: int, control: str) -> Json:
        text = HOSTILE[(number + place) % len(HOSTILE)] if self.hostile else ""
        scenario = number % 13
        if 1 <= scenario <= 9 and number > 12 and place % 4 == 0:
            return self.broken(account_id, LINKS[scenario - 1], text)
        if scenario == 10 and place % 5 == 1:
            return self.escaping(account_id, control, text)
        if scenario == 11 and place % 6 == 2:
            waived = number % 2 == 0
            return self.broken(account_id, "filter", text) | {
                "disposition": "WAIVED" if waived else "WAIVER_EXPIRED",
                "waiver": _waiver_json(self.config.waivers[0 if waived else 1]),
            }
        if scenario == 12 and place % 7 == 3:
            return self.unread(account_id, "cloudwatch:DescribeAlarms", "ThrottlingException")
        if scenario == 3 and control == "security_group_changes":
            return {"coverage": "TUNED", "tuning": [{"exclude": self.config.tuning[0].exclude}]}
        if number == 2:
            return {"observations": [{"code": "SHARED_ALARM", "text": f"One alarm serves two controls. {text}"}]}
        return {}

    def thing(self, account_id: str, name: str) -> str:
        long = "organization-wide-cloudtrail-monitoring-alarm-chain-" * 3
        return f"arn:aws:sns:{REGION}:{account_id}:{long}{name}" if name != "metric" else "CISBenchmark/Events"

    def broken(self, account_id: str, link: str, text: str) -> Json:
        code, reason = REASONS[link]
        return {
            "result": "FAIL",
            "disposition": "OPEN",
            "coverage": None,
            "reason_code": code,
            "reason": f"{reason} {text}".strip(),
            "broken_link": link,
            "inherited_from": None,
            "observed": f"{reason} Found in {account_id}: {text or LONG_NAME}",
            "evidence": [f"{account_id}/{REGION}/cloudtrail:DescribeTrails"],
            "chain": {name: self.thing(account_id, name) for name in LINKS[: LINKS.index(link)]}
            | {link: {"state": "broken", "what": self.thing(account_id, link), "note": reason}},
        }

    def escaping(self, account_id: str, control: str, text: str) -> Json:
        event = {
            "eventVersion": "1.11",
            "eventTime": "2026-11-23T10:15:00Z",
            "eventSource": "ec2.amazonaws.com",
            "eventName": "ModifySecurityGroupRules",
            "awsRegion": REGION,
            "recipientAccountId": account_id,
            "sourceIPAddress": "192.0.2.10",
            "managementEvent": True,
            "eventCategory": "Management",
            "readOnly": False,
            "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"userName": text or "Admin"}}},
        }
        return self.broken(account_id, "filter", text) | {
            "coverage": "ESCAPES",
            "reason_code": "EVENTS_ESCAPE",
            "reason": "The filters let ModifySecurityGroupRules escape.",
            "witness": event,
        }

    def unread(self, account_id: str, call: str, code: str) -> Json:
        return {
            "result": "NOT_EVALUATED",
            "coverage": None,
            "reason_code": "CALL_REFUSED",
            "reason": f"{call} gave no answer: {code}.",
            "inherited_from": None,
            "observed": "",
            "evidence": [],
            "missing": [{"call": call, "account_id": account_id, "region": REGION, "error_code": code}],
            "chain": {},
        }

    def frames(self, document: Json) -> Frames:
        calls = list(self.calls(document))
        topic = self.thing(MANAGEMENT, "topic")
        protocols = ("email", "lambda", "https")
        return Frames(
            run=RunFacts(id=document["run"]["id"], finished=True),
            config=self.config,
            calls=schemas.CALLS.frame(calls),
            topics=schemas.TOPICS.frame([{"account_id": MANAGEMENT, "topic_arn": topic, "evidence_id": "e"}]),
            subscriptions=schemas.SUBSCRIPTIONS.frame(
                {
                    "account_id": MANAGEMENT,
                    "topic_arn": topic,
                    "subscription_arn": f"{topic}:{place}" if protocol != "https" else "PendingConfirmation",
                    "protocol": protocol,
                    "endpoint": "s***@example.com" if protocol == "email" else "***",
                    "owner": MANAGEMENT,
                    "evidence_id": "e",
                }
                for place, protocol in enumerate(protocols)
            ),
        )

    def calls(self, document: Json) -> Iterator[Json]:
        for account in document["population"]["accounts"]:
            account.pop("number", None)
            asked = STARTED + timedelta(milliseconds=self.chance.randrange(300_000))
            asked_for = "sts:AssumeRole cloudtrail:DescribeTrails cloudtrail:ListTrails cloudwatch:DescribeAlarms"
            wanted = asked_for.split()
            for name in wanted if account["outcome"] == "evaluated" else wanted[:1]:
                service, _, operation = name.partition(":")
                refused = account["outcome"] == "not_evaluated"
                yield {
                    "evidence_id": f"{account['account_id']}/{REGION}/{name}",
                    "account_id": account["account_id"],
                    "region": REGION,
                    "service": service,
                    "operation": operation,
                    "params": "{}",
                    "page": 1,
                    "outcome": "refused" if refused else "answered",
                    "error_code": "AccessDenied" if refused else None,
                    "error_message": "not authorized to perform sts:AssumeRole" if refused else None,
                    "request_id": f"{self.chance.getrandbits(64):016x}",
                    "asked_at": asked,
                    "answered_at": asked.replace(microsecond=0) + timedelta(seconds=1),
                    "attempts": 1,
                    "throttles": 0,
                }


def _config() -> Config:
    waiver = Waiver(
        control="root_account_usage",
        accounts=("*",),
        reason="Accepted until the platform team has moved the log group.",
        approved_by="A. Vogel, CISO",
        approved_on=date(2026, 10, 1),
        expires=date(2026, 12, 31),
        ticket="SEC-123",
    )
    return Config(
        scope=Scope(exclude_accounts=(Exclusion("100000055433", "decommissioning", "J. Meyer"),)),
        audit=Audit(),
        report=Report(organization_name="Example Holding AG", prepared_by="Cloud Assurance"),
        tuning=(
            Tuning(
                "security_group_changes",
                '{ $.userIdentity.sessionContext.sessionIssuer.userName = "TerraformRole" }',
                "Deployments by the pipeline are reviewed before they run.",
                "A. Vogel, CISO",
                date(2027, 3, 31),
            ),
        ),
        waivers=(waiver, replace(waiver, reason="Accepted for the migration.", expires=date(2026, 10, 31))),
    )


def _waiver_json(waiver: Waiver) -> Json:
    dates = {"approved_on": waiver.approved_on.isoformat(), "expires": waiver.expires.isoformat()}
    return asdict(waiver) | {"accounts": list(waiver.accounts)} | dates


def make_comparison(document: Json) -> Json:
    """A comparison with an earlier run: one line of every kind; the run before that could evaluate nothing."""
    kinds = ("new", "regressed", "still_failing", "fixed", "newly_not_evaluated", "criteria_changed")
    rows = document["results"]
    lines = [
        {
            "kind": kind,
            "account_id": rows[place * 19]["account_id"],
            "control": rows[place * 19]["control"],
            "before": "PASS",
            "after": "FAIL",
            "text": "The alarm's actions are disabled.",
            "first_seen": "2026-08-20T08:00:00Z",
            "runs": place,
            "days_open": 30 * place,
        }
        for place, kind in enumerate(kinds)
    ]
    names = ("PASS", "OPEN", "WAIVED", "WAIVER_EXPIRED", "NOT_EVALUATED", "NOT_APPLICABLE")
    counts = ((400, 55, 4, 1, 12, 30), (0, 0, 0, 0, 472, 30), (420, 50, 4, 1, 0, 30))
    runs = [
        {
            "run_id": f"run{place}",
            "started_at": f"2026-0{place * 3 + 2}-20T08:00:00Z",
            "benchmark": "6.0.0" if place < 2 else "7.0.0",
            "tool_version": "0.1.0",
            "finished": True,
            "population": {"listed": 35, "evaluated": 30, "not_evaluated": 2, "excluded": 3},
            "counts": dict(zip(names, count, strict=True)),
        }
        for place, count in enumerate(counts)
    ]
    sealed = {"bundle": "o-a1b2c3d4e5_20260520T080000Z_run1", "manifest_sha256": "ab" * 32}
    return {
        "previous": runs[1] | sealed,
        "run": runs[2] | {"bundle": "", "manifest_sha256": ""},
        "criteria": {"security_group_changes": ["the prescribed pattern or pass rule"]},
        "changes": [*lines, {"kind": "new_account", "account_id": rows[-1]["account_id"], "text": "Joined."}],
        "trend": runs,
        "reviews": {
            row["test_id"]: {
                "conclusion": "Agree",
                "comment": f"As in {rows[-1]['account_id']}.",
                "tested_by": "J. Doe",
                "started_at": runs[1]["started_at"],
            }
            for row in (rows[0], rows[-1], rows[len(rows) // 2])
        },
    }


@pytest.fixture(scope="session")
def sample() -> Sample:
    """Thirty-five accounts, ordinary names."""
    return make_sample()


@pytest.fixture(scope="session")
def hostile() -> Sample:
    """Forty accounts whose names and findings try everything."""
    return make_sample(40, hostile=True)


@pytest.fixture(scope="session")
def sampler() -> Callable[..., Sample]:
    return make_sample


@pytest.fixture(scope="session")
def comparison(sample: Sample) -> Json:
    return make_comparison(sample.document)
