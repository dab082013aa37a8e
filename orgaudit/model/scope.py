"""Which of the listed accounts are audited, and why the others are not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from orgaudit.errors import ConfigError
from orgaudit.model.accounts import account_rows
from orgaudit.model.calls import Record
from orgaudit.model.settings import Config, Delivery, Exclusion, Scope
from orgaudit.model.values import items

_NOT_ACTIVE = {
    "SUSPENDED": "suspended",
    "PENDING_CLOSURE": "pending closure",
    "CLOSED": "closed",
    "PENDING_ACTIVATION": "pending activation",
}
"""States in which nothing can be asked. A state that AWS adds later counts as active until it is known."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one listed account stands."""

    account_id: str
    in_scope: bool
    reason: str = ""
    """Why it is excluded; empty for an account in scope."""
    approved_by: str = ""
    """Who approved an exclusion by configuration."""


def population(accounts: pd.DataFrame, scope: Scope) -> list[Standing]:
    """The standing of every account. accounts: ACCOUNTS. Row order follows accounts."""
    columns = accounts[["account_id", "state", "ou_path", "ou_ids"]].fillna("")
    return [
        standing({"account_id": account_id, "state": state, "ou_path": path, "ou_ids": ids}, scope)
        for account_id, state, path, ids in columns.itertuples(index=False)
    ]


def standing(account: Mapping[str, Any], scope: Scope) -> Standing:
    """The standing of one row of ACCOUNTS."""
    account_id = str(account["account_id"])
    rule = next((rule for rule in scope.exclude_accounts if rule.id == account_id), None)
    if rule is not None:
        return _by_configuration(account_id, rule)
    state = _NOT_ACTIVE.get(str(account["state"]))
    if state is not None:
        return Standing(account_id, False, f"the account is {state}")
    unit = matching_unit(account, scope.exclude_ous)
    if unit:
        return Standing(account_id, False, f"organizational unit {unit} is excluded")
    if scope.include_ous and not matching_unit(account, scope.include_ous):
        return Standing(account_id, False, "outside the included organizational units")
    return Standing(account_id, True)


def _by_configuration(account_id: str, rule: Exclusion) -> Standing:
    return Standing(account_id, False, rule.reason, rule.approved_by)


def matching_unit(account: Mapping[str, Any], units: Iterable[str]) -> str:
    """The first of these units, named by id or path, that holds the account or an OU above it."""
    ids, path = str(account.get("ou_ids") or "").split("/"), str(account["ou_path"])
    return next((unit for unit in units if unit in ids or path == unit or path.startswith(unit + "/")), "")


def known_units(records: Iterable[Record]) -> dict[str, str]:
    """Every organizational unit that the organization's answers name: id to path of names."""
    names: dict[str, str] = {}
    parents: dict[str, str] = {}
    for record in records:
        for member in ("Roots", "OrganizationalUnits"):
            for unit in items(record.answer, member):
                names[str(unit.get("Id"))] = str(unit.get("Name") or unit.get("Id"))
                parents[str(unit.get("Id"))] = record.call.parameters.get("ParentId", "")
    return {unit: "/".join(_upwards(unit, names, parents)) for unit in names}


def _upwards(unit: str, names: Mapping[str, str], parents: Mapping[str, str]) -> list[str]:
    path: list[str] = []
    while unit in names and len(path) < 10:  # AWS nests five levels deep
        path.insert(0, names[unit])
        unit = parents.get(unit, "")
    return path


def check_units(scope: Scope, units: Mapping[str, str], deliveries: Sequence[Delivery] = ()) -> None:
    """Raises ConfigError for a unit in the configuration that the organization does not have.

    ``units``: as ``known_units`` gives them, all of them.
    """
    known = set(units) | set(units.values())
    named = [("[scope] include_ous", scope.include_ous), ("[scope] exclude_ous", scope.exclude_ous)]
    named += [(f"deliver[{position}].ous", delivery.ous) for position, delivery in enumerate(deliveries, 1)]
    for key, unit in ((key, unit) for key, listed in named for unit in listed):
        if unit not in known:
            raise ConfigError(
                f'{key}: no organizational unit "{unit}"; expected one of '
                + (", ".join(f"{path} ({unit_id})" for unit_id, path in sorted(units.items())) or "none")
            )


def listed_accounts(records: Iterable[Record], config: Config) -> list[dict[str, Any]]:
    """Rows of ACCOUNTS out of the organization's answers, without a frame: for use while the listing goes on."""
    return list(account_rows(records, config.organization.owner_tag))
