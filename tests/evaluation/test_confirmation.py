"""AWS is asked about the proofs: what it answers settles what is open, and no verdict stands against it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from orgaudit.evaluation import Assessment, assess, calibration
from orgaudit.evaluation.confirmation import Confirmation
from orgaudit.model.answers import frames_of
from orgaudit.model.calls import Call, Record
from orgaudit.model.settings import Audit, Config, Tuning
from orgaudit.patterns import FLAGS, parse
from orgaudit.patterns.reading import reading_of
from tests.evaluation.changes_of_alarms import another_chain, another_filter, pattern
from tests.evaluation.recorded import Organization, inherited_chain, own_chain
from tests.evaluation.things import MANAGEMENT, MEMBER, NOW, SECURITY_GROUP_EVENTS, SECURITY_GROUPS, any_event
from tests.metric_filter_service import MetricFilterService

CONTROL = "security_group_changes"
CONFIRM = Config(audit=Audit(confirm_with_aws=True, controls=(CONTROL,)))
SIX = any_event(*SECURITY_GROUP_EVENTS[:6])
INNER = "{ " + " || ".join(f"$.eventName = {name[:3]}*{name[-5:]}" for name in SECURITY_GROUP_EVENTS) + " }"


def asked_of(service: MetricFilterService, questions: dict[str, tuple[str, ...]]) -> list[Record]:
    return [
        service.record(
            Call.of(MANAGEMENT, "us-east-1", "logs", "TestMetricFilter", filterPattern=text, logEventMessages=[*sent])
        )
        for text, sent in questions.items()
    ]


def confirmed(
    organization: Organization, service: MetricFilterService, config: Config = CONFIRM, benchmark: str = "7.0.0"
) -> tuple[Assessment, list[Record]]:
    """What a run would come to: the language first, then the proofs, then the verdicts from evidence alone."""
    records = organization.records(config)
    facts = organization.frames(config).run
    records += asked_of(service, calibration())
    first = assess(frames_of(records, facts, config), benchmark)
    records += asked_of(service, first.questions)
    return assess(frames_of(records, facts, config), benchmark), records


def row_of(assessment: Assessment, account: str = MEMBER) -> dict[str, Any]:
    return next(row for row in assessment.rows if (row["account_id"], row["control"]) == (account, CONTROL))


def organization(*changes: Callable[[Organization], object]) -> Organization:
    made = own_chain()
    for change in changes:
        change(made)
    return made


def notes(row: dict[str, Any]) -> list[str]:
    return [note["code"] for note in row["observations"]]


def told(assessment: Assessment) -> list[dict[str, Any]]:
    """The rows without what only the asking adds."""
    beside = {"evidence", "observations", "row_sha256", "collected_at"}
    return [{key: value for key, value in row.items() if key not in beside} for row in assessment.rows]


def plain(made: Organization) -> Assessment:
    return assess(made.frames(replace(CONFIRM, audit=replace(CONFIRM.audit, confirm_with_aws=False))))


# AWS agrees


@pytest.mark.parametrize(
    "text", [SECURITY_GROUPS, SIX, " ".join(f"?{name}" for name in SECURITY_GROUP_EVENTS), '{ $.eventName != "x" }', ""]
)
def test_where_aws_agrees_nothing_but_the_evidence_changes(text):
    made = organization(pattern(text))
    found, _ = confirmed(made, MetricFilterService())
    assert told(found) == told(plain(made))
    assert found.questions == {}
    row = row_of(found)
    assert "NOT_CONFIRMED" not in notes(row)
    assert any("logs:TestMetricFilter/" in item for item in row["evidence"])


def test_nothing_is_asked_or_noted_unless_the_configuration_wants_it():
    found = plain(organization())
    assert found.questions == {}
    assert notes(row_of(found)) == notes(row_of(plain(organization())))
    assert not any("NOT_CONFIRMED" in notes(row) for row in found.rows)


def test_answers_count_for_nothing_where_the_configuration_does_not_want_them():
    made = organization()
    _, records = confirmed(made, MetricFilterService(contradicts=lambda text, message: True))
    off = replace(CONFIRM, audit=replace(CONFIRM.audit, confirm_with_aws=False))
    assert told(assess(frames_of(records, made.frames(off).run, off))) == told(plain(made))


def test_every_proof_asks_an_event_for_each_alternative_and_the_witness():
    """Of the prescribed text and of the filter alike; each event is what it is made to be."""
    service = MetricFilterService()
    found, _ = confirmed(organization(pattern(SIX)), service)
    witness = row_of(found)["witness"]
    criterion = row_of(found)["criterion"]
    for text, most in ((criterion, 7), (SIX, 6)):
        sent = [json.loads(message) for asked, message in service.pairs() if asked == text]
        names = [event["eventName"] for event in sent]
        assert set(names) == set(SECURITY_GROUP_EVENTS)
        assert witness["eventName"] in names
        assert len({event["eventName"] for event in sent if parse(text).matches(event)}) == most


def test_accounts_share_questions():
    """A text is asked about once, however many accounts use it, and no account's id is sent without need."""
    service = MetricFilterService()
    made = inherited_chain()
    next(iter(made.filters.values()))[0]["filterPattern"] = SIX
    found, _ = confirmed(made, service)
    assert len([row for row in found.rows if row["witness"]]) > 2
    assert len(service.pairs()) == len(set(service.pairs()))
    assert [text for text, _ in service.asked].count(SIX) == 1
    assert not [message for _, message in service.pairs() if MEMBER in message]


