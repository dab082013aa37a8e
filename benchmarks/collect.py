"""What collecting costs: calls, CPU, time and memory per account, against a collector without the plan.

    python benchmarks/collect.py --accounts 200

Each run has a process of its own, so that its CPU and its memory are its own, and asks `fake_aws.py` in another, which
adds 20 ms to every answer. Two organizations, each with 4 and with 17 regions:

- own chain: every account has its own trail, log group, 15 filters and alarms, and an encrypted topic;
- covered: every member is recorded by one organization trail.

The naive way makes a session and clients for each account and asks in every region, because without the plan nobody
knows where a trail's log group is. Measured on a sample of the same accounts, without retries, and it writes nothing.
"""

import argparse
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from benchmarks.fake_aws import leading_to
from benchmarks.fake_organization import FIRST, REGIONS

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config

HERE = Path(__file__).parent
FEW_REGIONS = 4
MOST_CALLS = {"own chain": 16, "covered": 6}
LEAST_RATIO = 20


@dataclass(frozen=True)
class Cost:
    """What one run cost, and with what."""

    way: str
    kind: str
    regions: int
    accounts: int
    calls: int
    most_calls: int
    """In any one account."""
    asked_in: int
    """Regions that any account was asked in."""
    cpu_s: float
    wall_s: float
    peak_mib: float

    @property
    def cpu_ms(self) -> float:
        """CPU for each account, in milliseconds."""
        return 1000 * self.cpu_s / self.accounts

    def line(self) -> str:
        """One row of the table."""
        return (
            f"{self.kind:10} {self.way:8} {self.regions:7} {self.asked_in:8} {self.accounts:8} "
            f"{self.calls / self.accounts:6.1f} {self.most_calls:4} {self.cpu_ms:7.1f} "
            f"{self.calls / self.wall_s:8.0f} {self.wall_s:7.1f} {self.peak_mib:5.0f}"
        )


HEADER = (
    f"{'':10} {'':8} {'regions':>7} {'asked in':>8} {'accounts':>8} {'calls':>6} {'most':>4} {'CPU ms':>7} "
    f"{'calls/s':>8} {'seconds':>7} {'MiB':>5}"
)


@dataclass(frozen=True)
class Run:
    """One run to make."""

    way: str
    kind: str
    regions: int
    accounts: int
    workers: int

    def cost(self) -> Cost:
        """Makes the run in a new process, with the fake in another."""
        with served(self), multiprocessing.get_context("spawn").Pool(1) as process:
            return process.apply(measured, (self,))


