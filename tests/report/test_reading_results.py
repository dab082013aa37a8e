"""Reading ``results.json`` back gives the document, whatever is in it, and holds equal parts once."""

import json
from pathlib import Path

import pytest

from orgaudit.report.results import read_results, write_results
from tests.report.conftest import Sample


def written(path: Path, sample: Sample) -> Path:
    with path.open("wb") as out:
        write_results(sample.document, out)
    return path


def test_what_was_written_is_read(hostile: Sample, tmp_path: Path) -> None:
    path = written(tmp_path / "results.json", hostile)
    assert read_results(path) == json.loads(path.read_text("utf-8")) == json.loads(json.dumps(hostile.document))


def test_equal_chains_and_texts_are_there_once(sample: Sample, tmp_path: Path) -> None:
    rows = read_results(written(tmp_path / "results.json", sample))["results"]
    chains = [row["chain"] for row in rows if row["result"] == "PASS"]
    assert len({id(chain) for chain in chains}) == len({json.dumps(chain) for chain in chains}) < len(chains) / 5
    assert len({id(row["criterion"]) for row in rows}) == len({row["criterion"] for row in rows})


@pytest.mark.parametrize("indent", [None, 2])
def test_another_lay_out_is_read_too(sample: Sample, tmp_path: Path, indent: int | None) -> None:
    (tmp_path / "results.json").write_text(json.dumps(sample.document, indent=indent), "utf-8")
    assert read_results(tmp_path / "results.json") == json.loads(json.dumps(sample.document))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"results": [\n{"a": 1\n]}', "7"])
def test_what_is_no_document_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text, "utf-8")
    with pytest.raises(ValueError, match="."):
        read_results(tmp_path / "results.json")
