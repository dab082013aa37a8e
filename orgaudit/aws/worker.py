"""Reading one account: its role is assumed, its plan followed to the end, everything recorded."""

import logging
from dataclasses import dataclass

from orgaudit.aws.asking import Asker, Signer, StoppedError
from orgaudit.aws.engine import Collected, Task
from orgaudit.aws.identity import AssumedRole, credentials_expired, role_call
from orgaudit.aws.outcomes import EXPIRED_CODES
from orgaudit.aws.plan import Context, Kind, account_plan, follow_ups, settled
from orgaudit.errors import AccessError
from orgaudit.model.calls import Call, Outcome, Record
from orgaudit.model.settings import Organization

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """As whom the run asks at first."""

    account_id: str
    partition: str
    region: str
    """Where roles are assumed, and trails looked for last."""
    organizations_region: str
    session_name: str
    """The run's id: by it an auditor finds the run in CloudTrail."""
    signer: Signer
    external_id: str = ""


class Worker:
    """Reads accounts, any number at a time. Holds nothing that grows with them."""

    def __init__(self, asker: Asker, identity: Identity, organization: Organization, context: Context) -> None:
        self._asker, self._identity, self._organization, self._context = asker, identity, organization, context

    def read(self, task: Task) -> Collected:
        """All that the task wants of the account, and what that raises elsewhere.

        Raises StoppedError once the run is being stopped, AccessError once the credentials that the run started with
        have expired; then nothing of the account is kept.
        """
        records = list(task.known)
        try:
            self._follow(task, records)
            raised = follow_ups(task.account_id, records, self._context, task.needs)
            met = [need for need in task.needs if settled(task.account_id, need, records, self._context)]
        except (StoppedError, AccessError):
            raise
        except Exception as error:
            log.exception("the plan for account %s failed", task.account_id)
            plan = Call.of(task.account_id, self._identity.region, "orgaudit", "Plan")
            records.append(_bug(plan, 1, error))
            raised, met = set(), []
        finally:
            self._asker.limits.forget(task.account_id)
        fresh = tuple(records[len(task.known) :])
        refused = any(record.call.operation == "AssumeRole" and record.answer is None for record in fresh)
        return Collected(task.account_id, fresh, frozenset(raised), frozenset(met), refused)

    def _follow(self, task: Task, records: list[Record]) -> None:
        """Follows the plan round by round; ``records`` grows with each answer."""
        if self._organization.owner_tag and Kind.ACCOUNT in {need.kind for need in task.needs}:
            records += self._tags(task.account_id)
        signer: Signer | None = None
        while calls := account_plan(task.account_id, records, self._context, task.needs):
            if signer is None and not _refused_before(records):
                signer = self._signer(task.account_id)
                if isinstance(signer, AssumedRole):
                    records.append(_opened(signer))
            if signer is None or _refused_before(records):
                return
            for call in calls:
                records += self._asked(call, signer)
        if isinstance(signer, AssumedRole):
            records += signer.records[1:]

    def stop(self) -> None:
        """Nothing more is asked, what is being asked is given up."""
        self._asker.stop()
        self._asker.clients.close()

    def _signer(self, account_id: str) -> Signer:
        """The credentials at hand where they belong to this account already, else its role's."""
        me = self._identity
        if account_id == me.account_id:
            return me.signer
        role = self._organization.role_in(account_id)
        call = role_call(me.partition, account_id, role, me.region, me.session_name)
        return AssumedRole(self._asker, me.signer, call, me.external_id)

    def _asked(self, call: Call, signer: Signer) -> list[Record]:
        """The call's pages; a bug of ours on the way is recorded as what it is, and the account goes on."""
        pages: list[Record] = []
        try:
            for record in self._asker.ask(call, signer):
                pages.append(record)  # noqa: PERF402 - those that came before a bug are kept
        except StoppedError:
            raise
        except Exception as error:
            log.exception("%s in account %s failed", call.name, call.account_id)
            pages.append(_bug(call, len(pages) + 1, error))
        return pages

    def _tags(self, account_id: str) -> list[Record]:
        me = self._identity
        params = {"ResourceId": account_id}
        call = Call.of(me.account_id, me.organizations_region, "organizations", "ListTagsForResource", **params)
        return self._asked(call, me.signer)


def _opened(role: AssumedRole) -> Record:
    """The first AssumeRole. That our own credentials are over says nothing of the account."""
    record = role.open()
    if record.error_code in EXPIRED_CODES:
        raise credentials_expired(record.error_code)
    return record


def _bug(call: Call, page: int, error: Exception) -> Record:
    """The exception's type alone: its text may hold anything."""
    return Record(call, Outcome.FAILED, page=page, error_code=type(error).__name__, error_message="a bug in orgaudit")


def _refused_before(records: list[Record]) -> bool:
    """The account's role could not be assumed, in this run or before it was resumed."""
    first = next((record for record in records if record.call.operation == "AssumeRole"), None)
    return first is not None and first.answer is None
