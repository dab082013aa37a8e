"""Every API call that an audit may make: one table, from which permissions, limits and page handling follow.

What is not in the table cannot be called: the clients refuse it before anything is sent. Member names and page
tokens: botocore 1.44.5 service models. Rates: AWS service quotas pages and measurements (read 2026-11); where AWS
publishes none the rate is a cautious guess.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class NotAllowedError(Exception):
    """A call that the table does not list was about to be made: our own bug, and never sent."""


@dataclass(frozen=True, slots=True)
class Action:
    """One API operation and what is known of it."""

    service: str
    """botocore's service name."""
    operation: str
    why: str
    promises: tuple[str, ...] = ()
    """Members that every complete answer has, ``Trails[].TrailARN`` for those of each thing listed.

    An answer without them was cut off: what is there could not be told from nothing there.
    """
    token: str = ""
    """The member that names the next page, in question and answer alike; empty: one page."""
    page: Mapping[str, int] = field(default_factory=dict)
    """Page size to ask for, where the default is smaller than the maximum."""
    per_second: float = 10
    """Calls a second that AWS takes from one account in one region."""
    shared: bool = False
    """The rate holds for the whole run: one account makes this call on behalf of all."""
    optional: bool = False
    """Newer than some endpoints: one that does not know it is believed, see ``outcomes``."""

    def lacking(self, answer: Mapping[str, Any]) -> list[str]:
        """What of its promises an answer does not keep."""
        return [promise for promise in self.promises if not _keeps(answer, promise)]

    @property
    def iam(self) -> str:
        """The IAM action that the call needs."""
        return f"{self.service}:{self.operation}"


def _keeps(answer: object, promise: str) -> bool:
    if not isinstance(answer, Mapping):
        return False
    member, _, rest = promise.partition(".")
    if not rest:
        return answer.get(member) is not None
    if member.endswith("[]"):
        return all(_keeps(thing, rest) for thing in answer.get(member.removesuffix("[]")) or ())
    return _keeps(answer.get(member), rest)


_NEXT = "NextToken"

