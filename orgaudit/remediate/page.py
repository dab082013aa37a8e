"""The page that says what each file is for, and what is left to people."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from orgaudit.remediate.plan import Plan, Recipe
from orgaudit.remediate.settings import subscribes
from orgaudit.remediate.steps import TITLES

_HOW = {
    "cli": [
        "Run a script with the credentials of each account that it names; it looks up which account it is in:",
        "",
        "    NOTIFY=security@example.com AWS_PROFILE=payments bash {name}.sh",
    ],
    "cloudformation": [
        "Deploy a template in each account that it names, as a stack or as a StackSet:",
        "",
        "    aws cloudformation deploy --stack-name orgaudit-{number} \\",
        "      --template-file {name}.template.json \\",
        "      --parameter-overrides Notify=security@example.com --capabilities CAPABILITY_NAMED_IAM",
        "",
        "A trail that exists is first imported as it stands (a change set of type IMPORT, `*-import.template.json`);",
        "then its stack is updated with `*-update.template.json`. What CloudFormation cannot change without having",
        "made it is in `*-rest.sh`, for the AWS CLI.",
    ],
    "terraform": [
        "Apply a folder in each account that it names, with a state of its own for each:",
        "",
        "    terraform -chdir={name} init",
        "    terraform -chdir={name} apply -var notify=security@example.com",
        "",
        "A trail that exists is adopted by an import block; read the plan before you apply it. What Terraform would",
        "have to take over from others is in `*-rest.sh`, for the AWS CLI.",
    ],
}
"""``{name}`` and ``{number}`` stand for those of a recipe."""
_NAMED = 12


def page(plan: Plan, form: str, run: Mapping[str, Any], files: Mapping[int, list[str]]) -> str:
    """Markdown. files: the names of each recipe's files."""
    closed = {test for recipe in plan.recipes for test in recipe.tests}
    lines = [
        f"# What closes the open findings of {run['organization_id']}",
        "",
        f"Run {run['id']} of {run['started_at']}, CIS AWS Foundations Benchmark {run['benchmark']}: "
        f"{len(plan.rows)} open findings, {len(closed)} with commands, {len(plan.rows) - len(closed)} for people.",
        "",
        *_how(form, plan, files),
        "",
        "Every step adds something, or changes one setting and keeps the rest; nothing is deleted. A finding names",
        "the first broken link, so run `orgaudit run` again afterwards. Somebody has to confirm every new",
        "subscription, and CloudTrail needs some minutes to deliver; until then the link stays broken.",
        "`findings.csv` lists every open finding with its files.",
        "",
        *(line for recipe in plan.recipes for line in _recipe(plan, recipe, files[recipe.number])),
        *_left_to_people(plan),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _how(form: str, plan: Plan, files: Mapping[int, list[str]]) -> Iterator[str]:
    """How the files are used; the first recipe that the format can do stands for all."""
    own = ((one.name, files[one.number]) for one in plan.recipes)
    name = next((name for name, made in own if made and made[0].startswith((f"{name}.", f"{name}/"))), "NN-NAME")
    for line in _HOW[form]:
        yield line.replace("{name}", name).replace("{number}", name.partition("-")[0])


def _recipe(plan: Plan, recipe: Recipe, files: list[str]) -> Iterator[str]:
    accounts = sorted({place.account_id for place in recipe.places})
    yield f"## {recipe.name}: {len(recipe.tests)} finding{'s' if len(recipe.tests) > 1 else ''}"
    yield ""
    yield f"- files: {', '.join(f'`{name}`' for name in files)}"
    yield f"- accounts: {_some(accounts)}"
    yield f"- regions: {', '.join(sorted({place.region for place in recipe.places}))}"
    broken = Counter(f"{plan.rows[test]['broken_link']} ({plan.rows[test]['reason_code']})" for test in recipe.tests)
    yield f"- closes: {', '.join(f'{count} x {what}' for what, count in sorted(broken.items()))}"
    steps = Counter(TITLES[type(step)] for step in recipe.steps)
    yield f"- steps: {'; '.join(f'{what} ({count} times)' if count > 1 else what for what, count in steps.items())}"
    if any(subscribes(step) for step in recipe.steps):
        yield "- needs the mail address that is to be told, and somebody who confirms the subscription"
    yield ""


def _left_to_people(plan: Plan) -> Iterator[str]:
    said: dict[str, list[str]] = defaultdict(list)
    for test, closing in plan.closings.items():
        if closing.by_hand:
            said[closing.by_hand].append(test)
    if said:
        yield "## For people"
        yield ""
    for sentence, tests in sorted(said.items(), key=lambda one: (-len(one[1]), one[0])):
        yield f"- {sentence} {len(tests)} finding{'s' if len(tests) > 1 else ''}: {_some(tests)}"


def _some(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more, see findings.csv" if rest > 0 else "")
