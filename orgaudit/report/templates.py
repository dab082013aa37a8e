"""The templates of the report: ours, and before them the user's own, in a sandbox.

A template may format what it is given, and read templates of its own folder and of ours. Nothing else is within its
reach: no module, no frame, no file elsewhere. What is wrong with it is said in one line, with file and line.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from traceback import extract_tb
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from orgaudit.errors import ConfigError
from orgaudit.report.fonts import drawable
from orgaudit.report.resources import template_folder

if TYPE_CHECKING:
    from jinja2 import Environment

_VALUES = (str, int, float, tuple, list, dict, MappingProxyType, SimpleNamespace, type(None))
_CALLED = (FunctionType, MethodType, BuiltinFunctionType)
_OURS = ("orgaudit.", "jinja2.runtime")


class TemplateFault(ConfigError):  # noqa: N818  # a fault of a template, not of this program
    """Something is wrong with a template of the user's."""


class _Folders(FileSystemLoader):
    """Templates of these folders; a link out of its folder is no template."""

    def get_source(self, environment: "Environment", template: str) -> tuple[str, str, Callable[[], bool]]:
        """As the base class, for files that really lie in the folder."""
        source, name, fresh = super().get_source(environment, template)
        path = Path(name).resolve()
        if not any(path.is_relative_to(Path(folder).resolve()) for folder in self.searchpath):
            raise TemplateNotFound(template, f"{template} leads out of its folder")
        return source, name, fresh


class _Sandbox(ImmutableSandboxedEnvironment):
    """Attributes of plain values and of this package's own classes; nothing of a module, a class or a frame."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may look there."""
        known = isinstance(obj, (*_VALUES, *_CALLED)) or type(obj).__module__.startswith(_OURS)
        return known and super().is_safe_attribute(obj, attr, value)


def render(own: str, name: str, context: Mapping[str, Any], harmless: Callable[[str], str] = drawable) -> str:
    """The named template, filled in. own: the user's folder; empty for none. Raises TemplateFault.

    harmless: what every text goes through before it is escaped.
    """
    try:
        return str(_environment(own, harmless).get_template(name).render(**context))
    except Exception as error:
        if fault := _fault(own, error):
            raise TemplateFault(fault) from error
        raise


def check(own: str) -> None:
    """Raises TemplateFault for a folder that is none, or that holds a template that cannot be read or parsed."""
    if not own:
        return
    if not Path(own).is_dir():
        raise TemplateFault(
            f"report templates: {own} is not a folder; name one in [report] templates, or leave it empty"
        )
    environment = _environment(own)
    for name in _names(Path(own)):
        try:
            environment.get_template(name)
        except (TemplateSyntaxError, TemplateNotFound, OSError, UnicodeDecodeError) as error:
            raise TemplateFault(_fault(own, error) or f"report template {Path(own) / name}: {error}") from error


def _names(folder: Path) -> Iterator[str]:
    known = {path.relative_to(template_folder()).as_posix() for path in template_folder().rglob("*.*")}
    yield from (name for path in sorted(folder.rglob("*.*")) if (name := path.relative_to(folder).as_posix()) in known)


def _environment(own: str, harmless: Callable[[str], str] = drawable) -> _Sandbox:
    folders = [own] if own else []
    return _Sandbox(
        loader=_Folders([*folders, str(template_folder())]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
    )


def _fault(own: str, error: Exception) -> str:
    """What is wrong, and where in the user's templates; empty where none of them had a part in it."""
    if not own:
        return ""
    places = [(frame.filename, frame.lineno) for frame in extract_tb(error.__traceback__)]
    if isinstance(error, TemplateSyntaxError):
        places.append((str(error.filename or error.name), error.lineno))
    theirs = [place for place in places if Path(place[0]).is_relative_to(own)]
    if not theirs:
        return "" if not isinstance(error, TemplateNotFound) else f"report template {own}: {error.message}"
    file, line = theirs[-1]
    what = error.message if isinstance(error, TemplateSyntaxError | TemplateNotFound) else str(error)
    if isinstance(error, TemplateNotFound) and error.message == error.name:
        what = f"there is no template {error.name}"
    kind = "" if type(error).__module__.startswith("jinja2") else f"{type(error).__name__}: "
    return f"report template {file}, line {line}: {kind}{' '.join(str(what).split())}"
