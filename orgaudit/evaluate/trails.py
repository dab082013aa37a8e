"""Which trails record an account, and whether their events reach a log group."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from orgaudit.evaluate.index import Answer, Index
from orgaudit.evaluate.links import Link, Missing, Observation, broken, held, unanswered, undecided
from orgaudit.evaluate.selectors import Recording, recording
from orgaudit.model.arns import account_of, region_of
from orgaudit.model.calls import Call
from orgaudit.model.values import Row

_ERROR_IS_OLD = timedelta(minutes=60)
_S3_IS_AHEAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail, as far as it concerns one account."""

    arn: str
    name: str
    owner: str
    inherited: bool
    """An organization trail of another account."""
    row: Row
    """DescribeTrails, as the trail's owner answered where that is known."""
    recorded: Link
    """The trail link: multi-region, logging, global events, reaching this account."""
    logging: bool | None
    """Whether it logs the account's events at all, multi-region or not; None where that was not answered."""
    selected: Link
    """The selectors as far as they were read; what they leave out is judged per control."""
    recording: Recording | None
    """None where the selectors were not read."""
    delivered: Link
    """The delivery link."""
    silent: Link | None
    """Delivery judged without lenience for accounts without events; None where it is the same as ``delivered``."""

    @property
    def log_group_arn(self) -> str:
        """Where the events go; empty for nowhere."""
        return str(self.row["log_group_arn"] or "")


@dataclass(frozen=True, slots=True)
class TrailsOf:
    """The trails that record an account; known is False where DescribeTrails was not answered."""

    account_id: str
    known: bool
    evidence: tuple[str, ...]
    missing: tuple[Missing, ...]
    trails: tuple[Trail, ...] = ()


def trails_of(index: Index, account_id: str) -> TrailsOf:
    """The trails that DescribeTrails shows the account, shadow trails included."""
    calls = index.asked(account_id, "cloudtrail:DescribeTrails")
    call, answer = index.first_known(calls or [Call.of(account_id, "", "cloudtrail", "DescribeTrails")])
    if not answer.known:
        return TrailsOf(account_id, False, answer.evidence, answer.missing)
    rows = index.trails.get(account_id, [])
    return TrailsOf(account_id, True, answer.evidence, (), tuple(_trail(index, account_id, row) for row in rows))


def _trail(index: Index, account_id: str, row: Row) -> Trail:
    arn = str(row["trail_arn"])
    owner = account_of(arn)
    inherited = owner != account_id
    askers = [owner, *(index.cloudtrail_administrators if inherited else ())]
    shown = {str(other["account_id"]): other for other in index.trails_by_arn.get(arn, [])}
    row = next((shown[asker] for asker in askers if asker in shown), row)
    home = str(row["home_region"] or region_of(arn))
    asker, status = _asked(index, askers, Call.of(owner, home, "cloudtrail", "GetTrailStatus", Name=arn))
    found = index.rows_as(index.statuses.get(arn, []), asker) if status.known and status.found else []
    recorded, logging = _recorded(index, account_id, row, found[0] if found else None, status, home)
    selected, what = _selected(index, askers, Call.of(owner, home, "cloudtrail", "GetEventSelectors", TrailName=arn))
    delivered = silent = _undelivered(arn, status)
    if found:
        delivered, silent = (_delivered(index, row, found[0], lenient=lenient) for lenient in (True, False))
    return Trail(
        arn=arn,
        name=str(row["name"]),
        owner=owner,
        inherited=inherited,
        row=row,
        recorded=recorded,
        logging=logging,
        selected=selected,
        recording=what,
        delivered=delivered,
        silent=None if silent == delivered else silent,
    )


def _asked(index: Index, askers: Iterable[str], call: Call) -> tuple[str, Answer]:
    """The question as the owner, else as CloudTrail's delegated administrator."""
    calls = (Call(asker, call.region, call.service, call.operation, call.params) for asker in dict.fromkeys(askers))
    found, answer = index.first_known(calls)
    return found.account_id, answer


