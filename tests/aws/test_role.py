"""The permissions that are printed: a template that CloudFormation takes, and a role that may read and nothing else."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import enable_iam_authentication
from moto.iam.models import iam_backends

from orgaudit.aws import role
from orgaudit.aws.actions import ACTIONS, CALLER_ACTIONS, ROLE_ACTIONS
from orgaudit.aws.collect import collect
from orgaudit.aws.organization import open_organization
from orgaudit.aws.sweeping import sweep
from orgaudit.config import parse_config
from orgaudit.demo import ACCOUNTS, EXTERNAL_ID, MANAGEMENT_ACCOUNT_ID, simulated_organization
from orgaudit.evidence.masking import Mask
from orgaudit.model.calls import Outcome, Record
from orgaudit.model.handover import HANDOVER_ACTIONS
from orgaudit.progress import Silent

READ = ("Describe", "Get", "List", "Test")
PRINCIPAL, ORGANIZATION = "arn:aws:iam::111122223333:role/Auditor", "o-a1b2c3d4e5"
MEMBERS = ("200000000001", "310000000001", "320000000001", "320000000002")


def test_the_role_may_make_the_calls_of_an_audit_and_no_other() -> None:
    (statement,) = role.role_policy()["Statement"]
    assert statement["Action"] == list(ROLE_ACTIONS)
    assert {action.iam for action in ACTIONS} == {*ROLE_ACTIONS, *CALLER_ACTIONS}
    assert [action for action in ROLE_ACTIONS if not action.partition(":")[2].startswith(READ)] == []


def test_who_starts_may_list_assume_the_named_roles_and_read() -> None:
    statements = {one["Sid"]: one for one in role.start_policy(["OrgAudit", "Other"], "aws-cn")["Statement"]}
    assert statements["AssumeTheRoles"]["Resource"] == [
        "arn:aws-cn:iam::*:role/OrgAudit",
        "arn:aws-cn:iam::*:role/Other",
    ]
    allowed = {action for one in statements.values() for action in one["Action"]}
    assert allowed == {*ROLE_ACTIONS, *CALLER_ACTIONS}


def test_what_hands_over_is_no_part_of_an_audit() -> None:
    statements = role.handover_policy()["Statement"]
    allowed = {action for one in statements for action in one["Action"]}
    assert allowed == {action for needed in HANDOVER_ACTIONS.values() for action in needed}
    assert not allowed & {*ROLE_ACTIONS, *CALLER_ACTIONS}


def test_cloudformation_takes_the_template(tmp_path: Path) -> None:
    """The broken one shows that the linter looks."""
    template = role.role_template()
    (tmp_path / "role.yaml").write_text(template, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text(template.replace("!Ref RoleName", "!Ref RoleNme"), encoding="utf-8")
    files = [tmp_path / "role.yaml", tmp_path / "broken.yaml"]
    program = "from cfnlint.runner import main; main()"
    command = [sys.executable, "-c", program, "--format", "json", "--include-checks", "I", "--", *map(str, files)]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert {Path(one["Filename"]).name for one in said} == {"broken.yaml"}


def parameters(**values: str) -> list[dict[str, str]]:
    given = {"TrustedPrincipal": PRINCIPAL, "OrganizationId": ORGANIZATION, **values}
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]


@pytest.mark.parametrize("external_id", ["", "s3cret:id"])
def test_a_stack_of_the_template_is_the_role_that_is_printed(external_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        session = boto3.Session(region_name="us-east-1")
        session.client("cloudformation").create_stack(
            StackName="orgaudit",
            TemplateBody=role.role_template(),
            Parameters=parameters(ExternalId=external_id),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        iam: Any = session.client("iam")
        made = iam.get_role(RoleName="OrgAudit")["Role"]
        inline = iam.get_role_policy(RoleName="OrgAudit", PolicyName="ReadAlarmChains")["PolicyDocument"]
    assert made["AssumeRolePolicyDocument"] == role.trust_policy(PRINCIPAL, ORGANIZATION, external_id)
    assert (json.loads(inline.replace("'", '"')) if isinstance(inline, str) else inline) == role.role_policy()


class Kept:
    """A recorder in memory."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def write(self, account_id: str, records: Iterable[Record], finished: bool) -> None:
        self.records += records

    def records_of(self, account_id: str) -> list[Record]:
        return [record for record in self.records if record.call.account_id == account_id]


