"""What is said on standard error, for people and for programs."""

import ast
import json
import logging
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from orgaudit.cli import messages, progress
from tests.conftest import ROOT, Told, orgaudit


@pytest.fixture
def quiet_again() -> Iterator[None]:
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    messages.configure(json_lines=False, verbose=False)
    logging.captureWarnings(False)
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def lines(told: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.splitlines()]


def only(told: Told) -> dict[str, Any]:
    (line,) = lines(told.err)
    return line


@pytest.mark.parametrize(
    "arguments",
    [
        ["--log-json", "run", "-c", "nowhere.toml"],
        ["run", "--log-json", "-c", "nowhere.toml"],
        ["run", "-c", "nowhere.toml", "--log-json"],
    ],
)
def test_an_error_is_one_json_line_wherever_the_option_stands(arguments: list[str], tmp_path: Path) -> None:
    told = orgaudit(*arguments, cwd=tmp_path)
    line = only(told)
    assert (told.code, told.out) == (2, "")
    assert (line["event"], line["level"], line["exit_code"]) == ("error", "error", 2)
    assert line["message"].startswith("nowhere.toml: no such file")
    assert datetime.fromisoformat(line["time"]).utcoffset() is not None


def test_a_wrong_command_line_is_json_too(tmp_path: Path) -> None:
    line = only(orgaudit("--log-json", "check", cwd=tmp_path))
    assert (line["event"], line["exit_code"]) == ("error", 2)
    assert "--config" in line["message"]


@pytest.mark.usefixtures("quiet_again")
def test_progress_for_programs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    messages.configure(json_lines=True, verbose=False)
    with progress.shown_progress() as shown:
        shown.stage("Step 1")
        shown.accounts_found(20, complete=False)
        clock[0] += 10
        shown.calls_done(400)
        shown.accounts_found(40, complete=True)
        shown.account_done("100000000001", refused=True)
        clock[0] += 10
        shown.account_done("100000000002", refused=False)
    stage, first, second = lines(capsys.readouterr().err)
    assert (stage["event"], stage["message"]) == ("stage", "Step 1")
    keys = ("accounts_done", "accounts_total", "accounts_refused", "calls", "calls_per_s", "seconds_left")
    assert [first[key] for key in keys] == [0, None, 0, 400, 40.0, None]
    assert [second[key] for key in keys] == [2, 40, 1, 400, 20.0, 380]
    assert second["message"] == "2 of 40 accounts read, 1 refused, 400 calls (20/s), about 6 min left"


