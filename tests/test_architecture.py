"""Who may import whom, what only one place may do, and what no file may name: read off the syntax trees."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINES_MAX = 400

FREE_TO_ALL = {"errors"}
STAGES = {"aws", "controls", "deliver", "demo", "evaluation", "evidence", "model", "patterns", "remediate", "report"}
MAY_IMPORT = {
    "errors": set(),
    "progress": set(),
    "patterns": set(),
    "model": set(),
    "controls": {"patterns", "model"},
    "evaluation": {"controls", "patterns", "model"},
    "aws": {"model", "progress"},
    "evidence": {"model", "config"},
    "deliver": {"model"},
    "report": {"controls", "model"},
    "remediate": {"model", "patterns"},
    "demo": {"controls", "model", "progress"},
    "config": {"controls", "patterns", "model"},
    "pipeline": STAGES | {"config", "progress"},
    # `controls`, `prove`, `policy`, `init`, `compare` and `review` answer without a run, so they need no pipeline.
    "cli": {
        "aws",
        "pipeline",
        "config",
        "progress",
        "controls",
        "patterns",
        "evaluation",
        "evidence",
        "model",
        "report",
        "demo",
    },
    "__main__": {"cli"},
    # The public names of the package itself.
    "__init__": {"evaluation", "evidence", "model"},
}
"""What each part of orgaudit may import of the others. Nothing may import cli or pipeline."""

ONLY_IN = {
    "boto3": {"aws", "deliver", "demo"},
    "botocore": {"aws", "deliver", "demo"},
    "moto": {"demo"},
    "openpyxl": {"report"},
    "weasyprint": {"report"},
    "pikepdf": {"report"},
    "jinja2": {"report", "deliver"},
}
"""The parts that may import a heavy or far-reaching library."""

BROAD_HANDLERS: dict[str, str] = {
    "orgaudit/aws/worker.py:_asked": "a bug in one call is recorded as that call's failure; the account goes on",
    "orgaudit/aws/worker.py:read": "a bug in one account's plan is recorded there; the run goes on",
    "orgaudit/report/templates.py:render": "whatever a user's template does wrong is one line with its place",
}
"""Where every exception may be caught, as "file:function", and why."""

# Brackets around a letter keep this file from containing what it forbids.
REGISTRY = re.compile(
    r"(?:py[p]i|pythonhoste[d]|npmj[s]|deb\.debia[n]|security\.debia[n]|crate[s]|golan[g]|pk[g])\.(?:org|com|io|dev)\b"
    r"|--(?:extra-)?inde[x]-url|--find-link[s]|--trusted-hos[t]"
)
MACHINE_PATH = re.compile(r"(?<![\w.~$})\]-])/(?:work|root|home|tmp|Users)/\w")


def part_of(path: str) -> str:
    """The part a module belongs to: its first folder below orgaudit, or its own name."""
    return Path(path).parts[1].removesuffix(".py")


class Reader(ast.NodeVisitor):
    """Notes what one module imports and does that the tables forbid."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.part = part_of(path)
        self.found: list[str] = []
        self.broad: set[str] = set()
        self._functions = ["module"]

    def note(self, node: ast.AST, what: str) -> None:
        self.found.append(f"{self.path}:{getattr(node, 'lineno', 0)} {what}")

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._functions.append(node.name)
        self.generic_visit(node)
        self._functions.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the name that ast calls

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.imports(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = self.absolute("." * node.level + (node.module or ""))
        for alias in node.names:
            self.imports(node, f"{module}.{alias.name}")

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func)
        if called == "print" and self.part != "cli":
            self.note(node, "prints")
        if called in {"sys.exit", "exit", "quit", "os._exit"} and self.part != "cli":
            self.note(node, "exits")
        if called.rpartition(".")[2] in {"import_module", "__import__"}:
            for name in node.args[:1]:
                if isinstance(name, ast.Constant):
                    self.imports(node, self.absolute(str(name.value)))
        if called.rpartition(".")[2] == "suppress":
            self.catches(node, node.args)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        self.catches(node, caught)
        self.generic_visit(node)

    def catches(self, node: ast.AST, caught: list[ast.expr] | list[ast.expr | None]) -> None:
        if not any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught):
            return
        place = f"{self.path}:{self._functions[-1]}"
        self.broad.add(place)
        if place not in BROAD_HANDLERS:
            self.note(node, f"catches every exception in {self._functions[-1]}")

    def absolute(self, name: str) -> str:
        """The full dotted name of a relative one, as Python resolves it."""
        dots = len(name) - len(name.lstrip("."))
        package = Path(self.path).parts[:-dots] if dots else ()
        return ".".join([*package, *filter(None, [name.lstrip(".")])])

    def imports(self, node: ast.AST, name: str) -> None:
        first, _, rest = name.partition(".")
        if first != "orgaudit":
            if self.part not in ONLY_IN.get(first, {self.part}):
                self.note(node, f"imports {first}")
            return
        part = rest.partition(".")[0]
        if part.startswith("__") or part in {self.part, *FREE_TO_ALL, *MAY_IMPORT.get(self.part, set())}:
            return
        self.note(node, f"imports {name}")


