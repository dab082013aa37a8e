"""Who is told: the confirmed subscribers of every topic, and how much hangs on each topic."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from orgaudit.model.chain import things
from orgaudit.model.frames import Frames
from orgaudit.report.tally import Row

_DOMAIN = re.compile(r"(?:@|://)([A-Za-z0-9.-]+\.[A-Za-z]{2,})")
_PEOPLE = frozenset({"email", "email-json", "sms"})


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One subscription of a topic."""

    topic_arn: str
    protocol: str
    endpoint: str
    """As stored: masked."""
    domain: str
    """Of the mail address or URL, where the masked endpoint still shows it."""
    owner: str
    """The account that owns the subscription."""
    kind: str
    """``person`` (mail, text message) or ``machine``; what a machine does with the message was not tested."""
    status: str
    """``confirmed``, ``pending`` or ``deleted``."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, who listens to it, and what hangs on it."""

    arn: str
    subscribers: tuple[Subscriber, ...]
    confirmed: int
    people: int
    """Confirmed subscribers that are persons."""
    accounts: int
    """Accounts with a pass whose chain ends in this topic."""
    controls: int
    rows: int
    listed: bool = True
    """Whether AWS told who subscribes; where it did not, no subscriber means nothing."""


def topics(rows: Iterable[Row], frames: Frames) -> tuple[Topic, ...]:
    """Every topic that was read or that a pass hangs on, most rows first."""
    hanging: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        if row["result"] == "PASS" and (arn := things(row).get("topic")):
            hanging.setdefault(arn, []).append((row["account_id"], row["control"]))
    listening: dict[str, dict[Subscriber, None]] = {str(arn): {} for arn in frames.topics["topic_arn"].dropna()}
    for found in _subscribers(frames):
        listening.setdefault(found.topic_arn, {})[found] = None
    listed = _listed(frames)
    every = [
        _topic(arn, tuple(listening.get(arn, ())), hanging.get(arn, []), listed=arn in listed)
        for arn in {**listening, **hanging}
    ]
    return tuple(sorted(every, key=lambda topic: (-topic.rows, topic.arn)))


def _listed(frames: Frames) -> frozenset[str]:
    """The topics whose subscriptions AWS listed."""
    calls = frames.calls
    answered = calls[(calls["operation"] == "ListSubscriptionsByTopic") & (calls["outcome"] == "answered")]
    return frozenset(str(json.loads(params).get("TopicArn")) for params in answered["params"])


def _topic(arn: str, subscribers: tuple[Subscriber, ...], hanging: list[tuple[str, str]], *, listed: bool) -> Topic:
    confirmed = [one for one in subscribers if one.status == "confirmed"]
    return Topic(
        arn,
        subscribers,
        confirmed=len(confirmed),
        people=sum(one.kind == "person" for one in confirmed),
        accounts=len({account for account, _ in hanging}),
        controls=len({control for _, control in hanging}),
        rows=len(hanging),
        listed=listed,
    )


def _subscribers(frames: Frames) -> Iterable[Subscriber]:
    attributes = frames.subscription_attributes
    pending = set(attributes.loc[attributes["pending"].fillna(False), "subscription_arn"].dropna())
    for found in frames.subscriptions.fillna({"owner": ""}).itertuples(index=False):
        domain = _DOMAIN.search(str(found.endpoint))
        yield Subscriber(
            topic_arn=str(found.topic_arn),
            protocol=str(found.protocol),
            endpoint=str(found.endpoint),
            domain=domain[1] if domain else "",
            owner=str(found.owner),
            kind="person" if found.protocol in _PEOPLE else "machine",
            status=_status(str(found.subscription_arn), pending),
        )


def _status(arn: str, pending: set[str]) -> str:
    if arn == "Deleted":
        return "deleted"
    return "confirmed" if arn.startswith("arn:") and arn not in pending else "pending"
