"""A run: organization and accounts, then verdicts, reports and seal, then delivery. Begun, stopped, gone on with."""

import secrets
import shlex
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from orgaudit import __version__
from orgaudit.config import dump_config
from orgaudit.controls import resolve_version
from orgaudit.errors import AccessError, DeliveryError, OrgauditError, OutputError, UnfinishedError
from orgaudit.evaluation import calibration
from orgaudit.evidence import bundle
from orgaudit.evidence.begun import MASKED_WITH, begun, check_same_organization, check_same_settings, mask_of
from orgaudit.evidence.masking import Mask, mask_key
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.calls import rfc3339
from orgaudit.model.frames import RunFacts
from orgaudit.model.settings import Config
from orgaudit.pipeline.derivation import judged, runtime, view_of
from orgaudit.pipeline.finishing import Finished, NothingAnsweredError, Sign, check_going, finish
from orgaudit.progress import Progress

if TYPE_CHECKING:
    from orgaudit.aws.check import Examination
    from orgaudit.aws.organization import Access

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, in UTC and to the second."""
    return datetime.now(UTC).replace(microsecond=0)


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
            finished = finish(folder, progress, stop, sign)
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
        finished = finish(folder, progress, stop, sign)
    return _delivered(finished, progress, clock)


def check(config: Config, progress: Progress) -> "Examination":
    """Find out what a run would be refused, without reading or writing anything.

    Raises AccessError when there is no way in, ConfigError for a setting that the organization contradicts.
    """
    from orgaudit.aws.check import examine
    from orgaudit.aws.organization import open_organization

    with closing(open_organization(config, uuid.uuid4().hex, Mask(secrets.token_bytes(32)))) as access:
        progress.stage("Asking every account in scope a few questions; nothing is changed or kept")
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
        check_going(stop)
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


def _check_deliverable(config: Config) -> None:
    """Raises ConfigError before anything is asked, rather than after an hour of collecting."""
    if config.deliver:
        from orgaudit.pipeline.sending import check_secrets

        check_secrets(config.deliver)


def _delivered(finished: Finished, progress: Progress, clock: Clock) -> Finished:
    """Hand the sealed bundle over. What goes wrong is told; the bundle is finished all the same."""
    if not finished.assessment.frames.config.deliver:
        return finished
    from orgaudit.pipeline.parcel import AtHand
    from orgaudit.pipeline.sending import Manner, hand_over

    progress.stage("Delivery")
    assessment = finished.assessment
    at_hand = AtHand(assessment.document(), assessment.frames, finished.view)
    try:
        outcomes = hand_over(finished.folder, None, Manner(clock, progress.stage), at_hand)
    except OrgauditError as error:
        return replace(finished, undeliverable=str(error))
    return replace(finished, deliveries=tuple(outcomes))


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
