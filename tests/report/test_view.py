"""The view counts once, and what it counts ties back to the rows."""

import json
from collections import Counter
from typing import Any

import pytest

from orgaudit.model import schemas
from orgaudit.model.frames import Frames
from orgaudit.report.audience import topics
from orgaudit.report.changes import changes
from orgaudit.report.findings import Finding, causes, findings, witness_lines
from orgaudit.report.matrix import MATRIX_ROWS, matrix
from orgaudit.report.pages import brief, few, shown
from orgaudit.report.tally import Tally, tally, tie_out
from orgaudit.report.view import build_view
from orgaudit.report.words import DISPOSITIONS, LINK_STATES, RESULTS, SEVERITIES


def test_every_row_is_counted_once(sample: Any) -> None:
    """Totals, controls and OUs are three ways of counting the same rows."""
    view, rows = sample.view(), sample.document["results"]
    assert view.tally.rows == len(rows)
    assert sum((line.tally for line in view.controls), start=Tally()) == view.tally
    assert sum(view.by_ou.values(), start=Tally()) == view.tally
    assert sum(view.by_ou_control.values(), start=Tally()) == view.tally
    assert sum((account.tally for account in view.accounts), start=Tally()) == view.tally


def test_every_control_has_a_row_for_each_account_in_scope(sample: Any) -> None:
    view = sample.view()
    assert view.tie_out.adds_up
    assert all(line.ties(view.tie_out.in_scope) for line in view.controls)


@pytest.mark.parametrize("name", ["listed", "evaluated", "not_evaluated", "excluded"])
def test_a_population_that_does_not_add_up_is_said(sample: Any, name: str) -> None:
    population = sample.document["population"]
    assert not tie_out(population | {name: population[name] + 1}).adds_up
    assert not tie_out(population | {"accounts": population["accounts"][1:]}).adds_up


def test_findings_hold_every_open_fail_once(sample: Any) -> None:
    rows = sample.document["results"]
    open_places = [place for place, row in enumerate(rows) if row["disposition"] in ("OPEN", "WAIVER_EXPIRED")]
    found = sample.view().findings
    assert sorted(place for one in found for place in one.places) == open_places
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    assert sum(one.expired for one in found) == tally(rows).expired


def fail(account_id: str, control: str = "vpc_changes", **fields: Any) -> dict[str, Any]:
    row = {
        "account_id": account_id,
        "control": control,
        "disposition": "OPEN",
        "broken_link": "alarm",
        "reason_code": "NEEDS_MORE_EVENTS",
        "reason": f"The alarm of {account_id} needs 10 events.",
        "inherited_from": None,
        "witness": None,
    }
    return row | fields


def grouped(*rows: dict[str, Any]) -> tuple[Finding, ...]:
    return findings(rows, {"vpc_changes": "low", "nacl_changes": "high"}, {"trail_multi_region"})


def test_equal_fails_of_several_accounts_are_one_finding() -> None:
    """The account's own id does not make two findings of what is the same everywhere."""
    (one,) = grouped(fail("111111111111"), fail("222222222222"))
    assert (one.rows, list(one.accounts)) == (2, ["111111111111", "222222222222"])


@pytest.mark.parametrize(
    "other",
    [
        {"broken_link": "topic"},
        {"reason_code": "LATCHED"},
        {"inherited_from": "333333333333"},
        {"reason": "The alarm needs 20 events."},
    ],
)
def test_what_has_another_remedy_is_another_finding(other: dict[str, Any]) -> None:
    assert len(grouped(fail("111111111111"), fail("222222222222", **other))) == 2


def test_a_finding_is_as_severe_as_its_worst_control() -> None:
    (one,) = grouped(fail("111111111111"), fail("111111111111", "nacl_changes"))
    assert one.severity == "high"
    assert list(SEVERITIES).index("high") < list(SEVERITIES).index("low")


def test_what_leaves_most_untold_comes_first() -> None:
    """However severe a catalog calls one control, and however many trails lack something that tells nobody less."""
    trails = [fail(f"{number:012d}", "trail_multi_region", broken_link="trail") for number in range(9)]
    latched = [fail(f"{number:012d}", reason_code="LATCHED") for number in range(5)]
    topics = [fail(f"{number:012d}", broken_link="topic") for number in range(2)]
    filters = [fail(f"{number:012d}", broken_link="filter") for number in range(2)]
    found = grouped(*trails, *topics, *filters, *latched, fail("111111111111", "nacl_changes"))
    order = [(one.row["broken_link"], one.untold, one.rows) for one in found]
    assert order == [("alarm", 5, 5), ("filter", 2, 2), ("topic", 2, 2), ("alarm", 1, 1), ("trail", 0, 9)]


def test_an_account_is_silent_if_every_alarm_test_of_it_failed(sample: Any) -> None:
    """A waiver tells nobody either; a test that was not evaluated might."""
    document = json.loads(json.dumps(sample.document))
    wanted = sorted({row["account_id"] for row in document["results"]})[5:9]
    for row in document["results"]:
        alarm = not row["control"].startswith("trail_") and row["result"] != "NOT_APPLICABLE"
        if row["account_id"] in wanted[:3] and alarm:
            row |= {"result": "FAIL", "disposition": "WAIVED" if row["account_id"] == wanted[0] else "OPEN"}
        if row["account_id"] == wanted[2] and row["control"] == "vpc_changes":
            row |= {"result": "NOT_EVALUATED", "disposition": ""}
    assert sample.view().silent_accounts == 0
    assert build_view(document, sample.frames).silent_accounts == 2


def test_waived_fails_are_no_finding() -> None:
    assert grouped(fail("111111111111", disposition="WAIVED")) == ()


