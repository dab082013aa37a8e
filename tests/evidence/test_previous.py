"""What a bundle takes over of those before it, and what is said of bundles that cannot be compared."""

from pathlib import Path

import pytest

from orgaudit.errors import BundleError
from orgaudit.evidence import bundle
from orgaudit.evidence.earlier import Earlier, read_earlier
from orgaudit.evidence.previous import compare_bundles, remember, since_last
from orgaudit.evidence.reviews import Review, Workbook, record
from orgaudit.report.results import write_results
from tests.evidence.quarters import ONE, TWO, Json, kinds, results

VPC = f"{ONE}.vpc_changes"


def sealed(folder: Path, document: Json, name: str = "", source: str = "") -> Path:
    """A finished bundle of these results, with what it knows of those that lie beside it."""
    run = document["run"]
    made = folder / (name or f"o-example_{run['id']}")
    made.mkdir(parents=True)
    if not source:
        remember(made, run["organization_id"], run["started_at"])
    with (made / "results.json").open("wb") as out:
        write_results(document, out)
    bundle.seal(made, {"run": run} | ({"source": {"bundle": source}} if source else {}))
    return made


def begun(folder: Path) -> Path:
    """An empty bundle that a fourth quarter's run is about to be written into."""
    made = folder / "o-example_now"
    made.mkdir(parents=True, exist_ok=True)
    return made


def remembered(folder: Path, started_at: str = "2026-08-20T08:00:00Z") -> tuple[Earlier | None, list[str]]:
    made = begun(folder)
    problems = remember(made, "o-example", started_at)
    return read_earlier(made), problems


def test_a_first_run_knows_of_none_before_it(tmp_path: Path) -> None:
    assert remembered(tmp_path) == (None, [])
    assert since_last(begun(tmp_path), results(3, {VPC: "FAIL"})) is None


def test_the_newest_bundle_that_began_earlier_is_the_one_before(tmp_path: Path) -> None:
    """Those of other organizations, later runs and what ``report`` made are none of them."""
    sealed(tmp_path, results(0, {VPC: "FAIL"}))
    second = sealed(tmp_path, results(1, {VPC: "FAIL"}))
    sealed(tmp_path, results(2, {VPC: "PASS"}, organization_id="o-other"))
    sealed(tmp_path, results(4, {VPC: "PASS"}))
    sealed(tmp_path, results(1, {VPC: "PASS"}), f"{second.name}+4.0.1", source=second.name)
    known, problems = remembered(tmp_path)
    assert known is not None
    assert [run.run_id for run in known.runs] == ["run0", "run1"]
    assert (known.last.bundle, known.last.manifest_sha256) == (second.name, bundle.digest(second / bundle.MANIFEST))
    assert problems == []


def test_only_the_last_bundle_need_be_at_hand(tmp_path: Path) -> None:
    made = [sealed(tmp_path / "old", results(number, {VPC: "FAIL"})) for number in range(3)]
    (tmp_path / "new").mkdir()
    made[-1].rename(tmp_path / "new" / made[-1].name)
    known, _ = remembered(tmp_path / "new")
    assert known is not None
    assert [run.run_id for run in known.runs] == ["run0", "run1", "run2"]
    assert (known.rows[ONE, "vpc_changes"].since, known.rows[ONE, "vpc_changes"].runs) == ("2025-11-20T08:00:00Z", 3)


@pytest.mark.parametrize("name", ["results.json", "previous.json"])
def test_a_changed_bundle_is_passed_over_and_named(tmp_path: Path, name: str) -> None:
    sealed(tmp_path, results(0, {VPC: "FAIL"}))
    changed = sealed(tmp_path, results(1, {VPC: "FAIL"}))
    (changed / name).write_bytes((changed / name).read_bytes().replace(b"FAIL", b"PASS"))
    known, problems = remembered(tmp_path)
    assert known is not None
    assert [run.run_id for run in known.runs] == ["run0"]
    assert problems[0].startswith(f"{changed.name} is left out of the comparison: ")
    assert "orgaudit verify" in problems[0]


def test_what_a_later_version_wrote_or_somebody_made_up_is_passed_over_and_named(tmp_path: Path) -> None:
    sealed(tmp_path, results(0, {VPC: "FAIL"}))
    later = sealed(tmp_path, results(1, {VPC: "FAIL"}) | {"schema": "orgaudit.results/2"})
    made_up = begun(tmp_path / "other").rename(tmp_path / "o-example_madeup")
    bundle.seal(made_up, {"run": {"organization_id": "o-example"}})
    known, problems = remembered(tmp_path, "z")
    assert known is not None
    assert [run.run_id for run in known.runs] == ["run0"]
    assert [problem.partition(" is left out")[0] for problem in problems] == [made_up.name, later.name]


