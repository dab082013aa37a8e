"""Repairs from the filter to the action: a filter on the prescribed pattern, an alarm on one event, a topic.

An alarm that is wrong stays as it is, and a right one is put beside it: whoever made it may have had a reason.
"""

from collections.abc import Iterator

from orgaudit.model.arns import account_of, log_group_name, region_of
from orgaudit.model.chain import things
from orgaudit.model.values import Row
from orgaudit.patterns import prove
from orgaudit.remediate.closing import Closing, Placed, by_hand
from orgaudit.remediate.estate import Estate
from orgaudit.remediate.policies import topic_policy
from orgaudit.remediate.steps import Alarm, EnabledActions, MetricFilter, Place, Subscription, Topic

NAMESPACE = "orgaudit"
"""The namespace of the metrics that repairs make: nothing else feeds them."""


def of_own(estate: Estate, row: Row, log_group: str) -> Closing:
    """A filter with the control's pattern on this log group, its alarm, and who is told."""
    place = Place(account_of(log_group), region_of(log_group))
    if place.account_id not in estate.accounts:
        return by_hand(
            f"The log group {log_group} is outside the organization; ask its owner for a filter and an alarm."
        )
    name = estate.free_name(f"orgaudit-{row['control']}", log_group, place, NAMESPACE)
    metric = name.removeprefix("orgaudit-")
    counted = MetricFilter(name, log_group_name(log_group), row["criterion"], NAMESPACE, metric)
    return Closing((Placed(place, counted), *_alarmed(estate, row, place, name, NAMESPACE, metric)))


def repaired(estate: Estate, row: Row, log_group: str) -> Closing:
    """An alarm that fires, on the metric of the filter in the chain where that filter covers the control by itself."""
    place = Place(account_of(log_group), region_of(log_group))
    filters = [one for one in estate.filters_on(log_group) if one["filter_name"] == things(row).get("filter")]
    if len(filters) != 1 or not _counts_the_control(estate, row, filters[0], place):
        return of_own(estate, row, log_group)
    namespace, metric = str(filters[0]["namespace"]), str(filters[0]["metric_name"])
    name = estate.free_name(f"orgaudit-{row['control']}", log_group, place, f"{namespace} {metric}")
    return Closing(tuple(_alarmed(estate, row, place, name, namespace, metric)))


def enabled(estate: Estate, alarm_arn: str) -> Closing:
    """The actions of an alarm that exists, enabled."""
    place, alarm = estate.owned(alarm_arn), estate.alarm(alarm_arn)
    if place is None or alarm is None:
        return by_hand(f"Enable the actions of {alarm_arn}, which is outside the organization.")
    return Closing((Placed(place, EnabledActions(str(alarm["alarm_name"]))),))


def _counts_the_control(estate: Estate, row: Row, found: Row, place: Place) -> bool:
    """Whether the filter's metric is 1 for every event of the control, and nothing but that."""
    plain = (
        found["metric_value"] in {"1", "1.0"}
        and not found["default_value"]
        and found["unit"] in {None, "None"}
        and found["dimensions"] in {None, "{}"}
        and not found["transformed"]
        and not found["field_selection"]
        and found["system_dimensions"] in {None, "[]"}
    )
    if not plain or len(estate.feeders(place, str(found["namespace"]), str(found["metric_name"]))) != 1:
        return False
    return covers(row["criterion"], [str(found["pattern"] or "")])


def covers(criterion: str, patterns: list[str]) -> bool:
    """Whether these patterns are proved to match every event of a criterion; one that cannot be read covers nothing."""
    return prove(criterion, patterns).outcome == "covered"


def _alarmed(estate: Estate, row: Row, place: Place, name: str, namespace: str, metric: str) -> Iterator[Placed]:
    topic = estate.proven_topic(place)
    if topic is None:
        topic = estate.our_topic(place)
        yield from told(estate, topic, place)
    yield Placed(place, Alarm(name, row["control"], namespace, metric, topic))


def told(estate: Estate, topic: str, alarms_in: Place) -> Iterator[Placed]:
    """A topic for an account's alarms, where it does not exist, and a subscription to it."""
    place = Place(account_of(topic), region_of(topic))
    if estate.topic(topic) is None:
        yield Placed(place, Topic(topic.rsplit(":", 1)[-1], topic_policy(topic, alarms_in.account_id)))
    yield Placed(place, Subscription(topic))
