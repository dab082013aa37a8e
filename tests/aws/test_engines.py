"""The same records from every engine, and none lost when a worker is killed."""

import pickle
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.fake_aws import Answered, Asked, serving
from benchmarks.fake_organization import FIRST, Organization
from orgaudit.aws import cluster
from orgaudit.aws.collect import collect
from orgaudit.aws.organization import open_organization
from orgaudit.aws.plan import Context
from orgaudit.aws.recipe import Recipe
from orgaudit.errors import AccessError, ConfigError
from orgaudit.evidence.masking import Mask
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.settings import Collect, Config
from orgaudit.progress import Silent
from tests.aws.scripted import SWIFT, lead

ACCOUNTS = [str(FIRST + number) for number in range(30)]
REPLACED = {"threads": Collect(workers=8), "processes": Collect("processes", 2), "dask": Collect("dask", 2)}
Facts = tuple[str, str, Any, int, bool, str]


@pytest.fixture(scope="module")
def organization() -> Organization:
    return Organization(len(ACCOUNTS))


@pytest.fixture
def served(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with serving(organization, latency_s=0.02) as url:
        lead(monkeypatch, url)
        yield


class Killing(Silent):
    """Kills one worker with -9 after the first accounts."""

    def __init__(self, after: int) -> None:
        self.killed: list[int] = []
        self._left = after

    def account_done(self, account_id: str, refused: bool) -> None:
        self._left -= 1
        if self._left == 0:
            victim = workers()[0]
            victim.kill()
            self.killed.append(victim.pid)


def workers() -> list[psutil.Process]:
    """The processes that read accounts for this one."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile
            if any("spawn_main" in word for word in child.cmdline()):
                found.append(child)
    return found


def collected(folder: Path, settings: Collect, progress: Silent | None = None) -> list[Facts]:
    store = EvidenceStore.create(folder / f"{settings.engine}.sqlite")
    access = open_organization(Config(), "run-1", Mask(bytes(32)), patience=SWIFT)
    try:
        collect(access, Config(collect=settings), store, progress)
    finally:
        access.close()
    assert store.finished_accounts() == set(ACCOUNTS)
    facts = [
        (one.evidence_id, one.outcome.value, one.answer, one.page, one.last_page, one.received_sha256)
        for one in store.records()
        if one.call.operation != "AssumeRole"  # whose answer holds a time
    ]
    store.close()
    return facts


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_an_engine_gives_the_same_records_though_a_worker_is_killed(
    engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_S", 300)  # starting workers may take long on a busy machine
    progress = Killing(after=3)
    disturbed = collected(tmp_path, REPLACED[engine], progress)
    assert len(progress.killed) == 1
    assert disturbed == collected(tmp_path, REPLACED["threads"])
    _, left = psutil.wait_procs(workers(), timeout=60)
    assert left == []


def test_accounts_whose_worker_dies_again_and_again_are_named(
    organization: Organization, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def deadly(asked: Asked, answer: Answered) -> Answered:
        if asked.account == ACCOUNTS[5]:
            for process in workers():
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        return answer

    store = EvidenceStore.create(tmp_path / "evidence.sqlite")
    with serving(organization, deadly) as url:
        lead(monkeypatch, url)
        access = open_organization(Config(), "run-1", Mask(bytes(32)), patience=SWIFT, connections=1)
        monkeypatch.setattr("orgaudit.aws.engines.threads", lambda _: 1)
        with pytest.raises(AccessError, match="resume the run") as told:
            collect(access, Config(collect=Collect("processes", 1)), store)
        access.close()
    unread = set(ACCOUNTS) - store.finished_accounts()
    assert ACCOUNTS[5] in unread
    assert len(unread) <= 2
    assert [account_id for account_id in ACCOUNTS if account_id in str(told.value)] == sorted(unread)
    store.close()


@pytest.mark.usefixtures("served")
def test_nothing_secret_but_the_mask_s_key_is_handed_to_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXTERNAL", "the external id")
    access = open_organization(Config(), "run-1", Mask(bytes(32)))
    sent = pickle.dumps(Recipe.of(access, Config().organization, Context(("us-east-1",)), 4, 2))
    access.close()
    for secret in ("AKIA", "secret", "the external id"):
        assert secret.encode() not in sent


@pytest.mark.usefixtures("served")
def test_a_worker_that_would_ask_as_somebody_else_does_not(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = open_organization(Config(), "run-1", Mask(bytes(32)))
    recipe = Recipe.of(access, Config().organization, Context(("us-east-1",)), 4, 2)
    access.close()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"AKIA{ACCOUNTS[1]}")
    with pytest.raises(AccessError, match=f"signs in as .*{ACCOUNTS[1]}.*, the run started as .*{ACCOUNTS[0]}"):
        recipe.open()


def refused(_: object) -> Recipe:
    raise AssertionError


def test_dask_that_is_not_installed_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r'engine: "dask" needs distributed; install it with: pip install "orgaudit'):
        cluster.Cluster(refused, 1, "")


def test_a_scheduler_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_S", 0.2)
    with pytest.raises(AccessError, match=r'scheduler: "tcp://127.0.0.1:9" cannot be used') as told:
        cluster.Cluster(refused, 1, "tcp://127.0.0.1:9")
    assert "\n" not in str(told.value)
