"""The stages, called in order: organization and accounts, verdicts, reports, seal."""

import secrets
import shlex
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from orgaudit import __version__
from orgaudit.config import dump_config
from orgaudit.controls import resolve_version
from orgaudit.derivation import judged, manifest_facts, runtime, view_of
from orgaudit.errors import AccessError, DeliveryError, OrgauditError, OutputError, UnfinishedError
from orgaudit.evaluation import Assessment, calibration
from orgaudit.evidence import bundle, history
from orgaudit.evidence.begun import MASKED_WITH, begun, check_same_organization, check_same_settings, mask_of
from orgaudit.evidence.masking import Mask, mask_key
from orgaudit.evidence.previous import remember
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.calls import rfc3339
from orgaudit.model.frames import RunFacts
from orgaudit.model.settings import Config
from orgaudit.progress import Progress, Silent

if TYPE_CHECKING:
    from orgaudit.aws.check import Examination
    from orgaudit.aws.organization import Access
    from orgaudit.handover.sending import Outcome
    from orgaudit.remediate import Plan
    from orgaudit.report.view import View

Clock = Callable[[], datetime]
Sign = Callable[[bytes], bytes]


def utc_now() -> datetime:
    """The time, in UTC and to the second."""
    return datetime.now(UTC).replace(microsecond=0)


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


def run(
    config: Config,
    out: Path,
    progress: Progress,
    benchmark: str | None = None,
    clock: Clock = utc_now,
    stop: threading.Event | None = None,
) -> Finished:
    """Audit the organization that the environment's credentials lead to, and write a bundle below ``out``.

    ``stop``: once set, the accounts in flight are finished, then the run ends with UnfinishedError. Raises AccessError
    when nothing can be audited, OutputError when the bundle cannot be written, DeliveryError when it cannot be signed,
    ConfigError for a setting that the organization contradicts. What is recorded by then can be resumed.
    """
    from orgaudit.aws.organization import open_organization
    from orgaudit.report import templates

    config, stop = _effective(config, benchmark), stop or threading.Event()
    templates.check(config.report.templates)  # now, and not when everything has been read
    _check_deliverable(config)
    sign = _signer(config)
    run_id, started_at = uuid.uuid4().hex, clock()
    # the key lies beside the bundles, so the folder is tried before AWS is asked anything
    mask = Mask(mask_key(out))
    with closing(open_organization(config, run_id, mask)) as access:
        if stop.is_set():
            raise UnfinishedError("interrupted before anything was recorded: run again")
        folder = _new_bundle(out, access, config, run_id, started_at, mask)
        with bundle.held(folder), _resumable(folder):
            _collect(folder, access, config, progress, clock, stop)
            finished = _finish(folder, progress, stop, sign)
    return _delivered(finished, progress, clock)


def resume(
    folder: Path,
    progress: Progress,
    config: Config | None = None,
    benchmark: str | None = None,
    clock: Clock = utc_now,
    stop: threading.Event | None = None,
) -> Finished:
    """Go on with an unfinished bundle: same folder, settings, run id and start; what is recorded is not asked again.

    A finished bundle is left as it is. Raises what ``run`` raises, BundleError for a folder that holds no begun run or
    was moved away from its key, ConfigError where ``config`` or ``benchmark`` are not those that the run began with.
    """
    from orgaudit.aws.organization import open_organization

    folder, stop = bundle.by_name(folder), stop or threading.Event()
    if bundle.is_sealed(folder):
        assessment = judged(folder)
        told = "the run is finished already: nothing was asked, nothing changed"
        return Finished(folder, assessment, view_of(assessment, folder), (told,))
    began = begun(folder)
    check_same_settings(began.config, _effective(config or began.config, benchmark))
    _check_deliverable(began.config)
    sign = _signer(began.config)
    with bundle.held(folder), _resumable(folder):
        bundle.clear_results(folder)
        if not began.collected:
            mask = mask_of(began, folder)
            with closing(open_organization(began.config, began.facts.id, mask)) as access:
                check_same_organization(began.facts, access.organization_id, access.caller_account_id)
                _collect(folder, access, began.config, progress, clock, stop)
        finished = _finish(folder, progress, stop, sign)
    return _delivered(finished, progress, clock)


def check(config: Config, progress: Progress) -> "Examination":
    """Find out what a run would be refused, without reading or writing anything.

    Raises AccessError when there is no way in, ConfigError for a setting that the organization contradicts.
    """
    from orgaudit.aws.check import examine
    from orgaudit.aws.organization import open_organization

    with closing(open_organization(config, uuid.uuid4().hex, Mask(secrets.token_bytes(32)))) as access:
        progress.stage("Asking every account in scope a few questions; nothing is read or written")
        return examine(access, config, progress)