def test_the_witness_begins_with_what_decides(sample: Any) -> None:
    row = next(row for row in sample.document["results"] if row["witness"] and "eventName" in row["criterion"])
    lines = witness_lines(row)
    decides = [line.decides for line in lines]
    assert decides == sorted(decides, reverse=True)
    assert "eventName" in {line.path for line in lines if line.decides}


def test_causes_hold_every_row_that_was_not_evaluated_once(sample: Any) -> None:
    rows = sample.document["results"]
    found = causes(rows)
    assert sum(cause.rows for cause in found) == tally(rows).not_evaluated
    assert {(cause.call, cause.error_code) for cause in found} == {
        ("sts:AssumeRole", "AccessDenied"),
        ("cloudwatch:DescribeAlarms", "ThrottlingException"),
    }


def test_waivers_and_tuning_say_whether_they_are_used(sample: Any) -> None:
    view = sample.view()
    assert {waiver.status for waiver in view.waivers} == {"in force", "expired"}
    assert sum(waiver.rows for waiver in view.waivers if waiver.expired) == view.tally.expired
    assert [(tuning.status, tuning.rows > 0) for tuning in view.tuning] == [("in force", True)]


def test_only_confirmed_subscribers_are_told(sample: Any) -> None:
    (topic,) = topics(sample.document["results"], sample.frames)
    assert Counter(one.status for one in topic.subscribers) == {"confirmed": 2, "pending": 1}
    assert (topic.confirmed, topic.people) == (2, 1)
    assert topic.rows == sample.view().tally.passed
    assert {one.domain for one in topic.subscribers if one.protocol == "email"} == {"example.com"}


def test_the_ledger_counts_every_call(sample: Any) -> None:
    view = sample.view()
    assert sum(line.pages for line in view.reliability.ledger) == len(sample.frames.calls)
    assume = next(line for line in view.reliability.ledger if line.action == "AssumeRole")
    assert assume.refused == sum(one.outcome == "not_evaluated" for one in view.accounts)


def test_changes_are_counted_by_kind(sample: Any, comparison: Any) -> None:
    found = changes(comparison)
    assert found is not None
    assert sum(found.counts.values()) == len(comparison["changes"])
    assert found.counts["account_left"] == 0
    assert changes(None) is None


def test_an_unknown_change_is_refused(comparison: Any) -> None:
    with pytest.raises(ValueError, match="improved"):
        changes(comparison | {"changes": [{"kind": "improved", "account_id": "111111111111"}]})


def test_a_capped_list_says_how_much_there_is() -> None:
    assert shown(list(range(3)), 5, "Evidence").note == ""
    assert shown(list(range(4711)), 100, "Evidence").note.startswith("100 of 4,711;")
    assert few(["a", "b", "c"], 2) == "a, b and 1 more"


def test_a_text_for_one_line_is_cut_where_it_is_too_long() -> None:
    assert brief("short", 5) == "short"
    assert brief("one two three four", 12) == "one two …"
    assert brief("生产环境本番", 8) == "生产环 …"


def test_many_ous_are_divided_where_most_fails_are(sampler: Any) -> None:
    """As many lines as fit; every account is counted in exactly one of them."""
    view = sampler(900).view()
    _, lines, total = matrix(view)
    assert total == len(lines) <= MATRIX_ROWS
    assert sum(int(line.detail.split()[0].replace(",", "")) for line in lines) == view.tie_out.in_scope
    assert max(line.name.count("/") for line in lines) > 1


def test_many_accounts_are_shown_by_ou(sampler: Any) -> None:
    """The OUs' accounts add up to those in scope, and no account is left out of its OU's cell."""
    view = sampler(400).view()
    kind, lines, total = matrix(view)
    assert (kind, total) == ("OU", len(lines))
    assert len(lines) <= MATRIX_ROWS
    assert sum(int(line.detail.split()[0]) for line in lines) == view.tie_out.in_scope
    place = [line.key for line in view.controls].index("unauthorized_api_calls")
    told = [line.cells[place] for line in lines]
    failing = sum(int(text.split()[1]) for status, text in told if status == "OPEN")
    assert failing == view.controls[place].tally.open + view.controls[place].tally.expired


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("marks", [RESULTS, DISPOSITIONS, LINK_STATES])
def test_marks_are_readable_without_colour(marks: Any) -> None:
    """A sign and a word each, and ink on paper with a contrast of at least 4.5 (WCAG 2.2, 1.4.3)."""
    for mark in marks.values():
        assert mark.word
        assert mark.sign
        for paper in (mark.paper, "FFFFFF"):
            assert (luminance(paper) + 0.05) / (luminance(mark.ink) + 0.05) >= 4.5


def test_a_topic_that_nobody_listens_to_is_told_from_one_that_could_not_be_read() -> None:
    arns = [f"arn:aws:sns:eu-central-1:111122223333:{name}" for name in ("silent", "refused")]
    asked = {"account_id": "111122223333", "region": "eu-central-1", "service": "sns", "page": 1}
    calls = [
        {
            **asked,
            "evidence_id": arn,
            "operation": "ListSubscriptionsByTopic",
            "params": json.dumps({"TopicArn": arn}),
            "outcome": outcome,
        }
        for arn, outcome in zip(arns, ("answered", "refused"), strict=True)
    ]
    listed = [{"account_id": "111122223333", "topic_arn": arn} for arn in arns]
    frames = Frames(calls=schemas.CALLS.frame(calls), topics=schemas.TOPICS.frame(listed))
    assert {topic.arn: topic.listed for topic in topics([], frames)} == {arns[0]: True, arns[1]: False}
