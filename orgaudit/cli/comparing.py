"""``orgaudit compare``: what changed between two bundles."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orgaudit.cli import options

if TYPE_CHECKING:
    from orgaudit.report.changes import Alike, Change, Changes

_WIDTH = 80
_NAMED = 3
"""Accounts that are named where the same is said of more."""


@click.command()
@click.argument("old", type=options.bundle())
@click.argument("new", type=options.bundle())
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def compare(old: Path, new: Path, as_json: bool) -> None:
    """Tell what changed between two bundles of an organization.

    Results are matched on account and control. A result that moved together
    with its criteria (benchmark, parameters, accepted exclusions) is told
    apart: it is neither fixed nor newly failed. Needs nothing but the two
    folders; either may be one that `orgaudit report` wrote.

    \b
    Example:
      orgaudit compare evidence/o-example_20260820T080000Z_1a2b3c4d \\
                       evidence/o-example_20261123T101500Z_5e6f7a8b
    """
    from orgaudit.evidence.previous import compare_bundles

    comparison = compare_bundles(old, new)
    if as_json:
        click.echo(json.dumps(comparison, indent=2, ensure_ascii=True))
    else:
        click.echo("\n".join(_told(comparison, new)))


def _told(comparison: Mapping[str, Any], new: Path) -> Iterator[str]:
    from orgaudit.report.changes import KINDS, read_changes

    found = read_changes(comparison)
    for word, run in (("old", found.previous), ("new", found.run)):
        yield f"{word}  run {run['run_id'][:8]}, as at {run['started_at']}, CIS {run['benchmark']}"
    yield from (_filled(note, "") for note in found.notes)
    yield from _criteria(found, new)
    yield ""
    yield from (f"{number:7,}  {KINDS[kind]}" for kind, number in found.counts.items())
    for kind, title in KINDS.items():
        groups = [group for group in found.alike if group.first.kind == kind]
        if groups:
            yield from ("", title)
            for group in groups:
                yield from (_filled(text, "  ") for text in _who(group))
                yield from (_filled(text, "    ") for text in (_state(group.first), group.first.text) if text)


def _criteria(found: "Changes", new: Path) -> Iterator[str]:
    if not found.criteria:
        return
    yield ""
    yield _filled("Criteria changed; a result that moved with them is neither fixed nor newly failed:", "")
    for what, controls in found.by_criteria.items():
        yield _filled(f"{what}: {', '.join(controls)}", "  ")
    before = found.previous["benchmark"]
    if before != found.run["benchmark"]:
        yield "To compare by the same version:"
        yield f"  orgaudit report {str(new).partition('+')[0]} --benchmark {before}"


def _who(group: "Alike") -> Iterator[str]:
    """The accounts and the controls that the same is said of."""
    from orgaudit.report.pages import few

    yield few(group.accounts, _NAMED)
    if group.controls:
        yield f"  {', '.join(group.controls)}"


def _state(line: "Change") -> str:
    from orgaudit.report.sentences import counted

    before, now = (status or "no result" for status in (line.before, line.after))
    moved = "" if not line.control else now if before == now else f"{before} → {now}"
    if not line.first_seen:
        return moved
    age = f"{counted(line.days_open, 'day')}, {counted(line.runs, 'run')}"
    return f"{moved}; first seen failing {line.first_seen[:10]} ({age})"


def _filled(text: str, indent: str) -> str:
    from orgaudit.report.inert import visible

    return textwrap.fill(
        visible(text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
    )
