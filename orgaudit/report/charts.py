"""Charts as small SVG pictures. Each says the same in words, for whoever cannot see it; the numbers stand beside it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from orgaudit.report.changes import TrendPoint
from orgaudit.report.tally import Tally

SEGMENTS: Mapping[str, str] = {
    "pass": "A9D3AC",
    "open fail": "9B1C1C",
    "waived fail": "8A84C4",
    "not evaluated": "FFFFFF",
}
"""Grounds of a bar's parts: light, dark, middle and hollow, so that grey print tells them apart."""
_HOLLOW = "6A4A00"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready for an ``img`` element."""

    src: str
    alt: str


def _picture(body: str, width: float, height: float, alt: str) -> Picture:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}">{body}</svg>'
    )
    return Picture("data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii"), alt)


def bar(count: Tally, whole: int, width: float = 240, height: float = 10) -> Picture:
    """One stacked bar; ``whole`` is the number that fills the width."""
    parts = dict(
        zip(SEGMENTS, (count.passed, count.open + count.expired, count.waived, count.not_evaluated), strict=True)
    )
    left, body = 0.0, []
    for name, number in parts.items():
        if number:
            wide = width * number / max(whole, 1)
            body.append(_segment(left, wide, height, SEGMENTS[name]))
            left += wide
    alt = ", ".join(f"{number} {name}" for name, number in parts.items() if number) or "no test"
    return _picture("".join(body), width, height, alt)


def _segment(left: float, wide: float, height: float, ground: str) -> str:
    if ground == "FFFFFF":
        inner = f'x="{left + 0.5:.2f}" y="0.5" width="{max(wide - 1, 0.6):.2f}" height="{height - 1:g}"'
        return f'<rect {inner} fill="#FFFFFF" stroke="#{_HOLLOW}" stroke-width="1" stroke-dasharray="2 1.5"/>'
    return f'<rect x="{left:.2f}" y="0" width="{max(wide - 0.6, 0.6):.2f}" height="{height:g}" fill="#{ground}"/>'


def share(number: int, whole: int, width: float = 240, height: float = 10) -> Picture:
    """How much of the whole is this many open fails."""
    wide = width * number / max(whole, 1)
    alt = f"{number} of {whole} open fails"
    return _picture(_segment(0, wide, height, SEGMENTS["open fail"]), width, height, alt)


def swatch(name: str) -> Picture:
    """A part of a bar on its own, for the key."""
    return _picture(_segment(0, 14, 9, SEGMENTS[name]), 14, 9, f"sign for {name}")


_COLUMN = 34.0


def trend(points: Sequence[TrendPoint], width: float = 480, height: float = 160) -> Picture | None:
    """One stacked column for each run; hollow where a run could not evaluate. None for fewer than two runs."""
    if len(points) < 2:
        return None
    base, top = height - 26, 16.0
    most = max(_tests(point) for point in points) or 1
    step = width / len(points)
    body = [_line(0, base, width, base, "999999")]
    for place, point in enumerate(points):
        middle = step * (place + 0.5)
        body += _column(point.tally, middle - _COLUMN / 2, base, (base - top) / most)
        body.append(_text(middle, base - (base - top) * _tests(point) / most - 4, f"{_tests(point):,}", "middle"))
        body.append(_text(middle, base + 11, point.started_at[:10], "middle"))
        body.append(_text(middle, base + 21, f"CIS {point.benchmark}", "middle"))
    told = "; ".join(f"{point.started_at[:10]}: {_told(point)}" for point in points)
    return _picture("".join(body), width, height, f"Results over the last runs. {told}.")


def _tests(point: TrendPoint) -> int:
    return point.tally.tested + point.tally.not_evaluated


def _told(point: TrendPoint) -> str:
    if point.gap:
        return f"nothing could be evaluated ({point.tally.not_evaluated} tests)"
    count = point.tally
    return (
        f"{count.passed} pass, {count.open + count.expired} open fail, {count.waived} waived fail, "
        f"{count.not_evaluated} not evaluated"
    )


def _column(count: Tally, left: float, base: float, scale: float) -> list[str]:
    body = []
    for number, ground in zip(
        (count.passed, count.open + count.expired, count.waived, count.not_evaluated), SEGMENTS.values(), strict=True
    ):
        high = number * scale
        if number:
            body.append(_block(left, base - high, max(high, 1), ground))
            base -= high
    return body


def _block(x: float, y: float, high: float, ground: str) -> str:
    if ground == "FFFFFF":
        inner = f'x="{x + 0.5:.1f}" y="{y + 0.5:.1f}" width="{_COLUMN - 1:g}" height="{max(high - 1, 0.5):.1f}"'
        return f'<rect {inner} fill="#FFFFFF" stroke="#{_HOLLOW}" stroke-width="1" stroke-dasharray="2 1.5"/>'
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{_COLUMN:g}" height="{high:.1f}" fill="#{ground}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, ink: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#{ink}" stroke-width="1"/>'


def _text(x: float, y: float, text: str, anchor: str, ink: str = "333333") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="8" font-family="Report Sans" '
        f'fill="#{ink}">{escape(text)}</text>'
    )
