"""Whatever stands behind standard output: a full disk, a reader who left, nothing at all, or a terminal of 1980."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from orgaudit.cli.main import cli
from tests.conftest import ROOT, DemoRun

ORGAUDIT = f"PYTHONPATH={ROOT} {sys.executable} -m orgaudit"


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, timeout=580, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    return done


@pytest.mark.parametrize("command", ["controls", "policy", "prove vpc_changes '{ $.a = b }'"])
def test_a_full_disk_is_one_line(command: str, tmp_path: Path) -> None:
    done = shell(f"{ORGAUDIT} {command} > /dev/full", tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)
    assert "No space left" in done.stderr


def test_a_reader_who_left_and_one_who_never_was(demo_run: DemoRun, tmp_path: Path) -> None:
    export = f"{ORGAUDIT} export {demo_run.bundle} --format ocsf"
    assert shell(f"{export} 2>told | head -c 10; cat told", tmp_path).stdout.startswith('{"')
    assert "cannot be written" not in (tmp_path / "told").read_text("utf-8")
    assert shell(f"{export} >&-", tmp_path).returncode == 0


def test_what_a_terminal_cannot_show_is_written_out(tmp_path: Path) -> None:
    """Latin-1 has no ellipsis; a pattern too long for a line is shown around the error."""
    long = "{ $.eventName = a " + "|| $.a = b " * 20
    assert "\\u2026" in shell(f"PYTHONIOENCODING=latin-1 {ORGAUDIT} prove vpc_changes '{long}'", tmp_path).stdout


def test_nothing_is_written_over_by_an_export_of_what_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "kept.xml").write_text("earlier results")
    done = shell(f"{ORGAUDIT} export nowhere --format junit --out kept.xml", tmp_path)
    assert (done.returncode, (tmp_path / "kept.xml").read_text()) == (2, "earlier results")


def test_a_folder_that_may_not_be_read_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "evidence/x")

    monkeypatch.setattr("orgaudit.evidence.bundle.by_name", refused)
    answer = CliRunner().invoke(cli, ["report", str(tmp_path)])
    assert answer.exit_code == 3
    assert answer.stderr.startswith("orgaudit: evidence/x: Permission denied; ")
