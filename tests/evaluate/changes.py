"""The one-line modifications that scenarios are made of. Each takes an organization and changes it in place.

Where nothing else is said, they change the only thing of its kind: the trail, the filter, the alarm, the topic.
"""

import copy
import json
from typing import Any

from orgaudit.model.calls import Json, Outcome
from tests.evaluate.recorded import Organization
from tests.evaluate.scenario import Change
from tests.evaluate.things import (
    CENTRAL,
    MEMBER,
    REGION,
    Key,
    Refusal,
    Topic,
    Trail,
    a_filter,
    a_subscription,
    a_topic,
    a_trail,
    alarm_arn,
    an_alarm,
    group_arn,
    topic_arn,
)

GONE: Any = object()
"""Stands for: the answer lacks the member."""


def _put(target: Json, values: Json) -> None:
    for name, value in values.items():
        if value is GONE:
            target.pop(name, None)
        else:
            target[name] = value


def the_trail(organization: Organization, name: str = "") -> Trail:
    return next(trail for trail in organization.trails if not name or trail.description["Name"] == name)


def the_filters(organization: Organization) -> list[Json]:
    return next(iter(organization.filters.values()))


def the_alarm(organization: Organization) -> Json:
    return next(alarms[0] for alarms in organization.alarms.values() if alarms)


def the_topic(organization: Organization) -> Topic:
    return next(iter(organization.topics.values()))


# calls


def refused(
    name: str,
    account: str | None = None,
    *,
    region: str | None = None,
    about: str = "",
    outcome: str = Outcome.REFUSED,
    code: str = "AccessDeniedException",
) -> Change:
    """The call is not answered."""
    return lambda organization: organization.refusals.append(
        Refusal(name, account, region, about, Outcome(outcome), code)
    )


def not_offered(name: str) -> Change:
    return refused(name, outcome=Outcome.NOT_OFFERED, code="UnknownOperationException")


def throttled(name: str) -> Change:
    return refused(name, outcome=Outcome.THROTTLED, code="ThrottlingException")


def role_refused(account: str) -> Change:
    return refused("sts:AssumeRole", account, code="AccessDenied")


def unfinished(*accounts: str) -> Change:
    return lambda organization: organization.unfinished.update(accounts)


# trails


def trail(**values: Any) -> Change:
    return lambda organization: _put(the_trail(organization).description, values)


def status(**values: Any) -> Change:
    return lambda organization: _put(the_trail(organization).status, values)


def member_status(account: str = MEMBER, **values: Any) -> Change:
    """What a member is told of the organization trail."""

    def change(organization: Organization) -> None:
        one = the_trail(organization)
        one.member_status[account] = one.status | values

    return change


def no_trail(organization: Organization) -> None:
    organization.trails.clear()


def second_trail(owner: str = MEMBER, name: str = "second", group: str = "", organization: bool = False) -> Change:
    """Another trail, with a log group without filters where none is named."""

    def change(world: Organization) -> None:
        to = group or group_arn(owner, name)
        world.trails.append(a_trail(owner, name, to, organization=organization))
        world.filters.setdefault(to, [])

    return change


def of_second(change: Change) -> Change:
    """The change, applied to the second trail."""

    def applied(organization: Organization) -> None:
        organization.trails.reverse()
        change(organization)
        organization.trails.reverse()

    return applied


def basic(kind: Any = "All", *, exclude: tuple[str, ...] = (), management: Any = True) -> Change:
    """One basic event selector."""
    selector = {
        "ReadWriteType": kind,
        "IncludeManagementEvents": management,
        "DataResources": [],
        "ExcludeManagementEventSources": list(exclude),
    }
    return basics({name: value for name, value in selector.items() if value is not GONE})


def basics(*selectors: Json) -> Change:
    return selectors_answer(EventSelectors=list(selectors), AdvancedEventSelectors=GONE)


def advanced(*selectors: list[Json]) -> Change:
    """Advanced event selectors, each as its field selectors."""
    named = [{"Name": f"selector {at}", "FieldSelectors": fields} for at, fields in enumerate(selectors)]
    return selectors_answer(EventSelectors=GONE, AdvancedEventSelectors=named)


def selectors_answer(**values: Any) -> Change:
    return lambda organization: _put(the_trail(organization).selectors, values)


def where(name: str, **operators: Any) -> Json:
    """One field selector."""
    return {"Field": name, **operators}


MANAGEMENT_EVENTS = where("eventCategory", Equals=["Management"])


# filters and metrics


def pattern(text: Any) -> Change:
    return filter_(filterPattern=text)


def filter_(**values: Any) -> Change:
    return lambda organization: _put(the_filters(organization)[0], values)


def metric(**values: Any) -> Change:
    """The transformation of the filter."""
    return lambda organization: _put(the_filters(organization)[0]["metricTransformations"][0], values)


def no_filters(organization: Organization) -> None:
    the_filters(organization).clear()


