"""How long proofs take, in processor time: single ones with empty caches, and those of a large organization.

Goals: a median below 5 ms, none above a second for 1,024 characters and eight fields, 10,000 accounts with 15
controls and 200 distinct texts below 5 s. Run it with `python benchmarks/proofs.py`.
"""

import random
import statistics
import sys
import time
from functools import _lru_cache_wrapper

from orgaudit.controls import CATALOG
from orgaudit.patterns import Pattern, parse, prove

ACCOUNTS = 10_000
DISTINCT = 200
VERSION = "7.0.0"
MANAGEMENT = parse('{ $.managementEvent IS TRUE && $.eventCategory = "Management" }')
NARROWINGS = (
    '$.awsRegion = "eu-west-1"', '$.userIdentity.type = "Root"', "$.errorCode NOT EXISTS", "$.eventName = *Security*",
    '$.userIdentity.sessionContext.sessionIssuer.userName != "Automation"', '$.sourceIPAddress != "10.*"',
)  # fmt: skip


def prescribed() -> list[str]:
    """The criteria of the newest version."""
    texts = (control.criterion_for(VERSION) for control in CATALOG.values() if control.family == "alarm")
    return [text for text in texts if text is not None]


def deployed(count: int) -> list[str]:
    """So many distinct texts as they are found: as printed, wider, narrower, with events missing."""
    rng = random.Random(5)
    texts: dict[str, None] = dict.fromkeys(prescribed())
    while len(texts) < count:
        inner = rng.choice(prescribed()).strip()[1:-1].strip()
        parts = inner.split(" || ")
        changes = [f"({inner}) && ({rng.choice(NARROWINGS)})", f"{inner} || $.eventName = Other{rng.randint(1, 99)}"]
        if all(part.count("(") == part.count(")") for part in parts):
            changes += [" || ".join(rng.sample(parts, len(parts))), " || ".join(parts[:-1]) or inner]
        texts[f"{{ {rng.choice(changes)} }}"] = None
    return list(texts)


def raw(text: str) -> list[str]:
    """The names in a text as terms and as a regular expression over the raw record."""
    words = (word.strip('"') for word in text.replace(")", " ").split())
    names = list(dict.fromkeys(word for word in words if word.isalpha()))[:14]
    return [" ".join(f"?{name}" for name in names), f"%{'|'.join(names)}%", names[0]] if names else []


def thicket(rng: random.Random) -> str:
    """A random text of up to 1,024 characters over eight fields, three of four tests with wildcards."""
    fields = [f"$.{name}" for name in ("eventName", "eventSource", "errorCode", "awsRegion", "a.b", "a.c", "d", "e")]
    pieces = ("Create", "Delete", "Put", "a", "b", "Vpc", "Policy", "Root", "amazonaws", "us-", "Role")
    shapes = ("{0}", '"*{0}*"', '"{0}*"', '"*{0}"', '"{0}*{1}"', '"*{0}*{1}*"')
    outer, inner = rng.choice(((" || ", " && "), (" && ", " || ")))
    width = rng.randint(1, 4)
    parts: list[str] = []
    while len(outer.join(parts)) < 940:
        tests = []
        for _ in range(width):
            value = rng.choice(shapes).format(*rng.sample(pieces, 2))
            tests.append(f"{rng.choice(fields)} {rng.choice(('=', '=', '!='))} {value}")
        parts.append(f"({inner.join(tests)})")
    return f"{{ {outer.join(parts[:-1])} }}"


def thickets() -> list[tuple[str, str]]:
    """Such texts against each other, and against wider and reordered copies of themselves."""
    rng = random.Random(4)
    pairs = [(thicket(rng), thicket(rng)) for _ in range(100)]
    return pairs + [(text, f"{{ $.z = 1 || {text[2:]}") for text, _ in pairs if len(text) < 1000]


def forget() -> None:
    """Empty every cache of the library."""
    for name, module in list(sys.modules.items()):
        if name.startswith("orgaudit.patterns"):
            for value in vars(module).values():
                if isinstance(value, _lru_cache_wrapper):
                    value.cache_clear()


def hard() -> list[tuple[str, str]]:
    """Long texts over eight fields, with wildcards, lists of events, regular expressions and close misses."""
    fields = [f"$.requestParameters.field{number}" for number in range(8)]
    globs = " || ".join(f"{field} = *a{number}b*c*" for number, field in enumerate(fields))
    names = " || ".join(f"$.eventName = Do{number:02}" for number in range(45))
    many = " && ".join(f"({field} = a* || {field} = *b || {field} NOT EXISTS)" for field in fields)
    other = " && ".join(f"({field} != *c* || {field} NOT EXISTS)" for field in fields)
    cells = " || ".join(f"({a} != x && {b} = y*)" for a, b in zip(fields, fields[1:], strict=False))
    expressions = r"$.a = %^a[b-d]{2,9}.*e+f?$% || $.b = %x.*y.*z%"
    texts = [globs, names, many, other, cells, expressions, f"({cells}) && ({globs})"]
    patterns = [f"{{ {text} }}" for text in texts]
    return [(a, b) for a in patterns for b in patterns]


def timed(pairs: list[tuple[str, str]]) -> list[tuple[float, tuple[str, str]]]:
    """Seconds for each pair, nothing remembered from another, slowest last."""
    found = []
    for wanted, actual in pairs:
        forget()
        started = time.process_time()
        prove(wanted, [actual], given=[MANAGEMENT])
        found.append((time.process_time() - started, (wanted, actual)))
    return sorted(found)


def report(title: str, pairs: list[tuple[str, str]]) -> None:
    """Print median and maximum."""
    found = timed(pairs)
    median = statistics.median(seconds for seconds, _ in found)
    print(f"{title}: {len(found):,} proofs, median {median * 1e3:.2f} ms, max {found[-1][0] * 1e3:.1f} ms")


def organization() -> None:
    """Every account asks every control about its own filters; what differs is the account in the given facts."""
    forget()
    texts = deployed(DISTINCT)
    wanted: list[Pattern] = [parse(text) for text in prescribed()]
    rng = random.Random(9)
    started = time.process_time()
    for number in range(ACCOUNTS):
        recipient = f'{{ $.recipientAccountId = "{number:012}" }}'
        for pattern in wanted:
            prove(pattern, [rng.choice(texts)], given=[MANAGEMENT, recipient])
    spent = time.process_time() - started
    print(
        f"{ACCOUNTS:,} accounts x {len(wanted)} controls, {len(texts)} distinct texts: {spent:.2f} s of processor time"
    )


if __name__ == "__main__":
    report("prescribed x deployed", [(wanted, actual) for wanted in prescribed() for actual in deployed(DISTINCT)])
    report("prescribed x raw texts", [(wanted, actual) for wanted in prescribed() for actual in raw(wanted)])
    report("hard texts", hard())
    report("random texts over eight fields", thickets())
    organization()
