"""The verdict on an alarm control in an account: follow an event along every path and see whether somebody is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from orgaudit.evaluate.coverage import Coverage, Judge, Judgement
from orgaudit.evaluate.criterion import Criterion
from orgaudit.evaluate.index import Index
from orgaudit.evaluate.links import LINKS, Link, Missing, Observation, State, broken, held
from orgaudit.evaluate.other_routes import other_routes
from orgaudit.evaluate.paths import Path, filters_known, paths_of
from orgaudit.evaluate.routes import Routes
from orgaudit.evaluate.selectors import EVERYTHING
from orgaudit.evaluate.trails import Trail, TrailsOf
from orgaudit.model.arns import account_of, region_of
from orgaudit.model.settings import Tuning
from orgaudit.patterns import Pattern

PASS, FAIL, NOT_EVALUATED, NOT_APPLICABLE = "PASS", "FAIL", "NOT_EVALUATED", "NOT_APPLICABLE"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A result and everything that a row says to prove it."""

    result: str
    code: str
    reason: str
    coverage: str | None = None
    broken_link: str | None = None
    inherited_from: str | None = None
    witness: dict[str, Any] | None = None
    observed: str = ""
    expected: str = ""
    criterion: str = ""
    observations: tuple[Observation, ...] = ()
    evidence: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    tuning: tuple[Tuning, ...] = ()
    chain: tuple[Link, ...] = ()
    alarms: tuple[str, ...] = ()
    """The alarms that a PASS rests on."""


