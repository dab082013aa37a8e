"""Why a control fails: the first broken link of the chain that got furthest."""

from typing import Any

from orgaudit.evaluation.case import AlarmCase, chain_of
from orgaudit.evaluation.coverage import Coverage, Judgement
from orgaudit.evaluation.links import Link, State, broken
from orgaudit.evaluation.other_routes import other_routes
from orgaudit.evaluation.paths import Path
from orgaudit.evaluation.selectors import EVERYTHING
from orgaudit.evaluation.trails import Trail
from orgaudit.evaluation.verdict import FAIL, Verdict
from orgaudit.model.arns import account_of, region_of
from orgaudit.model.chain import LINKS
from orgaudit.patterns.syntax import lacks_braces


def failed(case: AlarmCase) -> Verdict:
    """The FAIL of a case in which nothing that is open could still make a chain."""
    if not case.trails.trails:
        link = broken(
            "trail",
            "NO_TRAIL",
            "No trail records this account.",
            observed="no trail",
            expected="a multi-region trail",
        )
        return _row(case, [link], case.judged([]).witness, None)
    ends = [(_end(case, trail), trail) for trail in sorted(case.trails.trails, key=lambda trail: trail.arn)]
    (links, witness), trail = max(ends, key=lambda end: LINKS.index(end[0][0][-1].name))
    return _row(case, links, witness, trail)


def _row(case: AlarmCase, links: list[Link], witness: dict[str, Any] | None, trail: Trail | None) -> Verdict:
    last = links[-1]
    owner = account_of(trail.log_group_arn) if trail else ""
    notes = [note for link in links for note in link.observations]
    observed = f"{last.observed or last.what}" + (f" (trail {trail.arn})" if trail and trail.inherited else "")
    return case.made(
        FAIL,
        last.code,
        last.reason,
        coverage=Coverage.ESCAPES.value,
        broken_link=last.name,
        inherited_from=owner if owner and owner != case.trails.account_id else None,
        witness=witness,
        observed=observed,
        expected=last.expected,
        observations=tuple(dict.fromkeys((*notes, *other_routes(case.index, case.judge, case.criterion, case.trails)))),
        evidence=tuple(item for link in links for item in link.evidence),
        chain=tuple(links),
    )


def _end(case: AlarmCase, trail: Trail) -> tuple[list[Link], dict[str, Any] | None]:
    """The trail's links up to the first broken one, and an event that ends there."""
    possible = case.possible
    if trail.recorded.state is State.BROKEN:
        return [trail.recorded], case.judged(possible).witness
    recorded = trail.recording.perhaps if trail.recording else EVERYTHING
    found = case.judged([recorded, *possible])
    if found.coverage is Coverage.ESCAPES:
        return [trail.recorded, _selectors_break(trail, found)], found.witness
    start = [trail.recorded, trail.selected]
    if trail.delivered.state is State.BROKEN:
        return [*start, trail.delivered], case.judged(possible).witness
    start.append(trail.delivered)
    own = [path for path in case.paths if path.trail is trail]
    found = case.judged([*(path.structural for path in own), *possible])
    if found.coverage is Coverage.ESCAPES:
        return [*start, _filters_break(case, trail, own, found)], found.witness
    witness = case.judged(possible).witness
    furthest = _furthest(case, own, witness)
    if furthest is None:
        return [*start, _filters_break(case, trail, own, found)], witness
    return chain_of(furthest), witness


def _furthest(case: AlarmCase, own: list[Path], witness: dict[str, Any] | None) -> Path | None:
    """The broken path that the event follows furthest; ties go to the first by filter, alarm and topic."""
    followed = [path for path in own if path.route and path.route.chain.state is State.BROKEN and path.structural]
    matching = [path for path in followed if witness and path.structural and path.structural.matches(witness)]
    candidates = matching or [path for path in followed if path.structural and case.touches(path.structural)]
    return max(candidates, key=lambda path: path.route.chain.progress if path.route else 0, default=None)


def _selectors_break(trail: Trail, found: Judgement) -> Link:
    return broken(
        "selectors",
        "SELECTORS_EXCLUDE",
        f"Trail {trail.name} does not record every event of the control{_such_as(found.witness)}.",
        what=trail.arn,
        observed=trail.recording.text if trail.recording else "",
        expected="selectors that record all management events of the control",
        evidence=trail.selected.evidence,
    )


def _filters_break(case: AlarmCase, trail: Trail, own: list[Path], found: Judgement) -> Link:
    group = trail.log_group_arn
    answer = case.index.answer(case.index.filters_call(account_of(group), region_of(group), group))
    names = dict.fromkeys(
        path.route.filter_name for path in own if path.route and path.structural and case.touches(path.structural)
    )
    filters = case.index.filters_on(group)
    bare = [str(row["filter_name"]) for row in filters if row["pattern"] and lacks_braces(str(row["pattern"]))]
    if names:
        code, observed = "FILTER_INCOMPLETE", f"filters on the control's events: {', '.join(names)}"
        reason = f"The metric filters leave out events of the control{_such_as(found.witness)}."
    elif filters:
        code, observed = "NO_FILTER_FOR_CONTROL", f"{len(filters)} metric filters, none on the control's events"
        reason = "No metric filter of the trail's log group matches an event of the control."
    else:
        code, observed = "NO_FILTERS", "no metric filter"
        reason = "The trail's log group has no metric filter."
    if bare:
        observed += f"; without {{ }}, so searched as words: {', '.join(bare)}"
    return broken(
        "filter",
        code,
        reason,
        what=group,
        observed=observed,
        expected=case.criterion.text,
        evidence=answer.evidence,
    )


def _such_as(witness: dict[str, Any] | None) -> str:
    return f", such as {witness['eventName']}" if witness and witness.get("eventName") else ""
