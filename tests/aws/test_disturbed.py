"""What AWS and the way to it do on a bad day, over HTTP: the records are those of an undisturbed run."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.fake_aws import Answered, Asked, Disturbance, failure, serving
from benchmarks.fake_organization import FIRST, Organization
from orgaudit.aws import session
from orgaudit.aws.asking import Patience
from orgaudit.aws.collect import collect
from orgaudit.aws.organization import open_organization
from orgaudit.errors import AccessError
from orgaudit.evidence.masking import Mask
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.calls import Outcome, Record
from orgaudit.model.settings import Collect, Config
from tests.aws.scripted import SWIFT, lead

ACCOUNTS = 24
QUICK = Patience(throttled=100, failed=100, expired=100, first_wait_s=0.005, longest_wait_s=0.05, failing_s=300)
"""Short waits, and as many of them as a busy machine needs."""
Facts = tuple[str, str, Any, int, bool, str]


def organization(**settings: float) -> Organization:
    """The same organization every time."""
    return Organization(ACCOUNTS, as_of=1.8e9, **settings)


@contextmanager
def collected(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    simulated: Organization,
    disturb: Disturbance | None = None,
    patience: Patience = QUICK,
    latency_s: float = 0,
) -> Iterator[EvidenceStore]:
    """What is recorded of the organization while it is disturbed."""
    store = EvidenceStore.create(folder / f"{len(list(folder.iterdir()))}.sqlite")
    with serving(simulated, disturb, latency_s) as url:
        lead(monkeypatch, url)
        access = open_organization(Config(), "run-1", Mask(bytes(32)), patience=patience)
        try:
            collect(access, Config(collect=Collect(workers=ACCOUNTS)), store)
        except AccessError:
            store.close()
            raise
        finally:
            access.close()
    assert store.finished_accounts() == set(simulated.ids)
    yield store
    store.close()


def facts(store: EvidenceStore) -> list[Facts]:
    """What the records say, without when and how often it was asked for."""
    return [
        (one.evidence_id, one.outcome.value, one.answer, one.page, one.last_page, one.received_sha256)
        for one in store.records()
        if one.call.operation != "AssumeRole"  # whose answer holds a time
    ]


def now_and_then(trouble: Callable[[random.Random, Asked, Answered], Answered], part: float = 0.05) -> Disturbance:
    """Disturbs that part of the answers; always the same."""
    rng = random.Random(7)
    return lambda asked, answer: trouble(rng, asked, answer) if rng.random() < part else answer


def fault(rng: random.Random, asked: Asked, answer: Answered) -> Answered:
    return rng.choice(
        [failure(asked.service, "InternalFailure", 500), Answered(b"", 503), Answered(b"<html>Bad gateway", 502)]
    )


def cut(rng: random.Random, asked: Asked, answer: Answered) -> Answered:
    """The body ends early: the connection breaks, or a header says that this is all."""
    length = rng.randrange(len(answer.body))
    return replace(answer, sent=length, announced=rng.choice([None, length]))


def reset(rng: random.Random, asked: Asked, answer: Answered) -> Answered:
    return replace(answer, reset=True)


def silence(rng: random.Random, asked: Asked, answer: Answered) -> Answered:
    return replace(answer, silent=True)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Facts]]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = tmp_path_factory.mktemp("undisturbed")
        with collected(monkeypatch, folder, organization()) as store:
            yield facts(store)


@pytest.mark.parametrize("trouble", [fault, cut, reset, silence])
def test_every_twentieth_answer_is_lost(
    trouble: Callable[[random.Random, Asked, Answered], Answered],
    undisturbed: list[Facts],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    if trouble is silence:
        monkeypatch.setattr(session, "READ_S", 1)
    with collected(monkeypatch, tmp_path, organization(), now_and_then(trouble)) as store:
        assert facts(store) == undisturbed
        attempts = [record.attempts for record in store.records()]
    assert sum(attempts) > len(attempts)


RATES = {"DescribeMetricFilters": 5, "DescribeAlarms": 9, "ListAccounts": 8, "DescribeTrails": 10, "AssumeRole": 600}
"""Calls a second that AWS takes from one account in one region."""


class Throttling:
    """AWS's limits, which somebody else in the account has used up for the first half second."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str, str], list[float]] = defaultdict(list)

    def __call__(self, asked: Asked, answer: Answered) -> Answered:
        rate, now = RATES.get(asked.operation, 10), time.monotonic()
        key = asked.account, asked.operation, asked.region
        taken = self._taken.setdefault(key, [now - 0.5] * rate)
        taken[:] = [at for at in taken if at > now - 1]
        if len(taken) >= rate:
            return failure(asked.service, "ThrottlingException")
        taken.append(now)
        return answer


