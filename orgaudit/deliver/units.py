"""Which accounts a delivery is about: the units it names, whatever way they are named."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orgaudit.errors import ConfigError
from orgaudit.model.calls import canonical_json
from orgaudit.model.scope import matching_unit

Account = Mapping[str, Any]
"""An account of the population in ``results.json``."""


@dataclass(frozen=True, slots=True)
class Units:
    """The part of the organization that a delivery is about."""

    names: tuple[str, ...] = ()
    """Paths, sorted, none below another; ids where an account's path does not tell. Empty: the whole organization."""

    @property
    def key(self) -> str:
        """How the ledger and the workbook write it: JSON, the same however the configuration names the units."""
        return canonical_json(list(self.names))

    @property
    def text(self) -> str:
        """How people read it."""
        return ", ".join(self.names) or "the whole organization"

    def accounts(self, accounts: Iterable[Account]) -> list[Account]:
        """The accounts in these units and below them."""
        return [one for one in accounts if not self.names or matching_unit(one, self.names)]


def units_of(ous: Sequence[str], accounts: Sequence[Account], key: str) -> Units:
    """The units that a delivery names by id or path.

    accounts: the population. key: of the configuration, for the message. Raises ConfigError for a unit in which no
    account lies, and for a path that may be two units: nothing is sent then.
    """
    names = {_name(unit, accounts, key) for unit in ous}
    return Units(tuple(sorted(name for name in names if not _below(name, names))))


def _name(unit: str, accounts: Sequence[Account], key: str) -> str:
    """The path that means this unit alone, else its id."""
    found = Units((unit,)).accounts(accounts)
    if not found:
        paths = sorted({str(one["ou_path"]) for one in accounts if one["ou_path"]})
        known = ", ".join(paths[:12]) + (" and more" if len(paths) > 12 else "")
        raise ConfigError(f'key {key}: no account lies in an organizational unit "{unit}"; expected one of {known}')
    if unit in _ids(found[0]):
        path = _path(unit, found[0])
        return path if path and all(unit in _ids(one) for one in Units((path,)).accounts(accounts)) else unit
    # a "/" may be part of a unit's name, so that one path can be that of two units
    meant = {_id_at(unit, one) for one in found}
    if any(_ids(one) for one in found) and (len(meant) > 1 or "" in meant):
        raise ConfigError(f'key {key}: "{unit}" may be more than one organizational unit; name it by its id')
    return unit


def _ids(account: Account) -> list[str]:
    return str(account.get("ou_ids") or "").split("/") if account.get("ou_ids") else []


def _path(unit: str, account: Account) -> str:
    """The path down to the unit with this id; empty where the account's path does not tell."""
    ids, parts = _ids(account), str(account["ou_path"]).split("/")
    return "/".join(parts[: ids.index(unit) + 1]) if len(ids) == len(parts) else ""


def _id_at(path: str, account: Account) -> str:
    """The id of the unit at this path; empty where the account's path does not tell."""
    ids, depth = _ids(account), path.count("/")
    return ids[depth] if len(ids) == str(account["ou_path"]).count("/") + 1 else ""


def _below(name: str, names: Iterable[str]) -> bool:
    return any(name.startswith(f"{other}/") for other in names)
