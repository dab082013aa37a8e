"""Asking AWS one question: pages, retries, limits, and the record of what became of it."""

import copy
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import tenacity
from botocore.credentials import ReadOnlyCredentials

from orgaudit.aws.actions import Action, action_of
from orgaudit.aws.limits import Limits
from orgaudit.aws.outcomes import UNANSWERED, CallError, IncompleteAnswerError, trouble_of
from orgaudit.aws.session import Clients, signing_as
from orgaudit.model.calls import Call, Json, Outcome, Record


class StoppedError(Exception):
    """The run is being stopped: the call was not made."""


class Masker(Protocol):
    """Takes out of an answer what must never be stored."""

    def answer(self, name: str, answer: Json) -> tuple[Json, bool]:
        """The answer to the call of that name without secrets, and whether anything was masked."""

    def text(self, text: str) -> str:
        """A message without secrets."""

    def digest(self, body: bytes, masked: bool) -> str:
        """SHA-256 of the received bytes, keyed where something in them was masked."""


class Signer(Protocol):
    """The credentials of one account, fresh whenever they are needed."""

    def frozen(self) -> ReadOnlyCredentials:
        """Credentials that are still valid; raises CallError where none can be had."""

    def renew(self) -> None:
        """Told that AWS called them expired."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a call is tried. Waits grow exponentially, with full jitter.

    Each kind of trouble is counted by itself: a session that ends while AWS throttles is renewed all the same.
    """

    throttled: int = 9
    """How often AWS may throttle the call."""
    failed: int = 5
    """How often the service or the way to it may fail."""
    unknown: int = 3
    """How often an endpoint may seem not to know the operation."""
    expired: int = 3
    """How often the session may have ended, or our clock be found wrong."""
    first_wait_s: float = 0.2
    longest_wait_s: float = 20
    failing_s: float = 180
    """Once the service or the way to it has failed for so long, no further attempt is begun."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A record, with the answer as it came: what a secret is taken from before the record is kept."""

    record: Record
    unmasked: Json
    token: str = ""


_MOST_PAGES = 10_000
"""No listing of AWS is this long; one that is does not end."""


