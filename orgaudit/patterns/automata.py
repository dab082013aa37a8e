"""Finite automata for wildcards and regular expressions, run by bit masks.

The language has no groups, so every expression is an alternation of sequences of repeated character sets: a
position either loops on itself, may be skipped, or moves one on. A set of positions is one Python integer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal


@dataclass(frozen=True, slots=True)
class CharSet:
    """Characters by inclusive code point ranges, or all but those."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool = False

    def __contains__(self, char: str) -> bool:
        code = ord(char)
        return any(low <= code <= high for low, high in self.ranges) != self.negated

    @property
    def universal(self) -> bool:
        """Whether every character is in it."""
        return self.negated and not self.ranges

    def landmarks(self) -> Iterable[str]:
        """Characters of which at least one lies in every region that the set tells apart."""
        for low, high in self.ranges:
            yield chr(low)
            if not 0xD7FF <= high <= 0xDFFE and high < 0x10FFFF:
                yield chr(high + 1)


ANY_CHAR = CharSet((), negated=True)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A character set, at least `low` and at most `high` times (None: without bound)."""

    chars: CharSet
    low: int = 1
    high: int | None = 1


Anchor = Literal["^", "$"]
Item = Repeat | Anchor
Branch = tuple[Item, ...]

MATCHED = -1
"""The state of a search that has found its match, whatever follows."""


class Machine:
    """Runs an alternation of branches, either over the whole text or as a search within it.

    A state is an integer; `start` is the first. States are memoised, so stepping is a dictionary look-up. `cost` is how
    much a new step takes: repetitions such as `{0,4000}` make long integers.
    """

    def __init__(self, branches: Sequence[Branch], *, search: bool) -> None:
        self._search = search
        self._sets: list[tuple[CharSet, int]] = []
        self._loops = self._skips = self._carets = self._dollars = self._finals = self._absorbing = 0
        first = self._lay_out(branches)
        self.cost = 1 + (self._finals.bit_length() >> 8)
        self._again = self._close(first, self._skips) if search else 0
        self._moves: dict[tuple[int, str], int] = {}
        self._hits: dict[str, int] = {}
        self._single = len(branches) == 1
        self.start = self._found(self._close(first, self._skips | self._carets))

    def _lay_out(self, branches: Sequence[Branch]) -> int:
        """Give every position its bit; returns the first positions."""
        by_set: dict[CharSet, int] = {}
        first, bit = 0, 1
        for branch in branches:
            first |= bit
            for item in branch:
                bit = self._place(item, bit, by_set)
            self._finals |= bit
            bit <<= 1
        self._sets = list(by_set.items())
        return first

    def _place(self, item: Item, bit: int, by_set: dict[CharSet, int]) -> int:
        if item == "^":
            self._carets |= bit
            return bit << 1
        if item == "$":
            self._dollars |= bit
            return bit << 1
        assert isinstance(item, Repeat)
        optional = 0 if item.high is None else item.high - item.low
        for number in range(item.low + optional + (item.high is None)):
            by_set[item.chars] = by_set.get(item.chars, 0) | bit
            if number >= item.low:
                self._skips |= bit
                if item.high is None:
                    self._loops |= bit
                    self._absorbing |= bit if item.chars.universal else 0
            bit <<= 1
        return bit

    def _close(self, mask: int, skips: int) -> int:
        while True:
            wider = mask | (mask & skips) << 1
            if wider == mask:
                return mask
            mask = wider

    def _found(self, mask: int) -> int:
        if self._search:
            return MATCHED if mask & self._finals else mask
        if self._single and (held := mask & self._absorbing):
            # What an earlier position can still accept, the last universal loop accepts too.
            return mask & -(1 << (held.bit_length() - 1))
        return mask

    def step(self, state: int, char: str) -> int:
        """The state after one more character."""
        if state == MATCHED:
            return MATCHED
        key = (state, char)
        known = self._moves.get(key)
        if known is None:
            hit = state & self.signature(char)
            moved = (hit & self._loops) | (hit & ~self._loops) << 1
            known = self._moves[key] = self._found(self._close(moved, self._skips) | self._again)
        return known

    def anew(self, state: int) -> int:
        """The state of a search after text that is not known: only a match that was found before counts."""
        return MATCHED if state == MATCHED else self._found(self._again)

    def signature(self, char: str) -> int:
        """The positions that the character can pass; equal for characters that the machine cannot tell apart."""
        known = self._hits.get(char)
        if known is None:
            code = ord(char)
            known = 0
            for chars, positions in self._sets:
                if any(low <= code <= high for low, high in chars.ranges) != chars.negated:
                    known |= positions
            self._hits[char] = known
        return known

    def accepts(self, state: int) -> bool:
        """Whether the text may end here."""
        if state == MATCHED:
            return True
        ended = self._close(state, self._skips | self._dollars) if self._dollars else state
        return bool(ended & self._finals)

    def accepts_empty(self) -> bool:
        """Whether the empty text is accepted (there, `^` and `$` hold at once)."""
        if self.start == MATCHED:
            return True
        return bool(self._close(self.start, self._skips | self._dollars | self._carets) & self._finals)

    def settled(self, state: int) -> bool:
        """Whether every continuation is accepted (false may also mean: not known)."""
        return state == MATCHED or bool((state & self._absorbing) << 1 & state & self._finals)

    def dead(self, state: int) -> bool:
        """Whether no continuation is accepted (false may also mean: not known)."""
        return state == 0

    def landmarks(self) -> frozenset[str]:
        """Characters of which at least one lies in every region that the machine tells apart, bar one."""
        return frozenset(char for chars, _ in self._sets for char in chars.landmarks())

    def run(self, text: str) -> bool:
        """Whether the text is accepted."""
        if not text:
            return self.accepts_empty()
        state = self.start
        for char in text:
            state = self.step(state, char)
            if state == MATCHED:
                return True
        return self.accepts(state)


def single(char: str) -> CharSet:
    """The set of one character."""
    return CharSet(((ord(char), ord(char)),))


@lru_cache(maxsize=4096)
def glob_machine(value: str, inner_wildcard: bool = True) -> Machine:
    """The automaton of a value with `*` wildcards, over the whole text.

    inner_wildcard: whether a `*` between other characters is a wildcard too, or stands for itself.
    """
    items: list[Item] = []
    for place, char in enumerate(value):
        if char == "*" and (inner_wildcard or place in (0, len(value) - 1)):
            if not items or items[-1] != Repeat(ANY_CHAR, 0, None):
                items.append(Repeat(ANY_CHAR, 0, None))
        else:
            items.append(Repeat(single(char)))
    return Machine([tuple(items)], search=False)
