"""Interrupted, out of disk, asked to go on: what is left can be finished, and says until then that it is not."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.fake_aws import Answered, Asked, leading_to, serving
from benchmarks.fake_organization import FIRST, Organization
from orgaudit import pipeline
from orgaudit.cli.main import cli
from orgaudit.errors import AccessError, BundleError, ConfigError, OutputError, UnfinishedError
from orgaudit.evidence.bundle import held, is_sealed
from orgaudit.evidence.masking import KEY_FILE
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.frames import RunFacts
from orgaudit.model.settings import Audit, Collect, Config
from orgaudit.progress import Silent
from tests.conftest import ROOT
from tests.sealed import quarter, small_organization, swift_pdf

ONE_BY_ONE = Config(collect=Collect(workers=1))


@pytest.fixture(autouse=True)
def _swift() -> Iterator[None]:
    with swift_pdf():
        yield


class StopAfter(Silent):
    """Progress that asks the run to stop once so many accounts are read."""

    def __init__(self, accounts: int) -> None:
        self.stop, self.left = threading.Event(), accounts

    def account_done(self, account_id: str, refused: bool) -> None:
        self.left -= 1
        if self.left == 0:
            self.stop.set()


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """A run that was told to stop after the second of five accounts."""
    progress = StopAfter(2)
    with small_organization(5), pytest.raises(UnfinishedError, match="interrupted.*orgaudit run --resume"):
        pipeline.run(ONE_BY_ONE, tmp_path / "ev", progress, clock=lambda: quarter(1), stop=progress.stop)
    (folder,) = bundles(tmp_path / "ev")
    return folder


def bundles(out: Path) -> list[Path]:
    return sorted(path for path in out.glob("[!.]*") if path.is_dir())


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def document(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "results.json").read_text("utf-8")))


def test_an_unfinished_bundle_holds_its_evidence_and_settings_alone(unfinished: Path) -> None:
    assert set(files(unfinished)) == {"evidence.sqlite", "config.toml"}


def test_the_resumed_run_is_the_same_run(unfinished: Path) -> None:
    store = EvidenceStore.open(unfinished / "evidence.sqlite", read_only=True)
    facts, before = store.facts, {record.evidence_id: record for record in store.records()}
    store.close()
    with small_organization(5):
        pipeline.resume(unfinished, Silent(), ONE_BY_ONE, clock=lambda: quarter(2))
    run = document(unfinished)["run"]
    assert (run["id"], run["started_at"]) == (facts.id, facts.started_at) == (run["id"], "2026-01-01T00:00:00Z")
    assert (run["finished_at"], run["finished"]) == ("2026-04-01T00:00:00Z", True)
    store = EvidenceStore.open(unfinished / "evidence.sqlite", read_only=True)
    after = {record.evidence_id: record for record in store.records()}
    store.close()
    assert {name: after[name] for name in before} == before


def test_resuming_a_finished_bundle_says_so_and_changes_nothing(unfinished: Path) -> None:
    with small_organization(5):
        pipeline.resume(unfinished, Silent())
    before = files(unfinished)
    answer = CliRunner().invoke(cli, ["run", "--resume", str(unfinished)])  # nobody answers any more
    assert answer.exit_code == 1
    assert "finished already" in answer.stderr
    assert answer.stdout == f"{unfinished}\n"
    assert files(unfinished) == before


def test_settings_that_differ_are_named(unfinished: Path, tmp_path: Path) -> None:
    other = Config(collect=Collect(workers=1), audit=Audit(max_events=3, max_delay_s=60))
    with pytest.raises(ConfigError, match=r"audit.max_events, audit.max_delay_s: not as in the bundle's config.toml"):
        pipeline.resume(unfinished, Silent(), other)
    with pytest.raises(ConfigError, match=r"audit.benchmark: not as"):
        pipeline.resume(unfinished, Silent(), benchmark="4.0.1")
    (tmp_path / "other.toml").write_text("[audit]\nmax_events = 3\n", encoding="utf-8")
    answer = CliRunner().invoke(cli, ["run", "--resume", str(unfinished), "-c", str(tmp_path / "other.toml")])
    assert answer.exit_code == 2
    assert not is_sealed(unfinished)


@pytest.mark.parametrize("arguments", [[], ["--resume", "x", "--out", "y"]])
def test_a_run_needs_settings_or_a_bundle_and_no_other_folder(arguments: list[str]) -> None:
    assert CliRunner().invoke(cli, ["run", *arguments]).exit_code == 2


def test_another_account_or_organization_does_not_go_on_with_it(
    unfinished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_organization(5):
        os.environ["AWS_ACCESS_KEY_ID"] = f"AKIA{FIRST + 1}"
        with pytest.raises(AccessError, match=f"the run began in account {FIRST} of organization o-benchmark1"):
            pipeline.resume(unfinished, Silent())


def test_a_bundle_without_its_mask_key_is_resumed_where_that_lies(unfinished: Path, tmp_path: Path) -> None:
    """Under another key equal addresses would not look equal within the bundle."""
    moved = unfinished.rename(tmp_path / unfinished.name)
    with pytest.raises(BundleError, match="not the key that the addresses"):
        pipeline.resume(moved, Silent())
    assert not (tmp_path / KEY_FILE).exists()
    (tmp_path / KEY_FILE).write_bytes((tmp_path / "ev" / KEY_FILE).read_bytes())
    with small_organization(5):
        assert is_sealed(pipeline.resume(moved, Silent()).folder)


def test_two_runs_do_not_write_into_one_folder(unfinished: Path) -> None:
    with held(unfinished), pytest.raises(OutputError, match="another run is writing into it"):
        pipeline.resume(unfinished, Silent())


@pytest.mark.parametrize("name", ["nowhere", "ev"])
def test_a_folder_that_is_no_begun_run(unfinished: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError, match="does not exist: name the folder of a bundle"):
        pipeline.resume(tmp_path / name, Silent())


def test_a_report_of_an_unfinished_bundle_lies_beside_it_and_says_so(unfinished: Path) -> None:
    before = files(unfinished)
    answer = CliRunner().invoke(cli, ["report", str(unfinished)])
    assert answer.exit_code == 1
    made = Path(answer.stdout.strip())
    assert made == unfinished.with_name(f"{unfinished.name}+7.0.0")
    assert files(unfinished) == before
    assert "unfinished" in answer.stderr
    told = document(made)
    assert (told["run"]["finished"], told["run"]["complete"]) == (False, False)
    outcomes = [one["outcome"] for one in told["population"]["accounts"]]
    rows = {row["result"] for row in told["results"] if row["account_id"] not in read(unfinished)}
    assert set(outcomes) <= {"evaluated", "not_evaluated"}
    assert rows <= {"NOT_EVALUATED", "NOT_APPLICABLE"}
    verified = CliRunner().invoke(cli, ["verify", str(made)])
    assert verified.exit_code == 0, verified.output
    assert "unfinished" in verified.output
    with small_organization(5):
        pipeline.resume(unfinished, Silent())
    verified = CliRunner().invoke(cli, ["verify", str(made)])
    assert verified.exit_code == 0, verified.output
    assert "has gone on since" in verified.output


def read(folder: Path) -> frozenset[str]:
    store = EvidenceStore.open(folder / "evidence.sqlite", read_only=True)
    finished = store.finished_accounts()
    store.close()
    return finished


def test_a_report_of_a_run_that_was_killed_while_rendering_says_unfinished(unfinished: Path) -> None:
    """All was collected, but nothing is sealed: it does not pass for a finished run."""
    with small_organization(5), pytest.MonkeyPatch.context() as patch:
        patch.setattr("orgaudit.report.render.render_csv", None, raising=False)
        patch.setattr("orgaudit.report.render.write_csv", full_disk)
        with pytest.raises(OutputError, match=r"No space left on device.*orgaudit run --resume"):
            pipeline.resume(unfinished, Silent())
    assert set(files(unfinished)) == {"evidence.sqlite", "config.toml"}
    assert document(pipeline.report(unfinished).folder)["run"]["finished"] is False
    assert is_sealed(pipeline.resume(unfinished, Silent()).folder)  # without anybody to ask
    assert document(unfinished)["run"]["finished"] is True


def full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_write_that_was_killed_half_way_is_undone_before_the_evidence_is_read(tmp_path: Path) -> None:
    """What SQLite leaves beside the file would otherwise keep a reader out."""
    path = tmp_path / "evidence.sqlite"
    store = EvidenceStore.create(path, RunFacts(id="run-1"))
    process = os.fork()
    if process == 0:
        with suppress(BaseException):
            store._connection.execute("PRAGMA cache_size = 1")
            store._connection.execute("BEGIN IMMEDIATE")
            store._connection.execute("UPDATE run SET value = hex(zeroblob(100000))")
        os._exit(0)
    os.waitpid(process, 0)
    assert path.with_name("evidence.sqlite-journal").exists()
    again = EvidenceStore.open(path, read_only=True)
    assert again.facts.id == "run-1"
    again.close()
    assert not path.with_name("evidence.sqlite-journal").exists()
    store.close()


# As a user meets it: a process, its signals and its disk


@pytest.fixture
def answering() -> threading.Event:
    """Cleared, it holds back the answers to the fifth account and all later ones: some are read, others cannot be."""
    event = threading.Event()
    event.set()
    return event


@pytest.fixture
def command(tmp_path: Path, answering: threading.Event) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts ``orgaudit run`` in another process."""
    (tmp_path / "audit.toml").write_text("[collect]\nworkers = 2\n", encoding="utf-8")
    started: list[subprocess.Popen[str]] = []

    def disturb(asked: Asked, answer: Answered) -> Answered:
        if int(asked.account) >= FIRST + 4:
            answering.wait()
        return answer

    with serving(Organization(12), disturb) as url:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = kept | leading_to(url) | {"PYTHONPATH": str(ROOT)}

        def start(*arguments: str, most_bytes: int = 0) -> "subprocess.Popen[str]":
            def limited() -> None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

            process = subprocess.Popen(
                [sys.executable, "-m", "orgaudit", "run", *arguments],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                preexec_fn=limited if most_bytes else None,
            )
            started.append(process)
            return process

        yield start
        answering.set()
        for process in started:
            process.kill()
            process.communicate()


