"""What to ask next, given what was answered so far. Pure: no clock, no network, no order of arrival.

An audit is a set of needs: an account's own trails, a log group, a topic. Each need says which calls would meet it,
one after the other, and which further needs its answers raise. Those of the same account are met at once; those that
live with another account are handed on. What is collected never depends on a verdict, but for the sweep, which is made
after the verdicts and which no verdict reads.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from orgaudit.aws.answers import Answers
from orgaudit.aws.probes import probes
from orgaudit.aws.watching import metrics_of, topics_for_accounts, topics_on_metrics
from orgaudit.model import sweep
from orgaudit.model.arns import account_of, bare_log_group_arn, log_group_name, parse_arn, region_of
from orgaudit.model.calls import Call, Json, Record
from orgaudit.model.oam import link_call, shows_metrics
from orgaudit.model.values import flag, text


class Kind(StrEnum):
    """What is needed."""

    ACCOUNT = "account"
    """An account's own view: the trails that record it. Target: empty."""
    STATUS = "status"
    """A trail's status as a member sees it. Target: the trail's ARN."""
    TRAIL = "trail"
    """A trail's status and selectors as its owner sees them. Target: the trail's ARN."""
    LOG_GROUP = "log group"
    """Filters on a log group, alarms and links beside it. Target: its ARN without ``:*``."""
    ALARMS = "alarms"
    """Alarms of a monitoring account on other accounts' metrics. Target: a region."""
    TOPIC = "topic"
    """A topic and who subscribes to it. Target: its ARN."""
    KEY = "key"
    """A key that encrypts a topic. Target: region, a blank, and the key as the topic names it."""
    SWEEP = "sweep"
    """All filters and alarms in every enabled region, of an account that failed. Target: where regions are listed."""
    RIGHTS = "rights"
    """Whether the account can be read at all: a check before any run. Target: empty."""


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """Something to find out, from the account that owns it."""

    kind: Kind
    owner: str
    target: str = ""
    seen_from: str = ""
    """The account whose answers raised the need: asked where the owner cannot be."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the plan knows beside the account's own answers."""

    regions: tuple[str, ...]
    """Where an account is asked for its trails, in this order; the first that answers counts."""
    monitoring_accounts: tuple[str, ...] = ()
    """Accounts that may watch other accounts' metrics, by configuration."""
    sweep_from: str = ""
    """Where accounts that failed will be asked which regions they have enabled; empty where they will not."""
    confirm: bool = False
    """TestMetricFilter is wanted."""


ALARM_TYPES = ("MetricAlarm", "CompositeAlarm", "LogAlarm")


def account_plan(
    account_id: str, records: Iterable[Record], context: Context, needs: Iterable[Need] | None = None
) -> list[Call]:
    """The calls to make next as this account; empty when nothing is left to ask.

    ``needs``: what is wanted of the account; without them, the account's own view.
    """
    answers = Answers(records)
    calls: dict[Call, None] = {}
    for need in _local(account_id, answers, context, needs):
        calls.update(dict.fromkeys(call for call in _wanted(account_id, need, answers, context)))
    return [call for call in calls if not answers.asked(call)]


def follow_ups(
    account_id: str, records: Iterable[Record], context: Context, needs: Iterable[Need] | None = None
) -> set[Need]:
    """What this account's answers raise that lives with another account."""
    answers = Answers(records)
    return {
        raised
        for need in _local(account_id, answers, context, needs)
        for raised in _raised(account_id, need, answers, context)
        if raised.owner != account_id
    }


def settled(account_id: str, need: Need, records: Iterable[Record], context: Context) -> bool:
    """Whether this account's answers meet the need: AWS told what exists, so nobody else has to be asked."""
    answers = Answers(records)
    return all(answers.known(call) for call in _wanted(account_id, need, answers, context))


def _local(account_id: str, answers: Answers, context: Context, needs: Iterable[Need] | None) -> list[Need]:
    """The needs and all that they raise in the same account, each once, in the order met."""
    met: dict[Need, None] = {}
    waiting = list(needs) if needs is not None else [Need(Kind.ACCOUNT, account_id)]
    while waiting:
        need = waiting.pop(0)
        if need not in met:
            met[need] = None
            waiting += [raised for raised in _raised(account_id, need, answers, context) if raised.owner == account_id]
    return list(met)


