"""The sweep: what accounts that failed hold without anything feeding it, in every region that they have enabled.

It is made after the verdicts, so that its questions may depend on them; in return no verdict may depend on its answers.
They are told apart by how they were asked: filters of no log group in particular, alarms of one type. Its answers make
frames of their own, and look-ups for verdicts pass them over.
"""

import json
from collections.abc import Callable, Iterator, Mapping

from orgaudit.model.arns import log_group_arn
from orgaudit.model.calls import Call, Json, Record
from orgaudit.model.values import Row, items, nested, structure, text

MOST_ACCOUNTS = 200
"""A sweep costs two calls in every region: it is made of no more accounts than this."""


def regions_call(account_id: str, region: str) -> Call:
    """Which regions the account has enabled, asked where its partition answers that."""
    enabled = ["ENABLED", "ENABLED_BY_DEFAULT"]
    return Call.of(account_id, region, "account", "ListRegions", RegionOptStatusContains=enabled)


def filters_call(account_id: str, region: str) -> Call:
    """Every metric filter of the account there, whatever its log group."""
    return Call.of(account_id, region, "logs", "DescribeMetricFilters")


def alarms_call(account_id: str, region: str) -> Call:
    """Every alarm of the account there that watches metrics."""
    return Call.of(account_id, region, "cloudwatch", "DescribeAlarms", AlarmTypes=["MetricAlarm"])


CALLS = frozenset(
    (call.name, call.params) for call in (regions_call("", ""), filters_call("", ""), alarms_call("", ""))
)
"""Names and parameters of the sweep's calls."""


def of_sweep(name: str, params: str) -> bool:
    """Whether a call of this name, with these parameters, was made for the sweep."""
    return (name, params) in CALLS


def _regions(record: Record) -> Iterator[Row]:
    for found in items(record.answer, "Regions"):
        if text(found.get("RegionName")):
            yield {"region": text(found.get("RegionName"))}


def _filters(record: Record) -> Iterator[Row]:
    call = record.call
    for found in items(record.answer, "metricFilters"):
        for transformation in items(found, "metricTransformations") or [{}]:
            yield {
                "region": call.region,
                "log_group_arn": log_group_arn(call.account_id, call.region, text(found.get("logGroupName")) or ""),
                "filter_name": text(found.get("filterName")) or "",
                "pattern": text(found.get("filterPattern")),
                "namespace": text(transformation.get("metricNamespace")),
                "metric_name": text(transformation.get("metricName")),
            }


def _alarms(record: Record) -> Iterator[Row]:
    for alarm in items(record.answer, "MetricAlarms"):
        if text(alarm.get("AlarmArn")):
            yield {
                "region": record.call.region,
                "alarm_arn": text(alarm.get("AlarmArn")),
                "alarm_name": text(alarm.get("AlarmName")) or "",
                "watches": nested([list(metric) for metric in sorted(set(_watched(alarm, record.call.account_id)))]),
                "has_data": _has_data(alarm),
            }


def _watched(alarm: Json, account_id: str) -> Iterator[tuple[str, str]]:
    queries = [
        structure(structure(query.get("MetricStat")).get("Metric"))
        for query in items(alarm, "Metrics")
        if str(query.get("AccountId") or account_id) == account_id
    ]
    yield from (
        (str(one.get("Namespace")), str(one["MetricName"])) for one in (alarm, *queries) if text(one.get("MetricName"))
    )


def _has_data(alarm: Json) -> bool:
    """What the state tells: an alarm that treats missing data as good is OK without any, and says so in words only."""
    silent = "no datapoints were received" in str(alarm.get("StateReason"))
    return alarm.get("StateValue") != "INSUFFICIENT_DATA" and not silent


READERS: Mapping[str, tuple[str, Callable[[Record], Iterator[Row]]]] = {
    "account:ListRegions": ("regions", _regions),
    "logs:DescribeMetricFilters": ("swept_filters", _filters),
    "cloudwatch:DescribeAlarms": ("swept_alarms", _alarms),
}
"""Call name to the frame that its answers make for the sweep, and the reader of one page."""


def watches(row: Row) -> list[tuple[str, str]]:
    """Namespace and name of the metrics that a row of SWEPT_ALARMS watches."""
    return [(str(namespace), str(name)) for namespace, name in json.loads(row["watches"] or "[]")]
