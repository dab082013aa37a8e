"""``deliveries.sqlite``: what was delivered to whom, so that nobody gets the same mail twice.

It lies beside the bundles, since a sealed bundle never changes. A delivery is written as pending before anything is
handed over; whoever finds a pending one later cannot know whether it arrived. Rows are added, and only their outcome is
filled in: sending again leaves the earlier row.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orgaudit.deliver.attempt import Attempt, State
from orgaudit.errors import OutputError

FILE_NAME = "deliveries.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY,
    manifest_sha256 TEXT NOT NULL, scope TEXT NOT NULL, recipient TEXT NOT NULL,
    bundle TEXT NOT NULL, channel TEXT NOT NULL, message_id TEXT NOT NULL, files TEXT NOT NULL,
    state TEXT NOT NULL, detail TEXT NOT NULL, tries INTEGER NOT NULL, begun_at TEXT NOT NULL, ended_at TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_key ON deliveries (manifest_sha256, scope, recipient);
"""
_BUSY_S = 30.0


@dataclass(frozen=True, slots=True)
class Key:
    """What is delivered at most once."""

    manifest_sha256: str
    scope: str
    """The units as JSON, sorted; ``[]`` for the whole organization."""
    recipient: str
    """An address in lower case, or the S3 location."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The last delivery of a key."""

    id: int
    state: State
    detail: str
    begun_at: str
    ended_at: str

    @property
    def settled(self) -> bool:
        """Nothing is to be done by itself: it arrived, or it may have."""
        return self.state is not State.REFUSED


class Ledger:
    """The ledger of one output folder. Several processes may use it at once."""

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it. Raises OutputError where that is refused."""
        self.path = path
        with self._telling():
            self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            # a row must be on the disk before the mail leaves the house
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_SCHEMA)

    def last(self, key: Key) -> Entry | None:
        """The last delivery of this key, or None. Raises OutputError."""
        with self._telling():
            return self._last(key)

    def claim(self, key: Key, facts: Mapping[str, Any], begun_at: str, *, again: bool) -> Entry | int:
        """The id of a new pending row, on the disk; or the entry that stands in the way.

        facts: bundle, channel, message_id, and files (name to SHA-256). again: deliver whatever was delivered before.
        Raises OutputError: then nothing may be sent.
        """
        with self._telling(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            last = self._last(key)
            if last is not None and last.settled and not again:
                return last
            files = json.dumps(facts["files"], sort_keys=True)
            row = (
                *_values(key),
                facts["bundle"],
                facts["channel"],
                facts["message_id"],
                files,
                State.PENDING,
                begun_at,
            )
            cursor = self._connection.execute(
                "INSERT INTO deliveries (manifest_sha256, scope, recipient, bundle, channel, message_id, files, state,"
                " detail, tries, begun_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, ?)",
                row,
            )
            return int(cursor.lastrowid or 0)

    def settle(self, claim: int, ended: Attempt, ended_at: str) -> None:
        """Write down how the delivery of a claim ended. Raises OutputError: then the row stays pending."""
        with self._telling(), self._connection:
            self._connection.execute(
                "UPDATE deliveries SET state = ?, detail = ?, tries = ?, ended_at = ? WHERE id = ?",
                (ended.state.value, ended.detail, ended.tries, ended_at, claim),
            )

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _last(self, key: Key) -> Entry | None:
        row = self._connection.execute(
            "SELECT * FROM deliveries WHERE manifest_sha256 = ? AND scope = ? AND recipient = ? ORDER BY id DESC",
            _values(key),
        ).fetchone()
        if row is None:
            return None
        return Entry(row["id"], State(row["state"]), row["detail"], row["begun_at"], row["ended_at"] or "")

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError) as error:  # ValueError: a state that only a later version knows
            raise OutputError(
                f"{self.path}: the ledger of deliveries cannot be used ({error}); nothing is sent without it. "
                "Check that its folder may be written and the disk is not full"
            ) from error


def _values(key: Key) -> tuple[str, str, str]:
    return key.manifest_sha256, key.scope, key.recipient
