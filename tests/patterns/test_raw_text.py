"""Fields against raw text: fragments cut out of records, deployed as terms and expressions.

Where such a filter is said to cover, every record that the prescribed pattern matches must hold the fragment, however
its fields are ordered and whatever else stands beside them.
"""

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
    selector = rng.choice(list(VALUES))
    value = rng.choice(VALUES[selector])
    shape = rng.random()
    if shape < 0.55:
        return f"{selector} = {quote(value)}"
    if shape < 0.7:
        return f"{selector} = {quote(value[:2] + '*')}"
    if shape < 0.78:
        return f"{selector} != {quote(value)}"
    if shape < 0.84:
        return f"{selector} IS {rng.choice(('TRUE', 'FALSE', 'NULL'))}"
    return f"{selector} NOT EXISTS" if shape < 0.9 else f"{selector} = {rng.choice((12, 3, 1.5))}"


def fragment(rng: random.Random, record: dict[str, Any]) -> str:
    """A piece of the record's text, as a term or as an expression."""
    text = compact(record)
    start = rng.randrange(len(text))
    piece = text[start : start + rng.randint(1, 30)]
    if rng.random() < 0.75:
        return quote(piece)
    return (
        "%"
        + "".join(c if c.isascii() and c.isalnum() else "." if ord(c) > 255 else f"\\x{ord(c):02x}" for c in piece)
        + "%"
    )


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


def variants(rng: random.Random, text: str, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    roots = {path.split(".")[0].split("[")[0] for path in selectors(text)}
    for base in (record, {key: value for key, value in record.items() if key in roots}):
        for _ in range(6):
            yield rearranged(rng, base)


@pytest.mark.parametrize("batch", range(3))
def test_no_arrangement_escapes_what_is_covered(batch):
    rng = random.Random(batch)
    covered = 0
    for _ in range(200):
        operator = rng.choice((" && ", " || "))
        prescribed = "{ " + operator.join(condition(rng) for _ in range(rng.randint(1, 3))) + " }"
        found = examples(prescribed)
        if not found:
            continue
        pieces = [fragment(rng, rng.choice(found)) for _ in range(rng.randint(1, 3))]
        deployed = rng.choice((any_of, any_of, all_of))(pieces)
        settled = {name: rng.random() < 0.5 for name in FLAGS} if rng.random() < 0.5 else {}
        proof = prove(prescribed, [deployed], settled=settled)
        if proof.outcome != "covered":
            continue
        covered += 1
        for record in (record for example in found for record in variants(rng, prescribed, example)):
            event = Event(record)
            if matches(parse(prescribed).node, event, reading_of(settled)):
                assert matches(deployed.node, event, reading_of(settled)), (prescribed, str(deployed), compact(record))
    assert covered >= 5
