"""The PDF on any machine and at any size: its own faces, nothing silent, a length that a reader turns."""

import io
import logging
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from orgaudit.report.fonts import FACES, drawable, font_face_css
from orgaudit.report.pdf import render_html, render_pdf


@pytest.fixture(scope="session")
def warnings_of_the_renderer() -> Iterator[list[str]]:
    """What WeasyPrint logged while the report was made."""
    records: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("weasyprint").addHandler(handler)
    yield records
    logging.getLogger("weasyprint").removeHandler(handler)


@pytest.fixture(scope="session")
def pdf(sampler: Any, warnings_of_the_renderer: list[str]) -> bytes:
    """The report of a few accounts whose names and findings are in all scripts."""
    return render_pdf(sampler(21, hostile=True).view(), {})


@pytest.fixture(scope="session")
def report(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


@pytest.fixture(scope="session")
def texts(report: PdfReader) -> list[str]:
    """The text of every page."""
    return [" ".join(page.extract_text().split()) for page in report.pages]


def test_rendering_has_nothing_to_complain_of(report: PdfReader, warnings_of_the_renderer: list[str]) -> None:
    """No character without a glyph, no rule that is not understood, no reference that leads nowhere."""
    assert report.pages
    assert warnings_of_the_renderer == []


def test_every_face_is_ours_and_inside(report: PdfReader) -> None:
    ours = {face.family.replace(" ", "-") for face in FACES}
    fonts = [
        font.get_object()
        for page in report.pages
        for font in page["/Resources"]["/Font"].get_object().values()  # type: ignore[index]
    ]
    names = {str(font["/BaseFont"]).partition("+")[2] for font in fonts}
    assert {re.sub("-Semi-Bold$", "", name) for name in names} <= ours
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert descriptor.keys() & {"/FontFile2", "/FontFile3"}


def test_scripts_are_drawn_and_the_rest_is_spelt_out() -> None:
    for text in ("Zürich, Łódź, Ελλάδα, Москва", "חשבון ייצור", "حساب الإنتاج", "生产环境 本番アカウント 프로덕션"):
        assert drawable(text) == text
    assert drawable("fire \U0001f525") == "fire U+1F525"


def test_faces_that_nothing_needs_stay_out() -> None:
    assert "Report Han" not in font_face_css("plain text")
    assert "Report Han" in font_face_css("生产")
    assert "Report Hangul" in font_face_css("프로덕션")


def test_every_page_but_the_cover_is_numbered(texts: list[str]) -> None:
    for number, text in enumerate(texts[1:], 2):
        assert f"Page {number} of {len(texts)}" in text


def test_the_director_reads_one_page(texts: list[str]) -> None:
    """The conclusion begins and ends on page 3."""
    assert "What to close first" in texts[2]
    assert "Results by control and OU" in texts[3]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_nothing_stands_outside_the_page(pdf: bytes, tmp_path: Path) -> None:
    """Every word lies on its page, also out of names and ARNs of hundreds of characters."""
    (tmp_path / "report.pdf").write_bytes(pdf)
    subprocess.run(["pdftotext", "-bbox", "report.pdf", "boxes.html"], cwd=tmp_path, check=True, timeout=300)
    boxes = (tmp_path / "boxes.html").read_text("utf-8")
    words = 0
    for width, height, page in re.findall(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', boxes, re.DOTALL):
        for found in re.findall(r'xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)"', page):
            left, top, right, bottom = map(float, found)
            assert left >= 0, page
            assert top >= 0, page
            assert right <= float(width), page
            assert bottom <= float(height), page
            words += 1
    assert words > 1000


def test_a_large_organization_still_gives_a_short_report(sampler: Any) -> None:
    """Lists are capped and say so; counts are those of all rows."""
    view = sampler(600).view()
    reader = PdfReader(io.BytesIO(render_pdf(view, {})))
    assert len(reader.pages) <= 60
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert f"{view.tally.passed:,}" in text
    assert "By OU, because there are" in text
    assert re.search(r"Shown: 40 of [\d,]+; all of them are in workbook.xlsx, sheet Summary", text)
    assert re.search(r"and [\d,]+ more: workbook.xlsx, sheet Population", text)
    assert "What to close first" in reader.pages[2].extract_text()
    assert "Results by control and OU" in reader.pages[3].extract_text()


def test_what_a_resource_is_called_is_never_markup(sampler: Any) -> None:
    html = render_html(sampler(21, hostile=True).view())
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "{{ 7*7 }}" in html
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', html) == []
