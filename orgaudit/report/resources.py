"""Where the report templates and the sample configuration lie.

An installed wheel carries both inside the package. In a checkout, and so in an editable install, they lie beside it,
where people edit them; what lies inside the package is asked for first.
"""

from importlib.resources import files
from pathlib import Path

from orgaudit.errors import OrgauditError

_PACKAGE = Path(str(files("orgaudit")))
_CHECKOUT = _PACKAGE.parent


def template_folder() -> Path:
    """The folder of the report and mail templates that ship with orgaudit.

    Raises OrgauditError if this installation has none.
    """
    candidates = (_PACKAGE / "report" / "templates", _CHECKOUT / "report_templates")
    return _first("the report templates", [path for path in candidates if path.is_dir()])


def sample_config() -> str:
    """The text of the sample configuration, which `orgaudit init` writes.

    Raises OrgauditError if this installation has none.
    """
    candidates = (_PACKAGE / "sample_config.toml", _CHECKOUT / "sample_config.toml")
    return _first("the sample configuration", [path for path in candidates if path.is_file()]).read_text("utf-8")


def _first(what: str, found: list[Path]) -> Path:
    if not found:
        raise OrgauditError(f"{what}: not in this installation of orgaudit ({_PACKAGE}); install it again")
    return found[0]
