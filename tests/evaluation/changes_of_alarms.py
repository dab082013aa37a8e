"""The one-line modifications that scenarios are made of: filters, metrics, alarms.

Each takes an organization and changes it in place. Where nothing else is said, they change the only thing of its
kind.
"""

import copy
from typing import Any

from orgaudit.model.calls import Json
from tests.evaluation.changes import GONE, put, the_alarm, the_filters
from tests.evaluation.recorded import Organization
from tests.evaluation.scenario import Change
from tests.evaluation.things import (
    CENTRAL,
    MEMBER,
    REGION,
    a_filter,
    a_topic,
    alarm_arn,
    an_alarm,
    topic_arn,
)

# filters and metrics


def pattern(text: Any) -> Change:
    return filter_(filterPattern=text)


def filter_(**values: Any) -> Change:
    return lambda organization: put(the_filters(organization)[0], values)


def metric(**values: Any) -> Change:
    """The transformation of the filter."""
    return lambda organization: put(the_filters(organization)[0]["metricTransformations"][0], values)


def no_filters(organization: Organization) -> None:
    the_filters(organization).clear()


def another_filter(name: str, text: str, metric_name: str = "", **transformation: Any) -> Change:
    """A second filter on the same log group, feeding the same metric where none is named."""

    def change(organization: Organization) -> None:
        added = a_filter(name, text, metric_name or "SecurityGroups")
        put(added["metricTransformations"][0], transformation)
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


# alarms


def alarm(**values: Any) -> Change:
    return lambda organization: put(the_alarm(organization), values)


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
        put(added, values)
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
        if "ActionsSuppressor" in values:
            added["ActionsSuppressorWaitPeriod"] = 60
        put(added, values)
        organization.composites[account, REGION].append(added)
        if not keep_child_actions:
            alarm(AlarmActions=[])(organization)

    return change


def monitored_by(
    account: str = CENTRAL, *, linked: bool = True, metrics: bool = True, names: Any = MEMBER, only: Any = None
) -> Change:
    """The alarm is in a monitoring account and names the account of the metric."""

    def change(organization: Organization) -> None:
        alarm_moves(account)(organization)
        on_metrics(query(AccountId=names, ReturnData=True))(organization)
        if linked:
            link(account, metrics=metrics, only=only)(organization)

    return change


def link(to: str = CENTRAL, account: str = MEMBER, *, metrics: bool = True, only: Any = None) -> Change:
    """The account shows its telemetry to another one. only: the configuration of the metrics that it shows."""
    shown = ["AWS::CloudWatch::Metric"] if metrics else ["AWS::Logs::LogGroup"]
    item = {
        "Arn": f"arn:aws:oam:{REGION}:{account}:link/one",
        "SinkArn": f"arn:aws:oam:{REGION}:{to}:sink/one",
        "ResourceTypes": shown,
        **({"LinkConfiguration": only} if only is not None else {}),
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
    put(rule, values)
    return lambda organization: organization.mute_rules[MEMBER, REGION].append(rule)
