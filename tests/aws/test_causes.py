"""Why a call was refused, in the words that AWS uses (IAM User Guide, read 2026-11)."""

import pytest

from orgaudit.aws.causes import Cause, cause_of, policy_named
from orgaudit.aws.outcomes import shortened
from orgaudit.model.calls import Call, Outcome, Record

WHO = "User: arn:aws:sts::111122223333:assumed-role/OrgAudit/run is not authorized to perform: "
WHAT = WHO + "cloudtrail:DescribeTrails on resource: arn:aws:cloudtrail:eu-west-1:111122223333:* "
ASSUME = WHO + "sts:AssumeRole "
SCP = "arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd"


def refused(message: str, operation: str = "DescribeTrails", code: str = "AccessDeniedException") -> Record:
    call = Call.of("111122223333", "eu-west-1", "sts" if operation == "AssumeRole" else "cloudtrail", operation)
    return Record(call, Outcome.REFUSED, error_code=code, error_message=shortened(message))


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (WHAT + "with an explicit deny in a service control policy", Cause.SERVICE_CONTROL_POLICY),
        (WHAT + f"with an explicit deny in a service control policy: {SCP}", Cause.SERVICE_CONTROL_POLICY),
        (WHO + "a:B because no service control policy allows the a:B action", Cause.SERVICE_CONTROL_POLICY),
        (
            WHAT + "with an explicit deny in a VPC endpoint policy transitively through a service control policy",
            Cause.SERVICE_CONTROL_POLICY,
        ),
        (WHAT + "with an explicit deny in a resource control policy", Cause.RESOURCE_CONTROL_POLICY),
        (WHAT + "because no permissions boundary allows the a:B action", Cause.BOUNDARY),
        (WHAT + "with an explicit deny in a sessions policy", Cause.SESSION_POLICY),
        (WHAT + "because no session policy allows the a:B action", Cause.SESSION_POLICY),
        (WHAT + "because no VPC endpoint policy allows the a:B action", Cause.ENDPOINT_POLICY),
        (WHAT + "because no identity-based policy allows the a:B action", Cause.RIGHT),
        (WHAT + "with an explicit deny in an identity-based policy", Cause.RIGHT),
        (WHAT + "because no resource-based policy allows the a:B action", Cause.RESOURCE_POLICY),
        (WHAT, Cause.REFUSED),
        ("", Cause.REFUSED),
        (
            "User: arn:aws:sts::1:assumed-role/service control policy/run is not authorized to perform: a:B",
            Cause.REFUSED,
        ),
    ],
)
def test_the_policy_type_that_aws_names(message: str, cause: Cause) -> None:
    assert cause_of(refused(message)) is cause


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (ASSUME + "on resource: arn:aws:iam::444455556666:role/OrgAudit", Cause.ROLE),
        (ASSUME + "because no role trust policy allows the sts:AssumeRole action", Cause.TRUST),
        (ASSUME + "with an explicit deny in the role trust policy", Cause.TRUST),
        (ASSUME + "because no resource-based policy allows the sts:AssumeRole action", Cause.TRUST),
        (ASSUME + "because no identity-based policy allows the sts:AssumeRole action", Cause.CALLER),
        (ASSUME + "with an explicit deny in a service control policy", Cause.SERVICE_CONTROL_POLICY),
    ],
)
def test_why_a_role_cannot_be_assumed(message: str, cause: Cause) -> None:
    assert cause_of(refused(message, "AssumeRole", "AccessDenied")) is cause


def test_a_region_that_is_not_enabled_says_that_good_credentials_are_bad() -> None:
    invalid = "The security token included in the request is invalid."
    assert cause_of(refused(invalid, code="UnrecognizedClientException")) is Cause.REGION
    closed = "STS is not activated in this region for account:111122223333."
    assert cause_of(refused(closed, "AssumeRole", "RegionDisabledException")) is Cause.REGION


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        (Outcome.THROTTLED, Cause.THROTTLED),
        (Outcome.FAILED, Cause.FAILED),
        (Outcome.NOT_OFFERED, Cause.NOT_OFFERED),
    ],
)
def test_what_was_not_refused_at_all(outcome: Outcome, cause: Cause) -> None:
    assert cause_of(Record(Call.of("1", "eu-west-1", "cloudtrail", "ListTrails"), outcome)) is cause


def test_the_policy_that_refused_is_named_however_long_the_message() -> None:
    message = WHAT.replace("run is", f"{'r' * 64} is") + f"with an explicit deny in a service control policy: {SCP}"
    assert len(message) > 300
    assert policy_named(refused(message)) == SCP
    assert cause_of(refused(message)) is Cause.SERVICE_CONTROL_POLICY
    assert policy_named(refused(WHAT)) == ""
