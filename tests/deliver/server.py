"""A mail server on loopback that does what a test tells it to, and the certificate it shows."""

import asyncio
import datetime
import email
import email.policy
import ipaddress
import socket
import ssl
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[[str], str]


@dataclass
class MailServer:
    """What it is told to answer, and what it received."""

    data: list[str] = field(default_factory=list)
    """Answers to the next mails, one each; ``lost`` takes the mail and breaks the connection. Then 250."""
    recipients: dict[str, list[str]] = field(default_factory=dict)
    """Answers to the next RCPT of an address, one each. Then 250."""
    received: list[EmailMessage] = field(default_factory=list)
    """Every mail of which the whole content arrived, whatever was answered."""
    encrypted: list[bool] = field(default_factory=list)
    """Whether each of them came over TLS."""
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answers = self.recipients.get(address, [])
        answer = answers.pop(0) if answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)
        assert isinstance(content, EmailMessage)
        self.received.append(content)
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        answer = self.data.pop(0) if self.data else "250 queued as 1"
        if answer == "lost":
            server.transport.abort()
            await asyncio.sleep(0)
        return answer

    def to(self, address: str) -> list[EmailMessage]:
        """The mails for this address."""
        return [one for one in self.received if address in str(one["To"])]


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, password: str = "", **options: Any) -> Iterator[MailServer]:
    """A server for as long as the context lasts. tls: offers STARTTLS, and wants it. password: of every user."""
    listening = socket.create_server(("127.0.0.1", 0))
    handler = MailServer(port=listening.getsockname()[1])
    if tls:
        options |= {"tls_context": tls, "require_starttls": True}
    if password:
        options |= {"authenticator": _authenticator(password.encode()), "auth_required": True}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # aiosmtpd warns of what these tests are about
        controller = _Listening(listening, handler, data_size_limit=50_000_000, ready_timeout=300, **options)
        controller.start()
    try:
        yield handler
    finally:
        controller.stop()


class _Listening(Controller):
    """Serves a socket that is bound already: a port that was free a moment ago may be another's by now."""

    def __init__(self, listening: socket.socket, handler: MailServer, **options: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=handler.port, **options)
        self._listening = listening

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening, ssl=self.ssl_context)


def _authenticator(password: bytes) -> Callable[..., AuthResult]:
    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data.password == password, handled=False)

    return authenticate


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for ``localhost`` and 127.0.0.1, and the file by which a client can trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "trusted.pem", folder / "private.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trusted, private)
    return context, trusted