def test_a_filter_on_accounts_is_asked_with_the_account():
    """There the id decides, so it has to be sent."""
    text = "{ $.recipientAccountId != " + MEMBER + " && (" + SECURITY_GROUPS.strip("{} ") + ") }"
    service = MetricFilterService()
    found, _ = confirmed(organization(pattern(text)), service)
    assert row_of(found)["result"] == "FAIL"
    assert any(MEMBER in message for asked, message in service.pairs() if asked == text)


def test_texts_that_differ_in_blanks_only_are_different_questions():
    service = MetricFilterService()
    spaced = SIX.replace(" ", "  ")
    confirmed(organization(pattern(SIX), another_filter("more", spaced)), service)
    assert {SIX, spaced} <= {text for text, _ in service.asked}


# AWS contradicts


@pytest.mark.parametrize("event", SECURITY_GROUP_EVENTS)
@pytest.mark.parametrize("text", ["criterion", "filter"])
def test_a_pass_does_not_stand_against_one_event_of_its_proof(event, text):
    made = organization(pattern("{ $.eventName = *SecurityGroup* }"))
    criterion = row_of(plain(made))["criterion"]
    asked = criterion if text == "criterion" else "{ $.eventName = *SecurityGroup* }"
    lying = MetricFilterService(contradicts=lambda text, message: text == asked and f'"{event}"' in message)
    row = row_of(confirmed(made, lying)[0])
    assert (row["result"], row["reason_code"], row["coverage"]) == ("NOT_EVALUATED", "AWS_DISAGREES", "UNDECIDED")
    assert asked in row["observed"]
    assert event in row["observed"]
    assert row["missing"] == []
    (answer,) = [item for item in row["evidence"] if "TestMetricFilter" in item]
    assert answer.startswith(f"{MANAGEMENT}/us-east-1/logs:TestMetricFilter/")


def test_a_fail_does_not_stand_against_its_witness():
    """AWS says that the filter matches the very event that is said to escape it."""
    made = organization(pattern(SIX))
    assert row_of(plain(made))["result"] == "FAIL"
    lying = MetricFilterService(contradicts=lambda text, message: text == SIX and "ModifySecurityGroup" in message)
    row = row_of(confirmed(made, lying)[0])
    assert (row["result"], row["reason_code"], row["coverage"]) == ("NOT_EVALUATED", "AWS_DISAGREES", "UNDECIDED")
    assert (row["witness"], row["broken_link"], row["disposition"]) == (None, None, "")


def test_a_filter_that_the_proof_does_not_need_may_be_disputed():
    made = organization(another_chain("more", SIX))
    lying = MetricFilterService(contradicts=lambda text, message: text == SIX)
    assert row_of(confirmed(made, lying)[0])["result"] == "PASS"


def test_a_filter_that_covers_together_with_another_may_not():
    first, rest = any_event(*SECURITY_GROUP_EVENTS[:3]), any_event(*SECURITY_GROUP_EVENTS[3:])
    made = organization(pattern(first), another_chain("rest", rest))
    assert row_of(confirmed(made, MetricFilterService())[0])["reason_code"] == "COVERED_TOGETHER"
    lying = MetricFilterService(contradicts=lambda text, message: text == rest and "Modify" in message)
    assert row_of(confirmed(made, lying)[0])["reason_code"] == "AWS_DISAGREES"


def test_if_different_held_on_absent_fields_nothing_that_says_different_would_be_understood():
    narrowed = '{ $.eventName = *SecurityGroup* && $.eventName != "x" }'
    odd = MetricFilterService(contradicts=lambda text, message: message == "{}")
    assert row_of(confirmed(organization(pattern(narrowed)), odd)[0])["reason_code"] == "AWS_DISAGREES"
    assert row_of(confirmed(organization(), odd)[0])["result"] == "PASS"


# What AWS settles


@pytest.mark.parametrize(("answer", "result"), [(True, "PASS"), (False, "FAIL")])
def test_an_open_point_is_settled_both_ways(answer, result):
    made = organization(pattern(INNER))
    assert row_of(plain(made))["reason_code"] == "PATTERN_UNDECIDED"
    found, _ = confirmed(made, MetricFilterService(reading_of({"inner_wildcard": answer})))
    row = row_of(found)
    assert row["result"] == result
    assert found.questions == {}
    assert "NOT_CONFIRMED" not in notes(row)
    flag = FLAGS["inner_wildcard"]
    settling = Call.of(
        MANAGEMENT, "us-east-1", "logs", "TestMetricFilter", filterPattern=flag.pattern, logEventMessages=[flag.message]
    )
    assert settling.evidence_id() in row["evidence"]


