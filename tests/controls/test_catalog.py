"""What the catalog says about each version of the benchmark, as a reader of a report would notice it."""

import dataclasses

import pytest

from orgaudit.controls import CATALOG, CATALOG_HASH, DEFAULT_VERSION, VERSIONS, Control, resolve_version, selected
from orgaudit.controls.catalog import catalog_of, criteria_hash

ALARM_CONTROLS = [control for control in CATALOG.values() if control.family == "alarm"]
TRAIL_CONTROLS = [control for control in CATALOG.values() if control.family == "trail"]
PROSE = ("description", "rationale", "impact", "audit", "remediation")


def criterion(key: str, version: str) -> str:
    text = CATALOG[key].criterion_for(version)
    assert text is not None
    return text


def test_fifteen_alarm_controls_come_before_six_trail_controls() -> None:
    families = [control.family for control in CATALOG.values()]

    assert families == ["alarm"] * 15 + ["trail"] * 6
    assert [control.number for control in ALARM_CONTROLS] == list(range(1, 16))


@pytest.mark.parametrize(
    ("version", "alarms", "trails"),
    [(v, 14 if v == "1.2.0" else 15, 5 if v < "3.0.0" else 4) for v in VERSIONS],
)
def test_each_version_has_as_many_sections_as_the_benchmark(version: str, alarms: int, trails: int) -> None:
    families = [control.family for control, _ in selected(version)]

    assert (families.count("alarm"), families.count("trail")) == (alarms, trails)


@pytest.mark.parametrize(("version", "chapter"), [("1.2.0", "3"), ("1.3.0", "4"), ("5.0.0", "4"), ("6.0.0", "5")])
def test_monitoring_sections_move_with_the_chapter(version: str, chapter: str) -> None:
    sections = [edition.section for control in ALARM_CONTROLS if (edition := control.edition(version))]

    assert sections == [f"{chapter}.{n}" for n in range(1, len(sections) + 1)]


@pytest.mark.parametrize(
    ("key", "version", "section"),
    [
        ("trail_multi_region", "1.2.0", "2.1"),
        ("trail_management_events", "5.0.0", "3.1"),
        ("trail_log_file_validation", "7.0.0", "4.2"),
        ("trail_cloudwatch_logs_integration", "2.0.0", "3.4"),
        ("trail_kms_encryption", "2.0.0", "3.7"),
        ("trail_kms_encryption", "3.0.0", "3.5"),
        ("trail_kms_encryption", "6.0.0", "4.5"),
    ],
)
def test_trail_sections_were_renumbered(key: str, version: str, section: str) -> None:
    edition = CATALOG[key].edition(version)

    assert edition is not None
    assert edition.section == section


def test_cloudwatch_logs_integration_ends_with_2_0_0_and_org_trail_is_in_no_version() -> None:
    assert list(CATALOG["trail_cloudwatch_logs_integration"].editions) == list(VERSIONS[:5])
    assert not CATALOG["org_trail"].editions


def test_level_and_status_of_denied_calls_changed_over_time() -> None:
    editions = CATALOG["unauthorized_api_calls"].editions
    seen = {version: (edition.level, edition.status) for version, edition in editions.items()}

    assert seen["1.2.0"] == (1, "Scored")
    assert seen["1.5.0"] == (1, "Automated")
    assert seen["3.0.0"] == (2, "Manual")
    assert seen["4.0.1"] == (2, "Automated")
    assert seen["5.0.0"] == seen["7.0.0"] == (2, "Manual")


def test_security_groups_are_six_events_up_to_4_0_1_and_seven_from_5_0_0() -> None:
    counts = {version: criterion("security_group_changes", version).count("$.eventName") for version in VERSIONS}

    assert {version for version, count in counts.items() if count == 7} == {"5.0.0", "6.0.0", "7.0.0"}
    assert {count for version, count in counts.items() if version < "5.0.0"} == {6}
    assert "ModifySecurityGroupRules" not in criterion("security_group_changes", "4.0.1")


def test_only_denied_calls_are_judged_by_another_text_than_the_printed_one() -> None:
    differing = {
        (control.key, version)
        for control in ALARM_CONTROLS
        for version, edition in control.editions.items()
        if edition.criterion != edition.printed
    }

    assert differing == {("unauthorized_api_calls", version) for version in VERSIONS if version != "1.2.0"}
    assert all(CATALOG[key].editions[version].note for key, version in differing)


def test_the_benchmark_allows_a_narrower_sign_in_form_from_1_4_0_and_nothing_else() -> None:
    allowing = {
        (control.key, version)
        for control in ALARM_CONTROLS
        for version, edition in control.editions.items()
        if edition.alternatives
    }

    assert allowing == {("console_signin_without_mfa", version) for version in VERSIONS if version >= "1.4.0"}


def test_a_control_named_without_a_section_is_judged_by_the_nearest_version() -> None:
    organizations = CATALOG["organizations_changes"]

    assert organizations.edition("1.2.0") is None
    assert organizations.criterion_for("1.2.0") == criterion("organizations_changes", "1.3.0")
    assert CATALOG["trail_kms_encryption"].criterion_for("7.0.0") is None
    assert CATALOG["org_trail"].nearest_edition("7.0.0") is None


