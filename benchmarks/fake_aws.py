"""A fast stand-in for AWS: answers what the collector asks, for any number of accounts, and nothing else.

    python -m benchmarks.fake_aws --accounts 200 --latency-ms 20

serves on 127.0.0.1 until its standard input closes, and prints its port first. The asking account and the end of its
session are read off the access key (``ASIA``, the account id, milliseconds), region and service off the signature's
scope; signatures are not checked. Tests disturb it: see ``Disturbance``.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate

from benchmarks.fake_organization import FIRST, REGIONS, Organization

_SCOPE = re.compile(rb"Credential=(?:ASIA|AKIA)(\d{12})(\d*)/\d+/([a-z0-9-]+)/([a-z]+)/")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TARGET = re.compile(rb"\r\nx-amz-target: *[^\r]*\.([A-Za-z]+)\r", re.IGNORECASE)
_DATED = re.compile(rb"\r\nx-amz-date: *(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    account: str
    service: str
    operation: str
    region: str
    body: bytes
    dated: float
    """The time in its signature, seconds since 1970."""
    session_ends: float
    """Seconds since 1970; 0 for credentials without end."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes back."""

    body: bytes
    status: int = 200
    sent: int | None = None
    """So many bytes of the body are sent, then the connection is closed; None for all of it."""
    headers: bytes = b""
    """Further header lines, each with its end."""
    announced: int | None = None
    """The length that the header claims, where it is not the body's."""
    silent: bool = False
    """Nothing is sent, and the connection stays open."""
    reset: bool = False
    """Nothing is sent, and the connection is closed."""


Disturbance = Callable[[Asked, Answered], Answered]
"""What to answer instead."""


def failure(service: str, code: str, status: int = 400, message: str = "because") -> Answered:
    """An error as the service says it."""
    if service in {"sns", "sts"}:
        body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    else:
        body = json.dumps({"__type": code, "message": message})
    return Answered(body.encode(), status)


class Connection(asyncio.Protocol):
    """One client connection; each request is answered after the latency."""

    def __init__(self, organization: Organization, latency_s: float, disturb: Disturbance | None) -> None:
        self._organization, self._latency_s, self._disturb = organization, latency_s, disturb
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Answer once a request is complete; clients send one at a time."""
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[: head_end + 2]
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if len(self._buffer) < head_end + 4 + length:
            return
        body = self._buffer[head_end + 4 : head_end + 4 + length]
        self._buffer = self._buffer[head_end + 4 + length :]
        asyncio.get_running_loop().call_later(self._latency_s, self._send, self._answer(head, body))

    def _send(self, answer: Answered) -> None:
        if answer.silent or answer.reset:
            if answer.reset:
                self._transport.abort()
            return
        body = answer.body[: answer.sent]
        length = len(answer.body) if answer.announced is None else answer.announced
        self._transport.write(
            b"HTTP/1.1 %d S\r\nDate: %s\r\nx-amzn-RequestId: r\r\nContent-Length: %d\r\n%s\r\n%s"
            % (answer.status, formatdate(self._now(), usegmt=True).encode(), length, answer.headers, body)
        )
        if answer.sent is not None:
            self._transport.close()

    def _now(self) -> float:
        return time.time() + self._organization.ahead_s

    def _answer(self, head: bytes, body: bytes) -> Answered:
        asked = _asked(head, body)
        if asked.session_ends and self._now() > asked.session_ends:
            return failure(asked.service, "ExpiredToken" if asked.service == "sns" else "ExpiredTokenException")
        try:
            answer = Answered(
                self._organization.answer(asked.account, asked.service, asked.operation, body, asked.region)
            )
        except KeyError as error:
            answer = failure(asked.service, "UnknownOperationException", message=str(error))
        return self._disturb(asked, answer) if self._disturb else answer


def _asked(head: bytes, body: bytes) -> Asked:
    scope, dated = _SCOPE.search(head), _DATED.search(head)
    assert scope, head
    account, ends, region, service = (part.decode() for part in scope.groups())
    operation = _operation(head, body)
    at = datetime.strptime(dated[1].decode(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() if dated else 0
    return Asked(account, service, operation, region, body, at, int(ends or 0) / 1000)


def _operation(head: bytes, body: bytes) -> str:
    target = _TARGET.search(head)
    if target:
        return target[1].decode()
    if body.startswith(b"Action="):
        return body[7:].split(b"&", 1)[0].decode()
    return head.split(b" ", 2)[1].strip(b"/").decode()


async def serve(
    organization: Organization,
    latency_s: float,
    closed: asyncio.Event,
    tell_port: Callable[[int], None],
    disturb: Disturbance | None = None,
) -> None:
    """Serve until it is closed."""
    loop = asyncio.get_running_loop()
    connections: list[Connection] = []

    def connection() -> Connection:
        connections.append(Connection(organization, latency_s, disturb))
        return connections[-1]

    made = await loop.create_server(connection, "127.0.0.1", 0, backlog=512)
    tell_port(made.sockets[0].getsockname()[1])
    await closed.wait()
    made.close()
    for one in connections:
        one.close()
    await asyncio.sleep(0)


def leading_to(url: str) -> dict[str, str]:
    """The AWS settings of an environment that leads there, as the first account, and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": f"AKIA{FIRST}",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def serving(organization: Organization, disturb: Disturbance | None = None, latency_s: float = 0) -> Iterator[str]:
    """Serve from a thread of this process; gives the URL."""
    ports: list[int] = []
    started = threading.Event()
    loop, closed = asyncio.new_event_loop(), asyncio.Event()

    def tell_port(port: int) -> None:
        ports.append(port)
        started.set()

    work = serve(organization, latency_s, closed, tell_port, disturb)
    thread = threading.Thread(target=lambda: loop.run_until_complete(work), daemon=True)
    thread.start()
    started.wait()
    try:
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(closed.set)
        thread.join()
        loop.close()


async def _serve_until_closed(organization: Organization, latency_s: float, throttled: str) -> None:
    closed, loop = asyncio.Event(), asyncio.get_running_loop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(closed.set)), daemon=True).start()
    disturb = None
    if throttled:

        def disturb(asked: Asked, answer: Answered) -> Answered:
            return failure(asked.service, "ThrottlingException") if asked.account == throttled else answer

    await serve(organization, latency_s, closed, lambda port: print(port, flush=True), disturb)


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--organization-trail", action="store_true", help="members under one organization trail")
    parser.add_argument("--regions", type=int, default=len(REGIONS), help="how many of them answer")
    parser.add_argument("--latency-ms", type=float, default=20)
    parser.add_argument("--throttled", default="", help="an account whose every call is throttled")
    asked = parser.parse_args()
    organization = Organization(asked.accounts, not asked.organization_trail, asked.regions)
    asyncio.run(_serve_until_closed(organization, asked.latency_ms / 1000, asked.throttled))


if __name__ == "__main__":
    main()
