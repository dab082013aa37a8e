"""The frames of a run, looked up the way a chain is followed."""

import json
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from orgaudit.evaluation.alarm_rule import Neighbours
from orgaudit.evaluation.links import Missing
from orgaudit.model.arns import account_of, log_group_name, place_of
from orgaudit.model.calls import KNOWN, Call, Outcome
from orgaudit.model.frames import Frames
from orgaudit.model.sweep import of_sweep
from orgaudit.model.values import Row

NEVER_ASKED = "NEVER_ASKED"
"""Stands for the error code of a call that was not made."""
MISSING_PAGE = "MISSING_PAGE"
"""Stands for the error code of a page that an answer names and that is not there."""


class Answer(NamedTuple):
    """What became of a question: known (answered or not found), with its evidence, or missing."""

    known: bool
    found: bool
    """False when AWS answered that the thing does not exist."""
    evidence: tuple[str, ...]
    missing: tuple[Missing, ...]
    offered: bool = True
    """False when the endpoint does not know the operation."""


class _Page(NamedTuple):
    outcome: str
    error_code: str
    evidence_id: str
    number: int
    last: bool


class Index:
    """Look-ups over the frames of one run; pandas groups once, rows are plain dicts with None for NA."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames
        trails, filters = _rows(frames.trails), _rows(frames.metric_filters)
        self.trails = _grouped(trails, "account_id")
        self.trails_by_arn = _grouped(trails, "trail_arn")
        self.trail_listings = _grouped(_rows(frames.trail_listings), "account_id")
        self.statuses = _grouped(_rows(frames.trail_statuses), "trail_arn")
        self.selectors = _grouped(_rows(frames.event_selectors), "trail_arn")
        self._filters = _by_place(_grouped(filters, "log_group_arn"))
        self.filters_in = _grouped(filters, "account_id", "region")
        self.alarms = _grouped(_rows(frames.alarms), "account_id", "region")
        self.topics = _grouped(_rows(frames.topics), "topic_arn")
        self.subscriptions = _grouped(_rows(frames.subscriptions), "topic_arn")
        self.subscription_attributes = _grouped(_rows(frames.subscription_attributes), "subscription_arn")
        self.keys = _grouped(_rows(frames.keys), "asked_as")
        self.key_policies = _grouped(_rows(frames.key_policies), "asked_as")
        self.links = _grouped(_rows(frames.links), "account_id", "region")
        self.mute_rules = _grouped(_rows(frames.mute_rules), "account_id", "region")
        routes = _grouped(_rows(frames.subscription_filters), "log_group_arn")
        self._subscription_filters = _by_place(routes)
        self._neighbours: dict[tuple[str, str], Neighbours] = {}

    @cached_property
    def _calls(self) -> dict[tuple[str, str, str, str], list[_Page]]:
        """The pages of every call, in order."""
        calls = self.frames.calls.sort_values("page", kind="stable")
        found: dict[tuple[str, str, str, str], list[_Page]] = defaultdict(list)
        names = calls["service"] + ":" + calls["operation"]
        columns = (calls["account_id"], calls["region"], names, calls["params"])
        facts = (calls["outcome"], calls["error_code"], calls["evidence_id"], calls["page"], calls["last_page"])
        for account_id, region, name, params, *page in zip(*columns, *facts, strict=True):
            if not of_sweep(name, params):  # no verdict rests on the sweep
                found[account_id, region, name, params].append(_Page(*page))
        return dict(found)

    @cached_property
    def _calls_by_name(self) -> dict[tuple[str, str], list[Call]]:
        found: dict[tuple[str, str], list[Call]] = defaultdict(list)
        for account_id, region, name, params in self._calls:
            service, operation = name.split(":")
            found[account_id, name].append(Call(account_id, region, service, operation, params))
        return dict(found)

    def asked(self, account_id: str, name: str) -> list[Call]:
        """The calls of this name that were made as this account, in whatever region."""
        return self._calls_by_name.get((account_id, name), [])

    def answer(self, call: Call) -> Answer:
        """What became of the call: every page must be known for the answer to be."""
        pages = self._calls.get((call.account_id, call.region, call.name, call.params))
        if not pages:
            return Answer(False, False, (), (self.why_never(call),))
        evidence = tuple(page.evidence_id for page in pages)
        unanswered = next((page for page in pages if page.outcome not in KNOWN), None)
        if unanswered:
            missing = Missing(call.name, call.account_id, call.region, unanswered.error_code or unanswered.outcome)
            return Answer(False, False, evidence, (missing,), unanswered.outcome != Outcome.NOT_OFFERED)
        if not pages[-1].last or [page.number for page in pages] != list(range(1, len(pages) + 1)):
            return Answer(False, False, evidence, (Missing(call.name, call.account_id, call.region, MISSING_PAGE),))
        return Answer(True, all(page.outcome == Outcome.ANSWERED for page in pages), evidence, ())

    def answer_in(self, account_id: str, region: str, name: str) -> tuple[Call, Answer]:
        """The answer to a call that is made once per account and region, whatever its parameters."""
        made = [call for call in self.asked(account_id, name) if call.region == region]
        service, operation = name.split(":")
        return self.first_known(made or [Call.of(account_id, region, service, operation)])

    def why_never(self, call: Call) -> Missing:
        """Why a call was never made: the account's role was refused, or nothing tells."""
        for role_call in self.asked(call.account_id, "sts:AssumeRole"):
            for page in self._calls[role_call.account_id, role_call.region, role_call.name, role_call.params]:
                if page.outcome not in KNOWN:
                    code = page.error_code or page.outcome
                    return Missing("sts:AssumeRole", call.account_id, role_call.region, code)
        return Missing(call.name, call.account_id, call.region, NEVER_ASKED)

    def first_known(self, calls: Iterable[Call]) -> tuple[Call, Answer]:
        """The first of several ways to ask that is known; else the first, with what every way that was tried lacks."""
        tried = [(call, self.answer(call)) for call in calls]
        for call, answer in tried:
            if answer.known:
                return call, answer
        call, answer = tried[0]
        missing = tuple(dict.fromkeys(item for _, one in tried for item in one.missing))
        asked = tuple(item for item in missing if item.error_code != NEVER_ASKED)
        return call, answer._replace(missing=asked or missing)

    def role_refused(self, account_id: str) -> Missing | None:
        """The refused AssumeRole of an account that could not be entered."""
        missing = self.why_never(Call.of(account_id, "", "sts", "AssumeRole"))
        return missing if missing.error_code != NEVER_ASKED else None

    def neighbours(self, alarm: Row) -> Neighbours:
        """The alarms of this one's account and region, as a composite alarm's rule refers to them."""
        place = alarm["account_id"], alarm["region"]
        if place not in self._neighbours:
            self._neighbours[place] = Neighbours(self.alarms.get(place, []))
        return self._neighbours[place]

    def fed_in(self, region: str) -> frozenset[tuple[str, str]]:
        """Namespaces and names of the metrics that filters feed in a region, in whatever account."""
        return self._fed.get(region, frozenset())

    @cached_property
    def _fed(self) -> dict[str, frozenset[tuple[str, str]]]:
        filters = self.frames.metric_filters
        names = filters[["region", "namespace", "metric_name"]].dropna().drop_duplicates()
        found: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for region, *name in names.itertuples(index=False, name=None):
            found[region].add(tuple(name))
        return {region: frozenset(of_region) for region, of_region in found.items()}

    def composites(self, alarm: Row) -> list[Row]:
        """The composite alarms of this one's account and region."""
        rows = self.alarms.get((alarm["account_id"], alarm["region"]), [])
        return [row for row in rows if row["kind"] == "composite"]

    def rows_as(self, rows: Sequence[Row], account_id: str) -> list[Row]:
        """Those rows that this account's answers made."""
        if isinstance(rows, _Rows) and len(rows) > _FEW:
            return rows.by_account.get(account_id, [])
        return [row for row in rows if row["account_id"] == account_id]

    def filters_on(self, log_group_arn: str) -> list[Row]:
        """The metric filters of a log group, as its own account answered."""
        return self.rows_as(self._filters.get(place_of(log_group_arn), []), account_of(log_group_arn))

    def subscription_filters_on(self, log_group_arn: str) -> list[Row]:
        """The subscription filters of a log group, as its own account answered."""
        return self.rows_as(self._subscription_filters.get(place_of(log_group_arn), []), account_of(log_group_arn))

    def filters_call(self, account_id: str, region: str, log_group_arn: str) -> Call:
        """The call that lists a log group's metric filters."""
        return Call.of(account_id, region, "logs", "DescribeMetricFilters", logGroupName=log_group_name(log_group_arn))

    @cached_property
    def cloudtrail_administrators(self) -> tuple[str, ...]:
        """Delegated administrators of CloudTrail, as the organization answered."""
        frame = self.frames.delegated_administrators
        chosen = frame[frame["service_principal"] == "cloudtrail.amazonaws.com"]
        return tuple(chosen["administrator_id"])

    @cached_property
    def trusted_access(self) -> bool | None:
        """Whether CloudTrail has trusted access in the organization; None where that was not answered."""
        asked = [call for call in self._calls if call[2] == "organizations:ListAWSServiceAccessForOrganization"]
        answers = [self.answer(Call(key[0], key[1], "organizations", key[2].split(":")[1], key[3])) for key in asked]
        if not any(answer.known for answer in answers):
            return None
        return bool((self.frames.service_access["service_principal"] == "cloudtrail.amazonaws.com").any())


