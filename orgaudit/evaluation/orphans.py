"""What an account that fails has lying about: filters and alarms that exist and are fed by nothing.

They are what its team has to repair. They stand beside a FAIL and never change one; they come from the sweep, which is
made after the verdicts.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from orgaudit.evaluation.coverage import Judge
from orgaudit.evaluation.criterion import Criterion
from orgaudit.evaluation.filters import parsed
from orgaudit.evaluation.index import grouped_rows
from orgaudit.evaluation.links import Observation, State
from orgaudit.evaluation.trails import TrailsOf
from orgaudit.evaluation.verdict import FAIL, Verdict
from orgaudit.model.arns import log_group_name, place_of
from orgaudit.model.calls import KNOWN
from orgaudit.model.frames import Frames
from orgaudit.model.sweep import MOST_ACCOUNTS, of_sweep, watches
from orgaudit.model.values import Row

_NAMED = 50
"""So many are named in one observation; the rest is counted."""

Metric = tuple[str, str]


@dataclass(frozen=True)
class _Found:
    """The orphans of one region that matter to one control."""

    filters: list[Row] = field(default_factory=list)
    alarms: list[Row] = field(default_factory=list)


class Orphans:
    """What the sweep found, account by account."""

    def __init__(self, frames: Frames, judge: Judge) -> None:
        self._judge = judge
        self._regions = grouped_rows(frames.regions, "account_id")
        self._filters = grouped_rows(frames.swept_filters, "account_id", "region")
        self._alarms = grouped_rows(frames.swept_alarms, "account_id", "region")
        calls = frames.calls
        swept = [of_sweep(name, params) for name, params in zip(_names(frames), calls["params"], strict=True)]
        self._calls = grouped_rows(calls[swept], "account_id")

    def noted(
        self, trails: TrailsOf, verdicts: Mapping[str, Verdict], criteria: Mapping[str, Criterion | None]
    ) -> dict[str, Verdict]:
        """The verdicts of one account by control, each FAIL of an alarm control with the orphans that concern it."""
        failed = {
            control: criterion
            for control, criterion in criteria.items()
            if criterion is not None and verdicts[control].result == FAIL
        }
        if not failed:
            return dict(verdicts)
        fed = {place_of(trail.log_group_arn) for trail in trails.trails if _feeds(trail.logging, trail.delivered.state)}
        unread = tuple(self._unread(trails.account_id))
        noted = dict(verdicts)
        for control, criterion in failed.items():
            found = dict(self._found(trails.account_id, fed, criterion))
            verdict = noted[control]
            noted[control] = replace(
                verdict,
                observations=(*verdict.observations, *_observations(found), *unread),
                evidence=tuple(dict.fromkeys((*verdict.evidence, *_evidence(found)))),
            )
        return noted

    def _found(self, account_id: str, fed: set[str], criterion: Criterion) -> Iterator[tuple[str, _Found]]:
        """The orphans on the control's events in each region that has any."""
        for region in sorted(str(row["region"]) for row in self._regions.get(account_id, [])):
            rows = self._filters.get((account_id, region), [])
            idle = [row for row in rows if place_of(str(row["log_group_arn"])) not in fed]
            live = {_metric(row) for row in rows if row not in idle}
            filters = [row for row in idle if self._concerns(criterion, row, account_id)]
            starved = {_metric(row) for row in filters} - live
            known = {_metric(row) for row in rows} if self._answered(account_id, region, "logs") else None
            alarms = [row for row in self._alarms.get((account_id, region), []) if _is_starved(row, starved, known)]
            if filters or alarms:
                yield region, _Found(filters, alarms)

    def _concerns(self, criterion: Criterion, row: Row, account_id: str) -> bool:
        """Whether a filter was made for events like the control's: it names their fields, and may match one."""
        pattern = parsed(str(row["pattern"])).pattern if row["pattern"] is not None else None
        if pattern is None or not any(pattern.fields & form.fields for _, form in criterion.forms):
            return False
        return self._judge.touches(criterion, pattern, account_id)

    def _answered(self, account_id: str, region: str, service: str) -> bool:
        calls = [row for row in self._calls.get(account_id, []) if (row["region"], row["service"]) == (region, service)]
        return bool(calls) and all(row["outcome"] in KNOWN for row in calls)

    def _unread(self, account_id: str) -> Iterator[Observation]:
        """What keeps us from saying "there are no others"."""
        calls = self._calls.get(account_id, [])
        if not calls:
            text = (
                "Orphaned filters and alarms were not looked for in this account: a sweep reads accounts that failed "
                f"when the run was made, at most {MOST_ACCOUNTS}."
            )
            yield Observation("SWEEP_INCOMPLETE", text)
        refused: dict[str, set[str]] = defaultdict(set)
        for row in calls:
            if row["outcome"] not in KNOWN:
                name = f"{row['service']}:{row['operation']} ({row['error_code'] or row['outcome']})"
                refused[name].add(str(row["region"]))
        for name, regions in sorted(refused.items()):
            where = "" if name.startswith("account:") else f" in {', '.join(sorted(regions))}"
            text = f"Orphaned filters and alarms were not looked for everywhere: {name} was not answered{where}."
            yield Observation("SWEEP_INCOMPLETE", text)


def _names(frames: Frames) -> Iterator[str]:
    return map(":".join, zip(frames.calls["service"], frames.calls["operation"], strict=True))


def _feeds(logging: bool | None, delivered: State) -> bool:
    """Whether a trail feeds its log group, or may: one region's events are events too."""
    return logging is not False and delivered is not State.BROKEN


def _metric(row: Row) -> Metric:
    return str(row["namespace"]), str(row["metric_name"])


def _is_starved(alarm: Row, starved: set[Metric], known: set[Metric] | None) -> bool:
    """Whether nothing feeds what an alarm watches: only orphaned filters, or no filter at all and no data came.

    known: the metrics that filters feed there; None where that was not answered. AWS's own metrics need no filter.
    """
    watched = set(watches(alarm))
    if not watched:
        return False
    if watched <= starved:
        return True
    unfed = known is not None and watched.isdisjoint(known) and not alarm["has_data"]
    return unfed and not any(namespace.startswith("AWS/") for namespace, _ in watched)


def _observations(found: Mapping[str, _Found]) -> Iterator[Observation]:
    for region, here in found.items():
        if here.filters:
            named = dict.fromkeys(
                f"{row['filter_name']} on log group {log_group_name(str(row['log_group_arn']))}" for row in here.filters
            )
            text = f"{_counted(len(named), 'metric filter')} in {region}, which no trail feeds: {_listed(named)}."
            yield Observation("ORPHANED_FILTER", text)
        if here.alarms:
            named = dict.fromkeys(
                f"{row['alarm_name']} on {', '.join('/'.join(metric) for metric in watches(row))}"
                for row in here.alarms
            )
            text = f"{_counted(len(named), 'alarm')} in {region}, fed by nothing: {_listed(named)}."
            yield Observation("ORPHANED_ALARM", text)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _listed(names: Mapping[str, None]) -> str:
    shown = list(names)[:_NAMED]
    rest = len(names) - len(shown)
    return "; ".join(shown) + (f"; and {rest} more" if rest else "")


def _evidence(found: Mapping[str, _Found]) -> Iterator[str]:
    for here in found.values():
        yield from (str(row["evidence_id"]) for row in (*here.filters, *here.alarms))
