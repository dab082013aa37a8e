"""The files that a plan becomes in one format, with a page that says what each is for."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orgaudit.remediate import cloudformation, terraform
from orgaudit.remediate.commands import script
from orgaudit.remediate.page import page
from orgaudit.remediate.plan import Plan, Recipe
from orgaudit.remediate.steps import Step, TrailChange


def remediation_files(plan: Plan, form: str, run: Mapping[str, Any]) -> dict[str, bytes]:
    """The files by name. form: one of FORMATS. run: the ``run`` of results.json."""
    files: dict[str, str] = {}
    named: dict[int, list[str]] = {}
    for recipe in plan.recipes:
        made = dict(FORMATS[form](recipe, run))
        named[recipe.number] = list(made)
        files |= made
    files["README.md"] = page(plan, form, run, named)
    files["findings.csv"] = _findings(plan, named)
    return {name: text.encode() for name, text in files.items()}


def _about(recipe: Recipe, run: Mapping[str, Any]) -> list[str]:
    accounts = len({place.account_id for place in recipe.places})
    return [
        f"orgaudit remediate, recipe {recipe.number}: for {len(recipe.tests)} open findings of run {run['id'][:8]}",
        f"(CIS AWS Foundations {run['benchmark']}), in {accounts} account{'s' if accounts > 1 else ''}. "
        "It adds and changes; it deletes nothing.",
    ]


def _cli(recipe: Recipe, run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield f"{recipe.name}.sh", script(recipe.steps, recipe.places, _about(recipe, run))


def _rest(recipe: Recipe, run: Mapping[str, Any], steps: list[Step]) -> Iterator[tuple[str, str]]:
    """The script for what the format cannot do."""
    if steps:
        yield f"{recipe.name}-rest.sh", script(steps, recipe.places, _about(recipe, run))


def _cloudformation(recipe: Recipe, run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    about = " ".join(_about(recipe, run))
    changes = [step for step in recipe.steps if isinstance(step, TrailChange)]
    if document := cloudformation.template(recipe.steps, about):
        yield f"{recipe.name}.template.json", _json(document)
    for number, change in enumerate(changes, 1):
        imported, updated = cloudformation.trail_templates(change, about)
        yield f"{recipe.name}-{number}-import.template.json", _json(imported)
        yield f"{recipe.name}-{number}-update.template.json", _json(updated)
    rest = [step for step in recipe.steps if step not in changes and not list(cloudformation.resources(step))]
    yield from _rest(recipe, run, rest)


def _terraform(recipe: Recipe, run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if document := terraform.configuration(recipe.steps, " ".join(_about(recipe, run))):
        yield f"{recipe.name}/main.tf.json", _json(document)
    yield from _rest(recipe, run, [step for step in recipe.steps if not list(terraform.resources(step))])


FORMATS: Mapping[str, Callable[[Recipe, Mapping[str, Any]], Iterator[tuple[str, str]]]] = {
    "cli": _cli,
    "cloudformation": _cloudformation,
    "terraform": _terraform,
}
"""How a recipe becomes files."""


def _findings(plan: Plan, named: Mapping[int, list[str]]) -> str:
    """Every open fail with the files that close it, for a ticket system."""
    files: dict[str, list[str]] = {}
    for recipe in plan.recipes:
        for test in recipe.tests:
            files.setdefault(test, []).extend(named[recipe.number])
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["test_id", "account_id", "control", "broken_link", "reason_code", "files", "by_hand"])
    for test, row in plan.rows.items():
        known = [test, row["account_id"], row["control"], row["broken_link"], row["reason_code"]]
        writer.writerow([*known, " ".join(files.get(test, [])), plan.closings[test].by_hand])
    return out.getvalue()


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
