"""Every way from a metric filter to somebody who is told: metric, alarm, action, topic, subscription."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from orgaudit.evaluation.action import accepted_targets, action_link, service_of
from orgaudit.evaluation.alarm import fires
from orgaudit.evaluation.composites import carriers
from orgaudit.evaluation.filters import Reading, identity, metric_link, read_filter
from orgaudit.evaluation.index import Answer, Index
from orgaudit.evaluation.links import Chain, Link, State, broken, unanswered, undecided
from orgaudit.evaluation.monitoring import alarm_accounts, shown_through_link
from orgaudit.evaluation.subscription import subscription_link
from orgaudit.evaluation.topic import topic_link
from orgaudit.evaluation.watches import Watching, watching
from orgaudit.model.values import Row

_TOPIC_GONE = frozenset({"TOPIC_NOT_FOUND", "TOPIC_IN_OTHER_REGION"})
"""A topic that is not there has no subscriptions to look at."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way from a filter to a reader, as far as it goes."""

    filter_name: str
    reading: Reading
    """What the filter matches, narrowed by the dimension values that the alarm fixes."""
    chain: Chain
    """The links from metric on."""
    alarm: str = ""
    topic: str = ""

    @property
    def order(self) -> tuple[str, str, str]:
        """Filter, alarm, topic: how equal routes are ordered."""
        return self.filter_name, self.alarm, self.topic


class Routes:
    """All routes behind the filters of a log group; each is followed once per run and event budget."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._settings = index.frames.config.audit
        self._known: dict[tuple[str, int], tuple[Route, ...]] = {}

    def behind(self, log_group_arn: str, max_events: int) -> tuple[Route, ...]:
        """The routes behind every filter of the log group, in order. The filters themselves must have been read."""
        key = (log_group_arn, max_events)
        if key not in self._known:
            rows = self._index.filters_on(log_group_arn)
            found = [route for row in rows for route in self._from_filter(row, max_events)]
            self._known[key] = tuple(sorted(found, key=lambda route: route.order))
        return self._known[key]

    def _from_filter(self, row: Row, max_events: int) -> Iterator[Route]:
        account_id, region = str(row["account_id"]), str(row["region"])
        metric = metric_link(row)
        start = Route(str(row["filter_name"]), read_filter(row, account_id, region), Chain((metric,)))
        if metric.state is State.BROKEN or row["unread"]:
            yield start
            return
        accounts = alarm_accounts(self._index, account_id, region)
        watched = list(watching(self._index, row, accounts))
        for found in watched:
            link = fires(found.watch, max_events=max_events, max_delay_s=self._settings.max_delay_s)
            link = shown_through_link(self._index, row, found.watch.alarm, link)
            route = replace(start, reading=_narrowed(start.reading, found), chain=Chain((metric, link)))
            yield from self._from_alarm(route, found.watch.alarm)
        unread = [answer for answer in self._where_alarms_may_be(accounts, region) if not answer.known]
        for answer in unread:
            yield replace(start, chain=Chain((metric, unanswered("alarm", answer.missing, evidence=answer.evidence))))
        if not watched and not unread:
            yield replace(start, chain=Chain((metric, self._no_alarm(row, accounts))))

    def _where_alarms_may_be(self, accounts: list[str], region: str) -> Iterator[Answer]:
        """The questions that must be answered before "there is no alarm" may be said."""
        _, linked = self._index.answer_in(accounts[0], region, "oam:ListLinks")
        if linked.offered:
            yield linked
        for account in accounts:
            yield self._index.answer_in(account, region, "cloudwatch:DescribeAlarms")[1]

    def _no_alarm(self, row: Row, accounts: list[str]) -> Link:
        name, region = f"{row['namespace']}/{row['metric_name']}", str(row["region"])
        answers = [self._index.answer_in(account, region, "cloudwatch:DescribeAlarms")[1] for account in accounts]
        evidence = (str(row["evidence_id"]), *(item for answer in answers for item in answer.evidence))
        near = [
            str(alarm["alarm_name"])
            for account in accounts
            for alarm in self._index.alarms.get((account, region), [])
            if alarm["metric_name"] == row["metric_name"]
        ]
        if near:
            reason = f"No alarm watches {name} as filter {row['filter_name']} feeds it."
            observed = f"alarms on a metric of that name, but not on this one: {', '.join(near)}"
            expected = f"an alarm on namespace, name, unit and dimensions {identity(row)} of account {accounts[0]}"
            code = "ALARM_ON_OTHER_METRIC"
        else:
            code, observed, expected = "NO_ALARM", "no alarm", f"an alarm on {name}"
            reason = f"No alarm watches the metric {name} that filter {row['filter_name']} feeds."
        return broken("alarm", code, reason, what=name, observed=observed, expected=expected, evidence=evidence)

    def _from_alarm(self, route: Route, alarm: Row) -> Iterator[Route]:
        for carrier, doubt in carriers(self._index, alarm):
            followed = replace(route, alarm=str(carrier["alarm_arn"]))
            if doubt:
                names = f"{carrier['alarm_name']} carries {alarm['alarm_name']}"
                reason = f"Whether composite alarm {names} cannot be decided: {doubt}."
                link = undecided("action", "COMPOSITE_UNDECIDED", reason, what=followed.alarm)
                yield replace(followed, chain=Chain((*route.chain.links, link)))
            else:
                yield from self._from_carrier(followed, carrier, alarm)

    def _from_carrier(self, route: Route, carrier: Row, alarm: Row) -> Iterator[Route]:
        action = action_link(self._index, carrier, alarm, self._settings.accept_actions)
        links = (*route.chain.links, action)
        targets = accepted_targets(carrier, self._settings.accept_actions)
        topics = [target for target in targets if service_of(target) == "sns"]
        if action.state is State.BROKEN or not topics or len(topics) < len(targets):
            yield replace(route, chain=Chain(links))
        if action.state is State.BROKEN:
            return
        for topic in topics:
            found = (*links, topic_link(self._index, topic, carrier))
            if found[-1].code not in _TOPIC_GONE:
                found = (*found, subscription_link(self._index, topic, carrier))
            yield replace(route, chain=Chain(found), topic=topic)


def _narrowed(reading: Reading, found: Watching) -> Reading:
    if found.problem:
        return Reading(None, found.problem)
    if found.narrowed is None or reading.pattern is None:
        return reading
    return replace(reading, pattern=reading.pattern.narrowed(found.narrowed))