def _effective(config: Config, benchmark: str | None) -> Config:
    """The settings with the benchmark version that the command line names, or their own, spelled in full."""
    version = resolve_version(benchmark or config.audit.benchmark)
    return replace(config, audit=replace(config.audit, benchmark=version))


def _signer(config: Config) -> Sign | None:
    """What signs the manifest, where the settings name a key; tried now, and not when everything has been read."""
    if not config.sign.kms_key_id:
        return None
    from orgaudit.deliver.signing import KmsKey

    return KmsKey(config.sign.kms_key_id).sign


def _new_bundle(out: Path, access: "Access", config: Config, run_id: str, started_at: datetime, mask: Mask) -> Path:
    """A bundle with its settings and without a record; there once it is whole, so that it can be resumed."""
    facts = RunFacts(
        id=run_id,
        started_at=rfc3339(started_at),
        tool_version=__version__,
        organization_id=access.organization_id,
        management_account_id=access.management_account_id,
        caller_arn=access.caller_arn,
        caller_account_id=access.caller_account_id,
        partition=access.partition,
        runtime=runtime(),
    )
    folder = out / bundle.bundle_name(access.organization_id, started_at, run_id)
    with bundle.new_folder(folder) as making:
        bundle.write_file(making / bundle.CONFIG, dump_config(config).encode())
        store = EvidenceStore.create(making / bundle.EVIDENCE, facts)
        store.set_fact(MASKED_WITH, mask.fingerprint)
        store.close()
    return folder


def _collect(
    folder: Path, access: "Access", config: Config, progress: Progress, clock: Clock, stop: threading.Event
) -> None:
    """Read what is not recorded yet. Raises UnfinishedError once it was told to stop."""
    from orgaudit.aws.collect import collect

    # announced only now: what keeps a run from starting is one line, and nothing before it
    progress.stage(f"Step 1 of 4: organization and accounts, into {folder.name}")
    store = EvidenceStore.open(folder / bundle.EVIDENCE)
    try:
        collect(access, config, store, progress, stop=stop, done=store.finished_accounts())
        if config.audit.confirm_with_aws and not stop.is_set():
            _confirm(folder, access, store, progress, stop)
        if config.audit.sweep == "failed" and not stop.is_set():
            _sweep(folder, access, config, store, progress, stop)
        _check_going(stop)
        store.finish(rfc3339(clock()))
    finally:
        store.close()


def _confirm(folder: Path, access: "Access", store: EvidenceStore, progress: Progress, stop: threading.Event) -> None:
    """Have AWS itself asked about the pattern language, then about the proofs that verdicts would rest on.

    What it answers is evidence like any other: the verdicts are made from that, as in every later report.
    """
    from orgaudit.aws.pattern_tests import ask_about_patterns

    progress.stage("AWS is asked to confirm what was proved about filter patterns, with made-up events")
    ask_about_patterns(access, store, progress, calibration(), stop)
    ask_about_patterns(access, store, progress, judged(folder).questions, stop)


def _sweep(
    folder: Path, access: "Access", config: Config, store: EvidenceStore, progress: Progress, stop: threading.Event
) -> None:
    """Have the accounts that failed looked through for what is fed by nothing; the verdicts stay what they are."""
    from orgaudit.aws.sweeping import sweep

    progress.stage("Accounts that failed are looked through for orphaned filters and alarms")
    sweep(access, config, store, progress, judged(folder).failed_accounts, stop)


def _finish(folder: Path, progress: Progress, stop: threading.Event, sign: Sign | None) -> Finished:
    """Judge what was collected, render it, seal the bundle."""
    progress.stage("Step 2 of 4: verdicts")
    assessment = judged(folder)
    _check_something_answered(assessment)
    _check_going(stop)
    progress.stage("Step 3 of 4: reports")
    about = assessment.frames.run
    left_out = remember(folder, about.organization_id, about.started_at)
    previous = history.previous_bundle(folder, about.organization_id)
    view, problems = _write_results(folder, assessment)
    _check_going(stop)
    progress.stage("Step 4 of 4: seal")
    _seal(folder, assessment, {"previous": history.link(previous)}, sign)
    return Finished(folder, assessment, view, (*left_out, *problems))


def _check_deliverable(config: Config) -> None:
    """Raises ConfigError before anything is asked, rather than after an hour of collecting."""
    if config.deliver:
        from orgaudit.handover.sending import check_secrets

        check_secrets(config.deliver)


