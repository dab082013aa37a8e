"""The command that writes results in other programs' formats."""

import sys
from pathlib import Path

import click

from orgaudit.cli import options
from orgaudit.errors import OutputError


@click.command()
@click.argument("bundle", type=options.bundle())
@click.option("--format", "form", required=True, type=click.Choice(["asff", "frameworks", "junit", "ocsf", "oscal"]))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file, instead of standard output.")
@options.benchmark
def export(bundle: Path, form: str, out: Path | None, benchmark: str | None) -> None:
    """Write the verdicts of a bundle for other programs, offline.

    \b
    asff        batches for AWS Security Hub, one a line
    frameworks  the results by NIST, PCI DSS, SOC 2, ISO 27001, HIPAA ... (JSON)
    junit       for pipelines: a failing control is a failing test
    ocsf        for security data lakes (the bundle's results.ocsf.jsonl)
    oscal       OSCAL Assessment Results

    \b
    Examples:
      orgaudit export evidence/o-example_20261123T101500Z_1a2b3c4d \\
        --format junit --out results.xml
      orgaudit export evidence/o-example_20261123T101500Z_1a2b3c4d \\
        --format frameworks | jq '.frameworks[].name'
    """
    version = options.version_of(benchmark)
    if out is not None and not out.parent.is_dir():  # now, and not when everything has been judged
        raise OutputError(f"{out}: cannot be written: there is no folder {out.parent}; name another file with --out")
    from orgaudit import pipeline
    from orgaudit.cli.progress import shown_progress

    with shown_progress() as progress:
        write = pipeline.export(bundle, form, version, progress)
        if out is None:
            write(sys.stdout.buffer)
            return
        try:
            with out.open("wb") as target:
                write(target)
        except OSError as error:
            raise OutputError(f"{out}: cannot be written: {error.strerror}; name another file with --out") from None
    click.echo(str(out))
