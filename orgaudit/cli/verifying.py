"""``orgaudit verify``: whether a bundle is what was sealed, and its results what the evidence gives."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orgaudit.cli import options
from orgaudit.report.folding import folded
from orgaudit.report.inert import visible

if TYPE_CHECKING:
    from orgaudit.pipeline.verification import Verification


@click.command()
@click.argument("bundle", type=options.bundle())
@click.option(
    "--public-key",
    "key_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The signer's public key (PEM or DER), to check manifest.json.sig.",
)
@click.option("--all", "everything", is_flag=True, help="Make workbook and PDF of a large bundle again too.")
def verify(bundle: Path, key_file: Path | None, everything: bool) -> None:
    """Check a bundle, offline: nothing changed, missing or added.

    Names every file and every row of evidence.sqlite that is not as it was
    sealed, derives the results again from the evidence and compares them, and
    follows the chain of earlier bundles as far as they lie beside.

    \b
    Exit codes: 0 intact; 1 not, or unfinished; 2 no bundle.

    \b
    Example:
      orgaudit verify evidence/o-example_20261123T101500Z_1a2b3c4d
    """
    from orgaudit.cli.progress import shown_progress
    from orgaudit.pipeline.verification import verify as verified

    with shown_progress() as progress:
        found = verified(bundle, key_file, everything=everything, progress=progress)
    click.echo("\n".join(_lines(found)))
    sys.exit(0 if found.intact else 1)


def _lines(found: "Verification") -> Iterator[str]:
    """The answer first, then what speaks against the bundle, then what was checked."""
    yield f"{found.folder}: {'intact' if found.intact else 'NOT INTACT'}"
    for line in [*found.problems, *found.notes]:
        yield from folded(visible(line), "  ", "      ")  # a file that somebody put in may have any name
