"""``previous.json`` holds what later runs need, in little room, and is read as it was written."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgaudit.errors import BundleError
from orgaudit.evidence.earlier import LastReview, dump_earlier, load_earlier, numbers, ranges, with_run
from orgaudit.evidence.judged import judged
from tests.evidence.quarters import ONE, TWO, results, told


@given(st.sets(st.integers(0, 400)))
def test_ranges_are_read_as_they_were_written(places: set[int]) -> None:
    assert list(numbers(ranges(sorted(places)))) == sorted(places)


def test_the_file_is_read_as_it_was_written() -> None:
    known, _ = told(
        results(0, {f"{ONE}.vpc_changes": "FAIL", f"{TWO}.vpc_changes": "PASS"}),
        results(1, {f"{ONE}.vpc_changes": "NOT_EVALUATED"}, excluded={TWO: "asleep"}),
        results(2, {}),
    )
    named = replace(
        known, accounts={ONE: known.accounts[ONE]._replace(name="\ud800 é \u2028"), TWO: known.accounts[TWO]}
    )
    named = replace(
        named, reviews={(ONE, "vpc_changes"): LastReview("Agree", "line\nline", "", "2026-02-20T08:00:00Z")}
    )
    assert load_earlier(dump_earlier(named), "previous.json") == named
    assert dump_earlier(load_earlier(dump_earlier(named), "previous.json")) == dump_earlier(named)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"schema": "orgaudit.previous/9"}', b"[1]", b"\xff\xfe"])
def test_anything_else_is_one_clear_error(content: bytes) -> None:
    with pytest.raises(BundleError, match=r"previous\.json: cannot be read"):
        load_earlier(content, "previous.json")


def test_eight_runs_of_a_large_organization_stay_small() -> None:
    """2,000 accounts of 15 controls that fail at random, the worst case, in 200 bytes an account."""
    chance = random.Random(7)
    known = None
    for quarter in range(8):
        rows = {
            f"{account:012d}.control_{number:02d}": chance.choices(("PASS", "FAIL", "NOT_EVALUATED"), (90, 8, 2))[0]
            for account in range(2000)
            for number in range(15)
        }
        known = with_run(known, judged(results(quarter, rows, day=f"2026-0{quarter + 1}-20")))
    assert known is not None
    assert len(dump_earlier(known)) < 2000 * 200