def test_of_two_versions_as_near_the_newer_text_is_taken() -> None:
    groups = CATALOG["security_group_changes"]
    around = {version: groups.editions[version] for version in ("3.0.0", "5.0.0")}

    nearest = dataclasses.replace(groups, editions=around).nearest_edition("4.0.1")

    assert nearest is not None
    assert nearest.version == "5.0.0"


def test_reads_matter_only_to_the_two_controls_that_watch_every_service() -> None:
    everywhere = {control.key for control in ALARM_CONTROLS if not control.event_sources}

    assert everywhere == {"unauthorized_api_calls", "root_account_usage"}
    assert {control.key for control in ALARM_CONTROLS if not control.writes_only} == everywhere


@pytest.mark.parametrize("control", CATALOG.values(), ids=CATALOG)
def test_every_control_is_described_in_words_of_its_own(control: Control) -> None:
    others = [other for other in CATALOG.values() if other is not control]

    for name in PROSE:
        text = getattr(control, name)
        assert 1 <= text.count(". ") + 1 <= 3
        assert text not in {getattr(other, name) for other in others}
    assert len({getattr(control, name) for name in PROSE}) == len(PROSE)


def test_policy_ids_say_whose_they_are() -> None:
    for control in CATALOG.values():
        prefix = {"Cloudaware": "/ce/ca/aws/cloudtrail/", "orgaudit": "/orgaudit/aws/cloudtrail/"}
        assert control.policy_id.startswith(prefix[control.policy_id_source])


def test_severity_is_security_hubs_where_it_has_the_control() -> None:
    elsewhere = {c.key: c.severity_source for c in CATALOG.values() if c.severity_source != "AWS Security Hub"}

    assert elsewhere == {"organizations_changes": "Prowler", "org_trail": "orgaudit"}


@pytest.mark.parametrize(("text", "version"), [("4.0.0", "4.0.1"), ("4.0.1", "4.0.1"), (" 7.0.0 ", DEFAULT_VERSION)])
def test_versions_are_resolved(text: str, version: str) -> None:
    assert resolve_version(text) == version


@pytest.mark.parametrize("text", ["", "8.0.0", "7", "v7.0.0", "4.0.2"])
def test_an_unknown_version_is_answered_with_those_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="1\\.2\\.0, .*7\\.0\\.0") as refused:
        resolve_version(text)

    assert repr(text) in str(refused.value)


def test_named_controls_are_selected_in_catalog_order_with_or_without_a_section() -> None:
    rows = selected("7.0.0", keys=["org_trail", "vpc_changes"])

    assert [(control.key, edition.section if edition else "") for control, edition in rows] == [
        ("vpc_changes", "5.14"),
        ("org_trail", ""),
    ]


def test_the_hash_follows_criteria_and_not_prose() -> None:
    reworded = {key: dataclasses.replace(c, rationale="Other words.") for key, c in CATALOG.items()}
    vpc = CATALOG["vpc_changes"]
    edition = dataclasses.replace(vpc.editions["7.0.0"], criterion="{ $.eventName = CreateVpc }")
    narrowed = dataclasses.replace(vpc, editions={**vpc.editions, "7.0.0": edition})

    assert criteria_hash(reworded) == CATALOG_HASH
    assert criteria_hash({**CATALOG, "vpc_changes": narrowed}) != CATALOG_HASH
    assert criteria_hash({**CATALOG, "vpc_changes": dataclasses.replace(vpc, writes_only=False)}) != CATALOG_HASH


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"key": "VPC changes"}, "control key 'VPC changes'"),
        ({"severity": "urgent"}, "severity 'urgent'"),
        ({"rationale": ""}, "rationale is not a sentence"),
        ({"number": None}, "numbered"),
        ({"family": "trail", "number": None}, "a pattern is what trail controls lack"),
        ({"editions": {"6.0.0": CATALOG["vpc_changes"].editions["7.0.0"]}}, "filed under 6.0.0"),
        ({"requirements": CATALOG["vpc_changes"].requirements[:1] * 2}, "mapped twice"),
    ],
)
def test_a_row_that_contradicts_itself_refuses_itself(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        dataclasses.replace(CATALOG["vpc_changes"], **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"version": "4.0.0"}, "unknown benchmark version '4.0.0'"),
        ({"section": ""}, "section, status, source, confidence"),
        ({"criterion": None}, "come together"),
    ],
)
def test_an_edition_that_contradicts_itself_refuses_itself(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        dataclasses.replace(CATALOG["vpc_changes"].editions["7.0.0"], **changes)  # type: ignore[arg-type]


def test_a_key_or_policy_id_can_be_in_the_catalog_once() -> None:
    vpc = CATALOG["vpc_changes"]

    with pytest.raises(ValueError, match="same key: vpc_changes"):
        catalog_of([vpc, vpc])
    with pytest.raises(ValueError, match="same policy_id"):
        catalog_of([vpc, dataclasses.replace(vpc, key="other", number=16)])