class AlarmCase:
    """One account and one alarm control."""

    def __init__(self, index: Index, routes: Routes, judge: Judge, trails: TrailsOf, criterion: Criterion) -> None:
        self.index, self.routes, self.judge = index, routes, judge
        self.trails, self.criterion = trails, criterion

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Every path of every trail, in order."""
        events = self.index.frames.config.audit.events_allowed(self.criterion.control.key)
        return tuple(path for trail in self.trails.trails for path in paths_of(self.index, self.routes, trail, events))

    @cached_property
    def possible(self) -> list[Pattern]:
        """What may reach somebody, over all paths."""
        return distinct(path.perhaps for path in self.paths)

    def verdict(self) -> Verdict:
        """PASS only when proved; FAIL only when nothing that is open could still make a chain."""
        if not self.trails.known:
            return self._made(NOT_EVALUATED, *no_answer(self.trails.missing), missing=self.trails.missing)
        if self._judge([]).covered:
            return self._made(
                NOT_EVALUATED, "CRITERION_EMPTY", "No event of this account can match the control's pattern."
            )
        found = self._judge(distinct(path.sure for path in self.paths))
        if found.covered:
            return self._pass(found)
        if self._judge(self.possible).coverage is Coverage.ESCAPES:
            return self._fail()
        return self._open(found)

    def _judge(self, actuals: list[Pattern]) -> Judgement:
        return self.judge.judge(self.criterion, actuals, self.trails.account_id)

    def _made(self, result: str, code: str, reason: str, **more: Any) -> Verdict:
        evidence = more.pop("evidence", ())
        return Verdict(
            result,
            code,
            reason,
            criterion=self.criterion.text,
            evidence=tuple(dict.fromkeys((*self.trails.evidence, *evidence))),
            **more,
        )

    # PASS

    def _pass(self, found: Judgement) -> Verdict:
        used = self._sufficient()
        links = [chain_of(path) for path in used]
        foreign = [account_of(path.trail.log_group_arn) for path in used]
        notes = [note for chain in links for link in chain for note in link.observations]
        alarms = tuple(dict.fromkeys(path.route.alarm for path in used if path.route))
        return self._made(
            PASS,
            "COVERED" if len(used) == 1 else "COVERED_TOGETHER",
            _told(used, found),
            coverage=found.coverage.value,
            inherited_from=next((account for account in foreign if account != self.trails.account_id), None),
            observed="; ".join(dict.fromkeys(_described(path) for path in used)),
            expected="every event of the control reaches a confirmed subscriber",
            observations=tuple(dict.fromkeys((*notes, *_notes_on(found), *self._notes_on_filters(used)))),
            evidence=tuple(item for chain in links for link in chain for item in link.evidence),
            tuning=found.tuning,
            chain=tuple(links[0]),
            alarms=alarms,
        )

    def _sufficient(self) -> list[Path]:
        """The first path that covers alone; else a smallest set, with paths of other accounts dropped first."""
        account_id = self.trails.account_id
        touching = [
            path for path in self.paths if path.sure and self.judge.touches(self.criterion, path.sure, account_id)
        ]
        alone = next((path for path in touching if path.sure and self._judge([path.sure]).covered), None)
        if alone:
            return [alone]
        kept = touching
        for path in sorted(touching, key=lambda path: not path.trail.inherited):
            rest = [other for other in kept if other is not path]
            if self._judge(distinct(other.sure for other in rest)).covered:
                kept = rest
        return kept

    def _notes_on_filters(self, used: list[Path]) -> Iterable[Observation]:
        actuals = distinct(path.sure for path in used)
        # what a trail of one account records is never about another
        of_members = distinct(path.sure for path in used if path.trail.row["is_organization"])
        if not self.judge.covers_printed(self.criterion, actuals, self.trails.account_id):
            text = "The printed pattern is defective; the filters cover what it intends, not its letter."
            yield Observation("PRINTED_TEXT_NOT_COVERED", text)
        for path in used:
            if path.sure and path.route and self.judge.is_superset(self.criterion, path.sure, self.trails.account_id):
                text = f"Filter {path.route.filter_name} also matches events that the control does not ask for."
                yield Observation("SUPERSET_FILTER", text)
        if (
            self.criterion.control.management_account_only
            and not self.judge.judge(self.criterion, of_members, "").covered
        ):
            text = "Changes that another account of the organization makes are not covered."
            yield Observation("MEMBER_EVENTS_NOT_COVERED", text)

    # FAIL

    def _fail(self) -> Verdict:
        if not self.trails.trails:
            link = broken(
                "trail",
                "NO_TRAIL",
                "No trail records this account.",
                observed="no trail",
                expected="a multi-region trail",
            )
            return self._failed([link], self._judge([]).witness, None)
        ends = [(self._end(trail), trail) for trail in sorted(self.trails.trails, key=lambda trail: trail.arn)]
        (links, witness), trail = max(ends, key=lambda end: LINKS.index(end[0][0][-1].name))
        return self._failed(links, witness, trail)

    def _failed(self, links: list[Link], witness: dict[str, Any] | None, trail: Trail | None) -> Verdict:
        last = links[-1]
        owner = account_of(trail.log_group_arn) if trail else ""
        notes = [note for link in links for note in link.observations]
        rest = LINKS[LINKS.index(last.name) + 1 :]
        observed = f"{last.observed or last.what}" + (f" (trail {trail.arn})" if trail and trail.inherited else "")
        return self._made(
            FAIL,
            last.code,
            last.reason,
            coverage=Coverage.ESCAPES.value,
            broken_link=last.name,
            inherited_from=owner if owner and owner != self.trails.account_id else None,
            witness=witness,
            observed=observed,
            expected=last.expected,
            observations=tuple(
                dict.fromkeys((*notes, *other_routes(self.index, self.judge, self.criterion, self.trails)))
            ),
            evidence=tuple(item for link in links for item in link.evidence),
            chain=(*links, *(Link(name, State.NOT_REACHED) for name in rest)),
        )

    def _end(self, trail: Trail) -> tuple[list[Link], dict[str, Any] | None]:
        """The trail's links up to the first broken one, and an event that ends there."""
        possible = self.possible
        if trail.recorded.state is State.BROKEN:
            return [trail.recorded], self._judge(possible).witness
        recorded = trail.recording.perhaps if trail.recording else EVERYTHING
        found = self._judge(distinct([recorded, *possible]))
        if found.coverage is Coverage.ESCAPES:
            return [trail.recorded, self._selectors_break(trail, found)], found.witness
        start = [trail.recorded, trail.selected]
        if trail.delivered.state is State.BROKEN:
            return [*start, trail.delivered], self._judge(possible).witness
        start.append(trail.delivered)
        own = [path for path in self.paths if path.trail is trail]
        found = self._judge(distinct([*(path.structural for path in own), *possible]))
        if found.coverage is Coverage.ESCAPES:
            return [*start, self._filters_break(trail, own, found)], found.witness
        witness = self._judge(possible).witness
        furthest = self._furthest(own, witness)
        if furthest is None:
            return [*start, self._filters_break(trail, own, found)], witness
        return chain_of(furthest), witness

    def _furthest(self, own: list[Path], witness: dict[str, Any] | None) -> Path | None:
        """The broken path that the event follows furthest; ties go to the first by filter, alarm and topic."""
        followed = [path for path in own if path.route and path.route.chain.state is State.BROKEN and path.structural]
        matching = [path for path in followed if witness and path.structural and path.structural.matches(witness)]
        candidates = matching or [path for path in followed if path.structural and self._touches(path.structural)]
        return max(candidates, key=lambda path: path.route.chain.progress if path.route else 0, default=None)

    def _selectors_break(self, trail: Trail, found: Judgement) -> Link:
        return broken(
            "selectors",
            "SELECTORS_EXCLUDE",
            f"Trail {trail.name} does not record every event of the control{_such_as(found.witness)}.",
            what=trail.arn,
            observed=trail.recording.text if trail.recording else "",
            expected="selectors that record all management events of the control",
            evidence=trail.selected.evidence,
        )

    def _filters_break(self, trail: Trail, own: list[Path], found: Judgement) -> Link:
        group = trail.log_group_arn
        answer = self.index.answer(self.index.filters_call(account_of(group), region_of(group), group))
        names = dict.fromkeys(
            path.route.filter_name for path in own if path.route and path.structural and self._touches(path.structural)
        )
        total = len(self.index.rows_as(self.index.filters.get(group, []), account_of(group)))
        if names:
            code, observed = "FILTER_INCOMPLETE", f"filters on the control's events: {', '.join(names)}"
            reason = f"The metric filters leave out events of the control{_such_as(found.witness)}."
        elif total:
            code, observed = "NO_FILTER_FOR_CONTROL", f"{total} metric filters, none on the control's events"
            reason = "No metric filter of the trail's log group matches an event of the control."
        else:
            code, observed = "NO_FILTERS", "no metric filter"
            reason = "The trail's log group has no metric filter."
        return broken(
            "filter",
            code,
            reason,
            what=group,
            observed=observed,
            expected=self.criterion.text,
            evidence=answer.evidence,
        )

    def _touches(self, pattern: Pattern) -> bool:
        return self.judge.touches(self.criterion, pattern, self.trails.account_id)

    # NOT_EVALUATED

    def _open(self, found: Judgement) -> Verdict:
        """What is open: the links that hang on something, of the paths that could still carry the control's events."""
        doubts = [link for trail in self.trails.trails for link in self._doubts_about(trail)]
        missing = tuple(dict.fromkeys(call for link in doubts for call in link.missing))
        if doubts:
            code, reason = doubts[0].code, doubts[0].reason
        else:
            code, reason = (
                "PATTERN_UNDECIDED",
                f"Whether the filters cover the control cannot be decided: {found.reason}",
            )
        pattern_doubt = found.coverage is Coverage.UNDECIDED or any(
            link.name == "filter" and not link.missing for link in doubts
        )
        return self._made(
            NOT_EVALUATED,
            code,
            reason,
            coverage=Coverage.UNDECIDED.value if pattern_doubt else None,
            observed="; ".join(dict.fromkeys(link.observed or link.what for link in doubts)),
            observations=tuple(other_routes(self.index, self.judge, self.criterion, self.trails)),
            evidence=tuple(item for link in doubts for item in link.evidence),
            missing=missing,
        )

    def _doubts_about(self, trail: Trail) -> Iterable[Link]:
        if State.BROKEN in {trail.recorded.state, trail.delivered.state}:
            return
        for link in (trail.recorded, trail.selected, trail.delivered):
            if link.state is State.UNKNOWN:
                yield link
        if trail.recording and trail.recording.undecided:
            reason = f"What trail {trail.name} records cannot be decided: {trail.recording.undecided}."
            yield Link("selectors", State.UNKNOWN, trail.arn, "SELECTORS_UNDECIDED", reason, trail.recording.text)
        if not filters_known(self.index, trail):
            group = trail.log_group_arn
            answer = self.index.answer(self.index.filters_call(account_of(group), region_of(group), group))
            first = answer.missing[0]
            reason = (
                f"{first.call} in account {first.account_id}, {first.region} was not answered ({first.error_code})."
            )
            yield Link(
                "filter",
                State.UNKNOWN,
                group,
                "CALL_NOT_ANSWERED",
                reason,
                evidence=answer.evidence,
                missing=answer.missing,
            )
        for path in self.paths:
            if path.trail is trail and path.route and path.perhaps and self._touches(path.perhaps):
                yield from _doubts_on(path)


