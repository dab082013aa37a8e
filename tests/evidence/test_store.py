"""evidence.sqlite: all of an account or nothing, one line when disk or file refuse, changed rows are named."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orgaudit.errors import BundleError, OutputError
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.calls import Call, Outcome, Record
from orgaudit.model.frames import RunFacts

ACCOUNT = "100000000001"
ASKED = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def record(operation: str, answer: dict[str, object] | None = None, page: int = 1) -> Record:
    call = Call.of(ACCOUNT, "eu-central-1", "cloudtrail", operation)
    outcome = Outcome.REFUSED if answer is None else Outcome.ANSWERED
    return Record(call, outcome, answer, page=page, asked_at=ASKED, answered_at=ASKED, request_id="r-1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "evidence.sqlite"


def test_what_is_written_is_read(path: Path) -> None:
    records = [record("DescribeTrails", {"trailList": [{"Name": "Ümläut \ud800"}]}), record("ListTrails")]
    store = EvidenceStore.create(path)
    store.write(ACCOUNT, records)
    store.close()
    store = EvidenceStore.open(path, read_only=True)
    assert list(store.records()) == records == store.records_of(ACCOUNT)
    assert store.records_of("100000000002") == []
    assert store.finished_accounts() == {ACCOUNT}
    store.close()


def test_what_is_recorded_already_stays(path: Path) -> None:
    store = EvidenceStore.create(path)
    store.write(ACCOUNT, [record("DescribeTrails", {"trailList": []})], finished=False)
    store.write(ACCOUNT, [record("DescribeTrails", {"trailList": [{"Name": "later"}]})])
    assert [kept.answer for kept in store.records()] == [{"trailList": []}]
    store.close()


def test_a_disk_that_is_full_keeps_nothing_of_the_account(path: Path) -> None:
    store = EvidenceStore.create(path)
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    records = [record(f"Operation{number}", {"text": str(number) * 50}) for number in range(200)]
    with pytest.raises(OutputError, match="the disk is full; free some space") as full:
        store.write(ACCOUNT, records)
    assert "\n" not in str(full.value)
    assert list(store.records()) == []
    assert store.finished_accounts() == frozenset()
    store.close()


def test_files_that_are_none_of_ours(path: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="does not exist"):
        EvidenceStore.open(path)
    path.write_text("no database at all, but long enough to be read as one" * 20)
    with pytest.raises(BundleError, match="not a database"):
        EvidenceStore.open(path)
    other = tmp_path / "other.sqlite"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(BundleError, match="not evidence that this version"):
        EvidenceStore.open(other)


def test_a_file_is_never_overwritten_nor_made_in_a_folder_that_is_not_there(path: Path, tmp_path: Path) -> None:
    EvidenceStore.create(path).close()
    with pytest.raises(OutputError, match="exists already"):
        EvidenceStore.create(path)
    with pytest.raises(OutputError, match="cannot be opened"):
        EvidenceStore.create(tmp_path / "nowhere" / "evidence.sqlite")


@pytest.mark.parametrize("column", ["error_code = 'x'", "body = x'00'", "answered_at = NULL"])
def test_a_changed_row_is_named(path: Path, column: str) -> None:
    store = EvidenceStore.create(path)
    store.write(ACCOUNT, [record("DescribeTrails", {"trailList": []}), record("ListTrails")])
    assert list(store.changed_rows()) == []
    store._connection.execute(f"UPDATE calls SET {column} WHERE operation = 'DescribeTrails'")
    assert list(store.changed_rows()) == [f"{ACCOUNT}/eu-central-1/cloudtrail:DescribeTrails"]
    with pytest.raises(
        BundleError, match=f"{ACCOUNT}/eu-central-1/cloudtrail:DescribeTrails is damaged, or was changed"
    ):
        list(store.records())
    store.close()


@pytest.mark.parametrize(("key", "value"), [("id", "x"), ("started_at", '"yesterday"'), ("caller_arn", "[1]")])
def test_what_a_run_says_of_itself_is_told_to_be_damaged(path: Path, key: str, value: str) -> None:
    store = EvidenceStore.create(path, RunFacts(id="run-1", started_at="2026-11-23T10:15:00Z"))
    assert store.facts.id == "run-1"
    store._connection.execute("UPDATE run SET value = ? WHERE key = ?", (value, key))
    with pytest.raises(BundleError, match="of its run is damaged"):
        _ = store.facts
    store.close()


def test_a_run_that_lost_what_it_says_of_itself_is_told_what_is_missing(path: Path) -> None:
    store = EvidenceStore.create(path, RunFacts(id="run-1"))
    store._connection.execute("DELETE FROM run WHERE key IN ('started_at', 'caller_arn')")
    with pytest.raises(BundleError, match="does not say of its run: caller_arn, started_at; take a whole copy"):
        _ = store.facts
    store.close()
