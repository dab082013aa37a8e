"""What several commands share: options, and what completes them."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from orgaudit.errors import ConfigError

if TYPE_CHECKING:
    from orgaudit.model.settings import Config


def _versions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from orgaudit.controls import VERSIONS

    return [version for version in VERSIONS if version.startswith(incomplete)]


def control_keys(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The keys that complete a control's name, those of a configuration named before it among them."""
    from orgaudit.controls import CATALOG

    try:
        own = [one.key for one in config_of(ctx.params.get("config_file")).controls]
    except ConfigError:
        own = []
    return [key for key in (*CATALOG, *own) if key.startswith(incomplete)]


class BundleFolder(click.Path):
    """A bundle's folder; the shell is offered bundles here and one folder below, else folders."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The bundles whose path begins so."""
        marks = ("manifest.json", "evidence.sqlite")
        here = Path(incomplete).parent if "/" in incomplete else Path()
        found = {str(path.parent) for mark in marks for below in ("*", "*/*") for path in here.glob(f"{below}/{mark}")}
        matching = sorted(path for path in found if path.startswith(incomplete))
        return [CompletionItem(path) for path in matching] or [CompletionItem(incomplete, type="dir")]


folder = partial(click.Path, file_okay=False, path_type=Path)
bundle = partial(BundleFolder, file_okay=False, path_type=Path)
benchmark = click.option(
    "--benchmark",
    metavar="V",
    help="Version of the CIS AWS Foundations benchmark, e.g. 5.0.0.",
    shell_complete=_versions,
)


own_config = click.option(
    "-c", "--config", "config_file", metavar="FILE", help="Own controls and settings from this configuration."
)


def config_of(file: str | None) -> "Config":
    """The configuration in that file, or the defaults. Raises ConfigError."""
    from orgaudit.config import load_config, parse_config

    return load_config(file) if file else parse_config("", "")


def version_of(text: str | None) -> str | None:
    """The benchmark version that --benchmark names. Raises ConfigError for one that is not known."""
    from orgaudit.controls import resolve_version

    try:
        return resolve_version(text) if text else None
    except ValueError as error:
        raise ConfigError(f"--benchmark {text}: {error}") from None
