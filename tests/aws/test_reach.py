"""A network that is lost, or a session that ends: the run stops and can be resumed, it does not fill with failures."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import EndpointConnectionError, UnauthorizedSSOTokenError

from orgaudit.aws.collect import collect
from orgaudit.aws.identity import AtHand
from orgaudit.errors import AccessError
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.calls import Json, Outcome
from orgaudit.model.settings import Collect, Config
from tests.aws.organization import MANAGEMENT, Organization, refusal

A, B, C, D = (f"10000000000{number}" for number in (2, 3, 4, 5))
CONFIG = Config(collect=Collect(workers=4))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EvidenceStore]:
    store = EvidenceStore.create(tmp_path / "evidence.sqlite")
    yield store
    store.close()


def lost(organization: Organization, after: int, error: Exception, *operations: str) -> None:
    """From that call on nobody gets an answer, or none to these operations."""
    answer, made = organization.answer, organization.asked

    def answering(account_id: str, operation: str, region: str, params: Json) -> Json:
        if len(made) >= after and (not operations or operation in operations):
            made.append((account_id, operation, region))
            raise error
        return answer(account_id, operation, region, params)

    organization.answer = answering  # type: ignore[method-assign]


UNREACHABLE = EndpointConnectionError(endpoint_url="https://sts.eu-central-1.amazonaws.com")


@pytest.mark.parametrize("after", [8, 14, 20, 25])
@pytest.mark.parametrize(
    ("error", "said"),
    [(UNREACHABLE, "cannot be reached any more|broke off"), (refusal("ExpiredToken"), "have expired|broke off")],
)
def test_a_network_or_a_session_that_ends_leaves_the_rest_to_be_asked(
    store: EvidenceStore, after: int, error: Exception, said: str
) -> None:
    """No account is recorded as unreadable because of it, and the resumed run has all of them."""
    organization = Organization.of(MANAGEMENT, A, B, C, D, "100000000007")
    lost(organization, after, error)
    with pytest.raises(AccessError, match=said):
        collect(organization.access(), CONFIG, store)
    assert all(record.outcome is Outcome.ANSWERED for record in store.records())
    again = Organization.of(MANAGEMENT, A, B, C, D, "100000000007")
    collect(again.access(), CONFIG, store, done=store.finished_accounts())
    assert all(record.outcome is Outcome.ANSWERED for record in store.records())
    assert len(store.finished_accounts()) == 6


@pytest.mark.parametrize(
    ("error", "said"), [(UNREACHABLE, "cannot be reached any more"), (refusal("ExpiredToken"), "have expired")]
)
def test_units_are_not_recorded_as_unreadable_when_nothing_is_readable(
    store: EvidenceStore, error: Exception, said: str
) -> None:
    """They are asked aside: of what is lost, they alone may have been under way."""
    organization = Organization.of(MANAGEMENT, A)
    lost(organization, 0, error, "ListOrganizationalUnitsForParent", "GetCallerIdentity")
    with pytest.raises(AccessError, match=said):
        collect(organization.access(), CONFIG, store)
    collect(Organization.of(MANAGEMENT, A).access(), CONFIG, store, done=store.finished_accounts())
    assert all(record.outcome is Outcome.ANSWERED for record in store.records())
    assert [one.call.operation for one in store.records()].count("ListOrganizationalUnitsForParent") == 4


def test_an_account_that_alone_gets_no_answer_is_recorded_so(store: EvidenceStore) -> None:
    organization = Organization.of(MANAGEMENT, A, B)
    answer = organization.answer

    def answering(account_id: str, operation: str, region: str, params: Json) -> Json:
        if account_id == A:
            raise UNREACHABLE
        return answer(account_id, operation, region, params)

    organization.answer = answering  # type: ignore[method-assign]
    collect(organization.access(), CONFIG, store)
    assert store.finished_accounts() == {MANAGEMENT, A, B}
    assert {record.outcome for record in store.records_of(A) if record.call.service == "cloudtrail"} == {Outcome.FAILED}


class Lasting(Credentials):
    """Credentials of the management account that a session gives for so many calls, and then no more."""

    def __init__(self, calls: int) -> None:
        super().__init__(f"AKIA{MANAGEMENT}", "secret")
        self.left = calls

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        self.left -= 1
        if self.left < 0:
            raise UnauthorizedSSOTokenError
        return super().get_frozen_credentials()


@pytest.mark.parametrize("calls", [5, 8, 10])
def test_a_sign_in_that_ends_on_the_way_makes_no_account_a_refused_one(store: EvidenceStore, calls: int) -> None:
    organization = Organization.of(MANAGEMENT, A, B, C, D)
    access = organization.access()
    access.identity = replace(access.identity, signer=AtHand(Lasting(calls)))
    with pytest.raises(AccessError, match="expired|broke off"):
        collect(access, CONFIG, store)
    assert all(record.outcome is Outcome.ANSWERED for record in store.records())
    collect(organization.access(), CONFIG, store, done=store.finished_accounts())
    assert len(store.finished_accounts()) == 5
