"""Why a call was not answered, as far as AWS tells. Pure.

Words of refusals: IAM User Guide, "Troubleshoot access denied error messages", and the AWS Security Blog, "Enhanced
access denied error messages with policy ARNs" (both read 2026-11). Not every service uses them, and of several policy
types that refuse AWS names one.
"""

import re
from enum import StrEnum

from orgaudit.model.calls import Outcome, Record


class Cause(StrEnum):
    """Why a call was not answered; in the order in which a reader wants them."""

    CALLER = "caller"
    """Whoever starts the run may not assume the role, or ask the organization."""
    TRUST = "trust"
    """The role's trust policy does not let the caller in: another principal, organization or external id."""
    ROLE = "role"
    """AssumeRole was refused, and AWS does not say whether the role is missing or does not trust the caller."""
    SERVICE_CONTROL_POLICY = "service control policy"
    RESOURCE_CONTROL_POLICY = "resource control policy"
    BOUNDARY = "permissions boundary"
    SESSION_POLICY = "session policy"
    ENDPOINT_POLICY = "VPC endpoint policy"
    RIGHT = "right"
    """The role's own policies do not allow the call."""
    RESOURCE_POLICY = "resource policy"
    REGION = "region"
    """The region, or STS in it, is not enabled in the account."""
    REFUSED = "refused"
    """Refused, and AWS does not say by what."""
    THROTTLED = "throttled"
    FAILED = "failed"
    """No answer that could be read: network, proxy or a fault of the service."""
    NOT_OFFERED = "not offered"
    """The endpoint does not know the call, or there is none in that region."""


_BY_OUTCOME = {
    Outcome.THROTTLED: Cause.THROTTLED,
    Outcome.FAILED: Cause.FAILED,
    Outcome.NOT_OFFERED: Cause.NOT_OFFERED,
}
_NAMED = (
    # "an explicit deny in a VPC endpoint policy transitively through a service control policy" is the latter's
    ("service control policy", Cause.SERVICE_CONTROL_POLICY),
    ("resource control policy", Cause.RESOURCE_CONTROL_POLICY),
    ("permissions boundary", Cause.BOUNDARY),
    ("session policy", Cause.SESSION_POLICY),
    ("sessions policy", Cause.SESSION_POLICY),
    ("VPC endpoint policy", Cause.ENDPOINT_POLICY),
    ("role trust policy", Cause.TRUST),
    ("identity-based policy", Cause.RIGHT),
    ("resource-based policy", Cause.RESOURCE_POLICY),
)
_REGION_CODES = frozenset(
    {
        "AuthFailure",
        "InvalidClientTokenId",
        "OptInRequired",
        "RegionDisabledException",
        "UnrecognizedClientException",
    }
)
"""What a region that an account has not enabled answers to credentials that are good elsewhere."""

_ASSUMING = {None: Cause.ROLE, Cause.RIGHT: Cause.CALLER, Cause.RESOURCE_POLICY: Cause.TRUST}
"""A role's own policies are the caller's when it assumes another; that other's resource policy is its trust."""

_POLICY_ARN = re.compile(r"policy: (arn:\S+)")


def cause_of(record: Record) -> Cause:
    """Why this call was not answered. Only for a record whose outcome is neither an answer nor "not found"."""
    if record.outcome in _BY_OUTCOME:
        return _BY_OUTCOME[record.outcome]
    # only the last clause tells the reason; a role or policy named like one must not
    reason = _reason(record.error_message)
    named = next((cause for words, cause in _NAMED if words in reason), None)
    if record.error_code in _REGION_CODES:
        return Cause.REGION
    if record.call.operation == "AssumeRole":
        return _ASSUMING.get(named, named or Cause.ROLE)
    if record.call.service == "organizations" and named in (None, Cause.RIGHT):
        return Cause.CALLER
    return named or Cause.REFUSED


def _reason(message: str) -> str:
    found = re.search(r"(with an explicit deny in|because no) .*", message)
    return found[0] if found else ""


def policy_named(record: Record) -> str:
    """The ARN of the policy that refused, where AWS names it; else empty."""
    found = _POLICY_ARN.search(record.error_message)
    return found[1].rstrip(".,") if found else ""
