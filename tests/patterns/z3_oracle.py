"""The same question asked of z3: an independent encoding of coverage, for development only.

A field is a kind, a string and a rational. Reads the language as `READING` says. Text tests on JSON numbers are encoded
for literals only, so questions whose wildcards look at digits are left out.
"""

from decimal import Decimal
from typing import Any

import z3

from orgaudit.patterns import FLAGS, parse
from orgaudit.patterns.automata import Repeat
from orgaudit.patterns.regex import parse_regex
from orgaudit.patterns.tree import And, Field, Is, Match, Not, NotExists, Number, Or, Text, atoms

READING = {name: flag.reference for name, flag in FLAGS.items()} | {"regex_reads_numbers": False}

ABSENT, NULL, TRUE, FALSE, NUM, STR, LIST, OBJECT = range(8)


class _Encoder:
    def __init__(self) -> None:
        self.kinds: dict[Any, Any] = {}
        self.texts: dict[Any, Any] = {}
        self.numbers: dict[Any, Any] = {}
        self.facts: list[Any] = []

    def field(self, path: Any) -> tuple[Any, Any, Any]:
        if path not in self.kinds:
            name = repr(path)
            self.kinds[path] = z3.Int(f"k{name}")
            self.texts[path] = z3.String(f"s{name}")
            self.numbers[path] = z3.Real(f"n{name}")
            self.facts.append(z3.And(self.kinds[path] >= 0, self.kinds[path] <= 7))
            if path == ():
                self.facts.append(self.kinds[path] == OBJECT)
            else:
                parent = self.field(path[:-1])[0]
                needed = LIST if isinstance(path[-1], int) else OBJECT
                self.facts.append(z3.Implies(self.kinds[path] != ABSENT, parent == needed))
                if isinstance(path[-1], int) and path[-1] > 0:
                    before = self.field((*path[:-1], path[-1] - 1))[0]
                    self.facts.append(z3.Implies(self.kinds[path] != ABSENT, before != ABSENT))
        return self.kinds[path], self.texts[path], self.numbers[path]

    def node(self, node: Any) -> Any:
        if isinstance(node, And):
            return z3.And(*[self.node(part) for part in node.parts]) if node.parts else z3.BoolVal(True)
        if isinstance(node, Or):
            return z3.Or(*[self.node(part) for part in node.parts]) if node.parts else z3.BoolVal(False)
        if isinstance(node, Not):
            return z3.Not(self.node(node.part))
        assert isinstance(node, Field)
        return self.test(node.test, *self.field(node.selector))

    def test(self, test: Any, kind: Any, text: Any, number: Any) -> Any:
        if isinstance(test, NotExists):
            return kind == ABSENT
        if isinstance(test, Is):
            return kind == {"NULL": NULL, "TRUE": TRUE, "FALSE": FALSE}[test.what]
        if isinstance(test, Number):
            return self.number(test, kind, text, number)
        if isinstance(test, Match):
            hit = z3.InRe(text, _search(test.body))
            return z3.And(kind == STR, hit if test.op == "=" else z3.Not(hit))
        hit = z3.InRe(text, _glob(test.value))
        on_number = self.literal_on_number(test.value, number)
        held = z3.Or(z3.And(kind == STR, hit), z3.And(kind == NUM, on_number))
        scalar = z3.Or(kind == STR, kind == NUM)
        return held if test.op == "=" else z3.And(scalar, z3.Not(held))

    def literal_on_number(self, value: str, number: Any) -> Any:
        if set(value) == {"*"}:
            return z3.BoolVal(True)
        try:
            exact = Decimal(value)
        except ArithmeticError:
            return z3.BoolVal(False)
        plain = format(exact, "f")
        canonical = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return number == z3.RealVal(value) if canonical == value and value != "-0" else z3.BoolVal(False)

    def number(self, test: Number, kind: Any, text: Any, number: Any) -> Any:
        bound = z3.RealVal(str(Decimal(test.text)))
        compared = {
            "=": number == bound,
            "!=": number != bound,
            "<": number < bound,
            "<=": number <= bound,
            ">": number > bound,
            ">=": number >= bound,
        }[test.op]
        as_text = {"=": text == test.text, "!=": text != test.text}.get(test.op, z3.BoolVal(False))
        return z3.Or(z3.And(kind == NUM, compared), z3.And(kind == STR, as_text))


def _glob(value: str) -> Any:
    parts = [z3.Re(piece) for piece in value.split("*")]
    anything = z3.Full(z3.ReSort(z3.StringSort()))
    found = [parts[0]]
    for part in parts[1:]:
        found += [anything, part]
    return z3.Concat(*found) if len(found) > 1 else found[0]


def _chars(chars: Any) -> Any:
    single = z3.AllChar(z3.ReSort(z3.StringSort()))
    ranges = [z3.Range(_char(low), _char(high)) for low, high in chars.ranges]
    union = z3.Union(*ranges) if len(ranges) > 1 else ranges[0] if ranges else None
    if not chars.negated:
        return union
    return single if union is None else z3.Intersect(single, z3.Complement(union))


def _char(code: int) -> Any:
    return z3.StringVal(f"\\u{{{code:x}}}")


def _search(body: str) -> Any:
    anything = z3.Full(z3.ReSort(z3.StringSort()))
    branches = []
    for branch in parse_regex(body):
        starts, ends = branch[0] == "^", branch[-1] == "$"
        items = [item for item in branch if isinstance(item, Repeat)]
        assert len(items) == len(branch) - starts - ends, "anchors at the edges only"
        middle = [_repeat(item) for item in items]
        pieces = ([] if starts else [anything]) + middle + ([] if ends else [anything])
        branches.append(z3.Concat(*pieces) if len(pieces) > 1 else pieces[0])
    return z3.Union(*branches) if len(branches) > 1 else branches[0]


def _repeat(item: Repeat) -> Any:
    chars = _chars(item.chars)
    if item.high is None:
        return z3.Star(chars) if item.low == 0 else z3.Concat(*([chars] * item.low), z3.Star(chars))
    return z3.Loop(chars, item.low, item.high) if (item.low, item.high) != (1, 1) else chars


def reads_digits(*texts: str) -> bool:
    """Whether a wildcard might look at the digits of a JSON number."""
    tests = [atom.test for text in texts for atom in atoms(parse(text).node) if isinstance(atom, Field)]
    globs = [test.value for test in tests if isinstance(test, Text) and "*" in test.value]
    return any(set(value) & set("0123456789.-") for value in globs)


def escapes(prescribed: str, actuals: list[str]) -> bool | None:
    """Whether an event escapes, by z3; None when it gives up."""
    encoder = _Encoder()
    wanted = encoder.node(parse(prescribed).node)
    others = [z3.Not(encoder.node(parse(actual).node)) for actual in actuals]
    solver = z3.Solver()
    solver.set("timeout", 5000)
    solver.add(wanted, *others, *encoder.facts)
    answer = solver.check()
    return None if answer == z3.unknown else bool(answer == z3.sat)
