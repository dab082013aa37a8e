"""The shortest text that lies in some regular languages and outside others.

A breadth-first search over the product of the automata, one character of every kind that they tell apart at a time.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from orgaudit.patterns.automata import ANY_CHAR, MATCHED, Branch, CharSet, Machine, Repeat, single
from orgaudit.patterns.regex import parse_regex
from orgaudit.patterns.semantics import compact
from orgaudit.patterns.tree import RawRegex, Term

_NATURAL = "eaxnoitsrlcdumpEAXNOITSRLCDUMP0123456789-_./ :"
_WORD_CHARS = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_LANDMARKS = "\x00\t\n\u0085\u00e9\u2028\u4e2d"


class TooHardError(Exception):
    """A cap was reached; the question stays open."""


class Budget:
    """Counts steps, so that the same question always gets the same answer on every machine."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Raises TooHardError when nothing is left."""
        self.left -= steps
        if self.left < 0:
            raise TooHardError


class Automaton(Protocol):
    """A component of the product, as `Machine` is one."""

    start: int
    """The first state."""
    cost: int
    """What a step takes, from 1."""

    def step(self, state: int, char: str, /) -> int:
        """The state after one more character."""

    def accepts(self, state: int, /) -> bool:
        """Whether the text may end here."""

    def accepts_empty(self) -> bool:
        """Whether the empty text is accepted."""

    def settled(self, state: int, /) -> bool:
        """Whether every continuation is known to be accepted."""

    def dead(self, state: int, /) -> bool:
        """Whether no continuation is known to be accepted."""

    def signature(self, char: str, /) -> object:
        """Equal for characters that are not told apart."""

    def landmarks(self) -> Iterable[str]:
        """Characters of which at least one lies in every region that is told apart, bar one."""


class InRecord:
    """Whether a raw text atom is certainly found in `"key":value`; an automaton over the value, if that is a string.

    key: None for an element of a list. Certainly: however JSON spells the characters that it may spell in several
    ways. Nothing is taken to be found in those or across them.
    """

    def __init__(self, machine: Machine, key: str | None) -> None:
        self._machine = machine
        self.cost = machine.cost
        self._before = machine.start if key is None else self._run(self._read(self._run(machine.start, '"'), key), '":')
        self.start = self._run(self._before, '"')

    def finds(self, value: Any) -> bool:
        """Whether it is found with this value, an empty list or object included."""
        if isinstance(value, str):
            return self.accepts(self._read(self.start, value))
        return self.finds_opening(compact(value))

    def finds_opening(self, text: str) -> bool:
        """Whether it is found as soon as the value begins like this."""
        return self._machine.accepts(self._run(self._before, text))

    def _run(self, state: int, text: str) -> int:
        for char in text:
            state = self._machine.step(state, char)
        return state

    def _read(self, state: int, text: str) -> int:
        for char in text:
            state = self.step(state, char)
        return state

    def step(self, state: int, char: str) -> int:
        """The state after one more character of the value."""
        return self._run(state, compact(char)[1:-1]) if _one_spelling(char) else self._machine.anew(state)

    def accepts(self, state: int) -> bool:
        """Whether the text is found once the value is closed."""
        return self._machine.accepts(self._run(state, '"'))

    def accepts_empty(self) -> bool:
        """Whether it is found with an empty value."""
        return self.accepts(self.start)

    def settled(self, state: int) -> bool:
        """Whether it has been found."""
        return state == MATCHED

    def dead(self, state: int) -> bool:
        """Never known: a longer value may hold it."""
        return False

    def signature(self, char: str) -> object:
        """By what the character is written as in JSON."""
        return tuple(self._machine.signature(part) for part in compact(char)[1:-1]) if _one_spelling(char) else None

    def landmarks(self) -> Iterable[str]:
        """Those of the text, and all that JSON writes in a special way."""
        return {*self._machine.landmarks(), '"', "\\", "\x00", "\u00e9"}


def _one_spelling(char: str) -> bool:
    """Whether CloudTrail is taken to write the character in one way only."""
    return char.isascii() and char.isprintable()