def test_throttling_at_awss_rates(undisturbed: list[Facts], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    patience = replace(QUICK, first_wait_s=0.1, longest_wait_s=1)
    with collected(monkeypatch, tmp_path, organization(), Throttling(), patience) as store:
        assert facts(store) == undisturbed
        assert sum(record.throttles for record in store.records()) > 0


def test_sessions_of_two_seconds(undisturbed: list[Facts], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Reading an account takes longer than a session lasts: fourteen answers of a quarter of a second."""
    simulated = organization(session_s=2)
    with collected(monkeypatch, tmp_path, simulated, latency_s=0.25) as store:
        assert facts(store) == undisturbed
        sessions = [record for record in store.records() if record.call.operation == "AssumeRole"]
    taken = Counter(record.call.account_id for record in sessions)
    assert len(taken) == ACCOUNTS - 1  # none for the one we start in
    assert min(taken.values()) >= 2
    assert {record.outcome for record in sessions} == {Outcome.ANSWERED}


@pytest.mark.parametrize("ahead_h", [-3, 5])
def test_our_clock_is_wrong_by_hours(
    ahead_h: int, undisturbed: list[Facts], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    simulated = organization(ahead_s=ahead_h * 3600)

    def strict(asked: Asked, answer: Answered) -> Answered:
        off_s = time.time() + simulated.ahead_s - asked.dated
        if abs(off_s) < 300:
            return answer
        code = "SignatureDoesNotMatch" if asked.service in {"sts", "sns"} else "InvalidSignatureException"
        return failure(asked.service, code, 403, "Signature expired" if off_s > 0 else "Signature not yet current")

    with collected(monkeypatch, tmp_path, simulated, strict) as store:
        assert facts(store) == undisturbed
        skews = [record.answered_at - record.asked_at for record in store.records() if record.answered_at]
    assert all(abs(skew - timedelta(hours=ahead_h)) < timedelta(minutes=5) for skew in skews)


def test_a_signature_refused_for_another_reason_is_asked_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    account = str(FIRST + 3)

    def refusing(asked: Asked, answer: Answered) -> Answered:
        wrong = asked.account == account and asked.operation == "DescribeTrails"
        return failure(asked.service, "InvalidSignatureException", 403) if wrong else answer

    with collected(monkeypatch, tmp_path, organization(), refusing) as store:
        refused = [one for one in store.records_of(account) if one.call.operation == "DescribeTrails"]
    assert {(one.outcome, one.attempts) for one in refused} == {(Outcome.REFUSED, 1)}


def test_an_account_throttled_for_good_holds_up_no_other(
    undisturbed: list[Facts], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    slow = str(FIRST + 2)

    def throttled(asked: Asked, answer: Answered) -> Answered:
        return failure(asked.service, "ThrottlingException") if asked.account == slow else answer

    with collected(monkeypatch, tmp_path, organization(), throttled, SWIFT) as store:
        of_slow: list[Record] = store.records_of(slow)
        assert [one for one in facts(store) if slow not in one[0][:12]] == [
            one for one in undisturbed if slow not in one[0][:12]
        ]
    assert {one.outcome for one in of_slow if one.call.operation != "AssumeRole"} == {Outcome.THROTTLED}


def test_credentials_that_expire_on_the_way_end_the_run_and_not_the_accounts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Accounts that were not read yet are not taken for refused ones: a resumed run reads them."""
    assumed: list[str] = []

    def expiring(asked: Asked, answer: Answered) -> Answered:
        if asked.operation != "AssumeRole":
            return answer
        assumed.append(asked.account)
        return failure(asked.service, "ExpiredToken", 403) if len(assumed) > 5 else answer

    with (
        pytest.raises(AccessError, match="credentials have expired .ExpiredToken.: sign in again and resume"),
        collected(monkeypatch, tmp_path, organization(), expiring, SWIFT),
    ):
        pass
    store = EvidenceStore.open(tmp_path / "0.sqlite")
    assert len(store.finished_accounts()) <= 6
    assert all(one.answer is not None for one in store.records() if one.call.operation == "AssumeRole")
    store.close()
