"""The command line: arguments to pipeline to exit code; the only place that prints and exits."""

from orgaudit.cli.main import main

__all__ = ["main"]
