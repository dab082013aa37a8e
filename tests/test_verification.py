"""``verify`` names whatever was changed, taken out or put in, and says what it cannot see."""

import json
import shutil
import sqlite3
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from orgaudit import pipeline
from orgaudit.cli.main import cli
from orgaudit.errors import BundleError
from orgaudit.evidence.bundle import EVIDENCE, FILES, MANIFEST, SUMS
from orgaudit.pipeline.verification import Verification, verify
from tests.sealed import quarter, run, seal_again, small_organization, swift_pdf

SEALED = [name for name in FILES if name != "previous.json"]
"""The files of a first bundle, manifest and sums apart."""


@pytest.fixture(scope="module", autouse=True)
def _swift() -> Iterator[None]:
    with swift_pdf():
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs of one organization, one after the other."""
    out = tmp_path_factory.mktemp("made")
    with small_organization():
        for number in (1, 2, 3):
            run(out, quarter(number))
    return out


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """A copy to spoil, under a name that needs care."""
    return Path(shutil.copytree(made, tmp_path / "Prüfung 2026 ✓"))


@pytest.fixture
def first(out: Path) -> Path:
    return bundles(out)[0]


def bundles(out: Path) -> list[Path]:
    return sorted(path for path in out.iterdir() if path.is_dir() and "+" not in path.name)


def told(found: Verification) -> str:
    return "\n".join([*found.problems, *found.notes])


def spoiled(folder: Path, name: str) -> str:
    """What is said of a bundle that is not intact, which must name this."""
    found = verify(folder)
    assert not found.intact
    assert name in "\n".join(found.problems)
    return "\n".join(found.problems)


def test_untouched_bundles_are_intact_and_tell_what_was_checked(out: Path) -> None:
    for number, bundle in enumerate(bundles(out)):
        found = verify(bundle)
        assert found.problems == []
        assert "byte for byte as sealed: report.pdf, results.csv, results.json" in told(found)
        assert (f"earlier bundles: {number}, back to" if number else "it names none") in told(found)
        assert "consistent, signer not checked" in told(found)
        subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=bundle, check=True)


@pytest.mark.parametrize("name", [*SEALED, MANIFEST, SUMS])
def test_one_flipped_byte_is_noticed_in_every_file(first: Path, name: str) -> None:
    content = bytearray((first / name).read_bytes())
    content[len(content) // 2] ^= 1
    (first / name).write_bytes(content)
    spoiled(first, name)


@pytest.mark.parametrize("name", [*SEALED, MANIFEST, SUMS])
def test_every_file_that_is_gone_is_named(first: Path, name: str) -> None:
    (first / name).unlink()
    assert ("unfinished" if name == MANIFEST else f"missing: {name}") in spoiled(first, name)


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "evidence.sqlite-journal", "results.json~", "a\x1b[2Jb\n"])
def test_a_file_that_was_put_in_is_named(first: Path, name: str) -> None:
    (first / name).write_bytes(b"x")
    assert spoiled(first, "extra: ") == f"extra: {name}"
    answer = CliRunner().invoke(cli, ["verify", str(first)])
    assert answer.exit_code == 1
    assert "\x1b" not in answer.output


def test_a_folder_and_a_link_in_a_file_s_place(first: Path) -> None:
    (first / "more").mkdir()
    (first / "report.pdf").rename(first.parent / "report.pdf")
    (first / "report.pdf").symlink_to(first.parent / "report.pdf")
    assert spoiled(first, "more") == "extra: more\nchanged: report.pdf (it is a link)"


@pytest.mark.parametrize("name", [EVIDENCE, "results.json", "workbook.xlsx", MANIFEST, SUMS])
def test_files_swapped_between_two_bundles_are_named_in_both(out: Path, name: str) -> None:
    one, other, _ = bundles(out)
    kept = (one / name).read_bytes()
    (one / name).write_bytes((other / name).read_bytes())
    (other / name).write_bytes(kept)
    spoiled(one, name)
    spoiled(other, name)


def change(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(folder / EVIDENCE)
    connection.execute(statement)
    connection.commit()
    connection.close()


ROW = "100000000002/us-east-1/cloudtrail:DescribeTrails"


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (f"UPDATE calls SET error_code = 'x' WHERE evidence_id = '{ROW}'", f"changed: {EVIDENCE}, row {ROW}"),
        (f"UPDATE calls SET body = zeroblob(9) WHERE evidence_id = '{ROW}'", f"changed: {EVIDENCE}, row {ROW}"),
        (f"DELETE FROM calls WHERE evidence_id = '{ROW}'", f"missing: {EVIDENCE}, row {ROW}"),
        (
            "INSERT INTO calls SELECT 'made/up', account_id, region, service, operation, params, page, last_page, "
            "outcome, error_code, error_message, request_id, asked_at, answered_at, attempts, throttles, "
            f"received_sha256, stored_sha256, row_sha256, body FROM calls WHERE evidence_id = '{ROW}'",
            f"extra: {EVIDENCE}, row made/up",
        ),
        ("UPDATE run SET value = '\"2020-01-01T00:00:00Z\"' WHERE key = 'started_at'", f"changed: {EVIDENCE}"),
        ("DELETE FROM finished", f"changed: {EVIDENCE}"),
        ("DROP TABLE writes", f"changed: {EVIDENCE}"),
    ],
)
def test_a_row_that_was_edited_is_named(first: Path, statement: str, line: str) -> None:
    change(first, statement)
    assert line in spoiled(first, EVIDENCE).splitlines() or line in spoiled(first, EVIDENCE)


def test_the_manifest_edited_alone_and_together_with_the_sums(first: Path) -> None:
    manifest = json.loads((first / MANIFEST).read_text("utf-8"))
    manifest["run"]["complete"] = not manifest["run"]["complete"]
    (first / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert "SHA256SUMS has another hash of it" in spoiled(first, MANIFEST)
    seal_again(first)
    assert "run.complete is" in spoiled(first, MANIFEST)


def passing(document: dict[str, Any]) -> None:
    row = next(row for row in document["results"] if row["result"] == "FAIL")
    row["result"] = "PASS"


def edit_results(folder: Path, edit: Callable[[dict[str, Any]], None] = passing) -> None:
    document = json.loads((folder / "results.json").read_text("utf-8"))
    edit(document)
    (folder / "results.json").write_text(json.dumps(document), encoding="utf-8")


def test_results_edited_with_manifest_and_sums_do_not_follow_from_the_evidence(first: Path) -> None:
    edit_results(first)
    seal_again(first)
    assert " PASS, by the evidence FAIL" in spoiled(first, "results.json does not follow from the evidence")


def test_a_result_file_that_the_manifest_does_not_list_is_missed(first: Path) -> None:
    (first / "results.csv").unlink()
    seal_again(first)
    assert "missing: results.csv (the manifest does not list it)" in spoiled(first, "results.csv")


def test_other_results_by_another_version_are_said_and_no_fault(first: Path) -> None:
    seal_again(first, lambda manifest: manifest["tool"].update(version="0.0.9"))
    found = verify(bundles(first.parent)[0])
    assert "by orgaudit 0.0.9; this version, " in told(found)
    assert ", gives the same" in told(found)
    edit_results(first)
    seal_again(first)
    shutil.rmtree(bundles(first.parent)[1])  # it would tell that this manifest is another
    found = verify(first)
    assert found.intact, found.problems
    assert "gives other results: results: results.json does not follow" in told(found)


def test_files_for_people_made_with_other_libraries_are_no_fault(first: Path) -> None:
    (first / "workbook.xlsx").write_bytes(b"made otherwise")
    seal_again(first)
    spoiled(first, "workbook.xlsx does not follow from the evidence")
    seal_again(first, lambda manifest: manifest["libraries"].update(openpyxl="9"))
    shutil.rmtree(bundles(first.parent)[1])
    found = verify(first)
    assert found.intact, found.problems
    assert "workbook.xlsx does not follow" in told(found)


def relinked(manifest: dict[str, Any]) -> None:
    manifest["source"] = {"bundle": "o-1_nowhere", "manifest_sha256": "0" * 64}


def test_a_bundle_that_poses_as_made_again_of_another_is_found_out(first: Path) -> None:
    """Else its edited results would not be derived again."""
    edit_results(first)
    seal_again(first, relinked)
    spoiled(first, "it names a source, but the evidence is here")


def test_results_by_another_benchmark_than_the_settings_say(first: Path, tmp_path: Path) -> None:
    """They follow from the evidence, and yet are not this run's."""
    made = pipeline.report(first, tmp_path / "made", "1.2.0").folder
    for name in SEALED[2:]:
        shutil.copy(made / name, first / name)
    seal_again(first, lambda manifest: manifest["run"].update(benchmark="1.2.0"))
    assert "run.benchmark is 1.2.0, by config.toml 7.0.0" in spoiled(first, MANIFEST)


