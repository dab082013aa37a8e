"""Single changes to a healthy organization that break its chain, and the reason that must be given for each.

Every link: removed, disabled, renamed, moved to another region or account. The list is written from what AWS lets
somebody change, not from what the code looks at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.evaluation.changes import (
    GONE,
    advanced,
    all_of,
    basic,
    log_group_deleted,
    member_status,
    no_trail,
    put,
    status,
    the_alarm,
    trail,
    trusted_access_off,
    where,
)
from tests.evaluation.changes_of_alarms import (
    alarm,
    filter_,
    log_group_moves,
    metric,
    mute_rule,
    no_alarm,
    no_filters,
    pattern,
)
from tests.evaluation.changes_of_topics import (
    CLOUDWATCH_MAY_USE_KEY,
    actions,
    deny,
    encrypted,
    filter_policy,
    statements,
    subscribed,
    subscriptions,
    topic,
    topic_deleted,
)
from tests.evaluation.recorded import Organization
from tests.evaluation.scenario import Change
from tests.evaluation.things import (
    ELSEWHERE,
    MEMBER,
    OTHER,
    REGION,
    SECURITY_GROUP_EVENTS,
    SECURITY_GROUPS,
    a_topic,
    ago,
    alarm_arn,
    any_event,
    group_arn,
)


@dataclass(frozen=True)
class Mutation:
    """One change, and the broken link and reason that must be told."""

    name: str
    change: Change
    link: str
    code: str


def to_group(account: str, region: str = REGION, name: str = "trail-log") -> Change:
    """The trail delivers to another log group, which exists and has no filters."""

    def change(organization: Organization) -> None:
        arn = group_arn(account, name, region)
        trail(CloudWatchLogsLogGroupArn=f"{arn}:*")(organization)
        organization.filters.setdefault(arn, [])

    return change


def moved_alarm(account: str, region: str) -> Change:
    """The same alarm, with its action, but somewhere else."""

    def change(organization: Organization) -> None:
        found = the_alarm(organization)
        organization.alarms.clear()
        organization.alarms[account, region] = [found | {"AlarmArn": alarm_arn(found["AlarmName"], account, region)}]

    return change


def moved_topic(part: int, value: str) -> Change:
    """The topic exists in another region or account, and the alarm still names the old one."""

    def change(organization: Organization) -> None:
        parts = next(iter(organization.topics)).split(":")
        parts[part] = value
        organization.topics = {":".join(parts): a_topic(":".join(parts))}

    return change


def named_topic(part: int, value: str) -> Change:
    """The alarm names the topic of another region or account, which exists."""

    def change(organization: Organization) -> None:
        parts = next(iter(organization.topics)).split(":")
        parts[part] = value
        organization.topics[":".join(parts)] = a_topic(":".join(parts))
        actions(":".join(parts))(organization)

    return change


def moved_group(account: str, region: str = REGION, name: str = "trail-log") -> Change:
    return log_group_moves(group_arn(account, name, region))


def muted(organization: Organization) -> None:
    """A mute rule is active on the alarm, where it is."""
    account = the_alarm(organization)["AlarmArn"].split(":")[4]
    mute_rule()(organization)
    (rule,) = organization.mute_rules.pop((MEMBER, REGION))
    rule["AlarmMuteRuleArn"] = rule["AlarmMuteRuleArn"].replace(MEMBER, account)
    organization.mute_rules[account, REGION].append(rule)


def renamed(target: Callable[[Organization], dict[str, Any]], name: str, value: Any) -> Change:
    return lambda organization: put(target(organization), {name: value})


WITHOUT_LAST = any_event(*SECURITY_GROUP_EVENTS[:-1])
INNER = SECURITY_GROUPS.strip("{ }")
MANAGEMENT_EVENTS = where("eventCategory", Equals=["Management"])

MUTATIONS = [
    Mutation("trail deleted", no_trail, "trail", "NO_TRAIL"),
    Mutation("logging stopped", status(IsLogging=False), "trail", "TRAIL_NOT_LOGGING"),
    Mutation("trail made single-region", trail(IsMultiRegionTrail=False), "trail", "TRAIL_SINGLE_REGION"),
    Mutation("global events left out", trail(IncludeGlobalServiceEvents=False), "trail", "TRAIL_NO_GLOBAL_EVENTS"),
    Mutation("reads only", basic("ReadOnly"), "selectors", "SELECTORS_EXCLUDE"),
    Mutation("management events off", basic(management=False), "selectors", "SELECTORS_EXCLUDE"),
    Mutation("EC2 left out", basic(exclude=("ec2.amazonaws.com",)), "selectors", "SELECTORS_EXCLUDE"),
    Mutation("data events only", advanced([where("eventCategory", Equals=["Data"])]), "selectors", "SELECTORS_EXCLUDE"),
    Mutation(
        "IAM only",
        advanced([MANAGEMENT_EVENTS, where("eventSource", Equals=["iam.amazonaws.com"])]),
        "selectors",
        "SELECTORS_EXCLUDE",
    ),
    Mutation("log group taken from the trail", trail(CloudWatchLogsLogGroupArn=GONE), "delivery", "NO_LOG_GROUP"),
    Mutation("never delivered", status(LatestCloudWatchLogsDeliveryTime=GONE), "delivery", "NEVER_DELIVERED"),
    Mutation(
        "delivery refused for two hours",
        status(LatestCloudWatchLogsDeliveryTime=ago(hours=2), LatestCloudWatchLogsDeliveryError="AccessDenied"),
        "delivery",
        "DELIVERY_ERROR",
    ),
    Mutation("delivery stopped", status(LatestCloudWatchLogsDeliveryTime=ago(days=3)), "delivery", "DELIVERY_STALE"),
    Mutation("log group deleted", log_group_deleted, "delivery", "LOG_GROUP_NOT_FOUND"),
    Mutation("trail pointed to a new log group", to_group(OTHER, name="new"), "filter", "NO_FILTERS"),
    Mutation("trail pointed to another account", to_group(OTHER), "filter", "NO_FILTERS"),
    Mutation("filters moved to another account", moved_group(OTHER), "filter", "NO_FILTERS"),
    Mutation("filters moved to another region", moved_group(OTHER, ELSEWHERE), "filter", "NO_FILTERS"),
    Mutation("filter deleted", no_filters, "filter", "NO_FILTERS"),
    Mutation("pattern replaced", pattern("{ $.eventName = CreateVpc }"), "filter", "NO_FILTER_FOR_CONTROL"),
    Mutation("one event removed", pattern(WITHOUT_LAST), "filter", "FILTER_INCOMPLETE"),
    Mutation("or made and", pattern(SECURITY_GROUPS.replace("||", "&&")), "filter", "NO_FILTER_FOR_CONTROL"),
    Mutation(
        "an exception added",
        pattern('{ ($.userIdentity.type != "AssumedRole") && (' + INNER + ") }"),
        "filter",
        "FILTER_INCOMPLETE",
    ),
    Mutation(
        "a region added", pattern('{ ($.awsRegion = "eu-west-1") && (' + INNER + ") }"), "filter", "FILTER_INCOMPLETE"
    ),
    Mutation("an event misspelt", pattern(SECURITY_GROUPS.replace("Create", "Creat")), "filter", "FILTER_INCOMPLETE"),
    Mutation(
        "other places selected", filter_(fieldSelectionCriteria='@aws.region = "x"'), "filter", "NO_FILTER_FOR_CONTROL"
    ),
    Mutation("transformation removed", filter_(metricTransformations=[]), "metric", "NO_METRIC"),
    Mutation("metric renamed", metric(metricName="Renamed"), "alarm", "NO_ALARM"),
    Mutation("namespace renamed", metric(metricNamespace="Renamed"), "alarm", "ALARM_ON_OTHER_METRIC"),
    Mutation("dimension added", metric(dimensions={"User": "$.userIdentity.arn"}), "alarm", "ALARM_ON_OTHER_METRIC"),
    Mutation("value zero", metric(metricValue="0"), "alarm", "ALARM_CANNOT_FIRE"),
    Mutation("value negative", metric(metricValue="-1"), "alarm", "ALARM_CANNOT_FIRE"),
    Mutation("default value breaches", metric(defaultValue=1.0), "alarm", "ALARM_ALWAYS"),
    Mutation("alarm deleted", no_alarm, "alarm", "NO_ALARM"),
    Mutation("alarm moved to another region", moved_alarm(OTHER, ELSEWHERE), "alarm", "NO_ALARM"),
    Mutation("alarm moved to another account", moved_alarm(OTHER, REGION), "alarm", "NO_ALARM"),
    Mutation("alarm's metric renamed", alarm(MetricName="Renamed"), "alarm", "NO_ALARM"),
    Mutation("alarm's namespace renamed", alarm(Namespace="Renamed"), "alarm", "ALARM_ON_OTHER_METRIC"),
    Mutation("alarm's unit changed", alarm(Unit="Bytes"), "alarm", "ALARM_ON_OTHER_METRIC"),
    Mutation(
        "alarm's dimension added", alarm(Dimensions=[{"Name": "a", "Value": "b"}]), "alarm", "ALARM_ON_OTHER_METRIC"
    ),
    Mutation("threshold raised", alarm(Threshold=5.0), "alarm", "ALARM_NEEDS_MORE_EVENTS"),
    Mutation(
        "comparison made strict", alarm(ComparisonOperator="GreaterThanThreshold"), "alarm", "ALARM_NEEDS_MORE_EVENTS"
    ),
    Mutation("comparison inverted", alarm(ComparisonOperator="LessThanThreshold"), "alarm", "ALARM_CANNOT_FIRE"),
    Mutation("periods raised", alarm(EvaluationPeriods=2), "alarm", "ALARM_NEEDS_MORE_DATAPOINTS"),
    Mutation("missing data breaching", alarm(TreatMissingData="breaching"), "alarm", "ALARM_STUCK"),
    Mutation("latched", alarm(TreatMissingData="ignore", StateValue="ALARM"), "alarm", "LATCHED"),
    Mutation(
        "a day of hours",
        alarm(Period=3600, EvaluationPeriods=24, TreatMissingData="missing"),
        "alarm",
        "ALARM_TOO_LATE",
    ),
    Mutation(
        "statistic diluted", all_of(alarm(Statistic="Minimum"), metric(defaultValue=0.0)), "alarm", "ALARM_CANNOT_FIRE"
    ),
    Mutation(
        "inverted for many", alarm(Threshold=3.0, ComparisonOperator="LessThanThreshold"), "alarm", "ALARM_INVERTED"
    ),
    Mutation("evaluation fails", alarm(EvaluationState="EVALUATION_ERROR"), "alarm", "ALARM_EVALUATION_ERROR"),
    Mutation("actions disabled", alarm(ActionsEnabled=False), "action", "ACTIONS_DISABLED"),
    Mutation("action removed", actions(), "action", "NO_ALARM_ACTION"),
    Mutation("action replaced", actions(f"arn:aws:automate:{REGION}:ec2:stop"), "action", "ACTION_NOT_ACCEPTED"),
    Mutation("muted", muted, "action", "MUTED"),
    Mutation("topic deleted", topic_deleted, "topic", "TOPIC_NOT_FOUND"),
    Mutation("topic moved to another region", moved_topic(3, ELSEWHERE), "topic", "TOPIC_NOT_FOUND"),
    Mutation("topic moved to another account", moved_topic(4, OTHER), "topic", "TOPIC_NOT_FOUND"),
    Mutation("topic renamed", moved_topic(5, "renamed"), "topic", "TOPIC_NOT_FOUND"),
    Mutation("action points to another region", named_topic(3, ELSEWHERE), "topic", "TOPIC_IN_OTHER_REGION"),
    Mutation("action points to another account", named_topic(4, OTHER), "topic", "TOPIC_POLICY_DENIES"),
    Mutation("policy emptied", statements(), "topic", "TOPIC_POLICY_DENIES"),
    Mutation("policy denies", statements(deny()), "topic", "TOPIC_POLICY_DENIES"),
    Mutation(
        "encrypted with the AWS-managed key", topic(KmsMasterKeyId="alias/aws/sns"), "topic", "TOPIC_KEY_AWS_MANAGED"
    ),
    Mutation("encrypted with a key that is gone", topic(KmsMasterKeyId="gone"), "topic", "TOPIC_KEY_NOT_FOUND"),
    Mutation("encrypted with a key that is closed", encrypted(), "topic", "TOPIC_KEY_DENIES"),
    Mutation(
        "encrypted with a key that is to be deleted",
        encrypted(CLOUDWATCH_MAY_USE_KEY, KeyState="PendingDeletion"),
        "topic",
        "TOPIC_KEY_UNUSABLE",
    ),
    Mutation("subscription deleted", subscriptions(), "subscription", "NO_SUBSCRIPTION"),
    Mutation(
        "subscription pending",
        subscriptions(subscribed(arn="PendingConfirmation")),
        "subscription",
        "SUBSCRIPTION_PENDING",
    ),
    Mutation("subscription filtered", filter_policy({"team": ["x"]}), "subscription", "FILTERED_OUT"),
]

INHERITED_MUTATIONS = [
    Mutation("trusted access withdrawn", trusted_access_off, "trail", "TRUSTED_ACCESS_OFF"),
    Mutation("the member left out", member_status(IsLogging=False), "trail", "MEMBER_NOT_RECORDED"),
    Mutation("no organization trail any more", trail(IsOrganizationTrail=False), "trail", "NO_TRAIL"),
    Mutation(
        "filters for another member only",
        pattern('{ ($.recipientAccountId = "' + OTHER + '") && (' + INNER + ") }"),
        "filter",
        "NO_FILTER_FOR_CONTROL",
    ),
    Mutation(
        "filters for all members but this one",
        pattern('{ ($.recipientAccountId != "' + MEMBER + '") && (' + INNER + ") }"),
        "filter",
        "NO_FILTER_FOR_CONTROL",
    ),
]
"""What breaks an inherited chain besides."""
