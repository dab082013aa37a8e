"""One delivery, tried: it is delivered, certainly not delivered, or nobody knows.

NotDelivered   a definite refusal: nothing was handed over       may be tried again; at once if it is temporary
AnswerLost     handed over, and the answer never came            tried again only when somebody says so
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_chain, wait_fixed

PAUSES_S = (2, 10, 30)
"""How long to wait before each further try after a temporary refusal. Longer greylisting is left to a later `send`."""


class NotDelivered(Exception):  # noqa: N818 - an outcome, as its twin is
    """A definite refusal; the message says by whom, why, and what to do."""

    def __init__(self, message: str, *, temporary: bool = False) -> None:
        super().__init__(message)
        self.temporary = temporary


class AnswerLost(Exception):  # noqa: N818 - an outcome, as its twin is
    """Handed over without an answer: it may have arrived."""


class State(StrEnum):
    """What is known of a delivery."""

    PENDING = "pending"
    """Begun. Where nobody is at it any more, it is as good as unknown."""
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a delivery ended."""

    state: State
    detail: str
    """What the other side answered, or what went wrong and what to do about it."""
    tries: int = 1


def attempt(
    send: Callable[[], str], say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> Attempt:
    """Run ``send``, again after temporary refusals. It returns the answer, or raises NotDelivered or AnswerLost.

    say: told of every pause.
    """

    def before_sleep(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0
        say(f"{error}; trying again in {pause:.0f} s")

    retrying = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, NotDelivered) and error.temporary),
        wait=wait_chain(*(wait_fixed(pause) for pause in PAUSES_S)),
        stop=stop_after_attempt(len(PAUSES_S) + 1),
        before_sleep=before_sleep,
        sleep=sleep,
        reraise=True,
    )
    try:
        answer, state = retrying(send), State.SENT
    except NotDelivered as error:
        answer, state = str(error), State.REFUSED
    except AnswerLost as error:
        answer, state = str(error), State.UNKNOWN
    return Attempt(state, answer, int(retrying.statistics.get("attempt_number", 1)))
