"""``orgaudit send``: hand a finished bundle over, and say what became of each delivery."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orgaudit.cli import options
from orgaudit.cli.interruption import INTERRUPTED
from orgaudit.cli.messages import fail, say
from orgaudit.report.folding import folded
from orgaudit.report.inert import visible

if TYPE_CHECKING:
    from orgaudit.pipeline import Finished
    from orgaudit.pipeline.sending import Outcome

FAILED = 5
_WORDS = {
    "sent": "sent",
    "already": "sent before",
    "again": "sent again",
    "refused": "NOT SENT",
    "unknown": "UNKNOWN",
}


@click.command()
@click.argument("bundle", type=options.bundle())
@click.option("-c", "--config", "config_file", metavar="FILE", help="Take [[deliver]] from FILE, not from the bundle.")
@click.option("--dry-run", is_flag=True, help="Write each mail as .eml beside the bundles; send nothing.")
@click.option("--resend", is_flag=True, help="Send again what was sent, or may have been.")
def send(bundle: Path, config_file: str | None, dry_run: bool, resend: bool) -> None:
    """Deliver a finished bundle: what has not been delivered yet.

    What was sent to whom stands in deliveries.sqlite beside the bundles, so
    that nobody gets the same mail twice. Exit codes: 0 nothing is left to
    deliver, 5 something is.

    \b
    Examples:
      orgaudit send evidence/o-example_20261123T101500Z_1a2b3c4d
      orgaudit send evidence/o-example_20261123T101500Z_1a2b3c4d --dry-run
    """
    from orgaudit.config import load_config
    from orgaudit.pipeline import utc_now
    from orgaudit.pipeline.sending import Manner, hand_over

    deliveries = load_config(config_file).deliver if config_file else None
    try:
        outcomes = hand_over(bundle, deliveries, Manner(utc_now, say, resend=resend, dry_run=dry_run))
    except KeyboardInterrupt:
        fail("interrupted; a mail that was on its way may have arrived, the next `orgaudit send` names it", INTERRUPTED)
        sys.exit(INTERRUPTED)
    if not outcomes:
        source = config_file or bundle / "config.toml"
        say(f"{source} has no [[deliver]]: there is nothing to send; name a file that has with -c")
    for outcome in outcomes:
        if outcome.state == "draft":
            _tell_draft(outcome)
        else:
            click.echo(visible(_told(outcome)))
    _tell_advice(outcomes)
    sys.exit(0 if all(outcome.delivered for outcome in outcomes) else FAILED)


def tell_deliveries(finished: "Finished") -> None:
    """What became of the deliveries at the end of a run."""
    for outcome in finished.deliveries:
        facts = {"channel": outcome.channel, "recipient": outcome.recipient, "state": str(outcome.state)}
        level = "info" if outcome.delivered else "warning"
        say(_told(outcome), "delivery", level, **facts, ous=outcome.units.names, detail=outcome.detail)
    if finished.undeliverable:
        say(f"orgaudit: nothing was delivered: {finished.undeliverable}", "delivery", "warning", state="refused")
    _tell_advice(finished.deliveries)


def _tell_draft(outcome: "Outcome") -> None:
    """The path of a mail's draft is the answer of a dry run; files would only be uploaded."""
    if outcome.channel == "s3":
        say(outcome.detail)
    else:
        click.echo(outcome.detail)


def _told(outcome: "Outcome") -> str:
    """One delivery, in lines of at most 80 characters."""
    lines = _folded(f"{_WORDS[outcome.state]}: {outcome.recipient} ({outcome.channel}), {outcome.units.text}", "")
    return "\n".join([*lines, *_folded(outcome.detail, "    ")])


def _tell_advice(outcomes: Iterable["Outcome"]) -> None:
    """What to do about deliveries that did not happen, or may not have."""
    states = {outcome.state for outcome in outcomes}
    if "refused" in states:
        text = "Not sent: put right what is named above; `orgaudit send BUNDLE` then delivers what is left."
        say("\n".join(_folded(text, "")), level="warning")
    if "unknown" in states:
        text = (
            "Unknown: ask the recipient. Only `orgaudit send BUNDLE --resend` sends it again, and then everything else."
        )
        say("\n".join(_folded(text, "")), level="warning")


def _folded(text: str, indent: str) -> list[str]:
    return folded(text, indent, "    ")
