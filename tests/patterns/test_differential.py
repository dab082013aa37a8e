"""The proof against judges that know nothing of it: brute force over random events, and z3.

ORGAUDIT_PAIRS sets how many random questions are asked (2,000 and more before a release; see the benchmark notes).
"""

import copy
import os
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from orgaudit.patterns import FLAGS, Pattern, all_of, any_of, example, parse, prove
from orgaudit.patterns.reading import Reading, reading_of
from orgaudit.patterns.semantics import Event, matches
from tests.patterns import z3_oracle
from tests.patterns.generated import SCALARS, any_pattern, events, json_pattern, related

PAIRS = int(os.environ.get("ORGAUDIT_PAIRS", "300"))
BATCHES = 6


class Question:
    """A random question of coverage, of any kinds of patterns mixed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = random.Random(rng.random())
        self.prescribed = self.pattern(rng)
        self.actuals = [self.actual(rng) for _ in range(rng.randint(1, 3))]
        self.given = [self.pattern(rng)] if rng.random() < 0.2 else []
        self.excluding = [self.pattern(rng)] if rng.random() < 0.2 else []
        self.settled = {name: rng.random() < 0.5 for name in FLAGS if rng.random() < 0.5}

    def pattern(self, rng: random.Random) -> Pattern:
        shape = rng.random()
        if shape < 0.3:
            return (all_of if shape < 0.15 else any_of)([any_pattern(rng), any_pattern(rng)])
        return parse(any_pattern(rng))

    def actual(self, rng: random.Random) -> Pattern:
        shape = rng.random()
        if shape < 0.3:
            return self.prescribed.narrowed(self.pattern(rng))
        return any_of([self.prescribed, self.pattern(rng)]) if shape < 0.5 else self.pattern(rng)

    def readings(self) -> list[Reading]:
        """The reference, each open point the other way, and some combinations."""
        open_points = [name for name in FLAGS if name not in self.settled]
        chosen = [[], *([name] for name in open_points), *(self.some(open_points) for _ in range(12))]
        return [reading_of(self.settled | {name: FLAGS[name].alternative for name in names}) for names in chosen]

    def some(self, names: list[str]) -> list[str]:
        return self.rng.sample(names, self.rng.randint(0, len(names)))

    def escapes(self, record: dict[str, Any], reading: Reading) -> bool:
        event = Event(record)
        inside = all(matches(p.node, event, reading) for p in (self.prescribed, *self.given))
        return inside and not any(matches(p.node, event, reading) for p in (*self.excluding, *self.actuals))

    def candidates(self, rng: random.Random) -> Iterator[dict[str, Any]]:
        """Random records, and records that differ a little from one that the prescribed pattern matches."""
        base = example(self.prescribed, self.given)
        for _ in range(30 if base else 0):
            changed = copy.deepcopy(base or {})
            changed.update(next(events(rng, 1)))
            for key in "abd":
                if rng.random() < 0.3:
                    changed.pop(key, None)
                if isinstance(changed.get(key), dict) and changed[key]:
                    changed[key][rng.choice(list(changed[key]))] = rng.choice(SCALARS)
            yield changed
        yield from events(rng, 60)

    def __str__(self) -> str:
        texts = [str(pattern) for pattern in (*self.actuals, *self.given, *self.excluding)]
        return f"{self.prescribed} | {texts} | {self.settled}"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_brute_force_finds_nothing_that_escapes_what_is_covered(batch):
    """And every witness separates, under the reference and under every open reading that is looked at."""
    rng = random.Random(f"brute {batch}")
    outcomes: Counter[str] = Counter()
    for _ in range(PAIRS // BATCHES):
        question = Question(rng)
        proof = prove(
            question.prescribed, question.actuals, question.given, question.excluding, settled=question.settled
        )
        outcomes[proof.outcome] += 1
        if proof.outcome == "covered":
            for record in question.candidates(rng):
                assert not any(question.escapes(record, reading) for reading in question.readings()), (question, record)
        if proof.witness is not None:
            assert all(question.escapes(proof.witness, reading) for reading in question.readings()), question
    assert min(outcomes["covered"], outcomes["escapes"]) > PAIRS // BATCHES // 10


@pytest.mark.parametrize("batch", range(BATCHES))
def test_z3_agrees(batch):
    """On random JSON patterns both say the same, and few questions are left open."""
    rng = random.Random(f"z3 {batch}")
    undecided = asked = 0
    while asked < PAIRS // BATCHES:
        prescribed = json_pattern(rng)
        actuals = [
            related(rng, prescribed) if rng.random() < 0.7 else json_pattern(rng) for _ in range(rng.randint(1, 3))
        ]
        if z3_oracle.reads_digits(prescribed, *actuals):
            continue
        asked += 1
        proof = prove(prescribed, actuals, settled=z3_oracle.READING)
        escapes = z3_oracle.escapes(prescribed, actuals)
        undecided += proof.outcome == "undecided"
        if escapes is not None and proof.outcome != "undecided":
            assert (proof.outcome == "escapes") == escapes, (prescribed, actuals, proof.witness)
    assert undecided <= 1 + PAIRS // BATCHES // 50
