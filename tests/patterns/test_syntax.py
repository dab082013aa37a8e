"""What the language accepts, how it is printed, and what an error says."""

import pickle
import random

import pytest

from orgaudit.patterns import Pattern, PatternSyntaxError, literal, parse, selectors
from orgaudit.patterns.tree import (
    EVERYTHING,
    And,
    Column,
    Delimited,
    EmptyTerm,
    Field,
    Is,
    Match,
    Not,
    NotExists,
    Number,
    Or,
    RawRegex,
    Term,
    Text,
    Wild,
)
from tests.patterns.generated import any_pattern

A = Field(("a",), Text("=", "x"))
B = Field(("b",), Text("=", "x"))
C = Field(("c",), Text("=", "x"))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("{$.a=x}", A),
        ("{ ( ( $.a = x ) ) }", A),
        ('{\n\t$.a\r\n=\t"x"\n}', A),
        ("{ $.a = x || $.b = x && $.c = x }", Or((A, And((B, C))))),
        ("{ ($.a = x || $.b = x) && $.c = x }", And((Or((A, B)), C))),
        ("{ $.a = x && ($.b = x && $.c = x) }", And((A, B, C))),
        ("{ ($.a = x || $.b = x) || $.c = x }", Or((A, B, C))),
        ("{ $.a IS NULL }", Field(("a",), Is("NULL"))),
        ("{ $.a IS TRUE||$.a IS FALSE}", Or((Field(("a",), Is("TRUE")), Field(("a",), Is("FALSE"))))),
        ("{ ($.a  NOT \n EXISTS) }", Field(("a",), NotExists())),
        ("{ $.a-b_1.c = 12 }", Field(("a-b_1", "c"), Number("=", "12"))),
        ("{ $.a >= -1.5e3 }", Field(("a",), Number(">=", "-1.5e3"))),
        ('{ $.a != "12" }', Field(("a",), Text("!=", "12"))),
        ("{ $.a = 10.0.0.1 }", Field(("a",), Text("=", "10.0.0.1"))),
        ("{ $.a = 4* }", Field(("a",), Text("=", "4*"))),
        ("{ $.a != 123.123.* }", Field(("a",), Text("!=", "123.123.*"))),
        ("{ $.a = arn:aws:iam::1:role/x-y+z@w }", Field(("a",), Text("=", "arn:aws:iam::1:role/x-y+z@w"))),
        (r'{ $.a = "q\"b\\" }', Field(("a",), Text("=", 'q"b\\'))),
        ('{ $.a = "" }', Field(("a",), Text("=", ""))),
        ('{ $.a = "&& } || ) %x%" }', Field(("a",), Text("=", "&& } || ) %x%"))),
        ("{ $.a = %x|y z% }", Field(("a",), Match("=", "x|y z"))),
        ("{ $.a[0][12].b = x }", Field(("a", 0, 12, "b"), Text("=", "x"))),
        ("{ $.['a.b'].c = x }", Field(("a.b", "c"), Text("=", "x"))),
        ("{ $.*.b = x }", Field((Wild.FIELD, "b"), Text("=", "x"))),
        ("{ $.a[*].b = x }", Field(("a", Wild.ELEMENT, "b"), Text("=", "x"))),
        ("{ $.ISNULL = IS }", Field(("ISNULL",), Text("=", "IS"))),
        ("", EVERYTHING),
        ('" "', EVERYTHING),
        ("ERROR", Term("ERROR")),
        ('ERROR "a b" -x', And((Term("ERROR"), Term("a b"), Not(Term("x"))))),
        ("?a ?b", Or((Term("a"), Term("b")))),
        ("?a", Term("a")),
        ("?a ?b c", Term("c")),
        ("?a -c", Not(Term("c"))),
        ('-"a b"', Not(Term("a b"))),
        (r'"\"a\":\"b\""', Term('"a":"b"')),
        ('""', EmptyTerm()),
        ('?" "', Term(" ")),
        ("%a[0-9]{2,}%", RawRegex("a[0-9]{2,}")),
        ("[a, ..., b]", Delimited((Column("a"), Column("..."), Column("b")))),
        (
            "[..., s = 4* && s != 403, b > 10 || b = %x%]",
            Delimited(
                (
                    Column("..."),
                    Column("s", ((Text("=", "4*"), Number("!=", "403")),)),
                    Column("b", ((Number(">", "10"),), (Match("=", "x"),))),
                )
            ),
        ),
    ],
)
def test_meaning_and_canonical_print(text, node):
    """A text denotes this expression, and so does what it prints as."""
    pattern = parse(text)
    assert pattern.node == node
    assert parse(str(pattern)) == pattern
    assert str(parse(str(pattern))) == str(pattern)
    assert pattern.text == text


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("{ $.a = x", 10, "&&, || or }"),
        ("{ }", 3, "a selector such as $.eventName, or ("),
        ("{ ($.a = x }", 12, "&&, || or the ) for column 3"),
        ("{ $.a = x) }", 10, "&&, || or }"),
        ("{ $.a = x } y", 13, "nothing after the closing }"),
        ("{ $eventName = x }", 4, "a . or [ after $"),
        ("{ eventName = x }", 3, "a selector"),
        ("{ $.a == x }", 8, "a value"),
        ("{ $.a = 'x' }", 9, "a value"),
        ("{ $.a = x OR $.b = y }", 11, "&&, || or }"),
        ("{ $.a = x | $.b = y }", 11, "&&, || or }"),
        ("{ $.a is null }", 7, "IS or NOT EXISTS"),
        ("{ $.a IS NOT NULL }", 10, "NULL, TRUE or FALSE"),
        ("{ $.a EXISTS }", 7, "IS or NOT EXISTS"),
        ("{ $.a NOT NULL }", 11, "EXISTS"),
        ("{ $.a < x }", 9, "an unquoted number"),
        ('{ $.a < "1" }', 9, "an unquoted number"),
        ("{ $.a = 1e999 }", 9, "an exponent of at most 308"),
        ("{ $.a = .5 }", 9, "a number such as 1.5e3, or the value in double quotes"),
        ('{ $.a = "x }', 9, 'a closing "'),
        (r'{ $.a = "\d" }', 10, r"\" or \\ after a backslash"),
        (r"{ $.a = \"x\" }", 9, "a value"),
        ("{ $.a = x! }", 10, "&&, || or }"),
        ("{ $.a = %x }", 9, "a closing %"),
        ("{ $.a = %a(b)% }", 11, "a letter, a digit"),
        ("{ $.a = %something!% }", 19, "a letter, a digit"),
        ("{ $.a = %a*?% }", 12, "no second quantifier"),
        ("{ $.a = %a{3,2}% }", 11, "an upper bound that is not below the lower one"),
        (r"{ $.a = %\b% }", 10, r"\d \D \s \S \w \W \xhh or an escaped operator"),
        ("{ $.a = %[]% }", 10, "at least one character between [ and ]"),
        ("{ $.a = %[a% }", 10, "a closing ]"),
        ("{ $.a = %a||b% }", 12, "an expression on each side of |"),
        ("{ $.a = %x% && $.a = %y% && $.a = %z% }", 35, "at most 2 regular expressions"),
        ("{ $.*.* = x }", 3, "at most one wildcard in a selector"),
        ("{ $.* = 1 || $.* = 2 || $.* = 3 || $.* = 4 }", 36, "at most 3 wildcard selectors"),
        ("{ $.['a = x }", 14, "a key and ']"),
        ('{ $.["a"] = x }', 5, "a field name"),
        ("{ $['a'] = x }", 5, "an array index"),
        ("{ $.a[-1] = x }", 7, "an array index"),
        ("{ $..a = x }", 5, "a field name"),
        ("kms.amazonaws.com", 4, "a blank between terms, or double quotes around the term"),
        ('a"b"', 2, "a blank between terms"),
        ("- a", 2, "a word of letters"),
        ("   ", 4, "a term"),
        ("*", 1, "a word of letters"),
        ("eventName = CreateVpc", 1, "{ before the first test of a field"),
        ("  ($.eventName = CreateVpc)", 1, "{ before the first test of a field"),
        ("$.errorCode NOT EXISTS", 1, "{ before the first test of a field"),
        ("$.eventName = CreateVpc }", 1, "{ before the first test of a field"),
        ("%a% b", 5, "nothing after the regular expression"),
        ("%%", 2, "a regular expression"),
        ("[a, b", 6, "a comma or ]"),
        ("[]", 2, "a field name or ..."),
        ("[a = ]", 6, "a value"),
        ("[a = 1 && b = 2]", 11, "the same field again (a)"),
    ],
)
def test_errors_say_where_and_what(text, column, expected):
    with pytest.raises(PatternSyntaxError) as caught:
        parse(text)
    error = caught.value
    assert error.column == column
    assert expected in error.expected
    assert f"column {column}: expected {error.expected}, found " in str(error)


