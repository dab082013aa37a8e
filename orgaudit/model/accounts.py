"""The accounts of the organization and where they stand in it, out of the organization's answers."""

from collections.abc import Iterable, Iterator

from orgaudit.model.calls import Json, Record
from orgaudit.model.values import Row, items, text


def account_rows(records: Iterable[Record], owner_tag: str = "") -> Iterator[Row]:
    """The accounts that the organization lists, each once, with the path of its OU.

    The path comes from ``Paths`` (organization, root and OU ids), else from a walk of the OUs; names of OUs come
    from the walk. An OU whose name was not read stands by its id.
    """
    walk = _Walk(records)
    seen: set[str] = set()
    for record in walk.listings:
        for account in items(record.answer, "Accounts"):
            account_id = text(account.get("Id"))
            if not account_id or account_id in seen:
                continue
            seen.add(account_id)
            ids = _path_ids(account) or walk.path_of(account_id)
            yield {
                "account_id": account_id,
                "name": text(account.get("Name")) or "",
                "state": text(account.get("State")) or text(account.get("Status")) or "",
                "ou_path": "/".join(walk.names.get(ou, ou) for ou in ids),
                "ou_ids": "/".join(ids),
                "joined_at": account.get("JoinedTimestamp"),
                "owner": walk.tags.get(account_id, {}).get(owner_tag),
                "evidence_id": record.evidence_id,
            }


def _path_ids(account: Json) -> list[str]:
    paths = account.get("Paths")
    first = paths[0] if isinstance(paths, list) and paths and isinstance(paths[0], str) else ""
    return [part for part in first.split("/") if part.startswith(("r-", "ou-"))]


class _Walk:
    """What the organization's answers tell of OUs, their names and their accounts."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.listings: list[Record] = []
        self.names: dict[str, str] = {}
        self.parents: dict[str, str] = {}
        self.tags: dict[str, dict[str, str]] = {}
        for record in sorted(records, key=lambda record: (record.call.name, record.call.params, record.page)):
            self._read(record)

    def _read(self, record: Record) -> None:
        operation, parameters = record.call.operation, record.call.parameters
        if operation == "ListAccounts":
            self.listings.append(record)
        elif operation == "ListRoots":
            for root in items(record.answer, "Roots"):
                self.names[str(root.get("Id"))] = text(root.get("Name")) or "Root"
        elif operation == "ListOrganizationalUnitsForParent":
            for unit in items(record.answer, "OrganizationalUnits"):
                self.names[str(unit.get("Id"))] = text(unit.get("Name")) or str(unit.get("Id"))
                self.parents[str(unit.get("Id"))] = parameters.get("ParentId", "")
        elif operation == "ListAccountsForParent":
            for account in items(record.answer, "Accounts"):
                self.parents[str(account.get("Id"))] = parameters.get("ParentId", "")
        elif operation == "ListTagsForResource":
            self.tags[parameters.get("ResourceId", "")] = {
                str(tag.get("Key")): text(tag.get("Value")) or "" for tag in items(record.answer, "Tags")
            }

    def path_of(self, account_id: str) -> list[str]:
        """The ids from root to the account's OU; empty where no walk was made."""
        path: list[str] = []
        node = self.parents.get(account_id, "")
        while node and node not in path:
            path.insert(0, node)
            node = self.parents.get(node, "")
        return path
