"""``results.ocsf.jsonl``: every result row as an OCSF Compliance Finding (class 2003, schema 1.3.0), for data lakes.

Fields and numbers after https://schema.ocsf.io/1.3.0/classes/compliance_finding with the profile ``cloud``, read
2026-11-23. What is the same in every finding of the class, or said by another field, is left out: there are as many
findings as rows. ``message`` is the row's reason, ``metadata.uid`` its SHA-256.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from orgaudit.report.tally import Row
from orgaudit.report.view import ControlLine, View

SCHEMA_VERSION = "1.3.0"
_CATEGORY, _CLASS, _CREATE = 2, 2003, 1
STATUS: Mapping[str, tuple[int, str]] = {
    "PASS": (1, "Pass"),
    "NOT_EVALUATED": (2, "Warning"),  # "did not yield a result due to missing information"
    "FAIL": (3, "Fail"),
    "NOT_APPLICABLE": (99, "Not applicable"),  # 99 is Other: the word is then the source's own
}
"""``compliance.status_id`` and its caption, by result."""
_SEVERITY: Mapping[str, tuple[int, str]] = {
    "low": (2, "Low"),
    "medium": (3, "Medium"),
    "high": (4, "High"),
    "critical": (5, "Critical"),
}
_INFORMATIONAL = (1, "Informational")
_UNMAPPED = ("result", "disposition", "coverage", "broken_link", "inherited_from")
_NEW, _SUPPRESSED = (1, "New"), (3, "Suppressed")


def write_ocsf(view: View, out: IO[bytes]) -> None:
    """Write one finding a line, in the order of the rows, in UTF-8: the same view gives the same bytes."""
    controls = {line.key: line for line in view.controls}
    names = {account.account_id: account.name for account in view.accounts}
    for row in view.rows:
        finding = _finding(view, row, controls[row["control"]], names.get(row["account_id"], ""))
        out.write(_line(finding).encode("utf-8", "backslashreplace") + b"\n")


_line = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def _finding(view: View, row: Row, control: ControlLine, name: str) -> dict[str, Any]:
    severity = _SEVERITY[control.severity] if row["result"] == "FAIL" else _INFORMATIONAL
    status = _SUPPRESSED if row["disposition"] == "WAIVED" else _NEW
    partition = str(view.run["caller_arn"]).split(":")[1]
    return {
        "activity_id": _CREATE,
        "category_uid": _CATEGORY,
        "class_uid": _CLASS,
        "type_uid": _CLASS * 100 + _CREATE,
        "time": _milliseconds(row["collected_at"] or view.run["started_at"]),
        "severity_id": severity[0],
        "severity": severity[1],
        "status_id": status[0],
        "status": status[1],
        "message": row["reason"],
        "metadata": _metadata(view, row),
        "finding_info": {"uid": row["test_id"], "title": control.title},
        "compliance": _compliance(view, row, control),
        "cloud": {
            "provider": "AWS",
            "account": {"uid": row["account_id"], "name": name, "type_id": 10},
            "org": {"uid": str(view.run["organization_id"])},
        },
        "resources": [{"uid": row["account_id"], "type": "AwsAccount", "cloud_partition": partition}],
        **_remediation(row, control),
        "unmapped": {key: row[key] for key in _UNMAPPED if row[key]},
    }


def _metadata(view: View, row: Row) -> dict[str, Any]:
    return {
        "version": SCHEMA_VERSION,
        "profiles": ["cloud"],
        "product": {"name": "orgaudit", "vendor_name": "orgaudit", "version": view.run["tool_version"]},
        "uid": row["row_sha256"],
        "correlation_uid": view.run["id"],
        "event_code": row["control"],
    }


def _compliance(view: View, row: Row, control: ControlLine) -> dict[str, Any]:
    number, caption = STATUS[row["result"]]
    return {
        "status_id": number,
        "status": caption,
        "status_code": row["reason_code"],
        "control": row["control"],
        "standards": [f"CIS AWS Foundations Benchmark {view.run['benchmark']}"],
        "requirements": [control.section or control.title],
    }


def _remediation(row: Row, control: ControlLine) -> dict[str, Any]:
    if row["result"] != "FAIL" or control.control is None:
        return {}
    return {"remediation": {"desc": control.control.remediation}}


def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
