"""CloudWatch: alarm types and pages, the first state of an alarm, composite alarms, mute rules."""

from collections.abc import Callable
from typing import Any

from moto.cloudwatch.exceptions import ResourceNotFoundException
from moto.cloudwatch.models import Alarm
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from orgaudit.demo.moto_gaps.bridge import Bridge, Shim, replaces

DEFAULT_RECORDS = 50
"""Alarms and mute rules on a page unless MaxRecords says otherwise (CloudWatch API, DescribeAlarms; read 2026-11)."""


@replaces(Alarm, "__init__")
def new_alarms(bridge: Bridge, original: Callable[..., Any], alarm: Alarm, *args: Any, **kwargs: Any) -> None:
    """Moto's new alarms are OK, and every alarm has a list of metrics, if an empty one.

    AWS's are in INSUFFICIENT_DATA until they are first evaluated, and only metric math has `Metrics`.
    """
    original(alarm, *args, **kwargs)
    alarm.state_value = "INSUFFICIENT_DATA"
    if not alarm.metric_data_queries:
        vars(alarm)["metric_data_queries"] = None


@replaces(CloudWatchResponse, "describe_alarms")
def alarm_types_and_pages(bridge: Bridge, original: Callable[..., Any], response: CloudWatchResponse) -> ActionResult:
    """Moto answers alarms of every type on one page, whatever AlarmTypes, MaxRecords and NextToken say."""
    found: Any = original(response).result
    types = response._get_param("AlarmTypes") or ["MetricAlarm"]
    alarms = [
        (f"{kind}s", alarm)
        for kind in ("CompositeAlarm", "MetricAlarm")
        if kind in types
        for alarm in sorted(found[f"{kind}s"], key=lambda alarm: str(alarm.name))
    ]
    start = int(response._get_param("NextToken") or 0)
    end = start + (response._get_int_param("MaxRecords") or DEFAULT_RECORDS)
    page: dict[str, Any] = {"CompositeAlarms": [], "MetricAlarms": [], "LogAlarms": []}
    for key, alarm in alarms[start:end]:
        page[key].append(alarm)
    if end < len(alarms):
        page["NextToken"] = str(end)
    return ActionResult(page)


@replaces(CloudWatchResponse, "put_composite_alarm")
def composite_alarms(bridge: Bridge, original: None, response: CloudWatchResponse) -> ActionResult:
    """Moto stores and lists composite alarms but has no operation that makes one."""
    response.put_metric_alarm()
    alarm = response.cloudwatch_backend.alarms[response._get_param("AlarmName")]
    vars(alarm)["actions_suppressor"] = response._get_param("ActionsSuppressor")
    return EmptyResult()


@replaces(CloudWatchResponse, "list_alarm_mute_rules")
def list_mute_rules(bridge: Bridge, original: None, response: CloudWatchResponse) -> ActionResult:
    """Moto has no alarm mute rules."""
    wanted = response._get_param("Statuses")
    alarm_name = response._get_param("AlarmName")
    rules = [
        rule
        for rule in bridge.mute_rules.get((response.current_account, response.region), [])
        if (not wanted or rule["Status"] in wanted)
        and (alarm_name is None or alarm_name in rule["MuteTargets"]["AlarmNames"])
    ]
    summary = ("AlarmMuteRuleArn", "ExpireDate", "Status", "MuteType", "LastUpdatedTimestamp")
    return ActionResult(
        {"AlarmMuteRuleSummaries": [{key: rule[key] for key in summary if key in rule} for rule in rules]}
    )


@replaces(CloudWatchResponse, "get_alarm_mute_rule")
def get_mute_rule(bridge: Bridge, original: None, response: CloudWatchResponse) -> ActionResult:
    """Moto has no alarm mute rules."""
    name = response._get_param("AlarmMuteRuleName")
    for rule in bridge.mute_rules.get((response.current_account, response.region), []):
        if rule["Name"] == name:
            return ActionResult(rule)
    raise ResourceNotFoundException(f"Alarm mute rule {name} does not exist")


SHIMS: tuple[Shim, ...] = (
    new_alarms,
    alarm_types_and_pages,
    composite_alarms,
    list_mute_rules,
    get_mute_rule,
)
