"""What values with wildcards have in common, as far as it can be told without an automaton."""

from collections.abc import Sequence

from orgaudit.patterns.reading import Reading
from orgaudit.patterns.semantics import holds
from orgaudit.patterns.tree import Text

_STRANGE = "\x00"


def pieces(value: str, reading: Reading) -> tuple[str, ...]:
    """The texts between the wildcards of a value; a single one where it has none.

    >>> pieces("a*b*", Reading()), pieces("a*b*", Reading(inner_wildcard=False))
    (('a', 'b', ''), ('a*b', ''))
    """
    if reading.inner_wildcard or value == "*":
        return tuple(value.split("*"))
    head, tail = value.startswith("*"), value.endswith("*")
    return (*[""] * head, value[head : len(value) - tail], *[""] * tail)


def exclusive(wanted: Sequence[str], unwanted: Sequence[str], reading: Reading) -> bool:
    """Whether it is plain that no text fits all of `wanted` and none of `unwanted`; false says nothing."""
    return any(_apart(one, other, reading) for at, one in enumerate(wanted) for other in wanted[:at]) or any(
        _within(one, other, reading) for one in wanted for other in unwanted
    )


def _apart(one: str, other: str, reading: Reading) -> bool:
    """Whether no text fits both."""
    first, second = pieces(one, reading), pieces(other, reading)
    if len(first) == 1:
        return not _fits(one, other, reading)
    if len(second) == 1:
        return not _fits(other, one, reading)
    heads, tails = sorted((first[0], second[0]), key=len), sorted((first[-1], second[-1]), key=len)
    return not (heads[1].startswith(heads[0]) and tails[1].endswith(tails[0]))


def _within(one: str, other: str, reading: Reading) -> bool:
    """Whether every text that fits the first value fits the second.

    A character that the second does not name falls under its wildcards only, and so does whatever stands in its place.
    """
    return _STRANGE not in other and _fits(_STRANGE.join(pieces(one, reading)), other, reading)


def _fits(text: str, value: str, reading: Reading) -> bool:
    return holds(Text("=", value), text, reading)


def common(wanted: Sequence[str], filler: str, reading: Reading) -> str:
    """A text that fits all of `wanted` if they have wildcards and one can: `filler` between what they name."""
    parts = [pieces(value, reading) for value in wanted]
    head = max((part[0] for part in parts), key=len)
    tail = max((part[-1] for part in parts), key=len)
    return filler.join([head, *(piece for part in parts for piece in part[1:-1] if piece), tail])
