"""What a whole run costs: `orgaudit run` on 1,000 and 10,000 accounts with chains of their own, in 17 regions.

    python -m benchmarks.scale --accounts 1000 10000

The fake answers in a process of its own, 20 ms after each question, and is not counted. CPU and memory are those of all
processes of the run; memory that they share is counted once. The floor is what botocore alone takes for as many calls,
spread over all cores: measured in the same minutes, one client after the other, without threads.

Elapsed time means something on a quiet machine only; ratios of CPU hold on a busy one too.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.collect import Run, served
from benchmarks.fake_organization import FIRST, HOME

CORES = os.cpu_count() or 1
STAGES = {"Step 1": "collect", "Step 2": "evaluate", "Step 3": "reports", "Step 4": "seal"}
SMALL, LARGE = 1_000, 10_000
COLLECT_MS, SMALL_S, SMALL_MIB = 45, 120, 700
FLOORS, LARGE_S, LARGE_MIB, GROWTH = 2.5, 720, 1536, 1.2


@dataclass
class Stage:
    """One stage of a run."""

    name: str
    wall_s: float = 0
    cpu_s: float = 0
    peak_mib: float = 0


@dataclass
class Whole:
    """One whole run."""

    accounts: int
    engine: str
    calls: int = 0
    code: int = 0
    stages: list[Stage] = field(default_factory=list)

    @property
    def wall_s(self) -> float:
        """From the start to the last byte."""
        return sum(stage.wall_s for stage in self.stages)

    @property
    def cpu_ms(self) -> float:
        """CPU for each account, in milliseconds."""
        return 1000 * sum(stage.cpu_s for stage in self.stages) / self.accounts

    @property
    def peak_mib(self) -> float:
        """The most memory that the processes held together."""
        return max(stage.peak_mib for stage in self.stages)

    def stage(self, name: str) -> Stage:
        """The stage of that name."""
        return next(stage for stage in self.stages if stage.name == name)

    def show(self) -> None:
        """Prints a row for each stage."""
        print(f"{self.accounts:,} accounts, {self.engine}: {self.calls:,} calls, exit code {self.code}")
        print(f"    {'':10} {'seconds':>8} {'CPU s':>8} {'CPU ms each':>12} {'MiB':>6}")
        for one in [*self.stages, Stage("all", self.wall_s, self.cpu_ms * self.accounts / 1000, self.peak_mib)]:
            each = 1000 * one.cpu_s / self.accounts
            print(f"    {one.name:10} {one.wall_s:8.1f} {one.cpu_s:8.1f} {each:12.1f} {one.peak_mib:6.0f}")
        collect = self.stage("collect")
        print(
            f"    {self.calls / self.accounts:.1f} calls an account, {self.calls / collect.wall_s:.0f} calls/s",
            flush=True,
        )


class Watch(threading.Thread):
    """Looks at the processes of a run twice a second."""

    def __init__(self, pid: int, whole: Whole) -> None:
        super().__init__(daemon=True)
        self._root, self._whole = psutil.Process(pid), whole
        self._lock = threading.Lock()
        self._began = self._cpu_at = 0.0
        self.begin("start")

    def begin(self, name: str) -> None:
        """The next stage begins."""
        with self._lock:
            self._end()
            self._whole.stages.append(Stage(name))
            self._began, self._cpu_at = time.perf_counter(), self._cpu()

    def run(self) -> None:
        """Look until the run has ended."""
        while self._root.is_running() and self._root.status() != psutil.STATUS_ZOMBIE:
            with self._lock:
                stage = self._whole.stages[-1]
                stage.peak_mib = max(stage.peak_mib, self._memory_mib())
                self._note()
            time.sleep(0.5)

    def _end(self) -> None:
        if self._whole.stages:
            self._note()

    def _note(self) -> None:
        stage, cpu_s = self._whole.stages[-1], self._cpu()
        stage.wall_s = time.perf_counter() - self._began
        stage.cpu_s = max(stage.cpu_s, cpu_s - self._cpu_at)

    def _tree(self) -> Iterator[psutil.Process]:
        try:
            yield self._root
            yield from self._root.children(recursive=True)
        except psutil.NoSuchProcess:
            return

    def _cpu(self) -> float:
        """Of all that live, and of those that ended and were waited for."""
        return sum(sum(times[:4]) for times in self._asked(lambda process: process.cpu_times()))

    def _memory_mib(self) -> float:
        return sum(info.pss for info in self._asked(lambda process: process.memory_full_info())) / 2**20

    def _asked(self, question: Callable[[psutil.Process], Any]) -> Iterator[Any]:
        for process in self._tree():
            try:
                yield question(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue


def whole_run(accounts: int, engine: str) -> Whole:
    """`orgaudit run` as a user starts it."""
    whole = Whole(accounts, engine)
    with tempfile.TemporaryDirectory() as name, served(Run("planned", "own chain", 17, accounts - 1, 64)):
        folder = Path(name)
        (folder / "audit.toml").write_text(f'[collect]\nengine = "{engine}"\n', encoding="utf-8")
        command = [sys.executable, "-m", "orgaudit", "run", "-c", "audit.toml", "--out", "evidence"]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
        with subprocess.Popen(
            command, cwd=folder, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            watch = Watch(process.pid, whole)
            watch.start()
            assert process.stderr
            told = []
            for line in process.stderr:
                told.append(line)
                if stage := STAGES.get(line[:6]):
                    watch.begin(stage)
            whole.code = process.wait()
        assert whole.code in (0, 1, 4), "".join(told)
        whole.calls = _calls(next((folder / "evidence").glob("o-*/evidence.sqlite")))
    return whole


def _calls(evidence: Path) -> int:
    from orgaudit.evidence.store import EvidenceStore

    store = EvidenceStore.open(evidence, read_only=True)
    count = sum(record.attempts for record in store.records())
    store.close()
    return count


def botocore_ms() -> float:
    """CPU that botocore takes for a call of the plan's mix, its answer read: the least that any collector costs."""
    with served(Run("planned", "own chain", 17, 1, 1), latency_ms=0):
        ask = _questions()
        ask(20)
        times = 60
        began = time.process_time()
        calls = ask(times)
        return 1000 * (time.process_time() - began) / calls


