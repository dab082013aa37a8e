"""The demo organization, collected once: what was called, as whom, how often, and what came of it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pytest

from orgaudit.aws.actions import ACTIONS, ROLE_ACTIONS, session_policy
from orgaudit.aws.asking import Patience
from orgaudit.aws.collect import collect
from orgaudit.aws.organization import open_organization
from orgaudit.aws.session import Clients
from orgaudit.config import load_config
from orgaudit.demo import EXTERNAL_ID, MANAGEMENT_ACCOUNT_ID, SimulatedOrganization, simulated_organization
from orgaudit.evidence.masking import Mask
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.calls import Outcome, Record


@dataclass
class Collection:
    """What a collection left behind."""

    organization: SimulatedOrganization
    records: list[Record]
    finished: frozenset[str]
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Every request that botocore was about to send: action, and parameters as sent."""

    def calls_of(self, account_id: str) -> Counter[str]:
        return Counter(record.call.operation for record in self.records if record.call.account_id == account_id)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    folder = tmp_path_factory.mktemp("collected")
    sent: list[tuple[str, dict[str, Any]]] = []

    def note(model: Any, params: dict[str, Any], **_: Any) -> None:
        sent.append((f"{model.service_model.service_name}:{model.name}", params))

    made = Clients.__init__

    def watched(clients: Clients, connections: int) -> None:
        made(clients, connections)
        clients._session.register("before-call", note)

    with patch.object(Clients, "__init__", watched), simulated_organization() as organization:
        (folder / "audit.toml").write_text(organization.configuration, encoding="utf-8")
        config = load_config(folder / "audit.toml")
        store = EvidenceStore.create(folder / "evidence.sqlite")
        swift = Patience(first_wait_s=0.001, longest_wait_s=0.005)
        access = open_organization(config, "run-1", Mask(bytes(32)), patience=swift)
        collect(access, config, store)
        access.close()
        yield Collection(organization, list(store.records()), store.finished_accounts(), sent)
        store.close()


def test_nothing_outside_the_table_is_called(demo: Collection) -> None:
    allowed = {action.iam for action in ACTIONS}
    assert len(demo.sent) > 700
    assert {action for action, _ in demo.sent} <= allowed
    assert {record.call.name for record in demo.records} <= allowed


def test_the_table_only_reads() -> None:
    verbs = ("Get", "List", "Describe", "Test")
    assert [action.iam for action in ACTIONS if not action.operation.startswith(verbs)] == ["sts:AssumeRole"]


def test_every_assumed_session_is_limited_to_reading(demo: Collection) -> None:
    roles = [params["body"] for action, params in demo.sent if action == "sts:AssumeRole"]
    assert len(roles) > 50
    for asked in roles:
        policy = json.loads(asked["Policy"])
        assert policy["Statement"] == [{"Effect": "Allow", "Action": list(ROLE_ACTIONS), "Resource": "*"}]
        assert (asked["RoleSessionName"], asked["DurationSeconds"]) == ("run-1", 3600)
        assert asked["ExternalId"] == EXTERNAL_ID


def test_the_session_policy_leaves_room_below_the_limit() -> None:
    """AWS takes 2,048 characters, and a packed size that fails earlier."""
    assert len(session_policy()) < 1500
    assert len(session_policy(action.iam for action in ACTIONS)) < 1500
    assert not [action for action in ROLE_ACTIONS if action.startswith(("sts:", "organizations:"))]


def test_no_role_is_assumed_in_the_account_that_the_run_starts_in(demo: Collection) -> None:
    accounts = [params["body"]["RoleArn"].split(":")[4] for action, params in demo.sent if action == "sts:AssumeRole"]
    assert MANAGEMENT_ACCOUNT_ID not in accounts
    assert max(Counter(accounts).values()) == 1
    assert demo.calls_of(MANAGEMENT_ACCOUNT_ID)["DescribeTrails"] == 1


def test_calls_stay_within_budget(demo: Collection) -> None:
    """AssumeRole included: 6 for a member that an organization trail covers, 16 with a chain of its own."""
    chains, covered = {}, {}
    for account_id in {record.call.account_id for record in demo.records} - {MANAGEMENT_ACCOUNT_ID}:
        calls = demo.calls_of(account_id)
        (chains if calls["DescribeMetricFilters"] else covered)[account_id] = sum(calls.values())
    assert len(chains) > 40
    assert len(covered) > 3
    assert {account_id: calls for account_id, calls in covered.items() if calls > 6} == {}
    assert {account_id: calls for account_id, calls in chains.items() if calls > 16} == {}


def test_every_account_in_scope_comes_to_its_end_once(demo: Collection) -> None:
    excluded = {"500000000002"}
    active = {account.id for account in demo.organization.accounts if account.state == "ACTIVE"}
    assert demo.finished == active - excluded
    keys = Counter(record.evidence_id for record in demo.records)
    assert max(keys.values()) == 1


def test_a_role_that_cannot_be_assumed_is_recorded_and_nothing_else_is_asked(demo: Collection) -> None:
    (record,) = [record for record in demo.records if record.call.account_id == "340000000001"]
    assert (record.call.name, record.outcome, record.error_code) == (
        "sts:AssumeRole",
        Outcome.REFUSED,
        "AccessDenied",
    )


def test_a_refused_call_is_recorded_as_refused_and_the_account_goes_on(demo: Collection) -> None:
    by_call = {record.call.name: record.outcome for record in demo.records if record.call.account_id == "340000000003"}
    assert by_call["cloudwatch:DescribeAlarms"] is Outcome.REFUSED
    assert by_call["logs:DescribeMetricFilters"] is Outcome.ANSWERED


def test_the_owner_of_an_organization_trail_is_asked_for_its_selectors_once(demo: Collection) -> None:
    asked: dict[str, list[str]] = defaultdict(list)
    for record in demo.records:
        if record.call.operation == "GetEventSelectors":
            asked[record.call.parameters["TrailName"]].append(record.call.account_id)
    assert {trail: askers for trail, askers in asked.items() if askers != [trail.split(":")[4]]} == {}


def test_no_secret_and_no_address_is_stored(demo: Collection) -> None:
    stored = json.dumps([[record.answer, record.error_message, record.call.params] for record in demo.records])
    assert EXTERNAL_ID not in stored
    assert "SecretAccessKey" not in stored
    assert "SessionToken" not in stored
    answers = [record.answer or {} for record in demo.records]
    mails = [account["Email"] for answer in answers for account in answer.get("Accounts", ()) if "Email" in account]
    ends = [found["Endpoint"] for answer in answers for found in answer.get("Subscriptions", ())]
    assert mails
    assert ends
    assert [mail for mail in mails if "***@" not in mail] == []
    assert [end for end in ends if "@" in end and "***@" not in end] == []
