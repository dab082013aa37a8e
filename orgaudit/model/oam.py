"""OAM links: to whom an account shows its metrics, and which of them.

ListLinks tells the kinds of telemetry that a link shows; that it shows metrics of some namespaces only is told by
GetLink alone (botocore 1.44.5 service model ``oam``, ``LinkConfiguration``, read 2026-11).
"""

from collections.abc import Iterable, Iterator

from orgaudit.model.arns import account_of
from orgaudit.model.calls import Call, Json, Record
from orgaudit.model.values import Row, items, said, text


def link_call(account_id: str, region: str, link_arn: str) -> Call:
    """The question for one link's details."""
    return Call.of(account_id, region, "oam", "GetLink", Identifier=link_arn)


def shows_metrics(link: Json) -> bool | None:
    """Whether CloudWatch metrics are among what the link shows; None where the answer does not tell."""
    types = link.get("ResourceTypes")
    if not isinstance(types, list) or not all(isinstance(one, str) for one in types):
        return None
    return "AWS::CloudWatch::Metric" in types


def link_rows(record: Record) -> Iterator[Row]:
    """The links of a page of ListLinks."""
    for link in items(record.answer, "Items"):
        sink = text(link.get("SinkArn")) or ""
        yield {
            "region": record.call.region,
            "link_arn": text(link.get("Arn")) or "",
            "sink_arn": sink,
            "sink_account_id": account_of(sink),
            "metrics": shows_metrics(link),
        }


def detail_rows(record: Record) -> Iterator[Row]:
    """What GetLink tells beside: the filter on metrics, absent where the link shows all of them."""
    told: object = record.answer
    for member in ("LinkConfiguration", "MetricConfiguration", "Filter"):
        told = told.get(member) if isinstance(told, dict) else told  # what is no structure is kept: it may narrow
    yield {"link_arn": record.call.parameters.get("Identifier"), "metric_filter": said(told)}


def in_detail(rows: Iterable[Row]) -> list[Row]:
    """The listed links once each, with the filter where one was told."""
    links = list(rows)
    filters = {_key(row): row["metric_filter"] for row in links if "sink_arn" not in row}
    return [row | {"metric_filter": filters.get(_key(row))} for row in links if "sink_arn" in row]


def _key(row: Row) -> tuple[str, str]:
    return row["account_id"], str(row["link_arn"])
