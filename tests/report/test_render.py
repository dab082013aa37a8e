"""What a reader of the bundle's files would notice: equal numbers everywhere, equal bytes, nothing that computes."""

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from orgaudit.report import pdf as pdf_module
from orgaudit.report import render
from orgaudit.report.inert import CELL_LIMIT, TRUNCATED, csv_text, sheet_text
from orgaudit.report.ocsf import STATUS
from orgaudit.report.results import results_schema

NAMES = ["results.json", "results.csv", "results.ocsf.jsonl", "workbook.xlsx", "report.pdf"]
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def rendered(sample: Any, comparison: Any) -> render.Rendered:
    return render.render_all(sample.view(comparison), sample.document)


@pytest.fixture(scope="session")
def hostile_files(hostile: Any) -> render.Rendered:
    return render.render_all(hostile.view(), hostile.document)


@pytest.fixture(scope="session")
def pages(rendered: render.Rendered) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(rendered.files["report.pdf"])).pages]


def workbook(rendered: render.Rendered) -> Any:
    return openpyxl.load_workbook(io.BytesIO(rendered.files["workbook.xlsx"]))


def csv_rows(rendered: render.Rendered) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(rendered.files["results.csv"].decode("utf-8-sig"))))


def test_every_file_is_there_in_order(rendered: render.Rendered) -> None:
    assert list(rendered.files) == NAMES
    assert rendered.problems == ()


def test_results_validate_against_the_shipped_schema(rendered: render.Rendered, hostile_files: render.Rendered) -> None:
    validator = jsonschema.Draft202012Validator(results_schema())
    for one in (rendered, hostile_files):
        validator.validate(json.loads(one.files["results.json"]))


def test_the_schema_refuses_a_result_that_does_not_exist(sample: Any) -> None:
    document = json.loads(json.dumps(sample.document))
    document["results"][0]["result"] = "PASSED"
    assert not jsonschema.Draft202012Validator(results_schema()).is_valid(document)


def test_json_keeps_every_text_exactly(hostile: Any, hostile_files: render.Rendered) -> None:
    assert json.loads(hostile_files.files["results.json"]) == hostile.document


def test_counts_are_equal_in_every_file(sample: Any, rendered: render.Rendered) -> None:
    expected = Counter((row["control"], row["result"], row["disposition"]) for row in sample.document["results"])
    table = list(workbook(rendered)["Results"].iter_rows(values_only=True))
    places = [table[0].index(name) for name in ("Control", "Result", "Disposition")]
    assert Counter(tuple(row[place] or "" for place in places) for row in table[1:]) == expected
    assert Counter((row["control"], row["result"], row["disposition"]) for row in csv_rows(rendered)) == expected
    lines = [json.loads(line) for line in rendered.files["results.ocsf.jsonl"].splitlines()]
    assert Counter((one["compliance"]["control"], one["compliance"]["status_id"]) for one in lines) == Counter(
        (row["control"], STATUS[row["result"]][0]) for row in sample.document["results"]
    )


def test_the_pdf_prints_the_counts_of_every_control(sample: Any, pages: list[str]) -> None:
    text = " ".join(pages)
    for key in dict.fromkeys(row["control"] for row in sample.document["results"]):
        rows = [row for row in sample.document["results"] if row["control"] == key]
        results = Counter(row["result"] for row in rows)
        waived = sum(row["disposition"] == "WAIVED" for row in rows)
        counts = (
            results["PASS"], results["FAIL"] - waived, waived, results["NOT_EVALUATED"], results["NOT_APPLICABLE"],
            len(rows), "yes",
        )  # fmt: skip
        after = text.replace("\u00ad", "").split(f" {key} ", 1)[1]
        assert " ".join(map(str, counts)) in after[:80], key


def test_the_summary_sheet_prints_the_counts_of_every_control(sample: Any, rendered: render.Rendered) -> None:
    rows = sample.document["results"]
    summary = {row[0]: row for row in workbook(rendered)["Summary"].iter_rows(values_only=True) if row[0]}
    heads = summary["Control"]
    for key in {row["control"] for row in rows}:
        line = dict(zip(heads, summary[key], strict=True))
        assert line["Pass"] == sum(row["control"] == key and row["result"] == "PASS" for row in rows)
        assert line["Not evaluated"] == sum(row["control"] == key and row["result"] == "NOT_EVALUATED" for row in rows)


def test_the_population_adds_up_in_pdf_and_workbook(sample: Any, rendered: render.Rendered, pages: list[str]) -> None:
    population = sample.document["population"]
    sentence = (
        f"{population['listed']} accounts listed = {population['evaluated']} evaluated + "
        f"{population['not_evaluated']} not evaluated + {population['excluded']} excluded."
    )
    assert sentence in pages[0]
    assert sentence in pages[2]
    assert sentence in {row[1] for row in workbook(rendered)["README"].iter_rows(values_only=True, max_col=2)}


