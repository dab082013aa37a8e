"""Organizations: who may list it, where an account stands, and CloudTrail's delegated administrator."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from moto.core.common_types import TYPE_RESPONSE
from moto.organizations.models import (
    FakeAccount,
    FakeDelegatedAdministrator,
    OrganizationsBackend,
    organizations_backends,
)
from moto.organizations.responses import OrganizationsResponse
from moto.organizations.utils import PAGINATION_MODEL

from orgaudit.demo.moto_gaps.bridge import Bridge, Shim, error_answer, replaces

OPEN_TO_ALL = ("DescribeOrganization", "CreateOrganization")


def management_account_of(account_id: str) -> str | None:
    """The management account of the organization that an account is in; its own id for the management account."""
    managed = organizations_backends.master_accounts.get(account_id)
    if managed:
        return managed[0]
    return account_id if _backend(account_id).org else None


def organization_account(account_id: str) -> FakeAccount | None:
    """The account as its organization lists it; None outside any organization."""
    management = management_account_of(account_id)
    accounts = _backend(management).accounts if management else []
    return next((account for account in accounts if account.id == account_id), None)


def is_delegated_administrator(account_id: str, service_principal: str | None = None) -> bool:
    """Whether the account administers this service, or any service, for its organization."""
    management = management_account_of(account_id)
    return management is not None and any(
        admin.account.id == account_id and (service_principal is None or service_principal in admin.services)
        for admin in _backend(management).admins
    )


def _backend(account_id: str) -> OrganizationsBackend:
    return organizations_backends[account_id]["aws"]


@replaces(OrganizationsResponse, "call_action")
def members_are_refused(bridge: Bridge, original: Callable[..., Any], response: OrganizationsResponse) -> TYPE_RESPONSE:
    """Moto shows a member an empty organization; AWS refuses all but the management account and its delegates."""
    account_id, action = response.current_account, response._get_action()
    management = management_account_of(account_id)
    if action not in OPEN_TO_ALL and management is None:
        return error_answer(
            response, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization."
        )
    if action not in OPEN_TO_ALL and management != account_id:
        if not is_delegated_administrator(account_id) or not action.startswith(("List", "Describe")):
            return error_answer(
                response, "AccessDeniedException", "You don't have permissions to access this resource."
            )
        response.current_account = str(management)
    answer: TYPE_RESPONSE = original(response)
    return answer


@replaces(FakeAccount, "describe")
def paths_of_accounts(bridge: Bridge, original: Callable[..., Any], account: FakeAccount) -> dict[str, Any]:
    """Moto does not know `Paths`, which newer Organizations answers carry (botocore 1.44)."""
    parents = {unit.id: getattr(unit, "parent_id", None) for unit in _backend(account.master_account_id).ou}
    node: str | None = account.parent_id
    path = [account.id]
    while node:
        path.append(node)
        node = parents.get(node)
    path.append(account.organization_id)
    description: dict[str, Any] = original(account)
    return {**description, "Paths": ["/".join(reversed(path)) + "/"]}


def pages_of_twenty(bridge: Bridge) -> AbstractContextManager[Any]:
    """Moto lists 100 accounts a page; AWS lists at most 20."""
    return patch.dict(PAGINATION_MODEL["list_accounts"], {"limit_default": 20})


def cloudtrail_can_be_delegated(bridge: Bridge) -> AbstractContextManager[Any]:
    """Moto refuses CloudTrail as a service with a delegated administrator; AWS has had it since 2022."""
    services = [*FakeDelegatedAdministrator.SUPPORTED_SERVICES, "cloudtrail.amazonaws.com"]
    return patch.object(FakeDelegatedAdministrator, "SUPPORTED_SERVICES", services)


SHIMS: tuple[Shim, ...] = (members_are_refused, paths_of_accounts, pages_of_twenty, cloudtrail_can_be_delegated)
