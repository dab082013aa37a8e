"""How fast may be asked: a bucket of tokens for each account, service, operation and region, shared by nobody else."""

import threading
import time
from collections.abc import Callable

from orgaudit.aws.actions import Action
from orgaudit.model.calls import Call


class Bucket:
    """Lets ``per_second`` calls through in the long run, and as many at once after a rest.

    A place is booked under the lock and waited for outside it, so nobody waits for somebody who sleeps.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._spacing_s = 1 / per_second
        self._ahead_s = max(1.0, per_second) * self._spacing_s
        self._clock = clock
        self._lock = threading.Lock()
        self._booked_until = clock() - self._ahead_s

    def book(self) -> float:
        """Takes a place; returns how many seconds to wait for it."""
        with self._lock:
            now = self._clock()
            self._booked_until = max(self._booked_until, now - self._ahead_s) + self._spacing_s
            return max(0.0, self._booked_until - now)


class Limits:
    """The buckets of a run.

    ``share``: the part of the run-wide limits that falls to this process, where several divide the work.
    """

    def __init__(self, share: float = 1.0) -> None:
        self._share = share
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str, str, str], Bucket] = {}

    def book(self, call: Call, action: Action) -> float:
        """Seconds to wait before this call may be made."""
        account_id = "" if action.shared else call.account_id
        key = (account_id, call.service, call.operation, "" if action.shared else call.region)
        bucket = self._buckets.get(key)
        if bucket is None:
            with self._lock:
                rate = action.per_second * (self._share if action.shared else 1)
                bucket = self._buckets.setdefault(key, Bucket(rate))
        return bucket.book()

    def forget(self, account_id: str) -> None:
        """Drops an account's buckets once it is read, so that memory does not grow with the organization."""
        with self._lock:
            for key in [key for key in self._buckets if key[0] == account_id]:
                del self._buckets[key]
