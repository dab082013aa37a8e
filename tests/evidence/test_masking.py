"""What must never be stored, and what has to stay as it is."""

import hashlib
import stat
from pathlib import Path

import pytest

from orgaudit.errors import OutputError
from orgaudit.evidence.masking import Mask, mask_key

MASK = Mask(bytes(32))


def subscription(endpoint: str) -> str:
    masked, _ = MASK.answer("sns:ListSubscriptionsByTopic", {"Subscriptions": [{"Endpoint": endpoint}]})
    return str(masked["Subscriptions"][0]["Endpoint"])


@pytest.mark.parametrize(
    ("endpoint", "shown", "hidden"),
    [
        ("alice@example.com", "a***@example.com~", "alice"),
        ("+491701234589", "***89~", "4917012345"),
        ("https://hooks.example.com/services/T0/B0/secret", "https://hooks.example.com/~", "secret"),
        ("https://user:password@example.com/in?token=1", "https://example.com/~", "password"),
    ],
)
def test_endpoints_keep_their_kind_and_lose_their_secret(endpoint: str, shown: str, hidden: str) -> None:
    masked = subscription(endpoint)
    assert masked.startswith(shown)
    assert hidden not in masked
    assert subscription(masked) == masked


def test_equal_addresses_stay_equal_and_only_under_the_same_key() -> None:
    assert subscription("Alice@Example.com").rpartition("~")[2] == subscription("alice@example.com").rpartition("~")[2]
    assert subscription("alice@example.com") != subscription("anna@example.com")
    assert Mask(b"1" * 32).email("alice@example.com") != MASK.email("alice@example.com")


@pytest.mark.parametrize(
    "member", [{"Endpoint": "arn:aws:lambda:eu-central-1:1:function:f"}, {"filterPattern": '{ $.a = "b@example.com" }'}]
)
def test_what_a_verdict_judges_is_stored_as_it_came(member: dict[str, str]) -> None:
    assert MASK.answer("logs:DescribeMetricFilters", member) == (member, False)


def test_addresses_of_accounts_are_masked() -> None:
    masked, touched = MASK.answer("organizations:ListAccounts", {"Accounts": [{"Email": "owner+1@example.com"}]})
    assert touched
    assert masked["Accounts"][0]["Email"].startswith("o***@example.com~")


@pytest.mark.parametrize("host", ["[wiki]", "[::1", "exa\u2100mple.com"])
def test_a_url_that_is_none_keeps_no_answer_from_being_recorded(host: str) -> None:
    masked, touched = MASK.answer(
        "cloudwatch:DescribeAlarms", {"AlarmDescription": f"See https://{host}/run?key=s3cret"}
    )
    assert touched
    assert masked["AlarmDescription"].startswith(f"See https://{host}/~")
    assert "s3cret" not in masked["AlarmDescription"]


def test_credentials_never_stay() -> None:
    masked, touched = MASK.answer("sts:AssumeRole", {"Credentials": {"SessionToken": "t"}, "PackedPolicySize": 3})
    assert (masked, touched) == ({"PackedPolicySize": 3}, True)


def test_hashes_of_masked_answers_cannot_be_guessed() -> None:
    plain = hashlib.sha256(b"body").hexdigest()
    assert MASK.digest(b"body", masked=False) == plain
    assert MASK.digest(b"body", masked=True) != plain


def test_the_key_is_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    key = mask_key(tmp_path / "new")
    assert mask_key(tmp_path / "new") == key
    assert stat.S_IMODE((tmp_path / "new" / ".mask.key").stat().st_mode) == 0o600


def test_a_folder_or_a_key_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        mask_key(tmp_path / "file")
    (tmp_path / ".mask.key").write_bytes(b"short")
    with pytest.raises(OutputError, match="not a key of this tool"):
        mask_key(tmp_path)
