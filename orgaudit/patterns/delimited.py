"""Space-delimited patterns: `[ip, user, ..., status = 4*, bytes > 1000]`.

They are parsed and printed, and matched against plain lines as documented. What they mean on a JSON record depends on
the blanks, quotes and brackets inside it, so a proof never relies on them.
"""

import re

from orgaudit.patterns.json_syntax import BARE, is_number
from orgaudit.patterns.regex import RegexError, parse_regex
from orgaudit.patterns.scanner import NAME, Scanner
from orgaudit.patterns.tree import Column, Comparison, Delimited, Match, Number, Text

_COMPARISONS: tuple[Comparison, ...] = ("!=", "<=", ">=", "=", "<", ">")
_FIELD = re.compile(r'\[[^\]]*\]|"[^"]*"|\S+')


def parse_delimited(scanner: Scanner) -> Delimited:
    """The space-delimited pattern that starts here. Raises PatternSyntaxError."""
    scanner.at += 1
    columns: list[Column] = []
    while True:
        scanner.skip_blanks()
        if scanner.peek() == "]" and columns:
            break
        columns.append(_column(scanner))
        scanner.skip_blanks()
        if scanner.peek() == "]":
            break
        if not scanner.accept(","):
            raise scanner.error(", or ]")
    scanner.at += 1
    scanner.skip_blanks()
    if not scanner.at_end():
        raise scanner.error("nothing after the closing ]")
    return Delimited(tuple(columns))


def _column(scanner: Scanner) -> Column:
    if scanner.accept("..."):
        return Column("...")
    name = _name(scanner)
    scanner.skip_blanks()
    if scanner.peek() and scanner.peek() in ",]":
        return Column(name)
    alternatives = [[_condition(scanner)]]
    while True:
        scanner.skip_blanks()
        if scanner.accept("&&"):
            _repeated_name(scanner, name)
            alternatives[-1].append(_condition(scanner))
        elif scanner.accept("||"):
            _repeated_name(scanner, name)
            alternatives.append([_condition(scanner)])
        else:
            return Column(name, tuple(tuple(part) for part in alternatives))


def _name(scanner: Scanner) -> str:
    name = scanner.take(NAME)
    if not name:
        raise scanner.error("a field name or ...")
    return name


def _repeated_name(scanner: Scanner, name: str) -> None:
    scanner.skip_blanks()
    begin = scanner.at
    if _name(scanner) != name:
        raise scanner.error(f"the same field again ({name})", begin)


def _condition(scanner: Scanner) -> Text | Match | Number:
    scanner.skip_blanks()
    op = next((op for op in _COMPARISONS if scanner.accept(op)), None)
    if op is None:
        raise scanner.error("= != < <= > >=, a comma or ]")
    scanner.skip_blanks()
    begin = scanner.at
    if op in ("=", "!=") and scanner.peek() == '"':
        return Text(op, scanner.quoted())
    if op in ("=", "!=") and scanner.peek() == "%":
        return _regex(scanner, op)
    word = scanner.take(BARE)
    if is_number(word):
        return Number(op, word)
    if not word or op not in ("=", "!="):
        raise scanner.error("a value" if op in ("=", "!=") else "an unquoted number", begin)
    return Text(op, word)


def _regex(scanner: Scanner, op: Comparison) -> Match:
    begin = scanner.at
    body = scanner.regex_body()
    try:
        parse_regex(body)
    except RegexError as error:
        raise scanner.error(error.expected, begin + 1 + error.offset) from None
    return Match("=" if op == "=" else "!=", body)


def fields_of(line: str) -> list[str]:
    """The fields of a line: split at blanks, what is in [ ] or double quotes is one field."""
    return [field.strip('[]"') if field[:1] in '["' else field for field in _FIELD.findall(line)]
