"""The automata against Python's own engines, and the shortest words they find."""

import itertools
import random
import re

import pytest

from orgaudit.patterns.automata import glob_machine
from orgaudit.patterns.regex import RegexError, parse_regex, search_machine, whole_machine
from orgaudit.patterns.words import Budget, Listed, TooHardError, shortest

TEXTS = ["".join(chars) for length in range(5) for chars in itertools.product("ab1", repeat=length)]
TEXTS += ["a b", "_", "A", "a\nb", "\n", "é", "-", "a-b", "\x41", "}", "[", "a.b", "²", "ab1ab1ab1", " a", "\t"]


@pytest.mark.parametrize(
    "body",
    [
        "a",
        "a|b",
        "ab|b1",
        "^a",
        "a$",
        "^a$",
        "^$",
        "^a|b$",
        "a*",
        "^a*$",
        "^a+b?1$",
        "^a{2}$",
        "^a{2,}$",
        "^a{1,2}b$",
        "^a{,2}$",
        "^[ab]$",
        "^[^ab]$",
        "^[a-b]+$",
        r"^\d$",
        r"^\D$",
        r"^\w+$",
        r"^\W$",
        r"^\s$",
        r"^\S+$",
        r"\x41",
        r"^[\d_]+$",
        r"^[a\-b]+$",
        "^[a-]+$",
        ".",
        "^.$",
        "^a.b$",
        "a.*b.*1",
        r"\.",
        r"^\[$",
        "a^b",
        "a$b",
        "$^",
        "^[.]$",
        "^[^-a]+$",
        r"^[\x41-\x5a]$",
        "^a?b?1?$",
        "^a{0}b$",
        "^.{2,3}$",
        r"^\}$",
    ],
)
def test_regular_expressions(body):
    """As Python finds them in ASCII mode, but for `$`, which is the very end here."""
    python = re.compile(
        re.sub(r"(?<!\\)\$", r"\\Z", body).replace("{,", "{0,").replace(r"[\x41-\x5a]", "[A-Z]"), re.ASCII
    )
    machine = search_machine(body)
    for text in TEXTS:
        assert machine.run(text) == (python.search(text) is not None), (body, text)


def test_random_regular_expressions():
    rng = random.Random(5)
    for _ in range(400):
        pieces = rng.choices(["a", "b", "1", ".", "[ab]", "[^a]", r"\d", r"\w"], k=rng.randint(1, 5))
        body = "".join(piece + rng.choice(["", "", "*", "+", "?", "{2}", "{1,2}", "{,1}"]) for piece in pieces)
        body = rng.choice(["", "^"]) + body + rng.choice(["", "$"])
        if rng.random() < 0.3:
            body += "|" + rng.choice(["a", "^b", "1$", "^$"])
        python = re.compile(body.replace("$", r"\Z").replace("{,", "{0,"), re.ASCII)
        for text in TEXTS[:121]:
            assert search_machine(body).run(text) == (python.search(text) is not None), (body, text)
            assert whole_machine(body).run(text) == (python.fullmatch(text) is not None) or "^" in body or "$" in body


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a(b)",
        "a||b",
        "|a",
        "a**",
        "a*+",
        "a{2}{2}",
        "*a",
        "[",
        "[]",
        "[b-a]",
        "é",
        "a!",
        r"\b",
        r"\x4",
        "a{3,2}",
        "{2}",
        "a{99999}",
        r"[\D]",
        "[[a]]",
        "a]",
    ],
)
def test_outside_the_dialect(body):
    with pytest.raises(RegexError):
        parse_regex(body)


@pytest.mark.parametrize(
    "value", ["", "a", "*", "a*", "*a", "*a*", "a*b", "*a*b*", "ab*ab", "a**b", "*aa", "*a*a*", "1*1*1"]
)
def test_wildcards(value):
    python = re.compile(".*".join(map(re.escape, value.split("*"))), re.DOTALL)
    for text in TEXTS:
        assert glob_machine(value).run(text) == (python.fullmatch(text) is not None), (value, text)


def test_a_wildcard_inside_can_be_read_as_itself():
    assert glob_machine("*a*b", inner_wildcard=False).run("xa*b")
    assert not glob_machine("*a*b", inner_wildcard=False).run("xacb")


@pytest.mark.parametrize(
    ("wanted", "unwanted", "word"),
    [
        (["*ab*"], ["*a*b*"], None),
        (["*a*b*"], ["*ab*"], "aab"),
        (["a*", "*a"], ["a"], "aa"),
        (["*"], [""], "e"),
        (["*"], ["*"], None),
        ([], [], ""),
        (["aba*", "*bab"], [], "abab"),
    ],
)
def test_the_shortest_word(wanted, unwanted, word):
    found = shortest(
        [glob_machine(value) for value in wanted], [glob_machine(value) for value in unwanted], Budget(9999)
    )
    assert (found is None) == (word is None)
    assert found is None or (len(found) == len(word or "") and all(glob_machine(value).run(found) for value in wanted))
    assert found is None or not any(glob_machine(value).run(found) for value in unwanted)


def test_the_shortest_word_avoids_a_list():
    avoided = Listed(["e", "a", "x", "", "ee"])
    found = shortest([search_machine("^[eax]*$")], [avoided], Budget(9999))
    assert found is not None
    assert (len(found), found in ("e", "a", "x", "", "ee")) == (2, False)


def test_random_products_against_all_short_words():
    """If a word of up to four letters fits, one is found that is not longer; what is found always fits."""
    rng = random.Random(6)
    globs = ["a*", "*b", "*ab*", "a*b", "*1*", "b", "*", "*aa*", "ab*1"]
    bodies = ["^a+$", "b.1", "^[^1]*$", "1$", "ab|ba"]
    for _ in range(300):
        pool = [glob_machine(value) for value in globs] + [search_machine(body) for body in bodies]
        wanted, unwanted = rng.sample(pool, rng.randint(0, 3)), rng.sample(pool, rng.randint(0, 3))
        found = shortest(wanted, unwanted, Budget(99999))
        fits = [t for t in TEXTS[:121] if all(m.run(t) for m in wanted) and not any(m.run(t) for m in unwanted)]
        if found is None:
            assert not fits
        else:
            assert all(m.run(found) for m in wanted)
            assert not any(m.run(found) for m in unwanted)
            assert not fits or len(found) <= min(map(len, fits))


def test_a_product_that_is_too_large_is_given_up():
    machines = [glob_machine(f"*{left}{right}*") for left in "abcd" for right in "efgh"]
    with pytest.raises(TooHardError):
        shortest(machines, [], Budget(20_000))


def test_long_texts_do_not_backtrack():
    assert not search_machine("a*" * 200 + "b").run("a" * 2000)
    assert not glob_machine("*a" * 200 + "b").run("a" * 2000)
