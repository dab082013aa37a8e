"""The one-line modifications that scenarios are made of: calls, trails, and the organization itself.

Each takes an organization and changes it in place. Where nothing else is said, they change the only thing of its
kind.
"""

from typing import Any

from orgaudit.model.calls import Json, Outcome
from tests.evaluation.recorded import Organization
from tests.evaluation.scenario import Change
from tests.evaluation.things import MEMBER, Refusal, Topic, Trail, a_trail, group_arn

GONE: Any = object()
"""Stands for: the answer lacks the member."""


def put(target: Json, values: Json) -> None:
    for name, value in values.items():
        if value is GONE:
            target.pop(name, None)
        else:
            target[name] = value


def the_trail(organization: Organization, name: str = "") -> Trail:
    return next(trail for trail in organization.trails if not name or trail.description["Name"] == name)


def the_filters(organization: Organization) -> list[Json]:
    return next(iter(organization.filters.values()))


def the_alarm(organization: Organization) -> Json:
    return next(alarms[0] for alarms in organization.alarms.values() if alarms)


def the_topic(organization: Organization) -> Topic:
    return next(iter(organization.topics.values()))


# calls


def refused(
    name: str,
    account: str | None = None,
    *,
    region: str | None = None,
    about: str = "",
    outcome: str = Outcome.REFUSED,
    code: str = "AccessDeniedException",
) -> Change:
    """The call is not answered."""
    return lambda organization: organization.refusals.append(
        Refusal(name, account, region, about, Outcome(outcome), code)
    )


def not_offered(name: str) -> Change:
    return refused(name, outcome=Outcome.NOT_OFFERED, code="UnknownOperationException")


def throttled(name: str) -> Change:
    return refused(name, outcome=Outcome.THROTTLED, code="ThrottlingException")


def role_refused(account: str) -> Change:
    return refused("sts:AssumeRole", account, code="AccessDenied")


def unfinished(*accounts: str) -> Change:
    return lambda organization: organization.unfinished.update(accounts)


# trails


def trail(**values: Any) -> Change:
    return lambda organization: put(the_trail(organization).description, values)


def status(**values: Any) -> Change:
    return lambda organization: put(the_trail(organization).status, values)


def member_status(account: str = MEMBER, **values: Any) -> Change:
    """What a member is told of the organization trail."""

    def change(organization: Organization) -> None:
        one = the_trail(organization)
        one.member_status[account] = dict(one.status)
        put(one.member_status[account], values)

    return change


def no_trail(organization: Organization) -> None:
    organization.trails.clear()


def second_trail(owner: str = MEMBER, name: str = "second", group: str = "", organization: bool = False) -> Change:
    """Another trail, with a log group without filters where none is named."""

    def change(world: Organization) -> None:
        to = group or group_arn(owner, name)
        world.trails.append(a_trail(owner, name, to, organization=organization))
        world.filters.setdefault(to, [])

    return change


def of_second(change: Change) -> Change:
    """The change, applied to the second trail."""

    def applied(organization: Organization) -> None:
        organization.trails.reverse()
        change(organization)
        organization.trails.reverse()

    return applied


def basic(kind: Any = "All", *, exclude: tuple[str, ...] = (), management: Any = True) -> Change:
    """One basic event selector."""
    selector = {
        "ReadWriteType": kind,
        "IncludeManagementEvents": management,
        "DataResources": [],
        "ExcludeManagementEventSources": list(exclude),
    }
    return basics({name: value for name, value in selector.items() if value is not GONE})


def basics(*selectors: Json) -> Change:
    return selectors_answer(EventSelectors=list(selectors), AdvancedEventSelectors=GONE)


def advanced(*selectors: list[Json]) -> Change:
    """Advanced event selectors, each as its field selectors."""
    named = [{"Name": f"selector {at}", "FieldSelectors": fields} for at, fields in enumerate(selectors)]
    return selectors_answer(EventSelectors=GONE, AdvancedEventSelectors=named)


def selectors_answer(**values: Any) -> Change:
    return lambda organization: put(the_trail(organization).selectors, values)


def where(name: str, **operators: Any) -> Json:
    """One field selector."""
    return {"Field": name, **operators}


MANAGEMENT_EVENTS = where("eventCategory", Equals=["Management"])


def log_group_deleted(organization: Organization) -> None:
    organization.filters.clear()


# the organization


def trusted_access_off(organization: Organization) -> None:
    organization.trusted.clear()


def administrator(account: str) -> Change:
    """CloudTrail's delegated administrator."""
    return lambda organization: organization.administrators.append(account)


def state(word: Any, account: str = MEMBER) -> Change:
    return lambda organization: put(organization.accounts[account], {"State": word})


def all_of(*changes: Change) -> Change:
    def change(organization: Organization) -> None:
        for one in changes:
            one(organization)

    return change