def _notes_on(found: Judgement) -> Iterable[Observation]:
    if found.assumes_text:
        text = "Covered but for the accepted exclusions, if the fields that they name hold text or are absent."
        yield Observation("TUNING_ASSUMES_TEXT", text)


def _doubts_on(path: Path) -> Iterable[Link]:
    route = path.route
    if route is None:
        return
    if route.reading.pattern is None:
        yield Link(
            "filter", State.UNKNOWN, route.filter_name, "PATTERN_UNDECIDED", f"{_capital(route.reading.problem)}."
        )
    yield from (link for link in route.chain.links if link.state is State.UNKNOWN)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def chain_of(path: Path) -> list[Link]:
    """The links of a path, up to the one that decides it where it is broken."""
    route, trail = path.route, path.trail
    links = [trail.recorded, trail.selected, trail.delivered]
    if route is None:
        return links
    links.append(held("filter", route.filter_name))
    for link in route.chain.links:
        links.append(link)
        if link is route.chain.decisive and link.state is State.BROKEN:
            break
    return links


def distinct(patterns: Iterable[Pattern | None]) -> list[Pattern]:
    """The patterns that match something, each once, in order; one that matches everything stands for all."""
    found = list(dict.fromkeys(pattern for pattern in patterns if pattern is not None))
    return [EVERYTHING] if EVERYTHING in found else found