def listed(text: str | None) -> list[Any]:
    """A JSON list in a frame's cell; an empty one where there is none."""
    value = json.loads(text) if text else []
    return value if isinstance(value, list) else []


def _by_place(rows: dict[Hashable, list[Row]]) -> dict[str, list[Row]]:
    return {place_of(str(arn)): found for arn, found in rows.items()}


def grouped_rows(frame: pd.DataFrame, *columns: str) -> dict[Hashable, list[Row]]:
    """The rows of a frame by the value of a column (or the tuple of several), as plain dicts with None for NA."""
    return _grouped(_rows(frame), *columns)


def _rows(frame: pd.DataFrame) -> list[Row]:
    """The rows as plain dicts, in the frame's order, with None for NA."""
    if frame.empty:
        return []
    # the stubs do not know that a missing value may become None
    columns = [frame[name].to_numpy(dtype=object, na_value=None) for name in frame]  # type: ignore[call-overload]
    return [dict(zip(frame.columns, values, strict=True)) for values in zip(*columns, strict=True)]


_FEW = 4
"""Rows that are looked through as fast as looked up."""


class _Rows(list[Row]):
    """What accounts told of one thing. Of an organization trail or a key's alias each of ten thousand may tell."""

    @cached_property
    def by_account(self) -> dict[str, list[Row]]:
        """The rows that each account's answers made."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self:
            found[row["account_id"]].append(row)
        return dict(found)


def _grouped(rows: list[Row], *columns: str) -> dict[Hashable, list[Row]]:
    """Rows by the value of a column (or the tuple of several), in order."""
    found: dict[Hashable, list[Row]] = defaultdict(_Rows)
    for row in rows:
        found[row[columns[0]] if len(columns) == 1 else tuple(row[column] for column in columns)].append(row)
    return dict(found)
