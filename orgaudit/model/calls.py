"""One question to AWS, and what became of it.

A refused, throttled or failed call is data: it is recorded like an answer and can only ever make a verdict
NOT_EVALUATED. It never becomes an empty list.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Outcome(StrEnum):
    """What became of a call."""

    ANSWERED = "answered"
    """AWS answered; the answer is kept."""
    NOT_FOUND = "not_found"
    """AWS answered that the thing asked for does not exist: an answer, asked at the right place."""
    REFUSED = "refused"
    """Access denied: by the role, a boundary, an SCP, or because the role could not be assumed."""
    THROTTLED = "throttled"
    """Still throttled after every retry."""
    FAILED = "failed"
    """Time-out, connection lost, fault of the service, or an answer that cannot be read."""
    NOT_OFFERED = "not_offered"
    """The endpoint does not know the operation, or there is no endpoint in that region."""


KNOWN = frozenset({Outcome.ANSWERED, Outcome.NOT_FOUND})
"""The outcomes that tell what exists. Every other leaves the question open."""


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no blanks, times as RFC 3339 in UTC: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_json_default)


def _json_default(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError(f"cannot store a {type(value).__name__} as evidence")


def rfc3339(moment: datetime) -> str:
    """The moment in UTC, with ``Z``; microseconds only where there are any. A naive time is taken as UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Call:
    """One question: asked as an account, in a region."""

    account_id: str
    """The account whose credentials ask."""
    region: str
    service: str
    """botocore's service name, for example ``cloudtrail``."""
    operation: str
    """API name, for example ``DescribeTrails``."""
    params: str = "{}"
    """Canonical JSON of the parameters, without page tokens and page sizes."""

    @classmethod
    def of(cls, account_id: str, region: str, service: str, operation: str, **params: Any) -> "Call":
        """The call with these parameters."""
        return cls(account_id, region, service, operation, canonical_json(params))

    @property
    def name(self) -> str:
        """Service and operation, as an auditor reads it: ``cloudtrail:DescribeTrails``."""
        return f"{self.service}:{self.operation}"

    @property
    def parameters(self) -> Json:
        """The parameters as a dict."""
        return dict(json.loads(self.params))

    def evidence_id(self, page: int = 1) -> str:
        """A stable name for the answer: ``account/region/service:Operation[/12 hex of the parameters][#page]``."""
        digest = "" if self.params == "{}" else "/" + hashlib.sha256(self.params.encode()).hexdigest()[:12]
        return f"{self.account_id}/{self.region}/{self.name}{digest}" + (f"#{page}" if page > 1 else "")


@dataclass(frozen=True, slots=True)
class Record:
    """A call and what became of it; one record per page."""

    call: Call
    outcome: Outcome
    answer: Json | None = None
    """The answer as JSON values, masked, without response metadata; None unless ANSWERED."""
    page: int = 1
    last_page: bool = True
    """False when the answer named a further page."""
    error_code: str = ""
    error_message: str = ""
    """What AWS said, shortened and masked; tells an SCP from a missing right where AWS tells."""
    request_id: str = ""
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    answered_at: datetime | None = None
    """The service's own clock (HTTP ``Date``) where it gave one."""
    attempts: int = 1
    throttles: int = 0
    """How many of the attempts were throttled."""
    received_sha256: str = ""
    """SHA-256 of the received body; an HMAC with the mask key where something was masked."""
    stored_sha256: str = field(default="", compare=False)
    """SHA-256 of the answer as it is stored; empty until it was stored."""

    @property
    def evidence_id(self) -> str:
        """The name that results cite."""
        return self.call.evidence_id(self.page)
