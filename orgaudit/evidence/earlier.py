"""What earlier runs found, carried from bundle to bundle in ``previous.json``.

Each run hands on what the runs before it knew and adds its own results, so that the last bundle alone is enough. Of a
row only its latest state and the age of its fail are kept, and rows with the same past stand together: the file grows
with the organization's variety, not with its size times the number of runs.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from orgaudit.errors import BundleError
from orgaudit.evidence.bundle import PREVIOUS, hashes, is_sealed, read_manifest
from orgaudit.evidence.judged import Judged, JudgedRow, Key, checked
from orgaudit.model.calls import Json

SCHEMA = "orgaudit.previous/1"
RUNS_KEPT = 8
COUNTED = ("PASS", "OPEN", "WAIVED", "WAIVER_EXPIRED", "NOT_EVALUATED", "NOT_APPLICABLE")
"""What a run's rows are counted by: the result, and for a fail what was decided about it."""


class Past(NamedTuple):
    """What is known of one account and control after a run."""

    result: str
    """In the last run that had the row."""
    disposition: str
    known: str
    """The last PASS or FAIL; empty where no run could tell."""
    since: str
    """Start of the run that first saw the fail; empty unless ``known`` is FAIL."""
    runs: int
    """How many runs saw it fail, one after the other. One that could not evaluate it counts for nothing."""
    was_fixed: bool
    """A fail was seen, and a later run saw it fixed."""
    last_run: str
    """Id of the last run that had the row."""


class LastReview(NamedTuple):
    """What the last review said of a row."""

    conclusion: str
    comment: str
    tested_by: str
    started_at: str
    """Of the run that was reviewed."""


class EarlierAccount(NamedTuple):
    """An account as the last run saw it."""

    name: str
    ou_path: str
    standing: str
    """``in scope``, ``excluded``, or ``gone``: not listed by the last run."""


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """One earlier run."""

    run_id: str
    started_at: str
    benchmark: str
    tool_version: str
    bundle: str
    manifest_sha256: str
    finished: bool
    population: Mapping[str, int]
    """Accounts listed, evaluated, not_evaluated and excluded."""
    counts: Mapping[str, int]
    """Rows, by COUNTED."""


Held = TypeVar("Held", Past, LastReview)


@dataclass(frozen=True)
class Earlier:
    """Everything that a run knows of the runs before it."""

    organization_id: str
    runs: tuple[EarlierRun, ...]
    """Up to eight, the oldest first; never empty."""
    criteria: Mapping[str, Json]
    """What each control was judged by when it was last tested."""
    accounts: Mapping[str, EarlierAccount]
    rows: Mapping[Key, Past]
    reviews: Mapping[Key, LastReview] = field(default_factory=dict)
    """The last review's words on a row."""

    @property
    def last(self) -> EarlierRun:
        """The run before this one."""
        return self.runs[-1]


def after(past: Past | None, row: JudgedRow, run_id: str, started_at: str, same_rule: bool = True) -> Past:
    """What is known of a row once another run has judged it. same_rule: by the same criteria as before.

    A fail grows older while it fails and while nobody could tell; a pass ends it.
    """
    known = past.known if past else ""
    since, runs, was_fixed = (past.since, past.runs, past.was_fixed) if past else ("", 0, False)
    if row.result == "FAIL":
        since, runs = (since, runs + 1) if known == "FAIL" else (started_at, 1)
    elif row.result == "PASS":
        was_fixed = was_fixed or (known == "FAIL" and same_rule)
        since, runs = "", 0
    if row.result in ("PASS", "FAIL"):
        known = row.result
    return Past(row.result, row.disposition, known, since, runs, was_fixed, run_id)


def with_run(earlier: Earlier | None, run: Judged) -> Earlier:
    """What is known after that run; what reviewers wrote stays as it was carried."""
    about = summary_of(run)
    runs = (*(earlier.runs if earlier else ()), about)[-RUNS_KEPT:]
    kept = {one.run_id for one in runs}
    past = earlier.rows if earlier else {}
    rows = {key: old for key, old in past.items() if key not in run.rows and old.last_run in kept}
    for key, row in run.rows.items():
        same = earlier is not None and same_rule(earlier.criteria, run.criteria, key[1])
        rows[key] = after(past.get(key), row, about.run_id, about.started_at, same)
    return Earlier(
        organization_id=str(run.run["organization_id"]),
        runs=runs,
        criteria={**(earlier.criteria if earlier else {}), **{key: rule(one) for key, one in run.criteria.items()}},
        accounts=_accounts(earlier, run, {account for account, _ in rows}),
        rows=rows,
        reviews=earlier.reviews if earlier else {},
    )


def rule(criterion: Mapping[str, Any]) -> Json:
    """What decides a result; the section's number does not."""
    return {name: value for name, value in criterion.items() if name != "section"}


def same_rule(before: Mapping[str, Json], now: Mapping[str, Json], control: str) -> bool:
    """Whether two runs judged a control alike."""
    return control in before and control in now and rule(before[control]) == rule(now[control])