def squeezed(text: object) -> str:
    """The text without what a line break may have put in or taken out."""
    return re.sub(r"[\s\u00ad]", "", str(text))


def test_reliability_is_the_same_in_every_file(rendered: render.Rendered, pages: list[str]) -> None:
    """Facts, regions, ledger and limits are taken out of all three files and compared."""
    told = json.loads(rendered.files["results.json"])["reliability"]
    book, text = workbook(rendered), squeezed(" ".join(pages))
    sheet = [tuple(cell for cell in row if cell is not None) for row in book["Reliability"].iter_rows(values_only=True)]
    for fact in told["facts"]:
        assert (fact["fact"], fact["value"]) in sheet
        assert squeezed(fact["fact"] + fact["value"]) in text
    for one in told["regions"]:
        assert (one["name"], one["why"], one["accounts"], one["calls"]) in sheet
        assert squeezed(f"{one['name']}{one['why']}{one['accounts']:,}{one['calls']:,}") in text
    for limit in told["limits"]:
        assert (limit,) in sheet
        assert squeezed(limit) in text
    names = ("service", "action", "calls", "pages", "answered", "refused", "throttled", "failed", "not_offered")
    ledger = [tuple(row) for row in book["Calls"].iter_rows(min_row=2, values_only=True)]
    assert ledger == [(*(line[name] for name in names), line["retried"]) for line in told["calls"]]
    for line in told["calls"]:
        numbers = [line[name] for name in (*names[4:], "retried")]
        assert (
            squeezed(f"{line['service']}{line['action']}{line['calls']:,}" + "".join(map("{:,}".format, numbers)))
            in text
        )


def test_every_account_of_the_population_is_in_the_workbook_as_in_results(rendered: render.Rendered) -> None:
    accounts = json.loads(rendered.files["results.json"])["population"]["accounts"]
    head, *rows = workbook(rendered)["Population"].iter_rows(values_only=True)
    written = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert {one["account_id"]: (one["outcome"], one["reason"]) for one in accounts} == {
        account: (row["Outcome"], row["Reason"] or "") for account, row in written.items()
    }


def test_a_waiver_never_changes_the_result(rendered: render.Rendered) -> None:
    waived = [row for row in csv_rows(rendered) if row["disposition"] in ("WAIVED", "WAIVER_EXPIRED")]
    assert waived
    assert {row["result"] for row in waived} == {"FAIL"}


AGAIN = """
import hashlib, sys
sys.path.insert(0, {tests!r})
import conftest
from orgaudit.report.render import render_all
sample = conftest.make_sample()
files = render_all(sample.view(conftest.make_comparison(sample.document)), sample.document).files
print(*(hashlib.sha256(content).hexdigest() for content in files.values()))
"""


