"""Does the topic take the alarm's message, and does anybody get it?"""

import json
from collections.abc import Mapping

from orgaudit.evaluate.index import Answer, Index
from orgaudit.evaluate.links import Link, Missing, Observation, broken, held, unanswered, undecided
from orgaudit.evaluate.policy import SERVICE, Request, decide
from orgaudit.model.arns import account_of, parse_arn, region_of
from orgaudit.model.calls import Call
from orgaudit.model.values import Row

MACHINES = frozenset({"lambda", "sqs", "firehose", "application"})
"""Protocols behind which no person is known to read."""


def topic_link(index: Index, topic_arn: str, alarm: Row) -> Link:
    """The topic link: it exists, its policy lets CloudWatch publish for this alarm, its key lets CloudWatch encrypt."""
    arn, at = parse_arn(topic_arn), parse_arn(str(alarm["alarm_arn"]))
    if arn is None or at is None or (arn.partition, arn.region) != (at.partition, at.region):
        return broken(
            "topic",
            "TOPIC_IN_OTHER_REGION",
            "The topic is in another region than the alarm; CloudWatch never uses it.",
            what=topic_arn,
            expected="a topic in the alarm's region",
        )
    call, answer = _asked(index, "GetTopicAttributes", topic_arn, alarm)
    if not answer.known:
        return unanswered("topic", answer.missing, what=topic_arn, evidence=answer.evidence)
    if not answer.found:
        return broken(
            "topic",
            "TOPIC_NOT_FOUND",
            "The topic does not exist.",
            what=topic_arn,
            expected="an existing topic",
            evidence=answer.evidence,
        )
    topic = index.rows_as(index.topics.get(topic_arn, []), call.account_id)[0]
    if topic["fifo"]:
        reason = "Whether CloudWatch delivers to a FIFO topic cannot be decided."
        return undecided("topic", "TOPIC_FIFO", reason, what=topic_arn, evidence=answer.evidence)
    policy = _policy(index, topic, alarm)
    if policy.state != "held" or not topic["kms_key_id"]:
        return policy
    key = _encryption(index, topic, alarm)
    return key.noting(*policy.observations) if key.state == "held" else key


def _asked(index: Index, operation: str, topic_arn: str, alarm: Row) -> tuple[Call, Answer]:
    """The question as its owner would answer it, else as the alarm's account is answered."""
    region = region_of(topic_arn)
    askers = dict.fromkeys((account_of(topic_arn), str(alarm["account_id"])))
    return index.first_known(Call.of(asker, region, "sns", operation, TopicArn=topic_arn) for asker in askers)


def _request(index: Index, action: str, resource: str, alarm: Row, own: str = "") -> Request:
    organization = index.frames.run.organization_id
    return Request.for_alarm(action, resource, str(alarm["alarm_arn"]), str(alarm["account_id"]), organization, own)


def _policy(index: Index, topic: Row, alarm: Row) -> Link:
    arn, evidence = str(topic["topic_arn"]), (str(topic["evidence_id"]),)
    if topic["policy"] is None:
        reason = "The topic's policy was not in the answer."
        return undecided("topic", "TOPIC_POLICY_UNREAD", reason, what=arn, evidence=evidence)
    decision = decide(str(topic["policy"]), _request(index, "SNS:Publish", arn, alarm, account_of(arn)))
    if decision.allowed is None:
        reason = f"Whether the topic's policy lets CloudWatch publish cannot be decided: {decision.why}."
        return undecided(
            "topic", "TOPIC_POLICY_UNDECIDED", reason, what=arn, observed=str(topic["policy"]), evidence=evidence
        )
    if not decision.allowed:
        return broken(
            "topic",
            "TOPIC_POLICY_DENIES",
            f"The topic's policy does not let CloudWatch publish for this alarm: {decision.why}.",
            what=arn,
            observed=str(topic["policy"]),
            expected="sns:Publish allowed to cloudwatch.amazonaws.com for the alarm",
            evidence=evidence,
        )
    notes = [Observation("PUBLIC_TOPIC", f"Topic {arn} lets anybody publish.")] if decision.public else []
    return held("topic", arn, evidence, *notes)


def _encryption(index: Index, topic: Row, alarm: Row) -> Link:
    arn, key_id = str(topic["topic_arn"]), str(topic["kms_key_id"])
    if key_id.rsplit(":", 1)[-1].removeprefix("alias/").startswith("aws/"):
        return _aws_managed(arn, key_id, str(topic["evidence_id"]))
    region, owner = region_of(arn), account_of(key_id) or account_of(arn)
    askers = dict.fromkeys((owner, str(topic["account_id"])))
    call, answer = index.first_known(Call.of(asker, region, "kms", "DescribeKey", KeyId=key_id) for asker in askers)
    evidence = (str(topic["evidence_id"]), *answer.evidence)
    if not answer.known:
        return unanswered("topic", answer.missing, what=arn, evidence=evidence)
    if not answer.found:
        return _key_fails(
            arn, "TOPIC_KEY_NOT_FOUND", f"The key {key_id} that encrypts the topic does not exist.", evidence
        )
    key = next(row for row in index.keys[key_id] if row["account_id"] == call.account_id and row["region"] == region)
    if key["manager"] == "AWS":
        return _aws_managed(arn, key_id, *evidence)
    if key["state"] != "Enabled":
        return _key_fails(
            arn, "TOPIC_KEY_UNUSABLE", f"The key {key_id} that encrypts the topic is {key['state']}.", evidence
        )
    return _key_policy(index, arn, key, alarm, evidence)


