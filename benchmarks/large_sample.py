"""A large organization for the benchmark of reports: the demo's accounts, copied until there are enough of them.

Frames and rows are copied, not evaluated again, which takes longer than the reports that are measured: so there is
every kind of row that the demo has, its chain, witness and refused calls, and in the demo's proportion.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pandas as pd

from orgaudit.evaluation import assess
from orgaudit.evaluation.rows import row_sha256
from orgaudit.evidence.snapshot import Snapshot
from orgaudit.model import schemas
from orgaudit.model.frames import Frames

_KEPT = ("10000000", "20000000")
"""Beginnings of the ids of accounts that carry links of others: they are there once."""
_FIRST_COPY = 700_000_000_000
_TEAMS = 48
"""OUs below each OU of the demo: an organization of this size is not flat."""
_READ = (schemas.CALLS, schemas.TOPICS, schemas.SUBSCRIPTIONS, schemas.SUBSCRIPTION_ATTRIBUTES)
"""The frames that reports read."""

Record = dict[str, Any]
Copies = Mapping[str, list[str]]
"""For each account the ids of its copies."""


@dataclass(frozen=True)
class Sample:
    """What the reports are made of."""

    document: Record
    frames: Frames


def large_sample(bundle: Path, accounts: int, controls: Iterable[str] = ()) -> Sample:
    """The demo's bundle with so many accounts. controls: keys to name in the configuration; none for all."""
    small = Snapshot.open(bundle)
    small.config = replace(small.config, audit=replace(small.config.audit, controls=tuple(controls)))
    document = assess(small).document()
    judged = dict.fromkeys(row["account_id"] for row in document["results"])
    members = [one for one in judged if not one.startswith(_KEPT)]
    copies: dict[str, list[str]] = {one: [] for one in members}
    for number, one in enumerate(islice(cycle(members), accounts - len(judged))):
        copies[one].append(f"{_FIRST_COPY + number * 7919:012d}")
    frames = {schema.name: _frame(schema, getattr(small, schema.name), copies) for schema in _READ}
    listed = [*document["population"]["accounts"], *_accounts(document["population"]["accounts"], copies)]
    rows = sorted([*document["results"], *_rows(document["results"], copies)], key=lambda row: row["account_id"])
    return Sample(
        document | {"population": _population(document["population"], listed), "results": rows},
        Frames(run=small.run, config=small.config, **frames),
    )


def _frame(schema: schemas.Schema, frame: pd.DataFrame, copies: Copies) -> pd.DataFrame:
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return schema.frame([*records, *_more(records, copies)])


def _more(records: Iterable[Record], copies: Copies) -> Iterator[Record]:
    for record in records:
        for account_id in copies.get(record["account_id"], ()):
            yield _renamed(record, record["account_id"], account_id)


def _accounts(accounts: list[Record], copies: Copies) -> Iterator[Record]:
    for number, copy in enumerate(_more(accounts, copies)):
        yield copy | {"ou_path": f"{copy['ou_path']}/Team-{number % _TEAMS:02d}"}


def _rows(rows: list[Record], copies: Copies) -> Iterator[Record]:
    for copy in _more(rows, copies):
        yield copy | {"row_sha256": row_sha256(copy)}


def _population(population: Record, accounts: list[Record]) -> Record:
    outcomes = [one["outcome"] for one in accounts]
    counted = {name: outcomes.count(name) for name in ("evaluated", "not_evaluated", "excluded")}
    return population | counted | {"listed": len(accounts), "accounts": accounts}


def _renamed(value: Any, old: str, new: str) -> Any:
    """The value with one account's id for another's; a text without it stays the same object, as in a real run."""
    if isinstance(value, str):
        return value.replace(old, new) if old in value else value
    if isinstance(value, dict):
        return {key: _renamed(held, old, new) for key, held in value.items()}
    return [_renamed(held, old, new) for held in value] if isinstance(value, list) else value
