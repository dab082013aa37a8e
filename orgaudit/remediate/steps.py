"""What can be done to close a broken link: one row per thing, and what several accounts have in common.

A step adds something, or changes a setting and keeps everything else that stands there. No step deletes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, TypeVar

ACCOUNT, REGION = "\ue000", "\ue001"
"""Stand for the account and region at hand, in steps that several accounts share. Private-use characters: no name in
AWS that a chain hangs on holds them."""


class Place(NamedTuple):
    """Where a step is done."""

    account_id: str
    region: str


@dataclass(frozen=True, slots=True)
class TrustedAccess:
    """Let CloudTrail see the members of the organization; done in the management account."""


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group."""

    name: str


@dataclass(frozen=True, slots=True)
class DeliveryRole:
    """A role with which CloudTrail writes to log groups."""

    name: str
    log_groups: str
    """Their ARNs, with blanks between."""


@dataclass(frozen=True, slots=True)
class Key:
    """A customer key that a service may use, under an alias."""

    alias: str
    policy: str
    """The key's policy, as JSON."""


@dataclass(frozen=True, slots=True)
class NewTrail:
    """A multi-region trail with a bucket of its own, delivering to a log group."""

    name: str
    bucket: str
    log_group: str
    role: str
    """ARNs of the log group and of the role that writes to it."""


@dataclass(frozen=True, slots=True)
class TrailChange:
    """Other settings for a trail that exists, by the names of CloudFormation's AWS::CloudTrail::Trail."""

    trail: str
    now: str
    """The settings as they stand, as JSON."""
    change: str
    """The settings that change, as JSON."""


@dataclass(frozen=True, slots=True)
class MetricFilter:
    """A metric filter that counts the events of a control."""

    name: str
    log_group: str
    pattern: str
    namespace: str
    metric: str


@dataclass(frozen=True, slots=True)
class Topic:
    """An SNS topic that the alarms of an account may publish to."""

    name: str
    policy: str


@dataclass(frozen=True, slots=True)
class TopicPolicy:
    """The policy of a topic that exists, with one statement more."""

    topic: str
    policy: str


@dataclass(frozen=True, slots=True)
class TopicKey:
    """Another key for a topic that exists."""

    topic: str
    alias: str


@dataclass(frozen=True, slots=True)
class EnabledKey:
    """A key that is disabled or about to be deleted, usable again."""

    key: str
    pending_deletion: bool


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """The policy of a key that exists, with one statement more."""

    key: str
    policy: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody who is told by mail, once they confirm."""

    topic: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that fires on a single event and notifies a topic."""

    name: str
    control: str
    namespace: str
    metric: str
    topic: str


@dataclass(frozen=True, slots=True)
class EnabledActions:
    """The actions of an alarm that exists, enabled."""

    alarm: str


Step = (
    TrustedAccess
    | LogGroup
    | DeliveryRole
    | Key
    | NewTrail
    | TrailChange
    | MetricFilter
    | Topic
    | TopicPolicy
    | EnabledKey
    | KeyPolicy
    | TopicKey
    | Subscription
    | Alarm
    | EnabledActions
)

TITLES: Mapping[type, str] = {
    TrustedAccess: "give CloudTrail trusted access in the organization",
    LogGroup: "make a log group",
    DeliveryRole: "make a role that lets CloudTrail write to the log group",
    Key: "make a customer key that the service may use",
    NewTrail: "make a trail with a bucket of its own",
    TrailChange: "change settings of the trail",
    MetricFilter: "add a metric filter",
    Topic: "make a topic that the account's alarms may publish to",
    TopicPolicy: "add a statement to the topic's policy",
    EnabledKey: "enable the topic's key",
    KeyPolicy: "add a statement to the key's policy",
    TopicKey: "give the topic the customer key",
    Subscription: "subscribe somebody to the topic",
    Alarm: "add an alarm that one event fires",
    EnabledActions: "enable the alarm's actions",
}
"""What each kind of step does, in words."""

_ORDER: Mapping[type, int] = {kind: place for place, kind in enumerate(Step.__args__)}
_S = TypeVar("_S", bound=Step)


def in_order(step: Step) -> tuple[int, str]:
    """Sorts steps so that each finds what it builds on."""
    return _ORDER[type(step)], repr(step)


def shared(step: _S, place: Place) -> _S:
    """The step with the account and region left open: what it has in common with the same step elsewhere."""

    def opened(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return value.replace(place.account_id, ACCOUNT).replace(place.region, REGION)

    return replace(step, **{field.name: opened(getattr(step, field.name)) for field in fields(step)})
