"""What stands in the organization, looked up the way a repair needs it."""

import json
from collections import defaultdict
from functools import cached_property
from typing import Any

import pandas as pd

from orgaudit.model.arns import account_of, parse_arn, region_of
from orgaudit.model.chain import things
from orgaudit.model.frames import Frames
from orgaudit.model.values import Row
from orgaudit.remediate.names import free
from orgaudit.remediate.steps import Place

_OUR_TOPIC = "orgaudit-alarms"


class Estate:
    """Look-ups over the frames and the result rows of one run."""

    def __init__(self, frames: Frames, rows: list[Row]) -> None:
        self.frames, self.rows = frames, rows
        self.accounts = frozenset(str(account_id) for account_id in frames.accounts["account_id"])
        self._alarms = _by(frames.alarms, "alarm_arn")
        self._topics = _by(frames.topics, "topic_arn")
        self._filters = _by(frames.metric_filters, "log_group_arn")
        self._keys = _by(frames.keys, "asked_as")
        self._policies = _by(frames.key_policies, "asked_as")
        self._trails = _by(frames.trails, "trail_arn")
        self._shown = _by(frames.trails, "account_id")
        self._feeders = _by(frames.metric_filters, "account_id", "region", "namespace", "metric_name")
        self._statuses = _by(frames.trail_statuses, "trail_arn")
        self._selectors = _by(frames.event_selectors, "trail_arn")
        self._given: dict[Place, dict[str, str]] = defaultdict(dict)
        """Names for alarms that are to be made, and the metric that each will watch."""

    @property
    def partition(self) -> str:
        """The partition that the organization lives in."""
        return self.frames.run.partition

    @cached_property
    def home_region(self) -> str:
        """Where most trails are at home: where a new one belongs."""
        homes = self.frames.trails["home_region"].dropna()
        fallback = {"aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}.get(self.partition, "us-east-1")
        return str(homes.mode().min()) if len(homes) else fallback

    def trail(self, arn: str) -> Row | None:
        """The trail as its owner sees it, or None."""
        return next((row for row in self._trails.get(arn, []) if row["account_id"] == account_of(arn)), None)

    def trails_of(self, account_id: str) -> list[Row]:
        """The trails that the account is shown."""
        return self._shown.get(account_id, [])

    def is_logging(self, arn: str) -> bool | None:
        """Whether the trail's owner says that it logs."""
        rows = [row for row in self._statuses.get(arn, []) if row["account_id"] == account_of(arn)]
        return rows[0]["is_logging"] if rows else None

    def selectors(self, arn: str) -> tuple[list[Any], list[Any]]:
        """Basic and advanced event selectors, as the trail's owner sees them."""
        row = next((row for row in self._selectors.get(arn, []) if row["account_id"] == account_of(arn)), None)
        return (_listed(row["basic"]), _listed(row["advanced"])) if row else ([], [])

    def filters_on(self, log_group: str) -> list[Row]:
        """The filters of a log group, one row per transformation."""
        return [row for row in self._filters.get(log_group, []) if row["account_id"] == account_of(log_group)]

    def feeders(self, place: Place, namespace: str, metric: str) -> list[Row]:
        """The filters that feed a metric."""
        return self._feeders.get(" ".join((*place, namespace, metric)), [])

    def alarm(self, arn: str) -> Row | None:
        """An alarm, or None."""
        return next(iter(self._alarms.get(arn, [])), None)

    def topic(self, arn: str) -> Row | None:
        """A topic, or None where it was not read or does not exist."""
        return next(iter(self._topics.get(arn, [])), None)

    def key(self, asked_as: str) -> Row | None:
        """A key by the id that a topic names it with."""
        return next(iter(self._keys.get(asked_as, [])), None)

    def key_policy(self, *names: str) -> str:
        """The policy of a key by any of its names, or an empty text."""
        return next((str(row["policy"]) for name in names for row in self._policies.get(name, [])), "")

    @cached_property
    def _proven_topics(self) -> dict[Place, str]:
        """By alarm account and region, a topic behind a PASS whose policy is not about single alarms."""
        found: dict[Place, str] = {}
        for row in self.rows:
            held = things(row)  # in a PASS every link holds
            topic, alarm = held.get("topic", ""), held.get("alarm", "")
            if row["result"] == "PASS" and topic and "subscription" in held:
                known = self.topic(topic)
                if known and "sourcearn" not in str(known["policy"]).lower():
                    found.setdefault(Place(account_of(alarm), region_of(alarm)), topic)
        return found

    def proven_topic(self, place: Place) -> str | None:
        """A topic that alarms of this account and region are known to reach somebody through."""
        return self._proven_topics.get(place)

    def our_topic(self, place: Place) -> str:
        """The topic that repairs create where none is proven."""
        return f"arn:{self.partition}:sns:{place.region}:{place.account_id}:{_OUR_TOPIC}"

    @cached_property
    def _alarm_names(self) -> dict[Place, set[str]]:
        names: dict[Place, set[str]] = defaultdict(set)
        for rows in self._alarms.values():
            for row in rows:
                names[Place(str(row["account_id"]), str(row["region"]))].add(str(row["alarm_name"]))
        return names

    def free_name(self, wanted: str, log_group: str, place: Place, metric: str) -> str:
        """A name that no filter of the log group and no alarm of the place bears; for one metric always the same."""
        taken = {str(row["filter_name"]) for row in self.filters_on(log_group)} | self._alarm_names.get(place, set())
        given = self._given[place]
        name = free(wanted, taken | {name for name, other in given.items() if other != metric}, "-")
        given[name] = metric
        return name

    def owned(self, arn: str) -> Place | None:
        """Where a thing of the organization is changed; None for one of an account outside it."""
        found = parse_arn(arn)
        return Place(found.account_id, found.region) if found and found.account_id in self.accounts else None


def _by(frame: pd.DataFrame, *columns: str) -> dict[str, list[Row]]:
    """The rows by what stands in these columns, joined by blanks; None for NA."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in frame.astype(object).where(frame.notna(), None).to_dict("records"):
        grouped[" ".join(str(row[column]) for column in columns)].append({str(name): row[name] for name in row})
    return dict(grouped)


def _listed(text: str | None) -> list[Any]:
    return json.loads(text) if text else []
