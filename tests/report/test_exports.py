"""What other programs take is valid by their own models, and says what the rows say."""

import io
import json
from collections import Counter
from typing import Any

import boto3
import junitparser
import pytest
from botocore.validate import ParamValidator
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from trestle.oscal.assessment_results import AssessmentResults

from orgaudit.report.asff import BATCH
from orgaudit.report.exports import EXPORTS
from orgaudit.report.ocsf import SCHEMA_VERSION
from tests.conftest import DemoRun, orgaudit
from tests.report.conftest import Sample


@pytest.fixture(params=["sample", "hostile"])
def organization(request: pytest.FixtureRequest) -> Sample:
    found: Sample = request.getfixturevalue(request.param)
    return found


def written(organization: Sample, form: str) -> bytes:
    out = io.BytesIO()
    EXPORTS[form](organization.view(), out)
    return out.getvalue()


def results_of(organization: Sample) -> Counter[str]:
    return Counter(row["result"] for row in organization.view().rows)


@pytest.mark.parametrize("form", list(EXPORTS))
def test_the_same_view_gives_the_same_bytes(organization: Sample, form: str) -> None:
    assert written(organization, form) == written(organization, form)


def test_ocsf_is_valid_by_the_published_schema(organization: Sample) -> None:
    schemas = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=SCHEMA_VERSION))
    schema: dict[str, Any] = schemas.get_class_schema(class_name="compliance_finding", profiles=["cloud"])
    validator = Draft202012Validator(schema)
    lines = [json.loads(line) for line in written(organization, "ocsf").splitlines()]
    assert len(lines) == len(organization.view().rows)
    assert [error.message for line in lines for error in validator.iter_errors(line)] == []


def test_asff_is_what_security_hub_takes(organization: Sample) -> None:
    model = boto3.client("securityhub", region_name="eu-central-1").meta.service_model
    shape = model.operation_model("BatchImportFindings").input_shape
    batches = [json.loads(line) for line in written(organization, "asff").splitlines()]
    for batch in batches:
        assert ParamValidator().validate(batch, shape).generate_report() == ""
        assert 1 <= len(batch["Findings"]) <= BATCH
        assert len({finding["AwsAccountId"] for finding in batch["Findings"]}) == 1
    findings = [finding for batch in batches for finding in batch["Findings"]]
    words = {"PASSED": "PASS", "FAILED": "FAIL", "WARNING": "NOT_EVALUATED", "NOT_AVAILABLE": "NOT_APPLICABLE"}
    assert Counter(words[finding["Compliance"]["Status"]] for finding in findings) == results_of(organization)
    assert len({finding["Id"] for finding in findings}) == len(findings)
    assert max(len(finding["Title"]) for finding in findings) <= 256
    assert max(len(finding["Description"]) for finding in findings) <= 1024


def test_asff_keeps_a_waived_fail_a_fail(sample: Sample) -> None:
    findings = [one for line in written(sample, "asff").splitlines() for one in json.loads(line)["Findings"]]
    waived = [one for one in findings if one["ProductFields"].get("orgaudit/disposition") == "WAIVED"]
    assert {(one["Compliance"]["Status"], one["Workflow"]["Status"]) for one in waived} == {("FAILED", "SUPPRESSED")}


def test_oscal_is_valid_by_trestle(organization: Sample) -> None:
    document = AssessmentResults.model_validate(json.loads(written(organization, "oscal"))["assessment-results"])
    (result,) = document.results
    counted = results_of(organization)
    assert len(result.observations or []) == len(organization.view().rows)
    states = Counter(str(getattr(one.target.status.state, "value", one.target.status.state)) for one in result.findings)
    assert states == {"satisfied": counted["PASS"], "not-satisfied": counted["FAIL"]}


def test_junit_counts_what_the_rows_say(organization: Sample) -> None:
    document = junitparser.JUnitXml.fromstring(written(organization, "junit"))
    rows, counted = organization.view().rows, results_of(organization)
    waived = sum(row["disposition"] == "WAIVED" for row in rows)
    assert document.tests == len(rows)
    assert document.failures == counted["FAIL"] - waived
    assert document.errors == counted["NOT_EVALUATED"]
    assert document.skipped == counted["NOT_APPLICABLE"] + waived


def test_frameworks_name_their_sources_and_count_what_the_rows_say(sample: Sample) -> None:
    document = json.loads(written(sample, "frameworks"))
    by_control = Counter((row["control"], row["result"]) for row in sample.view().rows)
    keys = {framework["key"] for framework in document["frameworks"]}
    assert {"nist_800_53_r5", "pci_dss_4_0", "soc2_tsc", "iso_27001_2022", "hipaa_security_rule"} <= keys
    for framework in document["frameworks"]:
        for requirement in framework["requirements"]:
            for one in requirement["controls"]:
                assert one["source"]
                for result in ("PASS", "FAIL", "NOT_EVALUATED", "NOT_APPLICABLE"):
                    assert one["results"][result] == by_control[one["control"], result]


def test_export_writes_to_standard_output_or_a_file(demo_run: DemoRun, tmp_path: Any) -> None:
    file = tmp_path / "out.jsonl"
    told = orgaudit("export", demo_run.bundle, "--format", "ocsf", "--out", file)
    assert (told.code, told.out.strip()) == (0, str(file))
    assert file.read_bytes() == (demo_run.bundle / "results.ocsf.jsonl").read_bytes()
    assert orgaudit("export", demo_run.bundle, "--format", "ocsf").out == file.read_text("utf-8")
    refused = orgaudit("export", demo_run.bundle, "--format", "ocsf", "--out", tmp_path / "no" / "x")
    assert (refused.code, len(refused.err.splitlines())) == (3, 1)
