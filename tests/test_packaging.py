"""What people install holds what people need: built here as a release is, and used from where it was installed."""

import subprocess
import sys
import sysconfig
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


def ask(folder: Path, expression: str, cwd: Path) -> str:
    """Evaluate an expression with orgaudit from this folder alone and its dependencies from this environment.

    -I and -S leave out the current folder, PYTHONPATH and the environment's own link to orgaudit.
    """
    program = (
        f"import site, sys; site.addsitedir({str(folder)!r}); sys.path.append({sysconfig.get_path('purelib')!r});"
        "from orgaudit.report.resources import sample_config, template_folder;"
        f"print({expression}, end='')"
    )
    return run("-I", "-S", "-c", program, cwd=cwd)


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
