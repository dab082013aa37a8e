"""From evidence to a sealed bundle: verdicts, result files, manifest."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orgaudit.errors import AccessError, UnfinishedError
from orgaudit.evaluation import Assessment
from orgaudit.evidence import bundle, history
from orgaudit.evidence.previous import remember
from orgaudit.pipeline.derivation import judged, manifest_facts, view_of
from orgaudit.progress import Progress

if TYPE_CHECKING:
    from orgaudit.pipeline.sending import Outcome
    from orgaudit.report.view import View

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Finished:
    """What a run or a report left behind."""

    folder: Path
    assessment: Assessment
    view: "View"
    """What every file takes its numbers from."""
    problems: tuple[str, ...] = ()
    """What could not be rendered or compared, one sentence each."""
    deliveries: "tuple[Outcome, ...]" = ()
    undeliverable: str = ""
    """Why nothing could be delivered at all."""

    @property
    def exit_code(self) -> int:
        """1 with an open FAIL, else 4 with something not evaluated, else 5 with a delivery that failed, else 0.

        Rows without a section do not count.
        """
        rows = [row for row in self.assessment.rows if row["section"]]
        if any(row["disposition"] in {"OPEN", "WAIVER_EXPIRED"} for row in rows):
            return 1
        if any(row["result"] == "NOT_EVALUATED" for row in rows):
            return 4
        return 0 if all(one.delivered for one in self.deliveries) and not self.undeliverable else 5


def finish(folder: Path, progress: Progress, stop: threading.Event, sign: Sign | None) -> Finished:
    """Judge what was collected, render it, seal the bundle.

    Raises AccessError when no account in scope answered, UnfinishedError once it was told to stop, OutputError.
    """
    progress.stage("Step 2 of 4: verdicts")
    assessment = judged(folder)
    _check_something_answered(assessment)
    check_going(stop)
    progress.stage("Step 3 of 4: reports")
    about = assessment.frames.run
    left_out = remember(folder, about.organization_id, about.started_at)
    previous = history.previous_bundle(folder, about.organization_id)
    view, problems = write_results(folder, assessment)
    check_going(stop)
    progress.stage("Step 4 of 4: seal")
    seal(folder, assessment, {"previous": history.link(previous)}, sign)
    return Finished(folder, assessment, view, (*left_out, *problems))


def check_going(stop: threading.Event) -> None:
    """Raises UnfinishedError once the run was told to stop."""
    if stop.is_set():
        raise UnfinishedError("interrupted; what is recorded is kept")


class NothingAnsweredError(AccessError):
    """No account in scope answered anything: to resume the run would not help."""


def _check_something_answered(assessment: Assessment) -> None:
    """Raises NothingAnsweredError when no account in scope answered anything, the one we start in included."""
    population = assessment.population
    calls = assessment.frames.calls
    of_the_run = calls["service"].isin(["organizations", "sts"]) | (calls["operation"] == "TestMetricFilter")
    answered = calls[(calls["outcome"] == "answered") & ~of_the_run]
    in_scope = {one["account_id"] for one in population["accounts"] if one["outcome"] != "excluded"}
    if not in_scope & set(answered["account_id"]):
        role = assessment.frames.config.organization.role_name
        raise NothingAnsweredError(
            f"no account in scope could be read ({len(in_scope)} tried): check that the role {role} exists in them and "
            "trusts the account that the run starts in; `orgaudit check` tells more"
        )


def write_results(folder: Path, assessment: Assessment) -> tuple["View", tuple[str, ...]]:
    """Write all result files, each under its name once all are there; what could not be made, one sentence each."""
    from orgaudit.report.render import render_into

    view = view_of(assessment, folder)
    with bundle.results_for(folder) as making:
        problems = render_into(making, view, assessment.document())
    return view, problems


def seal(folder: Path, assessment: Assessment, links: Mapping[str, Any], sign: Sign | None = None) -> None:
    """Write manifest and sums, and a signature where there is something to sign with; nothing changes afterwards."""
    facts = manifest_facts(assessment, (folder / bundle.CONFIG).read_bytes())
    bundle.seal(folder, facts | dict(links), sign)
