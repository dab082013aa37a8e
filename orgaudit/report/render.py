"""All result files of a bundle, from one view."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from orgaudit.errors import OrgauditError, OutputError, cannot_write
from orgaudit.report.logo import logo
from orgaudit.report.ocsf import write_ocsf
from orgaudit.report.pdf import render_pdf, sha256_of
from orgaudit.report.results import write_results
from orgaudit.report.table import write_csv
from orgaudit.report.view import View
from orgaudit.report.workbook import write_workbook

REPORT = "report.pdf"
DATA = ("results.json", "results.csv", "results.ocsf.jsonl")
IN_THE_REPORT = ("results.json", "workbook.xlsx")
"""Files that travel inside the PDF where they are small enough."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The files by name, and what could not be made."""

    files: Mapping[str, bytes]
    """In the order in which they are made; ``report.pdf`` is absent where it could not be."""
    problems: tuple[str, ...] = ()
    """One sentence each, with what to do about it."""


def render_data(folder: Path, view: View, document: Mapping[str, Any]) -> None:
    """Write what programs read, which takes little time: ``results.json``, ``.csv`` and ``.ocsf.jsonl``.

    Arguments as for ``render_into``. Raises OutputError.
    """
    writers = _writers(folder, view, document, "")
    for name in DATA:
        _written(folder / name, writers[name])


def render_into(folder: Path, view: View, document: Mapping[str, Any], scope: str = "") -> tuple[str, ...]:
    """Write ``results.json``, ``results.csv``, ``results.ocsf.jsonl``, ``workbook.xlsx`` and ``report.pdf``.

    document: ``results.json`` of which the view was built. scope: the part of the organization that the files are
    about; empty for all. The same input gives the same bytes. Files are written row by row: those of a large
    organization are larger than its rows in memory. Returns what could not be made, one sentence each: what keeps the
    PDF from being made is no error, the verdicts are worth more than their looks. Raises OutputError.
    """
    for name, write in _writers(folder, view, document, scope).items():
        _written(folder / name, write)
    picture, problems = logo(view.report.logo, view.organization)
    try:
        pdf = render_pdf(view, {name: folder / name for name in IN_THE_REPORT}, picture)
    except OutputError:
        raise
    except OrgauditError as error:
        return (*problems, str(error))
    _written(folder / REPORT, lambda out: out.write(pdf))
    return tuple(problems)


def render_all(view: View, document: Mapping[str, Any], scope: str = "") -> Rendered:
    """The same files in memory, for those who send them on. Arguments as for ``render_into``."""
    with TemporaryDirectory(prefix="orgaudit-") as name:
        folder = Path(name)
        problems = render_into(folder, view, document, scope)
        names = (*_writers(folder, view, document, scope), REPORT)
        return Rendered({one: (folder / one).read_bytes() for one in names if (folder / one).exists()}, problems)


def _writers(
    folder: Path, view: View, document: Mapping[str, Any], scope: str
) -> Mapping[str, Callable[[IO[bytes]], object]]:
    return {
        "results.json": lambda out: write_results(document, out),
        "results.csv": lambda out: write_csv(view, out),
        "results.ocsf.jsonl": lambda out: write_ocsf(view, out),
        "workbook.xlsx": lambda out: write_workbook(view, out, scope, sha256_of(folder / "results.json")),
    }


def _written(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    try:
        with path.open("wb") as out:
            write(out)
    except OSError as error:
        raise cannot_write(path, error) from None
