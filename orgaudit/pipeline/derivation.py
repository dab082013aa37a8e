"""What follows from a bundle's evidence: verdicts, result files, the manifest's facts; the same whenever it is done.

A run derives once, before its bundle is sealed; ``report`` derives again, and ``verify`` compares.
"""

import hashlib
import importlib.metadata
import platform
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orgaudit import __version__
from orgaudit.controls import CATALOG_HASH, CATALOG_VERSION
from orgaudit.errors import BundleError
from orgaudit.evaluation import Assessment, assess
from orgaudit.evidence.previous import since_last
from orgaudit.evidence.snapshot import Snapshot

if TYPE_CHECKING:
    from orgaudit.report.view import View

_LIBRARIES = ("boto3", "botocore", "pandas", "openpyxl", "weasyprint", "jinja2", "pikepdf")


def judged(bundle: Path, benchmark: str | None = None, *, finished: bool = True) -> Assessment:
    """The verdicts by a bundle's evidence and settings, as ``opened`` gives them.

    Raises BundleError, ConfigError, and ValueError for an unknown benchmark.
    """
    return assess(opened(bundle, finished=finished), benchmark)


def opened(bundle: Path, *, finished: bool = True) -> Snapshot:
    """A bundle's evidence and settings, ready to be judged.

    ``finished``: whether the bundle's run may count as finished; an unsealed bundle's does not, however far it came.
    Raises BundleError, ConfigError.
    """
    snapshot = Snapshot.open(bundle)
    if not finished:
        snapshot.run = replace(snapshot.run, finished=False)
        if snapshot.accounts.empty:
            raise BundleError(
                f"{bundle}: the run was interrupted before the organization was listed, so nothing can be judged; "
                f"finish it with: orgaudit run --resume {shlex.quote(str(bundle))}"
            )
    return snapshot


def view_of(assessment: Assessment, bundle: Path) -> "View":
    """What every result file of that bundle takes its numbers from, what it knows of earlier runs included.

    Raises BundleError for a ``previous.json`` that cannot be used.
    """
    from orgaudit.report.view import build_view

    document = assessment.document()
    return build_view(document, assessment.frames, since_last(bundle, document))


def manifest_facts(assessment: Assessment, config: bytes) -> dict[str, Any]:
    """What a manifest says beside its files: the run, and what made the results. config: ``config.toml``."""
    run = assessment.document()["run"]
    return {
        "run": {
            key: run[key]
            for key in ("id", "started_at", "finished_at", "organization_id", "benchmark", "finished", "complete")
        },
        "tool": {"name": "orgaudit", "version": __version__},
        "libraries": libraries(),
        "catalog": {"version": CATALOG_VERSION, "sha256": CATALOG_HASH},
        "configuration_sha256": hashlib.sha256(config).hexdigest(),
    }


def runtime() -> str:
    """What asks AWS: Python and the libraries, with their versions."""
    asking = (f"{name} {importlib.metadata.version(name)}" for name in ("boto3", "botocore"))
    return ", ".join((f"Python {platform.python_version()}", *asking))


def libraries() -> dict[str, str]:
    """The versions at hand of what has a say in the bytes of the result files."""
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    return {"python": platform.python_version(), **versions}
