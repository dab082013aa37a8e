"""From an opened organization to records: the account we start in, all accounts in scope, then what they share.

Each account is written when it is complete, in one transaction. Records are never held for longer than that; what is
kept in memory of ten thousand accounts is their listing, and the needs that live with other accounts.
"""

import logging
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from orgaudit.aws.demands import Demands
from orgaudit.aws.engine import Collected, Engine, Task
from orgaudit.aws.engines import engine_for, here
from orgaudit.aws.members import Members
from orgaudit.aws.organization import LEADERS, Access
from orgaudit.aws.plan import Context, Kind, Need, follow_ups
from orgaudit.aws.reach import check_reach
from orgaudit.model.calls import KNOWN, Record
from orgaudit.model.settings import Config
from orgaudit.model.values import flag, items, text
from orgaudit.progress import Progress, Silent

log = logging.getLogger(__name__)


class Recorder(Protocol):
    """Where records are kept."""

    def write(self, account_id: str, records: Iterable[Record], finished: bool) -> None:
        """Keeps the records, all or none. ``finished``: the account has come to its end."""

    def records_of(self, account_id: str) -> list[Record]:
        """What was kept of the calls made as this account."""


def collect(
    access: Access,
    config: Config,
    recorder: Recorder,
    progress: Progress | None = None,
    *,
    stop: threading.Event | None = None,
    done: frozenset[str] = frozenset(),
) -> None:
    """Reads the organization into the recorder.

    ``done``: accounts whose end is recorded already; they are not asked again, and neither is anything else that the
    recorder holds. ``stop``: once set, the accounts in flight are finished and no other is begun.

    Raises ConfigError for an organizational unit that does not exist, AccessError when the listing of accounts breaks
    off, the credentials expire or workers are lost (what was read is kept, and the run can be resumed), and what the
    recorder raises.
    """
    stop = stop or threading.Event()
    collection = _Collection(access, config, recorder, progress or Silent(), stop, done)
    with ThreadPoolExecutor(2, thread_name_prefix="organization") as aside:
        try:
            collection.read_accounts(aside)
            collection.read_shared()
        finally:
            collection.close()


