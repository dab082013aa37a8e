"""An endpoint on the loopback that answers what a test tells it, and an asker that leads there."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from botocore.credentials import ReadOnlyCredentials

from orgaudit.aws.asking import Asker, Patience
from orgaudit.aws.session import Clients
from orgaudit.evidence.masking import Mask

SWIFT = Patience(first_wait_s=0.001, longest_wait_s=0.005)


@dataclass(frozen=True)
class Question:
    """A request as it arrived."""

    key: str
    """The access key that signed it."""
    operation: str
    body: str


@dataclass(frozen=True)
class Reply:
    """What to answer. ``announced``: the length that the header claims."""

    body: str
    status: int = 200
    announced: int | None = None


@dataclass
class Endpoint:
    """Answers by ``reply``, and remembers what was asked."""

    url: str = ""
    reply: Callable[[Question], Reply] = lambda _: Reply("{}")
    asked: list[Question] = field(default_factory=list)

    def replies(self, *replies: Reply) -> None:
        """Answer with these, one after the other; the last one again and again."""
        waiting = list(replies)
        self.reply = lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]


class Keys:
    """Credentials of one account, which may be renewed."""

    def __init__(self, key: str = "AKIA100000000001") -> None:
        self.key, self.renewals = key, 0

    def frozen(self) -> ReadOnlyCredentials:
        return ReadOnlyCredentials(self.key, "secret", None)

    def renew(self) -> None:
        self.renewals += 1


@contextmanager
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The endpoint, and an AWS environment that leads there and nowhere else."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            signed = re.search(r"Credential=([^/]+)/", self.headers["Authorization"] or "")
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            named = re.search(r"Action=(\w+)", body)
            question = Question(signed[1] if signed else "", target or (named[1] if named else ""), body)
            endpoint.asked.append(question)
            reply = endpoint.reply(question)
            content = reply.body.encode()
            self.send_response_only(reply.status)
            self.send_header("Date", formatdate(usegmt=True))
            self.send_header("x-amzn-RequestId", "request-1")
            self.send_header("Content-Length", str(reply.announced or len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = reply.announced is not None

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 512  # as many as may ask at once, and none is turned away

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}"
    lead(monkeypatch, endpoint.url)
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def lead(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """An environment whose credentials and endpoint are these."""
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIA100000000001",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": "nowhere",
        "AWS_SHARED_CREDENTIALS_FILE": "nowhere",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


def asker(connections: int = 1, patience: Patience = SWIFT) -> Asker:
    """An asker by the environment; does not wait long between attempts."""
    return Asker(Clients(connections), Mask(bytes(32)), patience=patience)
