"""A delivery for some units tells nothing of the others: every file is taken apart to see that."""

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import jsonschema
import pikepdf
import pytest
from pypdf import PdfReader

from orgaudit.deliver.scope import ELSEWHERE, Scope
from orgaudit.deliver.units import Units, units_of
from orgaudit.errors import ConfigError
from orgaudit.model import schemas
from orgaudit.model.chain import things
from orgaudit.report.letter import Enclosures, write_letter
from orgaudit.report.render import render_all
from orgaudit.report.results import results_schema
from orgaudit.report.view import build_view
from tests.report.conftest import MANAGEMENT, Sample, make_comparison, make_sample

PROD = Units(("Root/Workloads/Prod",))
Json = dict[str, Any]


def taken_apart(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Every text that a file holds: members of archives, streams and attachments of PDFs, and theirs in turn."""
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from taken_apart(f"{name}/{member}", archive.read(member))
    elif content.startswith(b"%PDF-"):
        with pikepdf.open(BytesIO(content)) as pdf:
            for number, thing in enumerate(pdf.objects):
                if isinstance(thing, pikepdf.Stream):
                    data = (
                        thing.get_raw_stream_buffer()
                        if "/DCTDecode" in str(thing.get("/Filter"))
                        else thing.read_bytes()
                    )
                    yield from taken_apart(f"{name}/{number}", bytes(data))
            yield (
                f"{name}/objects",
                " ".join(str(thing) for thing in pdf.objects if not isinstance(thing, pikepdf.Stream)),
            )
        for page in PdfReader(BytesIO(content)).pages:
            yield f"{name}/page", re.sub(r"\s", "", page.extract_text())
    else:
        yield name, content.decode("utf-8", "replace")


def ids_in(files: dict[str, bytes]) -> dict[str, set[str]]:
    """Account ids by the place where they stand."""
    found: dict[str, set[str]] = {}
    for file, content in files.items():
        for place, text in taken_apart(file, content):
            for account in re.findall(r"(?<!\d)\d{12}(?!\d)", text):
                found.setdefault(account, set()).add(place)
    return found


def gossiping(sample: Sample) -> Sample:
    """The sample, with ids of other units wherever somebody writes text."""
    document: Json = json.loads(json.dumps(sample.document))
    elsewhere = next(one for one in document["population"]["accounts"] if one["ou_path"] == "Root/Sandbox")[
        "account_id"
    ]
    said = f"as in {elsewhere}, see arn:aws:iam::{elsewhere}:role/x"
    waiver = replace(sample.frames.config.waivers[0], accounts=(elsewhere, "100000150461"), reason=said)
    for one in document["population"]["accounts"]:
        one |= {"owner": said, "reason": said if one["reason"] else "", "name": f"{one['name']} {said}"}
    for row in document["results"]:
        row["observations"] = [{"code": "SHARED_ALARM", "text": said}]
        row["reason"] += said
        row["chain"] = {name: {"state": "unknown", "what": what, "note": said} for name, what in things(row).items()}
        if row["waiver"]:
            row["waiver"] |= {"accounts": [elsewhere, row["account_id"]], "reason": said}
    document["run"]["stale"]["waivers"] = [{**document["results"][0], "accounts": [elsewhere], "control": "x"}]
    calls = sample.frames.calls.assign(error_message=said, params=json.dumps({"RoleArn": said}))
    listed = {"evidence_id": "e", "account_id": MANAGEMENT, "topic_arn": f"arn:aws:sns:eu-central-1:{MANAGEMENT}:t"}
    subscription = {
        **listed,
        "subscription_arn": f"arn:{said}",
        "protocol": "sqs",
        "endpoint": said,
        "owner": elsewhere,
    }
    frames = replace(
        sample.frames,
        calls=calls,
        subscriptions=schemas.SUBSCRIPTIONS.frame([subscription]),
        config=replace(sample.frames.config, waivers=(waiver, *sample.frames.config.waivers)),
    )
    return Sample(document, frames)


def mine(document: Json, path: str) -> set[str]:
    accounts = document["population"]["accounts"]
    return {one["account_id"] for one in accounts if f"{one['ou_path']}/".startswith(f"{path}/")}


@pytest.fixture(scope="module")
def told() -> tuple[Sample, Json, dict[str, bytes]]:
    """A gossiping sample, the document of one unit, and all that its readers are sent."""
    sample = gossiping(make_sample(35))
    scope = Scope(sample.document, PROD)
    document = scope.document()
    view = build_view(document, scope.frames(sample.frames), scope.comparison(make_comparison(sample.document)))
    files = dict(render_all(view, document, PROD.text).files)
    letter = write_letter(view, Enclosures("bundle", "ab" * 32, [], [], 7_000_000))
    return sample, document, {**files, "text": letter.text.encode(), "html": letter.html.encode()}


def test_no_file_names_an_account_of_another_unit(told: tuple[Sample, Json, dict[str, bytes]]) -> None:
    """But for the management account, which carries the organization trail."""
    sample, document, files = told
    everybody = {one["account_id"] for one in sample.document["population"]["accounts"]}
    others = everybody - mine(sample.document, "Root/Workloads/Prod") - {MANAGEMENT}
    assert len(others) > 20
    found = ids_in(files)
    assert {account: places for account, places in found.items() if account in others} == {}
    assert mine(document, "Root/Workloads/Prod") <= found.keys()
    assert "report.pdf" in files


def test_taking_apart_finds_what_is_hidden() -> None:
    """The test above can fail: ids inside a workbook inside a PDF are seen."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("xl/sheet1.xml", "<t>210987654321</t>")
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.attachments["workbook.xlsx"] = pikepdf.AttachedFileSpec(pdf, archive.getvalue())
    out = BytesIO()
    pdf.save(out)
    assert set(ids_in({"report.pdf": out.getvalue()})) == {"210987654321"}


def test_the_scope_ties_out_by_itself(told: tuple[Sample, Json, dict[str, bytes]]) -> None:
    sample, document, files = told
    population = document["population"]
    assert population["listed"] == len(mine(sample.document, "Root/Workloads/Prod")) == len(population["accounts"])
    assert population["listed"] == population["evaluated"] + population["not_evaluated"] + population["excluded"]
    expected = [row["test_id"] for row in sample.document["results"] if row["account_id"] in mine(document, "Root")]
    assert [row["test_id"] for row in document["results"]] == expected
    for control, counts in population["by_control"].items():
        rows = [row for row in document["results"] if row["control"] == control]
        assert sum(counts[word] for word in ("PASS", "FAIL", "NOT_EVALUATED", "NOT_APPLICABLE")) == len(rows)
    jsonschema.validate(json.loads(files["results.json"]), results_schema())


def test_the_files_name_their_scope(told: tuple[Sample, Json, dict[str, bytes]]) -> None:
    _, document, files = told
    assert document["run"]["scope"] == ["Root/Workloads/Prod"]
    with zipfile.ZipFile(BytesIO(files["workbook.xlsx"])) as archive:
        assert '["Root/Workloads/Prod"]' in archive.read("docProps/custom.xml").decode().replace("&quot;", '"')
    cover = PdfReader(BytesIO(files["report.pdf"])).pages[0].extract_text()
    assert "Only accounts in Root/Workloads/Prod" in cover


def test_verdicts_are_those_of_the_whole(told: tuple[Sample, Json, dict[str, bytes]]) -> None:
    """Only texts that name others are changed, and such a row has a hash of its own."""
    sample, document, _ = told
    whole = {row["test_id"]: row for row in sample.document["results"]}
    for row in document["results"]:
        before = whole[row["test_id"]]
        for name in ("result", "disposition", "coverage", "reason_code", "broken_link", "evidence", "witness"):
            assert row[name] == before[name]
        assert ELSEWHERE in row["reason"]
        assert row["row_sha256"] != before["row_sha256"]


def test_a_row_that_names_nobody_else_is_left_as_it_is(sample: Sample) -> None:
    whole = {row["test_id"]: row for row in sample.document["results"]}
    rows = [row for row in Scope(sample.document, PROD).document()["results"] if not row["waiver"]]
    assert rows
    assert [row for row in rows if row != whole[row["test_id"]]] == []


ACCOUNTS = [
    {"account_id": "1", "ou_path": "Root/Workloads/Prod", "ou_ids": "r-1/ou-w/ou-p"},
    {"account_id": "2", "ou_path": "Root/Workloads/Prod/Payments", "ou_ids": "r-1/ou-w/ou-p/ou-y"},
    {"account_id": "3", "ou_path": "Root/Workloads/Production", "ou_ids": "r-1/ou-w/ou-n"},
    {"account_id": "4", "ou_path": "Root", "ou_ids": "r-1"},
    {"account_id": "5", "ou_path": "Root/A/B", "ou_ids": "r-1/ou-slash"},
]


@pytest.mark.parametrize(
    ("named", "names", "accounts"),
    [
        (["Root/Workloads/Prod"], ["Root/Workloads/Prod"], "12"),
        (["ou-p"], ["Root/Workloads/Prod"], "12"),
        (["ou-y", "ou-p"], ["Root/Workloads/Prod"], "12"),
        (["ou-n", "Root/Workloads/Prod/Payments"], ["Root/Workloads/Prod/Payments", "Root/Workloads/Production"], "23"),
        (["r-1"], ["Root"], "12345"),
        (["ou-slash"], ["ou-slash"], "5"),
        ([], [], "12345"),
    ],
)
def test_units_by_id_or_path_are_one_scope(named: list[str], names: list[str], accounts: str) -> None:
    units = units_of(named, ACCOUNTS, "deliver[1].ous")
    assert list(units.names) == names
    assert "".join(str(one["account_id"]) for one in units.accounts(ACCOUNTS)) == accounts


TWINS = [
    {"account_id": "1", "ou_path": "Root/Workloads/Prod", "ou_ids": "r-1/ou-w/ou-p"},
    {"account_id": "2", "ou_path": "Root/Workloads/Prod", "ou_ids": "r-1/ou-slash"},
]


def test_a_path_that_may_be_two_units_is_refused_and_their_ids_are_kept_apart() -> None:
    """A unit called "Workloads/Prod" has the path of the unit Prod in the unit Workloads."""
    with pytest.raises(ConfigError, match="more than one organizational unit; name it by its id"):
        units_of(["Root/Workloads/Prod"], TWINS, "deliver[1].ous")
    for unit, account in (("ou-p", "1"), ("ou-slash", "2")):
        units = units_of([unit], TWINS, "deliver[1].ous")
        assert units.names == (unit,)
        assert [one["account_id"] for one in units.accounts(TWINS)] == [account]


def test_units_are_known_by_path_where_ids_were_not_read() -> None:
    bare = [{"account_id": "1", "ou_path": "Root/Prod", "ou_ids": ""}, {"account_id": "2", "ou_path": "Root"}]
    assert units_of(["Root/Prod"], bare, "deliver[1].ous").names == ("Root/Prod",)


def test_a_unit_without_accounts_is_named() -> None:
    with pytest.raises(
        ConfigError, match=r'deliver\[2\]\.ous: no account lies in .* "Root/Prod"; .*Root/Workloads/Prod'
    ):
        units_of(["Root/Prod"], ACCOUNTS, "deliver[2].ous")
