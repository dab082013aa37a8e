"""Delivery as a user sees it: the demo's bundle, sent through a mail server to readers of single units."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orgaudit.deliver.units import Units
from orgaudit.evidence import bundle
from orgaudit.pipeline import Finished
from orgaudit.pipeline.derivation import judged, view_of
from orgaudit.pipeline.parcel import AtHand, SealedBundle
from orgaudit.pipeline.sending import Outcome
from tests.conftest import DemoRun, Told, orgaudit
from tests.deliver.server import MailServer, mail_server
from tests.deliver.test_scope import ids_in

UNITS = {"prod@example.com": "Root/Workloads/Prod/Payments", "security@example.com": "Root/Security"}


def delivery(port: int, to: str, *lines: str) -> str:
    settings = [f'to = ["{to}"]', 'sender = "orgaudit@example.com"', 'host = "127.0.0.1"', f"port = {port}", *lines]
    return "\n".join(["[[deliver]]", 'type = "smtp"', *settings, ""])


@dataclass(frozen=True)
class Sent:
    """A first and a second `send` of the same bundle."""

    bundle: Path
    server: MailServer
    first: Told
    second: Told
    mails: list[int]
    """After the first, and after the second."""
    before: dict[str, str]
    """Hashes of the bundle's files before anything was sent."""


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: bundle.digest(path) for path in folder.iterdir()}


@pytest.fixture(scope="module")
def sent(demo_run: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    config = tmp_path_factory.mktemp("delivery") / "mail.toml"
    with mail_server() as server:
        units = [delivery(server.port, to, f'ous = ["{unit}"]', "starttls = false") for to, unit in UNITS.items()]
        config.write_text(delivery(server.port, "audit@example.com", "starttls = false") + "".join(units), "utf-8")
        before = hashes(demo_run.bundle)
        first = orgaudit("send", demo_run.bundle, "-c", config)
        mails = [len(server.received)]
        second = orgaudit("send", demo_run.bundle, "-c", config)
        mails.append(len(server.received))
        yield Sent(demo_run.bundle, server, first, second, mails, before)


def test_everybody_gets_one_mail(sent: Sent) -> None:
    assert (sent.first.code, sent.mails[0]) == (0, 3), sent.first.err
    assert sent.first.out.count("sent: ") == 3
    assert [str(mail["To"]) for mail in sent.server.received[:3]] == ["audit@example.com", *UNITS]


def test_a_second_send_sends_nothing(sent: Sent) -> None:
    assert (sent.second.code, sent.mails) == (0, [3, 3])
    assert sent.second.out.count("sent before: ") == 3


def test_the_bundle_is_as_it_was(sent: Sent) -> None:
    assert hashes(sent.bundle) == sent.before
    assert (sent.bundle.parent / "deliveries.sqlite").is_file()


@pytest.mark.parametrize(("to", "unit"), UNITS.items())
def test_no_mail_names_an_account_of_another_unit(sent: Sent, to: str, unit: str) -> None:
    """But for the accounts that own a link of the chains: the organization trail's, and its log group's."""
    whole: dict[str, Any] = json.loads((sent.bundle / "results.json").read_text("utf-8"))
    paths = {one["account_id"]: f"{one['ou_path']}/" for one in whole["population"]["accounts"]}
    mine = {account for account, path in paths.items() if path.startswith(f"{unit}/")}
    (mail,) = sent.server.to(to)
    files = {str(part.get_filename()): part.get_content() for part in mail.iter_attachments()}
    assert set(files) == {"report.pdf", "workbook.xlsx", "results.json"}
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        files[kind] = body.get_content().encode()
    found = ids_in({**files, "headers": str(mail.items()).encode()}).keys() & paths.keys()
    chain = {whole["run"]["management_account_id"], "200000000001"}
    assert found - mine <= chain
    assert mine <= found


def test_a_run_and_a_later_send_make_the_same_files(demo_run: DemoRun) -> None:
    """What a run has at hand, and what is read back from its bundle, give equal bytes."""
    assessment = judged(demo_run.bundle)
    at_hand = AtHand(assessment.document(), assessment.frames, view_of(assessment, demo_run.bundle))
    made = []
    for known in (at_hand, None):
        with SealedBundle(demo_run.bundle, known).part(Units(("Root/Acquired",))) as parcel:
            made.append({name: file.sha256 for name, file in parcel.files.items()})
    assert made[0] == made[1]
    assert "report.pdf" in made[0]


def test_a_dry_run_answers_with_paths(sent: Sent, tmp_path: Path) -> None:
    config = tmp_path / "mail.toml"
    config.write_text(delivery(25, "other@example.com"), "utf-8")
    before = len(sent.server.received)
    told = orgaudit("send", sent.bundle, "-c", config, "--dry-run")
    assert told.code == 0, told.err
    assert Path(told.last_line).name == "other@example.com.eml"
    assert len(sent.server.received) == before


def test_sending_again_says_so(sent: Sent, tmp_path: Path) -> None:
    config = tmp_path / "mail.toml"
    config.write_text(delivery(sent.server.port, "audit@example.com", "starttls = false"), "utf-8")
    told = orgaudit("send", sent.bundle, "-c", config, "--resend")
    assert (told.code, "sent again: audit@example.com" in told.out) == (0, True), told.err


@pytest.mark.parametrize(
    ("lines", "code", "words"),
    [
        (['username = "me"', 'password_env = "NO_SUCH_PASSWORD"'], 2, ["deliver[1].password_env", "not set"]),
        (['username = "me"'], 2, ["deliver[1].password_env", "variable"]),
        (['ous = ["Root/Nowhere"]'], 2, ["deliver[1].ous", "Root/Nowhere", "Root/Workloads/Prod"]),
        (["starttls = false", 'username = ""'], 5, ["cannot be reached", "host and port"]),
    ],
)
def test_wrong_settings_are_told(sent: Sent, tmp_path: Path, lines: list[str], code: int, words: list[str]) -> None:
    config = tmp_path / "mail.toml"
    config.write_text(delivery(9, "wrong@example.com", *lines), "utf-8")
    told = orgaudit("send", sent.bundle, "-c", config)
    assert told.code == code, told.err
    said = " ".join((told.out + told.err).split())
    assert not [word for word in words if word not in said], said
    assert "Traceback" not in said


def test_nothing_to_deliver_is_said(sent: Sent) -> None:
    told = orgaudit("send", sent.bundle)
    assert (told.code, told.out) == (0, "")
    assert "no [[deliver]]" in told.err


@pytest.mark.parametrize(
    ("rows", "states", "code"),
    [
        ([("PASS", "")], ["sent", "already"], 0),
        ([("PASS", "")], ["sent", "unknown"], 5),
        ([("PASS", ""), ("NOT_EVALUATED", "")], ["refused"], 4),
        ([("FAIL", "OPEN"), ("NOT_EVALUATED", "")], ["refused"], 1),
        ([("FAIL", "WAIVED")], ["refused"], 5),
    ],
)
def test_a_failed_delivery_counts_last(rows: list[tuple[str, str]], states: list[str], code: int) -> None:
    judged: Any = SimpleNamespace(
        rows=[{"section": "5.1", "result": result, "disposition": disposition} for result, disposition in rows]
    )
    view: Any = None
    outcomes = tuple(Outcome("smtp", "a@example.com", Units(), state, "") for state in states)
    assert Finished(Path(), judged, view, deliveries=outcomes).exit_code == code
