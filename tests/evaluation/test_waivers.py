"""What stands beside a FAIL, and what is stale."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from orgaudit.evaluation import assess
from orgaudit.model.settings import Config, Tuning, Waiver
from tests.evaluation.changes import refused
from tests.evaluation.changes_of_alarms import (
    no_alarm,
    no_filters,
    pattern,
)
from tests.evaluation.recorded import Organization, own_chain
from tests.evaluation.scenario import Change, only
from tests.evaluation.things import (
    MEMBER,
    REGION,
    SECURITY_GROUP_EVENTS,
    any_event,
    group_arn,
)


def of(account: str, listed: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["control"]: row for row in listed if row["account_id"] == account}


def waiver(expires: date = date(2026, 12, 31), accounts: tuple[str, ...] = (MEMBER,), **more: Any) -> Waiver:
    control = more.pop("control", "security_group_changes")
    return Waiver(control, accounts, "pilot", "CISO", date(2026, 10, 1), expires, **more)


def broken() -> Organization:
    organization = own_chain()
    no_alarm(organization)
    return organization


def waived(*waivers: Waiver, organization: Organization | None = None, **facts: Any) -> tuple[Any, Any]:
    config = only("security_group_changes", Config(waivers=waivers))
    assessment = assess((organization or broken()).frames(config, **facts))
    row = of(MEMBER, assessment.rows)["security_group_changes"]
    return (row["result"], row["disposition"], (row["waiver"] or {}).get("expires")), assessment.stale["waivers"]


def test_without_a_waiver_a_fail_is_open():
    assert waived() == (("FAIL", "OPEN", None), [])


def test_a_waiver_stands_beside_the_fail_and_never_overwrites_it():
    assert waived(waiver()) == (("FAIL", "WAIVED", "2026-12-31"), [])


def test_a_waiver_for_all_accounts():
    assert waived(waiver(accounts=("*",)))[0] == ("FAIL", "WAIVED", "2026-12-31")


@pytest.mark.parametrize(("day", "word"), [(22, "WAIVER_EXPIRED"), (23, "WAIVED")])
def test_a_waiver_holds_on_its_last_day(day, word):
    assert waived(waiver(date(2026, 11, day)))[0][1] == word


def test_whether_a_waiver_is_expired_depends_on_the_run_not_on_today():
    assert waived(waiver(date(2020, 1, 2)), started_at="2020-01-01T23:59:59Z")[0][1] == "WAIVED"


def test_an_expired_waiver_beside_a_valid_one_does_not_count_and_is_not_stale():
    assert waived(waiver(date(2026, 1, 1)), waiver()) == (("FAIL", "WAIVED", "2026-12-31"), [])


def test_a_waiver_for_another_account_or_control_is_stale():
    other, unknown = waiver(accounts=("444444444444",)), waiver(control="vpc_changes")
    (result, word, _), stale = waived(other, unknown)
    assert (result, word) == ("FAIL", "OPEN")
    assert [(one["control"], one["accounts"]) for one in stale] == [
        ("security_group_changes", ("444444444444",)),
        ("vpc_changes", (MEMBER,)),
    ]


def test_a_waiver_of_what_passes_is_stale():
    result, stale = waived(waiver(), organization=own_chain())
    assert result == ("PASS", "", None)
    assert len(stale) == 1


def test_a_waiver_of_what_was_not_evaluated_is_not_called_stale():
    organization = own_chain()
    refused("logs:DescribeMetricFilters")(organization)
    assert waived(waiver(), organization=organization) == (("NOT_EVALUATED", "", None), [])


def changed(*changes: Change, start=own_chain) -> Organization:
    organization = start()
    for change in changes:
        change(organization)
    return organization


def other_route(pattern_text: str = "") -> Change:
    def change(organization: Organization) -> None:
        organization.subscription_filters[group_arn()] = [
            {
                "filterName": "siem",
                "filterPattern": pattern_text,
                "destinationArn": f"arn:aws:kinesis:{REGION}:1:stream/siem",
            }
        ]

    return change


def test_a_waiver_can_cite_another_route():
    organization = changed(no_filters, other_route())
    result, _ = waived(replace(waiver(), reason="SIEM watches it"), organization=organization)
    assert result[:2] == ("FAIL", "WAIVED")


def tuned(*tuning: Tuning, pattern_text: str) -> tuple[str, list[dict[str, Any]], list[str]]:
    """The coverage, the tuning that the row rests on, and what is stale."""
    organization = own_chain()
    pattern(pattern_text)(organization)
    assessment = assess(organization.frames(only("security_group_changes", Config(tuning=tuning))))
    row = of(MEMBER, assessment.rows)["security_group_changes"]
    return row["coverage"], row["tuning"], [one["reason"] for one in assessment.stale["tuning"]]


def exclusion(name: str, expires: date, reason: str) -> Tuning:
    return Tuning("security_group_changes", f'{{ $.eventName = "{name}" }}', reason, "CISO", expires)


def test_tuning_that_expired_or_that_no_row_rests_on_is_stale():
    last = SECURITY_GROUP_EVENTS[-1]
    used = exclusion(last, date(2026, 12, 31), "used")
    expired = exclusion(last, date(2026, 11, 22), "expired")
    unused = exclusion(SECURITY_GROUP_EVENTS[0], date(2026, 12, 31), "unused")
    coverage, rests_on, stale = tuned(used, expired, unused, pattern_text=any_event(*SECURITY_GROUP_EVENTS[:-1]))
    assert (coverage, [one["reason"] for one in rests_on], stale) == ("TUNED", ["used"], ["expired", "unused"])
    assert tuned(expired, pattern_text=any_event(*SECURITY_GROUP_EVENTS[:-1]))[::2] == ("ESCAPES", ["expired"])
