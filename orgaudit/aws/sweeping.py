"""The sweep: once the verdicts stand, filters and alarms in every enabled region of the accounts that failed."""

import threading
from collections.abc import Iterable

from orgaudit.aws.collect import Recorder, context_of
from orgaudit.aws.engine import Task
from orgaudit.aws.engines import engine_for
from orgaudit.aws.organization import Access
from orgaudit.aws.plan import Kind, Need
from orgaudit.model.settings import Config
from orgaudit.model.sweep import MOST_ACCOUNTS
from orgaudit.progress import Progress


def sweep(
    access: Access,
    config: Config,
    recorder: Recorder,
    progress: Progress,
    accounts: Iterable[str],
    stop: threading.Event | None = None,
) -> None:
    """Reads the first of these accounts, no more than a sweep may; what the recorder holds is not asked again.

    ``stop``: once set, the accounts in flight are finished and no other is begun.
    Raises AccessError when nothing can be read any more, ConfigError for an engine that is not there, and what the
    recorder raises.
    """
    where = access.identity.organizations_region
    tasks = (
        Task(account_id, (Need(Kind.SWEEP, account_id, where),), tuple(recorder.records_of(account_id)))
        for account_id in list(accounts)[:MOST_ACCOUNTS]
        if stop is None or not stop.is_set()
    )
    engine = engine_for(access, config, context_of(access, config, ()))
    try:
        for collected in engine.run(tasks):
            recorder.write(collected.account_id, collected.records, finished=False)
            progress.calls_done(len(collected.records))
    finally:
        engine.close()
