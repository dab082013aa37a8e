"""The engine for several machines: a Dask cluster, an existing one or one of this machine's processes.

What travels to a worker is the recipe and one account at a time, what comes back is masked records. Workers sign in by
their own environment: no credentials pass through the scheduler or reach a disk.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, suppress
from queue import Empty, SimpleQueue
from typing import Any

from orgaudit.aws.engine import Collected, Task, lost, shielded
from orgaudit.aws.recipe import Recipe
from orgaudit.aws.worker import Worker
from orgaudit.errors import AccessError, ConfigError

_CONNECT_S, _CLOSE_S, _LOOK_EVERY_S, _WITHOUT_WORKERS_S = 30, 30, 5, 60


class Cluster:
    """Workers of a Dask cluster. One that dies takes nothing with it: Dask gives its accounts to another."""

    def __init__(self, recipe_for: Callable[[int], Recipe], processes: int, scheduler: str) -> None:
        self._scheduler = scheduler
        self._local: Any = None
        self._client: Any = None
        with ExitStack() as undo:
            undo.callback(self.close)
            client = self._connect(processes)
            count = len(self._workers())
            self._recipe = recipe_for(count)
            self._most = count * self._recipe.threads
            try:
                client.run(_open, self._recipe)
            except ImportError as error:
                raise AccessError(f"a worker of the Dask cluster has no orgaudit: install it there ({error})") from None
            undo.pop_all()

    def run(self, tasks: Iterable[Task]) -> Iterator[Collected]:
        """The results as they come; as many tasks are held as the cluster's workers have threads.

        Raises AccessError, once everything else was read, that names the accounts whose workers died again and again;
        at once, when the cluster is gone.
        """
        from distributed import KilledWorker

        back: SimpleQueue[Any] = SimpleQueue()
        held: dict[str, tuple[Any, Task]] = {}
        given_up: list[str] = []
        coming, more = iter(tasks), True
        try:
            while more or held:
                room = len(held) < self._most
                task = next(coming, None) if more and room else None
                if task is not None:
                    future = self._client.submit(_read, self._recipe, task, pure=False)
                    held[future.key] = future, task
                    future.add_done_callback(back.put)
                elif room:
                    more = False
                for future in self._returned(back, held, wait=task is None and bool(held)):
                    _, done = held.pop(future.key)
                    try:
                        yield future.result()
                    except KilledWorker:
                        given_up.append(done.account_id)
                    except CancelledError:
                        raise lost([done.account_id, *_accounts(held)], "the Dask scheduler is gone") from None
            if given_up:
                raise lost(given_up, "worker processes died again and again while reading them")
        finally:
            for future, _ in held.values():
                future.release()

    def close(self) -> None:
        """Leaves the cluster; ends it where it is our own: its processes end with this one if not before."""
        with suppress(OSError):  # time-outs are OSErrors; where the scheduler is gone, there is nothing to leave
            if self._client is not None:
                if self._local is None and self._client.status == "running":
                    self._client.run(_forget, on_error="ignore")
                self._client.close(timeout=_CLOSE_S)
        with suppress(OSError):
            if self._local is not None:
                self._local.close(timeout=_CLOSE_S)

    def _connect(self, processes: int) -> Any:
        try:
            import distributed
        except ModuleNotFoundError as error:
            raise ConfigError(
                f'[collect] engine: "dask" needs {error.name}; install it with: pip install "orgaudit[dask]"'
            ) from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is told by this engine
        if not self._scheduler:
            with shielded():
                self._local = distributed.LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=processes,
                    threads_per_worker=4,
                    memory_limit=None,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",  # any free port: None takes 8787, whoever has it
                    silence_logs=logging.CRITICAL,
                )
        try:
            self._client = distributed.Client(  # type: ignore[no-untyped-call]
                self._local or self._scheduler, timeout=_CONNECT_S, set_as_default=False
            )
            self._client.wait_for_workers(1, timeout=_CONNECT_S)
        except (OSError, ValueError) as error:  # time-outs are OSErrors
            raise AccessError(
                f'[collect] scheduler: "{self._scheduler}" cannot be used ({type(error).__name__}). '
                "Check that it runs and has workers"
            ) from error
        return self._client

    def _workers(self) -> dict[str, Any]:
        return dict(self._client.scheduler_info()["workers"])

    def _returned(self, back: SimpleQueue[Any], held: dict[str, tuple[Any, Task]], wait: bool) -> Iterator[Any]:
        """The futures that are done; waits for one where there is nothing else to do."""
        without_workers_s = 0
        while wait and back.empty():
            try:
                yield back.get(timeout=_LOOK_EVERY_S)
                break
            except Empty:
                without_workers_s = 0 if self._any_workers() else without_workers_s + _LOOK_EVERY_S
            if without_workers_s >= _WITHOUT_WORKERS_S:
                raise lost(_accounts(held), "the Dask cluster has no workers any more")
        while not back.empty():
            yield back.get()

    def _any_workers(self) -> bool:
        try:
            return self._client.status == "running" and bool(self._workers())
        except OSError:
            return False


def _accounts(held: dict[str, tuple[Any, Task]]) -> list[str]:
    return [task.account_id for _, task in held.values()]


# What runs in a worker of the cluster

_ready: dict[str, Worker] = {}
_opening = threading.Lock()


def _read(recipe: Recipe, task: Task) -> Collected:
    from distributed import secede

    # reading waits for AWS most of the time: the worker may begin another account meanwhile
    secede()  # type: ignore[no-untyped-call]
    return _worker(recipe).read(task)


def _open(recipe: Recipe) -> None:
    """Signs in before there is anything to read, so that what keeps a worker from it shows at once."""
    _worker(recipe)


def _worker(recipe: Recipe) -> Worker:
    """This process's worker for the run; there is one run at a time."""
    with _opening:
        if recipe.id not in _ready:
            _close_all()
            _ready[recipe.id] = recipe.open()
        return _ready[recipe.id]


def _forget() -> None:
    """The run is over: no session and no connection stays behind."""
    with _opening:
        _close_all()


def _close_all() -> None:
    while _ready:
        _ready.popitem()[1].stop()
