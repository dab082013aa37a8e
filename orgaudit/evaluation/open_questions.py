"""Why a control is not evaluated: what the chains that are left hang on."""

from collections.abc import Iterable

from orgaudit.evaluation.case import AlarmCase
from orgaudit.evaluation.coverage import Coverage, Judgement
from orgaudit.evaluation.links import Link, State, unanswered, undecided
from orgaudit.evaluation.other_routes import other_routes
from orgaudit.evaluation.paths import Path, filters_known
from orgaudit.evaluation.trails import Trail
from orgaudit.evaluation.verdict import NOT_EVALUATED, Verdict
from orgaudit.model.arns import account_of, region_of


def not_evaluated(case: AlarmCase, found: Judgement) -> Verdict:
    """What is open: the links that hang on something, of the paths that could still carry the control's events."""
    doubts = [link for trail in case.trails.trails for link in _doubts_about(case, trail)]
    missing = tuple(dict.fromkeys(call for link in doubts for call in link.missing))
    if doubts:
        code, reason = doubts[0].code, doubts[0].reason
    else:
        code = "PATTERN_UNDECIDED"
        reason = f"Whether the filters cover the control cannot be decided: {found.reason}"
    pattern_doubt = found.coverage is Coverage.UNDECIDED or any(
        link.name == "filter" and not link.missing for link in doubts
    )
    return case.made(
        NOT_EVALUATED,
        code,
        reason,
        coverage=Coverage.UNDECIDED.value if pattern_doubt else None,
        observed="; ".join(dict.fromkeys(link.observed or link.what for link in doubts)),
        observations=tuple(other_routes(case.index, case.judge, case.criterion, case.trails)),
        evidence=tuple(item for link in doubts for item in link.evidence),
        missing=missing,
    )


def _doubts_about(case: AlarmCase, trail: Trail) -> Iterable[Link]:
    """What is open about a trail and the paths behind it that could carry an event of the control."""
    carrying = [path for path in case.paths if path.trail is trail and path.perhaps and case.touches(path.perhaps)]
    if not carrying:
        return
    yield from (link for link in (trail.recorded, trail.selected, trail.delivered) if link.state is State.UNKNOWN)
    if trail.recording and trail.recording.undecided:
        reason = f"What trail {trail.name} records cannot be decided: {trail.recording.undecided}."
        yield undecided("selectors", "SELECTORS_UNDECIDED", reason, what=trail.arn, observed=trail.recording.text)
    group = trail.log_group_arn
    if group and not filters_known(case.index, trail):
        answer = case.index.answer(case.index.filters_call(account_of(group), region_of(group), group))
        yield unanswered("filter", answer.missing, what=group, evidence=answer.evidence)
    for path in carrying:
        yield from _doubts_on(path)


def _doubts_on(path: Path) -> Iterable[Link]:
    route = path.route
    if route is None:
        return
    if route.reading.pattern is None:
        reason = f"{_capital(route.reading.problem)}."
        yield undecided("filter", "PATTERN_UNDECIDED", reason, what=route.filter_name)
    yield from (link for link in route.chain.links if link.state is State.UNKNOWN)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
