"""``report.pdf``: the summary, designed to be read; the full list is in workbook and JSON."""

import hashlib
import warnings
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from orgaudit.errors import OrgauditError
from orgaudit.report.charts import Picture
from orgaudit.report.conformance import Attachment, checksums, finish
from orgaudit.report.fonts import drawable, font_face_css
from orgaudit.report.pages import context
from orgaudit.report.reliability import moment
from orgaudit.report.resources import template_folder
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


def render_pdf(view: View, attachments: Mapping[str, bytes], logo: Picture | None = None) -> bytes:
    """The report as PDF/A-3a and PDF/UA-1: the same input gives the same bytes.

    attachments: files to put into the PDF, by name: ``results.json``, ``workbook.xlsx``. Fetches nothing.
    Raises PangoMissing where Pango is not installed, OrgauditError where a template of the user's is wrong.
    """
    too_big = sum(map(len, attachments.values())) > ATTACHED_LIMIT
    html = render_html(view, attachments, too_big=too_big, logo=logo)
    pdf = _typeset(html, font_face_css(html))
    files = () if too_big else (*_attached(attachments), _sums(attachments)) if attachments else ()
    return finish(pdf, files, "D:" + "".join(filter(str.isdigit, view.run["started_at"][:19])) + "Z")


def render_html(
    view: View, attachments: Mapping[str, bytes], *, too_big: bool = False, logo: Picture | None = None
) -> str:
    """The document before it is laid out, style sheet apart from fonts included."""
    from jinja2 import TemplateError

    files = [(name, len(content), hashlib.sha256(content).hexdigest()) for name, content in attachments.items()]
    templates = _templates(view.report.templates)
    try:
        return str(templates.get_template("report.html").render(**context(view, files, too_big), logo=logo))
    except TemplateError as error:
        raise OrgauditError(f"report template {getattr(error, 'name', None) or ''}: {error}") from error


def _templates(own: str) -> Any:
    """The user's own templates before ours, in a sandbox: a template may format, and reach nothing else."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    folders = [own] if own else []
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([*folders, str(template_folder())]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.filters["moment"] = moment
    return environment


def _harmless(value: Any) -> Any:
    return drawable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _typeset(html: str, font_faces: str) -> bytes:
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
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
        return bytes(document.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/a-3a"))


def _attached(attachments: Mapping[str, bytes]) -> list[Attachment]:
    return [Attachment(name, content, *_ATTACHED[name]) for name, content in attachments.items()]


def _sums(attachments: Mapping[str, bytes]) -> Attachment:
    content = checksums(attachments).encode("ascii")
    return Attachment("ATTACHMENTS.sha256", content, "text/plain", "Supplement", "SHA-256 of the other attachments")
