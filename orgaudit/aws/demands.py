"""What accounts need of each other: collected from all, asked once, of the owner first. No I/O."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from orgaudit.aws.plan import Kind, Need


@dataclass
class _Demand:
    """One thing, whoever needs it."""

    need: Need
    seen_from: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    settled: bool = False


class Demands:
    """The needs that live with other accounts than those that met them.

    An account outside the organization is never asked as; what it owns is asked from where it was seen.
    """

    def __init__(self, trail_administrators: Iterable[str] = ()) -> None:
        self._administrators = sorted(trail_administrators)
        self._demands: dict[tuple[Kind, str, str], _Demand] = {}

    def add(self, needs: Iterable[Need]) -> None:
        """Takes in needs; one that is known gains another account that it was seen from."""
        for need in needs:
            demand = self._demands.setdefault(_key(need), _Demand(need))
            demand.seen_from |= {need.seen_from} - {""}

    def settle(self, needs: Iterable[Need]) -> None:
        """These are met."""
        for need in needs:
            if _key(need) in self._demands:
                self._demands[_key(need)].settled = True

    def round(self, ours: Collection[str]) -> dict[str, tuple[Need, ...]]:
        """Who is to be asked next, and for what; empty when nothing is left or nobody is left to ask."""
        asked: dict[str, list[Need]] = {}
        for key in sorted(self._demands):
            demand = self._demands[key]
            for account_id in () if demand.settled else self._next(demand, ours):
                demand.tried.add(account_id)
                asked.setdefault(account_id, []).append(demand.need)
        return {account_id: tuple(needs) for account_id, needs in sorted(asked.items())}

    def _next(self, demand: _Demand, ours: Collection[str]) -> list[str]:
        """The owner, then one of the others, and if that one is refused too, all of them."""
        candidates = [account_id for account_id in self._candidates(demand) if account_id in ours]
        left = [account_id for account_id in candidates if account_id not in demand.tried]
        return left if len(demand.tried) > 1 else left[:1]

    def _candidates(self, demand: _Demand) -> Iterator[str]:
        yield demand.need.owner
        if demand.need.kind is Kind.TRAIL:
            yield from self._administrators
        yield from sorted(demand.seen_from)


def _key(need: Need) -> tuple[Kind, str, str]:
    return need.kind, need.owner, need.target
