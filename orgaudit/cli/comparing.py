"""``orgaudit compare``: what changed between two bundles."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orgaudit.cli import options
from orgaudit.report.folding import folded

if TYPE_CHECKING:
    from orgaudit.report.changes import Alike, Change, Changes

_NAMED = 3
"""Accounts that are named where the same is said of more."""


@click.command()
@click.argument("old", type=options.bundle())
@click.argument("new", type=options.bundle())
@click.option(
    "--all", "every_row", is_flag=True, help="Name every row and account; else what still fails is summed up."
)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON, with every row.")
def compare(old: Path, new: Path, every_row: bool, as_json: bool) -> None:
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
        click.echo("\n".join(told(comparison, new, every_row=every_row)))


def told(comparison: Mapping[str, Any], new: Path, *, every_row: bool) -> Iterator[str]:
    """A comparison in lines of at most 80 columns; ``every_row`` names each row that still fails, and each account."""
    from orgaudit.report.changes import KINDS, read_changes

    found = read_changes(comparison)
    for word, run in (("old", found.previous), ("new", found.run)):
        yield f"{word}  run {run['run_id'][:8]}, as at {run['started_at']}, CIS {run['benchmark']}"
    for note in found.notes:
        yield from _filled(note, "")
    yield from _criteria(found, new)
    yield ""
    yield from (f"{number:7,}  {KINDS[kind]}" for kind, number in found.counts.items())
    for kind, title in KINDS.items():
        if not found.counts[kind]:
            continue
        yield ""
        if kind == "still_failing" and not every_row:
            yield f"{title}, by reason (--all names every row)"
            yield from _by_reason(line for line in found.lines if line.kind == kind)
            continue
        yield title
        for group in found.alike:
            if group.first.kind == kind:
                yield from _group(group, every_row)


def _group(group: "Alike", every_row: bool) -> Iterator[str]:
    """The accounts, the controls, and what is said of each of these in each of those."""
    from orgaudit.report.pages import few

    yield from _filled(few(group.accounts, len(group.accounts) if every_row else _NAMED), "  ")
    for text in (", ".join(group.controls), _state(group.first), group.first.text):
        yield from _filled(text, "    ")


def _by_reason(lines: "Iterable[Change]") -> Iterator[str]:
    """How many rows fail for each reason, most first; some controls and accounts, and what is said of the oldest."""
    from orgaudit.report.pages import few
    from orgaudit.report.sentences import counted

    groups: dict[tuple[str, ...], list[Change]] = {}
    for line in lines:
        groups.setdefault((line.reason_code, line.before, line.after), []).append(line)
    for same in sorted(groups.values(), key=len, reverse=True):
        first = same[0]  # lines come with the oldest first
        accounts = dict.fromkeys(f"{line.account_id} {line.name}".strip() for line in same)
        controls = Counter(line.control for line in same).most_common()
        state = "" if first.before == first.after == "FAIL" else f", {_moved(first)}"
        number = f"{counted(len(same), 'row')} in {counted(len(accounts), 'account')}"
        oldest = "the oldest " if len({line.first_seen for line in same}) > 1 else ""
        head = f"  {first.reason_code}{state}: {number}, {oldest}since {first.first_seen[:10]}"
        yield from folded(head, further="    ")
        yield from _filled(few(accounts, _NAMED), "    ")
        told = [key if len(accounts) == 1 else f"{key} {number}" for key, number in controls]
        yield from _filled(few(told, _NAMED * 2), "    ")
        several = len({line.text for line in same}) > 1
        yield from _filled(f"{'For example: ' * several}{first.text}", "    ")


def _criteria(found: "Changes", new: Path) -> Iterator[str]:
    if not found.criteria:
        return
    yield ""
    yield from _filled("Criteria changed; a result that moved with them is neither fixed nor newly failed:", "")
    for what, controls in found.by_criteria.items():
        yield from _filled(f"{what}: {', '.join(controls)}", "  ")
    before = found.previous["benchmark"]
    if before != found.run["benchmark"]:
        yield "To compare by the same version:"
        yield f"  orgaudit report {str(new).partition('+')[0]} --benchmark {before}"


def _state(line: "Change") -> str:
    from orgaudit.report.sentences import counted

    moved = _moved(line) if line.control else ""
    if not line.first_seen:
        return moved
    age = f"{counted(line.days_open, 'day')}, {counted(line.runs, 'run')}"
    return f"{moved}; first seen failing {line.first_seen[:10]} ({age})"


def _moved(line: "Change") -> str:
    before, now = (status or "no result" for status in (line.before, line.after))
    return now if before == now else f"{before} → {now}"


def _filled(text: str, indent: str) -> list[str]:
    return folded(text, indent, indent + "  ", whole_words=False)
