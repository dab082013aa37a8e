"""Which events a pattern can match, by name: a cheap way to see that two patterns have nothing in common."""

from functools import lru_cache

from orgaudit.patterns import Pattern
from orgaudit.patterns.tree import And, Field, Node, Or, Text


@lru_cache(maxsize=65536)
def event_names(pattern: Pattern) -> frozenset[str] | None:
    """Names of which every event that the pattern matches has one; None where that cannot be said at a glance."""
    return _names(pattern.node)


def _names(node: Node) -> frozenset[str] | None:
    if isinstance(node, Field):
        test = node.test
        exact = node.selector == ("eventName",) and isinstance(test, Text) and test.op == "=" and "*" not in test.value
        return frozenset({test.value}) if exact and isinstance(test, Text) else None
    if isinstance(node, And):
        known = [names for names in map(_names, node.parts) if names is not None]
        return frozenset.intersection(*known) if known else None
    if isinstance(node, Or):
        parts = [_names(part) for part in node.parts]
        known = [names for names in parts if names is not None]
        return frozenset().union(*known) if len(known) == len(parts) else None
    return None


def apart(one: Pattern, other: Pattern) -> bool:
    """Whether no event can match both, as far as event names tell."""
    ours, theirs = event_names(one), event_names(other)
    return ours is not None and theirs is not None and ours.isdisjoint(theirs)
