"""The demo, run as a user runs it: every verdict as reasoned beforehand, and a bundle that stands."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pypdf import PdfReader

from orgaudit import Snapshot
from orgaudit.evidence.store import EvidenceStore
from orgaudit.report.results import results_schema
from tests.conftest import DemoRun, orgaudit
from tests.demo.expected import EXCLUDED, EXPECTED, NOT_EVALUATED_ACCOUNTS

RESULT_FILES = ["results.json", "results.csv", "results.ocsf.jsonl", "workbook.xlsx", "report.pdf"]
CASES = [(account, control) for account, controls in EXPECTED.items() for control in controls]


@pytest.fixture(scope="module")
def document(demo_run: DemoRun) -> dict[str, Any]:
    return dict(json.loads((demo_run.bundle / "results.json").read_text("utf-8")))


@pytest.fixture(scope="module")
def rows(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["account_id"], row["control"]): row for row in document["results"]}


def test_the_demo_works_and_its_answer_is_the_bundle(demo_run: DemoRun) -> None:
    assert demo_run.told.code == 0, demo_run.told.err
    assert demo_run.bundle.is_dir()
    assert demo_run.told.out == f"{demo_run.bundle}\n"
    assert sorted(path.name for path in demo_run.bundle.iterdir()) == sorted(
        [*RESULT_FILES, "evidence.sqlite", "config.toml", "manifest.json", "SHA256SUMS"]
    )


def test_the_demo_says_in_plain_words_what_was_found_and_where(demo_run: DemoRun) -> None:
    for expected in ("59 accounts listed", "on purpose", str(demo_run.bundle / "report.pdf"), "not evaluated"):
        assert expected in demo_run.told.err


def test_no_page_of_the_report_holds_a_few_lines_only(demo_run: DemoRun) -> None:
    """A section begins where the one before it ends; only the last page may be short."""
    letters = [len(page.extract_text()) for page in PdfReader(demo_run.bundle / "report.pdf").pages]
    assert len(letters) > 30
    assert min(letters[2:-1]) > 1000


@pytest.mark.parametrize(("account", "control"), CASES)
def test_verdict(account: str, control: str, rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    row, expected = rows[account, control], EXPECTED[account][control]
    assert (row["result"], row["disposition"]) == (
        expected.result,
        expected.disposition or ("OPEN" if expected.result == "FAIL" else ""),
    )
    if expected.result == "FAIL":
        assert row["broken_link"] == expected.broken_link
    elif expected.coverage:
        assert (row["coverage"], row["inherited_from"]) == (expected.coverage, expected.inherited_from)


def test_there_are_no_rows_beside_the_expected(rows: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert sorted(rows) == sorted(CASES)


def test_the_population_adds_up(document: dict[str, Any]) -> None:
    people = document["population"]
    by_outcome = {
        outcome: {one["account_id"] for one in people["accounts"] if one["outcome"] == outcome}
        for outcome in ("evaluated", "not_evaluated", "excluded")
    }
    assert by_outcome["excluded"] == set(EXCLUDED)
    assert by_outcome["not_evaluated"] == set(NOT_EVALUATED_ACCOUNTS)
    assert {outcome: len(found) for outcome, found in by_outcome.items()} == {name: people[name] for name in by_outcome}
    assert people["listed"] == people["evaluated"] + people["not_evaluated"] + people["excluded"]
    for counts in people["by_control"].values():
        words = ("PASS", "FAIL", "NOT_EVALUATED", "NOT_APPLICABLE")
        assert sum(counts[word] for word in words) == people["evaluated"] + people["not_evaluated"]


def test_the_document_is_what_its_schema_promises(document: dict[str, Any]) -> None:
    jsonschema.validate(document, results_schema())


def test_every_evidence_id_is_in_the_evidence(demo_run: DemoRun, document: dict[str, Any]) -> None:
    known = set(Snapshot.open(demo_run.bundle).calls["evidence_id"])
    assert not {item for row in document["results"] for item in row["evidence"]} - known


def test_sha256sum_finds_every_file_as_it_was_sealed(demo_run: DemoRun) -> None:
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=demo_run.bundle, capture_output=True, text=True)
    assert (done.returncode, done.stdout.count(": OK")) == (0, len(RESULT_FILES) + 3)


def test_no_secret_and_no_address_is_in_the_bundle(demo_run: DemoRun) -> None:
    """The external id, credentials, and addresses of accounts and subscribers are in no file, the evidence included."""
    from orgaudit.demo import EXTERNAL_ID

    answers = "".join(
        str(record.answer) for record in EvidenceStore.open(demo_run.bundle / "evidence.sqlite").records()
    )
    texts = [path.read_text("utf-8") for path in demo_run.bundle.iterdir() if path.suffix in {".json", ".csv", ".toml"}]
    for text in (answers, *texts):
        assert not [secret for secret in (EXTERNAL_ID, "SecretAccessKey", "SessionToken") if secret in text]
        assert not re.search(r"[A-Za-z0-9.]+@[a-z.]+\.(com|org)\b(?!~)", text)


def test_report_gives_the_same_files_offline(demo_run: DemoRun) -> None:
    """Judging the evidence again, without network, gives the same results byte for byte."""
    offline = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    told = orgaudit("report", demo_run.bundle, "--out", demo_run.bundle.parent / "again", env=offline)
    assert told.code == 1, told.err
    for name in RESULT_FILES:
        again, first = (demo_run.bundle.parent / "again" / name).read_bytes(), (demo_run.bundle / name).read_bytes()
        assert again == first, name


def test_report_for_another_version_asks_for_what_that_version_asked(demo_run: DemoRun) -> None:
    told = orgaudit("report", demo_run.bundle, "--benchmark", "4.0.0")
    assert told.last_line == f"{demo_run.bundle}+4.0.1"
    rows = json.loads((Path(told.last_line) / "results.json").read_text("utf-8"))["results"]
    six_of_seven = next(
        row for row in rows if (row["account_id"], row["control"]) == ("430000000002", "security_group_changes")
    )
    assert (six_of_seven["result"], six_of_seven["section"]) == ("PASS", "4.10")
