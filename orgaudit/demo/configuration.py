"""The configuration that the demo is run with, as a user would write it."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import tomli_w

from orgaudit.demo.account import ROLE_NAME, Account
from orgaudit.demo.chain import BENCHMARK
from orgaudit.demo.organization import EXCLUDED_ID, TERRAFORM_ROLE, WAIVED_ID, WAIVER_EXPIRED_ID

EXTERNAL_ID_VARIABLE = "ORGAUDIT_EXTERNAL_ID"


def demo_configuration(accounts: Iterable[Account], today: date) -> str:
    """The configuration (TOML) for these accounts. Expiry dates lie around today, so that the demo never ages."""
    named = {account.id: account for account in accounts}
    roles = [
        {"id": account.id, "role_name": account.role_name}
        for account in named.values()
        if account.role_name not in (None, ROLE_NAME)
    ]
    excluded = {"id": EXCLUDED_ID, "reason": "A playground, rebuilt every night", "approved_by": "Head of platform"}
    settings: dict[str, Any] = {
        "organization": {
            "role_name": ROLE_NAME,
            "external_id_env": EXTERNAL_ID_VARIABLE,
            "owner_tag": "owner",
            "account_roles": roles,
        },
        "scope": {"exclude_accounts": [excluded] if EXCLUDED_ID in named else []},
        "audit": {"benchmark": BENCHMARK},
        "report": {
            "title": "CIS monitoring evidence: demonstration",
            "organization_name": "Example Corporation",
            "classification": "Demonstration",
            "prepared_by": "orgaudit demo",
        },
        "tuning": [_tuning(today)],
        "waivers": [waiver for waiver in _waivers(today) if set(waiver["accounts"]) <= set(named)],
        "output": {"dir": "evidence"},
    }
    return tomli_w.dumps(settings)


def _tuning(today: date) -> dict[str, Any]:
    return {
        "control": "security_group_changes",
        "exclude": f'"{TERRAFORM_ROLE}"',
        "reason": "Deployments go through reviewed code",
        "approved_by": "Head of security",
        "expires": today + timedelta(days=120),
    }


def _waivers(today: date) -> list[dict[str, Any]]:
    return [
        {
            "control": "vpc_changes",
            "accounts": [WAIVED_ID],
            "reason": "The account moves to the shared network next quarter",
            "approved_by": "Head of security",
            "approved_on": today - timedelta(days=30),
            "expires": today + timedelta(days=60),
            "ticket": "SEC-118",
        },
        {
            "control": "route_table_changes",
            "accounts": [WAIVER_EXPIRED_ID],
            "reason": "Route tables are rebuilt during the migration",
            "approved_by": "Head of platform",
            "approved_on": today - timedelta(days=200),
            "expires": today - timedelta(days=20),
            "ticket": "SEC-97",
        },
    ]
