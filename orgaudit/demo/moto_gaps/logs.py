"""CloudWatch Logs: metric filters come in pages, are replaced by name, and belong to a log group that exists."""

import json
from collections.abc import Callable
from typing import Any

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.metric_filters import MetricFilters
from moto.logs.responses import LogsResponse

from orgaudit.demo.moto_gaps.bridge import Bridge, Shim, replaces

DEFAULT_LIMIT = 50
"""Metric filters on a page unless `limit` says otherwise (Logs API, DescribeMetricFilters; read 2026-11)."""


@replaces(MetricFilters, "add_filter")
def filters_are_replaced(
    bridge: Bridge,
    original: Callable[..., Any],
    filters: MetricFilters,
    filter_name: str,
    filter_pattern: str,
    log_group_name: str,
    metric_transformations: Any,
) -> None:
    """Moto keeps a second filter of the same name in the same log group; AWS replaces the first."""
    filters.delete_filter(filter_name, log_group_name)
    original(filters, filter_name, filter_pattern, log_group_name, metric_transformations)


@replaces(LogsResponse, "describe_metric_filters")
def pages_of_filters(bridge: Bridge, original: Callable[..., Any], response: LogsResponse) -> str:
    """Moto answers all filters on one page, and none for a log group that does not exist; AWS says so."""
    group = response._get_param("logGroupName")
    if group is not None and group not in response.logs_backend.groups:
        raise ResourceNotFoundException()
    answer: dict[str, Any] = json.loads(original(response))
    filters = sorted(answer["metricFilters"], key=lambda item: str(item["filterName"]))
    start = int(response._get_param("nextToken") or 0)
    end = start + (response._get_int_param("limit") or DEFAULT_LIMIT)
    page: dict[str, Any] = {"metricFilters": filters[start:end]}
    if end < len(filters):
        page["nextToken"] = str(end)
    return json.dumps(page)


SHIMS: tuple[Shim, ...] = (filters_are_replaced, pages_of_filters)