def no_answer(missing: Sequence[Missing]) -> tuple[str, str]:
    """Code and sentence for an account of which nothing is known."""
    first = missing[0]
    where = f"account {first.account_id}" + (f", {first.region}" if first.region else "")
    return "CALL_NOT_ANSWERED", f"{first.call} in {where} was not answered ({first.error_code}), so nothing is known."


def _such_as(witness: dict[str, Any] | None) -> str:
    return f", such as {witness['eventName']}" if witness and witness.get("eventName") else ""


def _told(used: list[Path], found: Judgement) -> str:
    route = used[0].route if used else None
    name = f"The {found.form} form of the pattern is" if found.form else "Every event of the control is"
    if route is None:
        return f"{name} covered."
    if len(used) > 1:
        return f"{name} covered by {len(used)} filters together, each with an alarm that notifies somebody."
    target = route.topic.rsplit(":", 1)[-1] if route.topic else "an accepted action"
    return f"{name} caught by filter {route.filter_name}; alarm {route.alarm.rsplit(':', 1)[-1]} notifies {target}."


def _described(path: Path) -> str:
    route = path.route
    parts = [f"trail {path.trail.arn}", f"log group {path.trail.log_group_arn}"]
    if route:
        parts += [f"filter {route.filter_name}", f"alarm {route.alarm}"] + (
            [f"topic {route.topic}"] if route.topic else []
        )
    return ", ".join(parts)
