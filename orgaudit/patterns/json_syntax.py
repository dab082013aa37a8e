"""JSON patterns: `{ selector operator value && ... || ... }`."""

import re

from orgaudit.patterns.regex import RegexError, parse_regex
from orgaudit.patterns.scanner import NAME, Scanner
from orgaudit.patterns.tree import (
    Comparison,
    Equality,
    Field,
    Is,
    Match,
    Node,
    NotExists,
    Number,
    Selector,
    Step,
    Test,
    Text,
    Wild,
    conjunction,
    disjunction,
)

MAX_REGEXES = 2
MAX_WILDCARD_SELECTORS = 3
_MAX_EXPONENT = 308
BARE = re.compile(r"[A-Za-z0-9_.*:/@+#-]+")
"""A value without double quotes.

Documented are letters, digits and `_`; seen live are `.` and `*`; that `- : / @ + #` are accepted is assumed, as they
can mean nothing else.
"""
_KEY = re.compile(r"""[^'"\\]+""")
_INDEX = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?", re.ASCII)
_LOOKS_NUMERIC = re.compile(r"[+-]?(\.[0-9]+|[0-9]+\.?[0-9]*)([eE][+-]?[0-9]*)?", re.ASCII)
_COMPARISONS: tuple[Comparison, ...] = ("!=", "<=", ">=", "=", "<", ">")


def is_number(word: str) -> bool:
    """Whether an unquoted value is read as a number."""
    return _NUMBER.fullmatch(word) is not None


def parse_json(scanner: Scanner) -> Node:
    """The expression of the JSON pattern that starts here. Raises PatternSyntaxError."""
    return _Json(scanner).pattern()


class _Level:
    """One open parenthesis: the alternatives before the present one, and its conjuncts so far."""

    def __init__(self, opened: int) -> None:
        self.opened = opened
        self.alternatives: list[Node] = []
        self.conjuncts: list[Node] = []

    def close_alternative(self) -> None:
        self.alternatives.append(conjunction(self.conjuncts))
        self.conjuncts = []


class _Json:
    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.regexes = 0
        self.wildcards = 0

    def pattern(self) -> Node:
        """Parentheses are kept on a list, not on the call stack: a text may open a thousand of them."""
        scanner = self.scanner
        levels = [_Level(scanner.at)]
        scanner.at += 1
        while True:
            scanner.skip_blanks()
            while scanner.peek() == "(":
                levels.append(_Level(scanner.at))
                scanner.at += 1
                scanner.skip_blanks()
            levels[-1].conjuncts.append(self.condition())
            if self.after_condition(levels):
                break
        scanner.skip_blanks()
        if not scanner.at_end():
            raise scanner.error("nothing after the closing }")
        return disjunction(levels[0].alternatives)

    def after_condition(self, levels: list[_Level]) -> bool:
        """Consume closing parentheses and the operator; whether the pattern is complete."""
        scanner = self.scanner
        while True:
            scanner.skip_blanks()
            if scanner.accept("&&"):
                return False
            levels_open = len(levels) > 1
            if scanner.accept("||"):
                levels[-1].close_alternative()
                return False
            if scanner.peek() == (")" if levels_open else "}"):
                scanner.at += 1
                done = levels.pop()
                done.close_alternative()
                if not levels_open:
                    levels.append(done)
                    return True
                levels[-1].conjuncts.append(disjunction(done.alternatives))
                continue
            closing = f"&&, || or the ) for column {levels[-1].opened + 1}" if levels_open else "&&, || or }"
            raise scanner.error(closing)

    def condition(self) -> Field:
        selector = self.selector()
        return Field(selector, self.test())

    def selector(self) -> Selector:
        scanner = self.scanner
        begin = scanner.at
        if not scanner.accept("$"):
            raise scanner.error("a selector such as $.eventName, or (")
        steps: list[Step] = []
        while scanner.peek() and scanner.peek() in ".[":
            steps.append(self.step())
        if not steps:
            raise scanner.error("a . or [ after $")
        wild = sum(isinstance(step, Wild) for step in steps)
        if wild > 1:
            raise scanner.error("at most one wildcard in a selector", begin)
        self.wildcards += wild
        if self.wildcards > MAX_WILDCARD_SELECTORS:
            raise scanner.error(f"at most {MAX_WILDCARD_SELECTORS} wildcard selectors in a pattern", begin)
        return tuple(steps)

    def step(self) -> Step:
        scanner = self.scanner
        if scanner.accept(".['"):
            key = scanner.take(_KEY)
            if not key or not scanner.accept("']"):
                raise scanner.error("a key and '] (no quotes or backslashes inside)")
            return key
        if scanner.accept(".*"):
            return Wild.FIELD
        if scanner.accept("."):
            name = scanner.take(NAME)
            if not name:
                raise scanner.error("a field name of letters, digits, - and _, * or ['key']")
            return name
        scanner.at += 1
        if scanner.accept("*]"):
            return Wild.ELEMENT
        digits = scanner.take(_INDEX)
        if not digits or len(digits) > 9 or not scanner.accept("]"):
            raise scanner.error("an array index or * and ]")
        return int(digits)

    def test(self) -> Test:
        scanner = self.scanner
        spaced = scanner.skip_blanks()
        for op in _COMPARISONS:
            if scanner.accept(op):
                scanner.skip_blanks()
                return self.comparison(op)
        if spaced and self.words("IS"):
            for what in ("NULL", "TRUE", "FALSE"):
                if self.words(what):
                    return Is(what)
            raise scanner.error("NULL, TRUE or FALSE")
        if spaced and self.words("NOT"):
            if self.words("EXISTS"):
                return NotExists()
            raise scanner.error("EXISTS")
        raise scanner.error("= != < <= > >=, IS or NOT EXISTS")

    def words(self, keyword: str) -> bool:
        """Consume a keyword and the blanks behind it, unless it is only the beginning of a word."""
        scanner = self.scanner
        after = scanner.text[scanner.at + len(keyword) :][:1]
        if after.isalnum() or (after and after in "_-") or not scanner.accept(keyword):
            return False
        scanner.skip_blanks()
        return True

    def comparison(self, op: Comparison) -> Test:
        scanner = self.scanner
        begin = scanner.at
        if op not in ("=", "!="):
            word = scanner.take(BARE)
            return self.number(op, word, begin, "an unquoted number")
        if scanner.peek() == '"':
            return Text(op, scanner.quoted())
        if scanner.peek() == "%":
            return self.regex(op)
        word = scanner.take(BARE)
        if not word:
            raise scanner.error("a value, in double quotes if it has other characters than letters, digits and _.*")
        if _LOOKS_NUMERIC.fullmatch(word):
            return self.number(op, word, begin, "a number such as 1.5e3, or the value in double quotes")
        return Text(op, word)

    def number(self, op: Comparison, word: str, begin: int, expected: str) -> Number:
        if not is_number(word):
            raise self.scanner.error(expected, begin)
        exponent = word.partition("e")[2]
        if exponent and abs(int(exponent)) > _MAX_EXPONENT:
            raise self.scanner.error(f"an exponent of at most {_MAX_EXPONENT}", begin)
        return Number(op, word)

    def regex(self, op: Equality) -> Match:
        scanner = self.scanner
        begin = scanner.at
        body = scanner.regex_body()
        try:
            parse_regex(body)
        except RegexError as error:
            raise scanner.error(error.expected, begin + 1 + error.offset) from None
        self.regexes += 1
        if self.regexes > MAX_REGEXES:
            raise scanner.error(f"at most {MAX_REGEXES} regular expressions in a pattern", begin)
        return Match(op, body)
