"""Mail over real SMTP: delivered once, refused for certain, or unknown and said so."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from orgaudit.deliver import message
from orgaudit.deliver import smtp as transport
from orgaudit.deliver.ledger import FILE_NAME, Key, Ledger
from orgaudit.deliver.units import Units
from orgaudit.errors import BundleError, ConfigError
from orgaudit.evidence import bundle
from orgaudit.model.settings import Delivery
from orgaudit.pipeline.parcel import SealedBundle
from tests.deliver.conftest import NAME, Desk, to
from tests.deliver.server import MailServer, certificate, mail_server


def test_a_mail_is_sent_once(desk: Desk, server: MailServer, smtp: Delivery) -> None:
    assert desk.states(smtp) == ["sent"]
    assert desk.states(smtp) == ["already"]
    (mail,) = server.received
    assert (mail["From"], mail["To"]) == ("orgaudit@example.com", "audit@example.com")
    assert mail["Subject"].startswith("[orgaudit] Example Holding AG CIS monitoring, as at 2026-11-23: ")
    assert [part.get_content_type() for part in mail.walk()][1:4] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    for part in mail.iter_attachments():
        assert part.get_content() == (desk.folder / str(part.get_filename())).read_bytes()
    assert [part.get_filename() for part in mail.iter_attachments()] == ["report.pdf", "workbook.xlsx", "results.json"]


def test_sending_again_is_asked_for_and_keeps_the_message_id(desk: Desk, server: MailServer, smtp: Delivery) -> None:
    assert [desk.states(smtp), desk.states(smtp, resend=True)] == [["sent"], ["again"]]
    first, second = server.received
    assert first["Message-ID"] == second["Message-ID"]


def test_one_address_is_one_recipient_however_it_is_written(desk: Desk, server: MailServer, smtp: Delivery) -> None:
    assert desk.states(to(smtp, "Audit@Example.com", "The auditors <audit@example.com>")) == ["sent", "already"]
    assert len(server.received) == 1


def test_451_then_success(desk: Desk, server: MailServer, smtp: Delivery) -> None:
    server.data += ["451 try again later", "451 still busy"]
    assert desk.states(smtp) == ["sent"]
    assert len(server.received) == 3
    assert [line for line in desk.said if "451 try again later; trying again" in line]


def test_451_for_ever_is_left_to_a_later_send(desk: Desk, server: MailServer, smtp: Delivery) -> None:
    server.recipients["audit@example.com"] = ["451 greylisted"] * 4
    (refused,) = desk.send(smtp)
    assert (refused.state, "451 greylisted" in refused.detail) == ("refused", True)
    assert server.received == []
    assert desk.states(smtp) == ["sent"]


def test_550_is_not_tried_again_by_itself(desk: Desk, server: MailServer, smtp: Delivery) -> None:
    server.data.append("550 no such policy")
    assert desk.states(smtp) == ["refused"]
    assert len(server.received) == 1


def test_a_connection_lost_after_data_is_never_sent_twice_by_itself(
    desk: Desk, server: MailServer, smtp: Delivery
) -> None:
    server.data.append("lost")
    (unknown,) = desk.send(smtp)
    assert (unknown.state, unknown.delivered) == ("unknown", False)
    assert "may have arrived" in unknown.detail
    assert desk.states(smtp) == ["unknown"]
    assert len(server.received) == 1
    assert desk.states(smtp, resend=True) == ["again"]
    assert len(server.received) == 2
    assert desk.states(smtp) == ["already"]


def test_a_crash_between_pending_and_sent_is_unknown(
    desk: Desk, server: MailServer, smtp: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(transport, "send", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.send(smtp)
    (unknown,) = desk.send(smtp)
    assert (unknown.state, "broken off" in unknown.detail) == ("unknown", True)
    assert server.received == []
    assert desk.states(smtp, resend=True) == ["again"]


def test_each_recipient_stands_alone(desk: Desk, server: MailServer, smtp: Delivery) -> None:
    server.recipients["left@example.com"] = ["550 has left"]
    three = to(smtp, "one@example.com", "left@example.com", "two@example.com")
    assert desk.states(three) == ["sent", "refused", "sent"]
    assert desk.states(three) == ["already", "sent", "already"]
    assert [str(mail["To"]) for mail in server.received] == ["one@example.com", "two@example.com", "left@example.com"]


def test_starttls_and_login(desk: Desk, smtp: Delivery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    with mail_server(context, password="s3cret") as server:
        safe = replace(
            smtp, host="localhost", port=server.port, starttls=True, username="orgaudit", password_env="MAIL_PASSWORD"
        )
        assert desk.states(safe) == ["sent"]
        assert server.encrypted == [True]
        monkeypatch.setenv("MAIL_PASSWORD", "wrong")
        (refused,) = desk.send(to(safe, "other@example.com"))
        assert refused.state == "refused"
        assert not [word for word in ("535", 'login of "orgaudit"', "MAIL_PASSWORD") if word not in refused.detail], (
            refused.detail
        )
        (clear,) = desk.send(replace(to(safe, "third@example.com"), starttls=False, username=""))
        assert (clear.state, "STARTTLS" in clear.detail) == ("refused", True)
        assert len(server.received) == 1
    assert "s3cret" not in (desk.folder.parent / FILE_NAME).read_bytes().decode("latin-1")


def test_a_password_that_no_login_carries_is_told_without_it(
    desk: Desk, smtp: Delivery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    monkeypatch.setenv("MAIL_PASSWORD", "gehe\u00efm")
    with mail_server(context, password="s3cret") as server:
        safe = replace(smtp, host="localhost", port=server.port, starttls=True, username="me")
        (refused,) = desk.send(replace(safe, password_env="MAIL_PASSWORD"))
    assert (refused.state, "ASCII only" in refused.detail) == ("refused", True)
    assert "gehe" not in refused.detail


@pytest.mark.parametrize("answers", [b"", b"220 hello\r\n", b"220 hello\r\n250 ok\r\n250 " + b"x" * 10_000 + b"\r\n"])
def test_a_server_that_breaks_off_or_babbles_got_no_mail(desk: Desk, smtp: Delivery, answers: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, suppress(ConnectionError):  # whoever hangs up amid an answer resets the connection
                connection.sendall(answers)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1000):
                    pass

        serving = threading.Thread(target=serve)
        serving.start()
        (refused,) = desk.send(replace(smtp, port=listening.getsockname()[1]))
        serving.join()
    assert refused.state == "refused"


def test_tls_from_the_start(desk: Desk, smtp: Delivery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(ssl_context=context) as server:
        monkeypatch.setattr(transport, "IMPLICIT_TLS_PORT", server.port)
        assert desk.states(replace(smtp, host="localhost", port=server.port, starttls=True)) == ["sent"]
        assert server.encrypted == [True]


def test_nothing_is_sent_in_the_clear_or_to_a_stranger(desk: Desk, server: MailServer, smtp: Delivery) -> None:
    (refused,) = desk.send(replace(smtp, starttls=True))
    assert (refused.state, "offers no STARTTLS" in refused.detail) == ("refused", True)
    assert server.received == []


def test_a_certificate_nobody_vouches_for(desk: Desk, smtp: Delivery, tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    with mail_server(context) as server:
        (refused,) = desk.send(replace(smtp, host="localhost", port=server.port, starttls=True))
    assert (refused.state, "not trusted" in refused.detail, "SSL_CERT_FILE" in refused.detail) == (
        "refused",
        True,
        True,
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid", "x" * 70 + ".example.com"])
def test_an_unreachable_host(desk: Desk, smtp: Delivery, host: str) -> None:
    (refused,) = desk.send(replace(smtp, host=host, port=9, starttls=True))
    assert refused.state == "refused"
    assert not [word for word in (f"{host}:9", "cannot be reached", "host and port") if word not in refused.detail]


def test_a_missing_password_is_told_before_anything_is_sent(
    desk: Desk, server: MailServer, smtp: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_VARIABLE", raising=False)
    with pytest.raises(ConfigError, match=r'deliver\[2\]\.password_env = "NO_SUCH_VARIABLE".*not set'):
        desk.send(smtp, replace(smtp, username="me", password_env="NO_SUCH_VARIABLE"))
    assert server.received == []


@pytest.mark.parametrize(
    ("pdf", "workbook", "attached"),
    [
        (2_000_000, 30_000_000, ["report.pdf"]),
        (30_000_000, 1_000, []),
        (1_000_000, 1_000_000, ["report.pdf", "workbook.xlsx", "results.json"]),
    ],
)
def test_what_is_over_the_budget_is_left_out_and_said(
    seal: Callable[..., Desk], server: MailServer, smtp: Delivery, pdf: int, workbook: int, attached: list[str]
) -> None:
    desk = seal({"report.pdf": b"%" * pdf, "workbook.xlsx": b"P" * workbook})
    assert desk.states(smtp) == ["sent"]
    (mail,) = server.received
    assert [part.get_filename() for part in mail.iter_attachments()] == attached
    assert sum(len(part.get_content()) for part in mail.iter_attachments()) <= message.BUDGET
    body = mail.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    for name in {"report.pdf", "workbook.xlsx", "results.json"} - set(attached):
        assert f"{name}, " in text
        assert bundle.digest(desk.folder / name) in text
    if len(attached) < 3:
        assert "not attached: attachments of one mail may have 7.0 MB together" in text
        assert str(desk.folder).replace(" ", "") in text.replace(" ", "")


def test_a_dry_run_writes_the_mail_and_leaves_no_trace(desk: Desk, server: MailServer, smtp: Delivery) -> None:
    (draft,) = desk.send(smtp, dry_run=True)
    assert Path(draft.detail) == desk.folder.parent / "outbox" / NAME / "all" / "audit@example.com.eml"
    assert Path(draft.detail).read_bytes().startswith(b"From: orgaudit@example.com\r\n")
    assert server.received == []
    assert not (desk.folder.parent / FILE_NAME).exists()
    assert desk.states(smtp) == ["sent"]


def test_an_unfinished_bundle_is_not_sent(desk: Desk, server: MailServer, smtp: Delivery) -> None:
    (desk.folder / bundle.MANIFEST).unlink()
    (desk.folder / bundle.EVIDENCE).write_bytes(b"")
    with pytest.raises(BundleError, match="unfinished.*run --resume"):
        desk.send(smtp)
    assert server.received == []


@pytest.mark.parametrize("name", ["report.pdf", bundle.SUMS])
def test_a_bundle_that_was_changed_is_not_sent(desk: Desk, server: MailServer, smtp: Delivery, name: str) -> None:
    (desk.folder / name).write_bytes(b"%PDF-1.7 better")
    with pytest.raises(BundleError, match=f"{name}: changed since the bundle was sealed"):
        desk.send(smtp)
    assert server.received == []


def test_the_ledger_outlives_the_command_and_names_what_was_sent(
    desk: Desk, server: MailServer, smtp: Delivery
) -> None:
    desk.send(smtp)
    ledger = Ledger(desk.folder.parent / FILE_NAME)
    rows = [dict(row) for row in ledger._connection.execute("SELECT * FROM deliveries")]
    (row,) = rows
    assert (row["bundle"], row["channel"], row["state"], row["recipient"]) == (
        NAME,
        "smtp",
        "sent",
        "audit@example.com",
    )
    assert bundle.digest(desk.folder / "report.pdf") in row["files"]
    entry = ledger.last(Key(bundle.digest(desk.folder / bundle.MANIFEST), "[]", "audit@example.com"))
    assert entry is not None
    assert entry.ended_at == "2026-11-23T12:00:00Z"
    ledger.close()


def test_files_of_a_unit_that_are_too_big_are_kept_beside_the_bundles(desk: Desk) -> None:
    """They are in no bundle, so somebody has to keep what the mail could not carry."""
    sealed = SealedBundle(desk.folder)
    whole = sealed.whole()
    parcel = replace(whole, units=Units(("Root/Workloads/Prod",)))
    kept = sealed.keep(parcel, ["workbook.xlsx"])
    assert kept.parent == desk.folder.parent / "outbox" / NAME
    assert (kept / "workbook.xlsx").read_bytes() == (desk.folder / "workbook.xlsx").read_bytes()
    assert sealed.keep(whole, ["workbook.xlsx"]) == desk.folder.resolve()
