"""From open fails to steps: one row of the table per reason code, then equal places together.

row -> what closes it (steps in places) -> recipes: the same steps, account and region left open, in many places
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from orgaudit.model.arns import account_of, region_of
from orgaudit.model.calls import canonical_json
from orgaudit.model.chain import things
from orgaudit.model.values import Row
from orgaudit.remediate import monitoring, topics, trails
from orgaudit.remediate.closing import Closing, by_hand
from orgaudit.remediate.estate import Estate
from orgaudit.remediate.policies import for_both
from orgaudit.remediate.steps import (
    DeliveryRole,
    Key,
    KeyPolicy,
    Place,
    Step,
    Topic,
    TopicPolicy,
    TrailChange,
    in_order,
    shared,
)

_NAME_MAX = 80
"""Letters that say what a file closes: keys of a user's own controls may be long, paths may not."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """An open fail, and the things that its chain stands on."""

    estate: Estate
    row: Row

    def what(self, link: str) -> str:
        """The thing that a link of the chain stands on, or an empty text."""
        return things(self.row).get(link, "")

    @property
    def log_group(self) -> str:
        """The ARN of the log group."""
        return self.what("delivery")

    @property
    def alarm_place(self) -> Place:
        """Where the alarm that acts lives."""
        arn = self.what("action") or self.what("alarm")
        return Place(account_of(arn), region_of(arn))

    def recording(self, closing: Closing) -> Closing:
        """The trail repaired, and its events watched where nothing watches them."""
        trail = self.estate.trail(self.what("trail"))
        group = str(trail["log_group_arn"] or "") if trail else ""
        return closing.then(trails.monitored(self.estate, self.row, group))

    def trails(self, lacking: Callable[[Row], bool]) -> list[str]:
        """The trails that the row speaks of and that lack something, by ARN."""
        shown = self.estate.trails_of(self.row["account_id"])
        named = self.what("trail") or self.row["observed"]
        arns = [str(trail["trail_arn"]) for trail in shown if str(trail["trail_arn"]) in named]
        owners = [self.estate.trail(arn) for arn in arns]
        return [str(trail["trail_arn"]) for trail in owners if trail and lacking(trail)]


def _of_own(finding: _Finding) -> Closing:
    return monitoring.of_own(finding.estate, finding.row, finding.log_group)


def _repaired(finding: _Finding) -> Closing:
    return monitoring.repaired(finding.estate, finding.row, finding.log_group)


def _not_logging(finding: _Finding) -> Closing:
    stopped = finding.trails(lambda trail: finding.estate.is_logging(str(trail["trail_arn"])) is False)
    return finding.recording(trails.each_changed(finding.estate, stopped, {"IsLogging": True}))


def _setting(column: str, change: str) -> Callable[[_Finding], Closing]:
    def closing(finding: _Finding) -> Closing:
        lacking = finding.trails(lambda trail: trail[column] is False)
        return finding.recording(trails.each_changed(finding.estate, lacking, {change: True}))

    return closing


def _unencrypted(finding: _Finding) -> Closing:
    lacking = finding.trails(lambda trail: not trail["kms_key_id"])
    return trails.encrypted(finding.estate, lacking) if lacking else by_hand("No trail of the account lacks a key.")


def _selectors(finding: _Finding) -> Closing:
    arns = [finding.what("trail")] if finding.what("trail") else finding.trails(lambda _: True)
    return finding.recording(trails.all_of(trails.everything_recorded(finding.estate, arn) for arn in arns))


def _delivering(finding: _Finding) -> Closing:
    trail = finding.what("trail") or next(iter(finding.trails(lambda _: True)), "")
    return trails.delivering(finding.estate, finding.row, trail)


def _topic(repair: Callable[[Estate, str, Place], Closing]) -> Callable[[_Finding], Closing]:
    return lambda finding: repair(finding.estate, finding.what("topic"), finding.alarm_place)


def _said(sentence: str) -> Callable[[_Finding], Closing]:
    return lambda _: by_hand(sentence)


