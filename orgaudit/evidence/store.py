"""evidence.sqlite: every answer as it came, written account by account. Rows are added, never changed.

The file is plain: one row per page of an answer, the answer as canonical JSON under zlib. ``stored_sha256`` is the
SHA-256 of that JSON, ``row_sha256`` that of the whole row, so that a changed row can be named; ``writes`` lists the
rows of each transaction, so that one that was taken out or put in can be named too.
"""

import hashlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from orgaudit.errors import BundleError, OrgauditError, OutputError
from orgaudit.evidence.bundle import is_sealed
from orgaudit.model.calls import Call, Outcome, Record, canonical_json, rfc3339
from orgaudit.model.frames import RunFacts

_APPLICATION_ID = 0x6F726741  # "orgA": tells a file of ours from any other database
_VERSION = 1

_SCHEMA = """
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE finished (account_id TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE writes (number INTEGER PRIMARY KEY, account_id TEXT NOT NULL, evidence_ids BLOB NOT NULL);
CREATE TABLE calls (
    evidence_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL, region TEXT NOT NULL, service TEXT NOT NULL, operation TEXT NOT NULL,
    params TEXT NOT NULL, page INTEGER NOT NULL, last_page INTEGER NOT NULL,
    outcome TEXT NOT NULL, error_code TEXT NOT NULL, error_message TEXT NOT NULL, request_id TEXT NOT NULL,
    asked_at TEXT NOT NULL, answered_at TEXT, attempts INTEGER NOT NULL, throttles INTEGER NOT NULL,
    received_sha256 TEXT NOT NULL, stored_sha256 TEXT NOT NULL, row_sha256 TEXT NOT NULL,
    body BLOB
);
"""
_COLUMNS = (
    "evidence_id, account_id, region, service, operation, params, page, last_page, outcome, error_code, "
    "error_message, request_id, asked_at, answered_at, attempts, throttles, received_sha256, stored_sha256, "
    "row_sha256, body"
)
_INSERT = f"INSERT OR IGNORE INTO calls ({_COLUMNS}) VALUES ({', '.join('?' * 20)})"
_ORDER = "ORDER BY account_id, region, service, operation, params, page"
_PATIENCE_S = 60
"""How long a writer waits for somebody who reads: a report may be made of a bundle that is being written."""


