"""Does the topic take the alarm's message?"""

from orgaudit.evaluation.index import Answer, Index
from orgaudit.evaluation.links import Link, Observation, State, broken, held, unanswered, undecided
from orgaudit.evaluation.policy import decide
from orgaudit.evaluation.topic_key import key_link, request_of
from orgaudit.model.arns import account_of, parse_arn, region_of
from orgaudit.model.calls import Call
from orgaudit.model.values import Row


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
    call, answer = asked_of_topic(index, "GetTopicAttributes", topic_arn, alarm)
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
    if policy.state is State.BROKEN or not topic["kms_key_id"]:
        return policy
    key = key_link(index, topic, alarm)
    if policy.state is State.UNKNOWN:
        return key if key.state is State.BROKEN else policy
    return key.noting(*policy.observations)


def asked_of_topic(index: Index, operation: str, topic_arn: str, alarm: Row) -> tuple[Call, Answer]:
    """The question as its owner would answer it, else as the alarm's account is answered."""
    region = region_of(topic_arn)
    askers = dict.fromkeys((account_of(topic_arn), str(alarm["account_id"])))
    return index.first_known(Call.of(asker, region, "sns", operation, TopicArn=topic_arn) for asker in askers)


def _policy(index: Index, topic: Row, alarm: Row) -> Link:
    arn, evidence = str(topic["topic_arn"]), (str(topic["evidence_id"]),)
    if topic["policy"] is None:
        reason = "The topic's policy was not in the answer."
        return undecided("topic", "TOPIC_POLICY_UNREAD", reason, what=arn, evidence=evidence)
    decision = decide(str(topic["policy"]), request_of(index, "SNS:Publish", arn, alarm, account_of(arn)))
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
