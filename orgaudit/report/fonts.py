"""The typefaces of the PDF: bundled, so that a report looks the same on every machine, and what they cannot draw.

A character that no bundled face has is written out as ``U+1F525`` in the PDF: nothing is ever blank, and no face of the
host is used. Workbook, CSV and JSON keep the character itself.
"""

import base64
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from orgaudit.report.inert import visible
from orgaudit.report.resources import template_folder


@dataclass(frozen=True, slots=True)
class Face:
    """One font file, and the name by which style sheets ask for it."""

    file: str
    family: str
    weight: int = 400
    always: bool = True
    """Embedded in every report; else only where a character needs it."""


FACES: tuple[Face, ...] = (
    Face("Inter-Regular.otf", "Report Sans"),
    Face("Inter-SemiBold.otf", "Report Sans", 600),
    Face("JetBrainsMono-Regular.ttf", "Report Mono"),
    Face("NotoSansHebrew-Regular.ttf", "Report Hebrew", always=False),
    Face("NotoSansArabic-Regular.ttf", "Report Arabic", always=False),
    Face("DroidSansFallback.ttf", "Report Han", always=False),
    Face("ReportHangul-Regular.ttf", "Report Hangul", always=False),
)


def _path(face: Face) -> Path:
    return template_folder() / "fonts" / face.file


@cache
def _characters(face: Face) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(_path(face), lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def _drawn() -> frozenset[int]:
    return frozenset().union(*(_characters(face) for face in FACES)) | {0x09, 0x0A}


def drawable(text: str) -> str:
    """The text as the PDF can draw it: what has no glyph is written out as its code point."""
    if text.isascii() and text.isprintable():
        return text
    drawn = _drawn()
    return "".join(char if ord(char) in drawn else f"U+{ord(char):04X}" for char in visible(text))


def font_face_css(text: str) -> str:
    """The ``@font-face`` rules that a document of this text needs, fonts included as data."""
    used = {ord(char) for char in text} - _characters(FACES[0])
    needed = [face for face in FACES if face.always or used & _characters(face)]
    return "\n".join(_rule(face) for face in needed)


def _rule(face: Face) -> str:
    data = base64.b64encode(_path(face).read_bytes()).decode("ascii")
    kind = "otf" if face.file.endswith(".otf") else "ttf"
    source = f"url(data:font/{kind};base64,{data})"
    return f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; src: {source}; }}'
