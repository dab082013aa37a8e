"""No secret is in a bundle, whatever AWS answers: each is planted, then every byte is searched, inflated ones too."""

import logging
import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import pikepdf
import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from benchmarks.fake_aws import Answered, Asked, failure, serving
from benchmarks.fake_organization import FIRST, Organization
from orgaudit.cli.main import cli

SECRETS = {
    "own secret key": "PLANTEDownSecretKey0123456789",
    "own session token": "PLANTEDownToken0123456789",
    "role's secret key": "PLANTEDroleSecretKey0123456789",
    "role's session token": "PLANTEDroleToken0123456789",
    "external id": "PLANTEDexternalId0123456789",
    "mail password": "PLANTEDmailPassword",
    "account e-mail": "planted.owner",
    "subscriber's e-mail": "planted.security",
    "webhook": "PLANTEDT0B0webhook0123456789",
    "telephone": "4917055501",
    "URL with password": "PLANTEDurlPassword",
    "token in a description": "PLANTED0integration9key8",
    "token in an error": "PLANTED0error9token8",
}
ENDPOINTS = {
    "security@example.com": "planted.security@example.com",
    "second": "https://hooks.example.com/services/PLANTEDT0B0webhook0123456789",
    "third": "+491705550123",
    "fourth": "https://user:PLANTEDurlPassword@example.com/in",
}
CONFIGURATION = """
[organization]
external_id_env = "AUDIT_EXTERNAL_ID"

[[deliver]]
type = "smtp"
to = ["audit@example.com"]
sender = "orgaudit@example.com"
host = "127.0.0.1"
port = 9
starttls = false
username = "audit"
password_env = "AUDIT_MAIL_PASSWORD"
"""


def planted(asked: Asked, answer: Answered) -> Answered:
    """The fake's answers with a secret wherever AWS may have one."""
    account = int(asked.account) - FIRST
    if (account, asked.operation) == (4, "DescribeTrails"):
        told = "denied for planted.owner@example.com, see https://example.com/?token=PLANTED0error9token8"
        return failure(asked.service, "AccessDeniedException", message=told)
    body = answer.body.replace(b"owner+", b"planted.owner+")
    body = body.replace(b"<SecretAccessKey>secret<", b"<SecretAccessKey>PLANTEDroleSecretKey0123456789<")
    body = body.replace(b"<SessionToken>token<", b"<SessionToken>PLANTEDroleToken0123456789<")
    endpoint = list(ENDPOINTS.values())[account % len(ENDPOINTS)]
    body = body.replace(b"security@example.com", endpoint.encode())
    description = (
        b'"AlarmDescription": "call https://events.pagerduty.com/integration/PLANTED0integration9key8/enqueue", '
    )
    return Answered(body.replace(b'"AlarmName"', description + b'"AlarmName"'))


@pytest.fixture(scope="module")
def told_and_out(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "audit.toml").write_text(CONFIGURATION, encoding="utf-8")
    with serving(Organization(5), planted) as url, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": f"AKIA{FIRST}",
            "AWS_SECRET_ACCESS_KEY": SECRETS["own secret key"],
            "AWS_SESSION_TOKEN": SECRETS["own session token"],
            "AWS_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AUDIT_EXTERNAL_ID": SECRETS["external id"],
            "AUDIT_MAIL_PASSWORD": SECRETS["mail password"],
        }.items():
            patch.setenv(name, value)
        command = ["run", "-c", str(folder / "audit.toml"), "--out", str(folder / "out")]
        with logged() as log:
            answer = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert answer.exit_code in (1, 4), answer.output
    return answer.output + log.getvalue(), folder / "out"


@contextmanager
def logged() -> Iterator[StringIO]:
    """What is logged for whoever watches a run closely."""
    log, logger = StringIO(), logging.getLogger("orgaudit")
    handler, level = logging.StreamHandler(log), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def contents(file: Path) -> Iterator[tuple[str, bytes]]:
    """Every text that a file holds: as it is, and whatever is compressed in it."""
    content = file.read_bytes()
    yield file.name, content
    yield from inflated(file.name, content)
    if file.suffix == ".sqlite":
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for number, row in enumerate(connection.execute(f"SELECT * FROM {table}")):
                for value in row:
                    yield f"{file.name}, {table} {number}", plain(value)
        connection.close()


def plain(value: object) -> bytes:
    if isinstance(value, bytes):
        try:
            return zlib.decompress(value)
        except zlib.error:
            return value
    return str(value).encode()


def inflated(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    if is_zipfile(BytesIO(content)):
        with ZipFile(BytesIO(content)) as archive:
            yield from ((f"{name}/{part}", archive.read(part)) for part in archive.namelist())
    if content.startswith(b"%PDF"):
        yield f"{name}, text", "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).encode()
        with pikepdf.open(BytesIO(content)) as document:
            for number, part in enumerate(document.objects):
                if isinstance(part, pikepdf.Stream):
                    inner = part.read_bytes() if part.get("/Filter") in (None, "/FlateDecode") else b""
                    yield f"{name}, stream {number}", inner
                    yield from inflated(f"{name}, stream {number}", inner)


def test_what_was_planted_arrived(told_and_out: tuple[str, Path]) -> None:
    """Else nothing would be proved: what is masked left its mark, and the rest was asked for."""
    (database,) = told_and_out[1].glob("*/evidence.sqlite")
    held = b"\n".join(text for _, text in contents(database))
    for mark in (b"p***@example.com~", b"https://hooks.example.com/~", b"***23~", b"https://events.pagerduty.com/~"):
        assert mark in held
    assert b"https://example.com/~" in held  # the password's, and the error's


def test_no_secret_is_in_any_file(told_and_out: tuple[str, Path]) -> None:
    told, out = told_and_out
    texts = [("output", told.encode())]
    for file in out.rglob("*"):
        if file.is_file() and file.name != ".mask.key":
            texts += contents(file)
    assert {file for file, _ in texts} >= {
        "evidence.sqlite",
        "results.json",
        "workbook.xlsx",
        "report.pdf",
        "config.toml",
    }
    found = [(what, file) for what, secret in SECRETS.items() for file, text in texts if secret.encode() in text]
    assert found == []


def test_the_mask_key_is_in_no_bundle_and_for_its_owner_alone(told_and_out: tuple[str, Path]) -> None:
    key = told_and_out[1] / ".mask.key"
    assert key.stat().st_mode & 0o777 == 0o600
    for file in told_and_out[1].glob("*/*"):
        assert key.read_bytes() not in file.read_bytes()
        assert key.read_bytes().hex() not in file.read_text("latin-1")
