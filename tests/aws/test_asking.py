"""One question: retries, pages, outcomes. An answer that is not whole is never taken for "nothing there"."""

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from orgaudit.aws.actions import NotAllowedError
from orgaudit.aws.asking import Patience, StoppedError
from orgaudit.aws.session import SwappedCredentials
from orgaudit.model.calls import Call, Outcome, Record
from tests.aws.scripted import SWIFT, Endpoint, Keys, Reply, asker, lead

FILTERS = Call.of("100000000001", "eu-central-1", "logs", "DescribeMetricFilters", logGroupName="trail")
ALARMS = Call.of("100000000001", "eu-central-1", "cloudwatch", "DescribeAlarms")
TOPIC = Call.of("100000000001", "eu-central-1", "sns", "GetTopicAttributes", TopicArn="arn:aws:sns:::t")
MUTE_RULES = Call.of("100000000001", "eu-central-1", "cloudwatch", "ListAlarmMuteRules")
NONE_THERE = Reply('{"metricFilters": []}')


def listing(name: str, **further: str) -> Reply:
    """One filter, as AWS lists it."""
    filters = [{"filterName": name, "metricTransformations": []}]
    return Reply(json.dumps({"metricFilters": filters} | further))


def trouble(code: str, status: int = 400) -> Reply:
    return Reply(json.dumps({"__type": code, "message": "because"}), status)


def ask(call: Call = FILTERS, keys: Keys | None = None, patience: Patience = SWIFT) -> list[Record]:
    return list(asker(patience=patience).ask(call, keys or Keys()))


@pytest.mark.parametrize(
    ("first", "throttles"),
    [
        (trouble("ThrottlingException"), 1),
        (trouble("LimitExceededException"), 1),
        (Reply("slow down", 429), 1),
        (trouble("InternalFailure", 500), 0),
        (Reply("", 503), 0),
        (Reply('{"metricFil', announced=4000), 0),
        (Reply("", announced=4000), 0),
        (Reply("{}"), 0),
        (Reply('{"metricFil'), 0),
    ],
    ids=["throttled", "throttled-2", "429", "500", "503", "cut off", "body lost", "member missing", "no JSON"],
)
def test_what_a_retry_cures(endpoint: Endpoint, first: Reply, throttles: int) -> None:
    endpoint.replies(first, listing("a"))
    (record,) = ask()
    assert record.outcome is Outcome.ANSWERED
    assert record.answer == json.loads(listing("a").body)
    assert (record.attempts, record.throttles, len(endpoint.asked)) == (2, throttles, 2)
    assert record.answered_at is not None


@pytest.mark.parametrize(
    ("reply", "outcome", "code", "attempts"),
    [
        (trouble("ThrottlingException"), Outcome.THROTTLED, "ThrottlingException", SWIFT.throttled),
        (trouble("InternalFailure", 500), Outcome.FAILED, "InternalFailure", SWIFT.failed),
        (Reply('{"metricFil', announced=4000), Outcome.FAILED, None, SWIFT.failed),
        (Reply("{}"), Outcome.FAILED, "IncompleteAnswer", SWIFT.failed),
        (trouble("AccessDeniedException"), Outcome.REFUSED, "AccessDeniedException", 1),
        (trouble("UnrecognizedClientException"), Outcome.REFUSED, "UnrecognizedClientException", 1),
        (trouble("NeverHeardOf", 403), Outcome.REFUSED, "NeverHeardOf", 1),
        (trouble("ResourceNotFoundException"), Outcome.NOT_FOUND, "ResourceNotFoundException", 1),
        (trouble("UnknownOperationException"), Outcome.NOT_OFFERED, "UnknownOperationException", 1),
        (Reply("<html>", 404), Outcome.NOT_OFFERED, "404", 1),
        (trouble("NeverHeardOf"), Outcome.FAILED, "NeverHeardOf", 1),
        (trouble("ValidationException"), Outcome.FAILED, "ValidationException", 1),
    ],
)
def test_outcomes(endpoint: Endpoint, reply: Reply, outcome: Outcome, code: str | None, attempts: int) -> None:
    endpoint.replies(reply)
    (record,) = ask()
    assert (record.outcome, record.answer, len(endpoint.asked)) == (outcome, None, attempts)
    assert record.error_code == code or (code is None and record.error_code)


def test_a_truncated_xml_answer_is_asked_for_again(endpoint: Endpoint) -> None:
    whole = (
        "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>Policy</key><value>{}</value>"
        "</entry></Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>"
    )
    endpoint.replies(Reply(whole[:60], announced=len(whole)), Reply(whole[:60]), Reply(whole))
    (record,) = ask(TOPIC)
    assert (record.answer, record.attempts) == ({"Attributes": {"Policy": "{}"}}, 3)


def test_a_bare_500_to_a_new_operation_means_that_the_endpoint_does_not_know_it(endpoint: Endpoint) -> None:
    endpoint.reply = lambda _: Reply("<html>", 501)
    (record,) = ask(MUTE_RULES)
    assert record.outcome is Outcome.NOT_OFFERED


def test_an_endpoint_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    lead(monkeypatch, "http://127.0.0.1:9")
    (record,) = ask()
    assert (record.outcome, record.error_code, record.attempts) == (
        Outcome.FAILED,
        "EndpointConnection",
        SWIFT.failed,
    )


def test_who_is_waited_for_gives_up_early(endpoint: Endpoint) -> None:
    endpoint.replies(trouble("InternalFailure", 500))
    (record,) = asker().hurried(failing_s=0).ask(FILTERS, Keys())
    assert (record.outcome, record.attempts) == (Outcome.FAILED, 1)


