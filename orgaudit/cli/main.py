"""The commands. Whatever a command needs is imported inside it, so that ``--help`` answers at once."""

import os
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orgaudit import __version__
from orgaudit.cli import messages, options
from orgaudit.cli.catalog import controls
from orgaudit.cli.checking import check
from orgaudit.cli.comparing import compare
from orgaudit.cli.exporting import export
from orgaudit.cli.interruption import INTERRUPTED, stoppable
from orgaudit.cli.permissions import policy
from orgaudit.cli.proving import prove
from orgaudit.cli.repair import remediate
from orgaudit.cli.reviewing import review
from orgaudit.cli.sending import send, tell_deliveries
from orgaudit.cli.verifying import verify
from orgaudit.errors import (
    AccessError,
    BundleError,
    ConfigError,
    DeliveryError,
    OrgauditError,
    OutputError,
    UnfinishedError,
    cannot_write,
)

if TYPE_CHECKING:
    from orgaudit.pipeline import Finished

EXIT_CODES: dict[type[OrgauditError], int] = {
    ConfigError: 2,
    BundleError: 2,
    AccessError: 3,
    OutputError: 3,
    DeliveryError: 5,
    UnfinishedError: INTERRUPTED,
}


def _louder(ctx: click.Context, param: click.Parameter, wanted: bool) -> None:
    """Takes in -v and --log-json, wherever on the line they stand."""
    chosen = ctx.find_root().meta.setdefault("orgaudit", {"verbose": False, "log_json": False})
    chosen[param.name] |= wanted
    messages.configure(json_lines=chosen["log_json"], verbose=chosen["verbose"])


def _how_to_tell(hidden: bool) -> list[click.Parameter]:
    settings: dict[str, Any] = {
        "is_flag": True,
        "is_eager": True,
        "expose_value": False,
        "callback": _louder,
        "hidden": hidden,
    }
    return [
        click.Option(["-v", "--verbose"], help="Say what is being done, step by step.", **settings),
        click.Option(["--log-json"], help="Messages as JSON, one object a line, on standard error.", **settings),
    ]


class Commands(click.Group):
    """Turns every error of ours into one clear line and its exit code; no traceback reaches a user."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params += _how_to_tell(hidden=False)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command; -v and --log-json may follow its name too."""
        cmd.params += _how_to_tell(hidden=True)
        super().add_command(cmd, name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except OrgauditError as error:
            code = next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)
            messages.fail(str(error), code)
            ctx.exit(code)
        except click.ClickException as error:
            if not messages.as_json():
                raise
            messages.fail(error.format_message(), error.exit_code)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            messages.fail("interrupted", INTERRUPTED)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # whoever read our output has left; there is nobody to tell
            _write_no_more()
            ctx.exit(1)
        except OSError as error:  # a file that may not be read, a full disk behind standard output: no bug of ours
            where = f"{error.filename}: " if error.filename else ""
            messages.fail(f"{where}{error.strerror or error}; see that it can be read and written, then try again", 3)
            _write_no_more()
            ctx.exit(3)