ACTIONS = (
    Action("sts", "GetCallerIdentity", "who asks", ("Account", "Arn"), shared=True),
    Action("sts", "AssumeRole", "to ask as each account", ("Credentials.SessionToken",), per_second=600, shared=True),
    Action("organizations", "DescribeOrganization", "which organization this is", ("Organization.Id",), shared=True),
    Action(
        "organizations",
        "ListAccounts",
        "the population",
        ("Accounts", "Accounts[].Id"),
        _NEXT,
        per_second=8,
        shared=True,
    ),
    Action("organizations", "ListRoots", "names of organizational units", ("Roots", "Roots[].Id"), _NEXT, shared=True),
    Action(
        "organizations",
        "ListOrganizationalUnitsForParent",
        "names of organizational units",
        ("OrganizationalUnits", "OrganizationalUnits[].Id"),
        _NEXT,
        shared=True,
    ),
    Action(
        "organizations",
        "ListAccountsForParent",
        "the unit of an account whose listing does not say it",
        ("Accounts", "Accounts[].Id"),
        _NEXT,
        shared=True,
    ),
    Action(
        "organizations",
        "ListAWSServiceAccessForOrganization",
        "whether CloudTrail may act for the organization",
        ("EnabledServicePrincipals", "EnabledServicePrincipals[].ServicePrincipal"),
        _NEXT,
        shared=True,
    ),
    Action(
        "organizations",
        "ListDelegatedAdministrators",
        "who may administer the organization trail",
        ("DelegatedAdministrators", "DelegatedAdministrators[].Id"),
        _NEXT,
        shared=True,
    ),
    Action(
        "organizations",
        "ListTagsForResource",
        "who owns an account's findings",
        ("Tags",),
        _NEXT,
        per_second=20,
        shared=True,
    ),
    Action("cloudtrail", "DescribeTrails", "the trails that record an account", ("trailList", "trailList[].TrailARN")),
    Action("cloudtrail", "ListTrails", "trails in other regions", ("Trails", "Trails[].TrailARN"), _NEXT),
    Action("cloudtrail", "GetTrailStatus", "whether a trail logs and delivers", ("IsLogging",)),
    Action("cloudtrail", "GetEventSelectors", "which events a trail records", ("TrailARN",)),
    Action(
        "logs",
        "DescribeMetricFilters",
        "the filters on a trail's log group",
        (
            "metricFilters",
            "metricFilters[].filterName",
            "metricFilters[].metricTransformations",
            "metricFilters[].metricTransformations[].metricName",
            "metricFilters[].metricTransformations[].metricNamespace",
        ),
        "nextToken",
        {"limit": 50},
        per_second=5,
    ),
    Action(
        "logs",
        "DescribeSubscriptionFilters",
        "other routes out of a trail's log group",
        ("subscriptionFilters", "subscriptionFilters[].filterName"),
        "nextToken",
        {"limit": 50},
        per_second=5,
    ),
    Action(
        "logs",
        "TestMetricFilter",
        "what AWS itself says of a filter pattern, with made-up events",
        ("matches",),
        per_second=5,
        optional=True,
    ),
    Action(
        "cloudwatch",
        "DescribeAlarms",
        "the alarms on the filters' metrics",
        ("MetricAlarms", "MetricAlarms[].AlarmArn", "CompositeAlarms[].AlarmArn", "LogAlarms[].AlarmArn"),
        _NEXT,
        {"MaxRecords": 100},
        per_second=9,
    ),
    Action(
        "cloudwatch",
        "ListAlarmMuteRules",
        "whether an alarm's notifications are muted",
        ("AlarmMuteRuleSummaries", "AlarmMuteRuleSummaries[].AlarmMuteRuleArn"),
        _NEXT,
        {"MaxRecords": 100},
        optional=True,
    ),
    Action("cloudwatch", "GetAlarmMuteRule", "which alarms a rule mutes", ("AlarmMuteRuleArn",), optional=True),
    Action("sns", "GetTopicAttributes", "a topic's policy and encryption key", ("Attributes",), per_second=30),
    Action(
        "sns",
        "ListSubscriptionsByTopic",
        "who is told",
        ("Subscriptions", "Subscriptions[].SubscriptionArn"),
        _NEXT,
        per_second=30,
    ),
    Action("sns", "GetSubscriptionAttributes", "whether a filter keeps alarms away", ("Attributes",), per_second=30),
    Action("kms", "DescribeKey", "the key that encrypts a topic", ("KeyMetadata",), per_second=50),
    Action("kms", "GetKeyPolicy", "whether CloudWatch may use that key", ("Policy",), per_second=50),
    Action(
        "account",
        "ListRegions",
        "where a sweep looks for orphaned filters and alarms",
        ("Regions", "Regions[].RegionName"),
        _NEXT,
        {"MaxResults": 50},
        per_second=5,
        optional=True,
    ),
    Action(
        "oam",
        "ListLinks",
        "accounts that watch this account's metrics",
        ("Items", "Items[].SinkArn"),
        _NEXT,
        optional=True,
    ),
    Action("oam", "GetLink", "whether such an account sees all metrics or some", ("Arn",), optional=True),
)
"""The table."""

_BY_NAME = {(action.service, action.operation): action for action in ACTIONS}

ROLE_ACTIONS = tuple(sorted(action.iam for action in ACTIONS if action.service not in {"sts", "organizations"}))
"""What the role in each account must be allowed."""

CALLER_ACTIONS = tuple(sorted(action.iam for action in ACTIONS if action.service in {"sts", "organizations"}))
"""What the identity that starts the run must be allowed besides."""


def action_of(service: str, operation: str) -> Action:
    """The table's row; raises NotAllowedError for a call that is not in it."""
    try:
        return _BY_NAME[service, operation]
    except KeyError:
        raise NotAllowedError(f"{service}:{operation} is not a call that an audit may make") from None


def session_policy(actions: Iterable[str] = ROLE_ACTIONS) -> str:
    """The inline policy that limits an assumed session to reading, whatever the role itself allows.

    AWS takes at most 2,048 characters and a packed size that can fail earlier (IAM quotas, read 2026-11).
    """
    statement: dict[str, Any] = {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
