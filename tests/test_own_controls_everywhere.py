"""A control of one's own, from the configuration to every file of the bundle: it behaves as the built-in ones do."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from orgaudit import Snapshot, evaluate, pipeline
from orgaudit.config import parse_config
from orgaudit.demo import ACCOUNTS, simulated_organization
from orgaudit.pipeline import Finished
from orgaudit.progress import Silent
from tests.conftest import orgaudit

MEMBERS = ("200000000002", "320000000001")
"""Both have filters on changes of VPCs and none on deleted buckets; the first by the organization trail."""
OWN = """
[[controls]]
key = "vpc_creation"
section = "ORG-1"
title = "Creation of a VPC raises an alarm"
pattern = "{ $.eventName = CreateVpc }"
event_source = "ec2.amazonaws.com"

[[controls]]
key = "bucket_deletion"
section = "ORG-2"
title = "Bucket deletion raises an alarm"
pattern = "{ $.eventName = DeleteBucket }"
event_source = "s3.amazonaws.com"

[[controls]]
key = "vpc_reading"
section = "ORG-3"
title = "Looking at a VPC raises an alarm"
pattern = "{ $.eventName = CreateVpc || $.eventName = DescribeVpcs }"
event_source = "ec2.amazonaws.com"
"""
ACCEPTED = """
[[waivers]]
control = "bucket_deletion"
accounts = ["320000000001"]
reason = "Buckets are rebuilt every night"
approved_by = "CISO"
approved_on = 2026-01-01
expires = 2999-12-31

[[tuning]]
control = "vpc_reading"
exclude = "{ $.eventName = DescribeVpcs }"
reason = "Reading changes nothing"
approved_by = "CISO"
expires = 2999-12-31
"""
SECTIONS = ("ORG-1", "ORG-2", "ORG-3")
KEYS = ("vpc_creation", "bucket_deletion", "vpc_reading")


@dataclass(frozen=True)
class Audited:
    finished: Finished
    document: dict[str, Any]

    @property
    def folder(self) -> Path:
        return self.finished.folder

    def row(self, account_id: str, control: str) -> dict[str, Any]:
        (row,) = [
            one for one in self.document["results"] if (one["account_id"], one["control"]) == (account_id, control)
        ]
        return dict(row)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    accounts = [one for one in ACCOUNTS if one.id in {"100000000001", "200000000001", *MEMBERS}]
    with simulated_organization(accounts) as organization:
        text = organization.configuration.replace("waivers = []", "") + OWN + ACCEPTED
        config = parse_config(text, "audit.toml")
        finished = pipeline.run(config, tmp_path_factory.mktemp("own") / "evidence", Silent())
    return Audited(finished, json.loads((finished.folder / "results.json").read_text("utf-8")))


def test_verdicts_waivers_and_tuning(audited: Audited) -> None:
    for account, coverage, owner in zip(MEMBERS, ("COMPLETE", "IN_SCOPE"), ("200000000001", None), strict=True):
        created = audited.row(account, "vpc_creation")
        assert (created["result"], created["coverage"], created["section"]) == ("PASS", coverage, "ORG-1")
        assert created["inherited_from"] == owner
        read = audited.row(account, "vpc_reading")
        assert (read["result"], read["coverage"]) == ("PASS", "TUNED")
        assert read["tuning"][0]["approved_by"] == "CISO"
    deleted = audited.row("200000000002", "bucket_deletion")
    assert (deleted["result"], deleted["disposition"], deleted["broken_link"]) == ("FAIL", "OPEN", "filter")
    assert deleted["witness"]["eventName"] == "DeleteBucket"
    assert deleted["witness"]["eventSource"] == "s3.amazonaws.com"
    waived = audited.row("320000000001", "bucket_deletion")
    assert (waived["result"], waived["disposition"]) == ("FAIL", "WAIVED")


def test_they_count_for_the_exit_code_in_every_version(audited: Audited) -> None:
    assert audited.finished.exit_code == 1
    for version in ("1.2.0", "4.0.1"):
        findings = evaluate(Snapshot.open(audited.folder), version)
        own = findings[findings["control"].isin(KEYS)]
        assert set(zip(own["control"], own["section"], strict=True)) == set(zip(KEYS, SECTIONS, strict=True))


def test_every_file_has_them(audited: Audited) -> None:
    folder = audited.folder
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        assert {row["control"] for row in csv.DictReader(file)} >= set(KEYS)
    assert all(key in (folder / "results.ocsf.jsonl").read_text("utf-8") for key in KEYS)
    book = load_workbook(folder / "workbook.xlsx", read_only=True)
    for sheet in ("Results", "Controls", "Summary"):
        cells = {str(cell) for row in book[sheet].iter_rows(values_only=True) for cell in row}
        assert cells >= set(KEYS), sheet
    mapped = {str(cell) for row in book["Frameworks"].iter_rows(values_only=True) for cell in row}
    assert not mapped & set(KEYS)
    text = "".join(page.extract_text() for page in PdfReader(folder / "report.pdf").pages)
    assert all(title in text for title in ("Creation of a VPC", "Bucket deletion", "Looking at a VPC"))


def test_what_closes_them_has_their_pattern(audited: Audited, tmp_path: Path) -> None:
    told = orgaudit("remediate", audited.folder, "--format", "cli", "--out", tmp_path / "close", cwd=tmp_path)
    assert told.code == 0, told.err
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "close").rglob("*") if path.is_file())
    assert "{ $.eventName = DeleteBucket }" in written
    assert "DescribeVpcs" not in written


def test_the_catalog_and_the_proof_know_them(tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_text(OWN + ACCEPTED, encoding="utf-8")
    listed = orgaudit("controls", "-c", "audit.toml", cwd=tmp_path)
    assert listed.code == 0
    assert all(word in listed.out for word in (*KEYS, "ORG-2", "Own"))
    assert max(map(len, listed.out.splitlines())) <= 80
    proved = orgaudit("prove", "-c", "audit.toml", "bucket_deletion", "{ $.eventName = Delete* }", cwd=tmp_path)
    assert (proved.code, proved.err) == (0, "")
    tuned = orgaudit("prove", "-c", "audit.toml", "vpc_reading", "{ $.eventName = CreateVpc }", cwd=tmp_path)
    assert tuned.code == 0
    assert "exclusion the configuration accepts" in tuned.out
    unknown = orgaudit("prove", "bucket_deletion", "{ $.eventName = Delete* }", cwd=tmp_path)
    assert (unknown.code, unknown.err.count("\n")) == (2, 1)
    assert "with -c your own too" in unknown.err