def test_the_limit_of_length_is_in_characters():
    assert parse('{ $.a = "' + "é" * 1012 + '" }').matches({"a": "é" * 1012})
    with pytest.raises(PatternSyntaxError, match="column 1025: expected at most 1,024 characters, found 1,025"):
        parse("x" * 1025)


def test_nesting_is_not_limited_by_the_call_stack():
    text = "{ " + "(" * 500 + "$.a = x" + ")" * 500 + " }"
    assert parse(text).node == A
    deep = "{ " + "($.a=x&&($.b=x||" * 55 + "$.c=x" + "))" * 55 + " }"
    assert parse(deep).matches({"a": "x", "b": "x"})
    assert not parse(deep).matches({"a": "x"})
    assert parse(deep).matches({"a": "x", "c": "x"})


def test_random_patterns_print_as_themselves():
    rng = random.Random(3)
    for _ in range(500):
        pattern = parse(any_pattern(rng))
        assert len(str(pattern)) > 1024 or parse(str(pattern)) == pattern


def test_patterns_are_values():
    """Equal expressions are one key, whatever their spelling; a pattern cannot be changed; it survives a process."""
    one, other = parse("{$.a=x}"), parse('{ ($.a = "x") }')
    assert one == other
    assert len({one, other}) == 1
    with pytest.raises(AttributeError):
        one.text = "y"
    assert pickle.loads(pickle.dumps(one)) == one
    assert (one != "x", one != parse("{$.a=y}")) == (True, True)


