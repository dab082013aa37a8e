"""Decides exactly whether deployed CloudWatch Logs filter patterns cover a prescribed one.

    >>> from orgaudit.patterns import parse, prove
    >>> parse("{ $.eventName = CreateVpc }").matches({"eventName": "CreateVpc"})
    True
    >>> proof = prove("{ $.eventName = *Vpc }", ["{ $.eventName = CreateVpc }", "{ $.eventName = Delete* }"])
    >>> proof.outcome
    'escapes'

The language, the proof and its assumptions: docs/filter-patterns.md.
"""

from orgaudit.patterns.errors import PatternSyntaxError
from orgaudit.patterns.pattern import Pattern, all_of, any_of, literal, parse, selectors
from orgaudit.patterns.proof import Proof, example, examples, is_satisfiable, prove
from orgaudit.patterns.reading import FLAGS, Flag

__all__ = [
    "FLAGS",
    "Flag",
    "Pattern",
    "PatternSyntaxError",
    "Proof",
    "all_of",
    "any_of",
    "example",
    "examples",
    "is_satisfiable",
    "literal",
    "parse",
    "prove",
    "selectors",
]