def test_a_link_that_was_taken_out_shows_by_what_the_bundle_knows_of_earlier_runs(out: Path) -> None:
    second = bundles(out)[1]
    seal_again(second, lambda manifest: manifest.update(previous=None))
    assert "it names no earlier bundle, but previous.json is here" in spoiled(second, MANIFEST)


def test_an_unfinished_run_that_was_sealed_by_hand(first: Path) -> None:
    change(first, "UPDATE run SET value = 'false' WHERE key = 'finished'")
    seal_again(first, lambda manifest: manifest["run"].update(finished=False, complete=False))
    spoiled(first, "unfinished: by the evidence the run had not ended")


def forge(folder: Path) -> None:
    """Every trace within the bundle: the row, its hashes, all results, manifest and sums."""
    from orgaudit.evidence.store import EvidenceStore, _row
    from orgaudit.pipeline.derivation import judged, view_of
    from orgaudit.report.render import render_into

    store = EvidenceStore.open(folder / EVIDENCE)
    record = next(one for one in store.records() if one.call.operation == "GetTrailStatus")
    assert record.answer is not None
    record.answer["IsLogging"] = False
    row = _row(record)
    columns = "stored_sha256 = ?, row_sha256 = ?, body = ?"
    store._connection.execute(f"UPDATE calls SET {columns} WHERE evidence_id = ?", (*row[17:20], row[0]))
    store.close()
    assessment = judged(folder)
    render_into(folder, view_of(assessment, folder), assessment.document())
    seal_again(folder)