def in_moto(document: dict[str, Any]) -> str:
    """Moto 5.2 looks CloudWatch's actions up by the name that signs requests, `monitoring`."""
    return json.dumps(document).replace("cloudwatch:", "monitoring:")


@pytest.fixture
def enforced() -> Iterator[str]:
    """A small organization in which IAM policies are enforced; its configuration."""
    accounts = [one for one in ACCOUNTS if one.id in {MANAGEMENT_ACCOUNT_ID, *MEMBERS}]
    with simulated_organization(accounts) as organization:
        for account in accounts:
            iam = iam_backends[account.id]["aws"]
            if any(found.name == "OrgAudit" for found in iam.roles.values()):
                iam.put_role_policy("OrgAudit", "ReadAlarmChains", in_moto(role.role_policy()))
        start = in_moto(role.start_policy(["OrgAudit"]))
        iam_backends[MANAGEMENT_ACCOUNT_ID]["aws"].put_role_policy("Auditor", "Start", start)
        with enable_iam_authentication():
            yield organization.configuration


def collected(configuration: str) -> list[Record]:
    config = parse_config(configuration, "audit.toml")
    access, kept = open_organization(config, "run-1", Mask(bytes(32))), Kept()
    try:
        collect(access, config, kept)
        sweep(access, config, kept, Silent(), MEMBERS)
    finally:
        access.close()
    return kept.records


def test_with_these_policies_no_call_of_an_audit_is_refused(enforced: str) -> None:
    records = collected(enforced)
    assert [record for record in records if record.outcome is Outcome.REFUSED] == []
    asked = Counter(f"{record.call.service}:{record.call.operation}" for record in records)
    never = {
        "logs:TestMetricFilter",
        "cloudwatch:GetAlarmMuteRule",
        "oam:GetLink",
    }  # asked on demand, or where there is one
    assert {*ROLE_ACTIONS, "sts:AssumeRole", "organizations:ListAccounts"} - never <= set(asked)


def test_without_them_everything_is_refused(enforced: str) -> None:
    """So the test above means something: moto does enforce."""
    for account_id in MEMBERS:
        iam_backends[account_id]["aws"].delete_role_policy("OrgAudit", "ReadAlarmChains")
    records = [record for record in collected(enforced) if record.call.account_id in MEMBERS]
    assert {record.outcome for record in records if record.call.service != "sts"} == {Outcome.REFUSED}


WRITES: dict[tuple[str, str], dict[str, Any]] = {
    ("logs", "put_metric_filter"): {
        "logGroupName": "a",
        "filterName": "b",
        "filterPattern": "",
        "metricTransformations": [{"metricName": "a", "metricNamespace": "b", "metricValue": "1"}],
    },
    ("logs", "delete_log_group"): {"logGroupName": "a"},
    ("cloudwatch", "delete_alarms"): {"AlarmNames": ["a"]},
    ("cloudwatch", "disable_alarm_actions"): {"AlarmNames": ["a"]},
    ("sns", "delete_topic"): {"TopicArn": "arn:aws:sns:eu-central-1:310000000001:a"},
    ("cloudtrail", "stop_logging"): {"Name": "a"},
    ("kms", "schedule_key_deletion"): {"KeyId": "a"},
    ("iam", "create_user"): {"UserName": "a"},
}


def test_the_role_may_write_nothing(enforced: str) -> None:
    assumed = boto3.client("sts", region_name="eu-central-1").assume_role(
        RoleArn=f"arn:aws:iam::{MEMBERS[1]}:role/OrgAudit", RoleSessionName="run-1", ExternalId=EXTERNAL_ID
    )["Credentials"]
    session = boto3.Session(
        assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"], region_name="eu-central-1"
    )
    for (service, operation), arguments in WRITES.items():
        client: Any = session.client(service)  # type: ignore[call-overload]
        with pytest.raises(ClientError, match="AccessDenied"):
            getattr(client, operation)(**arguments)