def another_filter(name: str, text: str, metric_name: str = "", **transformation: Any) -> Change:
    """A second filter on the same log group, feeding the same metric where none is named."""

    def change(organization: Organization) -> None:
        added = a_filter(name, text, metric_name or "SecurityGroups")
        _put(added["metricTransformations"][0], transformation)
        the_filters(organization).append(added)

    return change


def another_chain(name: str, text: str, topic: str = "") -> Change:
    """A second filter with a metric and an alarm of its own."""

    def change(organization: Organization) -> None:
        another_filter(name, text, name)(organization)
        account = the_alarm(organization)["AlarmArn"].split(":")[4]
        organization.alarms[account, REGION].append(an_alarm(name, name, topic, account))

    return change


def log_group_moves(to: str) -> Change:
    """The filters lie on another log group than the one the trail delivers to, which stays empty."""

    def change(organization: Organization) -> None:
        name, found = next(iter(organization.filters.items()))
        organization.filters = {to: found, name: []}

    return change


def log_group_deleted(organization: Organization) -> None:
    organization.filters.clear()


# alarms


def alarm(**values: Any) -> Change:
    return lambda organization: _put(the_alarm(organization), values)


def no_alarm(organization: Organization) -> None:
    organization.alarms.clear()


def alarm_moves(account: str = MEMBER, region: str = REGION) -> Change:
    """The alarm, and its topic, are in another account or region than the metric."""

    def change(organization: Organization) -> None:
        moved = the_alarm(organization)
        moved["AlarmArn"] = alarm_arn(moved["AlarmName"], account, region)
        organization.alarms.clear()
        organization.alarms[account, region] = [moved]
        target = topic_arn(account=account, region=region)
        moved["AlarmActions"] = [target]
        organization.topics = {target: a_topic(target)}

    return change


def another_alarm(name: str, metric_name: str = "SecurityGroups", account: str = MEMBER, **values: Any) -> Change:
    def change(organization: Organization) -> None:
        added = an_alarm(name, metric_name, account=account)
        _put(added, values)
        organization.alarms[account, REGION].append(added)

    return change


def query(id_: str = "m1", **values: Any) -> Json:
    """One metric query of an alarm: on the filter's metric where nothing else is said."""
    stat = {
        "Metric": {
            "Namespace": values.pop("namespace", "Security"),
            "MetricName": values.pop("metric_name", "SecurityGroups"),
            "Dimensions": values.pop("dimensions", []),
        },
        "Period": values.pop("period", 300),
        "Stat": values.pop("stat", "Sum"),
    }
    return {"Id": id_, "MetricStat": stat, "ReturnData": False, **values}


def math(expression: str, *queries: Json) -> Change:
    """The alarm watches an expression over these queries (m1 on the filter's metric where none is named)."""
    watched = {"Id": "watched", "Expression": expression, "ReturnData": True}
    return on_metrics(watched, *(queries or (query(),)))


def on_metrics(*queries: Json) -> Change:
    """The alarm has metric queries instead of a metric."""
    plain = dict.fromkeys(("MetricName", "Namespace", "Statistic", "Dimensions", "Period", "Unit"), GONE)
    return alarm(**plain, Metrics=[copy.deepcopy(one) for one in queries])


def composite(
    rule: str, name: str = "above", account: str = MEMBER, *, keep_child_actions: bool = False, **values: Any
) -> Change:
    """A composite alarm that carries the action; the alarm itself has none any more."""

    def change(organization: Organization) -> None:
        target = the_alarm(organization)["AlarmActions"] or [topic_arn(account=account)]
        added = {
            "AlarmName": name,
            "AlarmArn": alarm_arn(name, account),
            "AlarmRule": rule,
            "ActionsEnabled": True,
            "AlarmActions": list(target),
            "OKActions": [],
            "InsufficientDataActions": [],
            "StateValue": "OK",
        }
        _put(added, values)
        organization.composites[account, REGION].append(added)
        if not keep_child_actions:
            alarm(AlarmActions=[], ActionsEnabled=False)(organization)

    return change


def monitored_by(account: str = CENTRAL, *, linked: bool = True, metrics: bool = True, names: Any = MEMBER) -> Change:
    """The alarm is in a monitoring account and names the account of the metric."""

    def change(organization: Organization) -> None:
        alarm_moves(account)(organization)
        on_metrics(query(AccountId=names, ReturnData=True))(organization)
        if linked:
            link(account, metrics=metrics)(organization)

    return change


def link(to: str = CENTRAL, account: str = MEMBER, *, metrics: bool = True) -> Change:
    """The account shows its telemetry to another one."""
    shown = ["AWS::CloudWatch::Metric"] if metrics else ["AWS::Logs::LogGroup"]
    item = {
        "Arn": f"arn:aws:oam:{REGION}:{account}:link/one",
        "SinkArn": f"arn:aws:oam:{REGION}:{to}:sink/one",
        "ResourceTypes": shown,
    }
    return lambda organization: organization.links[account, REGION].append(item)