def _key_policy(index: Index, topic_arn: str, key: Row, alarm: Row, evidence: tuple[str, ...]) -> Link:
    region, key_arn = str(key["region"]), str(key["key_arn"])
    names = {key_arn, key_arn.rsplit("/", 1)[-1], str(key["asked_as"])}
    made = [
        call
        for call in index.asked(str(key["account_id"]), "kms:GetKeyPolicy")
        if call.region == region and call.parameters.get("KeyId") in names
    ]
    call, answer = index.first_known(
        made or [Call.of(str(key["account_id"]), region, "kms", "GetKeyPolicy", KeyId=key_arn)]
    )
    evidence = (*evidence, *answer.evidence)
    if not answer.known or not answer.found:
        missing = answer.missing or (Missing(call.name, call.account_id, call.region, "NOT_FOUND"),)
        return unanswered("topic", missing, what=topic_arn, evidence=evidence)
    rows = index.key_policies.get(call.parameters["KeyId"], [])
    policy = str(
        next(row["policy"] for row in rows if row["account_id"] == call.account_id and row["region"] == region)
    )
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        decision = decide(policy, _request(index, action, key_arn, alarm))
        if decision.allowed is None:
            reason = f"Whether the key's policy allows CloudWatch {action} cannot be decided: {decision.why}."
            return undecided("topic", "TOPIC_KEY_UNDECIDED", reason, what=topic_arn, observed=policy, evidence=evidence)
        if not decision.allowed:
            reason = f"The policy of the topic's key does not allow CloudWatch {action}: {decision.why}."
            return _key_fails(topic_arn, "TOPIC_KEY_DENIES", reason, evidence, observed=policy)
    return held("topic", topic_arn, evidence)


def _aws_managed(topic_arn: str, key_id: str, *evidence: str) -> Link:
    reason = f"The topic is encrypted with the AWS-managed key {key_id}, which CloudWatch may not use."
    return _key_fails(topic_arn, "TOPIC_KEY_AWS_MANAGED", reason, evidence)


def _key_fails(topic_arn: str, code: str, reason: str, evidence: tuple[str, ...], observed: str = "") -> Link:
    expected = f"no encryption, or a customer key that lets {SERVICE} use kms:Decrypt and kms:GenerateDataKey*"
    return broken("topic", code, reason, what=topic_arn, observed=observed, expected=expected, evidence=evidence)


def subscription_link(index: Index, topic_arn: str, alarm: Row) -> Link:
    """The subscription link: at least one confirmed subscription that gets alarm messages."""
    call, answer = _asked(index, "ListSubscriptionsByTopic", topic_arn, alarm)
    if not answer.known:
        return _by_counter(index, topic_arn, alarm, answer)
    rows = index.rows_as(index.subscriptions.get(topic_arn, []), call.account_id) if answer.found else []
    confirmed = [row for row in rows if str(row["subscription_arn"]).startswith("arn:")]
    if not confirmed:
        return _nobody(topic_arn, rows, answer.evidence)
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


def _nobody(topic_arn: str, rows: list[Row], evidence: tuple[str, ...]) -> Link:
    pending = sum(row["subscription_arn"] == "PendingConfirmation" for row in rows)
    code = "SUBSCRIPTION_PENDING" if pending else "NO_SUBSCRIPTION"
    reason = "No subscription of the topic is confirmed." if pending else "Nobody is subscribed to the topic."
    observed = f"{len(rows)} subscriptions, {pending} pending confirmation, none confirmed"
    expected = "at least one confirmed subscription"
    return broken("subscription", code, reason, what=topic_arn, observed=observed, expected=expected, evidence=evidence)


def _by_counter(index: Index, topic_arn: str, alarm: Row, listing: Answer) -> Link:
    """The list was refused: the topic's own counter decides."""
    call, answer = _asked(index, "GetTopicAttributes", topic_arn, alarm)
    rows = index.rows_as(index.topics.get(topic_arn, []), call.account_id) if answer.known and answer.found else []
    confirmed = rows[0]["subscriptions_confirmed"] if rows else None
    evidence = (*listing.evidence, *answer.evidence)
    if confirmed is None:
        return unanswered("subscription", listing.missing, what=topic_arn, evidence=evidence)
    if confirmed == 0:
        return _nobody(topic_arn, [], evidence)
    text = f"The subscriptions of {topic_arn} were not readable; its counter says {confirmed} confirmed."
    return held("subscription", topic_arn, evidence, Observation("SUBSCRIPTIONS_UNREAD", text))


def _gets_messages(index: Index, subscription: Row, asker: str) -> tuple[bool | None, Observation | None]:
    """Whether alarm messages reach a confirmed subscription; with an observation where its attributes were not read."""
    arn = str(subscription["subscription_arn"])
    rows = index.rows_as(index.subscription_attributes.get(arn, []), asker) or index.subscription_attributes.get(
        arn, []
    )
    if not rows:
        return True, Observation("FILTER_POLICY_UNREAD", f"The filter policy of {arn} was not read.")
    if rows[0]["pending"]:
        return False, None
    if not rows[0]["filter_policy"]:
        return True, None
    return _passes(str(rows[0]["filter_policy"]), str(rows[0]["filter_policy_scope"] or "MessageAttributes")), None


def _passes(policy: str, scope: str) -> bool | None:
    """Whether a message without attributes passes a filter policy; None where that cannot be decided."""
    try:
        keys = json.loads(policy)
    except ValueError:
        return None
    if not isinstance(keys, Mapping) or scope != "MessageAttributes":
        return None if keys else True
    return all(values == [{"exists": False}] for values in keys.values())