def _delivered(finished: Finished, progress: Progress, clock: Clock) -> Finished:
    """Hand the sealed bundle over. What goes wrong is told; the bundle is finished all the same."""
    if not finished.assessment.frames.config.deliver:
        return finished
    from orgaudit.handover.parcel import AtHand
    from orgaudit.handover.sending import Manner, hand_over

    progress.stage("Delivery")
    assessment = finished.assessment
    at_hand = AtHand(assessment.document(), assessment.frames, finished.view)
    try:
        outcomes = hand_over(finished.folder, None, Manner(clock, progress.stage), at_hand)
    except OrgauditError as error:
        return replace(finished, undeliverable=str(error))
    return replace(finished, deliveries=tuple(outcomes))


def _check_going(stop: threading.Event) -> None:
    if stop.is_set():
        raise UnfinishedError("interrupted; what is recorded is kept")


@contextmanager
def _resumable(folder: Path) -> Iterator[None]:
    """What ends a run amid its work leaves evidence and settings alone, and says how to go on with it."""
    try:
        yield
    except NothingAnsweredError:
        raise
    except (AccessError, OutputError, DeliveryError, UnfinishedError) as error:
        if not bundle.is_sealed(folder):
            with suppress(OutputError):  # a folder that refuses is what was to be told in the first place
                bundle.clear_results(folder)
        advice = f"Finish the run with: orgaudit run --resume {shlex.quote(str(folder))}"
        raise type(error)(f"{str(error).rstrip('.')}. {advice}") from error


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


def report(
    source: Path, out: Path | None = None, benchmark: str | None = None, progress: Progress | None = None
) -> Finished:
    """Evaluate and render a bundle again from its evidence alone, into ``out`` or a folder beside it.

    Of an unfinished bundle it says so; accounts that were not read are not evaluated. Raises BundleError for a folder
    that holds no evidence, OutputError when the result cannot be written.
    """
    source, progress = bundle.by_name(source), progress or Silent()
    assessment = judged(source, benchmark, finished=bundle.is_sealed(source))
    folder = out or source.with_name(f"{source.name}+{assessment.benchmark}")
    with bundle.new_folder(folder) as making:
        for name in (bundle.CONFIG, bundle.PREVIOUS):
            if (source / name).is_file():
                bundle.write_file(making / name, (source / name).read_bytes())
        progress.stage("Step 3 of 4: reports")
        view, problems = _write_results(making, assessment)
        progress.stage("Step 4 of 4: seal")
        _seal(making, assessment, {"previous": None, "source": history.source_link(source)})
    return Finished(folder, assessment, view, problems)


def remediate(source: Path, form: str, out: Path, benchmark: str | None = None) -> "Plan":
    """Write what would close each open fail of a bundle into a new folder; nothing is changed in AWS.

    form: ``cli``, ``cloudformation`` or ``terraform``. Raises BundleError for a folder that holds no evidence,
    OutputError when the folder cannot be written or is not empty.
    """
    from orgaudit.remediate import Estate, planned, remediation_files

    source = bundle.by_name(source)
    assessment = judged(source, benchmark, finished=bundle.is_sealed(source))
    plan = planned(Estate(assessment.frames, assessment.rows))
    with bundle.new_folder(out) as making:
        for name, content in remediation_files(plan, form, assessment.document()["run"]).items():
            with bundle.writing(making):
                (making / name).parent.mkdir(exist_ok=True)
            bundle.write_file(making / name, content)
    return plan


def export(source: Path, form: str, out: IO[bytes], benchmark: str | None = None) -> None:
    """Write the verdicts of a bundle in a format that other programs take: a key of ``EXPORTS``.

    Raises BundleError for a folder that holds no evidence, OutputError where it cannot be written.
    """
    from orgaudit.report.exports import EXPORTS

    source = bundle.by_name(source)
    view = view_of(judged(source, benchmark, finished=bundle.is_sealed(source)), source)
    with bundle.writing(Path(str(out.name))):
        EXPORTS[form](view, out)


def _write_results(folder: Path, assessment: Assessment) -> tuple["View", tuple[str, ...]]:
    """Write all result files, each under its name once all are there; what could not be made, one sentence each."""
    from orgaudit.report.render import render_into

    view = view_of(assessment, folder)
    with bundle.results_for(folder) as making:
        problems = render_into(making, view, assessment.document())
    return view, problems


def _seal(folder: Path, assessment: Assessment, links: Mapping[str, Any], sign: Sign | None = None) -> None:
    facts = manifest_facts(assessment, (folder / bundle.CONFIG).read_bytes())
    bundle.seal(folder, facts | dict(links), sign)