class Asker:
    """Asks through shared clients. Nothing that one account's calls meet changes how another's are made."""

    def __init__(
        self,
        clients: Clients,
        masker: Masker,
        limits: Limits | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.clients = clients
        self.limits = limits or Limits()
        self.masker = masker
        self.patience = patience or Patience()
        self._stopping = threading.Event()
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, CallError) and error.again),
            stop=self._enough,
            wait=tenacity.wait_random_exponential(
                multiplier=self.patience.first_wait_s, max=self.patience.longest_wait_s
            ),
            sleep=self._sleep,
            reraise=True,
        )

    def hurried(self, failing_s: float = 15) -> "Asker":
        """Asks through the same clients, for questions that somebody waits for: an endpoint that is not there shows."""
        twin = copy.copy(self)
        twin.patience = replace(self.patience, failing_s=min(failing_s, self.patience.failing_s))
        twin._retrying = self._retrying.copy(stop=twin._enough)
        return twin

    def stop(self) -> None:
        """From now on every call raises StoppedError, those that wait for their turn too."""
        self._stopping.set()

    def _sleep(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise StoppedError

    def ask(self, call: Call, signer: Signer) -> Iterator[Record]:
        """The pages of the answer, as they come. The last record tells where it ended, and why."""
        token, seen = "", set[str]()
        for page in range(1, _MOST_PAGES + 1):
            reply = self.page(call, signer, page=page, token=token)
            yield reply.record
            token = reply.token
            if not token:
                return
            if token in seen:
                break
            seen.add(token)
        reason = "AWS named the same page twice" if token in seen else f"more than {_MOST_PAGES} pages"
        yield Record(call, Outcome.FAILED, page=page + 1, error_code="EndlessListing", error_message=reason)

    def page(
        self, call: Call, signer: Signer, *, page: int = 1, token: str = "", unrecorded: Mapping[str, Any] | None = None
    ) -> Reply:
        """One page. ``unrecorded`` parameters are sent and never stored. Never raises for what AWS does.

        Raises StoppedError once the run is being stopped.
        """
        action = action_of(call.service, call.operation)
        params = json.loads(call.params) | dict(action.page) | dict(unrecorded or {})
        if token:
            params[action.token] = token
        tries = _Tries(call, action, signer, params)
        try:
            answer = self._retrying(self._attempt, tries)
        except CallError as trouble:
            return Reply(self._troubled(tries, page, trouble), {})
        return self._answered(tries, page, answer)

    def _attempt(self, tries: "_Tries") -> Json:
        call, action = tries.call, tries.action
        self._sleep(self.limits.book(call, action))
        tries.attempts += 1
        tries.asked_at, tries.behind = datetime.now(UTC), self.clients.clock.behind
        try:
            with signing_as(tries.signer.frozen()):
                answer = self.clients.call(call.service, call.operation, call.region, tries.params)
            if lacking := action.lacking(answer):
                raise IncompleteAnswerError(f"the answer lacks {', '.join(lacking)}")
        except UNANSWERED as error:
            trouble = trouble_of(error, action, lambda: self.clients.listed(call.service, call.region))
            raise self._met(tries, trouble) from None
        return answer

    def _met(self, tries: "_Tries", trouble: CallError) -> CallError:
        tries.met[trouble.outcome] += 1
        if trouble.expired:
            tries.signer.renew()
        elif trouble.of_clock and (theirs := _date(trouble.headers)):
            trouble.again = self.clients.clock.corrected(theirs, tries.asked_at, tries.behind)
        return trouble

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, CallError):
            return True
        often = {
            Outcome.THROTTLED: self.patience.throttled,
            Outcome.NOT_OFFERED: self.patience.unknown,
            Outcome.REFUSED: self.patience.expired,
        }
        if error.outcome is Outcome.FAILED and (state.seconds_since_start or 0) >= self.patience.failing_s:
            return True
        tries: _Tries = state.args[0]
        return tries.met[error.outcome] >= often.get(error.outcome, self.patience.failed)

    def _answered(self, tries: "_Tries", page: int, answer: Json) -> Reply:
        metadata = answer.pop("ResponseMetadata", {})
        token = str(answer.pop(tries.action.token, "") or "") if tries.action.token else ""
        kept, masked = self.masker.answer(tries.call.name, answer)
        record = Record(
            tries.call,
            Outcome.ANSWERED,
            kept,
            page,
            last_page=not token,
            request_id=str(metadata.get("RequestId", "")),
            asked_at=tries.asked_at,
            answered_at=_date(metadata.get("HTTPHeaders", {})),
            attempts=tries.attempts,
            throttles=tries.met[Outcome.THROTTLED],
            received_sha256=self.masker.digest(self.clients.received(), masked),
        )
        return Reply(record, answer, token)

    def _troubled(self, tries: "_Tries", page: int, trouble: CallError) -> Record:
        return Record(
            tries.call,
            trouble.outcome,
            page=page,
            error_code=trouble.code,
            error_message=self.masker.text(trouble.message),
            request_id=trouble.request_id,
            asked_at=tries.asked_at,
            answered_at=_date(trouble.headers),
            attempts=max(1, tries.attempts),
            throttles=tries.met[Outcome.THROTTLED],
        )


class _Tries:
    """The attempts at one page."""

    def __init__(self, call: Call, action: Action, signer: Signer, params: Json) -> None:
        self.call, self.action, self.signer, self.params = call, action, signer, params
        self.asked_at = datetime.now(UTC)
        """When the last attempt was made, by our clock."""
        self.behind = timedelta(0)
        """What its signature's time was corrected by."""
        self.attempts = 0
        self.met: Counter[Outcome] = Counter()


def _date(headers: Mapping[str, str]) -> datetime | None:
    """The service's own clock."""
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return None
