"""A bundle's frames come from its evidence alone."""

from pathlib import Path

import pandas as pd
import pytest

from orgaudit.config import dump_config
from orgaudit.errors import BundleError
from orgaudit.evidence.snapshot import Snapshot
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.calls import Call, Outcome, Record
from orgaudit.model.frames import RunFacts
from orgaudit.model.settings import Config, Organization

ACCOUNT = "100000000001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An unfinished bundle with one account in it."""
    facts = RunFacts(id="run-1", organization_id="o-1", caller_account_id=ACCOUNT)
    store = EvidenceStore.create(tmp_path / "evidence.sqlite", facts)
    trail = {"TrailARN": f"arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/t", "HomeRegion": "eu-central-1"}
    described = Call.of(ACCOUNT, "eu-central-1", "cloudtrail", "DescribeTrails")
    listed = Call.of(ACCOUNT, "eu-central-1", "cloudtrail", "ListTrails")
    answered = Record(described, Outcome.ANSWERED, {"trailList": [trail]})
    store.write(ACCOUNT, [answered, Record(listed, Outcome.REFUSED, error_code="AccessDenied")])
    store.close()
    config = Config(organization=Organization(role_name="Reader"))
    (tmp_path / "config.toml").write_text(dump_config(config), encoding="utf-8")
    return tmp_path


def test_frames_facts_and_settings(folder: Path) -> None:
    snapshot = Snapshot.open(folder)
    snapshot.check()
    assert list(snapshot.trails["home_region"]) == ["eu-central-1"]
    assert dict(zip(snapshot.calls["operation"], snapshot.calls["outcome"], strict=True)) == {
        "DescribeTrails": "answered",
        "ListTrails": "refused",
    }
    assert (snapshot.run.id, snapshot.run.finished, snapshot.run.finished_accounts) == ("run-1", False, {ACCOUNT})
    assert snapshot.config.organization.role_name == "Reader"


def test_a_finished_run_says_so(folder: Path) -> None:
    store = EvidenceStore.open(folder / "evidence.sqlite")
    store.set_fact("finished", True)
    store.set_fact("finished_at", "2026-11-23T10:00:00Z")
    store.close()
    run = Snapshot.open(str(folder)).run
    assert (run.finished, run.finished_at, run.organization_id) == (True, "2026-11-23T10:00:00Z", "o-1")


def test_opening_twice_gives_the_same_frames_and_changes_nothing(folder: Path) -> None:
    before = (folder / "evidence.sqlite").read_bytes()
    (folder / "evidence.sqlite").chmod(0o400)
    first, second = Snapshot.open(folder), Snapshot.open(folder)
    pd.testing.assert_frame_equal(first.calls, second.calls)
    assert (folder / "evidence.sqlite").read_bytes() == before
    assert {file.name for file in folder.iterdir()} == {"evidence.sqlite", "config.toml"}


@pytest.mark.parametrize("name", ["evidence.sqlite", "config.toml"])
def test_a_bundle_that_lacks_a_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=name):
        Snapshot.open(folder)


def test_a_folder_that_is_none(folder: Path) -> None:
    with pytest.raises(BundleError, match="is not a folder"):
        Snapshot.open(folder / "nowhere")


def test_evidence_that_is_damaged(folder: Path) -> None:
    path = folder / "evidence.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(BundleError, match="damaged"):
        Snapshot.open(folder)
