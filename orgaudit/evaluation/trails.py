"""Which trails record an account, and whether their events reach a log group."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from orgaudit.evaluation.index import Answer, Index
from orgaudit.evaluation.links import Link, Missing, Observation, broken, held, unanswered, undecided
from orgaudit.evaluation.selectors import DEFAULT, UNTOLD, Recording, recording
from orgaudit.model.arns import account_of, region_of
from orgaudit.model.calls import Call
from orgaudit.model.values import Row

_ERROR_IS_OLD = timedelta(minutes=60)
_DELIVERS = "events delivered to a CloudWatch Logs log group"
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
    unseen: Link | None
    """Why the settings are not known as the owner would tell them; None where they are."""
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
        """Where the events go; empty for nowhere, or where that cannot be read."""
        return str(self.row["log_group_arn"]) if _names_log_group(self.row) else ""


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


def _trail(index: Index, account_id: str, shown: Row) -> Trail:
    view = _view(index, account_id, shown)
    # the ARN tells the home region, whatever a shadow trail is shown with
    arn, owner, home = view.arn, account_of(view.arn), region_of(view.arn) or str(shown["home_region"] or "")
    asker, status = _asked(index, view.askers, Call.of(owner, home, "cloudtrail", "GetTrailStatus", Name=arn))
    found = index.rows_as(index.statuses.get(arn, []), asker) if status.known and status.found else []
    recorded, logging = _recorded(index, account_id, view, found[0] if found else None, status)
    call = Call.of(owner, home, "cloudtrail", "GetEventSelectors", TrailName=arn)
    selected, what = _selected(index, view, call)
    delivered = silent = _no_log_group(view) or _undelivered(arn, status)
    if found and _names_log_group(view.row):
        delivered, silent = (_delivered(index, view.row, found[0], lenient=lenient) for lenient in (True, False))
    return Trail(
        arn=arn,
        name=str(view.row["name"]),
        owner=owner,
        inherited=view.inherited,
        row=view.row,
        unseen=view.unseen,
        recorded=recorded,
        logging=logging,
        selected=selected,
        recording=what,
        delivered=delivered,
        silent=None if silent == delivered else silent,
    )


@dataclass(frozen=True, slots=True)
class _View:
    """What DescribeTrails shows of a trail: to its owner or a delegated administrator, else to the account itself."""

    arn: str
    row: Row
    inherited: bool
    askers: tuple[str, ...]
    """Whose answers about the trail are the owner's."""
    unseen: Link | None


def _view(index: Index, account_id: str, shown: Row) -> _View:
    arn = str(shown["trail_arn"])
    owner = account_of(arn)
    if owner == account_id:
        return _View(arn, shown, False, (owner,), None)
    askers = tuple(dict.fromkeys((owner, *index.cloudtrail_administrators)))
    views = {str(row["account_id"]): row for row in index.trails_by_arn.get(arn, [])}
    row = next((views[asker] for asker in askers if asker in views), None)
    if row is not None:
        return _View(arn, row, True, askers, None)
    _, answer = index.first_known(
        index.asked(owner, "cloudtrail:DescribeTrails")
        or [Call.of(owner, region_of(arn), "cloudtrail", "DescribeTrails")]
    )
    unseen = undecided("trail", "TRAIL_ANSWER_INCOMPLETE", f"The owner of trail {shown['name']} does not show it.")
    if answer.missing:
        unseen = unanswered("trail", answer.missing, what=arn, evidence=answer.evidence)
    return _View(arn, shown, True, askers, unseen)


def _asked(index: Index, askers: Iterable[str], call: Call) -> tuple[str, Answer]:
    """The question as the owner, else as CloudTrail's delegated administrator.

    That there is no such trail is believed of the owner only.
    """
    calls = (Call(asker, call.region, call.service, call.operation, call.params) for asker in askers)
    found, answer = index.first_known(calls)
    if answer.known and not answer.found and found.account_id != call.account_id:
        return call.account_id, index.answer(call)
    return found.account_id, answer


def _recorded(
    index: Index, account_id: str, view: _View, status: Row | None, answer: Answer
) -> tuple[Link, bool | None]:
    """The trail link, and whether the trail logs the account's events at all."""
    row, evidence = view.row, (str(view.row["evidence_id"]), *answer.evidence)
    unlogged = _unlogged(index, account_id, view, status, answer)
    if unlogged is not None:
        return replace(unlogged, what=view.arn, evidence=(*evidence, *unlogged.evidence)), False
    logging = None if status is None else status["is_logging"]
    narrow = _narrow(row, region_of(view.arn))
    if narrow is not None:
        return replace(narrow, what=view.arn, evidence=evidence), logging
    if not answer.known:
        return unanswered("trail", answer.missing, what=view.arn, evidence=evidence), None
    organization = row["is_organization"] if view.inherited else True
    decisive = (logging, row["is_multi_region"], row["global_events"], organization)
    if None in decisive:
        reason = f"The answers about trail {row['name']} lack what decides whether it records the account."
        return undecided("trail", "TRAIL_ANSWER_INCOMPLETE", reason, what=view.arn, evidence=evidence), logging
    notes = []
    if view.inherited and index.trusted_access is None:
        text = "Whether CloudTrail has trusted access in the organization was not readable."
        notes.append(Observation("TRUSTED_ACCESS_UNREAD", text))
    return held("trail", view.arn, evidence, *notes), logging


