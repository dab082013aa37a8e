"""The stages, called in order: organization and accounts, verdicts, reports, seal."""

import hashlib
import importlib.metadata
import platform
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orgaudit import __version__
from orgaudit.config import dump_config
from orgaudit.controls import CATALOG_HASH, CATALOG_VERSION, resolve_version
from orgaudit.errors import AccessError
from orgaudit.evaluation import Assessment, assess
from orgaudit.evidence import bundle, history
from orgaudit.evidence.masking import Mask, mask_key
from orgaudit.evidence.snapshot import Snapshot
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.calls import rfc3339
from orgaudit.model.frames import RunFacts
from orgaudit.model.settings import Config
from orgaudit.progress import Progress, Silent

if TYPE_CHECKING:
    from orgaudit.aws.check import Examination
    from orgaudit.report.view import View

Clock = Callable[[], datetime]


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
    """What could not be rendered, one sentence each."""

    @property
    def exit_code(self) -> int:
        """1 with an open FAIL, else 4 with something not evaluated, else 0; rows without a section do not count."""
        rows = [row for row in self.assessment.rows if row["section"]]
        if any(row["disposition"] in {"OPEN", "WAIVER_EXPIRED"} for row in rows):
            return 1
        return 4 if any(row["result"] == "NOT_EVALUATED" for row in rows) else 0


def run(
    config: Config, out: Path, progress: Progress, benchmark: str | None = None, clock: Clock = utc_now
) -> Finished:
    """Audit the organization that the environment's credentials lead to, and write a bundle below ``out``.

    Raises AccessError when nothing can be audited, OutputError when the bundle cannot be written, ConfigError for a
    setting that the organization contradicts.
    """
    from orgaudit.report import templates

    version = resolve_version(benchmark or config.audit.benchmark)
    templates.check(config.report.templates)  # now, and not when everything has been read
    run_id, started_at = uuid.uuid4().hex, clock()
    folder, store = _collected(config, out, run_id, started_at, progress)
    store.set_fact("finished_at", rfc3339(clock()))
    store.set_fact("finished", True)
    store.close()
    progress.stage("Step 2 of 4: verdicts")
    assessment = assess(Snapshot.open(folder), version)
    _check_something_answered(assessment)
    previous = history.previous_bundle(folder, assessment.frames.run.organization_id)
    return _rendered(folder, assessment, progress, previous)


def check(config: Config, progress: Progress) -> "Examination":
    """Find out what a run would be refused, without reading or writing anything.

    Raises AccessError when there is no way in, ConfigError for a setting that the organization contradicts.
    """
    from orgaudit.aws.check import examine
    from orgaudit.aws.organization import open_organization

    access = open_organization(config, uuid.uuid4().hex, Mask(secrets.token_bytes(32)))
    try:
        progress.stage("Asking every account in scope a few questions; nothing is read or written")
        return examine(access, config, progress)
    finally:
        access.close()


def _collected(
    config: Config, out: Path, run_id: str, started_at: datetime, progress: Progress
) -> tuple[Path, EvidenceStore]:
    from orgaudit.aws.collect import collect
    from orgaudit.aws.organization import open_organization

    # the key lies beside the bundles, so the folder is tried before AWS is asked anything
    key = mask_key(out)
    access = open_organization(config, run_id, Mask(key))
    try:
        folder = bundle.create_folder(out / bundle.bundle_name(access.organization_id, started_at, run_id))
        bundle.write_file(folder / bundle.CONFIG, dump_config(config).encode())
        facts = RunFacts(
            id=run_id,
            started_at=rfc3339(started_at),
            tool_version=__version__,
            organization_id=access.organization_id,
            management_account_id=access.management_account_id,
            caller_arn=access.caller_arn,
            caller_account_id=access.caller_account_id,
            partition=access.partition,
            runtime=_runtime(),
        )
        # announced only now: what keeps a run from starting is one line, and nothing before it
        progress.stage("Step 1 of 4: organization and accounts")
        store = EvidenceStore.create(folder / bundle.EVIDENCE, facts)
        collect(access, config, store, progress)
    finally:
        access.close()
    return folder, store


def _runtime() -> str:
    """What asks AWS: Python and the libraries, with their versions."""
    libraries = (f"{name} {importlib.metadata.version(name)}" for name in ("boto3", "botocore"))
    return ", ".join((f"Python {platform.python_version()}", *libraries))


def _check_something_answered(assessment: Assessment) -> None:
    """Raises AccessError when no account in scope answered anything, the one we start in included."""
    population = assessment.population
    calls = assessment.frames.calls
    answered = calls[(calls["outcome"] == "answered") & ~calls["service"].isin(["organizations", "sts"])]
    in_scope = {one["account_id"] for one in population["accounts"] if one["outcome"] != "excluded"}
    if not in_scope & set(answered["account_id"]):
        role = assessment.frames.config.organization.role_name
        raise AccessError(
            f"no account in scope could be read ({len(in_scope)} tried): check that the role {role} exists in them and "
            "trusts the account that the run starts in; `orgaudit check` tells more"
        )


def report(
    source: Path, out: Path | None = None, benchmark: str | None = None, progress: Progress | None = None
) -> Finished:
    """Evaluate and render a bundle again from its evidence alone, into ``out`` or a folder beside it.

    Raises BundleError for a folder that holds no evidence, OutputError when the result cannot be written.
    """
    snapshot = Snapshot.open(source)
    assessment = assess(snapshot, benchmark)
    folder = bundle.create_folder(out or source.with_name(f"{source.name}+{assessment.benchmark}"))
    bundle.write_file(folder / bundle.CONFIG, (source / bundle.CONFIG).read_bytes())
    origin = {"bundle": source.name, "manifest_sha256": None}
    if bundle.is_sealed(source):
        origin["manifest_sha256"] = bundle.digest(source / bundle.MANIFEST)
    return _rendered(folder, assessment, progress or Silent(), source=origin)


def _rendered(
    folder: Path,
    assessment: Assessment,
    progress: Progress,
    previous: Path | None = None,
    source: Mapping[str, Any] | None = None,
) -> Finished:
    from orgaudit.report.render import render_into
    from orgaudit.report.view import build_view

    progress.stage("Step 3 of 4: reports")
    document = assessment.document()
    view = build_view(document, assessment.frames)
    problems = render_into(folder, view, document)
    progress.stage("Step 4 of 4: seal")
    facts = _manifest_facts(document["run"], (folder / bundle.CONFIG).read_bytes(), previous)
    bundle.seal(folder, facts | ({"source": dict(source)} if source else {}))
    return Finished(folder, assessment, view, problems)


def _manifest_facts(run: Mapping[str, Any], config: bytes, previous: Path | None) -> dict[str, Any]:
    names = ("boto3", "botocore", "pandas", "openpyxl", "weasyprint", "jinja2", "pikepdf")
    return {
        "run": {
            key: run[key]
            for key in ("id", "started_at", "finished_at", "organization_id", "benchmark", "finished", "complete")
        },
        "tool": {"name": "orgaudit", "version": __version__},
        "libraries": {
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in names},
        },
        "catalog": {"version": CATALOG_VERSION, "sha256": CATALOG_HASH},
        "configuration_sha256": hashlib.sha256(config).hexdigest(),
        "previous": history.link(previous),
    }
