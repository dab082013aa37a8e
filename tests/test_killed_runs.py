"""A run that is killed with -9, whenever it is, is finished by ``run --resume`` and gives what it would have given."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orgaudit.evidence.store import EvidenceStore
from tests.conftest import ROOT

pytestmark = pytest.mark.timeout(1200)  # some thirty runs one after the other, on a machine that may be busy

MOMENTS = 20
VARYING = {"id", "started_at", "finished_at", "collected_at", "row_sha256", "first_call_at", "last_call_at"}
"""What two undisturbed runs do not have in common either: names and times, and hashes of rows that hold times."""


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What became of each run: the undisturbed one first."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, str(ROOT / "tests" / "killed_runs.py"), str(folder), f"--calls={MOMENTS}", "--writes=6"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1100)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def results(story: dict[str, Any]) -> Any:
    (file,) = Path(story["folder"]).glob("evidence/*/results.json")
    return steady(json.loads(file.read_text("utf-8")))


def steady(value: Any) -> Any:
    """The value without names and times."""
    if isinstance(value, dict):
        return {key: steady(inner) for key, inner in value.items() if key not in VARYING}
    return [steady(inner) for inner in value] if isinstance(value, list) else value


def test_results_are_those_of_an_undisturbed_run(stories: list[dict[str, Any]]) -> None:
    whole, *others = stories
    expected = results(whole)
    expected["reliability"] = None  # tells of clocks
    assert len(expected["results"]) > 100
    for story in others:
        assert story["killed"], story
        assert story["code"] == whole["code"], story
        assert {**results(story), "reliability": None} == expected, story


def test_nothing_recorded_is_asked_again(stories: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    """Repeated are the accounts in flight, the opening and, until all of it is known, the listing of accounts."""
    whole, *others = stories
    most = whole["calls"][0]
    lines = []
    for story in others:
        first, second = story["calls"]
        lines.append(f"killed at {story['moment']}: {first} calls, then {second}; {first + second - most} again")
        assert second <= most, story
        if "kill_at_write" in story["moment"] and "evidence.sqlite" in (story["left"] or [[]])[0]:
            assert second == 0, story
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")


def test_what_is_left_is_one_bundle_that_was_never_taken_for_a_finished_one(stories: list[dict[str, Any]]) -> None:
    for story in stories[1:]:
        assert story["bundles"] == len(story["left"]) <= 1
        assert all("manifest.json" not in names for names in story["left"]), story
        shown = {name for names in story["left"] for name in names if "kill_at" in story["moment"]}
        assert shown <= {"config.toml", "evidence.sqlite", "evidence.sqlite-journal"}, story
        (bundle,) = (path for path in Path(story["folder"]).glob("evidence/[!.]*") if path.is_dir())
        assert not [name for name in bundle.iterdir() if name.name.startswith(".") or "journal" in name.name]


def test_rows_that_were_there_are_the_same_afterwards(stories: list[dict[str, Any]]) -> None:
    for story in stories:
        (path,) = Path(story["folder"]).glob("evidence/*/evidence.sqlite")
        store = EvidenceStore.open(path, read_only=True)
        assert list(store.changed_rows()) == []
        assert store.missing_and_added_rows() == ([], [])
        assert len(store.finished_accounts()) == 6
        store.close()