def _write_no_more() -> None:
    """What is left in the buffer of standard output goes nowhere, and raises no further error on the way out."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="orgaudit")
def cli() -> None:
    """Would somebody be told? Audits the CloudTrail alarm chains of an AWS organization, and proves the answer.

    \b
    Try it without AWS:   orgaudit demo
    A first real run:     orgaudit init audit.toml
                          orgaudit check -c audit.toml
                          orgaudit run -c audit.toml
    Completion in bash:   eval "$(orgaudit completion bash)"
    """


@cli.command()
@click.option("--out", type=options.folder(), default="evidence", show_default=True, help="Folder for the bundle.")
def demo(out: Path) -> None:
    """Audit a simulated organization: no AWS account, no network.

    \b
    Example:
      orgaudit demo --out demo-evidence
    """
    try:
        from orgaudit.demo import simulated_organization
    except ModuleNotFoundError as error:
        raise ConfigError(f"the demo needs {error.name}; install it with: pip install 'orgaudit[demo]'") from None
    from orgaudit import pipeline
    from orgaudit.cli.progress import shown_progress
    from orgaudit.cli.summary import demo_summary
    from orgaudit.config import parse_config

    with simulated_organization() as organization, shown_progress() as progress:
        finished = pipeline.run(parse_config(organization.configuration, "demo"), out, progress)
    _tell(finished, demo_summary)


@cli.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="orgaudit.toml")
def init(file: Path) -> None:
    """Write a commented configuration.

    \b
    Example:
      orgaudit init audit.toml
    """
    from orgaudit.report.resources import sample_config

    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(sample_config())
    except FileExistsError:
        raise ConfigError(f"{file}: exists already; name another file, or remove it first") from None
    except OSError as error:
        raise cannot_write(file, error) from None
    click.echo(str(file))


@cli.command()
@click.option("-c", "--config", "config_file", metavar="FILE", help="The configuration (TOML).")
@click.option("--out", type=options.folder(), help="Folder for bundles, instead of the configuration's [output] dir.")
@options.benchmark
@click.option("--resume", "unfinished", metavar="BUNDLE", type=options.bundle(), help="Finish this interrupted run.")
def run(config_file: str | None, out: Path | None, benchmark: str | None, unfinished: Path | None) -> None:
    """Audit the organization: collect, judge, write the bundle.

    Ctrl-C finishes the accounts in flight and leaves an unfinished bundle;
    again, it stops at once. --resume asks only what is not recorded yet.

    \b
    Examples:
      orgaudit run -c audit.toml
      AWS_PROFILE=audit orgaudit run -c audit.toml --benchmark 5.0.0
      orgaudit run --resume evidence/o-example_20261123T101500Z_1a2b3c4d

    \b
    Exit codes: 0 everything passed or is waived; 1 an open FAIL;
      2 usage or configuration; 3 nothing could be audited;
      4 no open FAIL, but something was not evaluated;
      5 neither, but a delivery failed; 130 interrupted.
    """
    from orgaudit.config import load_config

    if unfinished is None and config_file is None:
        raise click.UsageError("Name the configuration with -c, or a bundle to finish with --resume.")
    if unfinished is not None and out is not None:
        raise click.UsageError("--resume goes on in the bundle's own folder; leave --out out.")
    config = load_config(config_file) if config_file else None
    version = options.version_of(benchmark)
    from orgaudit import pipeline
    from orgaudit.cli.progress import shown_progress
    from orgaudit.cli.summary import run_summary

    with stoppable() as stop, shown_progress() as progress:
        if unfinished is not None:
            finished = pipeline.resume(unfinished, progress, config, version, stop=stop)
        else:
            assert config is not None
            finished = pipeline.run(config, out or Path(config.output.dir), progress, version, stop=stop)
    _tell(finished, run_summary)
    sys.exit(finished.exit_code)


@cli.command()
@click.argument("bundle", type=options.bundle())
@options.benchmark
@click.option("--out", type=options.folder(), help="Folder for the result, instead of one beside the bundle.")
def report(bundle: Path, benchmark: str | None, out: Path | None) -> None:
    """Judge and render a bundle again, offline, from its evidence.

    \b
    Example:
      orgaudit report evidence/o-example_20261123T101500Z_1a2b3c4d \\
        --benchmark 4.0.1
    """
    version = options.version_of(benchmark)
    from orgaudit import pipeline
    from orgaudit.cli.progress import shown_progress
    from orgaudit.cli.summary import report_summary

    with shown_progress() as progress:
        finished = pipeline.report(bundle, out, version, progress)
    _tell(finished, report_summary)
    sys.exit(finished.exit_code)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes what you type in a shell.

    It knows commands, options, controls, benchmark versions and bundles.

    \b
    Examples:
      eval "$(orgaudit completion bash)"
      orgaudit completion fish > ~/.config/fish/completions/orgaudit.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(cli, {}, "orgaudit", "_ORGAUDIT_COMPLETE").source())


def _tell(finished: "Finished", summary: Callable[["Finished"], str]) -> None:
    """The summary for people, then the bundle's path as the answer."""
    people = {name: count for name, count in finished.assessment.population.items() if isinstance(count, int)}
    results = Counter(row["result"] for row in finished.assessment.rows)
    messages.say(summary(finished), "summary", population=people, results=results, folder=str(finished.folder))
    for problem in finished.problems:
        messages.say(f"orgaudit: {problem}", level="warning")
    tell_deliveries(finished)
    click.echo(str(finished.folder))


cli.add_command(check)
cli.add_command(controls)
cli.add_command(compare)
cli.add_command(export)
cli.add_command(policy)
cli.add_command(prove)
cli.add_command(remediate)
cli.add_command(review)
cli.add_command(send)
cli.add_command(verify)


def main() -> None:
    """The command ``orgaudit``."""
    # one that is closed would be the number of the next file that is opened, and get what is meant for a terminal
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may know fewer characters than AWS
    cli.main(prog_name="orgaudit")