class _Collection:
    def __init__(
        self,
        access: Access,
        config: Config,
        recorder: Recorder,
        progress: Progress,
        stop: threading.Event,
        done: frozenset[str],
    ) -> None:
        self._access, self._config, self._recorder, self._progress = access, config, recorder, progress
        self._stop, self._done = stop, done
        self._start = access.caller_account_id
        kept = recorder.records_of(self._start)
        self._members = Members(access, config, kept, stop)
        self._context = context_of(access, config, kept)
        self._demands = Demands()
        self._found = 0
        self._engine: Engine | None = None
        self._organization_kept = False

    def read_accounts(self, aside: ThreadPoolExecutor) -> None:
        """Every account in scope, the one we start in first: it knows the organization trail's home region."""
        self._members.open(aside)
        self._demands = Demands(administrators(self._members.records))
        pages = self._members.in_scope()
        listed = list(self._until_start(pages))
        if self._start in listed and self._start not in self._done:
            self._found = 1
            self._progress.accounts_found(self._found, complete=False)
            collected = here(self._access, self._config, self._context).read(_own_view(self._start))
            self._keep(collected, finished=True)
            self._context = context_of(self._access, self._config, collected.records)
        self._engine = engine_for(self._access, self._config, self._context)
        for collected in self._engine.run(self._tasks(listed, pages)):
            self._keep(collected, finished=True)
        if self._members.complete:
            check_reach(self._access, self._members.records)
            self._recorder.write(self._start, self._members.records, finished=False)
            self._progress.calls_done(len(self._members.records))

    def read_shared(self) -> None:
        """What accounts need of each other, until nothing is left that can be asked."""
        if self._engine is None or not self._members.complete:
            return
        for account_id in sorted(self._done & self._members.ours.keys()):
            self._demands.add(follow_ups(account_id, self._recorder.records_of(account_id), self._context))
        while not self._stop.is_set() and (wanted := self._demands.round(self._members.ours)):
            for collected in self._engine.run(self._support(wanted)):
                self._keep(collected, finished=False)

    def close(self) -> None:
        """Nothing more is wanted of the organization."""
        self._members.close()
        if self._engine is not None:
            self._engine.close()

    def _until_start(self, pages: Iterator[list[str]]) -> Iterator[str]:
        """The listing as far as needed to know whether the account we start in is in scope."""
        for page in pages:
            yield from page
            if self._start in self._members.ours:
                return

    def _tasks(self, listed: list[str], pages: Iterator[list[str]]) -> Iterator[Task]:
        for page in _after(listed, pages):
            todo = [account_id for account_id in page if account_id not in self._done and account_id != self._start]
            self._found += len(todo)
            self._progress.accounts_found(self._found, complete=False)
            for account_id in todo:
                if self._stop.is_set():
                    return
                yield _own_view(account_id)
        self._progress.accounts_found(self._found, complete=True)

    def _support(self, wanted: dict[str, tuple[Need, ...]]) -> Iterator[Task]:
        for account_id, needs in wanted.items():
            if self._stop.is_set():
                return
            yield Task(account_id, needs, tuple(self._recorder.records_of(account_id)))

    def _keep(self, collected: Collected, finished: bool) -> None:
        check_reach(self._access, collected.records)
        if collected.records or finished:
            self._recorder.write(collected.account_id, collected.records, finished)
        self._keep_organization()
        self._demands.add(collected.needs)
        self._demands.settle(collected.settled)
        self._progress.calls_done(len(collected.records))
        log_calls(collected)
        if finished:
            self._progress.account_done(collected.account_id, collected.refused)

    def _keep_organization(self) -> None:
        """As soon as it is known, and not at the end: a report of an interrupted run names the accounts not read."""
        if not self._organization_kept and (records := self._members.whole()):
            check_reach(self._access, records)
            self._recorder.write(self._start, records, finished=False)
            self._organization_kept = True


def log_calls(collected: Collected) -> None:
    """For whoever watches the run closely; the records hold the same and more."""
    log.info("account %s read, calls: %d", collected.account_id, len(collected.records))
    for record in collected.records:
        if record.outcome not in KNOWN:
            where = (record.call.name, record.call.region, record.call.account_id)
            log.info("%s in %s, account %s: %s %s %s", *where, record.outcome, record.error_code, record.error_message)


def _own_view(account_id: str) -> Task:
    return Task(account_id, (Need(Kind.ACCOUNT, account_id),))


def _after(listed: list[str], pages: Iterator[list[str]]) -> Iterator[list[str]]:
    yield listed
    yield from pages


def context_of(access: Access, config: Config, records: Iterable[Record]) -> Context:
    """Where trails are looked for: where the organization trail lives, as the records say, then where they may."""
    trails = [trail for record in records for trail in items(record.answer, "trailList")]
    homes = [
        text(trail.get("HomeRegion")) or ""
        for trail in sorted(trails, key=lambda trail: str(trail.get("TrailARN")))
        if flag(trail.get("IsOrganizationTrail")) and flag(trail.get("IsMultiRegionTrail"))
    ]
    regions = [*homes, LEADERS.get(access.partition, ""), access.start_region]
    return Context(
        tuple(dict.fromkeys(region for region in regions if region)),
        config.organization.monitoring_accounts,
        sweep_from=access.identity.organizations_region if config.audit.sweep == "failed" else "",
        confirm=config.audit.confirm_with_aws,
    )


def administrators(records: Iterable[Record]) -> Iterator[str]:
    """CloudTrail's delegated administrators."""
    for record in records:
        for found in items(record.answer, "DelegatedAdministrators"):
            if text(found.get("Id")):
                yield str(found["Id"])
