"""What people install holds what people need: built here as a release is, and used from where it was installed."""

import ast
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def files_below(folder: str) -> set[str]:
    files = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.as_posix() for path in files if "__pycache__" not in path.parts}


PACKAGE = files_below("orgaudit")
TEMPLATES = files_below("report_templates")


def run(*arguments: str | Path, cwd: Path) -> str:
    """Standard output of a Python command; on failure the test shows all it wrote."""
    done = subprocess.run([sys.executable, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip_install(what: list[str | Path], target: Path) -> Path:
    offline = ["--no-index", "--no-deps", "--no-build-isolation"]
    run("-m", "pip", "install", "--quiet", *offline, "--target", target, *what, cwd=ROOT)
    return target


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    run("-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pip_install([wheel], tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="session")
def editable(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pip_install(["-e", ROOT], tmp_path_factory.mktemp("editable"))


def do(folder: Path, program: str, cwd: Path) -> str:
    """Run a program with orgaudit from this folder alone and its dependencies from this environment.

    -I and -S leave out the current folder, PYTHONPATH and the environment's own link to orgaudit.
    """
    dependencies = [path for path in sys.path if path.endswith("site-packages")]
    found = f"import site, sys; site.addsitedir({str(folder)!r}); sys.path += {dependencies!r};"
    return run("-I", "-S", "-c", found + program, cwd=cwd)


def ask(folder: Path, expression: str, cwd: Path) -> str:
    """Evaluate an expression about what is installed."""
    names = "from orgaudit.report.resources import sample_config, template_folder;"
    return do(folder, f"{names}print({expression}, end='')", cwd)


def test_the_wheel_holds_the_whole_package_with_templates_and_sample(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    templates = {name.replace("report_templates", "orgaudit/report/templates", 1) for name in TEMPLATES}
    assert templates
    assert inside >= {*PACKAGE, *templates, "orgaudit/sample_config.toml"}


def test_the_wheel_holds_nothing_that_is_not_for_its_user(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"orgaudit", f"{wheel.name.split('-py3')[0]}.dist-info"}


def test_the_sdist_holds_what_a_build_and_the_tests_need(built: Path) -> None:
    archive = next(built.glob("*.tar.gz"))
    with tarfile.open(archive) as sdist:
        inside = {name.partition("/")[2] for name in sdist.getnames()}
    files = {"sample_config.toml", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "tests/test_packaging.py"}
    assert inside >= {*PACKAGE, *TEMPLATES, *files}


def test_an_installed_wheel_finds_its_own_templates(installed: Path, tmp_path: Path) -> None:
    assert ask(installed, "template_folder()", tmp_path) == str(installed / "orgaudit/report/templates")


def test_an_editable_install_finds_the_templates_being_edited(editable: Path, tmp_path: Path) -> None:
    """Not the copies that the build made at the time of installing."""
    assert ask(editable, "template_folder()", tmp_path) == str(ROOT / "report_templates")


def test_a_checkout_finds_its_templates(tmp_path: Path) -> None:
    assert ask(ROOT, "template_folder()", tmp_path) == str(ROOT / "report_templates")


@pytest.mark.parametrize("how", ["installed", "editable"])
def test_the_sample_configuration_is_found(how: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    assert ask(request.getfixturevalue(how), "sample_config()", tmp_path) == (ROOT / "sample_config.toml").read_text()


def test_a_damaged_installation_says_so(wheel: Path, tmp_path: Path) -> None:
    """One clear line instead of a failure later, in the middle of a report."""
    damaged = pip_install([wheel], tmp_path / "damaged")
    (damaged / "orgaudit" / "sample_config.toml").unlink()
    with pytest.raises(AssertionError, match=r"OrgauditError: the sample configuration: not in this installation"):
        ask(damaged, "sample_config()", tmp_path)


@pytest.mark.parametrize("command", [["--version"], ["controls"], ["policy", "--format", "cloudformation"], ["init"]])
def test_an_installed_wheel_answers_outside_the_checkout(command: list[str], installed: Path, tmp_path: Path) -> None:
    assert do(installed, f"from orgaudit.cli.main import cli; cli.main({command!r}, 'orgaudit')", tmp_path)


def test_an_installed_wheel_audits_a_simulated_organization(installed: Path, tmp_path: Path) -> None:
    """The demo in small: every stage and every file, with nothing but what was installed."""
    program = """
from pathlib import Path
import orgaudit
from orgaudit import pipeline
from orgaudit.config import parse_config
from orgaudit.demo import ACCOUNTS, simulated_organization
from orgaudit.progress import Silent
few = [one for one in ACCOUNTS if one.id in {"100000000001", "200000000001"}]
with simulated_organization(few) as organization:
    finished = pipeline.run(parse_config(organization.configuration, "demo"), Path("evidence"), Silent())
print(orgaudit.__file__, *sorted(path.name for path in finished.folder.iterdir()), *finished.problems)
"""
    where, *files = do(installed, program, tmp_path).split()
    assert Path(where).is_relative_to(installed)
    assert files == [
        "SHA256SUMS",
        "config.toml",
        "evidence.sqlite",
        "manifest.json",
        "report.pdf",
        "results.csv",
        "results.json",
        "results.ocsf.jsonl",
        "workbook.xlsx",
    ]


def imported(folder: Path) -> set[str]:
    """The packages of others that the code below a folder imports."""
    names = {
        name.split(".")[0]
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    return names - sys.stdlib_module_names - {"orgaudit"}


def test_every_library_that_the_code_imports_is_required(wheel: Path) -> None:
    """In a checkout's environment everything is there; where only the wheel is installed, only what it requires."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA"))
    requires = [line.partition(": ")[2] for line in metadata.splitlines() if line.startswith("Requires-Dist: ")]
    declared = {re.split(r"[^A-Za-z0-9_-]", one)[0].replace("-", "_") for one in requires if "'dev'" not in one}
    brought = {
        "botocore": "boto3",
        "fontTools": "weasyprint",
        "markupsafe": "jinja2",
        "PIL": "weasyprint",
        "pydantic_core": "pydantic",
    }
    missing = {name for name in imported(ROOT / "orgaudit") if brought.get(name, name) not in declared}
    assert missing == set()