def test_what_reviewers_wrote_is_handed_on_until_somebody_writes_again(tmp_path: Path) -> None:
    """Also where the workbook came back late, and where the ledger is not at hand any more."""
    first = sealed(tmp_path, results(0, {VPC: "FAIL"}))
    second = sealed(tmp_path, results(1, {VPC: "FAIL"}))
    written = Workbook("late.xlsx", "", first.name, "run0", "7.0.0")
    record(
        tmp_path, written, "2026-03-01T00:00:00Z", {VPC: Review("Follow-up", comment="late"), "gone.x": Review("N-A")}
    )
    third = sealed(tmp_path, results(2, {VPC: "FAIL"}))
    words = {"conclusion": "Follow-up", "comment": "late", "tested_by": "", "started_at": "2025-11-20T08:00:00Z"}
    assert (since_last(third, results(2, {VPC: "FAIL"})) or {})["reviews"] == {VPC: words}
    record(
        tmp_path, Workbook("w.xlsx", "", second.name, "run1", "7.0.0"), "2026-05-21T00:00:00Z", {VPC: Review("Agree")}
    )
    known, _ = remembered(tmp_path)
    assert known is not None
    assert known.reviews[ONE, "vpc_changes"].conclusion == "Agree"
    third.rename(begun(tmp_path / "elsewhere").parent / third.name)
    carried, _ = remembered(tmp_path / "elsewhere")
    assert carried is not None
    assert {key: one._asdict() for key, one in carried.reviews.items()} == {(ONE, "vpc_changes"): words}


@pytest.mark.parametrize("content", ["no database" * 100, ""])
def test_a_damaged_ledger_of_reviews_costs_their_words_and_no_age(tmp_path: Path, content: str) -> None:
    sealed(tmp_path, results(0, {VPC: "FAIL"}))
    (tmp_path / "reviews.sqlite").write_text(content)
    known, (problem,) = remembered(tmp_path)
    assert known is not None
    assert known.rows[ONE, "vpc_changes"].since == "2025-11-20T08:00:00Z"
    assert "what reviewers wrote lately is left out" in problem
    assert "reviews.sqlite" in problem


def test_two_bundles_are_compared_and_what_report_made_of_one(tmp_path: Path) -> None:
    old = sealed(tmp_path, results(0, {VPC: "FAIL", f"{TWO}.vpc_changes": "PASS"}))
    new = sealed(tmp_path, results(1, {VPC: "PASS", f"{TWO}.vpc_changes": "FAIL"}))
    again = sealed(
        tmp_path, results(1, {VPC: "PASS", f"{TWO}.vpc_changes": "PASS"}), f"{new.name}+4.0.1", source=new.name
    )
    assert kinds(compare_bundles(old, new)) == {VPC: "fixed", f"{TWO}.vpc_changes": "new"}
    assert kinds(compare_bundles(old, again)) == {VPC: "fixed"}
    assert compare_bundles(new, new)["counts"]["new"] == 0


def test_an_age_is_counted_along_the_runs_in_between(tmp_path: Path) -> None:
    made = [sealed(tmp_path, results(number, {VPC: word})) for number, word in enumerate(("FAIL", "PASS", "FAIL"))]
    (line,) = compare_bundles(made[0], made[2])["changes"]
    assert (line["kind"], line["first_seen"], line["runs"]) == ("still_failing", "2026-05-20T08:00:00Z", 1)
    assert "Between these two runs it was fixed and failed again." in line["text"]


def test_what_cannot_be_compared_is_one_clear_error(tmp_path: Path) -> None:
    old, new = (sealed(tmp_path, results(number, {VPC: "PASS"})) for number in (0, 1))
    other = sealed(tmp_path, results(2, {VPC: "PASS"}, organization_id="o-other"))
    with pytest.raises(BundleError, match=r"is of organization o-example, .* of o-other"):
        compare_bundles(old, other)
    with pytest.raises(BundleError, match="is later than"):
        compare_bundles(new, old)
    with pytest.raises(BundleError, match=r"has no manifest\.json"):
        compare_bundles(old, begun(tmp_path))
    (new / "results.json").write_bytes(b"{}")
    with pytest.raises(BundleError, match="is not what the manifest says"):
        compare_bundles(old, new)