NEW = ("-c", "audit.toml", "--out", "ev")


def begun(process: "subprocess.Popen[str]", out: Path) -> Path:
    """Waits until an account is recorded; gives the bundle."""
    while process.poll() is None:
        for folder in bundles(out):
            with suppress(BundleError):
                if read(folder):
                    return folder
        time.sleep(0.02)
    raise AssertionError(process.communicate())


def interrupted(process: "subprocess.Popen[str]") -> None:
    """Sends what Ctrl-C sends, and waits until the process says that it was told."""
    assert process.stderr is not None
    process.send_signal(signal.SIGINT)
    assert any("finishing what is under way" in line for line in process.stderr)


def test_ctrl_c_finishes_what_is_in_flight_and_says_how_to_go_on(
    command: Callable[..., "subprocess.Popen[str]"], answering: threading.Event, tmp_path: Path
) -> None:
    answering.clear()
    process = command(*NEW)
    folder = begun(process, tmp_path / "ev")
    interrupted(process)
    answering.set()
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert out == ""
    assert f"orgaudit run --resume ev/{folder.name}" in err
    assert "Traceback" not in err
    assert 0 < len(read(folder)) < 12
    process = command("--resume", f"ev/{folder.name}")
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out) == (1, f"ev/{folder.name}\n"), err
    assert is_sealed(folder)