CLOSES: Mapping[str, Callable[[_Finding], Closing]] = {
    "NO_TRAIL": lambda finding: trails.new_trail(finding.estate, finding.row),
    "NO_LOGGING_TRAIL": _not_logging,
    "TRAIL_NOT_LOGGING": _not_logging,
    "TRAIL_NOT_FOUND": _said("The trail was deleted while it was read: run again."),
    "TRAIL_SINGLE_REGION": _setting("is_multi_region", "IsMultiRegionTrail"),
    "TRAIL_NO_GLOBAL_EVENTS": _setting("global_events", "IncludeGlobalServiceEvents"),
    "MEMBER_NOT_RECORDED": _said(
        "The organization trail logs, but not this member. No command of a member changes that: the trail's owner has "
        "to let CloudTrail set the member up again, by any update of the organization trail."
    ),
    "TRUSTED_ACCESS_OFF": lambda finding: trails.trusted_access(finding.estate),
    "NO_ORGANIZATION_TRAIL": _said("Make a trail of the management account an organization trail: that is a decision."),
    "NO_LOG_FILE_VALIDATION": _setting("log_file_validation", "EnableLogFileValidation"),
    "NO_KMS_KEY": _unencrypted,
    "SELECTORS_EXCLUDE": _selectors,
    "NO_LOG_GROUP": _delivering,
    "LOG_GROUP_NOT_FOUND": lambda finding: trails.log_group_made(finding.estate, finding.row, finding.log_group),
    "NEVER_DELIVERED": _delivering,
    "DELIVERY_ERROR": _delivering,
    "DELIVERY_STALE": _delivering,
    "NO_FILTERS": _of_own,
    "NO_FILTER_FOR_CONTROL": _of_own,
    "FILTER_INCOMPLETE": _of_own,
    "NO_METRIC": _of_own,
    "NO_ALARM": _repaired,
    "ALARM_ON_OTHER_METRIC": _repaired,
    "ALARM_EVALUATION_ERROR": _repaired,
    "ALARM_CANNOT_FIRE": _repaired,
    "ALARM_ALWAYS": _repaired,
    "ALARM_INVERTED": _repaired,
    "ALARM_NEEDS_MORE_EVENTS": _repaired,
    "ALARM_NEEDS_MORE_DATAPOINTS": _repaired,
    "ALARM_TOO_LATE": _repaired,
    "ALARM_STUCK": _repaired,
    "LATCHED": _repaired,
    "ACTIONS_DISABLED": lambda finding: monitoring.enabled(finding.estate, finding.what("action")),
    "NO_ALARM_ACTION": _repaired,
    "ACTION_NOT_ACCEPTED": _repaired,
    "MUTED": _said(
        "Somebody muted the alarm on purpose: end the mute rule, or wait for its end. Another alarm would get round it."
    ),
    "SUPPRESSED": _said(
        "Somebody holds the alarm back on purpose: look at the composite alarm's suppressor, and at the other alarms "
        "in its rule."
    ),
    "TOPIC_IN_OTHER_REGION": _repaired,
    "TOPIC_NOT_FOUND": lambda finding: topics.missing_topic(
        finding.estate, finding.row, finding.what("topic"), finding.alarm_place, finding.log_group
    ),
    "TOPIC_POLICY_DENIES": lambda finding: topics.open_topic(
        finding.estate, finding.row, finding.what("topic"), finding.alarm_place, finding.log_group
    ),
    "TOPIC_KEY_AWS_MANAGED": _topic(topics.other_key),
    "TOPIC_KEY_NOT_FOUND": _topic(topics.other_key),
    "TOPIC_KEY_UNUSABLE": _topic(topics.usable_key),
    "TOPIC_KEY_DENIES": _topic(topics.open_key),
    "NO_SUBSCRIPTION": lambda finding: topics.subscribed(finding.estate, finding.what("subscription")),
    "SUBSCRIPTION_PENDING": lambda finding: topics.subscribed(finding.estate, finding.what("subscription")),
    "FILTERED_OUT": lambda finding: topics.subscribed(finding.estate, finding.what("subscription")),
}
"""What closes a fail, by reason code. A test holds it against the list of all reason codes."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The same steps in one place or many."""

    number: int
    steps: tuple[Step, ...]
    """In order, account and region left open."""
    places: tuple[Place, ...]
    tests: tuple[str, ...]
    """The test ids of the rows that it closes, or helps to close."""
    name: str = ""
    """The number and what it closes, as files are called: ``07-vpc-changes-no-alarm``."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would close the open fails of a run."""

    recipes: tuple[Recipe, ...]
    """Those that close most first."""
    closings: Mapping[str, Closing]
    """By test id, every open fail."""
    rows: Mapping[str, Row]


