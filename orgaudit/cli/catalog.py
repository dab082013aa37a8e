"""``orgaudit controls``: the catalog as a table."""

from rich.console import Console
from rich.table import Table

from orgaudit.controls import selected


def show_controls(version: str) -> None:
    """Print the controls of a benchmark version to standard output."""
    table = Table(title=f"CIS AWS Foundations Benchmark {version}", title_justify="left", box=None, pad_edge=False)
    for name in ("Section", "Level", "Status", "Control"):
        table.add_column(name)
    for control, edition in selected(version):
        if edition:
            table.add_row(edition.section, str(edition.level), edition.status, f"{control.key}\n  {control.title}")
    Console(highlight=False).print(table)
