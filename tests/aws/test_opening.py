"""The way in: one line that says what is wrong and what to do."""

import json
from pathlib import Path

import pytest

from orgaudit.aws.asking import Asker
from orgaudit.aws.organization import Access, open_organization
from orgaudit.errors import AccessError, ConfigError
from orgaudit.evidence.masking import Mask
from orgaudit.model.settings import Config, Organization
from tests.aws.scripted import SWIFT, Endpoint, Question, Reply, lead

IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::100000000001:user/auditor</Arn>"
    "<UserId>A</UserId><Account>100000000001</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
ANSWERS = {
    "GetCallerIdentity": Reply(IDENTITY),
    "DescribeOrganization": Reply('{"Organization": {"Id": "o-1", "MasterAccountId": "100000000001"}}'),
    "ListAccounts": Reply('{"Accounts": [{"Id": "100000000001", "State": "ACTIVE"}]}'),
}


def opened(config: Config | None = None) -> Access:
    access = open_organization(config or Config(), "run-1", Mask(bytes(32)), connections=1, patience=SWIFT)
    access.close()
    return access


def query_error(code: str) -> Reply:
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>so</Message></Error></ErrorResponse>"
    return Reply(body, 403)


def json_error(code: str) -> Reply:
    return Reply(json.dumps({"__type": code, "message": "so"}), 400)


def answering(endpoint: Endpoint, **changes: Reply) -> None:
    answers = ANSWERS | changes

    def reply(question: Question) -> Reply:
        return answers[question.operation]

    endpoint.reply = reply


def test_an_organization_that_answers(endpoint: Endpoint) -> None:
    answering(endpoint)
    access = opened()
    assert (access.organization_id, access.management_account_id) == ("o-1", "100000000001")
    assert (access.caller_account_id, access.partition, access.start_region) == (
        "100000000001",
        "aws",
        "eu-central-1",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"GetCallerIdentity": query_error("ExpiredToken")}, "expired: sign in again"),
        ({"GetCallerIdentity": query_error("InvalidClientTokenId")}, "does not accept the credentials"),
        ({"GetCallerIdentity": Reply("", 503)}, "cannot be reached"),
        ({"DescribeOrganization": json_error("AWSOrganizationsNotInUseException")}, "is not in an organization"),
        ({"DescribeOrganization": json_error("AccessDeniedException")}, "cannot be read from account 100000000001"),
        ({"ListAccounts": json_error("AccessDeniedException")}, "may not list the organization's accounts"),
        ({"ListAccounts": Reply('{"Accounts": []}')}, "lists no accounts"),
    ],
)
def test_what_stops_a_run_at_the_door(endpoint: Endpoint, changes: dict[str, Reply], words: str) -> None:
    answering(endpoint, **changes)
    with pytest.raises(AccessError) as refused:
        opened()
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    lead(monkeypatch, "http://127.0.0.1:9")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AccessError, match="no AWS credentials found"):
        opened()


def test_an_unknown_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    lead(monkeypatch, "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(AccessError, match="nobody"):
        opened()


def test_an_endpoint_that_is_not_there_shows_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the patience of a real run."""
    lead(monkeypatch, "http://127.0.0.1:9")
    waits_s: list[float] = []
    monkeypatch.setattr(Asker, "_sleep", lambda _, seconds: waits_s.append(seconds))
    with pytest.raises(AccessError, match="cannot be reached in eu-central-1"):
        open_organization(Config(), "run-1", Mask(bytes(32)), connections=1)
    assert 0 < sum(waits_s) < 30


def test_a_start_role_that_cannot_be_assumed(endpoint: Endpoint) -> None:
    answering(endpoint, AssumeRole=query_error("AccessDenied"))
    role = "arn:aws:iam::100000000009:role/Reader"
    with pytest.raises(AccessError, match=f"the role {role} cannot be assumed"):
        opened(Config(organization=Organization(start_role_arn=role)))
    with pytest.raises(ConfigError, match="expected the ARN of a role"):
        opened(Config(organization=Organization(start_role_arn="Reader")))


def test_an_external_id_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET_ANYWHERE", raising=False)
    with pytest.raises(ConfigError, match="NOT_SET_ANYWHERE"):
        opened(Config(organization=Organization(external_id_env="NOT_SET_ANYWHERE")))


@pytest.mark.parametrize("url", ["garbage", "http://[::1", "http://127.0.0.1:99999", "http://127.0.0.1:port"])
def test_an_endpoint_that_is_no_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    lead(monkeypatch, url)
    with pytest.raises(AccessError, match="Invalid endpoint.*AWS_ENDPOINT_URL"):
        opened()


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("credential_process = /nonexistent/program", "/nonexistent/program"),
        ("credential_process = echo nonsense", "Expecting value"),
        ("role_arn = arn:aws:iam::100000000009:role/Reader\nsource_profile = own", "AccessDenied"),
    ],
)
def test_a_profile_whose_credentials_cannot_be_had(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str, said: str
) -> None:
    answering(endpoint, AssumeRole=query_error("AccessDenied"))
    settings = tmp_path / "config"
    settings.write_text(
        f"[profile audit]\n{profile}\n[profile own]\naws_access_key_id = a\naws_secret_access_key = b\n", "utf-8"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(settings))
    monkeypatch.setenv("AWS_PROFILE", "audit")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AccessError, match=f"(?s)credentials cannot be used.*{said}.*Check AWS_PROFILE") as refused:
        opened()
    assert "\n" not in str(refused.value)
