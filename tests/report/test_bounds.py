"""A report stays one that is read where no two rows, settings or topics are alike: every list is cut, and says so."""

import re

import pytest

from benchmarks.distinct_sample import distinct_sample
from orgaudit.report.pages import FEWEST_DRAWN, LISTED, MOST_DRAWN, ROOM, ends, fair
from orgaudit.report.pdf import render_html
from orgaudit.report.view import View, build_view
from tests.report.conftest import make_sample

LISTS = {
    "What changed, and what still fails": "Changes",
    "Waivers": "Waivers",
    "Tuning": "Waivers",
    "Not evaluated, and not in scope": "Results",
    "Accounts without a result of their own": "Population",
    "Who is told": "Who is told",
    "Observations": "Results",
}
"""Headings of the lists that share their room, and the workbook's sheets that have them whole."""


@pytest.fixture(scope="module")
def view() -> View:
    sample = make_sample(60)
    return build_view(*distinct_sample(sample.document, sample.frames))


@pytest.fixture(scope="module")
def html(view: View) -> str:
    return render_html(view)


def part(html: str, heading: str) -> str:
    """What stands below a heading, up to the next one."""
    found = re.search(rf"<h([12])>{re.escape(heading)}</h\1>(.*?)(?=<h[12]>|</section>)", html, re.DOTALL)
    assert found, heading
    return found[2]


def rows(html: str) -> int:
    return len(re.findall(r"<tr>(?!<th)", html))


def test_hundreds_of_findings_are_cut_to_what_is_read(view: View, html: str) -> None:
    assert len(view.findings) > 600
    drawn = html.count("<article")
    assert FEWEST_DRAWN <= drawn <= MOST_DRAWN
    further = part(html, "Further findings")
    assert rows(further) == 80
    assert f"Shown: 80 of {len(view.findings) - drawn:,}; all of them are in workbook.xlsx" in further


def test_every_other_list_is_cut_and_says_how_much_there_is(view: View, html: str) -> None:
    shown = {heading: rows(part(html, heading)) for heading in LISTS}
    assert all(shown.values())
    assert sum(shown.values()) <= ROOM
    for heading, sheet in LISTS.items():
        note = rf"Shown: {shown[heading]} of [\d,]+; all of them are in workbook\.xlsx, sheet {sheet}\."
        assert re.search(note, part(html, heading)), heading
    assert f"of {len(view.topics)}; all" in part(html, "Who is told")
    assert f"of {len(view.waivers):,}; all" in part(html, "Waivers")
    assert f"of {len(view.causes):,}; all" in part(html, "Not evaluated, and not in scope")
    assert f"Shown: 40 of {len(view.by_ou)}; all" in part(html, "Results by OU")


def test_a_long_text_does_not_fill_the_page(html: str) -> None:
    cells = re.findall(r"<(td|h2|p|li)\b[^>]*>(.*?)</\1>", html, re.DOTALL)
    assert max(len(re.sub(r"<[^>]+>", "", text)) for _, text in cells) < 1_500


def test_short_lists_leave_their_room_to_long_ones() -> None:
    assert fair([10, 20]) == LISTED
    assert fair([1_000]) == LISTED
    assert fair([1_000, 1_000], room=160) == 80
    assert fair([1_000, 1_000, 10], room=160) == 75
    assert fair([9] * 500, room=160) == 1


def test_a_long_name_keeps_the_end_that_tells_it_from_others() -> None:
    assert ends("Root/Workloads/Prod") == "Root/Workloads/Prod"
    long = [ends(f"Root/{'Workloads-' * 30}/{one}") for one in ("Prod", "Test")]
    assert all(len(one) <= 93 and one.startswith("Root/Workloads") for one in long)
    assert [one.rpartition("/")[2] for one in long] == ["Prod", "Test"]
