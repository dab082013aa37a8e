"""Assumed roles: renewed before they end, limited by policy, recorded without their secrets."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from orgaudit.aws.actions import session_policy
from orgaudit.aws.identity import AssumedRole, role_call
from orgaudit.aws.outcomes import CallError
from orgaudit.model.calls import Outcome
from tests.aws.scripted import Endpoint, Keys, Question, Reply, asker

CALL = role_call("aws", "100000000002", "OrgAudit", "eu-central-1", "run-1")
REFUSED = Reply("<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>", 403)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def sessions(endpoint: Endpoint) -> None:
    """Each AssumeRole gives a further key, that lasts as long as was asked for."""

    def reply(question: Question) -> Reply:
        lifetime_s = int(parse_qs(question.body)["DurationSeconds"][0])
        ends = (datetime.now(UTC) + timedelta(seconds=lifetime_s)).isoformat()
        return Reply(
            f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{len(endpoint.asked)}</AccessKeyId>"
            f"<SecretAccessKey>hidden</SecretAccessKey><SessionToken>hidden</SessionToken><Expiration>{ends}</Expiration>"
            "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )

    endpoint.reply = reply


def test_a_session_is_renewed_before_it_ends(endpoint: Endpoint) -> None:
    sessions(endpoint)
    clock = Clock()
    role = AssumedRole(asker(), Keys(), CALL, clock=clock)
    assert role.frozen().access_key == "ASIA1"
    clock.now += 3200
    assert role.frozen().access_key == "ASIA1"
    clock.now += 200
    assert role.frozen().access_key == "ASIA2"
    assert [record.page for record in role.records] == [1, 2]


def test_a_session_that_aws_calls_expired_is_renewed(endpoint: Endpoint) -> None:
    sessions(endpoint)
    role = AssumedRole(asker(), Keys(), CALL, clock=Clock())
    role.frozen()
    role.renew()
    assert role.frozen().access_key == "ASIA2"


def test_where_an_hour_is_too_long_a_quarter_is_asked_for(endpoint: Endpoint) -> None:
    sessions(endpoint)
    granted, too_long = endpoint.reply, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role"
    endpoint.reply = lambda question: (
        granted(question)
        if "DurationSeconds=900" in question.body
        else Reply(
            f"<ErrorResponse><Error><Code>ValidationError</Code><Message>{too_long}</Message></Error></ErrorResponse>",
            400,
        )
    )
    clock = Clock()
    role = AssumedRole(asker(), Keys(), CALL, clock=clock)
    assert role.open().outcome is Outcome.ANSWERED
    clock.now += 700
    assert role.frozen().access_key == "ASIA3"
    assert [parse_qs(one.body)["DurationSeconds"] for one in endpoint.asked] == [["3600"], ["900"], ["900"]]


def test_what_is_asked_and_what_is_kept(endpoint: Endpoint) -> None:
    sessions(endpoint)
    record = AssumedRole(asker(), Keys(), CALL, external_id="hidden-id").open()
    asked = parse_qs(endpoint.asked[0].body)
    assert asked["Policy"] == [session_policy()]
    assert asked["ExternalId"] == ["hidden-id"]
    assert asked["RoleArn"] == ["arn:aws:iam::100000000002:role/OrgAudit"]
    assert "hidden" not in f"{record.answer}{record.call}"
    assert record.answer == {}


def test_a_refused_role_gives_no_credentials(endpoint: Endpoint) -> None:
    endpoint.replies(REFUSED)
    role = AssumedRole(asker(), Keys(), CALL)
    assert role.open().outcome is Outcome.REFUSED
    with pytest.raises(CallError) as refused:
        role.frozen()
    assert (refused.value.outcome, refused.value.code) == (Outcome.REFUSED, "AccessDenied")
