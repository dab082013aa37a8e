"""Amazon SES and S3, through moto over HTTP: the requests that boto3 really sends."""

import email
import email.policy
import http.server
import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.ses.models import ses_backends

from orgaudit.deliver.clients import NotListedError, client
from orgaudit.evidence import bundle
from orgaudit.model.settings import Delivery
from tests.deliver.conftest import NAME, NOW, Desk

SES = Delivery("ses", to=("audit@example.com", "second@example.com"), sender="orgaudit@example.com")
S3 = Delivery("s3", bucket="audit-evidence", prefix="orgaudit")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An AWS without anything in it."""
    settings = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "eu-central-1"}
    for name, value in {**settings, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()
    return endpoint


def service(name: Any) -> Any:
    """A client of the test's own."""
    return boto3.client(name, region_name="eu-central-1")


def bucket(*, lock: bool = False) -> Any:
    s3 = service("s3")
    s3.create_bucket(
        Bucket=S3.bucket,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        ObjectLockEnabledForBucket=lock,
    )
    return s3


def sent_by_ses() -> list[EmailMessage]:
    """The messages that the served SES, which lives in this process, was given."""
    held = ses_backends["123456789012"]["eu-central-1"].sent_messages
    parsed = [email.message_from_string(one.raw_data, policy=email.policy.default) for one in held]
    return [one for one in parsed if isinstance(one, EmailMessage)]


def test_ses_gets_the_whole_message_once_for_each_recipient(desk: Desk, aws: str) -> None:
    service("sesv2").create_email_identity(EmailIdentity="orgaudit@example.com")
    outcomes = desk.send(SES)
    assert [one.state for one in outcomes] == ["sent", "sent"], outcomes
    assert all("SES message id" in one.detail for one in outcomes)
    assert desk.states(SES) == ["already", "already"]
    first, second = sent_by_ses()
    assert (first["To"], second["To"]) == SES.to
    for part in first.iter_attachments():
        assert part.get_content() == (desk.folder / str(part.get_filename())).read_bytes()


def test_ses_refuses_a_sender_that_is_not_verified(desk: Desk, aws: str) -> None:
    outcomes = desk.send(SES)
    assert [one.state for one in outcomes] == ["refused", "refused"]
    assert "verify the sender's identity" in outcomes[0].detail


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, *answers: tuple[int, str] | None) -> Iterator[list[str]]:
    """An endpoint that gives these answers one after the other; None takes the request and hangs up."""
    asked: list[str] = []
    left = list(answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802 - http.server's name
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.path)
            answer = left.pop(0) if left else (200, "")
            if answer is None:
                self.connection.close()
                return
            status, code = answer
            body = json.dumps({"MessageId": "1"} if status == 200 else {"message": "said so"}).encode()
            self.send_response(status)
            self.send_header("x-amzn-ErrorType", code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except (OSError, ValueError):  # the connection was closed on purpose
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()


ONE = replace(SES, to=("audit@example.com",))


def test_ses_throttling_is_tried_again(desk: Desk, aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch, (429, "TooManyRequestsException"), (400, "ThrottlingException")) as asked:
        assert desk.states(ONE) == ["sent"]
    assert len(asked) == 3


def test_ses_without_an_answer_is_unknown_and_asked_once(desk: Desk, aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch, None) as asked:
        (unknown,) = desk.send(ONE)
        assert (unknown.state, "may have been taken" in unknown.detail) == ("unknown", True)
        assert desk.states(ONE) == ["unknown"]
        assert len(asked) == 1
        assert desk.states(ONE, resend=True) == ["again"]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((500, "InternalFailure"), "unknown"),
        ((503, "ServiceUnavailable"), "unknown"),
        ((403, "AccessDeniedException"), "refused"),
        ((400, "SendingPausedException"), "refused"),
    ],
)
def test_ses_what_is_definite(
    desk: Desk, aws: str, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, str], state: str
) -> None:
    with answering(monkeypatch, answer) as asked:
        assert desk.states(ONE) == [state]
    assert len(asked) == 1


