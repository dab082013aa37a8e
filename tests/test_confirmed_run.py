"""A run with ``confirm_with_aws``, end to end: asked after collecting, recorded, and judged from the record alone."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from moto.core.responses import ActionResult
from moto.logs.models import logs_backends
from moto.logs.responses import LogsResponse

from orgaudit import pipeline
from orgaudit.config import load_config
from orgaudit.demo import ACCOUNTS, HOME_REGION, MANAGEMENT_ACCOUNT_ID, simulated_organization
from orgaudit.demo.moto_gaps.bridge import AwsError
from orgaudit.errors import OrgauditError, UnfinishedError
from orgaudit.evidence.store import EvidenceStore
from orgaudit.patterns.reading import reading_of
from orgaudit.progress import Silent
from orgaudit.report import render
from tests.metric_filter_service import MetricFilterService

CENTRAL, MEMBER = "200000000001", "310000000001"
FEW = [account for account in ACCOUNTS if account.id in {MANAGEMENT_ACCOUNT_ID, CENTRAL, MEMBER}]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Runs against a small simulated organization whose TestMetricFilter is this service; gives the bundle."""

    def no_pdf(*_: object) -> bytes:
        raise OrgauditError("left out: it takes long, and other tests make it")

    monkeypatch.setattr(render, "render_pdf", no_pdf)

    def go(service: MetricFilterService | None, vpc_filter: str = "", stopped_after: int | None = None) -> Path:
        def answer(response: LogsResponse) -> ActionResult:
            assert service is not None
            asked = json.loads(response.body)
            said = service.answer(asked["filterPattern"], asked["logEventMessages"])
            if isinstance(said, str):
                error = AwsError("no")
                error.code = said
                raise error
            return ActionResult(said)

        monkeypatch.setattr(LogsResponse, "test_metric_filter", answer, raising=False)
        with simulated_organization(FEW) as organization:
            if vpc_filter:
                replace_pattern("vpc_changes", vpc_filter)
            wanted = f"[audit]\nconfirm_with_aws = {str(service is not None).lower()}\n"
            text = organization.configuration.replace("[audit]\n", wanted)
            assert wanted in text
            (tmp_path / "audit.toml").write_text(text, encoding="utf-8")
            config, out = load_config(tmp_path / "audit.toml"), tmp_path / "evidence"
            if stopped_after is None or service is None:
                return pipeline.run(config, out, Silent()).folder
            with pytest.raises(UnfinishedError):
                pipeline.run(config, out, Silent(), stop=Stopped(service, stopped_after))
            (folder,) = (path for path in out.iterdir() if path.is_dir())
            return pipeline.resume(folder, Silent()).folder

    return go


class Stopped(threading.Event):
    """Set once so many questions were asked."""

    def __init__(self, service: MetricFilterService, after: int) -> None:
        super().__init__()
        self.service, self.after = service, after

    def is_set(self) -> bool:
        return len(self.service.asked) >= self.after


def replace_pattern(name: str, text: str) -> None:
    """Gives every filter of this name another pattern."""
    for account in FEW:
        for found in logs_backends[account.id][HOME_REGION].filters.metric_filters:
            if found["filterName"] == name:
                found["filterPattern"] = text


def document(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "results.json").read_text("utf-8")))


def verdicts(folder: Path) -> dict[tuple[str, str], tuple[str, str]]:
    rows = document(folder)["results"]
    return {(row["account_id"], row["control"]): (row["result"], row["reason_code"]) for row in rows}


def noted(folder: Path, code: str) -> list[str]:
    rows = document(folder)["results"]
    return [note["text"] for row in rows for note in row["observations"] if note["code"] == code]


def answers_in(folder: Path) -> list[Any]:
    store = EvidenceStore.open(folder / "evidence.sqlite", read_only=True)
    records = [record for record in store.records() if record.call.operation == "TestMetricFilter"]
    store.close()
    return records


def test_aws_agrees(run, tmp_path):
    """Same verdicts, and a report made offline says the same to the byte."""
    service = MetricFilterService()
    folder = run(service)
    assert verdicts(folder) == verdicts(run(None))
    assert noted(folder, "NOT_CONFIRMED") == []
    assert len(answers_in(folder)) == len(service.asked) > 10
    assert {record.call.account_id for record in answers_in(folder)} == {MANAGEMENT_ACCOUNT_ID}
    assert len(service.pairs()) == len(set(service.pairs()))
    asked = len(service.asked)
    again = pipeline.report(folder, tmp_path / "again").folder
    assert (again / "results.json").read_bytes() == (folder / "results.json").read_bytes()
    assert len(service.asked) == asked


def test_aws_contradicts(run):
    plain = verdicts(run(None))
    lying = MetricFilterService(contradicts=lambda text, message: "CreateVpc" in text and '"DeleteVpc"' in message)
    folder = run(lying)
    changed = {key for key, verdict in verdicts(folder).items() if verdict != plain[key]}
    assert changed
    assert {control for _, control in changed} == {"vpc_changes"}
    assert {verdicts(folder)[key] for key in changed} == {("NOT_EVALUATED", "AWS_DISAGREES")}
    assert verdicts(pipeline.report(folder).folder) == verdicts(folder)


def test_aws_refuses(run):
    folder = run(MetricFilterService(refusal="AccessDeniedException"))
    assert verdicts(folder) == verdicts(run(None))
    assert len(answers_in(folder)) == 1
    notes = noted(folder, "NOT_CONFIRMED")
    assert notes
    assert all("AccessDenied" in note for note in notes)
    assert document(folder)["run"]["finished"] is True


def test_a_run_that_was_stopped_amid_the_questions_asks_only_the_others(run):
    service = MetricFilterService()
    folder = run(service, stopped_after=14)
    assert len(service.pairs()) == len(set(service.pairs()))
    assert len(answers_in(folder)) == len(service.asked) > 20
    assert noted(folder, "NOT_CONFIRMED") == []


@pytest.mark.parametrize(("answer", "result"), [(True, "PASS"), (False, "FAIL")])
def test_aws_settles_what_is_open(run, answer, result):
    """A filter that rests on a `*` between characters is undecided, until AWS says what such a star is."""
    folder = run(MetricFilterService(reading_of({"inner_wildcard": answer})), vpc_filter="{ $.eventName = *V*c* }")
    assert verdicts(folder)[MEMBER, "vpc_changes"][0] == result
    assert noted(folder, "NOT_CONFIRMED") == []
