"""What a later quarter says of an earlier one: every kind of change, its age, and what is never called a fix."""

import pytest

from orgaudit.report.changes import KINDS, changes_sentence, read_changes
from tests.evidence.quarters import ONE, RULE, THREE, TWO, changes_over, kinds, results

VPC, ROOT = f"{ONE}.vpc_changes", f"{ONE}.root_account_usage"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("PASS FAIL", "new"),
        ("PASS WAIVED", "new"),
        ("NOT_EVALUATED FAIL", "new"),
        ("FAIL FAIL", "still_failing"),
        ("WAIVED FAIL", "still_failing"),
        ("FAIL NOT_EVALUATED FAIL", "still_failing"),
        ("FAIL PASS", "fixed"),
        ("FAIL NOT_EVALUATED PASS", "fixed"),
        ("FAIL PASS FAIL", "regressed"),
        ("FAIL PASS NOT_EVALUATED PASS FAIL", "regressed"),
        ("PASS NOT_EVALUATED", "newly_not_evaluated"),
        ("FAIL NOT_EVALUATED", "newly_not_evaluated"),
        ("PASS PASS", None),
        ("NOT_EVALUATED NOT_EVALUATED", None),
        ("PASS NOT_EVALUATED PASS", None),
        ("NOT_EVALUATED PASS", None),
    ],
)
def test_kind_of_change(words: str, kind: str | None) -> None:
    quarters = [results(number, {VPC: word}) for number, word in enumerate(words.split())]
    assert kinds(changes_over(*quarters)).get(VPC) == kind


@pytest.mark.parametrize(
    ("words", "since", "runs", "days"),
    [
        ("PASS FAIL", "2026-02-20", 1, 0),
        ("FAIL FAIL FAIL", "2025-11-20", 3, 181),
        ("FAIL NOT_EVALUATED NOT_EVALUATED FAIL", "2025-11-20", 2, 273),
        ("FAIL FAIL PASS FAIL FAIL", "2026-08-20", 2, 92),
        ("FAIL NOT_EVALUATED", "2025-11-20", 1, 92),
    ],
)
def test_age_of_a_fail(words: str, since: str, runs: int, days: int) -> None:
    """A run that could not evaluate makes a fail neither younger nor counts as a run that saw it."""
    quarters = [results(number, {VPC: word}) for number, word in enumerate(words.split())]
    (line,) = changes_over(*quarters)["changes"]
    assert (line["first_seen"][:10], line["runs"], line["days_open"]) == (since, runs, days)


def test_rows_are_matched_on_account_and_control_never_on_text() -> None:
    before, now = results(0, {VPC: "FAIL", ROOT: "PASS"}), results(1, {VPC: "FAIL", ROOT: "PASS"})
    now["results"][0]["reason"] = "Something else is broken now."
    assert kinds(changes_over(before, now)) == {VPC: "still_failing"}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("criterion", "{ $.eventName = DeleteVpc }", "the prescribed pattern or pass rule"),
        ("parameters", {"max_events": 3}, "max_events 1 → 3"),
        ("tuning", [{"exclude": "{ $.a = b }"}], "accepted exclusions"),
        ("event_sources", [], "the services that the control is about"),
    ],
)
@pytest.mark.parametrize("pair", ["FAIL PASS", "PASS FAIL"])
def test_a_result_that_moves_with_its_criteria_is_neither_fixed_nor_new(
    pair: str, name: str, value: object, words: str
) -> None:
    before, after = pair.split()
    rules = {"vpc_changes": RULE | {name: value}}
    found = changes_over(results(0, {VPC: before, ROOT: before}), results(1, {VPC: after, ROOT: after}, rules=rules))
    assert kinds(found) == {VPC: "criteria_changed", ROOT: "fixed" if after == "PASS" else "new"}
    assert found["criteria"] == {"vpc_changes": [words]}
    assert words in found["changes"][0]["text"]


def test_a_new_section_number_is_no_change_of_criteria() -> None:
    rules = {"vpc_changes": RULE | {"section": "4.14"}}
    found = changes_over(results(0, {VPC: "FAIL"}), results(1, {VPC: "PASS"}, rules=rules, benchmark="4.0.1"))
    assert kinds(found) == {VPC: "fixed"}
    assert read_changes(found).notes == ("Judged by CIS AWS Foundations 7.0.0 before, by 4.0.1 now.",)