def test_ses_out_of_reach_is_not_sent(desk: Desk, aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    (refused,) = desk.send(ONE)
    assert (refused.state, "cannot be asked" in refused.detail) == ("refused", True)


def test_s3_holds_the_whole_bundle_byte_by_byte(desk: Desk, aws: str) -> None:
    s3 = bucket()
    (done,) = desk.send(S3)
    assert (done.state, done.detail) == ("sent", "6 files uploaded, 0 there already")
    assert done.recipient == f"s3://audit-evidence/orgaudit/{NAME}/"
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=S3.bucket)["Contents"]]
    assert keys == sorted(f"orgaudit/{NAME}/{path.name}" for path in desk.folder.iterdir())
    for path in desk.folder.iterdir():
        held = s3.get_object(Bucket=S3.bucket, Key=f"orgaudit/{NAME}/{path.name}", ChecksumMode="ENABLED")
        assert held["Body"].read() == path.read_bytes()
        assert held["ChecksumSHA256"]
    assert desk.states(S3) == ["already"]
    (again,) = desk.send(S3, resend=True)
    assert (again.state, again.detail) == ("again", "0 files uploaded, 6 there already")


def test_s3_gets_nothing_that_was_put_into_the_bundle_later(desk: Desk, aws: str) -> None:
    s3 = bucket()
    (desk.folder / "notes").mkdir()
    (desk.folder / "private.txt").write_text("not for the auditor")
    assert desk.states(S3) == ["sent"]
    keys = {one["Key"].rpartition("/")[2] for one in s3.list_objects_v2(Bucket=S3.bucket)["Contents"]}
    assert keys == {path.name for path in desk.folder.iterdir()} - {"notes", "private.txt"}


def test_s3_leaves_other_content_as_it_is(desk: Desk, aws: str) -> None:
    s3 = bucket()
    key = f"orgaudit/{NAME}/report.pdf"
    s3.put_object(Bucket=S3.bucket, Key=key, Body=b"somebody else's", ChecksumAlgorithm="SHA256")
    (refused,) = desk.send(S3)
    assert refused.state == "refused"
    assert not [word for word in (key, "other content", "left as it is", "prefix") if word not in refused.detail]
    assert s3.get_object(Bucket=S3.bucket, Key=key)["Body"].read() == b"somebody else's"
    held = [one["Key"].rpartition("/")[2] for one in s3.list_objects_v2(Bucket=S3.bucket)["Contents"]]
    assert bundle.MANIFEST not in held, "what was broken off must not look finished"


def test_s3_locks_for_as_long_as_it_is_told(desk: Desk, aws: str) -> None:
    s3 = bucket(lock=True)
    (done,) = desk.send(replace(S3, retain_days=36_000))
    assert (done.state, "kept until 2125-06-17" in done.detail) == ("sent", True)
    kept = s3.head_object(Bucket=S3.bucket, Key=f"orgaudit/{NAME}/manifest.json")
    assert (kept["ObjectLockMode"], kept["ObjectLockRetainUntilDate"]) == ("GOVERNANCE", NOW + timedelta(days=36_000))
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=S3.bucket, Key=f"orgaudit/{NAME}/manifest.json", VersionId=kept["VersionId"])


def test_s3_a_lock_on_a_bucket_without_one_is_told(desk: Desk, aws: str) -> None:
    bucket()
    (refused,) = desk.send(replace(S3, retain_days=1))
    assert refused.state == "refused"
    assert not [word for word in ("Object Lock", "retain_days") if word not in refused.detail]


def test_s3_no_such_bucket(desk: Desk, aws: str) -> None:
    (refused,) = desk.send(S3)
    assert refused.state == "refused"
    assert not [word for word in ("NoSuchBucket", "check bucket") if word not in refused.detail]
    bucket()
    assert desk.states(S3) == ["sent"]


def test_a_mail_over_the_budget_names_the_place_in_s3(desk: Desk, aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the order in the configuration: files first, then the mails that speak of them."""
    bucket()
    monkeypatch.setattr("orgaudit.pipeline.sending.BUDGET", 5)
    (_, draft) = desk.send(S3, ONE, dry_run=True)
    assert draft.state == "draft"
    with answering(monkeypatch) as asked:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", aws)
        assert [one.channel for one in desk.send(ONE, S3)] == ["s3", "ses"]
    assert len(asked) == 1


def test_nothing_but_the_second_list_can_be_called(aws: str) -> None:
    with pytest.raises(NotListedError, match="s3:DeleteObject"):
        client("s3", attempts=1).delete_object(Bucket="b", Key="k")


@pytest.mark.parametrize("url", ["garbage", "http://h:port"])
def test_an_endpoint_that_is_no_url_is_not_sent(
    desk: Desk, aws: str, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    assert {one.state for one in desk.send(SES, S3)} == {"refused"}
