"""A user's own templates and logo: used before ours, reaching nothing else, and their faults told in one line."""

import base64
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orgaudit.report import templates
from orgaudit.report.logo import LOGO_LIMIT, logo
from orgaudit.report.pdf import render_html, render_pdf
from orgaudit.report.templates import TemplateFault
from orgaudit.report.view import View

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/p5b0WQAAAABJRU5ErkJggg=="
)


@pytest.fixture
def own(sampler: Any, tmp_path: Path) -> Any:
    """A view whose report uses templates of this folder, given by name and text."""

    def made(files: dict[str, str]) -> View:
        for name, text in files.items():
            path = tmp_path / "own" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        view: View = sampler(4).view()
        return replace(view, report=replace(view.report, templates=str(tmp_path / "own")))

    return made


def test_own_templates_come_before_ours(own: Any) -> None:
    """One section is replaced; the others, which it does not name, stay."""
    html = render_html(own({"sections/cover.html": "<section><h1>Cover of {{ view.organization }}</h1></section>"}))
    assert "<h1>Cover of Example Holding AG" in html
    assert "What to close first" in html


@pytest.mark.parametrize(
    "text",
    [
        "{{ view.__class__.__mro__ }}",
        "{{ few.__globals__ }}",
        "{{ charts.base64.re.enum.sys.modules.os.getcwd() }}",
        "{{ words.Mapping }}",
        "{{ view.calls.to_csv('stolen.csv') }}",
        "{{ view['calls']['evidence_id'].to_csv('stolen.csv') }}",
        "{{ view.calls|attr('to_csv')('stolen.csv') }}",
        "{{ [view.calls]|map(attribute='values')|join }}",
        "{{ view.rows.append(1) }}",
        "{% include '../secret.html' %}",
        "{% include 'link.html' %}",
        "{{ 1 / 0 }}",
        "{% include 'report.html' %}",
        "{{ nothing.at.all }}",
        "{% for %}",
    ],
)
def test_a_template_reaches_nothing_and_its_fault_is_one_line(own: Any, tmp_path: Path, text: str) -> None:
    (tmp_path / "secret.html").write_text("secret")
    view = own({"report.html": f"<p>one</p>\n<p>two</p>\n{text}\n"})
    (tmp_path / "own" / "link.html").symlink_to(tmp_path / "secret.html")
    with pytest.raises(TemplateFault) as caught:
        render_html(view)
    said = str(caught.value)
    assert said.startswith(f"report template {tmp_path}/own/report.html, line 3: ")
    assert "\n" not in said
    assert not list(tmp_path.rglob("stolen.csv"))


@pytest.mark.parametrize("name", ["report.html", "sections/matrix.html", "macros.html"])
def test_a_template_that_cannot_be_parsed_is_found_before_a_run(own: Any, name: str) -> None:
    """Also one that is used late; and files that are no templates of the report are not looked at."""
    folder = own({name: "one\n{{ two", "notes.html": "{{ no template"}).report.templates
    with pytest.raises(TemplateFault, match=rf"^report template {folder}/{name}, line 2: "):
        templates.check(folder)


def test_a_folder_that_is_none_is_found_before_a_run(tmp_path: Path) -> None:
    with pytest.raises(TemplateFault, match=r"missing is not a folder"):
        templates.check(str(tmp_path / "missing"))
    templates.check("")


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """An address on this machine, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name that the base class calls
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()


@pytest.mark.parametrize(
    "body",
    [
        '<img src="{}/x.png" alt="">',
        '<style>@import "{}/x.css";</style>',
        '<p style="background: url({}/x.png)">text</p>',
        '<img src="file:///etc/hostname" alt="">',
    ],
)
def test_a_template_fetches_nothing(own: Any, server: tuple[str, list[str]], body: str) -> None:
    address, asked = server
    page = f'<html lang="en"><head><title>t</title></head><body><p>text</p>{body.format(address)}</body></html>'
    with pytest.raises(TemplateFault, match="a report fetches nothing"):
        render_pdf(own({"report.html": page}), {})
    assert asked == []


@pytest.mark.parametrize(
    "drawing",
    [
        "<script>alert(1)</script>",
        '<image href="{}/x.png" width="9" height="9"/>',
        '<image xlink:href="{}/x.svg" width="9" height="9"/>',
        '<use href="{}/x.svg#a"/>',
        '<style>@import "{}/x.css"; rect {{ fill: url({}/x.svg#a) }}</style>',
        '<rect width="9" height="9" fill="url({}/x.svg#a)" onclick="alert(1)"/>',
        '<a href="{}"><rect width="9" height="9"/></a>',
        '<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="{}/x.png"/></foreignObject>',
        '<image href="data:image/svg+xml,%3Csvg/%3E" width="9" height="9"/>',
        '<animate attributeName="href" to="{}"/>',
    ],
)
def test_of_an_svg_only_the_drawing_is_kept(
    sampler: Any, server: tuple[str, list[str]], tmp_path: Path, drawing: str
) -> None:
    """It is drawn in the report, and nothing is fetched, run or linked."""
    address, asked = server
    file = tmp_path / "logo.svg"
    file.write_text(SVG.format('<rect id="mark" width="9" height="9"/>' + drawing.replace("{}", address)))
    picture, problems = logo(str(file), "Example")
    assert picture is not None
    assert problems == []
    kept = base64.b64decode(picture.src.partition(",")[2]).decode()
    assert 'id="mark"' in kept
    assert not any(word in kept for word in ("127.0.0.1", "alert", "script", "svg+xml"))
    assert render_pdf(sampler(1).view(), {}, picture).startswith(b"%PDF") if "image" in drawing else True
    assert asked == []


def test_a_png_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(PNG)
    picture, problems = logo(str(tmp_path / "logo.png"), "Example")
    assert problems == []
    assert picture is not None
    assert base64.b64decode(picture.src.partition(",")[2]) == PNG
    assert picture.alt == "Logo of Example"


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("logo.gif", b"GIF89a", "neither a PNG nor an SVG"),
        ("logo.png", b"GIF89a", "no PNG"),
        ("logo.png", PNG[:30], "no PNG"),
        ("logo.png", PNG + b"\0" * LOGO_LIMIT, "bytes"),
        ("logo.svg", b"<svg", "no SVG that can be read"),
        ("logo.svg", b"<html/>", "no SVG"),
        ("logo.svg", b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.encode(), "entities"),
        ("logo.svg", SVG.format('<g id="a"><use href="#a"/></g>').encode(), "itself"),
        ("logo.svg", SVG.format('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>').encode(), "itself"),
        ("missing.png", None, "No such file"),
    ],
)
def test_a_logo_that_cannot_be_used_is_a_problem_not_an_error(
    tmp_path: Path, name: str, content: bytes | None, word: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    picture, problems = logo(str(tmp_path / name), "Example")
    assert picture is None
    (problem,) = problems
    assert problem.startswith(f"the report has no logo: {tmp_path / name}")
    assert word in problem
    assert "\n" not in problem
