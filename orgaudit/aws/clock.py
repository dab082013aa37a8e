"""Our clock may be wrong by hours. AWS refuses signatures more than a few minutes off, and tells its own time with it.

botocore signs with the machine's clock and corrects nothing (1.44.5; boto3 issue 1252, read 2026-11). Here the first
refusal teaches how far off the clock is, and what is signed from then on carries AWS's time. Nothing else is touched:
records keep the times of both clocks, and the report tells how far apart they are.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.auth import AUTH_TYPE_MAPS, SIGV4_TIMESTAMP, SigV4Auth

_TOLERATED = timedelta(minutes=4)
"""AWS takes signatures that are five minutes off, most services fifteen (AWS General Reference, read 2026-11)."""
_VERSION, _BEHIND = "v4-orgaudit-clock", "orgaudit_clock_behind"


class Clock:
    """How far AWS's time is ahead of ours, as far as that matters to signatures."""

    def __init__(self) -> None:
        self.behind = timedelta(0)

    def corrected(self, theirs: datetime, ours: datetime, behind: timedelta) -> bool:
        """Takes over AWS's time where it cannot have accepted a signature that we made at ``ours``.

        ``behind``: what the signature was corrected by. False where its time was near enough: then it was refused for
        another reason.
        """
        if abs(theirs - ours - behind) < _TOLERATED:
            return False
        self.behind = theirs - ours
        return True

    def choose_signer(self, **event: Any) -> Any:
        """botocore's event ``choose-signer``: another signer once the clock is known to be wrong."""
        if not self.behind or event["signature_version"] != "v4":
            return None
        event["context"][_BEHIND] = self.behind
        return _VERSION


class _Corrected(SigV4Auth):
    """Signature version 4, dated by AWS's clock."""

    def _modify_request_before_signing(self, request: Any) -> None:
        now = datetime.now(UTC) + request.context[_BEHIND]
        request.context["timestamp"] = now.strftime(SIGV4_TIMESTAMP)
        super()._modify_request_before_signing(request)  # type: ignore[misc] # the stubs leave it out


AUTH_TYPE_MAPS[_VERSION] = _Corrected