def summary_of(run: Judged) -> EarlierRun:
    """The run as later ones remember it."""
    counted = Counter(row.disposition or row.result for row in run.rows.values())
    return EarlierRun(
        run_id=run.run["id"],
        started_at=run.run["started_at"],
        benchmark=run.run["benchmark"],
        tool_version=run.tool_version,
        bundle=run.bundle,
        manifest_sha256=run.manifest_sha256,
        finished=bool(run.run["finished"]),
        population={name: int(run.population[name]) for name in ("listed", "evaluated", "not_evaluated", "excluded")},
        counts={name: counted[name] for name in COUNTED},
    )


def _accounts(earlier: Earlier | None, run: Judged, with_rows: set[str]) -> dict[str, EarlierAccount]:
    """The accounts that the run lists, and those that it does not while a row of theirs is remembered."""
    before = earlier.accounts if earlier else {}
    gone = {account: before[account]._replace(standing="gone") for account in with_rows & before.keys()}
    listed = {
        one["account_id"]: EarlierAccount(
            one["name"], one["ou_path"], "excluded" if one["outcome"] == "excluded" else "in scope"
        )
        for one in run.population["accounts"]
    }
    return dict(sorted({**gone, **listed}.items()))


def read_earlier(folder: Path) -> Earlier | None:
    """What a bundle knows of the runs before its own; None for a first run.

    Raises BundleError for a file that cannot be used, or is not what the manifest of a finished bundle says.
    """
    path = folder / PREVIOUS
    if is_sealed(folder):
        if PREVIOUS not in hashes(read_manifest(folder)):
            return None
        path = checked(folder, PREVIOUS)
    return load_earlier(path.read_bytes(), str(path)) if path.is_file() else None


def dump_earlier(earlier: Earlier) -> bytes:
    """``previous.json``: equal knowledge gives equal bytes."""
    units = sorted({account.ou_path for account in earlier.accounts.values()})
    unit_place = {unit: number for number, unit in enumerate(units)}
    place = {account: number for number, account in enumerate(earlier.accounts)}
    document = {
        "schema": SCHEMA,
        "organization_id": earlier.organization_id,
        "runs": [asdict(run) for run in earlier.runs],
        "criteria": dict(earlier.criteria),
        "ous": units,
        "accounts": [
            [account_id, one.name, unit_place[one.ou_path], one.standing]
            for account_id, one in earlier.accounts.items()
        ],
        "rows": _grouped(earlier.rows, place),
        "reviews": _grouped(earlier.reviews, place),
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate in a name, written as JSON's own escape


def load_earlier(content: bytes, name: str) -> Earlier:
    """Read ``previous.json``. Raises BundleError for anything else; name stands in the message."""
    try:
        held = json.loads(content)
        if held["schema"] != SCHEMA:
            raise ValueError(f"schema {held['schema']}")
        accounts = {
            account_id: EarlierAccount(called, held["ous"][unit], standing)
            for account_id, called, unit, standing in held["accounts"]
        }
        return Earlier(
            organization_id=held["organization_id"],
            runs=tuple(EarlierRun(**run) for run in held["runs"]),
            criteria=held["criteria"],
            accounts=accounts,
            rows=dict(_apart(Past, held["rows"], list(accounts))),
            reviews=dict(_apart(LastReview, held["reviews"], list(accounts))),
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BundleError(f"{name}: cannot be read as what earlier runs found: {error}; take a whole copy") from None


def _grouped(held: Mapping[Key, Held], place: Mapping[str, int]) -> list[Json]:
    """Rows of which the same is known together: for each control the places of the accounts, as ranges."""
    groups: dict[Held, dict[str, list[int]]] = {}
    for (account, control), known in held.items():
        groups.setdefault(known, {}).setdefault(control, []).append(place[account])
    return [
        known._asdict() | {"rows": {control: ranges(sorted(places)) for control, places in sorted(rows.items())}}
        for known, rows in sorted(groups.items())
    ]


def _apart(kind: type[Held], groups: Iterable[Json], accounts: Sequence[str]) -> Iterator[tuple[Key, Held]]:
    for group in groups:
        known = kind(**{name: value for name, value in group.items() if name != "rows"})
        for control, text in group["rows"].items():
            for number in numbers(text):
                yield (accounts[number], control), known


def ranges(places: Iterable[int]) -> str:
    """Ascending numbers as text.

    >>> ranges([0, 1, 2, 5, 7, 8])
    '0-2 5 7-8'
    """
    spans: list[list[int]] = []
    for number in places:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return " ".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)


def numbers(text: str) -> Iterator[int]:
    """The numbers that ``ranges`` wrote.

    >>> list(numbers("0-2 5"))
    [0, 1, 2, 5]
    """
    for span in text.split():
        first, _, last = span.partition("-")
        yield from range(int(first), int(last or first) + 1)
