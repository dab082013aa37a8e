"""Whether AWS is still there. An account without answers may be alone with that; else the run must not go on.

A run that lost its network, or whose session ended, would record thousands of accounts as unreadable, and finish.
"""

from collections.abc import Iterable

from orgaudit.aws.organization import Access
from orgaudit.aws.outcomes import EXPIRED_CODES
from orgaudit.errors import AccessError
from orgaudit.model.calls import Call, Outcome, Record


def check_reach(access: Access, records: Iterable[Record]) -> None:
    """Asks who we are, where one of these records got nothing from AWS. Raises AccessError when that fails too."""
    if not any(_is_cut_off(record) for record in records):
        return
    me = access.identity
    call = Call.of(me.account_id, me.region, "sts", "GetCallerIdentity")
    record = next(access.asker.hurried().ask(call, me.signer))
    if record.error_code in EXPIRED_CODES:
        raise AccessError(f"the AWS credentials have expired ({record.error_code}): sign in again")
    if _is_cut_off(record):
        raise AccessError(f"AWS cannot be reached any more ({record.error_code}): check the network")


def _is_cut_off(record: Record) -> bool:
    """Nothing came back, not even the service's clock; or a session has ended, ours perhaps."""
    if record.error_code in EXPIRED_CODES:
        return True
    return record.outcome is Outcome.FAILED and record.answered_at is None and not record.request_id