def read(path: str, source: str) -> Reader:
    reader = Reader(path)
    if reader.part not in MAY_IMPORT:
        reader.found.append(f"{path}: {reader.part} has no row in MAY_IMPORT")
    reader.visit(ast.parse(source))
    return reader


def modules() -> Iterator[Reader]:
    for file in sorted((ROOT / "orgaudit").rglob("*.py")):
        yield read(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))


def tracked_files() -> list[Path]:
    """The files under version control; in an unpacked sdist, which has none, all that are not hidden."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\0")[:-1] if listed.returncode == 0 else []
    files = [ROOT / name for name in names] or [
        file for file in ROOT.rglob("*") if not any(part.startswith(".") for part in file.relative_to(ROOT).parts)
    ]
    return [file for file in files if file.is_file()]


def test_every_module_keeps_to_the_tables() -> None:
    assert [line for reader in modules() for line in reader.found] == []


def test_every_allowed_broad_handler_exists() -> None:
    """An allowance that outlives its handler would let the next one in unseen."""
    assert set().union(*(reader.broad for reader in modules())) == set(BROAD_HANDLERS)


def test_no_module_is_too_long() -> None:
    files = (file for folder in ("orgaudit", "benchmarks") for file in (ROOT / folder).rglob("*.py"))
    lengths = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in files}
    assert {file: lines for file, lines in lengths.items() if lines > LINES_MAX} == {}


@pytest.mark.parametrize("forbidden", [REGISTRY, MACHINE_PATH], ids=["package registry", "machine path"])
def test_no_file_names_a_registry_or_a_machine_path(forbidden: re.Pattern[str]) -> None:
    """What is tied to one machine or one mirror would not work on another."""
    hits = {
        str(file.relative_to(ROOT)): found.group()
        for file in tracked_files()
        if (found := forbidden.search(file.read_bytes().decode("utf-8", "ignore")))
    }
    assert hits == {}


@pytest.mark.parametrize(
    ("path", "source", "noted"),
    [
        ("orgaudit/evaluation/chain.py", "import orgaudit.aws", "imports orgaudit.aws"),
        ("orgaudit/evaluation/chain.py", "from orgaudit import evidence", "imports orgaudit.evidence"),
        ("orgaudit/evaluation/chain.py", "from orgaudit.report.view import View", "imports orgaudit.report.view.View"),
        ("orgaudit/evaluation/chain.py", "from ..aws import collect", "imports orgaudit.aws.collect"),
        ("orgaudit/evaluation/chain.py", "from .. import cli", "imports orgaudit.cli"),
        ("orgaudit/evaluation/__init__.py", "from ..aws import collect", "imports orgaudit.aws.collect"),
        ("orgaudit/demo/gaps/__init__.py", "from ...aws import collect", "imports orgaudit.aws.collect"),
        (
            "orgaudit/evaluation/chain.py",
            "def f():\n    from orgaudit.aws import collect",
            ":2 imports orgaudit.aws.collect",
        ),
        ("orgaudit/evaluation/chain.py", "if TYPE_CHECKING:\n    import orgaudit.aws", "imports orgaudit.aws"),
        ("orgaudit/evaluation/chain.py", "import_module('orgaudit.aws')", "imports orgaudit.aws"),
        ("orgaudit/evaluation/chain.py", "importlib.import_module('..aws', __package__)", "imports orgaudit.aws"),
        ("orgaudit/evaluation/chain.py", "import orgaudit", "imports orgaudit"),
        ("orgaudit/evaluation/chain.py", "from orgaudit import Snapshot", "imports orgaudit.Snapshot"),
        ("orgaudit/patterns/tree.py", "from orgaudit.model import calls", "imports orgaudit.model.calls"),
        ("orgaudit/aws/collect.py", "from orgaudit.config import load", "imports orgaudit.config.load"),
        ("orgaudit/model/frames.py", "import boto3.session", "imports boto3"),
        ("orgaudit/evidence/store.py", "from botocore.config import Config", "imports botocore"),
        ("orgaudit/deliver/smtp.py", "def f():\n    from openpyxl import Workbook", "imports openpyxl"),
        ("orgaudit/pipeline/running.py", "import jinja2", "imports jinja2"),
        ("orgaudit/aws/collect.py", "print('done')", "prints"),
        ("orgaudit/aws/collect.py", "sys.exit(3)", "exits"),
        ("orgaudit/aws/collect.py", "try:\n    f()\nexcept Exception:\n    pass", "catches every exception in module"),
        ("orgaudit/aws/collect.py", "try:\n    f()\nexcept (OSError, BaseException):\n    pass", "catches every"),
        ("orgaudit/aws/collect.py", "def f():\n    try:\n        g()\n    except:\n        pass", "exception in f"),
        ("orgaudit/aws/collect.py", "with suppress(Exception):\n    f()", "catches every"),
        ("orgaudit/utils/text.py", "", "utils has no row"),
    ],
)
def test_a_planted_violation_is_noted(path: str, source: str, noted: str) -> None:
    found = read(path, source).found
    assert len(found) == 1
    assert noted in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "orgaudit/evaluation/chain.py",
            "from orgaudit.model import calls\nfrom . import alarm\nfrom ..errors import SchemaError",
        ),
        ("orgaudit/evaluation/chain.py", "from orgaudit import __version__, controls"),
        ("orgaudit/demo/gaps/__init__.py", "from ..world import World\nimport moto.backends"),
        ("orgaudit/aws/collect.py", "import boto3\ntry:\n    f()\nexcept (KeyError, OSError):\n    pass"),
        ("orgaudit/pipeline/running.py", "from orgaudit import aws, evaluation, report"),
        ("orgaudit/cli.py", "print('done')\nsys.exit(1)"),
    ],
)
def test_what_is_allowed_is_not_noted(path: str, source: str) -> None:
    assert read(path, source).found == []


@pytest.mark.parametrize(
    ("forbidden", "text", "hit"),
    [
        (REGISTRY, "see https://" + "pypi" + ".org/simple", True),
        (REGISTRY, "--" + "index-url somewhere", True),
        (REGISTRY, "pip-compile --no-emit-index-url --no-emit-find-links", False),
        (MACHINE_PATH, "cd /" + "work/main", True),
        (MACHINE_PATH, "open('/" + "tmp/out')", True),
        (MACHINE_PATH, "https://example.com/home/page and Root/work/x and ../tmp/x", False),
    ],
)
def test_a_planted_name_is_found(forbidden: re.Pattern[str], text: str, hit: bool) -> None:
    assert bool(forbidden.search(text)) is hit
