"""The verdict on an alarm control in an account: follow an event along every path and see whether somebody is told."""

from collections.abc import Iterable
from dataclasses import replace

from orgaudit.evaluation.broken_chain import failed
from orgaudit.evaluation.case import AlarmCase, chain_of, distinct
from orgaudit.evaluation.coverage import Coverage, Judgement
from orgaudit.evaluation.links import Observation
from orgaudit.evaluation.open_questions import not_evaluated
from orgaudit.evaluation.paths import Path
from orgaudit.evaluation.verdict import NOT_EVALUATED, PASS, Verdict, no_answer
from orgaudit.model.arns import account_of


def alarm_verdict(case: AlarmCase) -> Verdict:
    """PASS only when proved; FAIL only when nothing that is open could still make a chain."""
    if not case.trails.known:
        return case.made(NOT_EVALUATED, *no_answer(case.trails.missing), missing=case.trails.missing)
    if case.judged([]).covered:
        return case.made(NOT_EVALUATED, "CRITERION_EMPTY", "No event of this account can match the control's pattern.")
    found = case.judged(path.sure for path in case.paths)
    if found.covered:
        return _passed(case, found)
    if case.judged(case.possible).coverage is Coverage.ESCAPES:
        return replace(failed(case), proved=case.proved((form for _, form in case.criterion.forms), case.near))
    return not_evaluated(case, found)


def _passed(case: AlarmCase, found: Judgement) -> Verdict:
    used = _sufficient(case, found.coverage)
    links = [chain_of(path) for path in used]
    foreign = [account_of(path.trail.log_group_arn) for path in used]
    notes = [note for chain in links for link in chain for note in link.observations]
    alarms = tuple(dict.fromkeys(path.route.alarm for path in used if path.route))
    return case.made(
        PASS,
        "COVERED" if len(used) == 1 else "COVERED_TOGETHER",
        _told(used, found),
        coverage=found.coverage.value,
        inherited_from=next((account for account in foreign if account != case.trails.account_id), None),
        observed="; ".join(dict.fromkeys(_described(path) for path in used)),
        expected="every event of the control reaches a confirmed subscriber",
        observations=tuple(dict.fromkeys((*notes, *_notes_on(found), *_notes_on_filters(case, used)))),
        evidence=tuple(item for chain in links for link in chain for item in link.evidence),
        tuning=found.tuning,
        chain=tuple(links[0]),
        alarms=alarms,
        proved=case.proved((form for name, form in case.criterion.forms if name == found.form), used),
    )


def _sufficient(case: AlarmCase, coverage: Coverage) -> list[Path]:
    """The first path that covers as well alone; else a smallest set, with paths of other accounts dropped first."""
    touching = [path for path in case.paths if path.sure and case.touches(path.sure)]
    alone = next((path for path in touching if case.judged([path.sure]).coverage is coverage), None)
    if alone:
        return [alone]
    kept = touching
    for path in sorted(touching, key=lambda path: not path.trail.inherited):
        rest = [other for other in kept if other is not path]
        if case.judged(other.sure for other in rest).coverage is coverage:
            kept = rest
    return kept


def _notes_on_filters(case: AlarmCase, used: list[Path]) -> Iterable[Observation]:
    actuals = distinct(path.sure for path in used)
    # what a trail of one account records is never about another
    of_members = distinct(path.sure for path in used if path.trail.row["is_organization"])
    if not case.judge.covers_printed(case.criterion, actuals, case.trails.account_id):
        text = "The printed pattern is defective; the filters cover what it intends, not its letter."
        yield Observation("PRINTED_TEXT_NOT_COVERED", text)
    for path in used:
        if path.sure and path.route and case.judge.is_superset(case.criterion, path.sure, case.trails.account_id):
            text = f"Filter {path.route.filter_name} also matches events that the control does not ask for."
            yield Observation("SUPERSET_FILTER", text)
    if case.criterion.control.management_account_only and not case.judge.judge(case.criterion, of_members, "").covered:
        text = "Changes that another account of the organization makes are not covered."
        yield Observation("MEMBER_EVENTS_NOT_COVERED", text)


def _notes_on(found: Judgement) -> Iterable[Observation]:
    if found.assumes_text:
        text = "Covered but for the accepted exclusions, if the fields that they name hold text or are absent."
        yield Observation("TUNING_ASSUMES_TEXT", text)


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