@contextmanager
def served(run: Run, latency_ms: float = 20, throttled: str = "") -> Iterator[None]:
    """The fake in its own process, and the environment that leads to it. throttled: an account that gets no answer."""
    command = [sys.executable, "-m", "benchmarks.fake_aws", "--accounts", str(run.accounts + 1)]
    command += ["--regions", str(run.regions), *(["--organization-trail"] if run.kind == "covered" else [])]
    command += ["--latency-ms", str(latency_ms), *(["--throttled", throttled] if throttled else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        with patch.dict(os.environ, leading_to(url) | {"AWS_DEFAULT_REGION": "us-east-1"}):
            yield
        server.communicate()


def measured(run: Run) -> Cost:
    """Makes the run in this process."""
    sys.path.insert(0, str(HERE.parent))
    way = {"planned": planned, "naive": naive}[run.way]
    import boto3  # noqa: F401 - what both have to load is not what is compared

    from orgaudit.aws import collect  # noqa: F401

    started, cpu = time.perf_counter(), time.process_time()
    calls, asked_in = way(run)
    cost = time.process_time() - cpu, time.perf_counter() - started
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(run.way, run.kind, run.regions, len(calls), sum(calls), max(calls), asked_in, *cost, peak_mib)


def planned(run: Run) -> tuple[list[int], int]:
    """The collector, from opening the organization to the last row of SQLite; the calls that each account took.

    The account that the run starts in has no role to assume, and asks for the whole organization: it is not counted.
    """
    from orgaudit.aws.collect import collect
    from orgaudit.aws.organization import open_organization
    from orgaudit.evidence.masking import Mask
    from orgaudit.evidence.store import EvidenceStore
    from orgaudit.model.settings import Collect, Config

    config = Config(collect=Collect(workers=run.workers))
    with tempfile.TemporaryDirectory() as folder:
        store = EvidenceStore.create(Path(folder) / "evidence.sqlite")
        access = open_organization(config, "benchmark", Mask(bytes(32)))
        collect(access, config, store)
        access.close()
        records = [record for record in store.records() if record.call.account_id != access.caller_account_id]
        assert len(store.finished_accounts()) == run.accounts + 1
        assert all(record.answer is not None for record in records)
        store.close()
    made = Counter(record.call.account_id for record in records)
    return list(made.values()), len({record.call.region for record in records if record.call.service != "sts"})


def naive(run: Run) -> tuple[list[int], int]:
    """A session and clients for each account and region; the same questions, asked everywhere."""
    accounts = [str(FIRST + 1 + number) for number in range(run.accounts)]
    with ThreadPoolExecutor(run.workers) as pool:
        calls = list(pool.map(lambda account_id: _naive_account(account_id, REGIONS[: run.regions]), accounts))
    return calls, run.regions


_lock = threading.Lock()


def _naive_account(account_id: str, regions: tuple[str, ...]) -> int:
    import boto3
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1})
    with _lock:  # the default session is not made for threads
        sts = boto3.client("sts", config=config)
    role = sts.assume_role(RoleArn=f"arn:aws:iam::{account_id}:role/OrgAudit", RoleSessionName="benchmark")
    given = role["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return 1 + sum(_naive_region(session, account_id, region, config) for region in regions)


def _naive_region(session: "boto3.Session", account_id: str, region: str, config: "Config") -> int:
    made = 5
    trails, logs, cloudwatch, oam = (
        session.client(service, region_name=region, config=config)
        for service in ("cloudtrail", "logs", "cloudwatch", "oam")
    )
    found = [trail for trail in trails.describe_trails()["trailList"] if trail["HomeRegion"] == region]
    logs.describe_metric_filters()
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    cloudwatch.list_alarm_mute_rules()
    oam.list_links()
    for trail in found:
        trails.get_trail_status(Name=trail["TrailARN"])
        made += 1
        if account_id in trail["TrailARN"]:
            trails.get_event_selectors(TrailName=trail["TrailARN"])
            made += 1
    for topic in {action for alarm in alarms for action in alarm["AlarmActions"]}:
        sns, kms = (session.client(service, region_name=region, config=config) for service in ("sns", "kms"))
        key = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"]
        for subscription in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
            sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])
        kms.describe_key(KeyId=key)
        kms.get_key_policy(KeyId=key)
        made += 5
    return made


def main() -> None:
    """Makes the runs, prints a row for each and then the ratios; ends with 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--naive-accounts", type=int, default=24, help="sample for the naive way")
    asked = parser.parse_args()
    print(
        f"20 ms added to every answer, {asked.workers} threads, {os.cpu_count()} cores; calls and CPU for each account"
    )
    print(HEADER)
    sizes = {"planned": asked.accounts, "naive": min(asked.naive_accounts, asked.accounts)}
    costs: dict[tuple[str, str, int], Cost] = {}
    for kind in MOST_CALLS:
        for way, accounts in sizes.items():
            for regions in (FEW_REGIONS, len(REGIONS)):
                cost = Run(way, kind, regions, accounts, asked.workers).cost()
                costs[kind, way, regions] = cost
                print(cost.line(), flush=True)
    missed = [line for kind in MOST_CALLS for line in _compared(kind, costs)]
    sys.exit("missed: " + "; ".join(missed) if missed else 0)


def _compared(kind: str, costs: dict[tuple[str, str, int], Cost]) -> Iterator[str]:
    """Prints the ratios of one organization; yields the goals that were missed."""
    ratios = []
    for regions in (FEW_REGIONS, len(REGIONS)):
        ours, other = costs[kind, "planned", regions], costs[kind, "naive", regions]
        ratios.append(other.cpu_ms / ours.cpu_ms)
        print(
            f"{kind}, {regions} regions: {ratios[-1]:.0f} times less CPU, {other.calls / other.accounts:.0f} calls "
            f"against {ours.calls / ours.accounts:.0f}"
        )
        if ours.most_calls > MOST_CALLS[kind]:
            yield f"{kind}: {ours.most_calls} calls for an account"
    if ratios[-1] < LEAST_RATIO:
        yield f"{kind}: {ratios[-1]:.1f} times less CPU"


if __name__ == "__main__":
    main()
