"""Bundles of a small organization, made in this process in about a second."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.fake_aws import leading_to, serving
from benchmarks.fake_organization import Organization
from orgaudit import pipeline
from orgaudit.evidence.bundle import seal
from orgaudit.model.settings import Collect, Config
from orgaudit.progress import Silent

CONFIG = Config(collect=Collect(workers=2))


@contextmanager
def swift_pdf() -> Iterator[None]:
    """Puts a placeholder in the PDF's place: laying it out takes most of the time, and is tested elsewhere."""
    with patch("orgaudit.report.render.render_pdf", lambda *_: b"%PDF-1.7 of a test"):
        yield


@contextmanager
def small_organization(accounts: int = 3) -> Iterator[None]:
    """An organization that answers, and an environment that leads there and nowhere else."""
    with serving(Organization(accounts)) as url:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with patch.dict(os.environ, kept | leading_to(url), clear=True):
            yield


def run(out: Path, started_at: datetime, config: Config = CONFIG) -> Path:
    """A run in the small organization; gives its bundle."""
    return pipeline.run(config, out, Silent(), clock=lambda: started_at).folder


def quarter(number: int) -> datetime:
    """The start of a run in that quarter."""
    return datetime(2026, 3 * number - 2, 1, tzinfo=UTC)


def seal_again(bundle: Path, edit: Callable[[dict[str, Any]], object] = lambda manifest: None) -> None:
    """What a careful forger does: manifest and sums made to fit the files, the manifest's facts edited."""
    facts = json.loads((bundle / "manifest.json").read_text("utf-8"))
    for name in ("manifest.json", "SHA256SUMS"):
        (bundle / name).unlink()
    edit(facts)
    seal(bundle, {key: value for key, value in facts.items() if key not in {"files", "schema"}})
