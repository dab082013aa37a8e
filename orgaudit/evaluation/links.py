"""One link of a chain, and what is known of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from orgaudit.model.chain import LINKS


class State(StrEnum):
    """What is known of a link."""

    HELD = "held"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    """A call that would tell was not answered, or the answer cannot be decided."""


class Missing(NamedTuple):
    """A call without an answer, as results name it."""

    call: str
    account_id: str
    region: str
    error_code: str


class Observation(NamedTuple):
    """Something a reader should know that does not change the result."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """What is known of one link, and why."""

    name: str
    state: State
    what: str = ""
    """The thing the link stands on: an ARN or a name."""
    code: str = ""
    """Stable reason code; empty when the link holds."""
    reason: str = ""
    """One plain sentence; empty when the link holds."""
    observed: str = ""
    expected: str = ""
    evidence: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    observations: tuple[Observation, ...] = ()

    def noting(self, *observations: Observation) -> "Link":
        """The same link with further observations."""
        return replace(self, observations=(*self.observations, *observations))


def held(name: str, what: str = "", evidence: Iterable[str] = (), *observations: Observation) -> Link:
    """A link that holds."""
    return Link(name, State.HELD, what, evidence=tuple(evidence), observations=observations)


def broken(
    name: str,
    code: str,
    reason: str,
    *,
    what: str = "",
    observed: str = "",
    expected: str = "",
    evidence: Iterable[str] = (),
) -> Link:
    """A link that is known to be broken."""
    return Link(name, State.BROKEN, what, code, reason, observed, expected, tuple(evidence))


def unanswered(name: str, missing: Iterable[Missing], *, what: str = "", evidence: Iterable[str] = ()) -> Link:
    """A link that hangs on calls without an answer."""
    named = tuple(missing)
    first = named[0]
    return Link(
        name,
        State.UNKNOWN,
        what,
        "CALL_NOT_ANSWERED",
        f"{first.call} in account {first.account_id}, {first.region} was not answered ({first.error_code}).",
        evidence=tuple(evidence),
        missing=named,
    )


def undecided(
    name: str, code: str, reason: str, *, what: str = "", observed: str = "", evidence: Iterable[str] = ()
) -> Link:
    """A link whose answer is there but cannot be decided."""
    return Link(name, State.UNKNOWN, what, code, reason, observed, evidence=tuple(evidence))


@dataclass(frozen=True, slots=True)
class Chain:
    """Links in order, up to the first that does not hold."""

    links: tuple[Link, ...]

    @property
    def state(self) -> State:
        """HELD if all hold, else the state of the first that does not.

        A broken link further on outweighs an unknown one before it: whatever the answer, nothing gets past it.
        """
        states = {link.state for link in self.links}
        if State.BROKEN in states:
            return State.BROKEN
        return State.UNKNOWN if State.UNKNOWN in states else State.HELD

    @property
    def decisive(self) -> Link | None:
        """The first link in the state that decides the chain; None when all hold."""
        state = self.state
        return None if state is State.HELD else next(link for link in self.links if link.state is state)

    @property
    def progress(self) -> int:
        """How far the chain got: the position of its decisive link."""
        decisive = self.decisive
        return len(LINKS) if decisive is None else LINKS.index(decisive.name)

    @property
    def observations(self) -> tuple[Observation, ...]:
        """What the links observed, each once."""
        return tuple(dict.fromkeys(note for link in self.links for note in link.observations))

    @property
    def evidence(self) -> tuple[str, ...]:
        """What the links rest on, each once."""
        return tuple(dict.fromkeys(item for link in self.links for item in link.evidence))

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The calls without an answer that the links hang on, each once."""
        return tuple(dict.fromkeys(call for link in self.links for call in link.missing))
