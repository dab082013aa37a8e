"""What a run says at its end: short, in plain words, at most 80 columns, readable without colour and when read aloud.

All numbers are the report's own: they come from the same view.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from orgaudit.report.changes import KINDS
from orgaudit.report.folding import cut, folded, padded
from orgaudit.report.sentences import conclusion, counted, tie_out_sentence

if TYPE_CHECKING:
    from orgaudit.pipeline import Finished
    from orgaudit.report.findings import Cause, Finding
    from orgaudit.report.view import ControlLine, View

_WORST = 5
_FILES = {
    "report.pdf": "for people: the answer on one page, then every finding",
    "workbook.xlsx": "for the auditor: one row per account and control, to review and send back",
    "results.json": "for programs: the same verdicts",
}


def run_summary(finished: "Finished") -> str:
    """The summary of a run: what was refused can still be asked about."""
    return _summary(finished, " (`orgaudit check` tells more)")


def report_summary(finished: "Finished") -> str:
    """The summary of what follows from a bundle's evidence."""
    return _summary(finished)


def _summary(finished: "Finished", advice: str = "") -> str:
    view = finished.view
    parts = [
        _answer(view),
        _by_control(view.controls),
        _worst(view.findings),
        _unknown(view.causes, finished.assessment.frames.config.organization.role_name, advice),
        _changes(view),
        _where(finished.folder),
    ]
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part)))


def demo_summary(finished: "Finished") -> str:
    """The summary of the demo."""
    opening = (
        "A simulated organization was audited. Its accounts break the chain from an event to a person in every way we "
        "know: the findings are on purpose."
    )
    return "\n".join(folded(opening)) + "\n\n" + report_summary(finished)


def _answer(view: "View") -> Iterator[str]:
    yield f"CIS AWS Foundations Benchmark {view.run['benchmark']}"
    yield from folded(tie_out_sentence(view))
    yield from folded(" ".join(conclusion(view)))


def _by_control(controls: "tuple[ControlLine, ...]") -> Iterator[str]:
    yield "Results by control (n/e: not evaluated, n/a: not applicable):"
    yield f"  {'':8} {'':34} {'pass':>6} {'fail':>6} {'waived':>6} {'n/e':>5} {'n/a':>5}"
    for line in controls:
        count = line.tally
        figures = f"{count.passed:6} {count.open + count.expired:6} {count.waived:6}"
        name = f"{padded(cut(line.section, 8), 8)} {padded(cut(line.key, 34), 34)}"
        yield f"  {name} {figures} {count.not_evaluated:5} {count.not_applicable:5}"


def _worst(findings: "tuple[Finding, ...]") -> Iterator[str]:
    if not findings:
        return
    shown = findings[:_WORST]
    yield f"Worst first, {len(shown)} of {counted(len(findings), 'open finding')}:"
    for one in shown:
        where = _examples(list(one.accounts))
        yield from folded(
            f"  {one.number}. {one.row['broken_link'] or one.severity}: {one.row['reason'].rstrip('.')} {where}.",
            further="     ",
        )


def _unknown(causes: "tuple[Cause, ...]", role: str, advice: str) -> Iterator[str]:
    if not causes:
        return
    yield f"Not evaluated, by cause{advice}:"
    for cause in causes[:_WORST]:
        what = f"{cause.call} {cause.error_code}" if cause.call else cause.error_code.lower().replace("_", " ")
        hint = f"; check role {role} and its trust" if cause.call == "sts:AssumeRole" else ""
        examples = _examples(list(cause.accounts))
        yield from folded(f"  {counted(cause.rows, 'result')}: {what}{hint} {examples}.", further="     ")
    if len(causes) > _WORST:
        yield f"  and {counted(len(causes) - _WORST, 'further cause')}, all in the report"


def _examples(accounts: list[str]) -> str:
    return f"(account {accounts[0]})" if len(accounts) == 1 else f"({accounts[0]} and {len(accounts) - 1:,} more)"


def _changes(view: "View") -> Iterator[str]:
    if view.changes is None:
        return
    yield f"Since the last run, {view.changes.previous['started_at']}:"
    told = [
        f"  {view.changes.counts[kind]:6} {word.lower()}" for kind, word in KINDS.items() if view.changes.counts[kind]
    ]
    yield from told or ["  nothing changed"]
    for note in view.changes.notes:
        yield from folded(note)


def _where(folder: Path) -> Iterator[str]:
    yield "Look at:"
    for name, purpose in _FILES.items():
        if (folder / name).is_file():
            yield f"  {folder / name}"
            yield f"      {purpose}"