def _wanted(account_id: str, need: Need, answers: Answers, context: Context) -> Iterator[Call]:
    match need.kind:
        case Kind.ACCOUNT:
            yield from _trail_listings(account_id, answers, context)
        case Kind.STATUS:
            yield _status(account_id, need.target)
        case Kind.TRAIL:
            yield _status(account_id, need.target)
            yield Call.of(account_id, region_of(need.target), "cloudtrail", "GetEventSelectors", TrailName=need.target)
        case Kind.LOG_GROUP:
            yield from _log_group(account_id, need.target, answers)
        case Kind.ALARMS:
            yield from _alarms(account_id, need.target, answers)
        case Kind.TOPIC:
            yield from _topic(account_id, need.target, answers)
        case Kind.KEY:
            yield from _key(account_id, need.target, answers)
        case Kind.RIGHTS:
            yield from probes(
                account_id, context.regions, answers, confirm=context.confirm, sweep_from=context.sweep_from
            )
        case Kind.SWEEP:
            yield from _sweep(account_id, need.target, answers)


def _raised(account_id: str, need: Need, answers: Answers, context: Context) -> Iterator[Need]:
    match need.kind:
        case Kind.ACCOUNT:
            yield from _trails(account_id, answers, context)
        case Kind.LOG_GROUP:
            yield from _behind_log_group(account_id, need.target, answers, context)
        case Kind.ALARMS:
            found = _described(account_id, need.target, answers)
            yield from _topic_needs(account_id, topics_for_accounts(*found, own=account_id))
        case Kind.TOPIC:
            yield from _topic_key(account_id, need.target, answers)


# An account's trails


def _trail_listings(account_id: str, answers: Answers, context: Context) -> Iterator[Call]:
    region = ""
    for candidate in context.regions:
        yield _describe_trails(account_id, candidate)
        if not answers.asked(_describe_trails(account_id, candidate)):
            return
        if answers.answered(_describe_trails(account_id, candidate)):
            region = candidate
            break
    if not region:
        return
    listing = Call.of(account_id, region, "cloudtrail", "ListTrails")
    yield listing
    described = {trail.get("TrailARN") for trail in answers.items(_describe_trails(account_id, region), "trailList")}
    homes = {
        text(trail.get("HomeRegion")) or region_of(str(trail.get("TrailARN")))
        for trail in answers.items(listing, "Trails")
        if trail.get("TrailARN") not in described
    }
    for home in sorted(homes - {region, ""}):
        yield _describe_trails(account_id, home)


def _trails(account_id: str, answers: Answers, context: Context) -> Iterator[Need]:
    seen: set[str] = set()
    for call in _trail_listings(account_id, answers, context):
        for trail in answers.items(call, "trailList"):
            arn = text(trail.get("TrailARN"))
            if arn is None or arn in seen or parse_arn(arn) is None:
                continue
            seen.add(arn)
            own = account_of(arn) == account_id
            yield Need(Kind.TRAIL if own else Kind.STATUS, account_id, arn)
            if not own:
                yield Need(Kind.TRAIL, account_of(arn), arn)
            group = bare_log_group_arn(text(trail.get("CloudWatchLogsLogGroupArn")) or "")
            if account_of(group):
                yield Need(Kind.LOG_GROUP, account_of(group), group)


def _describe_trails(account_id: str, region: str) -> Call:
    return Call.of(account_id, region, "cloudtrail", "DescribeTrails")


def _status(account_id: str, trail: str) -> Call:
    return Call.of(account_id, region_of(trail), "cloudtrail", "GetTrailStatus", Name=trail)


# A log group: filters, alarms, mute rules, links


def _log_group(account_id: str, group: str, answers: Answers) -> Iterator[Call]:
    region = region_of(group)
    yield _filters(account_id, group)
    yield from _alarms(account_id, region, answers)
    yield from _links_in_detail(account_id, region, answers)
    yield Call.of(account_id, region, "logs", "DescribeSubscriptionFilters", logGroupName=log_group_name(group))


def _alarms(account_id: str, region: str, answers: Answers) -> Iterator[Call]:
    yield _describe_alarms(account_id, region)
    rules = Call.of(account_id, region, "cloudwatch", "ListAlarmMuteRules", Statuses=["ACTIVE", "SCHEDULED"])
    yield rules
    for rule in answers.items(rules, "AlarmMuteRuleSummaries"):
        name = str(rule.get("AlarmMuteRuleArn")).rpartition(":")[2]
        yield Call.of(account_id, region, "cloudwatch", "GetAlarmMuteRule", AlarmMuteRuleName=name)


def _behind_log_group(account_id: str, group: str, answers: Answers, context: Context) -> Iterator[Need]:
    region = region_of(group)
    metrics = metrics_of(answers.items(_filters(account_id, group), "metricFilters"))
    yield from _topic_needs(account_id, topics_on_metrics(*_described(account_id, region, answers), metrics=metrics))
    watchers = {account_of(str(link.get("SinkArn"))) for link in answers.items(_links(account_id, region), "Items")}
    for watcher in sorted((watchers | set(context.monitoring_accounts)) - {account_id, ""}):
        yield Need(Kind.ALARMS, watcher, region)


