"""Two emulators of AWS, written independently of each other, get the same verdicts on the same accounts.

ministack lives in an environment of its own (`make tools`); where it is not installed the comparison is skipped.
"""

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError
from moto.iam.models import iam_backends
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from orgaudit.aws.collect import collect
from orgaudit.aws.organization import open_organization
from orgaudit.demo.moto_gaps import bridged_moto
from orgaudit.evaluation import assess
from orgaudit.evidence.masking import Mask
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.answers import frames_of
from orgaudit.model.calls import rfc3339
from orgaudit.model.frames import RunFacts
from orgaudit.model.settings import Config, Organization
from tests.conftest import ROOT
from tests.emulators.own_chains import CHAINS, REGION, ROLE, ClientOf, found_organization

MANAGEMENT = "123456789012"
TOOLS = Path(os.environ.get("ORGAUDIT_TOOLS") or ROOT / ".venv-tools")
ONCE = ClientConfig(retries={"total_max_attempts": 1}, connect_timeout=60, read_timeout=60)
SESSION = boto3.Session()
Rows = dict[tuple[str, str], tuple[str, str | None, str]]
"""By account name and control: result, broken link, reason code."""


def client_at(endpoint: str, service: str, key: str, secret: str = "secret") -> Any:
    return SESSION.client(
        service,
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=ONCE,
    )


@contextmanager
def moto() -> Iterator[tuple[str, ClientOf, dict[str, str]]]:
    """Endpoint, clients of any account, and the credentials of the management account."""
    with bridged_moto():
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        try:
            endpoint = "http://{}:{}".format(*server.get_host_and_port())
            keys: dict[str, Any] = {}

            def key_of(account_id: str) -> Any:
                if account_id not in keys:
                    keys[account_id] = iam_backends[account_id]["aws"].create_temp_access_key()
                return keys[account_id]

            def client_of(service: str, account_id: str) -> Any:
                key = key_of(account_id)
                return client_at(endpoint, service, key.access_key_id, key.secret_access_key)

            client_of("organizations", MANAGEMENT).create_organization(FeatureSet="ALL")
            caller = key_of(MANAGEMENT)
            yield (
                endpoint,
                client_of,
                {"AWS_ACCESS_KEY_ID": caller.access_key_id, "AWS_SECRET_ACCESS_KEY": caller.secret_access_key},
            )
        finally:
            server.stop()


@contextmanager
def ministack(folder: Path) -> Iterator[tuple[str, ClientOf, dict[str, str]]]:
    """The same; an access key of twelve digits is that account's."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    environment |= {"TMPDIR": str(folder), "HOME": str(folder)}
    script = Path(__file__).with_name("ministack_served.py")
    command = [str(TOOLS / "bin" / "python"), str(script), str(port)]
    with (folder / "ministack.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        _wait(process, endpoint, folder / "ministack.log")
        credentials = {"AWS_ACCESS_KEY_ID": MANAGEMENT, "AWS_SECRET_ACCESS_KEY": "secret"}
        yield endpoint, lambda service, account_id: client_at(endpoint, service, account_id), credentials
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """One that still is free when the server has started: below those that systems give to whoever asks for any."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
            return port


def _wait(process: "subprocess.Popen[bytes]", endpoint: str, log: Path) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        try:
            client_at(endpoint, "sts", MANAGEMENT).get_caller_identity()
        except (BotoCoreError, ClientError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"ministack does not answer: {log.read_text('utf-8')[-2000:]}")


def verdicts(emulator: Any, folder: Path) -> Rows:
    """What is collected of the organization and said of it, by account name."""
    endpoint, client_of, credentials = emulator
    names = {account: name for name, account in found_organization(client_of, MANAGEMENT).items()}
    config = Config(organization=Organization(role_name=ROLE))
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment.delenv(name)
        for name, value in {**credentials, "AWS_REGION": REGION, "AWS_ENDPOINT_URL": endpoint}.items():
            environment.setenv(name, value)
        access = open_organization(config, "run", Mask(bytes(32)))
        facts = RunFacts(
            id="run",
            started_at=rfc3339(datetime.now(UTC)),
            organization_id=access.organization_id,
            management_account_id=access.management_account_id,
            caller_account_id=access.caller_account_id,
        )
        store = EvidenceStore.create(folder / "evidence.sqlite", facts)
        try:
            collect(access, config, store)
            frames = frames_of(store.records(), facts, config)
        finally:
            access.close()
            store.close()
    return {
        (names[row["account_id"]], row["control"]): (row["result"], row["broken_link"], row["reason_code"])
        for row in assess(frames).rows
        if row["account_id"] in names
    }


@pytest.mark.skipif(
    not (TOOLS / "bin" / "ministack").exists(), reason="ministack is not installed: `make tools` installs it"
)
def test_two_emulators_get_the_same_verdicts(tmp_path: Path) -> None:
    """Those reasoned beforehand on security groups, and the same with the same reason on every other control.

    One test, so that each organization is built once however the tests are spread over processes.
    """
    rows: dict[str, Rows] = {}
    for name, started in (("moto", moto()), ("ministack", ministack(tmp_path))):
        (tmp_path / name).mkdir()
        with started as emulator:
            rows[name] = verdicts(emulator, tmp_path / name)
        told = {account: row[:2] for (account, key), row in rows[name].items() if key == "security_group_changes"}
        assert told == {account: (chain.result, chain.broken_link) for account, chain in CHAINS.items()}, name
    assert rows["ministack"] == rows["moto"]
