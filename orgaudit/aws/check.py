"""Before a run: who asks, which accounts can be read, what is refused where. Reads nothing and writes nothing."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

from orgaudit.aws.actions import action_of
from orgaudit.aws.causes import Cause, cause_of, policy_named
from orgaudit.aws.collect import administrators, context_of, log_calls
from orgaudit.aws.engine import Collected, Task, Threads, threads
from orgaudit.aws.engines import here
from orgaudit.aws.members import Members
from orgaudit.aws.organization import Access
from orgaudit.aws.plan import Kind, Need
from orgaudit.aws.probes import COSTS_AN_OBSERVATION, NOT_REFUSED
from orgaudit.model.calls import KNOWN, Outcome, Record
from orgaudit.model.settings import Config
from orgaudit.progress import Progress


class Trouble(NamedTuple):
    """A call that some accounts do not answer, all for the same cause."""

    cause: Cause
    call: str
    """Service and operation, for example ``cloudtrail:DescribeTrails``."""
    region: str


@dataclass
class Examination:
    """What a check found."""

    access: Access
    config: Config
    administrators: tuple[str, ...] = ()
    """Delegated administrators of CloudTrail."""
    listed: int = 0
    in_scope: tuple[str, ...] = ()
    readable: set[str] = field(default_factory=set)
    """Accounts that answered something."""
    calls: int = 0
    regions: dict[str, Counter[bool]] = field(default_factory=dict)
    """Where trails are looked for, in that order: how many accounts answered there, and how many did not."""
    troubles: dict[Trouble, set[str]] = field(default_factory=lambda: defaultdict(set))
    """What is not answered, and the accounts that do not."""
    said: dict[Trouble, Record] = field(default_factory=dict)
    """For each trouble the first record of it."""

    @property
    def is_management(self) -> bool:
        """The caller is in the management account; otherwise in a delegated administrator."""
        return self.access.caller_account_id == self.access.management_account_id

    @property
    def unopened(self) -> set[str]:
        """Accounts whose role cannot be assumed."""
        return set().union(*(ids for trouble, ids in self.troubles.items() if trouble.call == "sts:AssumeRole"))

    @property
    def exit_code(self) -> int:
        """3 when no account in scope can be read, 4 when something is not answered that a verdict needs, else 0."""
        if not self.readable:
            return 3
        whole = self.readable.issuperset(self.in_scope) and not any(map(self.needs, self.troubles))
        return 0 if whole else 4

    def needs(self, trouble: Trouble) -> bool:
        """Whether some verdict needs the call; without the others a report lacks a name or an observation."""
        return trouble.call not in COSTS_AN_OBSERVATION and not trouble.call.startswith("organizations:")

    def policies(self, cause: Cause) -> list[str]:
        """The policies that AWS names as those that refuse, where it does."""
        return sorted({policy_named(record) for trouble, record in self.said.items() if trouble.cause is cause} - {""})

    def look_in(self, regions: Iterable[str]) -> None:
        """Trails are looked for in these regions, in this order."""
        self.regions = {region: self.regions.get(region, Counter()) for region in (*regions, *self.regions)}

    def note(self, collected: Collected) -> None:
        """Takes in what one account answered."""
        self.calls += sum(record.attempts for record in collected.records)
        trails = [record for record in collected.records if record.call.operation == "DescribeTrails"]
        for record in trails:
            self.regions[record.call.region][record.outcome in KNOWN] += 1
        if any(record.outcome in KNOWN and record.call.service != "sts" for record in collected.records):
            self.readable.add(collected.account_id)
        elsewhere = any(record.outcome in KNOWN for record in trails)
        for record in collected.records:
            if record.outcome in KNOWN or record.error_code in NOT_REFUSED or (record in trails and elsewhere):
                continue
            self._trouble(record, collected.account_id)

    def note_organization(self, records: Iterable[Record]) -> None:
        """Takes in what the organization answered."""
        for record in records:
            self.calls += record.attempts
            if record.outcome not in KNOWN:
                self._trouble(record, self.access.caller_account_id)

    def _trouble(self, record: Record, account_id: str) -> None:
        if record.outcome is Outcome.NOT_OFFERED and action_of(record.call.service, record.call.operation).optional:
            return  # a run takes it as "there is none", or notes an observation
        trouble = Trouble(cause_of(record), record.call.name, record.call.region)
        self.troubles[trouble].add(account_id)
        self.said.setdefault(trouble, record)


def examine(access: Access, config: Config, progress: Progress) -> Examination:
    """Ask every account in scope a few questions; answers are looked at and forgotten.

    One AssumeRole and about seven calls for an account, some ten more where a trail's log group lives. Excluded
    accounts are not asked. Raises ConfigError and AccessError as a run does.
    """
    examination = Examination(access, config)
    with ThreadPoolExecutor(2, thread_name_prefix="organization") as aside:
        members = Members(access, config, (), threading.Event())
        try:
            members.open(aside)
            in_scope = list(_listed(members, progress))
        finally:
            members.close()
    examination.listed, examination.in_scope = len(members.ours), tuple(in_scope)
    examination.administrators = tuple(administrators(members.records))
    records = [*members.records, *_tags(access, config)]
    examination.note_organization(records)
    progress.calls_done(len(records))
    _ask(examination, progress)
    return examination


def _listed(members: Members, progress: Progress) -> Iterator[str]:
    found = 0
    for page in members.in_scope():
        found += len(page)
        progress.accounts_found(found, complete=False)
        yield from page
    progress.accounts_found(found, complete=True)


def _tags(access: Access, config: Config) -> list[Record]:
    """Whether tags can be read, where one names the owner of findings."""
    if not config.organization.owner_tag:
        return []
    return access.ask(access.call("ListTagsForResource", ResourceId=access.caller_account_id))


def _ask(examination: Examination, progress: Progress) -> None:
    """The account we start in comes first, as in a run: it knows the organization trail's home region."""
    access, config, in_scope = examination.access, examination.config, examination.in_scope
    start = access.caller_account_id
    known: tuple[Record, ...] = ()
    for account_ids in ([start] if start in in_scope else [], [one for one in in_scope if one != start]):
        context = context_of(access, config, known)
        examination.look_in(context.regions)
        engine = Threads(here(access, config, context).read, threads(config.collect), access.asker.stop)
        for collected in engine.run(Task(one, (Need(Kind.RIGHTS, one),)) for one in account_ids):
            known = known or collected.records
            examination.note(collected)
            log_calls(collected)
            progress.calls_done(len(collected.records))
            progress.account_done(collected.account_id, collected.refused)
