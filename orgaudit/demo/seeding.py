"""Puts the organization and its accounts into moto, straight into its backends: through boto3 it takes minutes."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.organizations import utils
from moto.organizations.models import FakeAccount, OrganizationsBackend, organizations_backends
from moto.sts.models import AssumedRole, sts_backends

from orgaudit.demo.account import Account
from orgaudit.demo.central import CENTRAL_MONITORING, MANAGEMENT_ACCOUNT_ID, ORGANIZATION_ID, SECURITY_TOOLING_ID
from orgaudit.demo.moto_gaps import Bridge
from orgaudit.demo.seeding_chain import create_trail, seed_chain

FOUNDED_AT = datetime(2024, 3, 1, 9, 0, tzinfo=UTC).replace(tzinfo=None)
"""When the organization was founded; its accounts joined a day apart. Naive UTC, as moto keeps times."""
CLOUDTRAIL = "cloudtrail.amazonaws.com"


def seed(bridge: Bridge, accounts: Iterable[Account]) -> None:
    """Build the organization and its central security, then everything of these accounts.

    accounts: the management account first. Ids are the same in every run. The bridge has to be installed.
    """
    mock_random.seed(42)
    members = tuple(accounts)
    _found_organization(members)
    organization_trail = create_trail(
        bridge, MANAGEMENT_ACCOUNT_ID, CENTRAL_MONITORING.trail, SECURITY_TOOLING_ID, of_organization=True
    )
    seed_chain(bridge, SECURITY_TOOLING_ID, CENTRAL_MONITORING)
    for account in members:
        _create_role(account)
        if account.monitoring:
            monitoring = account.monitoring
            for trail in (monitoring.trail, *monitoring.further_trails):
                create_trail(bridge, account.id, trail, account.id)
            seed_chain(bridge, account.id, monitoring)
        if not account.organization_trail_logs:
            bridge.silenced.add((account.id, organization_trail))
        for action in account.refused:
            bridge.refuse(account.id, action)
        for region in account.closed_regions:
            bridge.refuse(account.id, "*", region=region)


def starting_credentials() -> AssumedRole:
    """Credentials of an auditor in the management account, who may list the organization."""
    return sts_backends[MANAGEMENT_ACCOUNT_ID]["aws"].assume_role(
        region_name="us-east-1",
        role_session_name="auditor",
        role_arn=_create_role_of_the_auditor(),
        policy="",
        duration=3600,
        external_id="",
    )


def remove_role(account_id: str) -> None:
    """Take every role of an account away, so that none can be assumed there."""
    iam_backends[account_id]["aws"].roles.clear()


def _found_organization(accounts: tuple[Account, ...]) -> None:
    backend = organizations_backends[MANAGEMENT_ACCOUNT_ID]["aws"]
    with patch.object(utils, "make_random_org_id", return_value=ORGANIZATION_ID):
        backend.create_organization("us-east-1", FeatureSet="ALL")
    backend.enable_aws_service_access(ServicePrincipal=CLOUDTRAIL)
    units: dict[str, str] = {"Root": backend.list_roots()["Roots"][0]["Id"]}
    for number, account in enumerate(accounts):
        if account.id != MANAGEMENT_ACCOUNT_ID:
            with patch.object(utils, "make_random_account_id", return_value=account.id):
                backend.create_account(AccountName=account.name, Email=f"aws+{account.name}@example.com")
        _place(backend.get_account_by_id(account.id), account, _unit(backend, units, account.ou), number)
    backend.register_delegated_administrator(AccountId=SECURITY_TOOLING_ID, ServicePrincipal=CLOUDTRAIL)


def _place(listed: FakeAccount, account: Account, unit: str, number: int) -> None:
    listed.name, listed.parent_id = account.name, unit
    listed.state = listed.status = account.state
    listed.create_time = FOUNDED_AT + timedelta(days=number)
    listed.tags = {"owner": account.owner}


def _unit(backend: OrganizationsBackend, units: dict[str, str], path: str) -> str:
    """The id of the OU at this path, made with its parents where it is missing."""
    if path not in units:
        parent, _, name = path.rpartition("/")
        parent_id = _unit(backend, units, parent)
        unit = backend.create_organizational_unit(ParentId=parent_id, Name=name)
        units[path] = unit["OrganizationalUnit"]["Id"]
    return units[path]


def _create_role(account: Account) -> None:
    iam_backends[account.id]["aws"].roles.clear()  # OrganizationAccountAccessRole, which moto creates
    if account.role_name is not None:
        trust = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT_ACCOUNT_ID}:root"},
            "Condition": {"StringEquals": {"sts:ExternalId": account.external_id}},
        }
        _put_role(account.id, account.role_name, trust)


def _create_role_of_the_auditor() -> str:
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT_ACCOUNT_ID}:root"},
    }
    return _put_role(MANAGEMENT_ACCOUNT_ID, "Auditor", trust)


def _put_role(account_id: str, name: str, trust: Mapping[str, object]) -> str:
    role = iam_backends[account_id]["aws"].create_role(
        role_name=name,
        assume_role_policy_document=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    return str(role.arn)