def _unlogged(index: Index, account_id: str, view: _View, status: Row | None, answer: Answer) -> Link | None:
    """Why the trail logs nothing of the account; None where it does, or where that is open."""
    name = view.row["name"]
    if view.inherited and view.row["is_organization"] is False:
        reason = f"Trail {name} of another account is no organization trail."
        return broken("trail", "NO_ORGANIZATION_TRAIL", reason, expected="an organization trail")
    if view.inherited and index.trusted_access is False:
        reason = "CloudTrail has no trusted access in the organization, so its organization trails record no member."
        return broken("trail", "TRUSTED_ACCESS_OFF", reason, expected="trusted access for cloudtrail.amazonaws.com")
    if answer.known and not answer.found:
        reason = f"Trail {name} does not exist any more."
        return broken("trail", "TRAIL_NOT_FOUND", reason, expected="an existing trail")
    if status is not None and status["is_logging"] is False:
        reason = f"Trail {name} is not logging."
        return broken("trail", "TRAIL_NOT_LOGGING", reason, observed="IsLogging false", expected="IsLogging true")
    told = index.rows_as(index.statuses.get(view.arn, []), account_id) if view.inherited else []
    if any(row["is_logging"] is False for row in told):
        reason = f"Organization trail {name} does not log this account, as the account itself is told."
        evidence = [str(row["evidence_id"]) for row in told]
        return broken(
            "trail", "MEMBER_NOT_RECORDED", reason, expected="IsLogging true in the member", evidence=evidence
        )
    return None


def _narrow(row: Row, home: str) -> Link | None:
    """What a trail leaves out by its very kind; None where it does not, or where that is open."""
    if row["is_multi_region"] is False:
        reason = f"Trail {row['name']} records its home region {home} only."
        return broken("trail", "TRAIL_SINGLE_REGION", reason, expected="a multi-region trail")
    if row["global_events"] is False:
        reason = f"Trail {row['name']} leaves out the events of global services."
        return broken("trail", "TRAIL_NO_GLOBAL_EVENTS", reason, expected="global service events included")
    return None


def _selected(index: Index, view: _View, call: Call) -> tuple[Link, Recording | None]:
    arn = call.parameters["TrailName"]
    asker, answer = _asked(index, view.askers, call)
    if not answer.known:
        return unanswered("selectors", answer.missing, what=arn, evidence=answer.evidence), None
    rows = index.rows_as(index.selectors.get(arn, []), asker)
    if not rows:  # the trail is gone; the trail link says so
        return undecided("selectors", "SELECTORS_NOT_FOUND", "The trail's selectors were not found.", what=arn), None
    what = recording(rows[0]["basic"], rows[0]["advanced"])
    if what == DEFAULT and view.row["custom_selectors"] is not False:
        what = UNTOLD
    link = held("selectors", what.text, answer.evidence)
    return link, what


def _names_log_group(row: Row) -> bool:
    return bool(account_of(row["log_group_arn"] or ""))


def _no_log_group(view: _View) -> Link | None:
    """The delivery link of a trail without a log group, whatever its status; None where it has one."""
    if _names_log_group(view.row):
        return None
    if view.unseen:
        return replace(view.unseen, name="delivery")
    if view.row["log_group_arn"]:
        reason = f"The log group of trail {view.row['name']} cannot be read in the answer."
        evidence = (str(view.row["evidence_id"]),)
        return undecided("delivery", "TRAIL_ANSWER_INCOMPLETE", reason, what=view.arn, evidence=evidence)
    return broken(
        "delivery",
        "NO_LOG_GROUP",
        f"Trail {view.row['name']} delivers to no CloudWatch Logs log group.",
        what=view.arn,
        observed="no log group",
        expected=_DELIVERS,
        evidence=(str(view.row["evidence_id"]),),
    )


def _undelivered(arn: str, status: Answer) -> Link:
    """The delivery link of a trail without a status: not answered, or the trail is gone (its trail link says so)."""
    if status.known:
        return undecided("delivery", "TRAIL_NOT_FOUND", "The trail does not exist any more.", what=arn)
    return unanswered("delivery", status.missing, what=arn, evidence=status.evidence)


def _delivered(index: Index, row: Row, status: Row, *, lenient: bool) -> Link:
    """The delivery link; lenient: a trail without any recent event, in S3 neither, only gets an observation."""
    group, name = str(row["log_group_arn"]), row["name"]
    evidence = (str(row["evidence_id"]), str(status["evidence_id"]))

    def fails(code: str, reason: str, observed: str) -> Link:
        return broken("delivery", code, reason, what=group, observed=observed, expected=_DELIVERS, evidence=evidence)

    delivered, error = status["latest_logs_delivery_at"], status["latest_logs_delivery_error"]
    if status["times_read"] is False:
        reason = f"When trail {name} delivered last cannot be read in the answer."
        return undecided("delivery", "TRAIL_ANSWER_INCOMPLETE", reason, what=group, evidence=evidence)
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
