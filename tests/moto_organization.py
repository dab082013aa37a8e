"""A simulated organization in another process, reached over HTTP.

    python tests/moto_organization.py --port 0

prints one line of JSON once it answers (endpoint, credentials, account ids, a configuration), and serves until its
standard input closes or it gets SIGTERM. Commands on standard input, each answered by one line, `done` or an error:

    remove-role ACCOUNT             nobody can assume a role there any more
    refuse ACCOUNT ACTION           for example: refuse 100000000001 organizations:ListAccounts
    delay SECONDS                   added to every answer

Tests start it with `served_organization()`.
"""

import argparse
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ACCOUNT_IDS = (
    "100000000001",  # management
    "200000000001",  # security-tooling
    "200000000002",  # log-archive
    "300000000001",  # network-hub
    "310000000001",  # shop-frontend
    "310000000005",  # shop-dublin
    "320000000001",  # payments
    "012345678901",  # acquired-business
    "330000000002",  # reporting, waived
    "340000000001",  # role-missing
    "340000000003",  # alarms-refused
    "400000000001",  # trail-stopped
    "420000000001",  # delivery-never
    "430000000002",  # filter-six-of-seven
    "450000000003",  # alarm-ten-events
    "460000000001",  # action-disabled
    "470000000001",  # topic-deleted
    "480000000001",  # subscription-pending
    "500000000002",  # sandbox-ben, excluded
    "600000000001",  # old-website, suspended
)
"""The accounts served: one of each kind of finding. What is expected of them stands in tests/demo/expected.py."""


@dataclass(frozen=True)
class ServedOrganization:
    """A served organization, as its caller sees it."""

    process: subprocess.Popen[str]
    endpoint_url: str
    environment: Mapping[str, str]
    """Variables that make boto3 and orgaudit start in its management account; set them, and no other of AWS."""
    account_ids: tuple[str, ...]
    configuration: str
    """TOML for orgaudit."""

    def tell(self, command: str) -> None:
        """Send a command and wait until it is done."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer == "done", answer

    def remove_role(self, account_id: str) -> None:
        """Let nobody assume a role in this account any more."""
        self.tell(f"remove-role {account_id}")


@contextmanager
def served_organization() -> Iterator[ServedOrganization]:
    """Serve the organization in another process for as long as the context lasts."""
    here = Path(__file__).resolve()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    environment["PYTHONPATH"] = str(here.parent.parent)
    with subprocess.Popen(
        [sys.executable, str(here), "--port", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            yield ServedOrganization(
                process,
                ready["endpoint_url"],
                ready["environment"],
                tuple(ready["account_ids"]),
                ready["configuration"],
            )
        finally:
            process.terminate()


def serve(port: int) -> None:
    """Serve until standard input closes."""
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    from orgaudit.demo import ACCOUNTS, caller_environment
    from orgaudit.demo.configuration import demo_configuration
    from orgaudit.demo.moto_gaps import bridged_moto
    from orgaudit.demo.seeding import remove_role, seed

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    accounts = [account for account in ACCOUNTS if account.id in ACCOUNT_IDS]
    with bridged_moto() as bridge:
        seed(bridge, accounts)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
        server.start()
        endpoint_url = "http://{}:{}".format(*server.get_host_and_port())
        _say(
            json.dumps(
                {
                    "endpoint_url": endpoint_url,
                    "environment": {**caller_environment(), "AWS_ENDPOINT_URL": endpoint_url},
                    "account_ids": [account.id for account in accounts],
                    "configuration": demo_configuration(accounts, datetime.now(UTC).date()),
                }
            )
        )
        for line in sys.stdin:
            match line.split():
                case ["remove-role", account_id]:
                    remove_role(account_id)
                case ["refuse", account_id, action]:
                    bridge.refuse(account_id, action)
                case ["delay", seconds]:
                    bridge.delay_s = float(seconds)
                case _:
                    _say(f"unknown command: {line.strip()}")
                    continue
            _say("done")
        server.stop()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve a simulated AWS organization over HTTP.")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(parser.parse_args().port)
