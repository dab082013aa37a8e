"""The ledger of reviews, ``reviews.sqlite``: what reviewers wrote into returned workbooks. Entries are only added.

It lies beside the bundles, because a finished bundle never changes. The latest entry on a row counts; what stood there
before is kept, and so are the words of rows that were refused.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path

from orgaudit.errors import BundleError, OutputError

FILE_NAME = "reviews.sqlite"
_APPLICATION_ID = 0x6F726752  # "orgR"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS workbooks (
    id INTEGER PRIMARY KEY, read_at TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,
    bundle TEXT NOT NULL, run_id TEXT NOT NULL, benchmark TEXT NOT NULL, scope TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS reviews (
    workbook_id INTEGER NOT NULL REFERENCES workbooks (id), test_id TEXT NOT NULL, refused TEXT NOT NULL,
    conclusion TEXT NOT NULL, tickmark TEXT NOT NULL, tested_by TEXT NOT NULL, test_date TEXT NOT NULL,
    reference TEXT NOT NULL, comment TEXT NOT NULL, ticket TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS reviews_by_test ON reviews (test_id);
"""


@dataclass(frozen=True, slots=True)
class Review:
    """A reviewer's words on one row; empty where nothing was written."""

    conclusion: str = ""
    tickmark: str = ""
    tested_by: str = ""
    test_date: str = ""
    """ISO 8601."""
    reference: str = ""
    comment: str = ""
    ticket: str = ""

    def __bool__(self) -> bool:
        return any(astuple(self))

    def with_words(self, later: "Review") -> "Review":
        """These words, with those that were written later in their places."""
        return Review(*(new or old for old, new in zip(astuple(self), astuple(later), strict=True)))


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook that came back, and the bundle it belongs to."""

    name: str
    sha256: str
    bundle: str
    run_id: str
    benchmark: str
    scope: str = ""


Refused = tuple[str, str, Review]
"""Test id, why the row was not taken, and what the reviewer wrote."""

_WORDS = ", ".join(one.name for one in fields(Review))


def current(folder: Path, run_id: str, benchmark: str) -> dict[str, Review]:
    """The reviews of one run under one benchmark version, by test id; none where nothing was ever reviewed.

    folder: where the bundles lie. Raises BundleError for a ledger that cannot be read.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return {}
    with _opened(path, BundleError, "ro") as connection:
        return dict(_current(connection, run_id, benchmark, refused=False))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the words of a workbook changed in the ledger, by test id."""

    new: tuple[str, ...] = ()
    changed: Mapping[str, tuple[Review, Review]] = field(default_factory=dict)
    """What stood there, and what stands there now."""
    known: tuple[str, ...] = ()
    """Said in an earlier workbook already."""


def record(
    folder: Path, workbook: Workbook, read_at: str, taken: Mapping[str, Review], refused: Sequence[Refused] = ()
) -> Recorded:
    """Add what a workbook says that is not in the ledger yet: all of it, or nothing.

    taken: the words on each row, by test id; an empty word leaves the one that stands there. Raises OutputError.
    """
    with _opened(folder / FILE_NAME, OutputError, "rwc") as connection:
        connection.executescript(f"PRAGMA application_id = {_APPLICATION_ID}; {_SCHEMA}")
        before = dict(_current(connection, workbook.run_id, workbook.benchmark, refused=False))
        now = {test: before.get(test, Review()).with_words(review) for test, review in taken.items()}
        added = [(test, "", review) for test, review in now.items() if before.get(test) != review]
        told = dict(_current(connection, workbook.run_id, workbook.benchmark, refused=True))
        added += [(test, why, review) for test, why, review in refused if told.get(test) != review]
        if added:
            _add(connection, workbook, read_at, added)
    return Recorded(
        new=tuple(test for test in now if test not in before),
        changed={test: (before[test], one) for test, one in now.items() if before.get(test, one) != one},
        known=tuple(test for test, one in now.items() if before.get(test) == one),
    )


def _add(connection: sqlite3.Connection, workbook: Workbook, read_at: str, added: Sequence[Refused]) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        number = connection.execute(
            "INSERT INTO workbooks VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", (read_at, *astuple(workbook))
        ).lastrowid
        connection.executemany(
            f"INSERT INTO reviews VALUES ({', '.join('?' * 10)})",
            [(number, test, why, *astuple(review)) for test, why, review in added],
        )


def _current(
    connection: sqlite3.Connection, run_id: str, benchmark: str, *, refused: bool
) -> Iterator[tuple[str, Review]]:
    """The entries in the order in which they were added, so that the last one of a test stays."""
    query = (
        f"SELECT test_id, {_WORDS} FROM reviews JOIN workbooks ON workbooks.id = workbook_id "
        f"WHERE run_id = ? AND benchmark = ? AND (refused {'<>' if refused else '='} '') ORDER BY reviews.rowid"
    )
    for test_id, *words in connection.execute(query, (run_id, benchmark)):
        yield str(test_id), Review(*words)


@contextmanager
def _opened(path: Path, kind: type[BundleError | OutputError], mode: str) -> Iterator[sqlite3.Connection]:
    try:
        uri = f"{path.resolve().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            if application not in (_APPLICATION_ID, 0):
                raise kind(f"{path}: is not a ledger of reviews; move it away")
            yield connection
    except sqlite3.Error as error:
        raise kind(f"{path}: {error}; check the disk and who may write there") from None
