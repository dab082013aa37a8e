"""Runs that are killed with -9 at chosen moments and resumed, each in a process of its own.

    python tests/killed_runs.py FOLDER --calls 20 --writes 12

audits a small organization (`benchmarks/fake_aws.py`) once undisturbed, then again and again: killed at so many
moments by count of calls, spread over the run, and at so many by count of files written or renamed. What is left is
resumed. Prints one line of JSON for each, the undisturbed run's first. Everything is imported once; a run is a fork.
Workbook and PDF are placeholders: what is compared are the verdicts.
"""

import argparse
import asyncio
import json
import mmap
import os
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import fake_aws  # noqa: E402
from benchmarks.fake_organization import Organization  # noqa: E402

ACCOUNTS = 6
CONFIGURATION = "[collect]\nworkers = 2\n"
KILLED = -signal.SIGKILL


class Shared:
    """Three numbers that the forks share: calls answered, the call at which to kill, and whom."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 24)

    def get(self) -> tuple[int, int, int]:
        return struct.unpack("qqq", self._memory[:])

    def set(self, calls: int, kill_at: int, victim: int) -> None:
        self._memory[:] = struct.pack("qqq", calls, kill_at, victim)


def forked(work: Callable[[], int]) -> int:
    """Starts the work in a fork; gives its process id."""
    process = os.fork()
    if process == 0:
        code = 70
        try:
            code = work()
        finally:
            os._exit(code)
    return process


def ended(process: int) -> int:
    """The exit code of a fork, negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def serve(organization: Organization, shared: Shared, ready: int) -> int:
    """Serves the organization; counts what it answers, and kills whom it is told to when the count is reached."""

    def counted(_: fake_aws.Asked, answer: fake_aws.Answered) -> fake_aws.Answered:
        calls, kill_at, victim = shared.get()
        shared.set(calls + 1, kill_at, victim)
        if calls + 1 == kill_at:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        return answer

    def tell_port(port: int) -> None:
        os.write(ready, str(port).encode())

    async def serving() -> None:
        await fake_aws.serve(organization, 0, asyncio.Event(), tell_port, counted)

    asyncio.run(serving())
    return 0


class Killer:
    """An audit hook that ends its own process at the n-th file written, renamed or removed below a folder."""

    def __init__(self, folder: Path, at: int) -> None:
        self._below, self._at, self.seen = str(folder), at, 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in {"open", "os.rename", "os.remove"} or not str(arguments[0]).startswith(self._below):
            return
        if event == "open" and not set(str(arguments[1] or "r")) & set("wxa"):
            return
        self.seen += 1
        if self.seen == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def orgaudit(arguments: list[str], told: Path, folder: Path, kill_at_write: int = 0) -> int:
    """The command line in this process; gives its exit code."""
    from unittest.mock import patch

    from orgaudit.cli.main import cli

    output = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    killer = Killer(folder, kill_at_write)
    sys.addaudithook(killer)
    with (
        patch("orgaudit.report.render.render_pdf", lambda *_: b"%PDF"),
        patch("orgaudit.report.render.write_workbook", lambda _, out, *__: out.write(b"PK")),
    ):
        try:
            cli.main(arguments, prog_name="orgaudit")
        except SystemExit as done:
            code = int(done.code or 0)
    os.write(1, f"\nwrites {killer.seen}\n".encode())
    return code


@contextmanager
def served(organization: Organization, shared: Shared) -> Iterator[str]:
    """The port of a server for one run alone: what a killed run still had on its way is not counted with the next's."""
    reading, writing = os.pipe()
    server = forked(lambda: serve(organization, shared, writing))
    os.close(writing)
    try:
        yield os.read(reading, 16).decode()
    finally:
        os.close(reading)
        os.kill(server, signal.SIGKILL)
        ended(server)


class Scenario:
    """One folder, one run in it."""

    def __init__(self, organization: Organization, folder: Path) -> None:
        self.organization, self.folder, self.out = organization, folder, folder / "evidence"
        self.shared = Shared()
        folder.mkdir(parents=True)
        (folder / "audit.toml").write_text(CONFIGURATION, encoding="utf-8")

    def command(self, *arguments: str, kill_at: int = 0, kill_at_write: int = 0) -> tuple[int, int]:
        """Exit code and number of calls."""
        with served(self.organization, self.shared) as port:

            def run() -> int:
                environment(port)
                self.shared.set(0, kill_at, os.getpid())
                return orgaudit(list(arguments), self.folder / "told", self.out, kill_at_write)

            return ended(forked(run)), self.shared.get()[0]

    def killed_and_resumed(self, **moment: int) -> dict[str, Any]:
        """What became of a run that is killed at this moment and then resumed, as often as it takes."""
        code, calls = self.command("run", "-c", f"{self.folder}/audit.toml", "--out", str(self.out), **moment)
        story: dict[str, Any] = {"moment": moment, "killed": code == KILLED, "code": code, "calls": [calls]}
        bundles = sorted(path for path in self.out.glob("[!.]*") if path.is_dir())
        story["left"] = [sorted(file.name for file in bundle.iterdir()) for bundle in bundles]
        if code == KILLED and bundles:
            code, calls = self.command("run", "--resume", str(bundles[0]))
        elif code == KILLED:  # nothing was recorded: the run begins anew
            code, calls = self.command("run", "-c", f"{self.folder}/audit.toml", "--out", str(self.out))
        story["calls"].append(calls)
        return story | {"bundles": len(bundles), "code": code, "folder": str(self.folder)}


def environment(port: str) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= fake_aws.leading_to(f"http://127.0.0.1:{port}")


def say(story: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(story)}\n")
    sys.stdout.flush()


def spread(count: int, most: int) -> list[int]:
    """So many whole numbers from 1 to ``most``, evenly."""
    return sorted({1 + round(step * (most - 1) / max(count - 1, 1)) for step in range(count)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--writes", type=int, default=12)
    asked = parser.parse_args()
    organization = Organization(ACCOUNTS)
    import orgaudit.aws.collect
    import orgaudit.pipeline
    import orgaudit.report.render  # noqa: F401 - so that no fork has to

    whole = Scenario(organization, asked.folder / "undisturbed")
    story = whole.killed_and_resumed()
    say(story)
    writes = int((whole.folder / "told").read_text("utf-8").rsplit("writes ", 1)[1])
    moments = [{"kill_at": at} for at in spread(asked.calls, story["calls"][0])]
    moments += [{"kill_at_write": at} for at in spread(asked.writes, writes)]
    for number, moment in enumerate(moments):
        say(Scenario(organization, asked.folder / f"run-{number}").killed_and_resumed(**moment))


if __name__ == "__main__":
    main()
