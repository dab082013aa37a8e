"""``orgaudit prove``: what a set of filters covers of a control, with an event that escapes."""

import json
import textwrap
from collections.abc import Sequence
from typing import Any

import click

from orgaudit.controls import CATALOG, Control
from orgaudit.errors import ConfigError
from orgaudit.evaluation.coverage import Coverage, Judge
from orgaudit.evaluation.criterion import Criterion, criterion_of
from orgaudit.patterns import Pattern, PatternSyntaxError, parse

_WIDTH = 80
_EXIT = {Coverage.ESCAPES: 1, Coverage.UNDECIDED: 4}


def prove_patterns(key: str, texts: Sequence[str], version: str, account_id: str, *, as_json: bool) -> int:
    """Judge patterns together and print the answer; gives the exit code: 0 covered, 1 not covered, 4 undecided.

    Raises ConfigError for an unknown control, one without a pattern, or an account id that is none.
    """
    control = CATALOG.get(key)
    if control is None:
        raise ConfigError(f"no control {key!r}; `orgaudit controls` lists them")
    edition = control.nearest_edition(version)
    if edition is None or edition.criterion is None:
        raise ConfigError(f"control {key} is judged by trail settings, not by a filter pattern")
    if account_id and not (len(account_id) == 12 and account_id.isdigit()):
        raise ConfigError(f"--account {account_id}: expected an account id of 12 digits")
    criterion = criterion_of(control, edition, ())
    readable, errors = _read(texts)
    judge = Judge()
    found = judge.judge(criterion, readable, account_id)
    coverage = found.coverage
    if errors and not found.covered:
        coverage = Coverage.UNDECIDED
    answer = {
        "control": key,
        "benchmark": version,
        "section": edition.section if edition.version == version else "",
        "criterion": criterion.text,
        "coverage": coverage.value,
        "form": found.form,
        "reason": found.reason,
        "witness": found.witness,
        "syntax_errors": errors,
    }
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False) if as_json else _words(control, criterion, answer))
    return _EXIT.get(coverage, 0)


def _read(texts: Sequence[str]) -> tuple[list[Pattern], list[dict[str, Any]]]:
    readable: list[Pattern] = []
    errors: list[dict[str, Any]] = []
    for text in texts:
        try:
            readable.append(parse(text))
        except PatternSyntaxError as error:
            errors.append({"pattern": text, "column": error.column, "message": str(error)})
    return readable, errors


_HEADLINES = {
    "COMPLETE": "Covered: every event of the control is matched.",
    "IN_SCOPE": "Covered: every event of the services that the control is about is matched.",
    "ESCAPES": "Not covered: an event of the control escapes.",
    "UNDECIDED": "Undecided.",
}


def _words(control: Control, criterion: Criterion, answer: dict[str, Any]) -> str:
    lines = [f"{control.title} ({control.key}, benchmark {answer['benchmark']})", "", _HEADLINES[answer["coverage"]]]
    if answer["form"]:
        lines.append(f"By the form that the benchmark allows: {answer['form']}.")
    if answer["coverage"] == "UNDECIDED" and not answer["syntax_errors"]:
        lines.append(f"Why: {answer['reason']}")
    for error in answer["syntax_errors"]:
        lines += ["", f"  {error['pattern']}", f"  {' ' * (error['column'] - 1)}^", f"  {error['message']}"]
    if answer["syntax_errors"]:
        lines += ["", "A pattern that cannot be read counts for nothing."]
    lines += ["", "Judged by:", *_wrapped(criterion.text)]
    witness = answer["witness"] if answer["coverage"] == "ESCAPES" else None
    if witness:
        lines += ["", "This event would notify nobody:", *_indented(json.dumps(witness, indent=2, ensure_ascii=False))]
    return "\n".join(lines)


def _wrapped(pattern: str) -> list[str]:
    """A long pattern over several lines, which the language allows."""
    return textwrap.wrap(
        pattern, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
