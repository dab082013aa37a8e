"""Accounts that watch another account's metrics, and whether they see the one that counts."""

from dataclasses import replace

from orgaudit.evaluation.index import Index
from orgaudit.evaluation.links import Link, Observation, State, undecided
from orgaudit.model.oam import link_call
from orgaudit.model.values import Row

_ALL_METRICS = "*"
"""The filter that is none (botocore 1.44.5 service model ``oam``, ``MetricConfiguration``, read 2026-11)."""


def alarm_accounts(index: Index, account_id: str, region: str) -> list[str]:
    """The metric's own account, then the monitoring accounts that may watch it."""
    sinks = [str(link["sink_account_id"]) for link in _links(index, account_id, region)]
    monitoring = index.frames.config.organization.monitoring_accounts
    return list(dict.fromkeys([account_id, *sorted({*sinks, *monitoring})]))


def shown_through_link(index: Index, row: Row, alarm: Row, link: Link) -> Link:
    """The alarm link, undecided where the alarm is behind an OAM link that shows some metrics only.

    row: the filter that feeds the metric. What a filter on namespaces lets through is not decided: AWS documents its
    operators, not their precedence. An alarm of the metric's own account needs no link.
    """
    account_id, region, watcher = str(row["account_id"]), str(row["region"]), str(alarm["account_id"])
    found = [one for one in _links(index, account_id, region) if one["sink_account_id"] == watcher]
    if watcher == account_id or not found or link.state is State.BROKEN:
        return link
    asked = [(one, index.answer(link_call(account_id, region, str(one["link_arn"])))) for one in found]
    evidence = (
        *link.evidence,
        *(item for one, answer in asked for item in (str(one["evidence_id"]), *answer.evidence)),
    )
    doubts = [_doubt(one, gone=answer.known and not answer.found) for one, answer in asked]
    if all(doubts) and link.state is State.HELD:
        reason = (
            f"Whether account {watcher} sees the metric of alarm {alarm['alarm_name']} is not certain: {doubts[0]}."
        )
        return undecided("alarm", "LINK_UNDECIDED", reason, what=link.what, evidence=evidence)
    unread = [str(one["link_arn"]) for one, answer in asked if not answer.known]
    if unread:
        text = f"Whether OAM link {unread[0]} shows account {watcher} all metrics or some was not readable."
        link = link.noting(Observation("LINK_FILTER_UNREAD", text))
    return replace(link, evidence=evidence)


def _links(index: Index, account_id: str, region: str) -> list[Row]:
    """The account's links that show metrics, or do not tell."""
    return [link for link in index.links.get((account_id, region), []) if link["metrics"] is not False]


def _doubt(link: Row, *, gone: bool) -> str:
    """Why the link may not show the metric; empty where it shows all, or where that was not readable."""
    if gone:
        return f"OAM link {link['link_arn']} was deleted between two questions"
    if link["metrics"] is None:
        return f"the answer does not tell whether OAM link {link['link_arn']} shows metrics"
    if link["metric_filter"] in (None, _ALL_METRICS):
        return ""
    return f"OAM link {link['link_arn']} shows only metrics with {link['metric_filter']}"
