"""Answers that AWS should not give, over HTTP: each is recorded, none ends the run or becomes a verdict by guess.

Every account of one organization gets an odd answer of its own; whoever gets none passes.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.fake_aws import Answered, Asked, serving
from benchmarks.fake_organization import FIRST, PATTERNS, Organization
from orgaudit import pipeline
from orgaudit.aws.asking import Patience
from orgaudit.aws.collect import collect
from orgaudit.aws.organization import open_organization
from orgaudit.controls import CATALOG
from orgaudit.evaluation import Assessment, assess
from orgaudit.evidence.masking import Mask
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.answers import frames_of
from orgaudit.model.calls import Record
from orgaudit.model.frames import RunFacts
from orgaudit.model.settings import Config
from orgaudit.progress import Silent
from tests.aws.scripted import lead

Change = Callable[[Asked, Answered], Answered]
SWIFT = Patience(first_wait_s=0.001, longest_wait_s=0.002)
ALARM_CONTROLS = {control.key for control in CATALOG.values() if control.family == "alarm"}
UNKNOWN, HELD = "NOT_EVALUATED", "PASS"
PAGE = b"<html><body>Sign in to the network</body></html>"


@dataclass(frozen=True)
class Odd:
    """An odd answer to one operation, and what becomes of the alarm controls."""

    name: str
    operation: str
    change: Change
    result: str = UNKNOWN
    code: str = ""
    """The error code of the call's last record; empty where the call was answered."""


def body(content: bytes, **other: Any) -> Change:
    return lambda _, answer: replace(answer, body=content, **other)


def json_of(change: Callable[[dict[str, Any]], object]) -> Change:
    def changed(_: Asked, answer: Answered) -> Answered:
        document = json.loads(answer.body)
        change(document)
        return replace(answer, body=json.dumps(document).encode())

    return changed


def each(member: str, **values: object) -> Change:
    """The members of every thing listed; None takes one away."""

    def change(document: dict[str, Any]) -> None:
        for thing in document[member]:
            thing.update(values)
            for name in [name for name, value in values.items() if value is None]:
                del thing[name]

    return json_of(change)


def xml(pattern: bytes, by: bytes = b"") -> Change:
    return lambda _, answer: replace(answer, body=re.sub(pattern, by, answer.body, flags=re.DOTALL))


def attribute(name: bytes) -> bytes:
    return b"<entry><key>" + name + b"</key>.*?</entry>"


def pages(tokens: Callable[[int], str]) -> Change:
    """Empty pages, each with the token of the next; the last one holds everything."""

    def change(asked: Asked, answer: Answered) -> Answered:
        token = tokens(int(json.loads(asked.body).get("nextToken", "0").lstrip("x")))
        return (
            answer
            if not token
            else replace(answer, body=json.dumps({"metricFilters": [], "nextToken": token}).encode())
        )

    return change


def crowded(document: dict[str, Any]) -> None:
    """Two thousand alarms more on one page, before those that matter."""
    other = document["MetricAlarms"][0]
    more = [
        other | {"AlarmName": f"o{n}", "AlarmArn": f"{other['AlarmArn']}{n}", "MetricName": f"o{n}"}
        for n in range(2000)
    ]
    document["MetricAlarms"] = more + document["MetricAlarms"]


def nulls(document: dict[str, Any]) -> None:
    for member in document:
        document[member] = None


