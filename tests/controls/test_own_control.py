"""A user's own control: what it becomes, and what is refused before a run begins."""

import pytest

from orgaudit.controls import CATALOG, VERSIONS, Control, own_control, selected
from orgaudit.patterns import parse, prove

GOOD = {
    "key": "bucket_deletion",
    "section": "ORG-1",
    "title": "Bucket deletion raises an alarm",
    "pattern": "{ $.eventName = DeleteBucket }",
    "event_source": "s3.amazonaws.com",
}
MANAGEMENT = '{ $.managementEvent IS TRUE && $.eventCategory = "Management" }'


@pytest.fixture
def bucket_deletion() -> Control:
    return own_control(**GOOD)


def test_it_has_its_section_and_pattern_in_every_version(bucket_deletion: Control) -> None:
    editions = [bucket_deletion.editions[version] for version in VERSIONS]

    assert {(edition.section, edition.criterion, edition.status) for edition in editions} == {
        ("ORG-1", GOOD["pattern"], "Own")
    }
    assert bucket_deletion.event_sources == ("s3.amazonaws.com",)
    assert not bucket_deletion.writes_only


def test_a_run_without_named_controls_has_it_after_the_catalog(bucket_deletion: Control) -> None:
    keys = [control.key for control, _ in selected("1.2.0", own=[bucket_deletion])]

    assert keys[-1] == "bucket_deletion"
    assert len(keys) == len(selected("1.2.0")) + 1


def test_a_run_with_named_controls_has_it_only_if_named(bucket_deletion: Control) -> None:
    def keys(*named: str) -> list[str]:
        return [control.key for control, _ in selected("7.0.0", keys=named, own=[bucket_deletion])]

    assert keys("vpc_changes") == ["vpc_changes"]
    assert keys("bucket_deletion", "vpc_changes") == ["vpc_changes", "bucket_deletion"]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"key": "Bucket-Deletion"}, r"key 'Bucket-Deletion': expected lower-case letters"),
        ({"key": "vpc_changes"}, r"the catalog has a control of that name"),
        ({"section": " "}, r"section of 'bucket_deletion' is empty"),
        ({"title": ""}, r"title of 'bucket_deletion' is empty"),
        ({"event_source": "s3"}, r"event_source 's3' of 'bucket_deletion': expected a service as CloudTrail names it"),
        ({"event_source": ""}, r"event_source ''"),
        ({"pattern": ""}, r"pattern of 'bucket_deletion' is empty"),
        ({"pattern": "{ $.eventName = }"}, r"pattern of 'bucket_deletion': expected .* filter pattern.*column 17"),
        ({"pattern": "{ $.a = b && $.a = c }"}, r"no management event of s3\.amazonaws\.com can match it"),
        ({"event_source": "iam.amazonaws.com", "pattern": '{ $.eventSource = "s3.amazonaws.com" }'}, r"no management"),
        ({"pattern": "{ $.managementEvent IS FALSE }"}, r"no management event"),
    ],
)
def test_a_wrong_one_is_refused_with_what_was_expected(changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        own_control(**{**GOOD, **changes})


@pytest.mark.parametrize("pattern", ["DeleteBucket", '{ $.eventName = "Delete*" }', "{ $.eventName = %^Delete% }"])
def test_any_kind_of_pattern_may_be_its_criterion(pattern: str) -> None:
    assert own_control(**{**GOOD, "pattern": pattern}).criterion_for("7.0.0") == pattern


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        (["vpc_change"], "unknown control 'vpc_change': expected some of unauthorized_api_calls, .*bucket_deletion"),
        (["vpc_changes", "vpc_changes"], "named twice: vpc_changes"),
    ],
)
def test_a_wrong_choice_of_controls_is_refused(keys: list[str], complaint: str, bucket_deletion: Control) -> None:
    with pytest.raises(ValueError, match=complaint):
        selected("7.0.0", keys=keys, own=[bucket_deletion])


def test_two_own_controls_cannot_share_a_key(bucket_deletion: Control) -> None:
    with pytest.raises(ValueError, match="same key: bucket_deletion"):
        selected("7.0.0", own=[bucket_deletion, bucket_deletion])


@pytest.mark.parametrize("key", [key for key, control in CATALOG.items() if control.family == "alarm"])
def test_every_prescribed_text_parses_and_some_event_of_its_services_matches_it(key: str) -> None:
    control = CATALOG[key]
    texts = {
        text
        for edition in control.editions.values()
        for text in (edition.printed, edition.criterion, *(form.pattern for form in edition.alternatives))
        if text
    }
    given = [MANAGEMENT, *(f'{{ $.eventSource = "{source}" }}' for source in control.event_sources)]
    if control.writes_only:
        given.append("{ $.readOnly IS FALSE }")

    for text in texts:
        witness = prove(text, [], given=given).witness
        assert witness is not None
        assert parse(text).matches(witness)


def test_the_allowed_sign_in_form_is_narrower_and_the_intended_text_lies_within_the_printed_one() -> None:
    sign_in = CATALOG["console_signin_without_mfa"].editions["7.0.0"]
    assert sign_in.criterion is not None
    (narrower,) = sign_in.alternatives
    assert prove(narrower.pattern, [sign_in.criterion]).outcome == "covered"
    assert prove(sign_in.criterion, [narrower.pattern]).outcome == "escapes"

    denied = CATALOG["unauthorized_api_calls"]
    for version in VERSIONS:
        edition = denied.editions[version]
        assert edition.criterion is not None
        assert edition.printed is not None
        assert prove(edition.criterion, [edition.printed]).outcome == "covered"
