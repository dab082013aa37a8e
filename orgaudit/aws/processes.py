"""The engine for one machine with several cores: processes, each with threads and clients of its own.

A process gets tasks through a pipe and sends each account back when it is read. One that dies takes nothing with it
but the accounts in its hands: they go to another, and a new process takes its place.
"""

import logging
import multiprocessing
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection, wait

from orgaudit.aws.asking import StoppedError
from orgaudit.aws.engine import Collected, Task, lost, shielded
from orgaudit.aws.recipe import Recipe
from orgaudit.errors import OrgauditError

log = logging.getLogger(__name__)

_DEATHS = 3
"""An account in whose reading so many processes died is left to a later run."""


class Processes:
    """Processes of this machine; no more than two tasks per thread are held by each at a time."""

    def __init__(self, recipe: Recipe, count: int) -> None:
        self._recipe = recipe
        self._processes = [_Process(recipe) for _ in range(count)]
        self._deaths: Counter[str] = Counter()
        self._given_back: deque[Task] = deque()

    def run(self, tasks: Iterable[Task]) -> Iterator[Collected]:
        """The results as they come, of accounts whose process died too.

        Raises AccessError, once everything else was read, that names the accounts whose processes died again and again.
        """
        self._deaths.clear()
        coming = iter(tasks)
        more = True
        while more or self._given_back or any(process.held for process in self._processes):
            free = min(self._processes, key=lambda process: len(process.held))
            room = len(free.held) < 2 * self._recipe.threads
            task = self._next(coming) if room and (more or self._given_back) else None
            if task is not None:
                free.give(task)
            elif room:
                more = False
            yield from self._received(patience_s=0 if task is not None else None)
        if given_up := [account_id for account_id, deaths in self._deaths.items() if deaths >= _DEATHS]:
            raise lost(given_up, f"worker processes died {_DEATHS} times while reading them")

    def close(self) -> None:
        """Ends the processes, whatever they do."""
        for process in self._processes:
            process.end()

    def _next(self, coming: Iterator[Task]) -> Task | None:
        return self._given_back.popleft() if self._given_back else next(coming, None)

    def _received(self, patience_s: float | None) -> Iterator[Collected]:
        """What has come back; waits for it where there is nothing else to do."""
        by_pipe = {process.pipe: process for process in self._processes if process.held}
        for pipe in wait(list(by_pipe), patience_s) if by_pipe else ():
            process = by_pipe[pipe]  # type: ignore[index]
            try:
                yield process.take()
            except (EOFError, OSError):
                self._replace(process)

    def _replace(self, dead: "_Process") -> None:
        """Another process for one that died; what it had in hand is done again."""
        log.warning("worker process %d died with %d accounts in hand", dead.pid, len(dead.held))
        dead.end()
        self._deaths.update(dead.held.keys())
        self._given_back.extend(task for task in dead.held.values() if self._deaths[task.account_id] < _DEATHS)
        self._processes[self._processes.index(dead)] = _Process(self._recipe)


class _Process:
    """One process as its parent sees it."""

    def __init__(self, recipe: Recipe) -> None:
        start = multiprocessing.get_context("spawn")
        self.pipe, theirs = start.Pipe()
        self.held: dict[str, Task] = {}
        """What it was given and has not brought back, by account."""
        self._process = start.Process(target=_serve, args=(recipe, theirs), name="orgaudit worker", daemon=True)
        with shielded():
            self._process.start()
        theirs.close()  # so that its death is the pipe's end

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid or 0

    def give(self, task: Task) -> None:
        """Hands over an account. A process that is dead shows when something is to be taken from it."""
        self.held[task.account_id] = task
        try:
            self.pipe.send(task)
        except OSError:
            log.debug("worker process %d takes nothing any more", self.pid)

    def take(self) -> Collected:
        """An account that was read. Raises EOFError or OSError when the process died, else what its work raised."""
        came = self.pipe.recv()
        if isinstance(came, BaseException):
            raise came
        collected: Collected = came
        del self.held[collected.account_id]
        return collected

    def end(self) -> None:
        """Stops it at once."""
        self._process.terminate()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self.pipe.close()


def _serve(recipe: Recipe, pipe: Connection) -> None:
    """What a process does: reads the accounts that come through the pipe until it closes."""
    sending = threading.Lock()

    def send(answer: Collected | BaseException) -> None:
        with sending, suppress(OSError):  # where the parent is gone, nobody is to be told
            pipe.send(answer)

    def hand_in(reading: Future[Collected]) -> None:
        if reading.cancelled() or isinstance(reading.exception(), StoppedError):
            return
        send(reading.exception() or reading.result())

    try:
        worker = recipe.open()
    except OrgauditError as error:
        send(error)
        return
    with ThreadPoolExecutor(recipe.threads, thread_name_prefix="account") as pool:
        try:
            while True:
                pool.submit(worker.read, pipe.recv()).add_done_callback(hand_in)
        except (EOFError, OSError):  # the parent is gone
            worker.stop()
            pool.shutdown(wait=True, cancel_futures=True)