def _questions() -> Callable[[int], int]:
    import botocore.session
    from botocore.config import Config

    session = botocore.session.Session()
    settings = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    account = FIRST + 1
    trail, topic = f"arn:aws:cloudtrail:{HOME}:{account}:trail/activity", f"arn:aws:sns:{HOME}:{account}:alarms"
    plan: list[tuple[str, str, dict[str, Any]]] = [
        ("sts", "AssumeRole", {"RoleArn": f"arn:aws:iam::{account}:role/OrgAudit", "RoleSessionName": "floor"}),
        ("cloudtrail", "DescribeTrails", {}),
        ("cloudtrail", "ListTrails", {}),
        ("cloudtrail", "GetTrailStatus", {"Name": trail}),
        ("cloudtrail", "GetEventSelectors", {"TrailName": trail}),
        ("logs", "DescribeMetricFilters", {"logGroupName": "cloudtrail"}),
        ("logs", "DescribeSubscriptionFilters", {"logGroupName": "cloudtrail"}),
        ("cloudwatch", "DescribeAlarms", {}),
        ("cloudwatch", "ListAlarmMuteRules", {}),
        ("oam", "ListLinks", {}),
        ("sns", "GetTopicAttributes", {"TopicArn": topic}),
        ("sns", "ListSubscriptionsByTopic", {"TopicArn": topic}),
        ("sns", "GetSubscriptionAttributes", {"SubscriptionArn": f"{topic}:aaaa"}),
        ("kms", "DescribeKey", {"KeyId": "k"}),
        ("kms", "GetKeyPolicy", {"KeyId": "k"}),
    ]
    clients = {
        service: session.create_client(service, region_name=HOME, config=settings)
        for service in {service for service, _, _ in plan}
    }

    def ask(times: int) -> int:
        for _ in range(times):
            for service, operation, params in plan:
                clients[service]._make_api_call(operation, params)
        return times * len(plan)

    return ask


