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
    account lies: nothing is sent about it.
    """
    names = {_path(unit, accounts, key) for unit in ous}
    return Units(tuple(sorted(name for name in names if not _below(name, names))))


def _path(unit: str, accounts: Sequence[Account], key: str) -> str:
    found = next((one for one in accounts if matching_unit(one, [unit])), None)
    if found is None:
        paths = sorted({str(one["ou_path"]) for one in accounts if one["ou_path"]})
        known = ", ".join(paths[:12]) + (" and more" if len(paths) > 12 else "")
        raise ConfigError(f'key {key}: no account lies in an organizational unit "{unit}"; expected one of {known}')
    ids, path = str(found.get("ou_ids") or "").split("/"), str(found["ou_path"]).split("/")
    # a "/" inside a unit's name makes the two differ in length; then only the id is sure
    return "/".join(path[: ids.index(unit) + 1]) if unit in ids and len(ids) == len(path) else unit


def _below(name: str, names: Iterable[str]) -> bool:
    return any(name.startswith(f"{other}/") for other in names)
