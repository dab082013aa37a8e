"""``report.pdf``: the summary, designed to be read; the full list is in workbook and JSON."""

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orgaudit.errors import OrgauditError
from orgaudit.report import templates
from orgaudit.report.charts import Picture
from orgaudit.report.conformance import Attachment, checksums, finish
from orgaudit.report.fonts import font_face_css
from orgaudit.report.pages import context
from orgaudit.report.view import View

ATTACHED_LIMIT = 3_000_000
"""Bytes that all attachments together may have; above it the PDF names them with size and SHA-256."""
_ATTACHED: Mapping[str, tuple[str, str, str]] = {
    "results.json": ("application/json", "Source", "The verdicts, as programs read them"),
    "workbook.xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Data",
        "Every row, for review",
    ),
}


class PangoMissing(OrgauditError):  # noqa: N818  # says what is the matter, as the user knows it
    """The library that lays out text is not installed, so there is no PDF; everything else is complete."""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file of the bundle as the report names it."""

    name: str
    bytes: int
    sha256: str


def render_pdf(view: View, files: Mapping[str, Path], logo: Picture | None = None) -> bytes:
    """The report as PDF/A-3a and PDF/UA-1: the same input gives the same bytes.

    files: to put into the PDF where they are small enough, by name: ``results.json``, ``workbook.xlsx``. Fetches
    nothing. Raises PangoMissing where Pango is not installed, TemplateFault where a template of the user's is wrong.
    """
    named = [NamedFile(name, path.stat().st_size, sha256_of(path)) for name, path in files.items()]
    too_big = sum(one.bytes for one in named) > ATTACHED_LIMIT
    html = render_html(view, named, too_big=too_big, logo=logo)
    pdf = _typeset(html, font_face_css(html))
    content = {} if too_big else {name: path.read_bytes() for name, path in files.items()}
    attached = (*_attached(content), _sums(content)) if content else ()
    return finish(pdf, attached, "D:" + "".join(filter(str.isdigit, view.run["started_at"][:19])) + "Z")


def render_html(
    view: View, files: Sequence[NamedFile] = (), *, too_big: bool = False, logo: Picture | None = None
) -> str:
    """The document before it is laid out, style sheet apart from fonts included. Raises TemplateFault."""
    return templates.render(view.report.templates, "report.html", {**context(view, files, too_big), "logo": logo})


def _typeset(html: str, font_faces: str) -> bytes:
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import FatalURLFetchingError, URLFetcher
    except OSError as error:
        raise PangoMissing(
            "report.pdf was left out: Pango is not installed "
            "(Debian, Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)"
        ) from error
    fetcher = URLFetcher(allowed_protocols={"data"}, fail_on_errors=True)
    fonts = FontConfiguration()
    style = CSS(string=font_faces, font_config=fonts, url_fetcher=fetcher)
    document = HTML(string=html, url_fetcher=fetcher)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint 70 never closes its colour profile
        try:
            return bytes(document.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/a-3a"))
        except FatalURLFetchingError as error:  # only a template of the user's can name an address
            raise templates.TemplateFault(f"report templates: {error}: a report fetches nothing") from None


def _attached(attachments: Mapping[str, bytes]) -> list[Attachment]:
    return [Attachment(name, content, *_ATTACHED[name]) for name, content in attachments.items()]


def _sums(attachments: Mapping[str, bytes]) -> Attachment:
    content = checksums(attachments).encode("ascii")
    return Attachment("ATTACHMENTS.sha256", content, "text/plain", "Supplement", "SHA-256 of the other attachments")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
