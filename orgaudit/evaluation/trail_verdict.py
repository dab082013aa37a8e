"""The verdicts on trail controls: about trails themselves, not about what is made of their events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from orgaudit.controls import Control
from orgaudit.evaluation.criterion import MANAGEMENT_EVENT
from orgaudit.evaluation.index import Index
from orgaudit.evaluation.links import Link, State, broken, held, unanswered, undecided
from orgaudit.evaluation.trails import Trail, TrailsOf
from orgaudit.evaluation.verdict import FAIL, NOT_EVALUATED, PASS, Verdict, no_answer
from orgaudit.model.arns import region_of
from orgaudit.model.calls import Call
from orgaudit.model.chain import LINKS
from orgaudit.patterns import prove


@dataclass(frozen=True, slots=True)
class Rule:
    """How a trail control is judged."""

    text: str
    """The pass rule in words."""
    every: bool
    """Whether every logging trail must satisfy it; else one is enough."""
    judge: Callable[[Trail], Link]
    """The link that decides for one trail."""


def _multi_region(trail: Trail) -> Link:
    return trail.recorded


def _management_events(trail: Trail) -> Link:
    if trail.recorded.state is not State.HELD or trail.recording is None:
        return trail.recorded if trail.recorded.state is not State.HELD else trail.selected
    what = trail.recording
    surely = prove(MANAGEMENT_EVENT, [what.surely] if what.surely else [])
    if surely.outcome == "covered":
        return trail.selected
    perhaps = prove(MANAGEMENT_EVENT, [what.perhaps] if what.perhaps else [])
    evidence = trail.selected.evidence
    if perhaps.outcome != "escapes":
        reason = f"What trail {trail.name} records cannot be decided: {what.undecided or surely.reason}."
        return undecided(
            "selectors", "SELECTORS_UNDECIDED", reason, what=trail.arn, observed=what.text, evidence=evidence
        )
    reason = f"Trail {trail.name} leaves out management events."
    expected = "read and write management events, nothing excluded"
    return broken(
        "selectors",
        "SELECTORS_EXCLUDE",
        reason,
        what=trail.arn,
        observed=what.text,
        expected=expected,
        evidence=evidence,
    )


def _organization_trail(trail: Trail) -> Link:
    if trail.row["is_organization"] is False:
        reason = f"Trail {trail.name} is no organization trail."
        return broken("trail", "NO_ORGANIZATION_TRAIL", reason, what=trail.arn, evidence=trail.recorded.evidence)
    if trail.row["is_organization"] is None and trail.recorded.state is State.HELD:
        reason = f"Whether trail {trail.name} is an organization trail was not in the answer."
        evidence = trail.recorded.evidence
        return undecided("trail", "TRAIL_ANSWER_INCOMPLETE", reason, what=trail.arn, evidence=evidence)
    return trail.recorded


def _log_file_validation(trail: Trail) -> Link:
    if trail.unseen:
        return trail.unseen
    evidence, enabled = trail.recorded.evidence, trail.row["log_file_validation"]
    if enabled is None:
        reason = f"Whether trail {trail.name} validates its log files was not in the answer."
        return undecided("trail", "TRAIL_ANSWER_INCOMPLETE", reason, what=trail.arn, evidence=evidence)
    if not enabled:
        reason = f"Trail {trail.name} does not validate its log files."
        return broken("trail", "NO_LOG_FILE_VALIDATION", reason, what=trail.arn, observed="disabled", evidence=evidence)
    return held("trail", trail.arn, evidence)


def _kms_encryption(trail: Trail) -> Link:
    if trail.unseen:
        return trail.unseen
    evidence = trail.recorded.evidence
    if str(trail.row["kms_key_id"] or "").startswith(("{", "[")):
        reason = f"The key of trail {trail.name} cannot be read in the answer."
        return undecided("trail", "TRAIL_ANSWER_INCOMPLETE", reason, what=trail.arn, evidence=evidence)
    if not trail.row["kms_key_id"]:
        reason = f"Trail {trail.name} does not encrypt its log files with a KMS key."
        return broken("trail", "NO_KMS_KEY", reason, what=trail.arn, observed="no KMS key", evidence=evidence)
    return held("trail", trail.arn, evidence)


def _cloudwatch_logs(trail: Trail) -> Link:
    return trail.silent or trail.delivered


RULES: dict[str, Rule] = {
    "trail_multi_region": Rule("a multi-region trail logs the account", False, _multi_region),
    "trail_management_events": Rule(
        "a multi-region trail that logs the account records all read and write management events",
        False,
        _management_events,
    ),
    "trail_log_file_validation": Rule("every logging trail validates its log files", True, _log_file_validation),
    "trail_cloudwatch_logs_integration": Rule(
        "every logging trail has delivered to a CloudWatch Logs log group lately", True, _cloudwatch_logs
    ),
    "trail_kms_encryption": Rule("every logging trail encrypts its log files with a KMS key", True, _kms_encryption),
    "org_trail": Rule("a multi-region organization trail logs the account", False, _organization_trail),
}


def trail_verdict(index: Index, trails: TrailsOf, control: Control) -> Verdict:
    """The verdict on a trail control for the account whose trails these are."""
    rule = RULES[control.key]
    if not trails.known:
        code, reason = no_answer(trails.missing)
        return Verdict(
            NOT_EVALUATED, code, reason, criterion=rule.text, evidence=trails.evidence, missing=trails.missing
        )
    judged = [(trail, rule.judge(trail)) for trail in trails.trails]
    return _every(index, trails, rule, judged) if rule.every else _one(trails, rule, judged)


Judged = list[tuple[Trail, Link]]


def _one(trails: TrailsOf, rule: Rule, judged: Judged) -> Verdict:
    fine = [(trail, link) for trail, link in judged if link.state is State.HELD]
    if fine:
        reason = f"Trail {fine[0][0].name} satisfies the control."
        return _verdict(PASS, "SATISFIED", reason, trails, rule, fine[:1])
    doubtful = [(trail, link) for trail, link in judged if link.state is State.UNKNOWN]
    if doubtful:
        return _verdict(NOT_EVALUATED, doubtful[0][1].code, doubtful[0][1].reason, trails, rule, doubtful)
    if not judged:
        return _no_trail(trails, rule)
    best = max(judged, key=lambda pair: (LINKS.index(pair[1].name), pair[0].logging is True))
    return _verdict(FAIL, best[1].code, best[1].reason, trails, rule, [best])


def _every(index: Index, trails: TrailsOf, rule: Rule, judged: Judged) -> Verdict:
    logging = [(trail, link) for trail, link in judged if trail.logging]
    lacking = [(trail, link) for trail, link in logging if link.state is State.BROKEN]
    if lacking:
        reason = " ".join(link.reason for _, link in lacking)
        return _verdict(FAIL, lacking[0][1].code, reason, trails, rule, lacking)
    doubtful = [(trail, link) for trail, link in logging if link.state is State.UNKNOWN]
    doubtful += [(trail, trail.recorded) for trail, _ in judged if trail.logging is None]
    unseen = list(_unseen(index, trails))
    if doubtful or unseen:
        links = [link for _, link in doubtful] + unseen
        verdict = _verdict(NOT_EVALUATED, links[0].code, links[0].reason, trails, rule, doubtful)
        return _with_links(verdict, unseen)
    if not logging:
        if not judged:
            return _no_trail(trails, rule)
        silent = [(trail, trail.recorded) for trail, _ in judged]
        return _verdict(FAIL, "NO_LOGGING_TRAIL", "No trail logs this account.", trails, rule, silent)
    names = ", ".join(trail.name for trail, _ in logging)
    return _verdict(PASS, "SATISFIED", f"Every logging trail satisfies the control: {names}.", trails, rule, logging)


def _unseen(index: Index, trails: TrailsOf) -> Iterable[Link]:
    """What keeps us from saying "these are all the trails": ListTrails, or the details of a trail it names."""
    account_id = trails.account_id
    calls = index.asked(account_id, "cloudtrail:ListTrails")
    _, listing = index.first_known(calls or [Call.of(account_id, "", "cloudtrail", "ListTrails")])
    if not listing.known:
        yield unanswered("trail", listing.missing, what="all trails of the account", evidence=listing.evidence)
    seen = {trail.arn for trail in trails.trails}
    for row in index.trail_listings.get(account_id, []):
        if row["trail_arn"] not in seen:
            home = str(row["home_region"] or region_of(str(row["trail_arn"])))
            _, answer = index.answer_in(account_id, home, "cloudtrail:DescribeTrails")
            if not answer.known:
                yield unanswered("trail", answer.missing, what=str(row["trail_arn"]), evidence=answer.evidence)


def _no_trail(trails: TrailsOf, rule: Rule) -> Verdict:
    return Verdict(
        FAIL,
        "NO_TRAIL",
        "No trail records this account.",
        broken_link="trail",
        observed="no trail",
        expected=rule.text,
        criterion=rule.text,
        evidence=trails.evidence,
    )


def _verdict(result: str, code: str, reason: str, trails: TrailsOf, rule: Rule, rests_on: Judged) -> Verdict:
    owners = [trail.owner for trail, _ in rests_on if trail.inherited]
    evidence = (
        *trails.evidence,
        *(item for trail, link in rests_on for item in (*trail.recorded.evidence, *link.evidence)),
    )
    more: dict[str, Any] = {}
    if result == FAIL:
        more["broken_link"] = rests_on[0][1].name
    return Verdict(
        result,
        code,
        reason,
        inherited_from=owners[0] if owners and result != NOT_EVALUATED else None,
        observed="; ".join(f"{trail.arn}: {link.observed or link.state.value}" for trail, link in rests_on),
        expected=rule.text,
        criterion=rule.text,
        observations=tuple(dict.fromkeys(note for _, link in rests_on for note in link.observations)),
        evidence=tuple(dict.fromkeys(evidence)),
        missing=tuple(dict.fromkeys(call for _, link in rests_on for call in link.missing))
        if result == NOT_EVALUATED
        else (),
        **more,
    )


def _with_links(verdict: Verdict, links: list[Link]) -> Verdict:
    return replace(
        verdict,
        evidence=tuple(dict.fromkeys((*verdict.evidence, *(item for link in links for item in link.evidence)))),
        missing=tuple(dict.fromkeys((*verdict.missing, *(call for link in links for call in link.missing)))),
    )
