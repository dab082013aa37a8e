"""Which alarms watch the metric that a filter feeds."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from orgaudit.evaluation.alarm import Watch
from orgaudit.evaluation.filters import identity, sample_of
from orgaudit.evaluation.index import Index, listed
from orgaudit.evaluation.series import Feed, Series
from orgaudit.model.alarms import SETTINGS, readable_query
from orgaudit.model.values import Row, items, structure, text
from orgaudit.patterns import Pattern, literal, parse


class Watching(NamedTuple):
    """An alarm on a filter's metric, and what a fixed dimension value narrows the filter to."""

    watch: Watch
    narrowed: Pattern | None = None
    problem: str = ""
    """Why the narrowing cannot be said; empty where it can."""


def watching(index: Index, row: Row, alarm_accounts: list[str]) -> Iterator[Watching]:
    """The alarms on the filter's metric, in the metric's account and in those that monitor it."""
    account_id, region = str(row["account_id"]), str(row["region"])
    filters = index.filters_in.get((account_id, region), [])
    for account in alarm_accounts:
        for alarm in index.alarms.get((account, region), []):
            if alarm["kind"] == "metric" and not _on_another_metric(alarm, row):
                yield from _watch(alarm, row, filters, foreign=account != account_id)


def _on_another_metric(alarm: Row, row: Row) -> bool:
    """Whether an alarm without math, and without a setting that is not known, names another metric."""
    name = alarm["namespace"], alarm["metric_name"]
    return alarm["metrics"] is alarm["unknown_settings"] is None and all(name) and name != _name(row)


def _name(row: Row) -> tuple[str | None, str | None]:
    return row["namespace"], row["metric_name"]


def _watch(alarm: Row, row: Row, filters: list[Row], *, foreign: bool) -> Iterator[Watching]:
    account_id, region = str(row["account_id"]), str(row["region"])
    queries = _queries(alarm, account_id, foreign=foreign)
    fixed = [_fits(row, query, account_id, region) for query in queries.values()]
    own = [dimensions for dimensions in fixed if dimensions is not None]
    if not own:
        if _may_watch_otherwise(alarm, row):
            yield Watching(Watch(alarm, {}))
        return
    series: dict[str, Series] = {}
    for query_id, query in queries.items():
        feeding = [
            other for other in filters if _fits(other, query, account_id, region) is not None or _may_feed(other, query)
        ]
        if feeding:
            series[query_id] = Series(tuple(_feed(other, row) for other in feeding))
    watch = Watch(alarm, series)
    try:
        tests = sorted({f"{source} = {literal(value)}" for pairs in own for source, value in pairs})
        narrowed = parse("{ " + " && ".join(tests) + " }") if tests else None
    except ValueError as error:
        yield Watching(watch, None, f"alarm {alarm['alarm_name']} fixes a dimension that no pattern can say: {error}")
        return
    yield Watching(watch, narrowed)


def _may_feed(other: Row, query: Row) -> bool:
    """Whether a filter whose metric cannot be read may feed the queried series."""
    told = (other["namespace"], query.get("Namespace")), (other["metric_name"], query.get("MetricName"))
    return bool(other["unread"]) and all(one in (None, "", wanted) for one, wanted in told)


def _feed(other: Row, row: Row) -> Feed:
    """What a filter adds to a series, seen from the filter that matches."""
    beside = other["log_group_arn"] == row["log_group_arn"]
    own = beside and other["filter_name"] == row["filter_name"] and identity(other) == identity(row)
    unit, unread = str(other["unit"] or "None"), bool(other["unread"])
    return Feed(sample_of(other), other["default_value"], own, beside, unit, unread)


_WATCHED = frozenset({"Namespace", "MetricName", "Dimensions", "Unit"})
"""The settings that tell what an alarm without metric queries watches."""


def _may_watch_otherwise(alarm: Row, row: Row) -> bool:
    """Whether a query in a language that is not decided (Metrics Insights, SEARCH, PromQL) names the metric.

    So may an alarm of which the answer does not tell what it watches.
    """
    unknown = json.loads(alarm["unknown_settings"] or "{}").keys()
    queries = json.loads(alarm["metrics"] or "[]")
    if "Metrics" in unknown:  # of the known settings only those are there that cannot be read
        return not isinstance(queries, list) or any(_may_be_on(query, row) for query in queries)
    unread, strange = unknown & _WATCHED, unknown - SETTINGS
    if not queries and (unread or not strange):
        named = alarm["namespace"], alarm["metric_name"]
        return (bool(unread) or not all(named)) and _may_name(*named, row)
    expressions = [str(query.get("Expression") or "") for query in map(structure, queries)]
    return any(str(row["metric_name"]) in text for text in [*expressions, str(alarm["unknown_settings"] or "")])


def _may_be_on(query: object, row: Row) -> bool:
    """Whether a metric query is about the filter's metric, as far as it can be read."""
    metric = structure(structure(structure(query).get("MetricStat")).get("Metric"))
    expression = str(structure(query).get("Expression") or "")
    if str(row["metric_name"]) in expression:
        return True
    readable = readable_query(query)
    return not readable and _may_name(text(metric.get("Namespace")), text(metric.get("MetricName")), row)


def _may_name(namespace: str | None, metric_name: str | None, row: Row) -> bool:
    """Whether these name the filter's metric, where they are told."""
    return namespace in (None, "", row["namespace"]) and metric_name in (None, "", row["metric_name"])


def _queries(alarm: Row, metric_account: str, *, foreign: bool) -> dict[str, Row]:
    """The metrics of one account that an alarm watches, by query id: Namespace, MetricName, Dimensions, Unit."""
    if alarm["metrics"] is None:
        simple = {
            "Namespace": alarm["namespace"],
            "MetricName": alarm["metric_name"],
            "Dimensions": listed(alarm["dimensions"]),
            "Unit": alarm["unit"],
        }
        return {} if foreign else {"": simple}
    found: dict[str, Row] = {}
    for query in map(structure, listed(alarm["metrics"])):
        stat = structure(query.get("MetricStat"))
        # without AccountId a query means the alarm's own account
        if stat and str(query.get("AccountId") or ("" if foreign else metric_account)) == metric_account:
            found[str(query.get("Id"))] = {**structure(stat.get("Metric")), "Unit": stat.get("Unit")}
    return found


def _fits(row: Row, query: Row, account_id: str, region: str) -> list[tuple[str, str]] | None:
    """The fields and values under which the filter's samples reach the queried series; None when they never do."""
    if (query.get("Namespace"), query.get("MetricName")) != _name(row):
        return None
    _, _, unit, dimensions = identity(row)
    if query.get("Unit") not in (None, unit):
        return None
    fixed = {str(item.get("Name")): str(item.get("Value")) for item in items(query, "Dimensions")}
    if fixed.keys() != dict(dimensions).keys():
        return None
    system = {"@aws.account": account_id, "@aws.region": region}
    if any(source in system and system[source] != fixed[dimension] for dimension, source in dimensions):
        return None
    return [(source, fixed[dimension]) for dimension, source in dimensions if source not in system]
