"""Clients of simulated accounts, and moto with or without its shims."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import boto3
from moto import mock_aws
from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends

from orgaudit.demo.moto_gaps import Bridge, bridged_moto

MANAGEMENT = "123456789012"
REGION = "eu-central-1"
Seen = TypeVar("Seen")
SESSION = boto3.Session()
"""One for all: loading the service models again costs more than any test. Made after moto is imported."""


def client(service: str, account_id: str = MANAGEMENT, region: str = REGION) -> Any:
    """A boto3 client with an access key that moto knows as that account's."""
    key = iam_backends[account_id]["aws"].create_temp_access_key()
    return SESSION.client(
        service,
        region_name=region,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key,
    )


def unbridged(look: Callable[[], Seen]) -> Seen:
    """What is seen in moto as it comes."""
    with mock_aws():
        return look()


@contextmanager
def bridged() -> Iterator[Bridge]:
    """Moto with every shim."""
    with bridged_moto() as bridge, mock_aws():
        yield bridge


def organization_of(*names: str) -> list[str]:
    """Let MANAGEMENT found an organization; the ids of its new members, in order."""
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    return [
        organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]["AccountId"]
        for name in names
    ]


def set_state(account_id: str, state: str) -> None:
    """Put an account of the organization in that state."""
    account = organizations_backends[MANAGEMENT]["aws"].get_account_by_id(account_id)
    account.status = account.state = state


def create_role(account_id: str, name: str, trusted: str, external_id: str | None = None) -> str:
    """A role with a trust policy; its ARN."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": trusted}}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return str(client("iam", account_id).create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])


def create_trail(account_id: str, name: str, region: str = REGION, **settings: Any) -> str:
    """A trail with its bucket; its ARN."""
    client("s3", account_id, "us-east-1").create_bucket(Bucket=f"{name}-bucket")
    trail = client("cloudtrail", account_id, region)
    arn = str(trail.create_trail(Name=name, S3BucketName=f"{name}-bucket", **settings)["TrailARN"])
    trail.start_logging(Name=arn)
    return arn
