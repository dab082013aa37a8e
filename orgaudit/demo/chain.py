"""What an account of the simulated organization has of its own: trail, filters, alarms, topic, subscriptions.

Every default is a healthy setting, so that an account's row says only what is special about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from orgaudit.controls import CATALOG
from orgaudit.demo.moto_gaps import Delivery

HOME_REGION = "eu-central-1"
"""Home of the organization trail and of most trails that accounts have of their own."""
OTHER_REGION = "eu-west-1"
BENCHMARK = "7.0.0"

NETWORK_CONTROLS = (
    "security_group_changes",
    "nacl_changes",
    "network_gateway_changes",
    "route_table_changes",
    "vpc_changes",
)
"""Watched by the workload accounts themselves; central security watches the other alarm controls."""
CENTRAL_CONTROLS = (
    "unauthorized_api_calls",
    "console_signin_without_mfa",
    "root_account_usage",
    "iam_policy_changes",
    "cloudtrail_configuration_changes",
    "console_authentication_failures",
    "kms_cmk_disable_or_deletion",
    "s3_bucket_policy_changes",
    "aws_config_changes",
)


def prescribed(control: str) -> str:
    """The pattern that the benchmark asks for."""
    edition = CATALOG[control].edition(BENCHMARK)
    if edition is None or edition.criterion is None:
        raise ValueError(f"{control} has no pattern in {BENCHMARK}")
    return edition.criterion


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail; by default it records everything and delivers to the log group of its own name."""

    name: str = "network-trail"
    region: str = HOME_REGION
    multi_region: bool = True
    logging: bool = True
    validated: bool = True
    encrypted: bool = True
    to_log_group: bool = True
    selectors: tuple[Mapping[str, Any], ...] = ()
    """Basic event selectors; empty with `advanced` empty too: never set."""
    advanced: tuple[Mapping[str, Any], ...] = ()
    delivery: Delivery = Delivery()


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm on the metric of one filter; by default one event in five minutes fires it."""

    statistic: str = "Sum"
    period_s: int = 300
    periods: int = 1
    comparison: str = "GreaterThanOrEqualToThreshold"
    threshold: float = 1.0
    missing_data: str = "notBreaching"
    namespace: str = ""
    """Another namespace than the filter's."""
    state: str = "OK"
    enabled: bool = True
    notifies_on: Literal["ALARM", "OK", "nothing"] = "ALARM"
    topic_region: str = ""
    """Another region than the alarm's."""
    composite: bool = False
    """The action sits on a composite alarm over this one."""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A metric filter with its alarm."""

    pattern: str
    alarm: Alarm | None = Alarm()
    """None: no alarm of its own on the metric."""
    metric: str = ""
    """Another metric name than the filter's: that of another filter, whose alarm then watches both."""
    value: str = "1"
    default: float | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscriber of the topic."""

    protocol: str = "email"
    endpoint: str = "on-call@example.com"
    confirmed: bool = True
    filter_policy: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """The topic that the alarms notify."""

    exists: bool = True
    policy: Literal["default", "cloudwatch", "deny"] = "default"
    """SNS's own default; one that names CloudWatch and the account; the default with CloudWatch denied."""
    key: Literal["", "aws", "closed", "open"] = ""
    """Encryption: none; AWS's key; a customer key that leaves CloudWatch out; one that lets it in."""
    subscriptions: tuple[Subscription, ...] = (Subscription(),)


def watching(*controls: str, **other: Filter | None) -> dict[str, Filter]:
    """A filter with the prescribed pattern for each control, with some of them replaced, added or left out (None)."""
    filters: dict[str, Filter | None] = {control: Filter(prescribed(control)) for control in controls}
    return {name: item for name, item in (filters | other).items() if item is not None}


def watching_the_network(**other: Filter | None) -> dict[str, Filter]:
    """The five network controls as prescribed, but for what is said of them."""
    return watching(*NETWORK_CONTROLS, **other)


@dataclass(frozen=True, slots=True)
class Monitoring:
    """An account's own monitoring, all of it in the trail's home region."""

    trail: Trail = Trail()
    filters: Mapping[str, Filter] = field(default_factory=watching_the_network)
    topic: Topic = Topic()
    filters_region: str = ""
    """Region of a log group of the same name that holds the filters in place of the trail's own."""
    further_trails: tuple[Trail, ...] = ()
