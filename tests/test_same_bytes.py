"""The same evidence gives the same files, byte for byte, whatever the machine's clock, language and hash seed are."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import Told, orgaudit
from tests.sealed import quarter, run, small_organization

MACHINES: Mapping[str, Mapping[str, str]] = {
    "tokyo": {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    "chatham": {"TZ": "Pacific/Chatham", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "4242", "PYTHONUTF8": "1"},
}
RESULTS = ("results.json", "results.csv", "results.ocsf.jsonl", "workbook.xlsx", "report.pdf")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with small_organization(3):
        return run(tmp_path_factory.mktemp("here"), quarter(1))


@pytest.mark.parametrize("machine", MACHINES)
def test_two_machines_render_what_the_run_rendered(bundle: Path, machine: str, tmp_path: Path) -> None:
    told: Told = orgaudit("report", bundle, "--out", tmp_path / machine, env=MACHINES[machine])
    assert told.last_line == str(tmp_path / machine), told.err
    for name in RESULTS:
        assert (tmp_path / machine / name).read_bytes() == (bundle / name).read_bytes(), name