def test_another_machine_gives_the_same_bytes(rendered: render.Rendered) -> None:
    """Another time zone, locale and hash seed, in a process of its own."""
    environment = os.environ | {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "4711"}
    program = AGAIN.format(tests=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    hashes = dict(zip(NAMES, done.stdout.split(), strict=True))
    assert hashes == {name: hashlib.sha256(content).hexdigest() for name, content in rendered.files.items()}


def test_no_cell_computes_and_nothing_leads_outside(hostile_files: render.Rendered) -> None:
    content = hostile_files.files["workbook.xlsx"]
    for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert not [cell.coordinate for cell in cells if cell.data_type in ("f", "e")], sheet.title
        risky = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@"))]
        assert all(cell.quotePrefix for cell in risky), sheet.title
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [
            name for name in archive.namelist() if "external" in name.lower() or name.endswith("vbaProject.bin")
        ]
        for name in archive.namelist():
            if name.endswith(".rels"):
                assert b'TargetMode="External"' not in archive.read(name), name


def test_no_field_of_the_csv_computes(hostile_files: render.Rendered) -> None:
    for row in csv_rows(hostile_files):
        assert not [text for text in row.values() if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_hostile_text_stays_text_in_the_pdf(hostile_files: render.Rendered) -> None:
    reader = PdfReader(io.BytesIO(hostile_files.files["report.pdf"]))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "<script>" in text
    assert "{{ 7*7 }}" in text
    raw = str(reader.trailer["/Root"])
    assert "/JavaScript" not in raw
    assert "/OpenAction" not in raw


@settings(max_examples=300)
@given(st.text(st.characters(), max_size=40))
def test_any_text_is_inert(text: str) -> None:
    shown = csv_text(text)
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    for safe in (shown, sheet_text(text)):
        safe.encode("utf-8")
        assert not [char for char in safe if ord(char) < 32 and char not in "\t\n"]
        assert "\ufffe" not in safe
        assert "\uffff" not in safe


@given(st.integers(CELL_LIMIT - 2, CELL_LIMIT + 40), st.sampled_from("a\U0001f525"))
@settings(max_examples=20)
def test_what_is_too_long_for_a_cell_says_that_it_was_cut(length: int, char: str) -> None:
    cell = sheet_text(char * length)
    assert len(cell.encode("utf-16-le")) // 2 <= CELL_LIMIT
    assert cell == char * length or cell.endswith(TRUNCATED)


def test_the_pdf_says_what_it_conforms_to(rendered: render.Rendered) -> None:
    reader = PdfReader(io.BytesIO(rendered.files["report.pdf"]))
    root = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode("utf-8")
    said = {
        name: re.search(rf"{name}(?:=\"|>)(\w+)", xmp) for name in ("pdfaid:part", "pdfaid:conformance", "pdfuaid:part")
    }
    assert {name: found and found[1] for name, found in said.items()} == {
        "pdfaid:part": "3",
        "pdfaid:conformance": "A",
        "pdfuaid:part": "1",
    }
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/OutputIntents" in root
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert [title for title in ("Conclusion", "Matrix", "Exceptions", "Glossary") if title not in titles] == []


def test_every_picture_has_words(rendered: render.Rendered) -> None:
    reader = PdfReader(io.BytesIO(rendered.files["report.pdf"]))
    todo, figures = [reader.trailer["/Root"]["/StructTreeRoot"]], []
    while todo:
        element = todo.pop().get_object()
        if isinstance(element, dict):
            if element.get("/S") == "/Figure":
                figures.append(element)
            children = element.get("/K", [])
            todo.extend(children if isinstance(children, list) else [children])
    assert len(figures) > 20
    assert all(str(figure.get("/Alt", "")) for figure in figures)


def test_attachments_are_the_bundles_own_files(rendered: render.Rendered) -> None:
    attached = {
        name: contents[0] for name, contents in PdfReader(io.BytesIO(rendered.files["report.pdf"])).attachments.items()
    }
    assert set(attached) == {"results.json", "workbook.xlsx", "ATTACHMENTS.sha256"}
    for name in ("results.json", "workbook.xlsx"):
        assert attached[name] == rendered.files[name]
        line = f"{hashlib.sha256(attached[name]).hexdigest()}  {name}"
        assert line in attached["ATTACHMENTS.sha256"].decode().splitlines()


def test_what_is_too_big_is_named_instead(sample: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_module, "ATTACHED_LIMIT", 1000)
    content = b"x" * 1001
    (tmp_path / "results.json").write_bytes(content)
    pdf = pdf_module.render_pdf(sample.view(), {"results.json": tmp_path / "results.json"})
    reader = PdfReader(io.BytesIO(pdf))
    assert not reader.attachments
    text = "".join(reader.pages[1].extract_text().split())
    assert hashlib.sha256(content).hexdigest() in text
    assert "1,001bytes" in text


def test_without_pango_everything_else_comes_out(sample: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> bytes:
        raise pdf_module.PangoMissing("report.pdf was left out: Pango is not installed (apt-get install libpango)")

    monkeypatch.setattr(pdf_module, "_typeset", missing)
    done = render.render_all(sample.view(), sample.document)
    assert list(done.files) == NAMES[:-1]
    assert len(done.problems) == 1
    assert "apt-get install" in done.problems[0]


def test_findings_for_data_lakes_have_what_the_class_requires(sample: Any, rendered: render.Rendered) -> None:
    lines = [json.loads(line) for line in rendered.files["results.ocsf.jsonl"].splitlines()]
    assert len(lines) == len(sample.document["results"])
    statuses = {"PASS": 1, "NOT_EVALUATED": 2, "FAIL": 3, "NOT_APPLICABLE": 99}
    for row, one in zip(sample.document["results"], lines, strict=True):
        assert (one["activity_id"], one["category_uid"], one["class_uid"], one["type_uid"]) == (1, 2, 2003, 200301)
        assert one["compliance"]["status_id"] == statuses[row["result"]]
        assert one["compliance"]["standards"]
        assert one["finding_info"]["uid"] == row["test_id"]
        assert one["finding_info"]["title"]
        assert one["cloud"]["account"]["uid"] == one["resources"][0]["uid"] == row["account_id"]
        assert one["metadata"]["version"]
        assert one["metadata"]["product"]["vendor_name"]
        assert one["time"] > 1_700_000_000_000
        assert one["severity_id"] == 1 or row["result"] == "FAIL"
        assert (one["status_id"] == 3) == (row["disposition"] == "WAIVED")
