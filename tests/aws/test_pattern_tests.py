"""TestMetricFilter is asked each question once, by the account that the run starts in, and everything is recorded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orgaudit.aws.pattern_tests import ask_about_patterns
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.calls import Json, Outcome, Record
from orgaudit.progress import Silent
from tests.aws.organization import HOME, MANAGEMENT, Organization, refusal
from tests.metric_filter_service import MetricFilterService

PATTERN, OTHER = "{ $.eventName = a }", "{ $.eventName = b }"
MESSAGES = tuple(f'{{"eventName":"{name}"}}' for name in "abc")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EvidenceStore]:
    store = EvidenceStore.create(tmp_path / "evidence.sqlite")
    yield store
    store.close()


def organization(service: MetricFilterService) -> Organization:
    made = Organization.of(MANAGEMENT)

    def answer(account_id: str, region: str, params: Json) -> Json:
        said = service.answer(params["filterPattern"], params["logEventMessages"])
        if isinstance(said, str):
            raise refusal(said)
        return said

    made.answers["TestMetricFilter"] = answer
    return made


def asked(service: MetricFilterService, store: EvidenceStore, questions: dict[str, tuple[str, ...]]) -> list[Record]:
    ask_about_patterns(organization(service).access(), store, Silent(), questions)
    return [record for record in store.records() if record.call.operation == "TestMetricFilter"]


def test_what_aws_answers_is_recorded(store: EvidenceStore) -> None:
    (record,) = asked(MetricFilterService(), store, {PATTERN: MESSAGES})
    assert (record.call.account_id, record.call.region) == (MANAGEMENT, HOME)
    assert record.call.parameters == {"filterPattern": PATTERN, "logEventMessages": list(MESSAGES)}
    assert record.answer is not None
    assert [match["eventMessage"] for match in record.answer["matches"]] == [MESSAGES[0]]


def test_fifty_messages_to_a_call(store: EvidenceStore) -> None:
    service = MetricFilterService()
    asked(service, store, {PATTERN: tuple(f'{{"eventName":"{number}"}}' for number in range(101))})
    assert [len(sent) for _, sent in service.asked] == [50, 50, 1]


def test_what_is_recorded_is_not_asked_again(store: EvidenceStore) -> None:
    asked(MetricFilterService(), store, {PATTERN: MESSAGES})
    service = MetricFilterService()
    records = asked(service, store, {PATTERN: MESSAGES, OTHER: MESSAGES})
    assert service.asked == [(OTHER, MESSAGES)]
    assert len(records) == 2


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnknownOperationException", "ServiceUnavailableException"])
def test_one_call_that_is_not_answered_ends_the_asking_for_good(store: EvidenceStore, code: str) -> None:
    """A later attempt at the same run does not ask again either."""
    for _ in range(2):
        records = asked(MetricFilterService(refusal=code), store, {PATTERN: MESSAGES, OTHER: MESSAGES})
        assert [(record.call.parameters["filterPattern"], record.error_code) for record in records] == [(PATTERN, code)]
    service = MetricFilterService()
    asked(service, store, {PATTERN: MESSAGES, OTHER: MESSAGES})
    assert service.asked == []


def test_a_pattern_that_aws_does_not_take_is_no_reason_to_stop(store: EvidenceStore) -> None:
    records = asked(MetricFilterService(rejected=(PATTERN,)), store, {PATTERN: MESSAGES, OTHER: MESSAGES})
    assert [record.outcome for record in records] == [Outcome.FAILED, Outcome.ANSWERED]


def test_events_are_kept_as_they_were_sent(store: EvidenceStore) -> None:
    """What looks like an address or a secret in a made-up event is none, and the answer must tell which event it is."""
    message = '{"eventName":"a","u":"https://bob:secret@hooks.example.com/x?token=abcdefgh12345678"}'
    (record,) = asked(MetricFilterService(), store, {PATTERN: (message,)})
    assert record.answer is not None
    assert [match["eventMessage"] for match in record.answer["matches"]] == [message]