def test_a_control_that_comes_or_goes_is_a_change_of_criteria() -> None:
    came = changes_over(results(0, {VPC: "PASS"}), results(1, {VPC: "PASS", ROOT: "FAIL"}))
    assert kinds(came) == {ROOT: "criteria_changed"}
    assert came["criteria"] == {"root_account_usage": ["not tested before"]}
    went = changes_over(results(0, {VPC: "PASS", ROOT: "FAIL"}), results(1, {VPC: "PASS"}))
    assert kinds(went) == {ROOT: "criteria_changed"}
    assert went["criteria"] == {"root_account_usage": ["no longer tested"]}


def test_a_run_of_one_control_does_not_make_the_others_younger() -> None:
    found = changes_over(
        results(0, {VPC: "FAIL", ROOT: "PASS"}), results(1, {ROOT: "PASS"}), results(2, {VPC: "FAIL", ROOT: "PASS"})
    )
    (line,) = found["changes"]
    assert (line["kind"], line["first_seen"][:10], line["runs"]) == ("still_failing", "2025-11-20", 2)
    assert "The last run did not test it" in line["text"]


def test_accounts_that_come_and_go() -> None:
    """Every fail of an account that left is still told of, and never as fixed."""
    before = results(0, {VPC: "PASS", f"{TWO}.vpc_changes": "FAIL"}, excluded={THREE: "a playground"})
    now = results(1, {VPC: "PASS", f"{THREE}.vpc_changes": "FAIL", "444444444444.vpc_changes": "PASS"})
    found = changes_over(before, now)
    assert kinds(found) == {
        TWO: "account_left",
        THREE: "new_account",
        "444444444444": "new_account",
        f"{THREE}.vpc_changes": "new",
    }
    left = next(line for line in found["changes"] if line["kind"] == "account_left")
    assert left["name"] == "name of 2"
    assert left["text"] == (
        "No longer in the organization. 1 row failed in the last run; nothing says that they were fixed."
    )


def test_an_account_put_out_of_scope_has_left_the_scope_only() -> None:
    found = changes_over(
        results(0, {VPC: "FAIL"}), results(1, {f"{TWO}.vpc_changes": "PASS"}, excluded={ONE: "asleep"})
    )
    (left,) = [line for line in found["changes"] if line["account_id"] == ONE]
    assert left["kind"] == "account_left"
    assert left["text"].startswith("Still in the organization, no longer in scope: asleep.")


def test_a_run_that_evaluated_nothing_is_a_gap_in_the_trend() -> None:
    words = ("PASS", "NOT_EVALUATED", "FAIL")
    found = read_changes(changes_over(*(results(number, {VPC: word}) for number, word in enumerate(words))))
    assert [point.gap for point in found.trend] == [False, True, False]
    assert [(point.tally.passed, point.tally.failed, point.tally.not_evaluated) for point in found.trend] == [
        (1, 0, 0),
        (0, 0, 1),
        (0, 1, 0),
    ]


def test_the_trend_keeps_the_last_eight_runs() -> None:
    days = [f"2026-{month:02d}-20" for month in range(1, 13)]
    quarters = [results(number, {VPC: "FAIL"}, day=day) for number, day in enumerate(days)]
    found = changes_over(*quarters)
    assert [point["started_at"][:10] for point in found["trend"]] == days[-8:]
    (line,) = found["changes"]
    assert (line["first_seen"][:10], line["runs"]) == ("2026-01-20", 12)


def test_one_sentence_tells_what_changed() -> None:
    found = read_changes(changes_over(results(0, {VPC: "FAIL", ROOT: "PASS"}), results(1, {VPC: "PASS", ROOT: "FAIL"})))
    assert changes_sentence(found) == "Since the run of 2025-11-20: 1 new fail, 1 fixed."
    assert set(found.counts) == set(KINDS)


def test_what_is_said_of_several_rows_is_said_once_and_of_no_other_row() -> None:
    fails = (
        f"{ONE}.vpc_changes",
        f"{ONE}.nacl_changes",
        f"{TWO}.vpc_changes",
        f"{TWO}.nacl_changes",
        f"{THREE}.vpc_changes",
    )
    before, now = (results(number, dict.fromkeys(fails, "FAIL")) for number in (0, 1))
    for document in (before, now):
        for row in document["results"]:
            row["reason"] = "No trail."
    found = read_changes(changes_over(before, now))
    assert [(group.controls, [one[:1] for one in group.accounts]) for group in found.alike] == [
        (("nacl_changes", "vpc_changes"), ["1", "2"]),
        (("vpc_changes",), ["3"]),
    ]