@pytest.mark.usefixtures("quiet_again")
def test_what_went_wrong_is_one_line_and_its_traceback_is_for_those_who_ask(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("orgaudit.aws.worker")
    for verbose in (False, True):
        messages.configure(json_lines=False, verbose=verbose)
        try:
            raise KeyError("x")
        except KeyError:
            log.exception("the plan for account %s failed", "100000000001")
    told = capsys.readouterr().err
    assert told.count("orgaudit.aws.worker: the plan for account 100000000001 failed\n") == 2
    assert told.count("Traceback") == 1
    messages.configure(json_lines=True, verbose=False)
    log.warning("careful")
    log.info("not asked for")
    (line,) = lines(capsys.readouterr().err)
    assert (line["event"], line["level"], line["logger"]) == ("log", "warning", "orgaudit.aws.worker")


@pytest.mark.usefixtures("quiet_again")
def test_a_library_does_not_tell_its_own_steps_among_ours(capsys: pytest.CaptureFixture[str]) -> None:
    messages.configure(json_lines=False, verbose=True)
    for name in ("weasyprint.progress", "botocore.credentials", "pikepdf._core"):
        logging.getLogger(name).info("Step 5 - Creating layout - Page 1")
        logging.getLogger(name).warning("something is wrong")
    logging.getLogger("orgaudit.aws.worker").info("account 100000000001: read")
    told = capsys.readouterr().err
    assert told.count("something is wrong\n") == 3
    assert "account 100000000001: read\n" in told
    assert "Step" not in told


@pytest.mark.usefixtures("quiet_again")
def test_a_name_from_an_account_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    for json_lines in (False, True):
        messages.configure(json_lines=json_lines, verbose=False)
        messages.say("alarm \x1b[2J\x9b31m\u202e")
        told = capsys.readouterr().err
        assert not set(told) & {"\x1b", "\x9b", "\u202e"}
        assert len(told.splitlines()) == 1


ON_A_TERMINAL = """
import time
from orgaudit.cli import messages, progress
messages.configure(json_lines=False, verbose=True)
with progress.shown_progress() as shown:
    shown.stage("Step 1")
    shown.accounts_found(10000, complete=True)
    shown.account_done("100000000001", refused=True)
    time.sleep(0.3)
    messages.say("something to know")
    time.sleep(0.3)
messages.say("the end")
"""


def drawn(**settings: str) -> str:
    """What a terminal of 80 columns is told to draw."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **settings}
    with subprocess.Popen([sys.executable, "-c", ON_A_TERMINAL], env=environment, stderr=theirs) as process:
        os.close(theirs)
        told = b""
        with suppress(OSError):  # so the end of a terminal shows
            while block := os.read(ours, 4096):
                told += block
    os.close(ours)
    assert process.returncode == 0
    return told.decode()


def test_a_message_on_a_terminal_stands_above_the_progress_bar_and_the_bar_goes_away() -> None:
    told = drawn(TERM="xterm", NO_COLOR="1")
    assert re.search(r"(?:\r|\n|\x1b\[2K)something to know\r\n", told)
    bars = re.findall(r"1/10000 accounts, 1 refused, 0 calls/s, \d+ (?:s|min) left *\d:\d\d:\d\d", told)
    assert bars
    assert max(map(len, bars)) + len("/ ━━━━━━━━━━ ") <= 80
    assert told.endswith("\x1b[2Kthe end\r\n")
    assert not re.search(r"\x1b\[[34]\d", told), "colours in spite of NO_COLOR"


def test_a_terminal_that_only_prints_lines_gets_lines() -> None:
    assert drawn(TERM="dumb").splitlines() == ["Step 1", "something to know", "the end"]


def test_the_page_names_every_event_and_key() -> None:
    page = (ROOT / "docs" / "terminal.md").read_text("utf-8")
    source = "".join(path.read_text("utf-8") for path in (ROOT / "orgaudit" / "cli").glob("*.py"))
    said = [call for call in ast.walk(ast.parse(source)) if isinstance(call, ast.Call)]
    calls = [call for call in said if ast.unparse(call.func) in {"say", "messages.say"}]
    events = {argument.value for call in calls for argument in call.args[1:2] if isinstance(argument, ast.Constant)}
    keys = {keyword.arg for call in calls for keyword in call.keywords if keyword.arg} - {"event", "level"}
    assert events >= {"stage", "progress", "log", "summary", "error"}
    assert [name for name in events | keys if f"`{name}`" not in page] == []


def completed(words: str, cwd: Path) -> list[str]:
    """What bash is offered for the last word."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "_ORGAUDIT_COMPLETE": "bash_complete"}
    environment |= {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    command = [sys.executable, "-m", "orgaudit"]
    said = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=True).stdout
    return [line.partition(",")[2] for line in said.splitlines()]


def test_completion(tmp_path: Path) -> None:
    for name in ("o-1_20261123T101500Z_1a2b3c4d", "o-1_20260823T101500Z_5e6f7a8b"):
        (tmp_path / "evidence" / name).mkdir(parents=True)
        (tmp_path / "evidence" / name / "evidence.sqlite").touch()
    (tmp_path / "evidence" / "notes").mkdir()
    assert completed("orgaudit che", tmp_path) == ["check"]
    assert completed("orgaudit run --bench", tmp_path) == ["--benchmark"]
    assert completed("orgaudit run --benchmark 4", tmp_path) == ["4.0.1"]
    assert completed("orgaudit prove vpc", tmp_path) == ["vpc_changes"]
    assert completed("orgaudit report evid", tmp_path) == [
        "evidence/o-1_20260823T101500Z_5e6f7a8b",
        "evidence/o-1_20261123T101500Z_1a2b3c4d",
    ]
    assert completed("orgaudit report evidence/o-1_20261", tmp_path) == ["evidence/o-1_20261123T101500Z_1a2b3c4d"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_that_completes(shell: str, tmp_path: Path) -> None:
    told = orgaudit("completion", shell, cwd=tmp_path)
    assert (told.code, told.err) == (0, "")
    assert f"_ORGAUDIT_COMPLETE={shell}_complete" in told.out