class EvidenceStore:
    """The evidence of one run. May be used from several threads, one at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def create(cls, path: Path, facts: RunFacts | None = None) -> "EvidenceStore":
        """A new file. Raises OutputError where none can be made, or one is there already."""
        if path.exists():
            raise OutputError(f"{path} exists already: choose another output folder, or resume that run")
        with _telling(path, OutputError):
            connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=_PATIENCE_S)
            connection.executescript(
                "PRAGMA page_size = 8192; PRAGMA journal_mode = DELETE; PRAGMA synchronous = NORMAL;"
                f"PRAGMA application_id = {_APPLICATION_ID};"
                f"PRAGMA user_version = {_VERSION}; BEGIN; {_SCHEMA} COMMIT;"
            )
        store = cls(path, connection)
        if facts is not None:
            store.set_facts(facts)
        return store

    @classmethod
    def open(cls, path: Path, read_only: bool = False) -> "EvidenceStore":
        """An existing file. Raises BundleError when there is none, or it is not one of ours, or damaged.

        ``read_only``: nothing is written; but where a run was killed amid a write, what it had begun is undone first.
        """
        if not path.is_file():
            raise BundleError(f"{path} does not exist: name the folder of a bundle")
        with _telling(path, BundleError):
            connection = _opened(path, read_only)
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
        if application != _APPLICATION_ID or version != _VERSION:
            connection.close()
            raise BundleError(f"{path} is not evidence that this version of orgaudit wrote: use the one that did")
        return cls(path, connection)

    def write(self, account_id: str, records: Iterable[Record], finished: bool = True) -> None:
        """Keeps the records in one transaction, all or none; what is recorded already stays as it is.

        ``finished``: the account has come to its end. Raises OutputError when disk or file refuse.
        """
        rows = [_row(record) for record in records]
        with self._transaction():
            self._connection.executemany(_INSERT, rows)
            if rows:
                names = zlib.compress("\n".join(row[0] for row in rows).encode(), 6)
                self._connection.execute("INSERT INTO writes VALUES (NULL, ?, ?)", (account_id, names))
            if finished:
                self._connection.execute("INSERT OR IGNORE INTO finished VALUES (?, ?)", (account_id, _last(rows)))

    def set_facts(self, facts: RunFacts) -> None:
        """Notes what the run knows of itself; the accounts that are finished are noted as they finish."""
        values = {field.name: getattr(facts, field.name) for field in fields(facts)}
        del values["finished_accounts"]
        self._note(values)

    def set_fact(self, key: str, value: str | bool) -> None:
        """Notes one fact, a field of RunFacts or one of the caller's own."""
        self._note({key: value})

    def finish(self, at: str) -> None:
        """Notes that the collection came to its end, and when."""
        self._note({"finished_at": at, "finished": True})

    def _note(self, values: Mapping[str, str | bool]) -> None:
        with self._transaction():
            self._connection.executemany(
                "INSERT INTO run VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                [(key, json.dumps(value)) for key, value in values.items()],
            )

    def fact(self, key: str) -> Any:
        """One fact, or None."""
        return self._noted().get(key)

    @property
    def facts(self) -> RunFacts:
        """What the run knows of itself.

        Raises:
            BundleError: something of it is missing or damaged.
        """
        known = {field.name for field in fields(RunFacts)} - {"finished_accounts"}
        values = {key: value for key, value in self._noted().items() if key in known}
        if missing := ", ".join(sorted(known - values.keys())):
            raise BundleError(
                f"{self.path}: does not say of its run: {missing}; take a whole copy of the bundle, or start a new run"
            )
        return RunFacts(**values, finished_accounts=self.finished_accounts())

    def _noted(self) -> dict[str, Any]:
        with self._reading():
            noted = dict(self._connection.execute("SELECT key, value FROM run"))
        try:
            return {key: _fact(key, text) for key, text in noted.items()}
        except (ValueError, TypeError) as error:
            raise BundleError(
                f"{self.path}: what it says of its run is damaged; take a whole copy of the bundle"
            ) from error

    def finished_accounts(self) -> frozenset[str]:
        """The accounts whose end is recorded, refused ones too."""
        with self._reading():
            return frozenset(row[0] for row in self._connection.execute("SELECT account_id FROM finished"))

    def records(self) -> Iterator[Record]:
        """Every record, sorted by account, region, call and page."""
        yield from self._select(f"SELECT {_COLUMNS} FROM calls {_ORDER}", ())

    def records_of(self, account_id: str) -> list[Record]:
        """The records of the calls made as this account."""
        within = (f"{account_id}/", f"{account_id}0")  # ids begin with the account; "0" follows "/"
        query = f"SELECT {_COLUMNS} FROM calls WHERE evidence_id > ? AND evidence_id < ? {_ORDER}"
        return list(self._select(query, within))

    def changed_rows(self) -> Iterator[str]:
        """The evidence ids of rows that are not what was written: their hashes do not fit."""
        with self._reading():
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM calls {_ORDER}")
            yield from (str(row[0]) for row in rows if not _is_as_written(row))

    def missing_and_added_rows(self) -> tuple[list[str], list[str]]:
        """The evidence ids that were written and are no longer there, and those that are there and never were."""
        with self._reading():
            lists = self._connection.execute("SELECT evidence_ids FROM writes")
            written = {name for (names,) in lists for name in _names(self.path, names)}
            present = {str(name) for (name,) in self._connection.execute("SELECT evidence_id FROM calls")}
        return sorted(written - present), sorted(present - written)

    def close(self) -> None:
        """Closes the file; nothing else lies beside it then."""
        with self._lock:
            self._connection.close()

    def _select(self, query: str, parameters: tuple[str, ...]) -> Iterator[Record]:
        with self._reading():
            cursor = self._connection.execute(query, parameters)
            while rows := cursor.fetchmany(500):
                for row in rows:
                    yield _record(row)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, _telling(self.path, OutputError), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with _telling(self.path, BundleError):
            yield


