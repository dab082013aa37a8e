"""Result rows as OSCAL Assessment Results 1.2.1 (NIST; read 2026-11-26), for tools of governance and compliance.

Every row is an observation. PASS and FAIL are findings besides: OSCAL's findings are satisfied or not, so what was not
evaluated or does not apply is no finding. Identifiers are made of run and test, so the same view gives the same bytes.
"""

import json
import uuid
from collections.abc import Iterator
from typing import IO, Any

from orgaudit.report.tally import Row
from orgaudit.report.view import ControlLine, View

OSCAL_VERSION = "1.2.1"
_NAMESPACE = uuid.UUID("8c8a0f0e-3c0e-5d8c-9b58-0d1f8f0c7a11")
"""Makes our identifiers ours; any constant would do."""
_PROPERTIES = "https://orgaudit.example/ns/oscal"
_OBSERVED = ("result", "disposition", "coverage", "reason_code", "broken_link", "inherited_from", "row_sha256")


def write_oscal(view: View, out: IO[bytes]) -> None:
    """Write the document, in UTF-8."""
    text = json.dumps({"assessment-results": _document(view)}, indent=1, sort_keys=True, ensure_ascii=False)
    out.write(text.encode("utf-8", "backslashreplace") + b"\n")


def _document(view: View) -> dict[str, Any]:
    return {
        "uuid": _uuid(view, "document"),
        "metadata": {
            "title": f"{view.report.title}: {view.organization}",
            "last-modified": view.run["finished_at"] or view.run["started_at"],
            "version": str(view.run["id"]),
            "oscal-version": OSCAL_VERSION,
        },
        # OSCAL wants a plan; an audit of this kind has none, its criteria are in the results themselves
        "import-ap": {"href": "#", "remarks": "There is no assessment plan; criteria are part of the observations."},
        "results": [_result(view)],
    }


def _result(view: View) -> dict[str, Any]:
    controls = {line.key: line for line in view.controls}
    state = "complete" if view.run["complete"] else "incomplete" if view.run["finished"] else "unfinished"
    observations = [_observation(view, row, controls[row["control"]]) for row in view.rows]
    return {
        "uuid": _uuid(view, "result"),
        "title": f"CIS AWS Foundations Benchmark {view.run['benchmark']}, as at {view.as_at}",
        "description": f"A point in time of the configuration of {view.organization}; the run is {state}.",
        "start": view.run["started_at"],
        **({"end": view.run["finished_at"]} if view.run["finished_at"] else {}),
        "props": [_property("state", state)],
        "reviewed-controls": {
            "control-selections": [{"include-controls": [{"control-id": key} for key in sorted(controls)]}]
        },
        **({"observations": observations} if observations else {}),
        **({"findings": found} if (found := list(_findings(view, controls))) else {}),
    }


def _observation(view: View, row: Row, control: ControlLine) -> dict[str, Any]:
    subject = {"subject-uuid": _uuid(view, row["account_id"]), "type": "component", "title": row["account_id"]}
    evidence = [
        {"href": f"evidence.sqlite#{item}", "description": "Recorded answer of AWS"} for item in row["evidence"]
    ]
    notes = [note["text"] for note in row["observations"]]
    return {
        "uuid": _uuid(view, row["test_id"]),
        "title": f"{control.title} in account {row['account_id']}",
        "description": row["reason"],
        "methods": ["TEST"],
        "types": ["finding" if row["result"] == "FAIL" else "control-objective"],
        "props": [_property(name, str(row[name])) for name in _OBSERVED if row[name]],
        "subjects": [subject],
        "collected": row["collected_at"] or view.run["started_at"],
        **({"relevant-evidence": evidence} if evidence else {}),
        **({"remarks": "\n".join(notes)} if notes else {}),
    }


def _findings(view: View, controls: dict[str, ControlLine]) -> Iterator[dict[str, Any]]:
    for row in view.rows:
        if row["result"] not in {"PASS", "FAIL"}:
            continue
        passed, control = row["result"] == "PASS", controls[row["control"]]
        status = {
            "state": "satisfied" if passed else "not-satisfied",
            "reason": "pass" if passed else "fail",
            **({"remarks": f"Accepted by a waiver until {row['waiver']['expires']}."} if _waived(row) else {}),
        }
        yield {
            "uuid": _uuid(view, f"{row['test_id']} finding"),
            "title": f"{control.title} in account {row['account_id']}",
            "description": row["reason"],
            "target": {"type": "objective-id", "target-id": row["control"], "status": status},
            "related-observations": [{"observation-uuid": _uuid(view, row["test_id"])}],
        }


def _waived(row: Row) -> bool:
    return bool(row["disposition"] == "WAIVED")


def _property(name: str, value: str) -> dict[str, str]:
    return {"name": name.replace("_", "-"), "ns": _PROPERTIES, "value": value}


def _uuid(view: View, what: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{view.run['id']} {view.run['benchmark']} {what}"))
