"""Random patterns and events over a few fields, for property tests: small enough that coincidences happen."""

import random
from collections.abc import Iterator
from typing import Any

SELECTORS = ("$.a", "$.b", "$.a.b", "$.a.c", "$.d[0]", "$.d[1]", "$.d[0].e", "$.b.['x.y']")
WORDS = ("x", "xy", "xx", '"x y"', '"12"', '"12.0"', '"1.5"', '"true"', '"X"', '""')
GLOBS = ("*", "x*", "*x", '"*x*"', '"x*y"', '"*y*x*"', '"*xx"', "xy*")
NUMBERS = ("12", "12.0", "1.5", "0", "-1", "1e1")
REGEXES = ("%x%", "%^x%", "%y$%", "%^x+y?$%", "%x|y%", "%[^x]%", r"%^\w*$%", "%^.{1,2}$%", "%z%")
SCALARS: tuple[Any, ...] = (
    None, True, False, 0, 12, 10, 11.5, 1.5, -1, 2, "", "x", "xy", "xx", "yx", "xxy", "y", "X", "x y", "12", "12.0",
    "1.5", "true", "z", "yxx", "q",
)  # fmt: skip


def condition(rng: random.Random, selectors: tuple[str, ...] = SELECTORS, *, textual_numbers: bool = True) -> str:
    """One test of one field. textual_numbers: also tests that read the digits of a JSON number as text."""
    selector = rng.choice(selectors)
    kind = rng.random()
    if kind < 0.45:
        value = rng.choice(WORDS + GLOBS)
        return f"{selector} {rng.choice(('=', '=', '!='))} {value}"
    if kind < 0.55 and textual_numbers:
        return f"{selector} {rng.choice(('=', '!='))} {rng.choice(REGEXES)}"
    if kind < 0.65:
        return f"{selector} {rng.choice(('=', '!='))} {rng.choice(NUMBERS)}"
    if kind < 0.78:
        return f"{selector} {rng.choice(('<', '<=', '>', '>='))} {rng.choice(NUMBERS)}"
    if kind < 0.9:
        return f"{selector} NOT EXISTS"
    return f"{selector} IS {rng.choice(('NULL', 'TRUE', 'FALSE'))}"


def expression(rng: random.Random, depth: int = 2, **options: Any) -> str:
    """A condition, or a combination of some."""
    if depth == 0 or rng.random() < 0.3:
        return condition(rng, **options)
    parts = [expression(rng, depth - 1, **options) for _ in range(rng.randint(2, 3))]
    return "(" + rng.choice((" && ", " || ")).join(parts) + ")"


def json_pattern(rng: random.Random, **options: Any) -> str:
    """A JSON pattern within the limits of the language."""
    while True:
        text = "{ " + expression(rng, **options) + " }"
        if text.count("%") <= 4 and text.count("*]") + text.count(".*") <= 3:
            return text


def related(rng: random.Random, text: str, **options: Any) -> str:
    """A pattern close to another one, so that coverage is neither trivial nor hopeless."""
    inner = text[2:-2]
    other = condition(rng, **options)
    changed = rng.choice(
        (
            f"{{ {inner} || {other} }}",
            f"{{ ({inner}) && {other} }}",
            f"{{ ({inner}) && ({other} || {condition(rng, **options)}) }}",
            text.replace("!=", "=", 1) if "<" not in text else text,
            text.replace("&&", "||", 1),
            text.replace("||", "&&", 1),
            text.replace("x", "x*", 1) if "%" not in text and "['" not in text else text,
            f"{{ ({inner} && {other}) || ({inner} && {condition(rng, **options)}) }}",
            text,
        )
    )
    return changed if changed.count("%") <= 4 else text


def events(rng: random.Random, count: int) -> Iterator[dict[str, Any]]:
    """Records over the same fields."""
    for _ in range(count):
        record: dict[str, Any] = {}
        for key in ("a", "b", "d"):
            if rng.random() < 0.75:
                record[key] = _value(rng, key)
        yield record


def _value(rng: random.Random, key: str) -> Any:
    shape = rng.random()
    if shape < 0.35:
        names = {"a": ("b", "c"), "b": ("x.y",), "d": ("e",)}[key]
        return {name: rng.choice((*SCALARS, [], {})) for name in names if rng.random() < 0.7}
    if shape < 0.6 and key == "d":
        return [_element(rng) for _ in range(rng.randint(0, 3))]
    return [] if shape < 0.65 else rng.choice(SCALARS)


def _element(rng: random.Random) -> Any:
    return {"e": rng.choice(SCALARS)} if rng.random() < 0.4 else rng.choice(SCALARS)


TERMS = (
    "x", "xy", "y", "a", "e", "12", '"x y"', '"a\\":\\"x"', r'"\"a\":\"x\""', r'"\"b\""', r'"\"a\":12"', '"1.5"',
    '":"', '"{"', '"},"', "true", "null", r'"\"d\":[\"x\""', r'"\"b\":{"', '"]"', '"x\\",\\"b"',
)  # fmt: skip
RAW_REGEXES = (
    r"%x%", r"%xy?%", r"%\x22a\x22:\x22x%", r"%^.*xy.*$%", r"%a.*x%", r"%[0-9]{2}%", r"%^\{%", r"%x\x22\}$%",
    "%null|true%", "%z%", r"%\d.\d%",
)  # fmt: skip
WILD_SELECTORS = ("$.*", "$.a.*", "$.d[*]", "$.d[*].e", "$.*.b", *SELECTORS[:5])


def raw_pattern(rng: random.Random) -> str:
    """Terms or a regular expression over the raw text."""
    shape = rng.random()
    if shape < 0.3:
        return rng.choice(RAW_REGEXES)
    terms = [rng.choice(TERMS) for _ in range(rng.randint(1, 3))]
    if shape < 0.6:
        return " ".join("?" + term for term in terms)
    return " ".join(rng.choice(("", "", "-", "?")) + term for term in terms)


def any_pattern(rng: random.Random) -> str:
    """A pattern of any kind that a proof can decide."""
    shape = rng.random()
    if shape < 0.35:
        return raw_pattern(rng)
    if shape < 0.55:
        return wild_pattern(rng)
    return json_pattern(rng)


def wild_pattern(rng: random.Random) -> str:
    """A JSON pattern with wildcard selectors."""
    while True:
        text = json_pattern(rng, selectors=WILD_SELECTORS)
        if sum(text.count(f"{selector} ") for selector in WILD_SELECTORS if "*" in selector) <= 3:
            return text
