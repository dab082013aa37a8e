"""Which rows there are, and what stands in them."""

from typing import Any

import pytest

from orgaudit.controls import CATALOG, VERSIONS
from orgaudit.evaluation import assess, evaluate
from orgaudit.model.chain import links_of
from orgaudit.model.schemas import FINDINGS
from orgaudit.model.settings import Audit, Config, OwnControl
from orgaudit.model.values import row_sha256
from tests.evaluation.changes_of_alarms import (
    alarm,
    another_filter,
    pattern,
)
from tests.evaluation.recorded import Organization, own_chain
from tests.evaluation.scenario import Change, only, verdict
from tests.evaluation.things import (
    MEMBER,
    SECURITY_GROUP_EVENTS,
    any_event,
)

SIX = any_event(*SECURITY_GROUP_EVENTS[:6])


def rows(organization: Organization, config: Config | None = None, benchmark: str = "7.0.0") -> list[dict[str, Any]]:
    return assess(organization.frames(config), benchmark).rows


def of(account: str, listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["control"]: row for row in listed if row["account_id"] == account}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_account_has_a_row_for_every_control_with_a_section(version):
    listed = rows(own_chain(), benchmark=version)
    wanted = [key for key, control in CATALOG.items() if control.edition(version)]
    assert [row["control"] for row in listed] == wanted * 4
    assert all(row["section"] for row in listed)
    assert [row["account_id"] for row in listed] == sorted(row["account_id"] for row in listed)


@pytest.mark.parametrize(
    ("control", "in_2", "in_7"),
    [("org_trail", False, False), ("trail_cloudwatch_logs_integration", True, False), ("vpc_changes", True, True)],
)
def test_a_control_without_a_section_has_rows_only_when_it_is_named(control, in_2, in_7):
    for version, there in (("2.0.0", in_2), ("7.0.0", in_7)):
        assert (control in of(MEMBER, rows(own_chain(), benchmark=version))) is there
        named = of(MEMBER, rows(own_chain(), only(control, Config()), version))
        assert list(named) == [control]
        assert bool(named[control]["section"]) is there


def test_a_control_of_ones_own_has_its_section_in_every_version():
    own = OwnControl("own", "ORG-1", "Own", "{ $.eventName = DeleteBucket }", "s3.amazonaws.com")
    for version in ("1.2.0", "7.0.0"):
        assert of(MEMBER, rows(own_chain(), Config(controls=(own,)), version))["own"]["section"] == "ORG-1"


def test_one_collection_answers_for_every_version():
    frames = own_chain().frames()
    six = own_chain()
    pattern(SIX)(six)
    seen = {version: len(evaluate(frames, version)) for version in VERSIONS}
    assert seen == {version: 4 * sum(1 for one in CATALOG.values() if one.edition(version)) for version in VERSIONS}


def test_an_unknown_version_is_refused():
    with pytest.raises(ValueError, match="unknown benchmark version"):
        evaluate(own_chain().frames(), "9.9.9")


def test_findings_are_a_frame_of_their_schema():
    findings = evaluate(own_chain().frames())
    assert len(FINDINGS.check(findings)) == len(assess(own_chain().frames()).rows)


def test_the_same_evidence_gives_the_same_rows():
    assert rows(own_chain()) == rows(own_chain())


def test_a_row_carries_its_own_hash():
    for row in rows(own_chain()):
        assert row["row_sha256"] == row_sha256(row)
        assert row_sha256(row | {"result": "?"}) != row["row_sha256"]


def test_a_witness_is_an_event_of_the_control_in_the_account():
    organization = own_chain()
    pattern(SIX)(organization)
    witness = verdict(organization)["witness"]
    assert witness["eventName"] == "ModifySecurityGroupRules"
    assert witness["recipientAccountId"] == MEMBER
    assert witness["managementEvent"] is True
    assert witness["readOnly"] is False


def test_a_pass_tells_every_link_of_its_chain():
    row = verdict(own_chain())
    assert list(row["chain"]) == [
        "trail", "selectors", "delivery", "filter", "metric", "alarm", "action", "topic", "subscription",
    ]  # fmt: skip
    assert {link["state"] for link in links_of(row)} == {"held"}
    assert row["chain"]["alarm"].startswith("arn:aws:cloudwatch:")


def test_a_fail_tells_how_far_its_chain_got():
    organization = own_chain()
    alarm(ActionsEnabled=False)(organization)
    row = verdict(organization)
    assert list(row["chain"])[-1] == row["broken_link"] == "action"
    assert row["chain"]["action"]["note"] == row["reason"]
    states = [link["state"] for link in links_of(row)]
    assert states == ["held"] * 6 + ["broken"] + ["not_reached"] * 2


def changed(*changes: Change, start=own_chain) -> Organization:
    organization = start()
    for change in changes:
        change(organization)
    return organization


def shares_alarm() -> Organization:
    """Two filters feed one metric, and so one alarm serves two controls."""
    return changed(another_filter("vpc", "{ $.eventName = *Vpc* }"))


def test_one_alarm_for_several_controls_is_observed():
    listed = of(MEMBER, rows(shares_alarm(), Config(audit=Audit(controls=("security_group_changes", "vpc_changes")))))
    codes = {control: [note["code"] for note in row["observations"]] for control, row in listed.items()}
    assert "SHARED_ALARM" in codes["security_group_changes"]
    lone = of(MEMBER, rows(own_chain()))["security_group_changes"]
    assert "SHARED_ALARM" not in [note["code"] for note in lone["observations"]]
