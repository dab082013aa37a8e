"""Every way that an event can take from a trail to a reader, as far as the evidence tells."""

from collections.abc import Iterator
from dataclasses import dataclass

from orgaudit.evaluation.index import Index
from orgaudit.evaluation.links import State
from orgaudit.evaluation.routes import Route, Routes
from orgaudit.evaluation.selectors import EVERYTHING
from orgaudit.evaluation.trails import Trail
from orgaudit.model.arns import account_of, region_of
from orgaudit.patterns import Pattern


@dataclass(frozen=True, slots=True)
class Path:
    """A trail, then a route behind its log group; patterns are None where they match nothing."""

    trail: Trail
    route: Route | None
    """None where the filters of the log group were not read: any filter might be there."""
    sure: Pattern | None
    """The events that are known to reach somebody."""
    perhaps: Pattern | None
    """The events that may reach somebody: everything that is not known to be broken holds."""
    structural: Pattern | None
    """The events that the trail records and the filter matches, were the rest of the chain sound."""


def paths_of(index: Index, routes: Routes, trail: Trail, max_events: int) -> Iterator[Path]:
    """The paths of a trail; none where its log group has no filters."""
    recording, states = trail.recording, {trail.recorded.state, trail.delivered.state}
    recorded = recording.perhaps if recording else EVERYTHING
    alive = None if State.BROKEN in states else recorded
    surely = recording.surely if recording and states == {State.HELD} else None
    if not filters_known(index, trail):
        yield Path(trail, None, None, alive, recorded)
        return
    for route in routes.behind(trail.log_group_arn, max_events):
        pattern = route.reading.pattern
        # a pattern that cannot be read might match anything
        matched = pattern or EVERYTHING
        sure = both(surely, pattern) if pattern and route.chain.state is State.HELD else None
        perhaps = both(alive, matched) if route.chain.state is not State.BROKEN else None
        yield Path(trail, route, sure, perhaps, both(recorded, matched))


def filters_known(index: Index, trail: Trail) -> bool:
    """Whether the filters of the trail's log group were read (or it is known to have no log group)."""
    group = trail.log_group_arn
    if not group:
        return trail.delivered.state is State.BROKEN
    return index.answer(index.filters_call(account_of(group), region_of(group), group)).known


def both(one: Pattern | None, other: Pattern | None) -> Pattern | None:
    """What both match; None where one of them matches nothing."""
    if one is None or other is None:
        return None
    if one == EVERYTHING or other == EVERYTHING:
        return other if one == EVERYTHING else one
    return other.narrowed(one)
