"""Charts as small SVG pictures. Each says the same in words, for whoever cannot see it; the numbers stand beside it."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from orgaudit.report.changes import TrendPoint
from orgaudit.report.tally import Tally
from orgaudit.report.words import RESULTS

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


def swatch(name: str) -> Picture:
    """A part of a bar on its own, for the key."""
    return _picture(_segment(0, 14, 9, SEGMENTS[name]), 14, 9, f"sign for {name}")


_LINES: Mapping[str, tuple[str, str]] = {
    "PASS": ("1B5E20", ""),
    "FAIL": ("9B1C1C", "5 2"),
    "NOT_EVALUATED": (_HOLLOW, "1 2"),
}


def trend(points: Sequence[TrendPoint], width: float = 480, height: float = 150) -> Picture | None:
    """Results over the last runs; a gap where a run did not evaluate. None for fewer than two runs."""
    if len(points) < 2:
        return None
    values = [count for point in points for count in point.counts.values() if count is not None]
    top, left, base = max(values, default=0) or 1, 40.0, height - 24
    step = (width - left - 70) / (len(points) - 1)
    body = [
        _line(left, base, width - 70, base, "999999"),
        _text(left - 6, base, "0", "end"),
        _text(left - 6, 14, str(top), "end"),
    ]
    for place, point in enumerate(points):
        body.append(_text(left + place * step, base + 14, point.started_at[:10], "middle"))
    for name, (ink, dashes) in _LINES.items():
        series = [point.counts.get(name) for point in points]
        spots = [
            None if value is None else (left + place * step, base - (base - 12) * value / top)
            for place, value in enumerate(series)
        ]
        body += _series(spots, ink, dashes, RESULTS[name].word)
    told = "; ".join(
        f"{point.started_at[:10]}: " + ", ".join(f"{n if n is not None else 'no'} {k}" for k, n in point.counts.items())
        for point in points
    )
    return _picture("".join(body), width, height, f"Results over the last runs. {told}")


def _series(spots: Sequence[tuple[float, float] | None], ink: str, dashes: str, word: str) -> list[str]:
    body = []
    for one, two in zip(spots, spots[1:], strict=False):
        if one and two:
            body.append(_line(*one, *two, ink, dashes))
    known = [spot for spot in spots if spot]
    body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#{ink}"/>' for x, y in known]
    if known:
        body.append(_text(known[-1][0] + 6, known[-1][1] + 3, word, "start", ink))
    return body


def _line(x1: float, y1: float, x2: float, y2: float, ink: str, dashes: str = "") -> str:
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#{ink}" stroke-width="1.2"{dash}/>'


def _text(x: float, y: float, text: str, anchor: str, ink: str = "333333") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="8" font-family="Report Sans" '
        f'fill="#{ink}">{escape(text)}</text>'
    )
