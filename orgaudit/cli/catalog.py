"""``orgaudit controls``: the catalog as a table."""

import click

from orgaudit.cli import options


@click.command()
@options.benchmark
@options.own_config
def controls(benchmark: str | None, config_file: str | None) -> None:
    """List the controls of a benchmark version.

    \b
    Examples:
      orgaudit controls --benchmark 4.0.1
      orgaudit controls -c audit.toml
    """
    from rich.console import Console, Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from orgaudit.controls import own_controls, resolve_version, selected

    config = options.config_of(config_file)
    version = options.version_of(benchmark) or resolve_version(config.audit.benchmark)
    table = Table(title=f"CIS AWS Foundations Benchmark {version}", title_justify="left", box=None, pad_edge=False)
    for name in ("Section", "Level", "Status", "Control"):
        table.add_column(name)
    for control, edition in selected(version, config.audit.controls, own_controls(config.controls)):
        level, status = (str(edition.level or "-"), edition.status) if edition else ("-", "no section")
        section = edition.section if edition else "-"
        table.add_row(Text(section), level, status, Group(control.key, Padding(Text(control.title), (0, 0, 0, 2))))
    Console(highlight=False).print(table)
