"""As whom is asked: the credentials at hand, and the roles assumed with them."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore import exceptions as botocore_errors
from botocore.credentials import Credentials, ReadOnlyCredentials

from orgaudit.aws.actions import session_policy
from orgaudit.aws.asking import Asker, Reply, Signer
from orgaudit.aws.outcomes import NOT_RENEWED, CallError
from orgaudit.errors import AccessError
from orgaudit.model.calls import Call, Outcome, Record

_LONG_S, _SHORT_S = 3600, 900
"""A role session lasts an hour where it may; role chaining allows no more, a role's own limit may be less."""


UNUSABLE = (botocore_errors.BotoCoreError, botocore_errors.ClientError, OSError, ValueError)
"""What finding and renewing credentials may raise: a service refuses, a program that gives them fails or is missing."""


class AtHand:
    """The credentials of the environment; botocore renews those that can be renewed."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def frozen(self) -> ReadOnlyCredentials:
        """The credentials now; raises CallError when they cannot be renewed: that is the end of the run, not a refusal.

        What keeps us from asking for new ones for the moment is raised as it is.
        """
        try:
            return self._credentials.get_frozen_credentials()
        except (botocore_errors.ConnectionError, botocore_errors.HTTPClientError):
            raise
        except UNUSABLE as error:
            raise CallError(Outcome.REFUSED, NOT_RENEWED, f"{type(error).__name__}: {error}") from error

    def renew(self) -> None:
        """Nothing: botocore renews by itself what can be renewed."""


class AssumedRole:
    """A session in one account, renewed before it ends, however short it is."""

    def __init__(
        self,
        asker: Asker,
        base: Signer,
        call: Call,
        external_id: str = "",
        policy: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.records: list[Record] = []
        """What AssumeRole answered: the first time, and each time the session was renewed."""
        self._asker, self._base, self._call, self._clock = asker, base, call, clock
        self._secret: dict[str, Any] = {"Policy": policy or session_policy()}
        if external_id:
            self._secret["ExternalId"] = external_id
        self._duration_s = _LONG_S
        self._lock = threading.Lock()
        self._credentials: ReadOnlyCredentials | None = None
        self._renew_at = 0.0

    def open(self) -> Record:
        """Assumes the role, unless that was done; the record of the first attempt."""
        with self._lock:
            if not self.records:
                self._assume()
            return self.records[0]

    def frozen(self) -> ReadOnlyCredentials:
        """Credentials with some time left; raises CallError where the role cannot be assumed (any more)."""
        with self._lock:
            if self._credentials is None or self._clock() >= self._renew_at:
                self._assume()
            if self._credentials is None:
                last = self.records[-1]
                raise CallError(last.outcome, last.error_code, last.error_message)
            return self._credentials

    def renew(self) -> None:
        """The session is over, whatever our clock says."""
        self._renew_at = 0.0

    def _assume(self) -> None:
        asked_at = self._clock()
        reply = self._ask()
        if "DurationSeconds" in reply.record.error_message and self._duration_s != _SHORT_S:
            self._duration_s = _SHORT_S
            reply = self._ask()
        self.records.append(reply.record)
        given = reply.unmasked.get("Credentials")
        if not isinstance(given, Mapping):
            self._credentials = None
            return
        self._credentials = ReadOnlyCredentials(
            str(given.get("AccessKeyId")), str(given.get("SecretAccessKey")), str(given.get("SessionToken"))
        )
        lifetime_s = _lifetime_s(str(given.get("Expiration", "")), reply.record, self._duration_s)
        self._renew_at = asked_at + lifetime_s - min(300.0, lifetime_s / 4)

    def _ask(self) -> Reply:
        secret = self._secret | {"DurationSeconds": self._duration_s}
        return self._asker.page(self._call, self._base, page=len(self.records) + 1, unrecorded=secret)


def _lifetime_s(expiration: str, record: Record, asked_for_s: int) -> float:
    """Seconds that a session lasts, by the clock that AWS answered with: ours may be wrong."""
    try:
        ends = datetime.fromisoformat(expiration)
    except ValueError:
        return float(asked_for_s)
    return max(0.0, (ends - (record.answered_at or datetime.now(UTC))).total_seconds())


def credentials_expired(code: str) -> AccessError:
    """What is said when the credentials that the run started with are over: it can be resumed with new ones."""
    return AccessError(
        f"the AWS credentials have expired ({code}): sign in again and resume the run; accounts that were read are kept"
    )


def role_call(partition: str, account_id: str, role: str, region: str, session_name: str) -> Call:
    """The question that opens a session in an account; it is kept among that account's calls."""
    arn = f"arn:{partition}:iam::{account_id}:role/{role}"
    return Call.of(account_id, region, "sts", "AssumeRole", RoleArn=arn, RoleSessionName=session_name)
