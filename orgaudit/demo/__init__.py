"""A simulated AWS organization in this process: needs no AWS account and no network.

    with simulated_organization() as organization:
        ...     # boto3 sees the organization; organization.configuration is the TOML to audit it with

What it holds is a table, `organization.ACCOUNTS`: every account with what is right or wrong with it in plain words.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from unittest.mock import patch

from moto import mock_aws

from orgaudit.demo.account import EXTERNAL_ID, Account
from orgaudit.demo.central import MANAGEMENT_ACCOUNT_ID, ORGANIZATION_ID
from orgaudit.demo.chain import HOME_REGION
from orgaudit.demo.configuration import EXTERNAL_ID_VARIABLE, demo_configuration
from orgaudit.demo.moto_gaps import Bridge, bridged_moto
from orgaudit.demo.organization import ACCOUNTS
from orgaudit.demo.seeding import seed, starting_credentials

__all__ = [
    "ACCOUNTS",
    "EXTERNAL_ID",
    "EXTERNAL_ID_VARIABLE",
    "HOME_REGION",
    "MANAGEMENT_ACCOUNT_ID",
    "ORGANIZATION_ID",
    "Account",
    "SimulatedOrganization",
    "caller_environment",
    "simulated_organization",
]


@dataclass(frozen=True, slots=True)
class SimulatedOrganization:
    """A simulated organization while it stands."""

    accounts: tuple[Account, ...]
    configuration: str
    """TOML: what to audit it with."""
    bridge: Bridge
    """To refuse calls or slow them down while it stands."""


@contextmanager
def simulated_organization(
    accounts: Sequence[Account] = ACCOUNTS, today: date | None = None
) -> Iterator[SimulatedOrganization]:
    """Simulate the organization in this process for as long as the context lasts.

    accounts: all by default; central security has to be among them. today: what the dates of waivers are counted
    from. While it lasts every variable of AWS and moto in the environment is replaced by credentials of an auditor in
    the management account; then the environment is what it was. No call leaves the process.
    """
    with ExitStack() as stack:
        stack.enter_context(_without_variables("AWS_", "MOTO_", "BOTO_"))
        bridge = stack.enter_context(bridged_moto())
        stack.enter_context(mock_aws())
        seed(bridge, accounts)
        stack.enter_context(patch.dict(os.environ, caller_environment()))
        configuration = demo_configuration(accounts, today or datetime.now(UTC).date())
        yield SimulatedOrganization(tuple(accounts), configuration, bridge)


def caller_environment() -> Mapping[str, str]:
    """The environment of the auditor who starts in the management account of a seeded organization."""
    credentials = starting_credentials()
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_DEFAULT_REGION": HOME_REGION,
        "AWS_REGION": HOME_REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        EXTERNAL_ID_VARIABLE: EXTERNAL_ID,
    }


@contextmanager
def _without_variables(*prefixes: str) -> Iterator[None]:
    with patch.dict(os.environ):
        for name in [name for name in os.environ if name.startswith(prefixes)]:
            del os.environ[name]
        yield
