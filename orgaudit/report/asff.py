"""Result rows in the AWS Security Finding Format, in batches that Security Hub imports.

One line is one batch of at most 100 findings of one account: ``aws securityhub batch-import-findings --cli-input-json``
takes it with credentials of that account. Fields, limits and words after the Security Hub user guide, "AWS Security
Finding Format (ASFF)", and the API's model in botocore 1.44 (read 2026-11-26).
"""

import json
from collections.abc import Mapping
from itertools import groupby
from typing import IO, Any

from orgaudit.report.tally import Row
from orgaudit.report.view import ControlLine, View

BATCH = 100
_SCHEMA = "2018-10-08"
_TYPE = "Software and Configuration Checks/Industry and Regulatory Standards/CIS AWS Foundations Benchmark"
_STATUS: Mapping[str, str] = {
    "PASS": "PASSED",
    "FAIL": "FAILED",
    "NOT_EVALUATED": "WARNING",
    "NOT_APPLICABLE": "NOT_AVAILABLE",
}
_WORKFLOW: Mapping[str, str] = {"PASS": "RESOLVED", "NOT_APPLICABLE": "RESOLVED"}
_TITLE, _DESCRIPTION, _TEXT, _FIELD = 256, 1024, 512, 2048
"""How long ASFF lets these be, in characters."""
_MOST_REQUIREMENTS, _REQUIREMENT = 32, 64


def write_asff(view: View, out: IO[bytes]) -> None:
    """Write the batches, one a line, in the order of the rows: the same view gives the same bytes."""
    controls = {line.key: line for line in view.controls}
    region = _region(view)
    for _, rows in groupby(view.rows, key=lambda row: row["account_id"]):
        findings = [_finding(view, row, controls[row["control"]], region) for row in rows]
        for start in range(0, len(findings), BATCH):
            batch = {"Findings": findings[start : start + BATCH]}
            line = json.dumps(batch, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            out.write(line.encode("utf-8", "backslashreplace") + b"\n")


def _region(view: View) -> str:
    """Where the audit asked most: Security Hub is regional, a finding about trails of all regions belongs there."""
    regions = view.calls["region"].dropna()
    return str(regions[regions != ""].mode().min())


def _finding(view: View, row: Row, control: ControlLine, region: str) -> dict[str, Any]:
    account_id, run = row["account_id"], view.run
    partition = str(run["caller_arn"]).split(":")[1]
    failed = row["result"] == "FAIL"
    waived = row["disposition"] == "WAIVED"
    return {
        "SchemaVersion": _SCHEMA,
        "Id": f"orgaudit/{run['organization_id']}/{row['test_id']}",
        "ProductArn": f"arn:{partition}:securityhub:{region}:{account_id}:product/{account_id}/default",
        "ProductName": "orgaudit",
        "CompanyName": "orgaudit",
        "GeneratorId": f"orgaudit/cis-{run['benchmark']}/{row['control']}",
        "AwsAccountId": account_id,
        "Region": region,
        "Types": [_TYPE],
        "CreatedAt": row["collected_at"] or run["started_at"],
        "UpdatedAt": row["collected_at"] or run["started_at"],
        "Title": _cut(f"{control.section} {control.title}".strip(), _TITLE),
        "Description": _cut(row["reason"], _DESCRIPTION),
        "Severity": {"Label": control.severity.upper() if failed else "INFORMATIONAL"},
        "Compliance": {"Status": _STATUS[row["result"]], "RelatedRequirements": _requirements(view, control)},
        "Workflow": {"Status": "SUPPRESSED" if waived else _WORKFLOW.get(row["result"], "NEW")},
        "RecordState": "ACTIVE",
        "Resources": [{"Type": "AwsAccount", "Id": f"AWS::::Account:{account_id}", "Partition": partition}],
        "ProductFields": _fields(view, row),
        **({"Remediation": {"Recommendation": {"Text": _remedy(control)}}} if failed and control.control else {}),
    }


def _requirements(view: View, control: ControlLine) -> list[str]:
    found = [f"CIS AWS Foundations Benchmark v{view.run['benchmark']}/{control.section}"]
    for requirement in control.control.requirements if control.control else ():
        found += [f"{requirement.framework}/{one}" for one in requirement.ids]
    return [one for one in found if len(one) <= _REQUIREMENT][:_MOST_REQUIREMENTS]


def _fields(view: View, row: Row) -> dict[str, str]:
    told = {name: row[name] for name in ("result", "disposition", "reason_code", "coverage", "broken_link")}
    told |= {name: row[name] for name in ("inherited_from", "observed", "expected", "row_sha256")}
    found = {f"orgaudit/{name}": _cut(str(value), _FIELD) for name, value in told.items() if value}
    return found | {"orgaudit/run_id": str(view.run["id"])}


def _remedy(control: ControlLine) -> str:
    return _cut(control.control.remediation if control.control else "", _TEXT)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
