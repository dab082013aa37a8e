"""Whether an answer is whole: lists are there, and their items can be told from nothing.

An alarm without ARN would be passed over, and "there is no alarm" would be said of an answer that was cut or garbled.
The collector does not take such an answer (``orgaudit.aws.actions``); wherever one comes from, it leaves the question
open.
"""

from collections.abc import Mapping

from orgaudit.model.arns import parse_arn
from orgaudit.model.calls import Json
from orgaudit.model.values import text

_LISTS: Mapping[str, Mapping[str, str]] = {
    "organizations:ListAccounts": {"Accounts": "Id"},
    "organizations:ListAWSServiceAccessForOrganization": {"EnabledServicePrincipals": "ServicePrincipal"},
    "organizations:ListDelegatedAdministrators": {"DelegatedAdministrators": "Id"},
    "cloudtrail:DescribeTrails": {"trailList": "TrailARN"},
    "cloudtrail:ListTrails": {"Trails": "TrailARN"},
    "logs:DescribeMetricFilters": {"metricFilters": "metricTransformations"},
    "cloudwatch:DescribeAlarms": {"MetricAlarms": "AlarmArn", "CompositeAlarms": "AlarmArn"},
    "cloudwatch:ListAlarmMuteRules": {"AlarmMuteRuleSummaries": "AlarmMuteRuleArn"},
    "sns:ListSubscriptionsByTopic": {"Subscriptions": ""},
    "oam:ListLinks": {"Items": ""},
}
"""By call: the lists in its answer, the one that is always there first, and the member that every item has."""


def lacking(name: str, answer: Json) -> str:
    """What a whole answer to the call of this name has and this one lacks, in words; empty where it is whole."""
    for position, (member, key) in enumerate(_LISTS.get(name, {}).items()):
        if member not in answer and position:
            continue
        listed = answer.get(member)
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            return member
        if key and not all(_readable(key, item.get(key)) for item in listed):
            return f"{key} in {member}"
    return ""


def _readable(key: str, value: object) -> bool:
    """Whether the member that tells an item from nothing is what it is called: an ARN, a list, a text."""
    if key == "metricTransformations":
        return isinstance(value, list) and all(isinstance(one, dict) for one in value)
    told = text(value)
    return bool(told) and (not key.lower().endswith("arn") or parse_arn(str(told)) is not None)
