"""Which steps close a finding, and what several accounts share."""

import json
from typing import Any

import pandas as pd
import pytest

from orgaudit.evaluation import assess
from orgaudit.evaluation.reasons import REASONS
from orgaudit.evidence.snapshot import Snapshot
from orgaudit.model.chain import things
from orgaudit.remediate import Estate, Plan, planned
from orgaudit.remediate.plan import CLOSES
from orgaudit.remediate.policies import delivery_rights, with_alarms, with_cloudwatch
from orgaudit.remediate.steps import (
    ACCOUNT,
    Alarm,
    DeliveryRole,
    Key,
    KeyPolicy,
    MetricFilter,
    Place,
    Subscription,
    Topic,
    TopicPolicy,
    TrailChange,
    shared,
)
from tests.conftest import DemoRun

TOPIC = "arn:aws:sns:eu-central-1:111122223333:alerts"


@pytest.fixture(scope="module")
def plan(demo_run: DemoRun) -> Plan:
    assessment = assess(Snapshot.open(demo_run.bundle))
    return planned(Estate(assessment.frames, assessment.rows))


def test_every_reason_of_a_fail_has_a_repair_or_a_sentence() -> None:
    assert set(CLOSES) == {code for code, reason in REASONS.items() if reason.result == "FAIL"}


def test_every_open_finding_has_steps_or_is_left_to_people_with_a_sentence(plan: Plan) -> None:
    silent = [
        test for test, closing in plan.closings.items() if not closing.steps and not closing.by_hand.endswith(".")
    ]
    assert silent == []


def test_a_gap_of_members_is_closed_once_where_the_chain_lives(plan: Plan) -> None:
    """Accounts under the organization trail share one filter in the account of its log group."""
    recipe = next(one for one in plan.recipes if any(plan.rows[test]["inherited_from"] for test in one.tests))
    assert {place.account_id for place in recipe.places} == {"200000000001"}
    filters = [step for step in recipe.steps if isinstance(step, MetricFilter)]
    assert len(filters) == len({step.name for step in filters}) < len(recipe.tests)


def test_accounts_with_the_same_gap_share_a_recipe(plan: Plan) -> None:
    recipe = next(one for one in plan.recipes if [type(step) for step in one.steps] == [Subscription])
    assert {place.account_id for place in recipe.places} == {"480000000001", "480000000002", "480000000003"}


def test_a_sound_filter_gets_an_alarm_and_no_second_filter(plan: Plan) -> None:
    steps = [step for _, step in plan.closings["450000000001.vpc_changes"].steps]
    assert not any(isinstance(step, MetricFilter) for step in steps)
    alarm = next(step for step in steps if isinstance(step, Alarm))
    assert (alarm.namespace, alarm.metric) == ("CloudTrailMetrics", "vpc_changes")


def test_a_new_alarm_takes_no_name_that_is_taken(plan: Plan) -> None:
    names = [step.name for recipe in plan.recipes for step in recipe.steps if isinstance(step, Alarm)]
    assert all(name.startswith("orgaudit-") for name in names)


def test_two_new_alarms_of_one_account_are_two(demo_run: DemoRun) -> None:
    """One on a filter that is sound, one with a filter of its own on another log group: the same control."""
    assessment = assess(Snapshot.open(demo_run.bundle))
    row = next(row for row in assessment.rows if row["test_id"] == "450000000001.vpc_changes")
    chain = {**row["chain"], "delivery": f"{row['chain']['delivery']}-2"}
    rows = [row, {**row, "test_id": "other", "chain": chain}]
    steps = [step for recipe in planned(Estate(assessment.frames, rows)).recipes for step in recipe.steps]
    alarms = {step.name: (step.namespace, step.metric) for step in steps if isinstance(step, Alarm)}
    assert alarms == {
        "orgaudit-vpc_changes": ("CloudTrailMetrics", "vpc_changes"),
        "orgaudit-vpc_changes-2": ("orgaudit", "vpc_changes-2"),
    }


