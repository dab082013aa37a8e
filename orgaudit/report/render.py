"""All result files of a bundle, from one view."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orgaudit.errors import OrgauditError
from orgaudit.report.charts import Picture
from orgaudit.report.ocsf import render_ocsf
from orgaudit.report.pdf import render_pdf
from orgaudit.report.results import dump_results
from orgaudit.report.table import render_csv
from orgaudit.report.view import View
from orgaudit.report.workbook import render_workbook

_PICTURES: Mapping[str, str] = {".png": "image/png", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """The files by name, and what could not be made."""

    files: Mapping[str, bytes]
    """In the order in which they are made; ``report.pdf`` is absent where it could not be."""
    problems: tuple[str, ...] = ()
    """One sentence each, with what to do about it."""


def render_all(view: View, document: Mapping[str, Any], scope: str = "") -> Rendered:
    """Render ``results.json``, ``results.csv``, ``results.ocsf.jsonl``, ``workbook.xlsx`` and ``report.pdf``.

    document: ``results.json`` of which the view was built. scope: the part of the organization that the files are
    about; empty for all. The same input gives the same bytes. What keeps the PDF from being made is a problem, not an
    error: the verdicts are worth more than their looks.
    """
    results = dump_results(document)
    files = {
        "results.json": results,
        "results.csv": render_csv(view),
        "results.ocsf.jsonl": render_ocsf(view),
        "workbook.xlsx": render_workbook(view, scope, hashlib.sha256(results).hexdigest()),
    }
    logo, problems = _logo(view)
    try:
        files["report.pdf"] = render_pdf(view, {name: files[name] for name in ("results.json", "workbook.xlsx")}, logo)
    except OrgauditError as error:
        problems.append(str(error))
    return Rendered(files, tuple(problems))


def _logo(view: View) -> tuple[Picture | None, list[str]]:
    if not view.report.logo:
        return None, []
    path = Path(view.report.logo)
    kind = _PICTURES.get(path.suffix.lower())
    if kind is None:
        return None, [f"the report has no logo: {path} is neither a PNG nor an SVG file"]
    try:
        content = path.read_bytes()
    except OSError as error:
        return None, [f"the report has no logo: {path}: {error.strerror}"]
    data = base64.b64encode(content).decode("ascii")
    return Picture(f"data:{kind};base64,{data}", f"Logo of {view.organization}"), []
