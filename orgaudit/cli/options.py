"""What several commands share: options, and a way to tell people something."""

from functools import partial
from pathlib import Path

import click

from orgaudit.errors import ConfigError

folder = partial(click.Path, file_okay=False, path_type=Path)
benchmark = click.option("--benchmark", metavar="V", help="Version of the CIS AWS Foundations benchmark, e.g. 5.0.0.")


def say(text: str) -> None:
    """A message for people, on standard error."""
    click.echo(text, err=True)


def version_of(text: str | None) -> str | None:
    """The benchmark version that --benchmark names. Raises ConfigError for one that is not known."""
    from orgaudit.controls import resolve_version

    try:
        return resolve_version(text) if text else None
    except ValueError as error:
        raise ConfigError(f"--benchmark {text}: {error}") from None