def test_a_consistent_edit_shows_by_the_next_bundle_and_else_it_is_said_that_it_would_not(out: Path) -> None:
    first, second, third = bundles(out)
    forge(first)
    assert (
        spoiled(first, first.name) == f"{first.name}: its manifest is not the one that the later {second.name} recorded"
    )
    for later, after in ((second, second), (third, second)):
        problems = spoiled(later, first.name)
        assert problems == f"{first.name}: its manifest is not the one that {after.name} was made after"
    shutil.rmtree(second)
    found = verify(first)
    assert found.intact
    assert "shows only by a signature, or by the next bundle" in told(found)
    assert f"{second.name} does not lie beside" in told(verify(third))


def test_a_bundle_of_another_name_is_still_the_one_before(out: Path) -> None:
    first, second, _ = bundles(out)
    first.rename(out / "Q1")
    assert "earlier bundles: 1, back to Q1" in told(verify(second))
    assert verify(out / "Q1").intact


def test_a_bundle_alone_in_another_folder_is_intact(first: Path, tmp_path: Path) -> None:
    alone = Path(shutil.copytree(first, tmp_path / "elsewhere" / "a b"))
    assert verify(alone).intact


def test_a_journal_that_was_put_beside_the_evidence_is_not_applied(first: Path) -> None:
    """SQLite would take it for what a killed run left, and change the file."""
    before = (first / EVIDENCE).read_bytes()
    connection = sqlite3.connect(first / EVIDENCE, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE calls SET body = zeroblob(100000)")
    journal = (first / "evidence.sqlite-journal").read_bytes()
    connection.execute("ROLLBACK")
    connection.close()
    assert (first / EVIDENCE).read_bytes() == before
    (first / "evidence.sqlite-journal").write_bytes(journal)
    assert spoiled(first, "evidence.sqlite-journal") == "extra: evidence.sqlite-journal"
    assert (first / EVIDENCE).read_bytes() == before


# What was made again of a bundle


@pytest.fixture
def again(first: Path) -> Path:
    return pipeline.report(first, benchmark="4.0.1").folder


def test_results_made_again_are_checked_against_the_bundle_they_are_of(again: Path) -> None:
    found = verify(again)
    assert found.intact, found.problems
    assert "derived again from the evidence" in told(found)


def test_results_made_again_without_their_source_are_checked_by_hash_alone(again: Path, first: Path) -> None:
    shutil.rmtree(first)
    found = verify(again)
    assert found.intact
    assert f"not derived again; {first.name}, of which they were made, does not lie beside" in told(found)


def test_results_made_again_of_a_source_that_was_changed_since(again: Path, first: Path) -> None:
    change(first, "DELETE FROM finished")
    spoiled(again, f"changed: {first.name}/{EVIDENCE}")
    seal_again(first, lambda manifest: manifest["run"].update(complete=None))
    spoiled(again, f"changed: {first.name}, of which the results were made")


def test_settings_and_results_edited_in_what_was_made_again(again: Path) -> None:
    edit_results(again)
    seal_again(again)
    spoiled(again, "results.json does not follow")
    with (again / "config.toml").open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    seal_again(again)
    spoiled(again, "changed: config.toml (it is not that of")


# What is no bundle, or not yet


def test_an_unfinished_bundle_is_not_intact_and_says_so(first: Path) -> None:
    for name in set(SEALED) - {EVIDENCE, "config.toml"} | {MANIFEST, SUMS}:
        (first / name).unlink()
    answer = CliRunner().invoke(cli, ["verify", str(first)])
    assert answer.exit_code == 1
    assert "unfinished" in answer.output


def test_the_command_s_answers(first: Path, tmp_path: Path) -> None:
    answer = CliRunner().invoke(cli, ["verify", str(first)])
    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[0] == f"{first}: intact"
    assert max(map(len, answer.stdout.splitlines()[1:])) <= 80
    answer = CliRunner().invoke(cli, ["verify", str(tmp_path)])
    assert answer.exit_code == 2
    assert "is no bundle" in answer.output
    with pytest.raises(BundleError, match="is not a folder"):
        verify(first / "nowhere")


def test_what_a_row_holds_is_plain(first: Path) -> None:
    """Anybody can check a row with SQLite and zlib alone."""
    connection = sqlite3.connect(first / EVIDENCE)
    (body,) = connection.execute("SELECT body FROM calls WHERE evidence_id = ?", (ROW,)).fetchone()
    connection.close()
    assert "trailList" in json.loads(zlib.decompress(body))
