"""The results seen from other frameworks: which requirements the controls support, how they stand, and who says so."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from orgaudit.controls import FRAMEWORKS
from orgaudit.report.tally import Tally
from orgaudit.report.view import View

ABOUT = "Requirements of other frameworks that the controls support; no body publishes them, so each names its source."
SCHEMA = "orgaudit.frameworks/1"
_RUN = ("id", "started_at", "organization_id", "benchmark", "finished", "complete")


@dataclass(frozen=True, slots=True)
class Support:
    """A control that supports a requirement of a framework, as one source states it."""

    framework: str
    """The framework's key."""
    name: str
    requirement: str
    control: str
    tally: Tally
    source: str
    note: str


def supports(view: View) -> Iterator[Support]:
    """Every mapping of a control of this run, by framework, then in the order of the controls."""
    for framework, name in FRAMEWORKS.items():
        for line in view.controls:
            for mapped in line.control.requirements if line.control else ():
                for requirement in mapped.ids if mapped.framework == framework else ():
                    yield Support(framework, name, requirement, line.key, line.tally, mapped.source, mapped.note)


def write_frameworks(view: View, out: IO[bytes]) -> None:
    """Write the view as JSON: framework, requirement, the controls behind it and their counts. In UTF-8."""
    frameworks: dict[str, dict[str, Any]] = {}
    for one in supports(view):
        framework = frameworks.setdefault(one.framework, {"key": one.framework, "name": one.name, "requirements": {}})
        requirement = framework["requirements"].setdefault(one.requirement, {"id": one.requirement, "controls": []})
        count = one.tally
        results = {
            "PASS": count.passed,
            "FAIL": count.failed,
            "NOT_EVALUATED": count.not_evaluated,
            "NOT_APPLICABLE": count.not_applicable,
            "waived": count.waived,
        }
        requirement["controls"].append(
            {"control": one.control, "results": results, "source": one.source, "note": one.note}
        )
    listed = [{**one, "requirements": list(one["requirements"].values())} for one in frameworks.values()]
    run = {
        name: view.run[name] for name in ("id", "started_at", "organization_id", "benchmark", "finished", "complete")
    }
    document = {"schema": SCHEMA, "about": ABOUT, "run": run, "frameworks": listed}
    out.write((json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())