def test_a_role_that_delivers_to_two_log_groups_may_write_to_both(demo_run: DemoRun) -> None:
    assessment = assess(Snapshot.open(demo_run.bundle))
    row = next(row for row in assessment.rows if row["reason_code"] == "DELIVERY_ERROR")
    trail = things(row)["trail"]
    trails = assessment.frames.trails
    second = trails[trails["trail_arn"] == trail].assign(
        trail_arn=f"{trail}-2", log_group_arn=lambda frame: frame["log_group_arn"] + "-2"
    )
    assessment.frames.trails = pd.concat([trails, second], ignore_index=True)
    other = {**row, "test_id": "other", "chain": {**row["chain"], "trail": f"{trail}-2"}}
    (recipe,) = planned(Estate(assessment.frames, [row, other])).recipes
    (role,) = [step for step in recipe.steps if isinstance(step, DeliveryRole)]
    (statement,) = delivery_rights(role.log_groups)["Statement"]
    first, further = statement["Resource"]
    assert further == first.replace(":log-stream:*", "-2:log-stream:*")


def test_all_changes_of_a_trail_are_one_step(plan: Plan) -> None:
    for recipe in plan.recipes:
        trails = [step.trail for step in recipe.steps if isinstance(step, TrailChange)]
        assert len(trails) == len(set(trails))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("TOPIC_POLICY_DENIES", TopicPolicy),
        ("TOPIC_NOT_FOUND", Topic),
        ("TOPIC_KEY_AWS_MANAGED", Key),
        ("TOPIC_KEY_DENIES", KeyPolicy),
    ],
)
def test_a_topic_of_many_accounts_is_opened_to_all_of_them_at_once(
    demo_run: DemoRun, code: str, kind: type[Topic | TopicPolicy | Key | KeyPolicy]
) -> None:
    """Central topics are common: of several policies for one thing, only the last set would stay."""
    assessment = assess(Snapshot.open(demo_run.bundle))
    topics = assessment.frames.topics
    topics["policy"] = topics["policy"].str.replace('"Deny"', '"Allow"')  # a policy that denies is left to people
    row = next(row for row in assessment.rows if row["reason_code"] == code and row["disposition"] == "OPEN")

    def elsewhere(link: Any) -> Any:
        return json.loads(json.dumps(link).replace(row["account_id"], "999922223333"))

    other = {
        **row,
        "test_id": "other",
        "chain": {**row["chain"], **{link: elsewhere(row["chain"].get(link)) for link in ("alarm", "action")}},
    }
    (recipe,) = planned(Estate(assessment.frames, [row, other])).recipes
    (step,) = [step for step in recipe.steps if isinstance(step, kind)]
    ours = json.loads(step.policy)["Statement"][-1]
    assert set(ours["Condition"]["StringEquals"]["aws:SourceAccount"]) == {"999922223333", ACCOUNT}
    assert recipe.tests == (row["test_id"], "other")


def test_selectors_for_data_events_are_kept(plan: Plan) -> None:
    changes = [
        json.loads(step.change) for recipe in plan.recipes for step in recipe.steps if isinstance(step, TrailChange)
    ]
    assert any("EventSelectors" in change or "AdvancedEventSelectors" in change for change in changes)


def test_a_policy_keeps_its_statements_and_gets_one_more() -> None:
    own = {"Sid": "OrgauditAlarms", "Effect": "Allow", "Principal": "*", "Action": "sns:Subscribe", "Resource": TOPIC}
    merged = json.loads(
        str(with_alarms(json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": own}), TOPIC, "1"))
    )
    assert merged["Id"] == "x"
    assert merged["Statement"][0] == own
    assert [one["Sid"] for one in merged["Statement"]] == ["OrgauditAlarms", "OrgauditAlarms2"]


@pytest.mark.parametrize("policy", ["", "[]", '{"Statement": [{"Effect": "Deny"}]}', '{"Statement": ["x"]}'])
def test_a_policy_that_denies_or_cannot_be_read_is_left_alone(policy: str) -> None:
    assert with_alarms(policy, TOPIC, "111122223333") is None
    assert with_cloudwatch(policy, "111122223333") is None


def test_what_is_shared_holds_no_account_and_no_region() -> None:
    step = shared(Subscription(TOPIC), Place("111122223333", "eu-central-1"))
    assert "111122223333" not in step.topic
    assert "eu-central-1" not in step.topic
    assert step == shared(Subscription(TOPIC.replace("1111", "9999")), Place("999922223333", "eu-central-1"))
