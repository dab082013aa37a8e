"""Does anybody get what is published to the topic?

Source: SNS Developer Guide, "Amazon SNS message filtering" (read 2026-11); alarm messages carry no attributes.
"""

import json

from orgaudit.evaluation.index import Answer, Index
from orgaudit.evaluation.links import Link, Observation, broken, held, unanswered, undecided
from orgaudit.evaluation.topic import asked_of_topic
from orgaudit.model.calls import Call
from orgaudit.model.values import Row

MACHINES = frozenset({"lambda", "sqs", "firehose", "application"})
"""Protocols behind which no person is known to read."""


def subscription_link(index: Index, topic_arn: str, alarm: Row) -> Link:
    """The subscription link: at least one confirmed subscription that gets alarm messages."""
    call, answer = asked_of_topic(index, "ListSubscriptionsByTopic", topic_arn, alarm)
    rows = index.rows_as(index.subscriptions.get(topic_arn, []), call.account_id)
    if not answer.known:  # of several pages some may be there
        deaf = sum(not _gets_messages(index, row, call.account_id)[0] for row in rows)
        return _by_counter(index, topic_arn, alarm, answer, deaf)
    rows = [row for row in rows if answer.found and not _is_gone(index, row, call)]
    pending = [row for row in rows if _is_pending(index, row, call.account_id)]
    confirmed = [row for row in rows if row not in pending and str(row["subscription_arn"]).startswith("arn:")]
    if not confirmed:
        if any(row["subscription_arn"] != "Deleted" for row in rows if row not in pending):
            reason = "Whether a subscription of the topic is confirmed was not in the answer."
            return undecided("subscription", "SUBSCRIPTION_UNREAD", reason, what=topic_arn, evidence=answer.evidence)
        return _nobody(topic_arn, len(rows), len(pending), answer.evidence)
    verdicts = [(row, _gets_messages(index, row, call.account_id)) for row in confirmed]
    counted = [(row, note) for row, (counts, note) in verdicts if counts]
    if counted:
        notes = [note for _, note in counted if note is not None]
        if len(notes) < len(counted):  # somebody surely gets everything; the unread filter of another changes nothing
            notes = []
        if all(row["protocol"] in MACHINES for row, _ in counted):
            kinds = ", ".join(sorted({str(row["protocol"]) for row, _ in counted}))
            notes.append(
                Observation(
                    "MACHINE_ONLY",
                    f"Only machines ({kinds}) are subscribed to {topic_arn}; no person is known to read.",
                )
            )
        return held("subscription", topic_arn, answer.evidence, *notes)
    if any(counts is None for _, (counts, _) in verdicts):
        reason = "Every confirmed subscription filters by message body, and the outcome of that cannot be decided."
        return undecided("subscription", "FILTER_POLICY_UNDECIDED", reason, what=topic_arn, evidence=answer.evidence)
    return broken(
        "subscription",
        "FILTERED_OUT",
        "Every confirmed subscription has a filter policy that alarm messages do not pass.",
        what=topic_arn,
        observed=f"{len(confirmed)} confirmed, all filtered",
        expected="a confirmed subscription that gets alarm messages",
        evidence=answer.evidence,
    )


def _is_pending(index: Index, subscription: Row, asker: str) -> bool:
    """Whether it waits for confirmation, by the listing or by its attributes."""
    arn = str(subscription["subscription_arn"])
    return arn == "PendingConfirmation" or any(row["pending"] for row in _attributes(index, arn, asker))


def _is_gone(index: Index, subscription: Row, listing: Call) -> bool:
    """Whether it was deleted after it was listed, as its attributes say."""
    arn, asker, region = str(subscription["subscription_arn"]), listing.account_id, listing.region
    answer = index.answer(Call.of(asker, region, "sns", "GetSubscriptionAttributes", SubscriptionArn=arn))
    return answer.known and not answer.found


def _attributes(index: Index, subscription_arn: str, asker: str) -> list[Row]:
    """The attributes as this account was answered, else as whoever was."""
    rows = index.subscription_attributes.get(subscription_arn, [])
    return index.rows_as(rows, asker) or rows


def _nobody(topic_arn: str, listed: int, pending: int, evidence: tuple[str, ...]) -> Link:
    code = "SUBSCRIPTION_PENDING" if pending else "NO_SUBSCRIPTION"
    reason = "No subscription of the topic is confirmed." if pending else "Nobody is subscribed to the topic."
    observed = f"{listed} subscriptions, {pending} pending confirmation, none confirmed"
    expected = "at least one confirmed subscription"
    return broken("subscription", code, reason, what=topic_arn, observed=observed, expected=expected, evidence=evidence)


def _by_counter(index: Index, topic_arn: str, alarm: Row, listing: Answer, deaf: int) -> Link:
    """The list was refused: the topic's own counter decides. deaf: those seen that are not known to get any."""
    call, answer = asked_of_topic(index, "GetTopicAttributes", topic_arn, alarm)
    rows = index.rows_as(index.topics.get(topic_arn, []), call.account_id) if answer.known and answer.found else []
    confirmed = rows[0]["subscriptions_confirmed"] if rows else None
    evidence = (*listing.evidence, *answer.evidence)
    if confirmed is None or 0 < confirmed <= deaf:
        return unanswered("subscription", listing.missing, what=topic_arn, evidence=evidence)
    if confirmed == 0:
        pending = rows[0]["subscriptions_pending"] or 0
        return _nobody(topic_arn, pending, pending, evidence)
    text = f"The subscriptions of {topic_arn} were not readable; its counter says {confirmed} confirmed."
    return held("subscription", topic_arn, evidence, Observation("SUBSCRIPTIONS_UNREAD", text))


def _gets_messages(index: Index, subscription: Row, asker: str) -> tuple[bool | None, Observation | None]:
    """Whether alarm messages reach a confirmed subscription; with an observation where its attributes were not read."""
    arn = str(subscription["subscription_arn"])
    rows = _attributes(index, arn, asker)
    if not rows:
        return True, Observation("FILTER_POLICY_UNREAD", f"The filter policy of {arn} was not read.")
    if not rows[0]["filter_policy"]:
        return True, None
    return _passes(str(rows[0]["filter_policy"]), str(rows[0]["filter_policy_scope"] or "MessageAttributes")), None


def _passes(policy: str, scope: str) -> bool | None:
    """Whether a message without attributes passes a filter policy; None where that cannot be decided.

    The values of one key are alternatives, the keys hold all together.
    """
    try:
        keys = json.loads(policy)
    except ValueError:
        return None
    if keys == {}:
        return True
    if scope != "MessageAttributes" or not isinstance(keys, dict):
        return None
    tests = [None if not isinstance(values, list) else {"exists": False} in values for values in keys.values()]
    plain = [test for name, test in zip(keys, tests, strict=True) if not name.startswith("$")]
    if False in plain:
        return False
    return None if None in tests or len(plain) < len(tests) else True
