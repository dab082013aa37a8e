"""Asks CloudWatch Logs itself which made-up events a filter pattern matches. Nothing is created, no real event is sent.

A pattern means the same in all of a partition, and an organization lies in one: the account that the run starts in
asks, in the run's start region, and each question once.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence

from orgaudit.aws.collect import Recorder
from orgaudit.aws.organization import Access
from orgaudit.model.calls import Call, Outcome, Record
from orgaudit.progress import Progress

MOST_MESSAGES = 50
"""As many as one call takes (CloudWatch Logs API reference, TestMetricFilter, read 2026-11)."""
_OPERATION = "TestMetricFilter"
_REJECTED = "InvalidParameterException"
"""The error code for a pattern that is none to AWS: an answer about that pattern alone."""


def ask_about_patterns(
    access: Access,
    recorder: Recorder,
    progress: Progress,
    questions: Mapping[str, Sequence[str]],
    stop: threading.Event | None = None,
) -> None:
    """Puts messages to patterns and records what AWS answers, call by call.

    ``questions``: the messages by pattern. What is recorded is not asked again, whatever became of it; once a call was
    not answered no further one is made, since the others would fare no better. ``stop``: once set, none is made.
    """
    account_id = access.caller_account_id
    kept = [record for record in recorder.records_of(account_id) if record.call.operation == _OPERATION]
    known = {record.call for record in kept}
    if not all(map(_answered, kept)):
        return
    for call in _calls(account_id, access.start_region, questions):
        if call in known:
            continue
        if stop and stop.is_set():
            return
        (record,) = access.ask(call)
        recorder.write(account_id, [record], finished=False)
        progress.calls_done(1)
        if not _answered(record):
            return


def _calls(account_id: str, region: str, questions: Mapping[str, Sequence[str]]) -> Iterator[Call]:
    for pattern, messages in questions.items():
        for start in range(0, len(messages), MOST_MESSAGES):
            sent = list(messages[start : start + MOST_MESSAGES])
            yield Call.of(account_id, region, "logs", _OPERATION, filterPattern=pattern, logEventMessages=sent)


def _answered(record: Record) -> bool:
    return record.outcome is Outcome.ANSWERED or record.error_code == _REJECTED
