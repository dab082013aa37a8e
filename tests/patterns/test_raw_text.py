"""Fields against raw text: fragments cut out of records, deployed as terms and expressions.

Where such a filter is said to cover, every record that the prescribed pattern matches must hold the fragment, however
its fields are ordered and whatever else stands beside them.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from orgaudit.patterns import FLAGS, all_of, any_of, examples, parse, prove, selectors
from orgaudit.patterns.printing import quote
from orgaudit.patterns.reading import reading_of
from orgaudit.patterns.semantics import Event, compact, matches

VALUES = {
    "$.eventName": ("CreateVpc", "DeleteVpc"),
    "$.eventSource": ("ec2.amazonaws.com",),
    "$.userIdentity.type": ("Root", "IAMUser"),
    "$.x.y": ("a b", 'q"z', "p/q", "é", "a\\b"),
    "$.l[0]": ("u", "v"),
    "$.l[1].k": ("u",),
    "$.n": ("12",),
}


def condition(rng: random.Random) -> str:
    selector = rng.choice([*VALUES, *["$.x.y"] * 3])
    value = rng.choice(VALUES[selector])
    shape = rng.random()
    if shape < 0.45:
        return f"{selector} = {quote(value)}"
    if shape < 0.7:
        return f"{selector} = {quote(rng.choice((value[:2] + '*', '*' + value[1:], value[:1] + '*' + value[2:])))}"
    if shape < 0.78:
        return f"{selector} != {quote(value)}"
    if shape < 0.84:
        return f"{selector} IS {rng.choice(('TRUE', 'FALSE', 'NULL'))}"
    return f"{selector} NOT EXISTS" if shape < 0.9 else f"{selector} = {rng.choice((12, 3, 1.5))}"


def fragment(rng: random.Random, record: dict[str, Any]) -> str:
    """A piece of the record's text, as a term or as an expression; often a whole `"key":"value"`."""
    text = compact(record)
    if rng.random() < 0.5:
        start = rng.randrange(len(text))
        piece = text[start : start + rng.randint(1, 30)]
    else:
        inner = compact(rng.choice([{key: value} for key, value in pairs(record)]))[1:-1]
        start = text.index(inner)
        piece = text[start + rng.choice((-1, 0, 0, 1)) : start + len(inner) + rng.choice((-1, 0, 0, 1))]
    if rng.random() < 0.1:  # as the value reads, not as JSON writes it
        piece = piece.replace('\\"', '"').replace("\\\\", "\\")
    return quote(piece) if rng.random() < 0.75 else expression(piece)


def expression(piece: str) -> str:
    """A regular expression that finds the piece; what the dialect cannot spell is any character."""
    spelled = (c if c.isascii() and c.isalnum() else "." if ord(c) > 255 else f"\\x{ord(c):02x}" for c in piece)
    return f"%{''.join(spelled)}%"


def pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at any depth."""
    for child in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from pairs(child)
    if isinstance(value, dict):
        yield from value.items()


def rearranged(rng: random.Random, value: Any) -> Any:
    """The same record in another order, with more beside it."""
    if isinstance(value, list):
        return [rearranged(rng, item) for item in value]
    if not isinstance(value, dict):
        return value
    items = [(key, rearranged(rng, item)) for key, item in value.items()]
    rng.shuffle(items)
    first, last = rng.choice(({}, {"aa": 1})), rng.choice(({}, {"zz": []}))
    return first | dict(items) | last


def named(text: str, record: dict[str, Any]) -> dict[str, Any]:
    """Only what the pattern looks at."""
    roots = {path.split(".")[0].split("[")[0] for path in selectors(text)}
    return {key: value for key, value in record.items() if key in roots}


def variants(rng: random.Random, text: str, record: dict[str, Any]) -> Iterator[str]:
    """The raw text of records that say the same, in other orders and spellings."""
    for base in (record, named(text, record)):
        for _ in range(6):
            written = rearranged(rng, base)
            yield compact(written)
            yield json.dumps(written, separators=(",", ":"))  # beyond ASCII as \u escapes


@pytest.mark.parametrize("batch", range(3))
def test_no_arrangement_escapes_what_is_covered(batch):
    """Covered must say something: only filters that some record escapes count for the power of the check."""
    rng = random.Random(batch)
    telling = 0
    for _ in range(300):
        operator = rng.choice((" && ", " || "))
        prescribed = "{ " + operator.join(condition(rng) for _ in range(rng.randint(1, 3))) + " }"
        found = examples(prescribed)
        if not found:
            continue
        pieces = [fragment(rng, named(prescribed, rng.choice(found)) or found[0]) for _ in range(rng.randint(1, 3))]
        deployed = rng.choice((any_of, any_of, all_of))(pieces)
        settled = {name: rng.random() < 0.5 for name in FLAGS} if rng.random() < 0.5 else {}
        if prove(prescribed, [deployed], settled=settled).outcome != "covered":
            continue
        telling += prove("", [deployed], settled=settled).outcome == "escapes"
        for text in (text for example in found for text in variants(rng, prescribed, example)):
            event = Event(text)
            if matches(parse(prescribed).node, event, reading_of(settled)):
                assert matches(deployed.node, event, reading_of(settled)), (prescribed, str(deployed), text)
    assert telling >= 15
