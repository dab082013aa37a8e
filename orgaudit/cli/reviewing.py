"""``orgaudit review``: what reviewers wrote into a workbook that came back, and what of it is not as it was sent."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orgaudit.cli import options
from orgaudit.report.folding import folded

if TYPE_CHECKING:
    from orgaudit.pipeline.returning import Reviewed

_NAMED = 20
"""Rows of one kind that are named; the answer as JSON has all."""


@click.command()
@click.argument("bundle", type=options.bundle())
@click.argument("workbook", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON, with every row.")
def review(bundle: Path, workbook: Path, as_json: bool) -> None:
    """Read the reviewers' columns back from a returned workbook.

    The workbook may be sorted, filtered, and have columns, sheets and notes
    added. Each row stands for itself: where the evidence is as it was sent,
    the reviewer's words go into reviews.sqlite beside the bundles, and into
    the next run's workbook. A row that was edited, or is there twice, is
    refused and named; its words are kept in the ledger as refused. Put the
    row right and hand the workbook in again: nothing is counted twice. Empty
    cells never overwrite what was read before.

    \b
    Exit codes: 0 everything was as sent, and taken; 1 something was edited,
      removed or refused; 2 the workbook of another bundle, or none.

    \b
    Example:
      orgaudit review evidence/o-example_20261123T101500Z_1a2b3c4d workbook.xlsx
    """
    from orgaudit.pipeline import utc_now
    from orgaudit.pipeline.returning import take_back

    found = take_back(bundle, workbook, utc_now)
    if as_json:
        click.echo(json.dumps(_plain(found), indent=2))
    else:
        click.echo("\n".join(_told(found)))
    sys.exit(0 if found.untouched else 1)


def _plain(found: "Reviewed") -> dict[str, object]:
    return {"schema": "orgaudit.review/1", "untouched": found.untouched, **asdict(found)}


def _told(found: "Reviewed") -> Iterator[str]:
    about = f" about {', '.join(found.scope)}" if found.scope else ""
    yield from _filled(f"Workbook of {found.bundle}, CIS {found.benchmark}{about}: {found.rows:,} rows.")
    told = ", ".join(f"{number:,} {word}" for word, number in found.conclusions.items() if number)
    taken, recorded = len(found.taken), found.recorded
    yield from _filled(
        f"{taken:,} with a reviewer's words taken ({len(recorded.new):,} new, {len(recorded.changed):,} changed, "
        f"{len(recorded.known):,} known before){': ' if told else ''}{told}."
    )
    yield from _changed(found)
    yield from _refused(found)
    yield from _removed(found)
    if found.untouched:
        yield "Everything else is as it was sent."


def _changed(found: "Reviewed") -> Iterator[str]:
    told = [
        f"{test}: {before.conclusion or 'no conclusion'} → {now.conclusion or 'no conclusion'}"
        for test, (before, now) in found.recorded.changed.items()
        if before.conclusion != now.conclusion
    ]
    if told:
        yield from ("", "Conclusions that replace earlier ones, which the ledger keeps:")
        yield from _named(told)


def _refused(found: "Reviewed") -> Iterator[str]:
    if not found.refused:
        return
    yield ""
    yield f"NOT taken: {len(found.refused):,} {'row' if len(found.refused) == 1 else 'rows'}"
    yield from _named([f"{one.place}, {one.test_id or 'no test id'}: {one.why}" for one in found.refused])
    yield from _filled("Put these rows right and hand the workbook in again. What was written on them is kept.")


def _removed(found: "Reviewed") -> Iterator[str]:
    if found.removed:
        yield ""
        yield f"Removed from the workbook: {len(found.removed):,} {'row' if len(found.removed) == 1 else 'rows'}"
        yield from _named(list(found.removed))
    if found.columns_removed:
        yield ""
        yield from _filled(f"Removed columns, whose texts could not be compared: {', '.join(found.columns_removed)}.")


def _named(lines: list[str]) -> Iterator[str]:
    for line in lines[:_NAMED]:
        yield from _filled(line, "  ")
    if len(lines) > _NAMED:
        yield f"  and {len(lines) - _NAMED:,} more (--json names all)"


def _filled(text: str, indent: str = "") -> list[str]:
    return folded(text, indent, indent + "  ", whole_words=False)
