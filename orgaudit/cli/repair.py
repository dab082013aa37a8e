"""The command that prints what would close each finding."""

from pathlib import Path

import click

from orgaudit.cli import options
from orgaudit.cli.messages import say


@click.command()
@click.argument("bundle", type=options.bundle())
@click.option(
    "--format", "form", type=click.Choice(["cli", "cloudformation", "terraform"]), default="cli", show_default=True
)
@click.option("--out", required=True, type=options.folder(), help="A new folder.")
@options.benchmark
def remediate(bundle: Path, form: str, out: Path, benchmark: str | None) -> None:
    """Write what would close each open finding. Nothing is changed in AWS.

    One script or template serves all accounts with the same gap. README.md in
    the folder says what each file is for, and what is left to people.

    \b
    Examples:
      orgaudit remediate evidence/o-example_20261123T101500Z_1a2b3c4d --out fix
      orgaudit remediate evidence/o-example_20261123T101500Z_1a2b3c4d \\
        --format terraform --out fix
    """
    version = options.version_of(benchmark)
    from orgaudit import pipeline
    from orgaudit.cli.progress import shown_progress

    with shown_progress() as progress:
        plan = pipeline.remediate(bundle, form, out, version, progress)
    commands = len({test for recipe in plan.recipes for test in recipe.tests})
    say(f"{len(plan.rows)} open findings: {commands} with commands, {len(plan.rows) - commands} for people.")
    click.echo(str(out))
