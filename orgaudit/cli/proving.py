"""``orgaudit prove``: what a set of filters covers of a control, with an event that escapes."""

import json
import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from orgaudit.cli import options
from orgaudit.errors import ConfigError

if TYPE_CHECKING:
    from orgaudit.controls import Control
    from orgaudit.evaluation.criterion import Criterion
    from orgaudit.model.settings import Config
    from orgaudit.patterns import Pattern

_WIDTH = 80
_EXIT = {"ESCAPES": 1, "UNDECIDED": 4}


@click.command()
@click.argument("control", shell_complete=options.control_keys)
@click.argument("patterns", nargs=-1, required=True, metavar="PATTERN...")
@options.own_config
@options.benchmark
@click.option("--account", metavar="ID", default="", help="Judge events recorded for this account only.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_context
def prove(
    ctx: click.Context,
    control: str,
    patterns: Sequence[str],
    config_file: str | None,
    benchmark: str | None,
    account: str,
    as_json: bool,
) -> None:
    """Judge whether filter patterns cover a control.

    Several patterns are judged together, as several filters would be. With -c
    the configuration's own controls are known and its tuning is accepted.

    \b
    Examples:
      orgaudit prove vpc_changes '{ $.eventName = *Vpc* }'
      orgaudit prove -c audit.toml bucket_deletion '{ $.eventName = Delete* }'

    \b
    Exit codes: 0 covered; 1 not covered; 2 usage or configuration;
      4 undecided.
    """
    from orgaudit.controls import resolve_version

    config = options.config_of(config_file)
    version = options.version_of(benchmark) or resolve_version(config.audit.benchmark)
    ctx.exit(prove_patterns(control, patterns, config, version, account, as_json=as_json))


def prove_patterns(
    key: str, texts: Sequence[str], config: "Config", version: str, account_id: str, *, as_json: bool
) -> int:
    """Judge patterns together and print the answer; gives the exit code: 0 covered, 1 not covered, 4 undecided.

    Raises ConfigError for an unknown control, one without a pattern, or an account id that is none.
    """
    from orgaudit.controls import CATALOG, own_controls
    from orgaudit.evaluation.coverage import Coverage, Judge
    from orgaudit.evaluation.criterion import criterion_of

    control = {**CATALOG, **{one.key: one for one in own_controls(config.controls)}}.get(key)
    if control is None:
        raise ConfigError(f"no control {key!r}; `orgaudit controls` lists them, with -c your own too")
    edition = control.nearest_edition(version)
    if edition is None or edition.criterion is None:
        raise ConfigError(
            f"control {key} is judged by trail settings, not by a filter pattern; `orgaudit run` judges it"
        )
    if account_id and not (len(account_id) == 12 and account_id.isdigit()):
        raise ConfigError(f"--account {account_id}: expected an account id of 12 digits")
    today = datetime.now(UTC).date()
    criterion = criterion_of(control, edition, [one for one in config.tuning if one.expires >= today])
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
    return _EXIT.get(coverage.value, 0)


def _read(texts: Sequence[str]) -> "tuple[list[Pattern], list[dict[str, Any]]]":
    from orgaudit.patterns import PatternSyntaxError, parse

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
    "TUNED": "Covered, but for events whose exclusion the configuration accepts.",
    "ESCAPES": "Not covered: an event of the control escapes.",
    "UNDECIDED": "Undecided.",
}


def _words(control: "Control", criterion: "Criterion", answer: dict[str, Any]) -> str:
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
