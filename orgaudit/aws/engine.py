"""Who runs the accounts' work: what every engine does, and threads of this process, the engine that is enough mostly.

A task can be pickled and says all that a worker has to know of an account; what comes back can be pickled too. Other
engines: ``processes``, ``cluster``.
"""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Protocol

from orgaudit.aws.plan import Need
from orgaudit.errors import AccessError
from orgaudit.model.calls import Record
from orgaudit.model.settings import Collect


@dataclass(frozen=True, slots=True)
class Task:
    """One account to read."""

    account_id: str
    needs: tuple[Need, ...]
    """What is wanted of it."""
    known: tuple[Record, ...] = ()
    """What was recorded of it before: not asked again."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What an account's work gave."""

    account_id: str
    records: tuple[Record, ...]
    """New records only."""
    needs: frozenset[Need]
    """What its answers raise that lives with other accounts."""
    settled: frozenset[Need]
    """Those of the task's needs that it met."""
    refused: bool
    """The account's role could not be assumed."""


class Engine(Protocol):
    """Runs tasks, several at a time."""

    def run(self, tasks: Iterable[Task]) -> Iterator[Collected]:
        """The results as they come. Tasks are taken one by one, no more than are needed to stay busy.

        Raises AccessError when nothing can be read any more: what was yielded is complete.
        """

    def close(self) -> None:
        """Nothing more is to be run."""


class Threads:
    """Threads of this process. They wait for AWS most of the time, so there may be many more than cores."""

    def __init__(self, work: Callable[[Task], Collected], workers: int, abort: Callable[[], None]) -> None:
        self._work = work
        self._workers = workers
        self._abort = abort

    def run(self, tasks: Iterable[Task]) -> Iterator[Collected]:
        """The results as they come; no more than two tasks per thread are held at a time."""
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="account")
        running: set[Future[Collected]] = set()
        complete = False
        try:
            for task in tasks:
                running.add(pool.submit(self._work, task))
                patience_s = 0 if len(running) < 2 * self._workers else None
                done, running = wait(running, patience_s, FIRST_COMPLETED)
                yield from (future.result() for future in done)
            while running:
                done, running = wait(running, None, FIRST_COMPLETED)
                yield from (future.result() for future in done)
            complete = True
        finally:
            if not complete:  # interrupted, or nobody takes the results any more: accounts in flight are given up
                self._abort()
            pool.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """Nothing stays behind."""


def threads(settings: Collect) -> int:
    """Accounts that one process reads at once.

    Beyond 64 the interpreter's lock costs more than further threads gain (measured).
    """
    if settings.engine == "threads" and settings.workers:
        return settings.workers
    return min(64, 32 * (os.cpu_count() or 1))


def processes(settings: Collect) -> int:
    """Processes to read with, where there are to be several."""
    return settings.workers or os.cpu_count() or 1


@contextmanager
def shielded() -> Iterator[None]:
    """Processes and threads that are started inside are never interrupted: that is the affair of who started them.

    A terminal sends its interrupt to all processes of a run, while they start too.
    """
    resource_tracker.ensure_running()  # which would lift the shield when the first process needs it (CPython 3.11)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def lost(account_ids: Iterable[str], why: str) -> AccessError:
    """What is said of accounts that no worker could read to their end."""
    named = sorted(account_ids)
    return AccessError(
        f"{why}; {len(named)} accounts were not read: {', '.join(named)}. All others in the bundle are: resume the run"
    )
