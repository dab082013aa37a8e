"""A sealed bundle without a run, and a mail server to send it to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orgaudit.config import dump_config
from orgaudit.deliver import attempt
from orgaudit.evidence import bundle
from orgaudit.model.settings import Config, Delivery
from orgaudit.pipeline.sending import Manner, Outcome, hand_over
from orgaudit.report.results import write_results
from tests.deliver.server import MailServer, mail_server
from tests.report.conftest import Sample, make_sample

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAME = "o-a1b2c3d4e5_20261123T101500Z_b7f3c2a1"
Json = dict[str, Any]


@dataclass
class Desk:
    """A sealed bundle, and somebody who sends it."""

    folder: Path
    said: list[str] = field(default_factory=list)

    def send(self, *deliveries: Delivery, **manner: bool) -> list[Outcome]:
        """Deliver, and what became of each."""
        return hand_over(self.folder, deliveries, Manner(lambda: NOW, self.said.append, **manner))

    def states(self, *deliveries: Delivery, **manner: bool) -> list[str]:
        """The states alone."""
        return [outcome.state for outcome in self.send(*deliveries, **manner)]


def sealed(folder: Path, sample: Sample, files: dict[str, bytes], config: Config | None = None) -> Desk:
    """A bundle of these results. files: beside results.json and config.toml, as they are."""
    folder.mkdir(parents=True)
    with (folder / "results.json").open("wb") as out:
        write_results(sample.document, out)
    settings = dump_config(config or sample.frames.config).encode()
    for name, content in {bundle.CONFIG: settings, **files}.items():
        (folder / name).write_bytes(content)
    bundle.seal(folder, {"run": {"id": sample.document["run"]["id"]}})
    return Desk(folder)


@pytest.fixture(scope="session")
def sample() -> Sample:
    """Thirty-five accounts."""
    return make_sample()


@pytest.fixture(scope="session")
def small() -> Sample:
    """Twelve accounts."""
    return make_sample(12)


@pytest.fixture
def seal(tmp_path: Path, small: Sample) -> Callable[..., Desk]:
    """Makes a bundle; by default a small one that fits into a mail."""

    def make(files: dict[str, bytes] | None = None, config: Config | None = None) -> Desk:
        files = {"report.pdf": b"%PDF-1.7 small", "workbook.xlsx": b"PK small"} if files is None else files
        return sealed(tmp_path / "evidence" / NAME, small, files, config)

    return make


@pytest.fixture
def desk(seal: Callable[..., Desk]) -> Desk:
    return seal()


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A server on loopback, in the clear."""
    with mail_server() as running:
        yield running


@pytest.fixture
def smtp(server: MailServer) -> Delivery:
    """A delivery to one recipient through that server."""
    return Delivery(
        "smtp",
        to=("audit@example.com",),
        sender="orgaudit@example.com",
        host="127.0.0.1",
        port=server.port,
        starttls=False,
    )


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again without waiting."""
    monkeypatch.setattr(attempt, "PAUSES_S", (0, 0, 0))


def to(delivery: Delivery, *addresses: str) -> Delivery:
    """The same delivery to others."""
    return replace(delivery, to=addresses)
