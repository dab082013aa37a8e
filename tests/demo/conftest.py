"""A moto to talk to, bridged or as it comes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends

from orgaudit.demo.moto_gaps import Bridge, bridged_moto

MANAGEMENT = "123456789012"
"""The account that moto takes unknown credentials for."""

Client = Callable[..., Any]


def client(service: str, account_id: str = MANAGEMENT, region: str = "eu-central-1") -> Any:
    """A boto3 client of an account, with an access key that moto knows as that account's."""
    key = iam_backends[account_id]["aws"].create_temp_access_key()
    return boto3.client(
        service,
        region_name=region,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
    )


def create_role(account_id: str, name: str, trusted: str, external_id: str | None = None) -> str:
    """A role with a trust policy; its ARN."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": trusted}}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    role = client("iam", account_id).create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    return str(role["Role"]["Arn"])


@pytest.fixture
def plain() -> Iterator[None]:
    """Moto as it comes."""
    with mock_aws():
        yield


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    """Moto with every shim."""
    with bridged_moto() as bridge, mock_aws():
        yield bridge


def organization_of(*names: str) -> list[str]:
    """An organization managed by MANAGEMENT; the ids of its members, in order."""
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    return [
        organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]["AccountId"]
        for name in names
    ]


def state_of(account_id: str, state: str) -> None:
    """Put an account of the organization in that state."""
    account = organizations_backends[MANAGEMENT]["aws"].get_account_by_id(account_id)
    account.status = account.state = state
