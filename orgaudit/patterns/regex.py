"""The regular expressions that CloudWatch Logs accepts between percent signs.

Source: CloudWatch Logs User Guide, "Supported regular expressions (regex) syntax" (read 2026-11). No groups, no
multi-byte characters; what the guide does not list is refused here rather than guessed.
"""

from functools import lru_cache

from orgaudit.patterns.automata import ANY_CHAR, Branch, CharSet, Item, Machine, Repeat, single

_SYMBOLS = ":_#=@/;,- "
_OPERATORS = "^$?[]{}|\\*+."
_PLAIN_IN_CLASS = _SYMBOLS + "^$?{}|*+."
_LINE_ENDS = CharSet(((0x0A, 0x0A), (0x0D, 0x0D), (0x85, 0x85), (0x2028, 0x2029)), negated=True)
_MAX_POSITIONS = 4096
_DIGIT = ((0x30, 0x39),)
_WORD = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE = ((0x09, 0x0D), (0x20, 0x20))
_SHORTHANDS = {
    "d": CharSet(_DIGIT),
    "D": CharSet(_DIGIT, negated=True),
    "w": CharSet(_WORD),
    "W": CharSet(_WORD, negated=True),
    "s": CharSet(_SPACE),
    "S": CharSet(_SPACE, negated=True),
}


class RegexError(ValueError):
    """A body is outside the dialect. offset: counted from 0. expected: what the dialect allows there."""

    def __init__(self, offset: int, expected: str) -> None:
        super().__init__(f"offset {offset}: expected {expected}")
        self.offset = offset
        self.expected = expected


class _Reader:
    def __init__(self, body: str, dot: CharSet) -> None:
        self.body = body
        self.dot = dot
        self.at = 0
        self.positions = 0

    def peek(self) -> str:
        return self.body[self.at : self.at + 1]

    def take(self) -> str:
        char = self.peek()
        self.at += 1
        return char

    def branches(self) -> list[Branch]:
        found = [self.branch()]
        while self.peek() == "|":
            self.at += 1
            found.append(self.branch())
        return found

    def branch(self) -> Branch:
        items: list[Item] = []
        while self.peek() not in ("", "|"):
            items.append(self.item())
        if not items:
            raise RegexError(self.at, "an expression on each side of |")
        return tuple(items)

    def item(self) -> Item:
        begin = self.at
        char = self.take()
        if char == "^":
            return "^"
        if char == "$":
            return "$"
        if char == ".":
            chars = self.dot
        elif char == "[":
            chars = self.char_class()
        elif char == "\\":
            chars = self.escape()
        elif char.isascii() and (char.isalnum() or char in _SYMBOLS):
            chars = single(char)
        else:
            raise RegexError(begin, f"a letter, a digit, one of {_SYMBOLS.strip()} or an operator")
        return self.repeat(chars)

    def repeat(self, chars: CharSet) -> Repeat:
        begin = self.at
        char = self.peek()
        low, high = 1, 1 if char not in ("*", "+") else None
        if char and char in "*+?":
            self.at += 1
            low = 1 if char == "+" else 0
        elif char == "{":
            low, high = self.bounds()
        if self.peek() and self.peek() in "*+?{" and self.at > begin:
            raise RegexError(self.at, "no second quantifier (lazy and possessive ones are not supported)")
        self.positions += low if high is None else high
        if self.positions > _MAX_POSITIONS:
            raise RegexError(begin, f"fewer repetitions ({_MAX_POSITIONS} in all)")
        return Repeat(chars, low, high)

    def bounds(self) -> tuple[int, int | None]:
        begin = self.at
        end = self.body.find("}", begin)
        low, comma, high = self.body[begin + 1 : end].partition(",")
        texts = [low, high] if comma else [low]
        digits = all(text == "" or (text.isascii() and text.isdigit() and len(text) < 6) for text in texts)
        if end < 0 or not digits or not any(texts):
            raise RegexError(begin, "{m}, {m,}, {,n} or {m,n}")
        self.at = end + 1
        least = int(low or 0)
        most = int(high) if high else None if comma else least
        if most is not None and most < least:
            raise RegexError(begin, "an upper bound that is not below the lower one")
        return least, most

    def escape(self) -> CharSet:
        begin = self.at - 1
        char = self.take()
        if char == "x":
            digits = self.body[self.at : self.at + 2]
            if len(digits) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
                self.at += 2
                return single(chr(int(digits, 16)))
            raise RegexError(begin, r"\x and two hexadecimal digits")
        if char in _SHORTHANDS:
            return _SHORTHANDS[char]
        if char and char in _OPERATORS + _SYMBOLS:
            return single(char)
        raise RegexError(begin, r"\d \D \s \S \w \W \xhh or an escaped operator")

    def char_class(self) -> CharSet:
        begin = self.at - 1
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[tuple[int, int]] = []
        while self.peek() != "]":
            first = self.class_member(begin)
            if self.peek() == "-" and self.body[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                last = self.class_member(begin)
                ranges.append(self.span(first, last, begin))
            else:
                ranges.extend(first.ranges)
        self.at += 1
        if not ranges:
            raise RegexError(begin, "at least one character between [ and ]")
        return CharSet(tuple(sorted(ranges)), negated)

    def span(self, first: CharSet, last: CharSet, begin: int) -> tuple[int, int]:
        ends = (*first.ranges, *last.ranges)
        if len(ends) == 2 and all(low == high for low, high in ends) and ends[0][0] <= ends[1][0]:
            return ends[0][0], ends[1][0]
        raise RegexError(begin, "a range from a lower to a higher character")

    def class_member(self, begin: int) -> CharSet:
        at = self.at
        char = self.take()
        if char == "\\":
            found = self.escape()
            if found.negated:
                raise RegexError(at, r"no negated shorthand (\D \S \W) inside [ ]")
            return found
        if char.isascii() and char and (char.isalnum() or char in _PLAIN_IN_CLASS):
            return single(char)
        raise RegexError(at if char else begin, "a closing ]" if not char else "a character of the dialect")


@lru_cache(maxsize=4096)
def parse_regex(body: str, dot_matches_newline: bool = False) -> tuple[Branch, ...]:
    """The branches of a body (the text between the percent signs). Raises RegexError."""
    if not body:
        raise RegexError(0, "a regular expression")
    return tuple(_Reader(body, ANY_CHAR if dot_matches_newline else _LINE_ENDS).branches())


@lru_cache(maxsize=4096)
def search_machine(body: str, dot_matches_newline: bool = False) -> Machine:
    """The automaton that accepts every text in which the body matches somewhere."""
    return Machine(parse_regex(body, dot_matches_newline), search=True)


@lru_cache(maxsize=4096)
def whole_machine(body: str) -> Machine:
    """The automaton that accepts the texts which the body matches from end to end."""
    return Machine(parse_regex(body), search=False)
