"""May CloudWatch use the key that encrypts a topic?

Without the right to use it the message is never published, and nothing shows but a failed action in the alarm's
history. Source: SNS Developer Guide, "Key management", on event sources and encrypted topics (read 2026-11).
"""

from collections.abc import Iterable

from orgaudit.evaluation.index import Answer, Index
from orgaudit.evaluation.links import Link, Missing, broken, held, unanswered, undecided
from orgaudit.evaluation.policy import SERVICE, Request, decide
from orgaudit.model.arns import account_of, region_of
from orgaudit.model.calls import Call
from orgaudit.model.values import Row

_UNUSABLE = frozenset({"Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport", "Unavailable"})


def request_of(index: Index, action: str, resource: str, alarm: Row, own: str = "") -> Request:
    """The request that CloudWatch makes when this alarm acts."""
    organization = index.frames.run.organization_id
    return Request.for_alarm(action, resource, str(alarm["alarm_arn"]), str(alarm["account_id"]), organization, own)


def key_link(index: Index, topic: Row, alarm: Row) -> Link:
    """The part of the topic link that depends on its key: managed by the customer, usable, and open to CloudWatch."""
    arn, key_id = str(topic["topic_arn"]), str(topic["kms_key_id"])
    evidence: tuple[str, ...] = (str(topic["evidence_id"]),)
    if key_id.rsplit(":", 1)[-1].removeprefix("alias/").startswith("aws/"):
        return _aws_managed(arn, key_id, evidence)
    if region_of(key_id) not in ("", region_of(arn)):
        reason = f"The topic names a key of another region, {key_id}, which cannot encrypt it."
        return _fails(arn, "TOPIC_KEY_UNUSABLE", reason, evidence)
    askers = (account_of(key_id) or account_of(arn), str(topic["account_id"]))
    call, answer = _asked(index, "DescribeKey", key_id, region_of(arn), askers)
    evidence = (*evidence, *answer.evidence)
    if not answer.known:
        return unanswered("topic", answer.missing, what=arn, evidence=evidence)
    if not answer.found:
        reason = f"The key {key_id} that encrypts the topic does not exist."
        return _fails(arn, "TOPIC_KEY_NOT_FOUND", reason, evidence)
    key = next(row for row in index.rows_as(index.keys[key_id], call.account_id) if row["region"] == call.region)
    if key["manager"] == "AWS":
        return _aws_managed(arn, key_id, evidence)
    if key["state"] in _UNUSABLE:
        reason = f"The key {key_id} that encrypts the topic is {key['state']}."
        return _fails(arn, "TOPIC_KEY_UNUSABLE", reason, evidence, observed=str(key["state"]))
    return _by_policy(index, arn, key, alarm, evidence)


def _asked(index: Index, operation: str, key_id: str, region: str, askers: Iterable[str]) -> tuple[Call, Answer]:
    calls = (Call.of(asker, region, "kms", operation, KeyId=key_id) for asker in dict.fromkeys(askers))
    return index.first_known(calls)


def _by_policy(index: Index, topic_arn: str, key: Row, alarm: Row, evidence: tuple[str, ...]) -> Link:
    call, answer = _policy_call(index, key)
    evidence = (*evidence, *answer.evidence)
    if not answer.known or not answer.found:
        missing = answer.missing or (Missing(call.name, call.account_id, call.region, "NOT_FOUND"),)
        return unanswered("topic", missing, what=topic_arn, evidence=evidence)
    rows = index.rows_as(index.key_policies.get(call.parameters["KeyId"], []), call.account_id)
    policy = str(next(row["policy"] for row in rows if row["region"] == call.region))
    decisions = {
        action: decide(policy, request_of(index, action, str(key["key_arn"]), alarm))
        for action in ("kms:Decrypt", "kms:GenerateDataKey")
    }
    for action, decision in decisions.items():
        if decision.allowed is False:
            reason = f"The policy of the topic's key does not allow CloudWatch {action}: {decision.why}."
            return _fails(topic_arn, "TOPIC_KEY_DENIES", reason, evidence, observed=policy)
    doubts = [f"{action}: {decision.why}" for action, decision in decisions.items() if decision.allowed is None]
    doubts += [] if key["state"] == "Enabled" else [f"the key is in state {key['state']}"]
    if doubts:
        reason = f"Whether CloudWatch may use the topic's key cannot be decided ({'; '.join(doubts)})."
        return undecided("topic", "TOPIC_KEY_UNDECIDED", reason, what=topic_arn, observed=policy, evidence=evidence)
    return held("topic", topic_arn, evidence)


def _policy_call(index: Index, key: Row) -> tuple[Call, Answer]:
    """GetKeyPolicy takes ids and ARNs only: whichever of the key's names it was asked by."""
    account_id, region, key_arn = str(key["account_id"]), str(key["region"]), str(key["key_arn"])
    names = {key_arn, key_arn.rsplit("/", 1)[-1], str(key["asked_as"])}
    made = [
        call
        for call in index.asked(account_id, "kms:GetKeyPolicy")
        if call.region == region and call.parameters.get("KeyId") in names
    ]
    return index.first_known(made or [Call.of(account_id, region, "kms", "GetKeyPolicy", KeyId=key_arn)])


def _aws_managed(topic_arn: str, key_id: str, evidence: tuple[str, ...]) -> Link:
    reason = f"The topic is encrypted with the AWS-managed key {key_id}, which CloudWatch may not use."
    return _fails(topic_arn, "TOPIC_KEY_AWS_MANAGED", reason, evidence)


def _fails(topic_arn: str, code: str, reason: str, evidence: tuple[str, ...], observed: str = "") -> Link:
    expected = f"no encryption, or a customer key that lets {SERVICE} use kms:Decrypt and kms:GenerateDataKey*"
    return broken("topic", code, reason, what=topic_arn, observed=observed, expected=expected, evidence=evidence)