def test_pages_are_followed_to_the_end(endpoint: Endpoint) -> None:
    endpoint.replies(
        listing("a", nextToken="2"),
        Reply('{"metricFilters": [], "nextToken": "3"}'),
        listing("b"),
    )
    records = ask()
    assert [json.loads(question.body).get("nextToken") for question in endpoint.asked] == [None, "2", "3"]
    assert [json.loads(question.body)["limit"] for question in endpoint.asked] == [50, 50, 50]
    assert [(record.page, record.last_page) for record in records] == [(1, False), (2, False), (3, True)]
    assert [len((record.answer or {})["metricFilters"]) for record in records] == [1, 0, 1]
    assert all("nextToken" not in (record.answer or {}) for record in records)


def test_a_listing_that_goes_in_circles_has_failed(endpoint: Endpoint) -> None:
    tokens = iter(["2", "3", "2", "3", "2"])
    endpoint.reply = lambda _: Reply(json.dumps({"metricFilters": [], "nextToken": next(tokens)}))
    *pages, last = ask()
    assert [record.outcome for record in pages] == [Outcome.ANSWERED] * 3
    assert (last.outcome, last.error_code, last.page) == (Outcome.FAILED, "EndlessListing", 4)


def test_a_page_refused_half_way_is_told(endpoint: Endpoint) -> None:
    endpoint.replies(Reply('{"metricFilters": [], "nextToken": "2"}'), trouble("AccessDeniedException"))
    assert [record.outcome for record in ask()] == [Outcome.ANSWERED, Outcome.REFUSED]


def test_expired_credentials_are_renewed(endpoint: Endpoint) -> None:
    keys = Keys()
    endpoint.replies(trouble("ExpiredTokenException"), NONE_THERE)
    (record,) = ask(keys=keys)
    assert (record.outcome, keys.renewals) == (Outcome.ANSWERED, 1)
    endpoint.replies(trouble("ExpiredTokenException"))
    (record,) = ask(keys=keys)
    assert (record.outcome, record.error_code, record.attempts) == (
        Outcome.REFUSED,
        "ExpiredTokenException",
        SWIFT.expired,
    )


def test_sixty_four_threads_never_sign_as_another_account(endpoint: Endpoint) -> None:
    """Each call says in its parameters as whom it means to ask."""
    endpoint.reply = lambda _: NONE_THERE
    shared = asker(connections=64)
    together = threading.Barrier(64)

    def account(number: int) -> None:
        account_id = f"{number:012}"
        together.wait()
        for turn in range(6):
            call = Call.of(account_id, "eu-central-1", "logs", "DescribeMetricFilters", logGroupName=account_id)
            (record,) = shared.ask(call, Keys(f"ASIA{account_id}{turn}"))
            assert record.outcome is Outcome.ANSWERED

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(account, range(64)))
    assert len(endpoint.asked) == 64 * 6
    wrong = [one for one in endpoint.asked if one.key[4:-1] != json.loads(one.body)["logGroupName"]]
    assert wrong == []


def test_nobody_signs_without_saying_as_whom() -> None:
    with pytest.raises(LookupError):
        SwappedCredentials().get_frozen_credentials()


def test_a_throttled_account_does_not_slow_another(endpoint: Endpoint) -> None:
    """Retries of one account leave no quota used up for the next."""
    endpoint.reply = lambda question: trouble("ThrottlingException") if "slow" in question.body else NONE_THERE
    shared = asker(patience=Patience(throttled=4, first_wait_s=0.001))
    slow = Call.of("100000000002", "eu-central-1", "logs", "DescribeMetricFilters", logGroupName="slow")
    for _ in range(2):
        assert next(shared.ask(slow, Keys())).outcome is Outcome.THROTTLED
    (record,) = shared.ask(FILTERS, Keys())
    assert (record.outcome, record.attempts) == (Outcome.ANSWERED, 1)


def test_what_is_not_in_the_table_is_not_sent(endpoint: Endpoint) -> None:
    for call in (
        Call.of("100000000001", "eu-central-1", "logs", "DeleteLogGroup", logGroupName="trail"),
        Call.of("100000000001", "eu-central-1", "s3", "ListBuckets"),
    ):
        with pytest.raises(NotAllowedError):
            ask(call)
    client = asker().clients._client("logs", "eu-central-1")
    with pytest.raises(NotAllowedError):
        client.delete_log_group(logGroupName="trail")
    assert endpoint.asked == []


def test_a_stopped_asker_asks_nothing(endpoint: Endpoint) -> None:
    stopped = asker()
    stopped.stop()
    with pytest.raises(StoppedError):
        next(stopped.ask(FILTERS, Keys()))
    with pytest.raises(StoppedError):
        next(stopped.hurried().ask(FILTERS, Keys()))
    assert endpoint.asked == []


def test_times_are_stored_as_text_in_utc(endpoint: Endpoint) -> None:
    endpoint.reply = lambda _: Reply('{"MetricAlarms": [{"AlarmArn": "a", "StateUpdatedTimestamp": 1700000000.5}]}')
    (record,) = ask(ALARMS)
    assert (record.answer or {})["MetricAlarms"][0]["StateUpdatedTimestamp"] == "2023-11-14T22:13:20.500000Z"


def test_the_received_bytes_are_hashed(endpoint: Endpoint) -> None:
    endpoint.reply = lambda _: NONE_THERE
    (record,) = ask()
    assert record.received_sha256 == hashlib.sha256(NONE_THERE.body.encode()).hexdigest()
    assert record.request_id == "request-1"
