"""The Python names that scripts rely on."""

import subprocess
import sys

import orgaudit
from tests.conftest import DemoRun


def test_the_names_are_there() -> None:
    assert orgaudit.__all__ == ["Snapshot", "__version__", "evaluate"]


def test_evaluate_stays_a_function_whatever_is_imported() -> None:
    """A package of the same name would take its place as soon as anything imported it."""
    check = "import orgaudit, orgaudit.pipeline, orgaudit.cli.main; assert callable(orgaudit.evaluate)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_a_bundle_is_frames_and_findings(demo_run: DemoRun) -> None:
    snapshot = orgaudit.Snapshot.open(demo_run.bundle)
    snapshot.check()
    assert len(snapshot.accounts) == 59
    assert set(snapshot.alarms["kind"]) == {"metric", "composite"}
    six, seven = (orgaudit.evaluate(snapshot, benchmark=version) for version in ("4.0.1", "7.0.0"))
    at = ("430000000002", "security_group_changes")
    results = [str(found.set_index(["account_id", "control"]).loc[at, "result"]) for found in (six, seven)]
    assert results == ["PASS", "FAIL"]


def test_help_costs_next_to_nothing() -> None:
    """Nothing heavy is imported before a command needs it."""
    heavy = ("pandas", "boto3", "weasyprint", "pydantic", "rich", "moto")
    check = f"import sys; from orgaudit.cli.main import cli; sys.exit(bool({set(heavy)} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