def test_calibration_settles_every_open_point_as_aws_answers():
    settings = [{name: flag.reference for name, flag in FLAGS.items()}]
    settings.append({name: not value for name, value in settings[0].items()})
    settings += [settings[0] | {name: value} for name, value in settings[1].items()]
    for answers in settings:
        records = asked_of(MetricFilterService(reading_of(answers)), calibration())
        assert Confirmation(frames_of(records, None, CONFIRM)).settled == answers


# AWS does not answer


@pytest.mark.parametrize("text", [SECURITY_GROUPS, SIX])
def test_a_refusal_costs_an_observation_and_nothing_else(text):
    made = organization(pattern(text))
    found, _ = confirmed(made, MetricFilterService(refusal="AccessDeniedException"))
    assert told(found) == told(plain(made))
    (note,) = [note for note in row_of(found)["observations"] if note["code"] == "NOT_CONFIRMED"]
    assert "AccessDeniedException" in note["text"]


def test_a_version_that_was_never_asked_about_is_unconfirmed():
    made = organization()
    found, records = confirmed(made, MetricFilterService())
    again = assess(frames_of(records, found.frames.run, CONFIRM), "4.0.1")
    assert (row_of(again)["result"], notes(row_of(again)).count("NOT_CONFIRMED")) == ("PASS", 1)
    (note,) = [note for note in row_of(again)["observations"] if note["code"] == "NOT_CONFIRMED"]
    assert "not asked" in note["text"]


def test_a_pattern_that_aws_does_not_take_is_unconfirmed():
    """AWS lets a filter live that it would not take today: the others are asked all the same."""
    service = MetricFilterService(rejected=(SECURITY_GROUPS,))
    row = row_of(confirmed(organization(), service)[0])
    assert (row["result"], notes(row).count("NOT_CONFIRMED")) == ("PASS", 1)
    assert "InvalidParameterException" in next(n["text"] for n in row["observations"] if n["code"] == "NOT_CONFIRMED")


def test_an_answer_that_a_point_left_open_explains_is_no_dispute():
    """AWS does not take the question on stars, so their meaning stays open, and it is another than is assumed."""
    both = SECURITY_GROUPS[:-1] + "|| $.eventName = Cre*Group }"
    odd = MetricFilterService(reading_of({"inner_wildcard": False}), rejected=(FLAGS["inner_wildcard"].pattern,))
    row = row_of(confirmed(organization(pattern(both)), odd)[0])
    assert (row["result"], notes(row).count("NOT_CONFIRMED")) == ("PASS", 1)


def test_an_answer_about_something_else_tells_nothing():
    made = organization()
    _, records = confirmed(made, MetricFilterService())
    for record in records:
        for match in (record.answer or {}).get("matches", []):
            match["eventMessage"] = "something else"
    row = row_of(assess(frames_of(records, made.frames(CONFIRM).run, CONFIRM)))
    assert (row["result"], notes(row).count("NOT_CONFIRMED")) == ("PASS", 1)


def test_an_odd_record_is_no_answer():
    made = organization()
    _, records = confirmed(made, MetricFilterService())
    odd = [
        replace(record, call=replace(record.call, params="{}"))
        for record in records
        if record.call.operation == "TestMetricFilter"
    ]
    others = [record for record in records if record.call.operation != "TestMetricFilter"]
    row = row_of(assess(frames_of([*others, odd[0]], made.frames(CONFIRM).run, CONFIRM)))
    assert (row["result"], notes(row).count("NOT_CONFIRMED")) == ("PASS", 1)


def test_what_no_proof_decides_needs_no_confirmation():
    made = organization(pattern("{ $.eventName == x }"))
    found, _ = confirmed(made, MetricFilterService(refusal="AccessDeniedException"))
    assert row_of(found)["reason_code"] == "PATTERN_UNDECIDED"
    assert "NOT_CONFIRMED" not in notes(row_of(found))


def test_a_disputed_exclusion_counts_as_unused():
    tuning = Tuning(CONTROL, "{ $.eventName = ModifySecurityGroupRules }", "why", "who", NOW.date())
    config = replace(CONFIRM, tuning=(tuning,))
    made = organization(pattern(SIX))
    agreed, _ = confirmed(made, MetricFilterService(), config)
    assert (row_of(agreed)["coverage"], agreed.stale["tuning"]) == ("TUNED", [])
    lying = MetricFilterService(contradicts=lambda text, message: text == SIX and "CreateSecurity" in message)
    disputed, _ = confirmed(made, lying, config)
    assert (row_of(disputed)["coverage"], len(disputed.stale["tuning"])) == ("UNDECIDED", 1)
