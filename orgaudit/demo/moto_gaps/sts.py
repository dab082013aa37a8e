"""STS: a role that does not exist, or does not trust the caller, cannot be assumed."""

import json
from collections.abc import Callable
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, STSBackend

from orgaudit.demo.moto_gaps.bridge import AwsError, Bridge, Shim, replaces
from orgaudit.demo.moto_gaps.organizations import organization_account


@replaces(STSBackend, "assume_role")
def roles_trust_somebody(
    bridge: Bridge, original: Callable[..., Any], backend: STSBackend, role_arn: str, **rest: Any
) -> AssumedRole:
    """Moto hands out credentials for any role ARN, in any account, with any external id."""
    if not _may_assume(backend.account_id, role_arn, rest.get("external_id")):
        raise AwsError(
            "AccessDenied",
            f"User: arn:aws:iam::{backend.account_id}:root is not authorized to perform: sts:AssumeRole"
            f" on resource: {role_arn}",
        )
    assumed: AssumedRole = original(backend, role_arn=role_arn, **rest)
    return assumed


def _may_assume(caller: str, role_arn: str, external_id: str | None) -> bool:
    _, partition, _, _, account_id, _ = role_arn.split(":", 5)
    account = organization_account(account_id)
    if account is not None and account.state != "ACTIVE":
        return False
    if account_id not in iam_backends:
        return False
    roles = iam_backends[account_id][partition].roles.values()
    document = next((role.assume_role_policy_document for role in roles if role.arn == role_arn), None)
    return document is not None and any(
        _trusts(statement, caller, external_id) for statement in json.loads(document)["Statement"]
    )


def _trusts(statement: dict[str, Any], caller: str, external_id: str | None) -> bool:
    """Whether this statement of a trust policy lets the caller in: account principals and the external id only."""
    named = statement["Principal"]["AWS"]
    principals = [named] if isinstance(named, str) else named
    required = statement.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
    return any(name in ("*", caller, f"arn:aws:iam::{caller}:root") for name in principals) and required in (
        None,
        external_id,
    )


SHIMS: tuple[Shim, ...] = (roles_trust_somebody,)