def test_ctrl_c_twice_stops_at_once_and_leaves_what_can_be_resumed(
    command: Callable[..., "subprocess.Popen[str]"], answering: threading.Event, tmp_path: Path
) -> None:
    answering.clear()  # what is in flight never ends: only stopping at once can
    process = command(*NEW)
    folder = begun(process, tmp_path / "ev")
    interrupted(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "stopped at once" in err
    answering.set()
    with small_organization(12):
        assert is_sealed(pipeline.resume(folder, Silent()).folder)


def test_ctrl_c_while_leaving_takes_nothing_from_the_last_words() -> None:
    program = """\
import os, signal, sys
from orgaudit.cli.interruption import stoppable
with stoppable() as stop:
    os.kill(os.getpid(), signal.SIGINT)
assert stop.is_set()
os.kill(os.getpid(), signal.SIGINT)
print("go on with --resume")
sys.exit(130)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert (ended.returncode, ended.stdout) == (130, "go on with --resume\n"), ended.stderr


@pytest.mark.parametrize("most_bytes", [90_000, 250_000])
def test_a_full_disk_is_one_line_and_the_run_resumes(
    command: Callable[..., "subprocess.Popen[str]"], tmp_path: Path, most_bytes: int
) -> None:
    """Once while answers are recorded (48 to 192 KiB of them), once while results are written (the largest 460)."""
    process = command(*NEW, most_bytes=most_bytes)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 3, err
    assert out == ""
    (line,) = [line for line in err.splitlines() if line.startswith("orgaudit: ")]
    assert "orgaudit run --resume ev/" in line
    (folder,) = bundles(tmp_path / "ev")
    assert f"orgaudit run --resume ev/{folder.name}" in line
    assert "Traceback" not in err
    assert set(files(folder)) == {"evidence.sqlite", "config.toml"}
    with small_organization(12):
        assert is_sealed(pipeline.resume(folder, Silent()).folder)
