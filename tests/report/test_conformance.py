"""The PDF as a validator would look at it, as far as this can be done without one: PDF/A-3a, PDF/UA-1, attachments."""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest

from orgaudit.report.pdf import render_pdf

FILES = {"results.json": b'{"schema": "orgaudit.results/1"}', "workbook.xlsx": b"PK\x03\x04 a workbook"}
_KINDS = {"/Document", "/Sect", "/Div", "/P", "/H1", "/H2", "/H3", "/L", "/LI", "/LBody", "/Lbl", "/Table"}
STANDARD = _KINDS | {
    *("/THead", "/TBody", "/TR", "/TH", "/TD", "/Span", "/Link", "/Figure", "/NonStruct", "/Art", "/Code", "/Part")
}
"""Structure types of PDF 1.7 that need no role map (ISO 32000-1, 14.8.4)."""


@pytest.fixture(scope="session")
def pdf(sample: Any, comparison: Any, tmp_path_factory: pytest.TempPathFactory) -> pikepdf.Pdf:
    folder = tmp_path_factory.mktemp("attached")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    made = render_pdf(sample.view(comparison), {name: folder / name for name in FILES})
    return pikepdf.open(io.BytesIO(made))


@pytest.fixture(scope="session")
def elements(pdf: pikepdf.Pdf) -> list[Any]:
    """The structure elements, in the order of reading."""
    return list(_walk(pdf.Root.StructTreeRoot))


def _walk(element: Any) -> Iterator[Any]:
    if "/S" in element:
        yield element
    below = element.get("/K", ())
    for one in below if isinstance(below, pikepdf.Array) else (below,):
        if isinstance(one, pikepdf.Dictionary):
            yield from _walk(one)


def test_the_file_is_sound(pdf: pikepdf.Pdf) -> None:
    """What qpdf --check looks at."""
    assert pdf.check_pdf_syntax() == []


def test_it_identifies_as_both_standards_in_one_description(pdf: pikepdf.Pdf) -> None:
    xmp = pdf.Root.Metadata.read_bytes().decode("utf-8")
    assert xmp.count("<rdf:RDF") == xmp.count("</rdf:RDF>") == 1
    assert Counter(re.findall(r"(?<!/)(pdfaid:part|pdfaid:conformance|pdfuaid:part)[=>]", xmp)) == {
        "pdfaid:part": 1,
        "pdfaid:conformance": 1,
        "pdfuaid:part": 1,
    }


def test_every_attachment_is_the_file_and_is_listed_once(pdf: pikepdf.Pdf) -> None:
    """In the name tree in order, and under /AF with its relationship; all with media type and the run's date."""
    names = list(pdf.Root.Names.EmbeddedFiles.Names)[::2]
    assert [str(name) for name in names] == ["ATTACHMENTS.sha256", *FILES]
    listed = {str(one.UF): one for one in pdf.Root.AF}
    assert len(pdf.Root.AF) == len(listed) == len(FILES) + 1
    assert {name: str(one.AFRelationship) for name, one in listed.items()} == {
        "ATTACHMENTS.sha256": "/Supplement",
        "results.json": "/Source",
        "workbook.xlsx": "/Data",
    }
    for one in listed.values():
        assert str(one.EF.F.Subtype).count("/") == 2  # the slash of the name, and that of the media type
        assert str(one.EF.F.Params.ModDate) == "D:20261123101500Z"
    for name, content in FILES.items():
        assert listed[name].EF.F.read_bytes() == content
        assert hashlib.sha256(content).hexdigest().encode() in listed["ATTACHMENTS.sha256"].EF.F.read_bytes()


def test_structure_is_of_known_kinds_and_headings_never_skip_a_level(elements: list[Any]) -> None:
    assert {str(one.S) for one in elements} <= STANDARD
    levels = [int(str(one.S)[2:]) for one in elements if re.fullmatch(r"/H\d", str(one.S))]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_tables_tell_what_their_headings_are_about(elements: list[Any]) -> None:
    headings = [one for one in elements if one.S == "/TH"]
    assert len(headings) > 50
    assert {str(one.A.Scope) for one in headings} == {"/Column"}
    for table in (one for one in elements if one.S == "/Table"):
        widths = {
            len([cell for cell in _walk(row) if cell.S in ("/TH", "/TD")]) for row in _walk(table) if row.S == "/TR"
        }
        assert len(widths) == 1


def test_pictures_and_links_say_what_they_are(pdf: pikepdf.Pdf, elements: list[Any]) -> None:
    figures = [one for one in elements if one.S == "/Figure"]
    assert len(figures) > 20
    assert all(str(one.get("/Alt", "")) for one in figures)
    for page in pdf.pages:
        assert page.Tabs == "/S"
        for note in page.get("/Annots", ()):
            assert str(note.get("/Contents", ""))
            assert "/StructParent" in note


def test_nothing_runs_and_nothing_leads_out(pdf: pikepdf.Pdf) -> None:
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Dictionary):
            assert not thing.keys() & {"/JS", "/OpenAction", "/AA", "/Launch", "/URI", "/EmbeddedGoToR"}


def test_every_font_is_inside_with_its_characters(pdf: pikepdf.Pdf) -> None:
    fonts = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Subtype") == "/Type0"]
    assert fonts
    for font in fonts:
        assert font.DescendantFonts[0].FontDescriptor.keys() & {"/FontFile2", "/FontFile3"}
        assert "/ToUnicode" in font


def test_outline_language_and_title(pdf: pikepdf.Pdf) -> None:
    assert str(pdf.Root.Lang) == "en"
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    assert str(pdf.docinfo.Title).startswith("CIS monitoring evidence")
    with pdf.open_outline() as outline:
        titles = [one.title for one in outline.root]
    wanted = (
        "Conclusion", "Results by control and OU", "Matrix", "Exceptions", "Changes since the last run",
        "Waivers and tuning", "Not evaluated, and not in scope", "Who is told", "Method and criteria",
        "Reliability of the information", "Evidence index", "Glossary",
    )  # fmt: skip
    assert [title for title in titles if title in wanted] == list(wanted)
