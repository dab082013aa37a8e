"""Ctrl-C during a run: once, it ends in good order; twice, at once. Either way it can be resumed."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from orgaudit.cli import messages

INTERRUPTED = 130
_FIRST = "orgaudit: finishing what is under way, then stopping; Ctrl-C again stops at once"
_SECOND = "orgaudit: stopped at once; go on with `orgaudit run --resume` and the unfinished bundle"


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """An event that the first SIGINT or SIGTERM sets; the second ends the process without further ado.

    What is recorded is whole at every moment, so nothing is lost by that. Once stopped, the process is on its way
    out when this ends: a late Ctrl-C, which would only cut its last words and its exit code, is ignored.
    """
    stop = threading.Event()

    def told(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            _leave()
        stop.set()
        os.write(2, messages.encoded(_FIRST))  # not through sys.stderr, which this very thread may be writing to

    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if stop.is_set() else handler)


def _leave() -> None:
    os.write(2, messages.encoded(_SECOND))
    for worker in multiprocessing.active_children():
        worker.kill()
    os._exit(INTERRUPTED)
