"""What is told of wildcards at a glance, against texts written out."""

import functools
import itertools
import random

import pytest

from orgaudit.patterns.globs import common, exclusive, pieces
from orgaudit.patterns.reading import REFERENCE, Reading
from orgaudit.patterns.semantics import holds
from orgaudit.patterns.tree import Text

TEXTS = ["".join(chars) for length in range(7) for chars in itertools.product("ab*", repeat=length)]
READINGS = {"wildcards inside": REFERENCE, "literal inside": Reading(inner_wildcard=False)}


@functools.cache
def fitting(value, reading):
    return {text for text in TEXTS if holds(Text("=", value), text, reading)}


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_what_is_exclusive_has_no_text(reading):
    rng = random.Random(3)
    seen = 0
    for _ in range(1500):
        wanted, unwanted = ([rng.choice(TEXTS[:121]) for _ in range(rng.randint(1, 2))] for _ in range(2))
        if exclusive(wanted, unwanted, reading):
            seen += 1
            left = set(TEXTS).intersection(*(fitting(value, reading) for value in wanted))
            assert not left.difference(*(fitting(value, reading) for value in unwanted)), (wanted, unwanted)
    assert seen > 300


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_two_values_with_wildcards_are_exclusive_or_have_the_common_text(reading):
    values = [value for value in TEXTS[:121] if len(pieces(value, reading)) > 1]
    for one, other in itertools.product(values, repeat=2):
        for filler in ("", "-"):
            text = common([one, other], filler, reading)
            both = all(holds(Text("=", value), text, reading) for value in (one, other))
            assert both != exclusive([one, other], [], reading), (one, other, text)