def test_kinds():
    kinds = [parse(text).kind for text in ("", '" "', "{$.a=x}", "a", "%a%", "[a]")]
    assert kinds == ["all", "all", "json", "terms", "regex", "delimited"]
    assert parse("{$.a=x}").narrowed("b").kind == "combined"
    assert parse("{$.a=x}").narrowed("{$.b=x}").kind == "json"


def test_selectors():
    text = "{ $.a = x || ($.b.c[0].['d.e'] NOT EXISTS && $.f.* = 1) }"
    assert selectors(text) == {"a", "b.c[0].['d.e']", "f.*"}
    assert selectors("ERROR") == frozenset()


@pytest.mark.parametrize("value", ["x", "", 'a "b" \\ c', "é", "12", "a b", "%", "{}"])
def test_a_literal_stands_for_exactly_its_value(value):
    pattern = parse(f"{{ $.a = {literal(value)} }}")
    assert pattern.matches({"a": value})
    assert not pattern.matches({"a": value + "x"})
    assert pattern.node == Field(("a",), Text("=", value))


@pytest.mark.parametrize("value", ["a*", "*", "a\nb", "\x00"])
def test_what_no_literal_can_say(value):
    with pytest.raises(ValueError, match="a filter pattern cannot say"):
        literal(value)


def test_a_pattern_describes_itself():
    assert repr(parse("{$.a=x}")) == "Pattern('{ $.a = x }')"
    assert str(parse("{$.a=x}").narrowed("?b ?c")) == "($.a = x and (b or c))"
    assert isinstance(parse("a"), Pattern)