def _described(account_id: str, region: str, answers: Answers) -> tuple[Iterator[Json], Iterator[Json]]:
    call = _describe_alarms(account_id, region)
    return answers.items(call, "MetricAlarms"), answers.items(call, "CompositeAlarms")


def _filters(account_id: str, group: str) -> Call:
    return Call.of(account_id, region_of(group), "logs", "DescribeMetricFilters", logGroupName=log_group_name(group))


def _describe_alarms(account_id: str, region: str) -> Call:
    return Call.of(account_id, region, "cloudwatch", "DescribeAlarms", AlarmTypes=list(ALARM_TYPES))


def _links(account_id: str, region: str) -> Call:
    return Call.of(account_id, region, "oam", "ListLinks")


def _links_in_detail(account_id: str, region: str, answers: Answers) -> Iterator[Call]:
    """The links, then each that shows metrics: which ones, only GetLink tells."""
    yield _links(account_id, region)
    for link in answers.items(_links(account_id, region), "Items"):
        arn = text(link.get("Arn"))
        if arn and shows_metrics(link) is not False:
            yield link_call(account_id, region, arn)


# A topic, its subscriptions and its key


def _topic_needs(account_id: str, topics: Iterable[str]) -> Iterator[Need]:
    for topic in topics:
        yield Need(Kind.TOPIC, account_of(topic), topic, seen_from=account_id)


def _topic(account_id: str, topic: str, answers: Answers) -> Iterator[Call]:
    yield _topic_attributes(account_id, topic)
    listing = Call.of(account_id, region_of(topic), "sns", "ListSubscriptionsByTopic", TopicArn=topic)
    yield listing
    confirmed = [
        found for found in answers.items(listing, "Subscriptions") if parse_arn(str(found.get("SubscriptionArn")))
    ]
    for found in sorted(confirmed, key=lambda found: (_machine(found), str(found.get("SubscriptionArn")))):
        arn = str(found.get("SubscriptionArn"))
        call = Call.of(account_id, region_of(topic), "sns", "GetSubscriptionAttributes", SubscriptionArn=arn)
        yield call
        if not answers.asked(call) or _gets_alarms(call, answers):
            return


def _machine(subscription: Json) -> bool:
    """People come first: whether one of them is told says more than whether a machine is."""
    return str(subscription.get("Protocol")) not in {"email", "email-json", "sms"}


def _gets_alarms(call: Call, answers: Answers) -> bool:
    """One subscription without filter policy is enough; where one may not be read, no other may."""
    attributes = answers.answer(call).get("Attributes")
    pending = isinstance(attributes, dict) and flag(attributes.get("PendingConfirmation"))
    unfiltered = isinstance(attributes, dict) and not attributes.get("FilterPolicy") and not pending
    return unfiltered or answers.refused(call)


def _topic_key(account_id: str, topic: str, answers: Answers) -> Iterator[Need]:
    attributes = answers.answer(_topic_attributes(account_id, topic)).get("Attributes")
    key = text(attributes.get("KmsMasterKeyId")) if isinstance(attributes, dict) else None
    if key:
        arn = parse_arn(key)
        owner, region = (arn.account_id, arn.region) if arn else (account_of(topic), region_of(topic))
        yield Need(Kind.KEY, owner, f"{region} {key}", seen_from=account_id if arn else "")


def _topic_attributes(account_id: str, topic: str) -> Call:
    return Call.of(account_id, region_of(topic), "sns", "GetTopicAttributes", TopicArn=topic)


def _key(account_id: str, target: str, answers: Answers) -> Iterator[Call]:
    region, _, key = target.partition(" ")
    described = Call.of(account_id, region, "kms", "DescribeKey", KeyId=key)
    yield described
    if "alias/" not in key:
        yield Call.of(account_id, region, "kms", "GetKeyPolicy", KeyId=key, PolicyName="default")
        return
    metadata = answers.answer(described).get("KeyMetadata")  # GetKeyPolicy takes no alias
    if isinstance(metadata, dict) and text(metadata.get("Arn")):
        yield Call.of(account_id, region, "kms", "GetKeyPolicy", KeyId=metadata["Arn"], PolicyName="default")


# The sweep


def _sweep(account_id: str, region: str, answers: Answers) -> Iterator[Call]:
    regions = sweep.regions_call(account_id, region)
    yield regions
    named = {text(found.get("RegionName")) or "" for found in answers.items(regions, "Regions")}
    for enabled in sorted(named - {""}):
        yield sweep.filters_call(account_id, enabled)
        yield sweep.alarms_call(account_id, enabled)
