"""What is said on standard error: plain lines for people, or with ``--log-json`` one JSON object a line.

Every line of the latter has ``time`` (RFC 3339, UTC), ``level`` (info, warning, error), ``event`` and ``message``:

    message     something to know
    stage       the next stage begins
    progress    ``accounts_done``, ``accounts_total`` (null until all are listed), ``accounts_refused``, ``calls``,
                ``calls_per_s``, ``seconds_left`` (null while nobody can tell)
    log         what -v tells, and warnings; ``logger`` is the module that speaks
    delivery    what became of one; ``channel``, ``recipient``, ``state``, ``ous``, ``detail``
    summary     the end of a run; ``population``, ``results`` and ``folder``
    error       why the command ends; ``exit_code``

Standard output carries the answer alone, in either form.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from orgaudit.model.calls import rfc3339
from orgaudit.report.inert import visible

_shape = {"json": False, "verbose": False}


def configure(*, json_lines: bool, verbose: bool) -> None:
    """Choose the form, once at the beginning of a command."""
    _shape.update(json=json_lines, verbose=verbose)
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers = [*(one for one in root.handlers if not isinstance(one, _Handler)), _Handler()]
    root.setLevel(logging.WARNING)  # what libraries have to tell of their own steps is none of ours
    logging.getLogger("orgaudit").setLevel(logging.INFO if verbose else logging.WARNING)


def as_json() -> bool:
    """Whether messages are JSON lines."""
    return _shape["json"]


def say(text: str, event: str = "message", level: str = "info", **fields: Any) -> None:
    """Tell something; ``fields`` are for programs only."""
    # names in it come from audited accounts
    line = _line(text, event, level, fields) if as_json() else visible(text)
    sys.stderr.write(f"{line}\n")  # not click's echo: it would write past a progress bar, into it
    sys.stderr.flush()


def encoded(text: str) -> bytes:
    """A warning for a handler of signals, which writes past ``sys.stderr``; a terminal shows ^C before it."""
    return f"{_line(text, 'message', 'warning', {})}\n".encode() if as_json() else f"\n{visible(text)}\n".encode()


def _line(text: str, event: str, level: str, fields: dict[str, Any]) -> str:
    line = {"time": rfc3339(datetime.now(UTC)), "level": level, "event": event, "message": text, **fields}
    return json.dumps(line, default=str)


def fail(text: str, exit_code: int) -> None:
    """Tell why the command ends."""
    say(text if as_json() else f"orgaudit: {text}", "error", "error", exit_code=exit_code)


class _Handler(logging.Handler):
    """Log records among the other messages. Whatever went wrong is one line; its traceback is for -v."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say the record."""
        text = record.getMessage()
        if record.exc_info and _shape["verbose"]:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        level = "error" if record.levelno >= logging.ERROR else record.levelname.lower()
        say(text if as_json() else f"{record.name}: {text}", "log", level, logger=record.name)