ODD = [
    *(
        Odd(f"{name} for {operation}", operation, change, UNKNOWN, code)
        for operation in (
            "DescribeTrails",
            "DescribeMetricFilters",
            "DescribeAlarms",
            "GetTopicAttributes",
            "GetKeyPolicy",
        )
        for name, change, code in (
            ("a proxy's page", body(PAGE), "IncompleteAnswer"),
            ("an empty body", body(b""), "IncompleteAnswer"),
            (
                "half an answer",
                lambda _, answer: replace(answer, body=answer.body[: len(answer.body) // 2]),
                "IncompleteAnswer",
            ),
            ("null", body(b"null"), "IncompleteAnswer"),
            ("a redirect", body(PAGE, status=302, headers=b"Location: http://127.0.0.1:9/\r\n"), "302"),
            ("a refusal by a proxy", body(PAGE, status=403), "403"),
        )
    ),
    Odd("a text for a list", "DescribeAlarms", body(b'{"MetricAlarms": "x"}'), UNKNOWN, "IncompleteAnswer"),
    Odd("nulls", "DescribeMetricFilters", json_of(nulls), UNKNOWN, "IncompleteAnswer"),
    Odd("a null in a list", "DescribeAlarms", body(b'{"MetricAlarms": [null]}'), UNKNOWN, "IncompleteAnswer"),
    Odd("an error that is no JSON", "DescribeAlarms", body(b"nonsense", status=400), UNKNOWN, "400"),
    Odd("an error never heard of", "DescribeAlarms", body(b'{"__type": "Whatever"}', status=400), UNKNOWN, "Whatever"),
    # What is there and cannot be named is not nothing
    Odd("trails without ARN", "DescribeTrails", each("trailList", TrailARN=None), UNKNOWN, "IncompleteAnswer"),
    Odd(
        "filters without metrics",
        "DescribeMetricFilters",
        each("metricFilters", metricTransformations=None),
        UNKNOWN,
        "IncompleteAnswer",
    ),
    Odd("filters without pattern", "DescribeMetricFilters", each("metricFilters", filterPattern=None)),
    Odd("alarms without ARN", "DescribeAlarms", each("MetricAlarms", AlarmArn=None), UNKNOWN, "IncompleteAnswer"),
    Odd("alarms on whatever", "DescribeAlarms", each("MetricAlarms", MetricName=None, Namespace=None)),
    Odd("alarms without period", "DescribeAlarms", each("MetricAlarms", Period=None)),
    Odd("alarms without threshold", "DescribeAlarms", each("MetricAlarms", Threshold=None)),
    Odd("alarms that may be off", "DescribeAlarms", each("MetricAlarms", ActionsEnabled=None)),
    Odd("no trail status", "GetTrailStatus", body(b"{}"), UNKNOWN, "IncompleteAnswer"),
    Odd("a trail of some regions", "DescribeTrails", each("trailList", IsMultiRegionTrail=None)),
    Odd("a topic without policy", "GetTopicAttributes", xml(attribute(b"Policy"))),
    Odd("a policy that is none", "GetTopicAttributes", xml(b"(<key>Policy</key><value>).*?</value>", rb"\1x</value>")),
    Odd("a key in no state", "DescribeKey", json_of(lambda document: document["KeyMetadata"].pop("KeyState"))),
    # Words that are not known
    Odd("a comparison", "DescribeAlarms", each("MetricAlarms", ComparisonOperator="Sideways")),
    Odd("a statistic", "DescribeAlarms", each("MetricAlarms", Statistic="Mode")),
    Odd("a treatment", "DescribeAlarms", each("MetricAlarms", TreatMissingData="hopefully")),
    Odd("a setting", "DescribeAlarms", each("MetricAlarms", OnlyOnMondays=True)),
    Odd("a selector", "GetEventSelectors", each("EventSelectors", ReadWriteType="Sometimes")),
    Odd("a key's state", "DescribeKey", json_of(lambda document: document["KeyMetadata"].update(KeyState="Melting"))),
    Odd("an alarm's state", "DescribeAlarms", each("MetricAlarms", StateValue="MAYBE"), HELD),
    Odd("a protocol", "ListSubscriptionsByTopic", xml(b"<Protocol>email", b"<Protocol>pigeon"), HELD),
    # Long and endless listings
    Odd("two thousand alarms", "DescribeAlarms", json_of(crowded), HELD),
    Odd("empty pages", "DescribeMetricFilters", pages(lambda page: f"x{page + 1}" if page < 12 else ""), HELD),
    Odd("the same page for ever", "DescribeMetricFilters", pages(lambda page: "x1"), UNKNOWN, "EndlessListing"),
    Odd(
        "pages in a circle", "DescribeMetricFilters", pages(lambda page: f"x{page % 3 + 1}"), UNKNOWN, "EndlessListing"
    ),
]
# accounts whose answers have no defect of their own
PLACES = [place for place in range(11, 100) if place not in (20, 40, 60)]
BY_ACCOUNT = {str(FIRST - 1 + place): odd for place, odd in zip(PLACES, ODD, strict=False)}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Assessment, list[Record]]:
    store = EvidenceStore.create(tmp_path_factory.mktemp("odd") / "evidence.sqlite")

    def disturb(asked: Asked, answer: Answered) -> Answered:
        odd = BY_ACCOUNT.get(asked.account)
        return odd.change(asked, answer) if odd and odd.operation == asked.operation else answer

    with pytest.MonkeyPatch.context() as monkeypatch, serving(Organization(100), disturb) as url:
        lead(monkeypatch, url)
        access = open_organization(Config(), "run-1", Mask(bytes(32)), patience=SWIFT)
        collect(access, Config(), store)
        access.close()
    ids = store.finished_accounts()
    facts = RunFacts(management_account_id=str(FIRST), started_at="2026-11-23T00:00:00Z", finished_accounts=ids)
    records = list(store.records())
    store.close()
    return assess(frames_of(records, facts, Config())), records


def test_there_is_an_account_for_each_odd_answer() -> None:
    assert len(BY_ACCOUNT) == len(ODD)


@pytest.mark.parametrize(("account_id", "odd"), BY_ACCOUNT.items(), ids=[odd.name for odd in BY_ACCOUNT.values()])
def test_what_becomes_of(account_id: str, odd: Odd, judged: tuple[Assessment, list[Record]]) -> None:
    assessment, records = judged
    asked = [one for one in records if (one.call.account_id, one.call.operation) == (account_id, odd.operation)]
    assert {one.error_code for one in asked if one.last_page} == {odd.code}
    assert "bug" not in "".join(one.error_message for one in asked)
    alarm_rows = [
        row
        for row in assessment.rows
        if row["account_id"] == account_id and row["control"] in ALARM_CONTROLS and row["result"] != "NOT_APPLICABLE"
    ]
    assert len(alarm_rows) >= len(PATTERNS) - 1
    assert {row["result"] for row in alarm_rows} == {odd.result}


def test_nobody_else_is_touched(judged: tuple[Assessment, list[Record]]) -> None:
    others = [row for row in judged[0].rows if row["account_id"] not in BY_ACCOUNT]
    assert UNKNOWN not in {row["result"] for row in others}


HOSTILE = "\u202eabc\u0000\ud800\U0001f4a3=cmd|' /C calc'!A1\u2028<script>&amp;\r\n\ufffe"
"""Right to left, NUL, half a character, a formula, markup, ends of lines, a non-character."""


def test_names_of_any_characters_reach_every_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def disturb(asked: Asked, answer: Answered) -> Answered:
        if asked.operation == "ListAccounts":
            return each("Accounts", Name=HOSTILE)(asked, answer)
        if asked.operation == "DescribeMetricFilters":
            return each("metricFilters", filterName=HOSTILE, filterPattern=f'{{ $.a = "{HOSTILE}" }}')(asked, answer)
        if asked.operation == "DescribeAlarms":
            return each("MetricAlarms", AlarmName=HOSTILE, AlarmDescription=HOSTILE)(asked, answer)
        return answer

    with serving(Organization(2), disturb) as url:
        lead(monkeypatch, url)
        finished = pipeline.run(Config(), tmp_path, Silent())
    assert finished.problems == ()
    names = {path.name for path in finished.folder.iterdir()}
    assert names >= {
        "results.json",
        "results.csv",
        "results.ocsf.jsonl",
        "workbook.xlsx",
        "report.pdf",
        "manifest.json",
    }
    assert finished.exit_code == 1
