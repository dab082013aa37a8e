"""Questions that find out whether an account can be read, without reading it. Pure.

All but three are about things that do not exist ("orgaudit-check"), so that answers are small: that AWS says "there is
no such thing" is as good as an answer, for it says so only to callers who may ask. DescribeTrails, ListTrails and
ListLinks take no name.
"""

from collections.abc import Iterable, Iterator

from orgaudit.aws.answers import Answers
from orgaudit.model.arns import account_of, partition_of_region, region_of
from orgaudit.model.calls import Call, Json
from orgaudit.model.sweep import regions_call
from orgaudit.model.values import text

_NAME = "orgaudit-check"
_ID = "00000000-0000-0000-0000-000000000000"

EVERYWHERE = (
    ("cloudtrail", "ListTrails"),
    ("cloudtrail", "GetTrailStatus"),
    ("logs", "DescribeMetricFilters"),
    ("cloudwatch", "DescribeAlarms"),
    ("sns", "ListSubscriptionsByTopic"),
)
"""What every account is asked beside DescribeTrails: a run asks the first two, the others show a closed service."""

WHERE_CHAINS_LIVE = (
    ("cloudtrail", "GetEventSelectors"),
    ("logs", "DescribeSubscriptionFilters"),
    ("cloudwatch", "ListAlarmMuteRules"),
    ("cloudwatch", "GetAlarmMuteRule"),
    ("sns", "GetTopicAttributes"),
    ("sns", "GetSubscriptionAttributes"),
    ("kms", "DescribeKey"),
    ("kms", "GetKeyPolicy"),
    ("oam", "ListLinks"),
    ("oam", "GetLink"),
)
"""What an account is asked besides when a trail delivers into one of its log groups."""

TO_CONFIRM = (("logs", "TestMetricFilter"),)
"""What such an account is asked too when AWS is to confirm proofs."""

COSTS_AN_OBSERVATION = frozenset(
    {"logs:DescribeSubscriptionFilters", "cloudwatch:ListAlarmMuteRules", "oam:GetLink", "account:ListRegions"}
)
"""Calls without which every verdict is still reached."""


NOT_REFUSED = frozenset(
    {
        "CloudTrailARNInvalidException",
        "InvalidArnException",
        "InvalidParameter",
        "InvalidParameterException",
        "InvalidParameterValue",
        "UnsupportedOperationException",
        "ValidationError",
        "ValidationException",
    }
)
"""AWS dislikes a made-up name: no answer, but no refusal either."""


def probes(
    account_id: str, regions: Iterable[str], answers: Answers, *, confirm: bool, sweep_from: str = ""
) -> Iterator[Call]:
    """The questions to an account: its trails in each region where a run looks for them, then a question per right.

    These are asked in the regions of the log groups that it holds, else where a trail is at home, else in the first
    region that answered.
    ``confirm``: TestMetricFilter will be wanted. ``sweep_from``: where a sweep will list regions; empty for no sweep.
    """
    if sweep_from:
        yield regions_call(account_id, sweep_from)
    trails = [Call.of(account_id, region, "cloudtrail", "DescribeTrails") for region in regions]
    yield from trails
    if not trails or not all(answers.asked(call) for call in trails):
        return
    groups = {region_of(group) for call in trails for group in _log_groups(call, answers, account_id)}
    answered = [call.region for call in trails if answers.answered(call)]
    homes = [text(trail.get("HomeRegion")) for call in trails for trail in answers.items(call, "trailList")]
    region = next((region for region in (*homes, *answered) if region in answered), trails[0].region)
    further = (*WHERE_CHAINS_LIVE, *(TO_CONFIRM if confirm else ())) if groups else ()
    for asked in sorted(groups) or [region]:
        for service, operation in (*EVERYWHERE, *further):
            yield Call.of(account_id, asked, service, operation, **_params(operation, asked, account_id))


def _log_groups(call: Call, answers: Answers, owner: str) -> Iterator[str]:
    for trail in answers.items(call, "trailList"):
        group = text(trail.get("CloudWatchLogsLogGroupArn")) or ""
        if account_of(group) == owner:
            yield group


def _params(operation: str, region: str, account_id: str) -> Json:
    arn = f"arn:{partition_of_region(region)}"
    trail = f"{arn}:cloudtrail:{region}:{account_id}:trail/{_NAME}"
    topic = f"{arn}:sns:{region}:{account_id}:{_NAME}"
    params: dict[str, Json] = {
        "GetTrailStatus": {"Name": trail},
        "GetEventSelectors": {"TrailName": trail},
        "DescribeMetricFilters": {"logGroupName": _NAME},
        "DescribeSubscriptionFilters": {"logGroupName": _NAME},
        "TestMetricFilter": {"filterPattern": f'{{ $.eventName = "{_NAME}" }}', "logEventMessages": ["{}"]},
        "DescribeAlarms": {"AlarmNamePrefix": _NAME, "AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"]},
        "ListAlarmMuteRules": {"AlarmName": _NAME},
        "GetAlarmMuteRule": {"AlarmMuteRuleName": _NAME},
        "GetTopicAttributes": {"TopicArn": topic},
        "ListSubscriptionsByTopic": {"TopicArn": topic},
        "GetSubscriptionAttributes": {"SubscriptionArn": f"{topic}:{_ID}"},
        "DescribeKey": {"KeyId": _ID},
        "GetKeyPolicy": {"KeyId": _ID, "PolicyName": "default"},
        "GetLink": {"Identifier": f"{arn}:oam:{region}:{account_id}:link/{_ID}"},
    }
    return params.get(operation, {})
