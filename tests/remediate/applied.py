"""An organization whose findings are repaired by the commands that orgaudit prints, run with the real AWS CLI."""

import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import boto3
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.sns.models import sns_backends

from orgaudit.demo import ACCOUNTS, EXTERNAL_ID, MANAGEMENT_ACCOUNT_ID, caller_environment
from orgaudit.demo.configuration import demo_configuration
from orgaudit.demo.moto_gaps import Bridge, bridged_moto
from orgaudit.demo.moto_gaps.sns import confirm_subscription
from orgaudit.demo.seeding import seed

ROOT = Path(__file__).parents[2]


def aws_cli() -> str | None:
    """The AWS CLI: of the tools' environment, else of this machine."""
    own = ROOT / ".venv-tools" / "bin" / "aws"
    return str(own) if own.exists() else shutil.which("aws")


@contextmanager
def quick_aws(folder: Path) -> Iterator[Path]:
    """A folder with an ``aws`` that answers at once, for as long as the context lasts."""
    program, socket = Path(__file__).with_name("quick_aws.py"), folder / "socket"
    python = Path(str(aws_cli())).resolve().parent / "python"
    with subprocess.Popen([python, program, socket]) as server:
        try:
            while not socket.exists():
                assert server.poll() is None, "the AWS CLI does not start"
                time.sleep(0.05)
            (folder / "aws").write_text(f'#!/bin/sh\nexec {sys.executable} -SE {program} {socket} "$@"\n')
            (folder / "aws").chmod(0o755)
            yield folder
        finally:
            server.terminate()


@dataclass(frozen=True)
class Served:
    """An organization served over HTTP from this process."""

    bridge: Bridge
    environment: Mapping[str, str]
    configuration: str

    def credentials(self, account_id: str) -> dict[str, str]:
        """Somebody who may change things in an account."""
        if account_id == MANAGEMENT_ACCOUNT_ID:
            return {}
        sts = boto3.client("sts", endpoint_url=self.environment["AWS_ENDPOINT_URL"], region_name="eu-central-1")
        role = f"arn:aws:iam::{account_id}:role/OrgAudit"
        assumed = sts.assume_role(RoleArn=role, RoleSessionName="repair", ExternalId=EXTERNAL_ID)["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": assumed["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": assumed["SecretAccessKey"],
            "AWS_SESSION_TOKEN": assumed["SessionToken"],
        }

    def run(self, script: Path, account_id: str, aws: Path) -> subprocess.CompletedProcess[str]:
        """Run one script in one account. aws: the folder that holds ``aws``."""
        path = f"{aws}{os.pathsep}{os.environ['PATH']}"
        environment = {**self.environment, **self.credentials(account_id), "PATH": path, "NOTIFY": "team@example.com"}
        return subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True, check=False)

    def confirm_subscriptions(self) -> None:
        """What the owners of the mailboxes do."""
        for account in list(sns_backends):
            for backend in list(sns_backends[account].values()):
                for arn in list(backend.subscriptions):
                    confirm_subscription(arn)


@contextmanager
def served(account_ids: Iterable[str] = ()) -> Iterator[Served]:
    """Serve the accounts, all by default."""
    wanted = set(account_ids)
    accounts = [account for account in ACCOUNTS if not wanted or account.id in wanted]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_", "ORGAUDIT_"))}
    with patch.dict(os.environ, kept, clear=True), bridged_moto() as bridge:
        seed(bridge, accounts)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        environment = {**kept, **caller_environment(), "AWS_ENDPOINT_URL": endpoint}
        with patch.dict(os.environ, environment):
            yield Served(bridge, environment, demo_configuration(accounts, datetime.now(UTC).date()))
        server.stop()
