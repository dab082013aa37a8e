"""The end of a run, as it stands on the terminal."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from orgaudit.cli.summary import demo_summary, report_summary, run_summary
from orgaudit.evaluation import Assessment
from orgaudit.pipeline import Finished
from orgaudit.report.inert import visible
from orgaudit.report.view import build_view
from tests.report.conftest import Sample, make_comparison, make_sample


def finished(sample: Sample, folder: Path, comparison: dict[str, Any] | None = None) -> Finished:
    document = sample.document
    assessment = Assessment(
        sample.frames, document["run"]["benchmark"], document["results"], document["population"], {}
    )
    return Finished(folder, assessment, build_view(document, sample.frames, comparison))


@pytest.fixture(scope="module")
def sample() -> Sample:
    return make_sample()


def test_it_says_population_results_findings_causes_and_where(sample: Sample, tmp_path: Path) -> None:
    for name in ("report.pdf", "workbook.xlsx", "results.json"):
        (tmp_path / name).touch()
    view = finished(sample, tmp_path).view
    told = run_summary(finished(sample, tmp_path))
    tie = view.tie_out
    assert f"{tie.listed} accounts listed = {tie.evaluated} evaluated + {tie.not_evaluated} not" in told
    for line in view.controls:
        row = next(text for text in told.splitlines() if f" {line.key} " in text).split()
        count = line.tally
        figures = (count.passed, count.open + count.expired, count.waived, count.not_evaluated, count.not_applicable)
        assert row == [line.section, line.key, *map(str, figures)]
    assert f"  1. {view.findings[0].row['broken_link']}: " in told
    assert "Not evaluated, by cause" in told
    assert f"  {tmp_path / 'report.pdf'}\n" in told
    assert "Since the last run" not in told


def test_it_says_what_changed_since_the_last_run(sample: Sample, tmp_path: Path) -> None:
    told = run_summary(finished(sample, tmp_path, make_comparison(sample.document)))
    assert "Since the last run, 2026-05-20T08:00:00Z:" in told
    assert "       1 new fail\n" in told
    assert "       1 criteria changed (neither fixed nor newly failed)" in told


def test_it_is_readable_at_80_columns_in_plain_text(tmp_path: Path) -> None:
    """Names come from the audited accounts and try everything; only a path or a name without a blank is longer."""
    told = visible(run_summary(finished(make_sample(40, hostile=True), tmp_path)))
    assert [
        line for line in told.splitlines() if len(line) > 80 and str(tmp_path) not in line and " " in line[6:]
    ] == []
    assert "\x1b" not in told
    assert not set(told) & set("│┃━─┏┓")


def test_only_a_run_is_told_to_ask_again_what_was_refused(sample: Sample, tmp_path: Path) -> None:
    assert "`orgaudit check`" in run_summary(finished(sample, tmp_path))
    for summary in (report_summary, demo_summary):
        told = summary(finished(sample, tmp_path))
        assert "Not evaluated, by cause:" in told
        assert "`orgaudit check`" not in told


def test_the_table_stands_straight_with_sections_of_another_script(tmp_path: Path) -> None:
    done = finished(make_sample(), tmp_path)
    controls = (replace(done.view.controls[0], section="統制-1"), *done.view.controls[1:])
    told = run_summary(replace(done, view=replace(done.view, controls=controls)))
    odd, usual = (next(line for line in told.splitlines() if f" {one.key} " in line) for one in controls[:2])
    assert cell_len(odd) == cell_len(usual)