class Listed:
    """A finite set of words."""

    cost = 1

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        prefixes = sorted({word[:end] for word in self._words for end in range(len(word) + 1)})
        self._numbers = {prefix: number for number, prefix in enumerate(prefixes, 1)}
        self._prefixes = ["", *prefixes]
        self._chars = frozenset("".join(self._words))
        self.start = self._numbers.get("", 0)

    def step(self, state: int, char: str) -> int:
        """The number of the prefix that the text has grown to; 0 if it is none."""
        return self._numbers.get(self._prefixes[state] + char, 0) if state else 0

    def accepts(self, state: int) -> bool:
        """Whether the text is one of the words."""
        return bool(state) and self._prefixes[state] in self._words

    def accepts_empty(self) -> bool:
        """Whether the empty text is one of the words."""
        return "" in self._words

    def settled(self, state: int) -> bool:
        """Never: the words are finite."""
        return False

    def dead(self, state: int) -> bool:
        """Whether the text begins no word."""
        return state == 0

    def signature(self, char: str) -> object:
        """The character itself if it occurs in a word."""
        return char if char in self._chars else ""

    def landmarks(self) -> Iterable[str]:
        """The characters of the words."""
        return self._chars


@lru_cache(maxsize=4096)
def raw_machine(atom: Term | RawRegex, inside_word: bool, dot_matches_newline: bool) -> Machine:
    """The automaton of a raw text atom, searched within a text."""
    if isinstance(atom, RawRegex):
        return Machine(trimmed(parse_regex(atom.body, dot_matches_newline)), search=True)
    word: Branch = tuple(Repeat(single(char)) for char in atom.text)
    if inside_word:
        return Machine([word], search=True)
    outside = Repeat(CharSet(_WORD_CHARS, negated=True))
    heads: list[Branch] = [("^",), (outside,)] if _is_word(atom.text[0]) else [()]
    tails: list[Branch] = [("$",), (outside,)] if _is_word(atom.text[-1]) else [()]
    return Machine([head + word + tail for head in heads for tail in tails], search=True)


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")


def trimmed(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """The same search without a leading `^.*` and a trailing `.*$`, which say nothing if `.` is any character.

    Else a record may hold a line break that JSON does not escape, such as U+2028, and `.*` ends there.
    """
    return tuple(_trim_end(_trim_start(branch)) for branch in branches)


def _trim_start(branch: Branch) -> Branch:
    return branch[2:] if len(branch) > 2 and branch[0] == "^" and _is_anything(branch[1]) else branch


def _trim_end(branch: Branch) -> Branch:
    return branch[:-2] if len(branch) > 2 and branch[-1] == "$" and _is_anything(branch[-2]) else branch


def _is_anything(item: object) -> bool:
    return item == Repeat(ANY_CHAR, 0, None)


def anchored(branches: Sequence[Branch]) -> bool:
    """Whether a branch has `^` or `$`."""
    return any(item in ("^", "$") for branch in branches for item in branch if isinstance(item, str))


def shortest(wanted: Sequence[Automaton], unwanted: Sequence[Automaton], budget: Budget) -> str | None:
    """The shortest text that all `wanted` accept and no `unwanted` does, None if there is none.

    Deterministic: among the shortest, the one of the most ordinary characters. Raises TooHardError.
    """
    machines = (*wanted, *unwanted)
    if all(m.accepts_empty() for m in wanted) and not any(m.accepts_empty() for m in unwanted):
        return ""
    alphabet = _alphabet(machines)
    cost = 1 + len(alphabet) * sum(machine.cost for machine in machines)
    split = len(wanted)
    start = tuple(machine.start for machine in machines)
    seen = {start}
    layer = [(start, "")]
    while layer:
        following: list[tuple[tuple[int, ...], str]] = []
        for states, text in layer:
            budget.spend(cost)
            for char in alphabet:
                moved = tuple(m.step(state, char) for m, state in zip(machines, states, strict=True))
                if moved in seen:
                    continue
                seen.add(moved)
                if any(m.dead(s) for m, s in zip(wanted, moved, strict=False)) or any(
                    m.settled(s) for m, s in zip(unwanted, moved[split:], strict=True)
                ):
                    continue
                if all(m.accepts(s) for m, s in zip(wanted, moved, strict=False)) and not any(
                    m.accepts(s) for m, s in zip(unwanted, moved[split:], strict=True)
                ):
                    return text + char
                following.append((moved, text + char))
        layer = following
    return None


def _alphabet(machines: Sequence[Automaton]) -> list[str]:
    """One character of every kind that the machines tell apart, ordinary ones first."""
    special = sorted({char for machine in machines for char in machine.landmarks()} | set(_LANDMARKS))
    kinds: dict[tuple[object, ...], str] = {}
    for char in (*_NATURAL, *special):
        kinds.setdefault(tuple(machine.signature(char) for machine in machines), char)
    return list(kinds.values())