def _opened(path: Path, read_only: bool) -> sqlite3.Connection:
    """A sealed file is read as it is, whatever lies beside it: a journal there is none of ours, and is not applied."""
    if read_only and not is_sealed(path.parent) and path.with_name(f"{path.name}-journal").exists():
        recovering = _opened(path, read_only=False)
        recovering.execute("SELECT count(*) FROM run").fetchone()
        recovering.close()
    mode = "ro&immutable=1" if read_only and is_sealed(path.parent) else "ro" if read_only else "rw"
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        check_same_thread=False,
        isolation_level=None,
        timeout=_PATIENCE_S,
    )
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _names(path: Path, names: bytes) -> list[str]:
    try:
        return zlib.decompress(names).decode().split("\n")
    except (zlib.error, ValueError, TypeError) as error:
        raise BundleError(
            f"{path}: the list of what was written is damaged; take a whole copy of the bundle"
        ) from error


@contextmanager
def _telling(path: Path, kind: type[OrgauditError]) -> Iterator[None]:
    """SQLite's errors in one line that says which file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        said = str(error)
        advice = next((advice for words, advice in _ADVICE.items() if words in said), said)
        raise kind(f"{path}: {advice}") from error


_ADVICE = {
    "disk is full": "the disk is full; free some space",
    "disk I/O error": "the disk does not take the data (full, or failing); free some space",
    "readonly": "the file or its folder is read-only",
    "unable to open": "the file cannot be opened; check that the folder exists and may be written",
    "locked": "another run has the file open",
    "not a database": "the file is not a database, or damaged",
    "malformed": "the file is damaged",
}


def _row(record: Record) -> tuple[Any, ...]:
    call = record.call
    text = None if record.answer is None else canonical_json(record.answer).encode("utf-8", "surrogatepass")
    body = None if text is None else zlib.compress(text, 6)
    row = (
        record.evidence_id,
        call.account_id,
        call.region,
        call.service,
        call.operation,
        call.params,
        record.page,
        int(record.last_page),
        record.outcome.value,
        record.error_code,
        record.error_message,
        record.request_id,
        rfc3339(record.asked_at),
        rfc3339(record.answered_at) if record.answered_at else None,
        record.attempts,
        record.throttles,
        record.received_sha256,
        "" if text is None else hashlib.sha256(text).hexdigest(),
    )
    return (*row, _row_sha256(row), body)


def _row_sha256(row: tuple[Any, ...]) -> str:
    return hashlib.sha256(json.dumps(row).encode()).hexdigest()


def _body_sha256(body: bytes | None) -> str:
    try:
        return "" if body is None else hashlib.sha256(zlib.decompress(body)).hexdigest()
    except (zlib.error, TypeError):
        return "damaged"


def _fact(key: str, text: str) -> Any:
    """What was noted; ValueError or TypeError for what this tool never notes."""
    value = json.loads(text)
    if not isinstance(value, str | bool):
        raise TypeError(key)
    if key in {"started_at", "finished_at"} and value:
        datetime.fromisoformat(str(value))
    return value


def _is_as_written(row: tuple[Any, ...]) -> bool:
    return bool(row[18] == _row_sha256(row[:18]) and row[17] == _body_sha256(row[19]))


def _last(rows: list[tuple[Any, ...]]) -> str:
    """When the last of these rows was asked."""
    return max((str(row[12]) for row in rows), default="")


def _record(row: tuple[Any, ...]) -> Record:
    if not _is_as_written(row):
        raise BundleError(
            f"the evidence {row[0]} is damaged, or was changed after it was written; take a whole copy of the bundle"
        )
    return Record(
        Call(*row[1:6]),
        Outcome(row[8]),
        None if row[19] is None else json.loads(zlib.decompress(row[19])),
        row[6],
        bool(row[7]),
        row[9],
        row[10],
        row[11],
        datetime.fromisoformat(row[12]),
        datetime.fromisoformat(row[13]) if row[13] else None,
        row[14],
        row[15],
        row[16],
        row[17],
    )