def held_up(accounts: int = 200) -> tuple[float, float]:
    """Seconds until the last other account was read: alone, and beside one that AWS throttles for good."""
    return _last_other_s(accounts, ""), _last_other_s(accounts, str(FIRST + accounts // 2))


def _last_other_s(accounts: int, throttled: str) -> float:
    from orgaudit.aws.collect import collect
    from orgaudit.aws.organization import open_organization
    from orgaudit.evidence.masking import Mask
    from orgaudit.evidence.store import EvidenceStore
    from orgaudit.model.settings import Config
    from orgaudit.progress import Silent

    class Noting(Silent):
        last_s = 0.0

        def account_done(self, account_id: str, refused: bool) -> None:
            """Every account but the throttled one."""
            if account_id != throttled:
                self.last_s = time.perf_counter() - began

    progress = Noting()
    run = Run("planned", "own chain", 17, accounts - 1, 64)
    with tempfile.TemporaryDirectory() as folder, served(run, throttled=throttled):
        store = EvidenceStore.create(Path(folder) / "evidence.sqlite")
        access = open_organization(Config(), "benchmark", Mask(bytes(32)))
        began = time.perf_counter()
        collect(access, Config(), store, progress)
        access.close()
        store.close()
    return progress.last_s


def main() -> None:
    """Makes the runs, prints what they cost and the ratios; ends with 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, nargs="+", default=[SMALL, LARGE])
    parser.add_argument("--engine", help="instead of threads up to 2,000 accounts and processes beyond")
    parser.add_argument("--naive-accounts", type=int, default=12, help="sample for the naive way")
    asked = parser.parse_args()
    print(f"20 ms added to every answer, 17 regions, {CORES} cores; load {os.getloadavg()[0]:.1f}")
    naive = Run("naive", "own chain", 17, asked.naive_accounts, 64).cost()
    print(f"naive collector: {naive.calls / naive.accounts:.0f} calls and {naive.cpu_ms:.0f} ms CPU an account")
    runs, missed = [], []
    for accounts in asked.accounts:
        each_ms = botocore_ms()
        whole = whole_run(accounts, asked.engine or ("threads" if accounts <= 2 * SMALL else "processes"))
        whole.show()
        runs.append(whole)
        missed += list(_judged(whole, (each_ms + botocore_ms()) / 2, naive.cpu_ms))
    alone_s, beside_s = held_up()
    print(f"an account throttled for good: the last of 199 others after {beside_s:.1f} s, {alone_s:.1f} s without it")
    if len(runs) > 1:
        growth = runs[-1].cpu_ms / runs[0].cpu_ms
        print(f"CPU an account at {runs[-1].accounts:,}: {growth:.2f} times that at {runs[0].accounts:,}")
        missed += [f"{growth:.2f} times the cost an account"] if growth > GROWTH else []
    sys.exit("missed: " + "; ".join(missed) if missed else 0)


def _judged(whole: Whole, each_ms: float, naive_ms: float) -> Iterator[str]:
    """Prints the ratios of one run; yields the goals that it missed."""
    collect = whole.stage("collect")
    floor_cpu_s = whole.calls * each_ms / 1000
    ours_ms = 1000 * collect.cpu_s / whole.accounts
    in_time, in_cpu = collect.wall_s / (floor_cpu_s / CORES), collect.cpu_s / floor_cpu_s
    print(
        f"    {naive_ms / ours_ms:.0f} times less CPU than the naive collector; {in_time:.2f} times the floor in "
        f"time and {in_cpu:.2f} times in CPU (botocore alone: {each_ms:.2f} ms a call)",
        flush=True,
    )
    small = whole.accounts <= SMALL
    if small and ours_ms > COLLECT_MS:
        yield f"{ours_ms:.0f} ms CPU to collect an account"
    if not small and in_time > FLOORS:
        yield f"collect takes {in_time:.1f} times the floor"
    most_s, most_mib = (SMALL_S, SMALL_MIB) if small else (LARGE_S, LARGE_MIB)
    if whole.wall_s > most_s:
        yield f"{whole.accounts:,} accounts: {whole.wall_s:.0f} s"
    if whole.peak_mib > most_mib:
        yield f"{whole.accounts:,} accounts: {whole.peak_mib:.0f} MiB"


if __name__ == "__main__":
    main()
