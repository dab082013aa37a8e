"""``orgaudit compare`` on a terminal: what moved is named, what stayed is summed up unless every row is asked for."""

from pathlib import Path

from orgaudit.cli.comparing import told
from tests.evidence.quarters import ONE, TWO, changes_over, results

CONTROLS = ("vpc_changes", "nacl_changes")
ACCOUNTS = [f"{number:012}" for number in range(100000000001, 100000000201)]


def lines(*, every_row: bool) -> list[str]:
    """Two controls fail in 200 accounts in both quarters, each for a reason of its own; one result moves."""
    still = {f"{account}.{control}": "FAIL" for account in ACCOUNTS for control in CONTROLS}
    before = results(0, {**still, f"{ONE}.vpc_changes": "FAIL", f"{TWO}.vpc_changes": "PASS"})
    now = results(1, {**still, f"{ONE}.vpc_changes": "PASS", f"{TWO}.vpc_changes": "FAIL"})
    for document in (before, now):
        for row in document["results"]:
            row["reason"] = f"No alarm watches {row['account_id']}/{row['control']}."
    return list(told(changes_over(before, now), Path("new"), every_row=every_row))


def test_what_still_fails_is_summed_up_by_reason_with_counts_and_examples() -> None:
    said = lines(every_row=False)
    start = said.index("Still failing, by reason (--all names every row)")
    assert said[start + 1 :] == [
        "  NO_ALARM: 400 rows in 200 accounts, since 2025-11-20",
        "    100000000001 name of 1, 100000000002 name of 1, 100000000003 name of 1 and",
        "      197 more",
        "    nacl_changes 200, vpc_changes 200",
        "    For example: No alarm watches 100000000001/nacl_changes.",
    ]


def test_what_moved_is_named_either_way() -> None:
    for every_row in (False, True):
        said = "\n".join(lines(every_row=every_row))
        assert f"New fail\n  {TWO} name of 2\n    vpc_changes\n    PASS → FAIL;" in said
        assert f"Fixed\n  {ONE} name of 1\n    vpc_changes\n    FAIL → PASS;" in said


def test_all_names_every_row() -> None:
    said = "\n".join(lines(every_row=True))
    for account in ACCOUNTS:
        for control in CONTROLS:
            assert f"No alarm watches {account}/{control}." in said
    assert "more" not in said


def test_a_waived_fail_is_no_open_one() -> None:
    quarters = [results(number, {f"{ONE}.vpc_changes": "WAIVED", f"{TWO}.vpc_changes": "FAIL"}) for number in (0, 1)]
    said = list(told(changes_over(*quarters), Path("new"), every_row=False))
    assert [line for line in said if "NO_ALARM" in line] == [
        "  NO_ALARM, FAIL (waived): 1 row in 1 account, since 2025-11-20",
        "  NO_ALARM: 1 row in 1 account, since 2025-11-20",
    ]
