"""Progress of a collection: a bar on a terminal, a plain line now and then elsewhere."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orgaudit.cli import messages
from orgaudit.progress import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_LINE_EVERY_S = 10.0


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Progress as long as the context lasts, on standard error; TERM=dumb wants plain lines on a terminal too."""
    if messages.as_json() or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (SpinnerColumn("line"), BarColumn(bar_width=10), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Bar(bar)


class _Counts:
    """What has been done so far."""

    def __init__(self) -> None:
        self.total, self.complete, self.done, self.refused, self.calls = 0, False, 0, 0, 0
        self.started = time.monotonic()

    @property
    def rate(self) -> float:
        """Calls per second since the beginning."""
        return self.calls / max(time.monotonic() - self.started, 0.001)

    @property
    def seconds_left(self) -> int | None:
        """How long the rest will take at this pace; None while nobody can tell."""
        if not self.complete or not self.done:
            return None
        return round((time.monotonic() - self.started) / self.done * max(0, self.total - self.done))

    def stage(self, name: str) -> None:
        """The next stage of the pipeline begins."""
        raise NotImplementedError

    def accounts_found(self, total: int, complete: bool) -> None:
        """So many accounts are to be read; complete once the whole organization is listed."""
        self.total, self.complete = total, complete
        self.show()

    def account_done(self, account_id: str, refused: bool) -> None:
        """An account came to its end."""
        self.done += 1
        self.refused += refused
        self.show()

    def calls_done(self, count: int) -> None:
        """So many further calls were made."""
        self.calls += count
        self.show()

    def show(self) -> None:
        """Tell the state."""
        raise NotImplementedError


class _Bar(_Counts):
    """One line per stage; the collection's grows with its accounts and tells refusals, calls per second, time left."""

    def __init__(self, bar: "Bar") -> None:
        super().__init__()
        self._bar = bar
        self._task: TaskID | None = None

    def stage(self, name: str) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._bar.console.print(name, highlight=False, markup=False)
        self._task = self._bar.add_task("", total=None)

    def show(self) -> None:
        if self._task is not None:
            left = "" if self.seconds_left is None else f", {_duration(self.seconds_left)} left"
            total = f"{self.total}" if self.complete else f"{self.total}+"
            told = f"{self.done}/{total} accounts, {self.refused} refused, {self.rate:.0f} calls/s{left}"
            self._bar.update(
                self._task, total=max(self.total, self.done) or None, completed=self.done, description=told
            )


class _Lines(_Counts):
    """A line at most every few seconds, so that a log stays readable."""

    def __init__(self) -> None:
        super().__init__()
        self._shown_at = self.started

    def stage(self, name: str) -> None:
        messages.say(name, "stage")

    def show(self) -> None:
        now = time.monotonic()
        if now - self._shown_at < _LINE_EVERY_S:
            return
        self._shown_at = now
        left = self.seconds_left
        of = f" of {self.total}" if self.complete else ""
        text = f"{self.done}{of} accounts read, {self.refused} refused, {self.calls} calls ({self.rate:.0f}/s)"
        messages.say(
            text if left is None else f"{text}, about {_duration(left)} left",
            "progress",
            accounts_done=self.done,
            accounts_total=self.total if self.complete else None,
            accounts_refused=self.refused,
            calls=self.calls,
            calls_per_s=round(self.rate, 1),
            seconds_left=left,
        )


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"
