"""What reports cost in a large organization: time, memory and size of each file, and pages of the PDF.

    python -m benchmarks.reports --accounts 10000

Each file is made in a process of its own, which holds the results as a run does when it comes to its reports; its peak
memory therefore counts them. The second organization names every control of the catalog in its configuration;
``--distinct`` makes the PDF of one of which no two rows are alike. Time is that of the processor: each file is made by
one thread. Files are written to a temporary folder and removed.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

GOALS = {"report.pdf": (60.0, 1024), "workbook.xlsx": (180.0, 1024)}
"""Seconds and MiB that a file may cost."""
MOST_PAGES, MOST_PDF_BYTES = 60, 5_000_000
FILES = ("results.json", "results.csv", "results.ocsf.jsonl", "workbook.xlsx", "report.pdf")
HEADER = f"{'':20} {'rows':>8} {'CPU s':>7} {'wall s':>7} {'peak MiB':>9} {'MB':>7}"


@dataclass(frozen=True)
class Cost:
    """What one file cost."""

    name: str
    rows: int
    cpu_s: float
    wall_s: float
    peak_mib: float
    bytes: int
    pages: int

    def line(self) -> str:
        """One row of the table."""
        pages = f"   {self.pages} pages" if self.pages else ""
        return (
            f"{self.name:20} {self.rows:8,} {self.cpu_s:7.1f} {self.wall_s:7.1f} {self.peak_mib:9.0f} "
            f"{self.bytes / 1e6:7.1f}{pages}"
        )

    def missed(self) -> list[str]:
        """The goals that it missed."""
        seconds, mib = GOALS.get(self.name, (float("inf"), float("inf")))
        found = []
        if self.cpu_s > seconds:
            found.append(f"{self.name}: {self.cpu_s:.0f} s, at most {seconds:.0f}")
        if self.peak_mib > mib:
            found.append(f"{self.name}: {self.peak_mib:.0f} MiB, at most {mib}")
        if self.pages > MOST_PAGES or (self.pages and self.bytes > MOST_PDF_BYTES):
            found.append(f"{self.name}: {self.pages} pages, {self.bytes:,} bytes")
        return found


KINDS = {
    "as_the_demo": "accounts like the demo's",
    "every_control": "the same, every control named",
    "distinct": "accounts of which no two rows are alike",
}


def measured(bundle: Path, folder: Path, name: str, accounts: int, kind: str) -> Cost:
    """Makes one file in this process. kind: of the organization, one of KINDS."""
    from benchmarks.distinct_sample import distinct_sample
    from benchmarks.large_sample import large_sample
    from orgaudit.controls import CATALOG
    from orgaudit.report.view import build_view

    sample = large_sample(bundle, accounts, CATALOG if kind == "every_control" else ())
    document, frames, comparison = sample.document, sample.frames, None
    del sample
    if kind == "distinct":
        document, frames, comparison = distinct_sample(document, frames)
    started, cpu = time.perf_counter(), time.process_time()
    view = build_view(document, frames, comparison)
    with (folder / name).open("wb") as out:
        _makers(folder, view, document)[name](out)
    cost = time.process_time() - cpu, time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(name, len(view.rows), *cost, peak, (folder / name).stat().st_size, _pages(folder / name))


def _makers(folder: Path, view: Any, document: Mapping[str, Any]) -> Mapping[str, Callable[[IO[bytes]], object]]:
    from orgaudit.report.ocsf import write_ocsf
    from orgaudit.report.pdf import render_pdf
    from orgaudit.report.render import IN_THE_REPORT
    from orgaudit.report.results import write_results
    from orgaudit.report.table import write_csv
    from orgaudit.report.workbook import write_workbook

    return {
        "results.json": lambda out: write_results(document, out),
        "results.csv": lambda out: write_csv(view, out),
        "results.ocsf.jsonl": lambda out: write_ocsf(view, out),
        "workbook.xlsx": lambda out: write_workbook(view, out),
        "report.pdf": lambda out: out.write(
            render_pdf(view, {one: folder / one for one in IN_THE_REPORT if (folder / one).exists()})
        ),
    }


def _pages(path: Path) -> int:
    import pikepdf

    if path.suffix != ".pdf":
        return 0
    with pikepdf.open(path) as document:
        return len(document.pages)


def main() -> None:
    """Makes the files, prints a row for each; ends with 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS, metavar=("BUNDLE", "FOLDER", "NAME", "KIND"))
    parser.add_argument("--distinct", action="store_true", help="the worst case: no two rows are alike")
    asked = parser.parse_args()
    if asked.one:
        bundle, folder, name, kind = asked.one
        print(json.dumps(asdict(measured(Path(bundle), Path(folder), name, asked.accounts, kind))))
        return
    with tempfile.TemporaryDirectory() as folder:
        demo = [sys.executable, "-m", "orgaudit", "demo", "--out", folder]
        bundle = subprocess.run(demo, check=True, capture_output=True, text=True).stdout.strip()
        kinds = ("distinct",) if asked.distinct else ("as_the_demo", "every_control")
        missed = [line for kind in kinds for line in _organization(bundle, asked.accounts, kind)]
    sys.exit("missed: " + "; ".join(missed) if missed else 0)


def _organization(bundle: str, accounts: int, kind: str) -> list[str]:
    print(f"{accounts:,} {KINDS[kind]}")
    print(HEADER)
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("report.pdf",) if kind == "distinct" else FILES:
            command = [
                sys.executable,
                "-m",
                "benchmarks.reports",
                "--accounts",
                str(accounts),
                "--one",
                bundle,
                folder,
                name,
                kind,
            ]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            cost = Cost(**json.loads(done.stdout))
            print(cost.line(), flush=True)
            missed += cost.missed()
    return missed


if __name__ == "__main__":
    main()
