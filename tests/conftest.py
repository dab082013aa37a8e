"""What several tests share: the command line in another process, and one run of the demo."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

# Settings of whoever runs the tests decide nothing: their AWS account, proxy, certificates, colours and window.
OURS = {"ORGAUDIT_EXPLORE", "ORGAUDIT_PAIRS", "ORGAUDIT_TOOLS"}
THEIRS = re.compile(
    r"(AWS|BOTO|MOTO|ORGAUDIT|CLICOLOR)_?.*|(http|https|all|no)_proxy|SSL_CERT_\w+|\w+_CA_BUNDLE|SOURCE_DATE_EPOCH"
    r"|FORCE_COLOR|NO_COLOR|TTY_\w+|COLUMNS|LINES",
    re.IGNORECASE,
)
for name in [name for name in os.environ if name not in OURS and THEIRS.fullmatch(name)]:
    del os.environ[name]
os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}

# The same examples every time: what CI says depends on the code alone, and every failure can be repeated. Fresh ones
# are for whoever looks for mistakes: ORGAUDIT_EXPLORE=1 make test ARGS=tests/patterns. How fast a machine makes
# examples is no property of the code.
PATIENT = [HealthCheck.too_slow]
settings.register_profile(
    "orgaudit", derandomize=not os.environ.get("ORGAUDIT_EXPLORE"), deadline=None, suppress_health_check=PATIENT
)
settings.load_profile("orgaudit")


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        return self.out.strip().splitlines()[-1] if self.out.strip() else ""


def orgaudit(*arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Told:
    """Run the command as a user would, without any AWS setting of this machine but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ORGAUDIT_"))}
    kept |= {"PYTHONPATH": str(ROOT), "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(cwd or ROOT / "nowhere")}
    command = [sys.executable, "-m", "orgaudit", *map(str, arguments)]
    done = subprocess.run(command, env={**kept, **(env or {})}, cwd=cwd, capture_output=True, text=True, timeout=580)
    return Told(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class DemoRun:
    """One run of the demo."""

    told: Told
    bundle: Path


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    told = orgaudit("demo", "--out", tmp_path_factory.mktemp("demo") / "evidence")
    return DemoRun(told, Path(told.last_line))
