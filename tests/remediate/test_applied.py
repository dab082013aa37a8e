"""The commands, run with the real AWS CLI in a simulated organization, close what they say they close."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orgaudit import pipeline
from orgaudit.config import parse_config
from orgaudit.demo import ACCOUNTS
from orgaudit.progress import Silent
from orgaudit.remediate import Plan
from tests.remediate.applied import Served, aws_cli, quick_aws, served

pytestmark = [
    pytest.mark.skipif(aws_cli() is None, reason="the AWS CLI is not installed; `make tools` installs it"),
    pytest.mark.timeout(1200),  # two runs and some hundred commands, on a machine that may be busy
]

CLOSED_BY_COMMANDS = {
    "ACTIONS_DISABLED",
    "ALARM_CANNOT_FIRE",
    "ALARM_NEEDS_MORE_DATAPOINTS",
    "ALARM_NEEDS_MORE_EVENTS",
    "ALARM_ON_OTHER_METRIC",
    "ALARM_STUCK",
    "ALARM_TOO_LATE",
    "DELIVERY_ERROR",
    "FILTERED_OUT",
    "FILTER_INCOMPLETE",
    "LATCHED",
    "NEVER_DELIVERED",
    "NO_ALARM",
    "NO_ALARM_ACTION",
    "NO_KMS_KEY",
    "NO_LOGGING_TRAIL",
    "NO_LOG_FILE_VALIDATION",
    "NO_LOG_GROUP",
    "NO_SUBSCRIPTION",
    "SELECTORS_EXCLUDE",
    "SUBSCRIPTION_PENDING",
    "TOPIC_IN_OTHER_REGION",
    "TOPIC_KEY_AWS_MANAGED",
    "TOPIC_KEY_DENIES",
    "TOPIC_NOT_FOUND",
    "TOPIC_POLICY_DENIES",
    "TRAIL_SINGLE_REGION",
}
"""Every kind of finding in the simulated organization but those left to people."""
LEFT_TO_PEOPLE = {"MEMBER_NOT_RECORDED", "MUTED"}

BROKEN = [
    account.id for account in ACCOUNTS if account.id[0] in "12" or account.id[:2] in {"33", *map(str, range(40, 49))}
]
"""Central security, and every account with something to repair."""


@dataclass(frozen=True)
class Repaired:
    """A run, what it said would close its findings, and the run after that was done."""

    before: pipeline.Finished
    plan: Plan
    after: pipeline.Finished
    refused: list[str]
    """What the scripts said where one failed."""


@pytest.fixture(scope="module")
def repaired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repaired]:
    folder = tmp_path_factory.mktemp("repair")
    # a socket's path has to be short
    with tempfile.TemporaryDirectory() as short, quick_aws(Path(short)) as aws, served(BROKEN) as organization:
        config = parse_config(organization.configuration, "served")
        before = pipeline.run(config, folder / "evidence", Silent())
        plan = pipeline.remediate(before.folder, "cli", folder / "repair")
        refused = list(_applied(plan, folder / "repair", organization, aws))
        organization.confirm_subscriptions()
        organization.bridge.deliveries.clear()  # CloudTrail delivers within minutes, once it may
        yield Repaired(before, plan, pipeline.run(config, folder / "evidence", Silent()), refused)


def _applied(plan: Plan, folder: Path, organization: Served, aws: Path) -> Iterator[str]:
    for recipe in plan.recipes:
        for account_id in sorted({place.account_id for place in recipe.places}):
            done = organization.run(folder / f"{recipe.name}.sh", account_id, aws)
            if done.returncode:
                yield f"{recipe.number} in {account_id}: {done.stderr}"


def test_every_command_is_accepted(repaired: Repaired) -> None:
    assert repaired.refused == []


def test_commands_are_offered_for_every_kind_but_what_people_decide(repaired: Repaired) -> None:
    offered = {test for recipe in repaired.plan.recipes for test in recipe.tests}
    assert {repaired.plan.rows[test]["reason_code"] for test in offered} == CLOSED_BY_COMMANDS
    assert {repaired.plan.rows[test]["reason_code"] for test in repaired.plan.rows.keys() - offered} == LEFT_TO_PEOPLE


def test_what_has_commands_passes_afterwards_members_too(repaired: Repaired) -> None:
    after = {row["test_id"]: row for row in repaired.after.assessment.rows}
    offered = {test for recipe in repaired.plan.recipes for test in recipe.tests}
    left = {test: (repaired.plan.rows[test]["reason_code"], after[test]["reason_code"]) for test in offered}
    assert {test: codes for test, codes in left.items() if after[test]["result"] != "PASS"} == {}
    assert any(repaired.plan.rows[test]["inherited_from"] for test in offered)


def test_nothing_gets_worse(repaired: Repaired) -> None:
    after = {row["test_id"]: row["result"] for row in repaired.after.assessment.rows}
    passed = [row["test_id"] for row in repaired.before.assessment.rows if row["result"] == "PASS"]
    assert [test for test in passed if after[test] != "PASS"] == []


def test_nothing_that_stood_there_is_gone(repaired: Repaired) -> None:
    """Every filter, alarm, topic, subscription and policy statement of before is there afterwards."""
    before, after = repaired.before.assessment.frames, repaired.after.assessment.frames
    for frame, key in (
        ("metric_filters", ["log_group_arn", "filter_name", "pattern"]),
        ("alarms", ["alarm_arn", "threshold", "alarm_actions"]),
        ("subscriptions", ["topic_arn", "protocol", "endpoint"]),
    ):
        stood = set(getattr(before, frame)[key].astype(str).itertuples(index=False, name=None))
        stands = set(getattr(after, frame)[key].astype(str).itertuples(index=False, name=None))
        assert stood - stands == set(), frame
