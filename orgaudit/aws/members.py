"""The accounts of the organization, page by page, and which of them are to be read."""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from queue import SimpleQueue

from orgaudit.aws.identity import credentials_expired
from orgaudit.aws.organization import Access, once, place_accounts, walk_units
from orgaudit.aws.outcomes import EXPIRED_CODES
from orgaudit.errors import AccessError
from orgaudit.model.calls import Outcome, Record
from orgaudit.model.scope import check_units, known_units, listed_accounts, standing
from orgaudit.model.settings import Config
from orgaudit.model.values import items


class Members:
    """Lists accounts while others are read already, and keeps what the organization answered until all is known.

    Pages are asked for ahead of the accounts' work, so that a run interrupted later on knows its population. One that
    knows the whole organization (``kept``) does not ask for it again; one that does not, kept nothing of it.
    """

    def __init__(self, access: Access, config: Config, kept: Iterable[Record], stop: threading.Event) -> None:
        self._access, self._config, self._stop = access, config, stop
        self._by_unit = bool(config.scope.include_ous or config.scope.exclude_ous)
        answers = [record for record in kept if record.call.service == "organizations"]
        self._kept = any(record.call.operation == "ListAccounts" for record in answers)
        self.records = answers if self._kept else list(access.records)
        """What the organization answered so far."""
        self._walk: Future[list[Record]] | None = None
        self._listing: Future[list[Record]] | None = None
        self._ahead: SimpleQueue[Record | None] = SimpleQueue()
        self._unplaced = self._placed = False
        self._closed = threading.Event()
        self.ours: dict[str, bool] = {}
        """Every account listed so far, and whether it is in scope."""
        self.complete = False
        """All accounts are listed, and all that is to be known of where they stand."""

    def open(self, aside: Executor) -> None:
        """Asks what is asked once; begins to list accounts and organizational units aside, in two threads."""
        if not self._kept:
            self.records += list(once(self._access))
            self._walk = aside.submit(self._walk_units)
            self._listing = aside.submit(self._list)

    def whole(self) -> list[Record]:
        """All that the organization answered, once nothing more is to be asked of it; empty until then."""
        if self._listing is None or not self._listing.done() or not (self._walk is None or self._walk.done()):
            return []
        pages = self._listing.result()
        last, accounts = pages[-1], [account for page in pages for account in items(page.answer, "Accounts")]
        if not last.last_page or last.answer is None or not all(account.get("Paths") for account in accounts):
            return []
        others = [record for record in self.records if record.call.operation != "ListAccounts"]
        return [*others, *(self._walk.result() if self._walk else ()), *pages]

    def in_scope(self) -> Iterator[list[str]]:
        """The accounts to be read, page by page, each once.

        Raises ConfigError for an organizational unit that does not exist, AccessError when the listing breaks off, or
        when the scope names units and they cannot be read: whoever is out of scope must be so by fact.
        """
        if self._by_unit or any(delivery.ous for delivery in self._config.deliver):
            self._read_units()
            if self._by_unit:
                _check_read(self.records)
            if not any(_unread(self.records)):
                check_units(self._config.scope, known_units(self.records), self._config.deliver)
        for page in self._pages():
            if self._stop.is_set():
                return
            yield self._sorted(page)
        if self._unplaced:
            self._place()
        self._read_units()
        self.complete = not self._stop.is_set()

    def close(self) -> None:
        """Nobody waits for accounts or units any more."""
        self._closed.set()

    def _pages(self) -> Iterator[Record]:
        if self._kept:
            yield from [record for record in self.records if record.call.operation == "ListAccounts"]
            return
        while (page := self._ahead.get()) is not None:
            if page.error_code in EXPIRED_CODES:
                raise credentials_expired(page.error_code)
            if page.outcome is not Outcome.ANSWERED:
                raise AccessError(
                    f"the listing of accounts broke off at page {page.page}: {page.error_code} {page.error_message}. "
                    "What was read is kept"
                )
            self.records.append(page)
            yield page
        if self._listing is not None:
            self._listing.result()  # raises what ended it

    def _list(self) -> list[Record]:
        pages: list[Record] = []
        try:
            for page in self._access.listing:
                pages.append(page)
                self._ahead.put(page)
                if self._stop.is_set() or self._closed.is_set():
                    break
        finally:
            self._ahead.put(None)
        return pages

    def _sorted(self, page: Record) -> list[str]:
        """The accounts of a page that are in scope and were on no page before."""
        rows = listed_accounts([page, *self._around()], self._config)
        if any(not row["ou_ids"] for row in rows) and not self._kept:
            self._unplaced = True
            if self._by_unit:
                self._place()
                _check_read(self.records)
                rows = listed_accounts([page, *self._around()], self._config)
        fresh = [row for row in rows if row["account_id"] not in self.ours]
        self.ours |= {row["account_id"]: standing(row, self._config.scope).in_scope for row in fresh}
        return [row["account_id"] for row in fresh if self.ours[row["account_id"]]]

    def _around(self) -> list[Record]:
        """The records that tell where accounts stand, where that decides anything."""
        if not self._by_unit:
            return []
        return [record for record in self.records if record.call.operation != "ListAccounts"]

    def _place(self) -> None:
        """Asks each unit for its accounts: the listing did not say where they are."""
        if not self._placed:
            self._placed = True
            self._read_units()
            self.records += place_accounts(self._access, known_units(self.records))

    def _read_units(self) -> None:
        """Waits for the units; they are kept among the records from then on."""
        if self._walk is not None:
            self.records += self._walk.result()
            self._walk = None

    def _walk_units(self) -> list[Record]:
        units: list[Record] = []
        for record in walk_units(self._access):
            units.append(record)
            if self._stop.is_set() or self._closed.is_set():
                break
        return units


def _unread(records: Iterable[Record]) -> Iterator[Record]:
    """The questions about organizational units that got no answer."""
    return (one for one in records if one.call.operation in _UNITS and one.outcome is not Outcome.ANSWERED)


def _check_read(records: Iterable[Record]) -> None:
    for record in _unread(records):
        raise AccessError(
            f"[scope] names organizational units, and they cannot be read: {record.call.operation} "
            f"{record.error_code} {record.error_message}. Allow it, or leave include_ous and exclude_ous empty"
        )


_UNITS = frozenset({"ListRoots", "ListOrganizationalUnitsForParent", "ListAccountsForParent"})
