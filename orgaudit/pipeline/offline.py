"""What is made of a bundle's evidence later, without AWS."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from orgaudit.controls import resolve_version
from orgaudit.evaluation import assess
from orgaudit.evidence import bundle, history
from orgaudit.pipeline.derivation import opened, view_of
from orgaudit.pipeline.finishing import Finished, seal, write_results
from orgaudit.progress import Progress, Silent

if TYPE_CHECKING:
    from orgaudit.remediate import Plan


def report(
    source: Path, out: Path | None = None, benchmark: str | None = None, progress: Progress | None = None
) -> Finished:
    """Evaluate and render a bundle again from its evidence alone, into ``out`` or a folder beside it.

    Of an unfinished bundle it says so; accounts that were not read are not evaluated. Raises BundleError for a folder
    that holds no evidence, OutputError when the result cannot be written.
    """
    source, progress = bundle.by_name(source), progress or Silent()
    snapshot = opened(source, finished=bundle.is_sealed(source))
    version = resolve_version(benchmark or snapshot.config.audit.benchmark)
    folder = out or source.with_name(f"{source.name}+{version}")
    bundle.check_free(folder)  # now, and not when everything has been judged
    progress.stage("Step 1 of 3: verdicts")
    assessment = assess(snapshot, version)
    with bundle.new_folder(folder) as making:
        for name in (bundle.CONFIG, bundle.PREVIOUS):
            if (source / name).is_file():
                bundle.write_file(making / name, (source / name).read_bytes())
        progress.stage("Step 2 of 3: reports")
        view, problems = write_results(making, assessment)
        progress.stage("Step 3 of 3: seal")
        seal(making, assessment, {"previous": None, "source": history.source_link(source)})
    return Finished(folder, assessment, view, problems)


def remediate(
    source: Path, form: str, out: Path, benchmark: str | None = None, progress: Progress | None = None
) -> "Plan":
    """Write what would close each open fail of a bundle into a new folder; nothing is changed in AWS.

    form: ``cli``, ``cloudformation`` or ``terraform``. Raises BundleError for a folder that holds no evidence,
    OutputError when the folder cannot be written or is not empty.
    """
    from orgaudit.remediate import Estate, planned, remediation_files

    source, progress = bundle.by_name(source), progress or Silent()
    snapshot = opened(source, finished=bundle.is_sealed(source))
    bundle.check_free(out)
    progress.stage("Step 1 of 2: verdicts")
    assessment = assess(snapshot, benchmark)
    progress.stage("Step 2 of 2: what would close each open finding")
    plan = planned(Estate(assessment.frames, assessment.rows))
    with bundle.new_folder(out) as making:
        for name, content in remediation_files(plan, form, assessment.document()["run"]).items():
            with bundle.writing(making):
                (making / name).parent.mkdir(exist_ok=True)
            bundle.write_file(making / name, content)
    return plan


def export(
    source: Path, form: str, benchmark: str | None = None, progress: Progress | None = None
) -> Callable[[IO[bytes]], None]:
    """What writes the verdicts of a bundle in a format that other programs take: a key of ``EXPORTS``.

    Raises BundleError for a folder that holds no evidence: then nothing has been opened to write into.
    """
    from orgaudit.report.exports import EXPORTS

    source, progress = bundle.by_name(source), progress or Silent()
    snapshot = opened(source, finished=bundle.is_sealed(source))
    progress.stage("Verdicts")
    view = view_of(assess(snapshot, benchmark), source)
    return partial(EXPORTS[form], view)
