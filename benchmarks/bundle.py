"""How large a bundle is, and what it takes to verify it.

    python -m benchmarks.bundle --accounts 1000

A whole run, as a user starts it, of an organization in which every account has its own trail with 15 filters and alarms
(`fake_aws.py`); then `orgaudit verify`, as it is and with `--all`. Ends with 1 where a goal is missed.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.collect import Run, served
from benchmarks.fake_organization import REGIONS

ROOT = Path(__file__).parent.parent
MOST_MB, MOST_S = 40.0, 30.0


def orgaudit(*arguments: str) -> tuple[str, float, float]:
    """What the command answers, its seconds of wall clock and of CPU."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "orgaudit", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, time.perf_counter() - started, cpu_s


def main() -> None:
    """Make the run, print sizes and times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1000)
    asked = parser.parse_args()
    missed = []
    organization = Run("planned", "own chain", len(REGIONS), asked.accounts - 1, 0)
    with tempfile.TemporaryDirectory() as name, served(organization, latency_ms=0):
        config = Path(name) / "audit.toml"
        config.write_text("", encoding="utf-8")
        told, wall_s, cpu_s = orgaudit("run", "-c", str(config), "--out", f"{name}/out")
        bundle = Path(told.strip())
        print(f"{asked.accounts:,} accounts, run: {wall_s:.0f} s, {cpu_s:.0f} s CPU with the fake's", flush=True)
        sizes = {path.name: path.stat().st_size / 1e6 for path in sorted(bundle.iterdir())}
        for file, megabytes in sizes.items():
            print(f"{file:22} {megabytes:7.1f} MB")
        total = sum(sizes.values())
        print(f"{'bundle':22} {total:7.1f} MB, at most {MOST_MB:.0f}", flush=True)
        if total > MOST_MB * asked.accounts / 1000:
            missed.append(f"bundle of {total:.1f} MB")
        for options in ([], ["--all"]):
            told, wall_s, cpu_s = orgaudit("verify", *options, str(bundle))
            assert "NOT INTACT" not in told, told
            words = " ".join(["verify", *options])
            print(f"{words:22} {cpu_s:7.1f} s CPU, {wall_s:.1f} s, at most {MOST_S:.0f}", flush=True)
            if not options and cpu_s > MOST_S:
                missed.append(f"verify in {cpu_s:.1f} s")
    sys.exit("missed: " + "; ".join(missed) if missed else 0)


if __name__ == "__main__":
    main()
