"""The organization's logo: a picture file of the user's, made safe to stand in a report.

A PNG must be one. Of an SVG only the drawing is kept: no script, no link, nothing that is fetched from elsewhere.
"""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from orgaudit.report.charts import Picture

LOGO_LIMIT = 1_000_000
"""Bytes; the whole report is to stay below five million."""
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_DRAWN = frozenset(
    {
        *("svg", "g", "defs", "symbol", "use", "style", "title", "desc", "marker", "clipPath", "mask", "pattern"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "image"),
        *("linearGradient", "radialGradient", "stop", "filter", "feOffset", "feBlend", "feFlood"),
    }
)
"""Elements that draw, or say how; whatever else an SVG may hold is left out."""
_INSIDE = re.compile(r"#|data:image/(?:png|jpeg);", re.IGNORECASE)
_OUTSIDE = re.compile(r"@import|@font-face|url\(\s*['\"]?(?!#)|expression|\\", re.IGNORECASE)
"""Style that reaches out of the file; an escape might hide any of it."""


def logo(path: str, organization: str) -> tuple[Picture | None, list[str]]:
    """The logo ready for the report, or the sentence that says why there is none. path: empty for no logo."""
    if not path:
        return None, []
    try:
        kind, content = _safe(Path(path))
    except OSError as error:
        return None, [f"the report has no logo: {path}: {error.strerror or 'is no picture that can be read'}"]
    except ValueError as error:
        return None, [f"the report has no logo: {path}: {error}"]
    data = base64.b64encode(content).decode("ascii")
    return Picture(f"data:{kind};base64,{data}", f"Logo of {organization}"), []


def _safe(path: Path) -> tuple[str, bytes]:
    if path.suffix.lower() not in (".png", ".svg"):
        raise ValueError("is neither a PNG nor an SVG file")
    if (size := path.stat().st_size) > LOGO_LIMIT:
        raise ValueError(f"has {size:,} bytes; a logo may have {LOGO_LIMIT:,}")
    content = path.read_bytes()
    return ("image/png", _png(content)) if path.suffix.lower() == ".png" else ("image/svg+xml", _svg(content))


def _png(content: bytes) -> bytes:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            picture.load()
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("is no PNG that can be read") from error
    return content


def _svg(content: bytes) -> bytes:
    if b"<!ENTITY" in content:
        raise ValueError("declares entities; save it as plain SVG")
    try:
        root = ElementTree.fromstring(content)  # expat fetches nothing  # noqa: S314
    except ElementTree.ParseError as error:
        raise ValueError(f"is no SVG that can be read: {error}") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise ValueError(f"is no SVG: its root is {root.tag}")
    _keep_drawing(root)
    if next(_loops(root), None) is not None:
        raise ValueError("uses a part of itself inside that part")
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    return bytes(ElementTree.tostring(root, encoding="utf-8"))


def _keep_drawing(element: ElementTree.Element) -> None:
    for name, value in list(element.attrib.items()):
        if not _harmless(name, value):
            del element.attrib[name]
    if element.tag == f"{{{_SVG}}}style" and _OUTSIDE.search(element.text or ""):
        element.text = ""
    for child in list(element):
        space, _, name = str(child.tag)[1:].partition("}")
        if space == _SVG and name in _DRAWN:
            _keep_drawing(child)
        else:
            element.remove(child)


def _harmless(name: str, value: str) -> bool:
    local = name.rpartition("}")[2].lower()
    if local == "href":
        return bool(_INSIDE.match(value.strip()))
    return not local.startswith("on") and local not in ("base", "src") and not _OUTSIDE.search(value)


def _loops(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Elements that contain, directly or by reference, themselves: a renderer would draw them for ever."""
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    finished: set[int] = set()

    def walk(element: ElementTree.Element, above: tuple[int, ...]) -> Iterator[ElementTree.Element]:
        if id(element) in above:
            yield element
            return
        if id(element) in finished:
            return
        target = next((value for name, value in element.items() if name.rpartition("}")[2] == "href"), "")
        used = named.get(target.removeprefix("#")) if target.startswith("#") else None
        for child in (*element, *([] if used is None else [used])):
            yield from walk(child, (*above, id(element)))
        finished.add(id(element))

    yield from walk(root, ())