def _recorded(
    index: Index, account_id: str, row: Row, status: Row | None, answer: Answer, home: str
) -> tuple[Link, bool | None]:
    arn, owner = str(row["trail_arn"]), account_of(str(row["trail_arn"]))
    inherited = owner != account_id
    evidence = (str(row["evidence_id"]), *answer.evidence)

    def fails(code: str, reason: str, expected: str, *more: str) -> Link:
        return broken("trail", code, reason, what=arn, expected=expected, evidence=(*evidence, *more))

    if inherited and index.trusted_access is False:
        reason = "CloudTrail has no trusted access in the organization, so its organization trails record no member."
        return fails("TRUSTED_ACCESS_OFF", reason, "trusted access for cloudtrail.amazonaws.com"), False
    if inherited:
        own_view = index.rows_as(index.statuses.get(arn, []), account_id)
        if any(view["is_logging"] is False for view in own_view):
            reason = f"Organization trail {row['name']} does not log this account, as the account itself is told."
            proof = str(own_view[0]["evidence_id"])
            return fails("MEMBER_NOT_RECORDED", reason, "IsLogging true in the member", proof), False
    if answer.known and not answer.found:
        return fails("TRAIL_NOT_FOUND", f"Trail {row['name']} does not exist any more.", "an existing trail"), False
    logging = None if status is None else status["is_logging"]
    if logging is False:
        return fails("TRAIL_NOT_LOGGING", f"Trail {row['name']} is not logging.", "IsLogging true"), False
    if row["is_multi_region"] is False:
        reason = f"Trail {row['name']} records its home region {home} only."
        return fails("TRAIL_SINGLE_REGION", reason, "a multi-region trail"), logging
    if row["global_events"] is False:
        reason = f"Trail {row['name']} leaves out the events of global services."
        return fails("TRAIL_NO_GLOBAL_EVENTS", reason, "global service events included"), logging
    if not answer.known:
        return unanswered("trail", answer.missing, what=arn, evidence=evidence), None
    if None in (logging, row["is_multi_region"], row["global_events"]):
        reason = f"The answers about trail {row['name']} lack what decides whether it records the account."
        return undecided("trail", "TRAIL_ANSWER_INCOMPLETE", reason, what=arn, evidence=evidence), logging
    notes = []
    if inherited and index.trusted_access is None:
        text = "Whether CloudTrail has trusted access in the organization was not readable."
        notes.append(Observation("TRUSTED_ACCESS_UNREAD", text))
    return held("trail", arn, evidence, *notes), logging


def _selected(index: Index, askers: list[str], call: Call) -> tuple[Link, Recording | None]:
    arn = call.parameters["TrailName"]
    asker, answer = _asked(index, askers, call)
    if not answer.known:
        return unanswered("selectors", answer.missing, what=arn, evidence=answer.evidence), None
    rows = index.rows_as(index.selectors.get(arn, []), asker)
    if not rows:  # the trail is gone; the trail link says so
        return undecided("selectors", "SELECTORS_NOT_FOUND", "The trail's selectors were not found.", what=arn), None
    what = recording(rows[0]["basic"], rows[0]["advanced"])
    link = held("selectors", what.text, answer.evidence)
    return link, what


def _undelivered(arn: str, status: Answer) -> Link:
    """The delivery link of a trail without a status: not answered, or the trail is gone (its trail link says so)."""
    if status.known:
        return undecided("delivery", "TRAIL_NOT_FOUND", "The trail does not exist any more.", what=arn)
    return unanswered("delivery", status.missing, what=arn, evidence=status.evidence)


def _delivered(index: Index, row: Row, status: Row, *, lenient: bool) -> Link:
    """The delivery link; lenient: a trail without any recent event, in S3 neither, only gets an observation."""
    group, name = str(row["log_group_arn"] or ""), row["name"]
    evidence = (str(row["evidence_id"]), str(status["evidence_id"]))
    expected = "events delivered to a CloudWatch Logs log group"

    def fails(code: str, reason: str, observed: str) -> Link:
        what = group or str(row["trail_arn"])
        return broken("delivery", code, reason, what=what, observed=observed, expected=expected, evidence=evidence)

    if not group:
        return fails("NO_LOG_GROUP", f"Trail {name} delivers to no CloudWatch Logs log group.", "no log group")
    delivered, error = status["latest_logs_delivery_at"], status["latest_logs_delivery_error"]
    if delivered is None:
        return fails(
            "NEVER_DELIVERED", f"Trail {name} has never delivered to its log group.", str(error or "no delivery")
        )
    age = status["answered_at"] - delivered
    seen = f"last delivery {delivered:%Y-%m-%dT%H:%M:%SZ}, {_hours(age)} before the answer"
    if error and age > _ERROR_IS_OLD:
        return fails("DELIVERY_ERROR", f"Trail {name} cannot deliver to its log group: {error}.", seen)
    if error:
        note = Observation(
            "DELIVERY_ERROR_RECENT", f"Trail {name} reports a delivery error, {_hours(age)} after a delivery: {error}."
        )
        return _existing(index, group, held("delivery", group, evidence, note))
    limit = timedelta(hours=index.frames.config.audit.delivery_max_age_h)
    if age <= limit:
        return _existing(index, group, held("delivery", group, evidence))
    in_s3 = status["latest_delivery_at"]
    if in_s3 is not None and in_s3 - delivered > _S3_IS_AHEAD:
        return fails("DELIVERY_STALE", f"Trail {name} still delivers to S3, but no longer to its log group.", seen)
    if not lenient:
        return fails("DELIVERY_STALE", f"Trail {name} has delivered nothing for {_hours(age)}.", seen)
    note = Observation("NO_RECENT_EVENTS", f"Trail {name} has delivered nothing for {_hours(age)}, to S3 neither.")
    return _existing(index, group, held("delivery", group, evidence, note))


def _existing(index: Index, group: str, link: Link) -> Link:
    """The link, unless the log group itself was asked for and does not exist."""
    answer = index.answer(index.filters_call(account_of(group), region_of(group), group))
    if not answer.known or answer.found:
        return link
    return broken(
        "delivery",
        "LOG_GROUP_NOT_FOUND",
        "The trail's log group does not exist.",
        what=group,
        expected="an existing log group",
        evidence=(*link.evidence, *answer.evidence),
    )


def _hours(age: timedelta) -> str:
    return f"{age.total_seconds() / 3600:.1f} hours"