def mute_rule(
    status_: str = "ACTIVE", alarms: Any = ("security-groups",), name: str = "quiet", **values: Any
) -> Change:
    rule = {
        "Name": name,
        "AlarmMuteRuleArn": f"arn:aws:cloudwatch:{REGION}:{MEMBER}:alarm-mute-rule:{name}",
        "Status": status_,
        "MuteTargets": {"AlarmNames": list(alarms)},
    }
    _put(rule, values)
    return lambda organization: organization.mute_rules[MEMBER, REGION].append(rule)


# topics, keys, subscriptions


def actions(*arns: str) -> Change:
    return alarm(AlarmActions=list(arns))


def topic(**values: Any) -> Change:
    return lambda organization: _put(the_topic(organization).attributes, values)


def topic_deleted(organization: Organization) -> None:
    organization.topics.clear()


def topic_moves(account: str, region: str = REGION, *, admits: Any = None) -> Change:
    """The alarm notifies a topic of another account or region; ``admits``: its statements."""

    def change(organization: Organization) -> None:
        arn = topic_arn(account=account, region=region)
        organization.topics = {arn: a_topic(arn)}
        alarm(AlarmActions=[arn])(organization)
        if admits is not None:
            statements(*admits)(organization)

    return change


def policy(document: Any) -> Change:
    """The topic's policy, as a document or as text."""
    return topic(Policy=document if isinstance(document, str) else json.dumps(document))


def statements(*listed: Json) -> Change:
    return policy({"Version": "2012-10-17", "Statement": list(listed)})


def allow(principal: Any = "*", action: Any = "sns:Publish", condition: Any = None, **more: Any) -> Json:
    """A policy statement; principal ``cloudwatch`` stands for CloudWatch's service principal."""
    service = {"Service": "cloudwatch.amazonaws.com"}
    found: Json = {
        "Effect": "Allow",
        "Principal": service if principal == "cloudwatch" else principal,
        "Action": action,
        "Resource": "*",
    }
    if condition is not None:
        found["Condition"] = condition
    _put(found, more)
    return found


def deny(principal: Any = "*", condition: Any = None, **more: Any) -> Json:
    return allow(principal, "sns:Publish", condition, **{"Effect": "Deny", **more})


def when(operator: str, key: str, *values: Any) -> Json:
    """One condition of a policy statement."""
    return {operator: {key: list(values) if len(values) != 1 else values[0]}}


KEY_ARN = f"arn:aws:kms:{REGION}:{MEMBER}:key/0a1b"


def encrypted(*allowed: Json, by: str = KEY_ARN, account: str = MEMBER, **metadata: Any) -> Change:
    """The topic is encrypted with a customer key that has these statements."""

    def change(organization: Organization) -> None:
        the_topic(organization).attributes["KmsMasterKeyId"] = by
        found = {
            "Arn": KEY_ARN.replace(MEMBER, account),
            "KeyId": "0a1b",
            "AWSAccountId": account,
            "KeyManager": "CUSTOMER",
            "KeyState": "Enabled",
        }
        _put(found, metadata)
        organization.keys[by] = Key(found, {"Version": "2012-10-17", "Statement": list(allowed)})

    return change


CLOUDWATCH_MAY_USE_KEY = allow("cloudwatch", ["kms:Decrypt", "kms:GenerateDataKey*"])
ACCOUNT_MAY_USE_KEY = allow({"AWS": f"arn:aws:iam::{MEMBER}:root"}, "kms:*")


def subscriptions(*listed: Json) -> Change:
    """These are the subscriptions of the topic."""

    def change(organization: Organization) -> None:
        the_topic(organization).subscriptions[:] = list(listed)

    return change


def subscribed(number: int = 1, protocol: str = "email", arn: str = "") -> Json:
    return a_subscription(number, protocol=protocol, arn=arn)


def subscription(number: int = 1, **values: Any) -> Change:
    """Attributes of a subscription."""

    def change(organization: Organization) -> None:
        one = the_topic(organization)
        arn = one.subscriptions[number - 1]["SubscriptionArn"]
        _put(one.filters.setdefault(arn, {}), values)

    return change


def filter_policy(document: Any, scope: Any = "MessageAttributes", number: int = 1) -> Change:
    text = document if isinstance(document, str) else json.dumps(document)
    return subscription(number, FilterPolicy=text, FilterPolicyScope=scope)


# the organization


def trusted_access_off(organization: Organization) -> None:
    organization.trusted.clear()


def administrator(account: str) -> Change:
    """CloudTrail's delegated administrator."""
    return lambda organization: organization.administrators.append(account)


def state(word: Any, account: str = MEMBER) -> Change:
    return lambda organization: _put(organization.accounts[account], {"State": word})


def all_of(*changes: Change) -> Change:
    def change(organization: Organization) -> None:
        for one in changes:
            one(organization)

    return change
