"""The ledger: pending before anything is sent, one row a delivery, and nothing without it."""

import threading
from pathlib import Path

import pytest

from orgaudit.deliver.attempt import Attempt, State
from orgaudit.deliver.ledger import FILE_NAME, Entry, Key, Ledger
from orgaudit.errors import OutputError

KEY = Key("ab" * 32, '["Root/Prod"]', "audit@example.com")
FACTS = {"bundle": "b", "channel": "smtp", "message_id": "<1@example.com>", "files": {"report.pdf": "cd" * 32}}


def claimed(ledger: Ledger, *, again: bool = False) -> Entry | int:
    return ledger.claim(KEY, FACTS, "2026-11-23T12:00:00Z", again=again)


@pytest.mark.parametrize(
    ("state", "free"),
    [(State.PENDING, False), (State.SENT, False), (State.UNKNOWN, False), (State.REFUSED, True)],
)
def test_only_a_refusal_frees_the_way(tmp_path: Path, state: State, free: bool) -> None:
    ledger = Ledger(tmp_path / FILE_NAME)
    first = claimed(ledger)
    assert isinstance(first, int)
    if state is not State.PENDING:
        ledger.settle(first, Attempt(state, "said"), "2026-11-23T12:00:01Z")
    ledger.close()
    again = claimed(Ledger(tmp_path / FILE_NAME))
    assert isinstance(again, int) is free
    if isinstance(again, Entry):
        assert again.state is state
    assert isinstance(claimed(Ledger(tmp_path / FILE_NAME), again=True), int)


def test_another_scope_or_recipient_or_bundle_is_another_delivery(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / FILE_NAME)
    keys = [KEY, Key(KEY.manifest_sha256, "[]", KEY.recipient), Key("00" * 32, KEY.scope, KEY.recipient)]
    keys.append(Key(KEY.manifest_sha256, KEY.scope, "other@example.com"))
    assert [isinstance(ledger.claim(key, FACTS, "now", again=False), int) for key in keys] == [True] * 4


def test_of_many_at_once_one_may_send(tmp_path: Path) -> None:
    Ledger(tmp_path / FILE_NAME).close()
    won: list[bool] = []

    def race() -> None:
        ledger = Ledger(tmp_path / FILE_NAME)
        won.append(isinstance(claimed(ledger), int))
        ledger.close()

    racers = [threading.Thread(target=race) for _ in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(won) == [False] * 7 + [True]


def test_a_ledger_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(OutputError, match="nothing is sent without it"):
        Ledger(tmp_path / FILE_NAME)


def test_a_file_that_is_no_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database" * 100)
    with pytest.raises(OutputError, match="not a database"):
        Ledger(tmp_path / FILE_NAME)


def test_a_state_that_only_a_later_version_knows_is_told(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / FILE_NAME)
    ledger.claim(KEY, FACTS, "2026-11-23T12:00:00Z", again=False)
    ledger._connection.execute("UPDATE deliveries SET state = 'bounced'")
    with pytest.raises(OutputError, match="'bounced' is not a valid State"):
        ledger.last(KEY)
    ledger.close()
