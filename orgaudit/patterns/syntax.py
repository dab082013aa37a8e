"""Text to expression: the four kinds of filter pattern, with errors that carry the column.

Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters" and its JSON, term, regex and
space-delimited sections (read 2026-11); API limit of 1,024 characters from the `logs` service model.
"""

import re

from orgaudit.patterns.delimited import parse_delimited
from orgaudit.patterns.errors import PatternSyntaxError
from orgaudit.patterns.json_syntax import parse_json
from orgaudit.patterns.regex import RegexError, parse_regex
from orgaudit.patterns.scanner import Scanner
from orgaudit.patterns.tree import EVERYTHING, EmptyTerm, Node, Not, RawRegex, Term, conjunction, disjunction

MAX_LENGTH = 1024
_WORD = re.compile(r"[A-Za-z0-9_]+")
_COMPARISON = re.compile(r"\$[.\[]|[\w\]]\s*(!=|[=<>])|\s(IS\s+(NULL|TRUE|FALSE)|NOT\s+EXISTS)\b")


def parse_text(text: str) -> tuple[str, Node]:
    """The kind of a pattern ("all", "json", "terms", "regex" or "delimited") and its expression.

    Raises PatternSyntaxError.
    """
    if len(text) > MAX_LENGTH:
        raise PatternSyntaxError(text, MAX_LENGTH + 1, f"at most {MAX_LENGTH:,} characters", f"{len(text):,}")
    if not text:
        return "all", EVERYTHING
    scanner = Scanner(text)
    scanner.skip_blanks()
    first = scanner.peek()
    if first == "{":
        return "json", parse_json(scanner)
    if first == "[":
        return "delimited", parse_delimited(scanner)
    if first == "%":
        return "regex", _raw_regex(scanner)
    try:
        return _terms(scanner)
    except PatternSyntaxError as error:
        if not lacks_braces(text):
            raise
        raise PatternSyntaxError(text, 1, "{ before the first test of a field, and } behind the last") from error


def lacks_braces(text: str) -> bool:
    """Whether a text looks like tests of fields, and is read as words because it does not stand in { }.

    >>> lacks_braces("$.eventName = CreateVpc"), lacks_braces("?CreateVpc ?DeleteVpc")
    (True, False)
    """
    return text.lstrip()[:1] not in ("{", "[", "%") and _COMPARISON.search(text) is not None


def _raw_regex(scanner: Scanner) -> Node:
    begin = scanner.at
    body = scanner.regex_body()
    check_regex(scanner, body, begin + 1)
    scanner.skip_blanks()
    if not scanner.at_end():
        raise scanner.error("nothing after the regular expression")
    return RawRegex(body)


def check_regex(scanner: Scanner, body: str, begin: int) -> None:
    """Raise PatternSyntaxError unless the body, which starts at offset `begin`, is of the dialect."""
    try:
        parse_regex(body)
    except RegexError as error:
        raise scanner.error(error.expected, begin + error.offset) from None


def _terms(scanner: Scanner) -> tuple[str, Node]:
    """Required, excluded and optional terms; next to any other term the optional ones are ignored."""
    required: list[Node] = []
    optional: list[Node] = []
    empty = False
    while not scanner.at_end():
        mark = scanner.peek()
        if mark in ("?", "-"):
            scanner.at += 1
        phrase = _term(scanner)
        empty = empty or not phrase
        term: Node = Term(phrase)
        if mark == "?":
            optional.append(term)
        else:
            required.append(Not(term) if mark == "-" else term)
        if not scanner.at_end() and not scanner.skip_blanks():
            raise scanner.error("a blank between terms, or double quotes around the term")
    if required == [Term(" ")] and not optional:
        return "all", EVERYTHING
    if not required and not optional:
        raise scanner.error("a term")
    if empty:
        return "terms", EmptyTerm()
    return "terms", conjunction(required) if required else disjunction(optional)


def _term(scanner: Scanner) -> str:
    if scanner.peek() == '"':
        return scanner.quoted()
    word = scanner.take(_WORD)
    if not word:
        raise scanner.error("a word of letters, digits and _, or a phrase in double quotes")
    return word
