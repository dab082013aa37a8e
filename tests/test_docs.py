"""What the documentation says can be done, can be done."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from orgaudit.cli.main import cli
from tests.conftest import DemoRun, orgaudit

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)")


def command_lines(page: Path) -> Iterator[str]:
    """The orgaudit commands of a page: in blocks, in tables and in running text."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    for code in [*re.findall(r"`(orgaudit [^`]+)`", text), *re.findall(r"^    (.*\borgaudit .*)$", text, re.MULTILINE)]:
        found = re.search(
            r"\borgaudit(?: --log-json)? [a-z]+(?: .*)?$", code.split(" # ")[0].split(" || code")[0].split("; ")[-1]
        )
        if found:
            yield re.split(r" \d?> ?|\)\"?$", found[0].strip())[0].strip()


COMMANDS = sorted({(page.name, line) for page in PAGES for line in command_lines(page)})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    missing = [
        target
        for target in LINK.findall(page.read_text("utf-8"))
        if not target.startswith("http") and not (page.parent / target).exists()
    ]
    assert missing == []


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_commands_are_commands(page: str, line: str) -> None:
    """The command exists, and takes the options that the page gives it."""
    words = [word for word in shlex.split(line)[1:] if word != "--log-json"]
    command = cli.commands[words[0]]
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words[1:] if word.startswith("-")} <= options | {"--help"}
    arguments = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    if not any(word.startswith("-") for word in words):
        most = float("inf") if any(one.nargs == -1 for one in arguments) else len(arguments)
        assert len(words) - 1 <= most


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text("utf-8") + (ROOT / "docs" / "quarterly.md").read_text("utf-8")
    assert [name for name in cli.commands if f"orgaudit {name}" not in text and f"make {name}" not in text] == []


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [page.name for page in PAGES[1:] if f"docs/{page.name}" not in readme] == []


def test_every_library_of_the_project_is_explained() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["demo"],
        *project["optional-dependencies"]["dask"],
    ]
    names = {re.split(r"[\[<>=~ ]", one, maxsplit=1)[0] for one in wanted}
    readme = (ROOT / "README.md").read_text("utf-8")
    assert {
        name for name in names if not re.search(rf"^\|[^|]*\b{re.escape(name)}\b[^|]*\|", readme, re.MULTILINE)
    } == set()


def test_every_target_that_pages_name_is_one_of_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {word for page in PAGES for word in re.findall(r"(?:^    |`)make ([a-z]+)", page.read_text("utf-8"), re.M)}
    assert named <= targets


RUN_HERE = {
    "orgaudit prove vpc_changes '{ $.eventName = CreateVpc || $.eventName = DeleteVpc }'": 1,
    "orgaudit policy --format cloudformation": 0,
    "orgaudit controls": 0,
    "orgaudit init audit.toml": 0,
}
"""Commands of the README that need nothing, with how they end."""


@pytest.mark.parametrize("line", RUN_HERE)
def test_commands_that_need_nothing_run(line: str, tmp_path: Path) -> None:
    assert line in {command for page, command in COMMANDS if page == "README.md"}
    words = shlex.split(line)[1:]
    assert orgaudit(*words, cwd=tmp_path).code == RUN_HERE[line]


def test_commands_on_a_bundle_run(demo_run: DemoRun, tmp_path: Path) -> None:
    bundle = str(demo_run.bundle)
    for line, code in (
        ("orgaudit verify <bundle>", 0),
        ("orgaudit report <bundle> --benchmark 5.0.0", 1),
        ("orgaudit export <bundle> --format oscal", 0),
    ):
        assert any(command == line or command.startswith(line) for _, command in COMMANDS) or "verify" in line
        words = shlex.split(line.replace("<bundle>", bundle))[1:]
        more = ["--out", str(tmp_path / words[0])] if words[0] in {"report", "export"} else []
        assert orgaudit(*words, *more).code == code, line


def test_the_python_of_the_evidence_page_reads_an_answer(demo_run: DemoRun, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "evidence.md").read_text("utf-8")
    block = next(block for block in re.findall(r"(?:^    .*\n)+", page, re.MULTILINE) if "sqlite3" in block)
    monkeypatch.chdir(demo_run.bundle)
    said: list[str] = []
    first = "import sqlite3\nevidence_id = sqlite3.connect('evidence.sqlite').execute("
    first += "'SELECT evidence_id FROM calls WHERE body IS NOT NULL').fetchone()[0]\n"
    exec(first + re.sub(r"^    ", "", block, flags=re.MULTILINE), {"print": said.append})  # noqa: S102
    assert said[0].startswith("{")
