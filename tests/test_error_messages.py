"""Every error that users meet says what to do next."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from orgaudit.errors import OrgauditError

ROOT = Path(__file__).parent.parent
OURS = {"OrgauditError", *(kind.__name__ for kind in OrgauditError.__subclasses__())} - {"SchemaError"}
NEXT_STEP = re.compile(
    r"\b(allow|check|choose|correct|expected|export|finish|free|give|gives|go on|install|leave|look|name|need|needs|put"
    r"|remove|rename|resume|run again|save|see|send|set|sign in|start|take|use|wait)\b|`orgaudit |orgaudit\[",
    re.IGNORECASE,
)
"""Words that ask somebody to do something."""
ELSEWHERE = {
    "orgaudit/cli/options.py:version_of": "the catalog names the versions that it has",
    "orgaudit/config.py:parse_config": "each problem says what was expected",
    "orgaudit/pipeline/verification.py:_key": "public_key says what it expected",
    "orgaudit/aws/members.py:_pages": "whoever keeps the folder adds the command that finishes the run",
    "orgaudit/pipeline/finishing.py:check_going": "whoever keeps the folder adds the command that finishes the run",
}
"""Messages whose next step is added by the caller, as "file:function", and by whom."""


def raised(path: Path) -> Iterator[tuple[str, str]]:
    """Where an error of ours is raised, and the words of its message that stand in the source."""
    name = path.relative_to(ROOT).as_posix()
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            call = node.exc if isinstance(node, ast.Raise) else None
            if isinstance(call, ast.Call) and ast.unparse(call.func) in OURS and call.args:
                words = [part.value for part in ast.walk(call.args[0]) if isinstance(part, ast.Constant)]
                if text := " ".join(word for word in words if isinstance(word, str)).strip():
                    yield f"{name}:{function.name}", text


def test_every_message_names_the_next_step() -> None:
    found = [one for path in sorted((ROOT / "orgaudit").rglob("*.py")) for one in raised(path)]
    assert len(found) > 30
    silent = [(where, text) for where, text in found if not NEXT_STEP.search(text) and where not in ELSEWHERE]
    assert silent == []
    assert set(ELSEWHERE) == {where for where, text in found if not NEXT_STEP.search(text)}
