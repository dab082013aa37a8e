"""Throws broken and odd patterns at the library: nothing but PatternSyntaxError may come out, and nothing may hang.

Run it with `python -m tests.patterns.fuzz SECONDS [SEED]`. Texts are grown from the prescribed patterns and from
generated ones by cutting, repeating, swapping and inserting pieces of the language and of Unicode.
"""

import random
import sys
import time
from dataclasses import dataclass, field

from orgaudit.controls import CATALOG
from orgaudit.patterns import Pattern, PatternSyntaxError, example, parse, prove
from tests.patterns.generated import any_pattern, events

MAX_SECONDS = 10.0
"""A text that takes more of the processor, from parsing to proof, counts as a hang."""

PIECES = (
    "{", "}", "(", ")", "[", "]", "$", ".", "$.a", "$.eventName", "$.*", "[*]", "[0]", ".['a.b']", "&&", "||", "&", "|",
    "=", "!=", "<", "<=", ">", ">=", "==", "!", " IS NULL", " IS TRUE", " NOT EXISTS", " NOT", " EXISTS", " is null",
    "%", "%a%", "%[a-z]+%", "%a{2,3}%", "%a{,}%", "%a{99999}%", "%(a)%", "%\\d\\x41%", "%[^%", "%a**%", "%^$%", "%|%",
    '"', '\\"', "\\", "\\\\", "'", "*", "**", "?", "-", "?a", "-a", '""', '" "', "...", "[a, ..., b]", "w1=1*", ",",
    "0", "-1", "1e400", "1e-9999", "0x10", "NaN", "Infinity", "99999999999999999999999", ".5", "5.", "+1", "1.2.3",
    " ", "\t", "\n", "\r", "\x00", "\x7f", "\u00a0", "\u2028", "\ud800", "\uff04", "\u0430", "e\u0301", "\U0001f600",
    "١", "İ", "null", "true", "{{", "}}", "((((((((((", "))))))))))", "$.a=*a*b*c*d*e*f*", "$.x" + ".y" * 40,
)  # fmt: skip


@dataclass
class Tally:
    """What a run saw."""

    texts: int = 0
    accepted: int = 0
    proofs: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0
    slowest_text: str = ""


def seeds() -> list[str]:
    """Every text of the catalog."""
    editions = [edition for control in CATALOG.values() for edition in control.editions.values()]
    printed = {text for edition in editions for text in (edition.printed, edition.criterion) if text}
    return sorted(printed | {form.pattern for edition in editions for form in edition.alternatives})


def mutated(rng: random.Random, text: str) -> str:
    """The text after one to six accidents."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        start = rng.randint(0, len(text))
        end = min(len(text), start + rng.choice((0, 0, 1, 1, 2, 5, 20, 100)))
        cut = text[start:end]
        put = rng.choice((rng.choice(PIECES), rng.choice(PIECES), "", cut * rng.randint(2, 40), cut[::-1], cut.upper()))
        text = text[:start] + put + text[end:]
    return text[: rng.choice((1030, 1024, 1024, 300))]


def text_for(rng: random.Random, prescribed: list[str]) -> str:
    """One text to try."""
    shape = rng.random()
    if shape < 0.35:
        return mutated(rng, rng.choice(prescribed))
    if shape < 0.75:
        return mutated(rng, any_pattern(rng))
    if shape < 0.9:
        return "{ $.a = " + "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 12))) + " }"
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(0, 60)))[:1100]


def attempt(rng: random.Random, text: str, prescribed: list[str], tally: Tally) -> None:
    """Do everything with the text that a user's pattern meets; raises whatever should not have happened."""
    tally.texts += 1
    try:
        pattern = parse(text)
    except PatternSyntaxError as error:
        if not 1 <= error.column <= len(text) + 1:
            raise ValueError(f"column {error.column}") from error
        assert prove(rng.choice(prescribed), [text]).outcome == "undecided", f"no pattern, and decided: {text!r}"
        return
    tally.accepted += 1
    canonical = str(pattern)
    if len(canonical) <= 1024:
        assert parse(canonical) == pattern, f"{text!r} prints as {canonical!r}, which is another pattern"
    for event in events(rng, 2):
        pattern.matches(event)
    pattern.matches(text)
    judge(rng, pattern, prescribed, tally)


def judge(rng: random.Random, pattern: Pattern, prescribed: list[str], tally: Tally) -> None:
    """Prove with the pattern on both sides; what is shown as a witness must be one."""
    other = parse(rng.choice(prescribed)) if rng.random() < 0.5 else parse(any_pattern(rng))
    for wanted, actual in ((other, pattern), (pattern, other)):
        proof = prove(wanted, [actual])
        tally.proofs[proof.outcome] = tally.proofs.get(proof.outcome, 0) + 1
        if proof.witness is not None:
            assert wanted.matches(proof.witness), f"{wanted} misses its witness {proof.witness}"
            assert not actual.matches(proof.witness), f"{actual} matches the witness {proof.witness}"
    found = example(pattern)
    assert found is None or pattern.matches(found), f"{pattern} misses its example {found}"


def fuzz(seconds: float, seed: int) -> Tally:
    """Try texts for so many seconds."""
    rng, tally, prescribed = random.Random(seed), Tally(), seeds()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = text_for(rng, prescribed)
        started = time.process_time()
        try:
            attempt(rng, text, prescribed, tally)
        except Exception as error:
            raise AssertionError(f"after {tally.texts} texts with seed {seed}: {text!r}") from error
        spent = time.process_time() - started
        if spent > tally.slowest:
            tally.slowest, tally.slowest_text = spent, text
        assert spent < MAX_SECONDS, f"{spent:.1f} s for {text!r}"
    return tally


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]] or [600]
    sys.stdout.write(f"{fuzz(arguments[0], (*arguments, 1)[1])}\n")
