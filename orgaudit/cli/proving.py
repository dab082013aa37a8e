"""``orgaudit prove``: what a set of filters covers of a control, with an event that escapes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from orgaudit.cli import options
from orgaudit.errors import ConfigError
from orgaudit.report.folding import breadth, folded

if TYPE_CHECKING:
    from orgaudit.controls import Control
    from orgaudit.evaluation.criterion import Criterion
    from orgaudit.model.settings import Config
    from orgaudit.patterns import Pattern

_WIDTH = 80
_MOST_ALTERNATIVES = 50
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


def _no_control(key: str, known: Mapping[str, "Control"], version: str) -> str:
    """What to say of a key that is none: what it is the section of, or what it was meant to be."""
    listed = "`orgaudit controls` lists them, with -c your own too"
    here = [one for one, control in known.items() if (edition := control.edition(version)) and edition.section == key]
    if here:
        return f"{key} is the section of {' and '.join(here)} in {version}: name the control by its key; {listed}"
    near = get_close_matches(key, known, n=1)
    return f"no control {key!r}{f', did you mean {near[0]}?' if near else ';'} {listed}"


def prove_patterns(
    key: str, texts: Sequence[str], config: "Config", version: str, account_id: str, *, as_json: bool
) -> int:
    """Judge patterns together and print the answer; gives the exit code: 0 covered, 1 not covered, 4 undecided.

    Raises ConfigError for an unknown control, one without a pattern, or an account id that is none.
    """
    from orgaudit.controls import CATALOG, own_controls
    from orgaudit.evaluation.coverage import Coverage, Judge
    from orgaudit.evaluation.criterion import criterion_of
    from orgaudit.patterns.syntax import lacks_braces

    known = {**CATALOG, **{one.key: one for one in own_controls(config.controls)}}
    control = known.get(key)
    if control is None:
        raise ConfigError(_no_control(key, known, version))
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
    coverage = Coverage.UNDECIDED if errors and not found.covered else found.coverage
    answer = {
        "control": key,
        "benchmark": version,
        "section": edition.section if edition.version == version else "",
        "criterion": criterion.text,
        "coverage": coverage.value,
        "form": found.form,
        "reason": found.reason,
        "alternatives": [] if found.covered else list(_alternatives(criterion, readable, account_id, bool(errors))),
        "printed_text_covered": judge.covers_printed(criterion, readable, account_id),
        "witness": found.witness if coverage is Coverage.ESCAPES else None,
        "searched_as_words": [one.text for one in readable if lacks_braces(one.text)],
        "syntax_errors": errors,
    }
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False) if as_json else _words(control, criterion, answer))
    return _EXIT.get(coverage.value, 0)


def _alternatives(
    criterion: "Criterion", readable: "list[Pattern]", account_id: str, unread: bool
) -> Iterator[dict[str, str]]:
    """What becomes of each alternative of the criterion, judged like the whole of it."""
    from orgaudit.evaluation.coverage import Coverage, Judge
    from orgaudit.patterns.pattern import Pattern, disjuncts
    from orgaudit.patterns.printing import print_condition

    for node in islice(disjuncts(criterion.forms[0][1].node), _MOST_ALTERNATIVES):
        alone = replace(criterion, forms=(("", Pattern("json", node)),), printed=None)
        found = Judge().judge(alone, readable, account_id)
        undecided = unread or found.coverage is Coverage.UNDECIDED
        outcome = "covered" if found.covered else "undecided" if undecided else "escapes"
        yield {"pattern": print_condition(node), "outcome": outcome}


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


_GROUPS = {
    "covered": "Matched:",
    "escapes": "Escaping, wholly or in part:",
    "undecided": "Not certain:",
}


def _words(control: "Control", criterion: "Criterion", answer: dict[str, Any]) -> str:
    lines = [control.title, f"{control.key}, benchmark {answer['benchmark']}", "", _HEADLINES[answer["coverage"]]]
    if answer["form"]:
        lines.append(f"By the form that the benchmark allows: {answer['form']}.")
    lines += _why(answer)
    for text in answer["searched_as_words"]:
        lines += ["", "Searched as words, not compared with fields, as no { } are around it:", *_wrapped(text)]
    for error in answer["syntax_errors"]:
        lines += ["", *_pointed(error["pattern"], error["column"]), *_wrapped(error["message"])]
    if answer["syntax_errors"] and answer["coverage"] == "UNDECIDED":
        lines += ["", "If AWS holds such a pattern, what it matches cannot be said."]
    lines += _grouped(answer["alternatives"])
    lines += ["", "Judged by:", *_wrapped(criterion.text)]
    if answer["witness"]:
        event = json.dumps(answer["witness"], indent=2, ensure_ascii=False)
        lines += ["", "This event would notify nobody:", *_indented(event)]
    return "\n".join(lines)


def _why(answer: dict[str, Any]) -> list[str]:
    if answer["coverage"] in _EXIT:
        return [] if answer["syntax_errors"] else folded(f"Why: {answer['reason']}", whole_words=False)
    if answer["printed_text_covered"]:
        return []
    text = "The benchmark's printed text is defective: what it intends is covered, its letter is not."
    return folded(text)


def _grouped(alternatives: list[dict[str, str]]) -> list[str]:
    """The alternatives by what becomes of them, where they share no fate that the headline tells already."""
    lines: list[str] = []
    if {one["outcome"] for one in alternatives} == {"undecided"} or len(alternatives) < 2:
        return lines
    for outcome, title in _GROUPS.items():
        named = [one["pattern"] for one in alternatives if one["outcome"] == outcome]
        lines += ["", title, *(line for text in named for line in _wrapped(text))] if named else []
    return lines


def _pointed(pattern: str, column: int) -> list[str]:
    """The pattern on one line, or the part of it around a column, with a mark below that column."""
    shown = "".join(char if char.isprintable() else " " for char in pattern)
    start = 0 if len(shown) <= _WIDTH - 2 else max(0, min(column - 41, len(shown) - _WIDTH + 4))
    excerpt = shown[start : start + _WIDTH - 4] if start or len(shown) > _WIDTH - 2 else shown
    before, after = "…" * (start > 0), "…" * (start + len(excerpt) < len(shown))
    return [f"  {before}{excerpt}{after}", f"  {' ' * breadth(before + shown[start : column - 1])}^"]


def _wrapped(text: str) -> list[str]:
    """A long text over several lines, which the language of patterns allows."""
    return folded(text, "  ", "    ")


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