def planned(estate: Estate) -> Plan:
    """The plan for every open fail, expired waivers among them."""
    rows = {row["test_id"]: row for row in estate.rows if row["disposition"] in {"OPEN", "WAIVER_EXPIRED"}}
    closings = {test: CLOSES[row["reason_code"]](_Finding(estate, row)) for test, row in rows.items()}
    by_place: dict[Place, dict[Step, list[str]]] = defaultdict(lambda: defaultdict(list))
    for test, closing in closings.items():
        for place, step in closing.steps:
            by_place[place][step].append(test)
    alike: dict[tuple[Step, ...], list[Place]] = defaultdict(list)
    for place, steps in sorted(by_place.items()):
        merged = sorted(_merged(steps), key=in_order)
        alike[tuple(shared(step, place) for step in merged)].append(place)
    recipes = [
        Recipe(0, steps, tuple(places), tuple(sorted({test for place in places for test in _tests(by_place[place])})))
        for steps, places in alike.items()
    ]
    recipes.sort(key=lambda recipe: (-len(recipe.tests), recipe.places))
    digits = max(2, len(str(len(recipes))))  # so that a listing keeps the order
    named = (
        replace(recipe, number=number, name=f"{number:0{digits}}-{_closed([rows[test] for test in recipe.tests])}")
        for number, recipe in enumerate(recipes, 1)
    )
    return Plan(tuple(named), closings, rows)


def _closed(rows: Sequence[Row]) -> str:
    """What closes these rows, in words: their control and reason where they share one, else their broken links."""
    controls, reasons = ({row[key] for row in rows} for key in ("control", "reason_code"))
    links = [link for link, _ in Counter(row["broken_link"] or row["reason_code"] for row in rows).most_common()]
    words = [*(controls if len(controls) == 1 else ()), *(reasons if len(reasons) == 1 else links)]
    return "-".join(words).lower().replace("_", "-")[:_NAME_MAX].rstrip("-")


def _tests(steps: Mapping[Step, list[str]]) -> set[str]:
    return {test for tests in steps.values() for test in tests}


_WITH_POLICY = (Topic, TopicPolicy, Key, KeyPolicy)


def _merged(steps: Iterable[Step]) -> list[Step]:
    """The steps, with those that change the same thing as one: the last would undo what the others did."""
    merged: dict[object, Step] = {}
    for step in steps:
        thing = _thing(step)
        merged[thing] = _both(merged[thing], step) if thing in merged else step
    return list(merged.values())


def _thing(step: Step) -> object:
    """What a step changes; the step itself where no other can be about the same."""
    match step:
        case TrailChange(name) | DeliveryRole(name) | Topic(name) | TopicPolicy(name) | Key(name) | KeyPolicy(name):
            return type(step), name
    return step


def _both(one: Step, other: Step) -> Step:
    if isinstance(one, TrailChange) and isinstance(other, TrailChange):
        return replace(one, change=canonical_json(json.loads(one.change) | json.loads(other.change)))
    if isinstance(one, DeliveryRole) and isinstance(other, DeliveryRole):
        return replace(one, log_groups=f"{one.log_groups} {other.log_groups}")
    assert isinstance(one, _WITH_POLICY)
    assert isinstance(other, _WITH_POLICY)
    return replace(one, policy=for_both(one.policy, other.policy))
