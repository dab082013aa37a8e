"""The evaluator against what AWS documents and what others observed on the real service."""

import pytest

from orgaudit.patterns import FLAGS, parse
from orgaudit.patterns.reading import reading_of
from orgaudit.patterns.semantics import Event, matches

GUIDE = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "ThisFlag": True,
    "user": {"id": 1, "email": "John.Stiles@example.com"},
    "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
    "actions": ["GET", "PUT", "DELETE"],
    "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
}


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ('{ $.eventType = "updateTrail" }', False),
        ('{ $.EventType = "UpdateTrail" }', False),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress != 111.111.* }", False),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[7] = "value" }', False),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.SomeOtherObject IS NULL }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', False),
        (
            '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }',
            True,
        ),
        (
            '{ ($.user.email = "John.*" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }',
            False,
        ),
        ("{ $.users = 1 }", False),
        ("{ $.users != 1 }", False),
        ("{ $.user != 1 }", False),
        ("{ $.coordinates[1][2] >= 6 }", True),
        ("{ $.actions[*] = PUT }", True),
        ("{ $.users[*].id = 3 }", True),
        ("{ $.users[*].id = 4 }", False),
        ('{ $.*.email = "John*" }', True),
        ("{ $.absent != x }", False),
        ("{ $.absent != * }", False),
        ("{ $.absent < 1 }", False),
        ("{ $.user.absent.deeper NOT EXISTS }", True),
        ("{ $.eventType.deeper NOT EXISTS }", True),
        ("{ $.eventType = %^Update[A-Z]% }", True),
        ("{ $.eventType != %^Update[A-Z]% }", False),
        ("{ $.absent != %x% }", False),
    ],
)
def test_json_patterns(pattern, matched):
    """The examples of AWS's guide, and what follows from its rules."""
    assert parse(pattern).matches(GUIDE) is matched


@pytest.mark.parametrize(
    ("pattern", "value", "matched"),
    [
        ('{ $.a = "123" }', 123, True),
        ('{ $.a != "123.0" }', 123, True),
        ("{ $.a = 123.0 }", 123, True),
        ("{ $.a = 12 }", 12.0, True),
        ("{ $.a = 12* }", 123, True),
        ("{ $.a = 111* }", "111.111", True),
        ("{ $.a != 111 }", "111.111.111.111", True),
        ("{ $.a > 1 }", "2", False),
        ("{ $.a > 1 }", 1.5, True),
        ("{ $.a <= +1e1 }", 10, True),
        ("{ $.a = * }", "", True),
        ("{ $.a = * }", 0, True),
        ("{ $.a != * }", "x", False),
        ('{ $.a = "*" }', None, False),
        ("{ $.a = true }", True, False),
        ("{ $.a = 1 }", True, False),
        ("{ $.a != 1 }", False, False),
        ('{ $.a = "p*q" }', "pxq", True),
        ('{ $.a = "p*q" }', "pq", True),
        ('{ $.a = "p*q" }', "pxqx", False),
        ('{ $.a = "*aa" }', "aaa", True),
        ('{ $.a = "aba*aba" }', "aba", False),
        ('{ $.a = "a*b*c" }', "axxbxxbxc", True),
        ('{ $.a = "" }', "", True),
        ("{ $.a = %\\d% }", "١", False),
        ("{ $.a = %x$% }", "x\n", False),
        ("{ $.a = %^x.y$% }", "x\ny", False),
    ],
)
def test_values(pattern, value, matched):
    assert parse(pattern).matches({"a": value}) is matched


@pytest.mark.parametrize(
    ("pattern", "line", "matched"),
    [
        ("ERROR", "[ERROR] A fatal exception has occurred", True),
        ("ERROR", "Exiting with ERRORCODE: -1", True),
        ("ERROR -Exiting", "Exiting with ERRORCODE: -1", False),
        ("ERROR Exception", "[ERROR] Caught IllegalArgumentException", True),
        ("error", "[ERROR]", False),
        ("?ERROR ?WARN", "WARN message", True),
        ("?ERROR ?ARGUMENTS REQUEST", "ERROR", False),
        ("?ERROR ?ARGUMENTS REQUEST", "REQUEST", True),
        ('"INTERNAL SERVER"', "INTERNAL  SERVER", False),
        ("", "anything", True),
        ('" "', "anything", True),
        ("%4[0-9]{2}%", "status 404", True),
        ("%^4%", "status 404", False),
        ("{ $.a = 1 }", "not JSON", False),
        ("{ $.a = 1 }", '{"a":1}', True),
        ("{ $.a = 1 }", '[{"a":1}]', False),
        ("{ $.a NOT EXISTS }", '{"a":NaN}', False),
        ("[ip, user, ..., status = 4*, bytes > 1000]", '1.2.3.4 - "GET /x y" 404 1534', True),
        ("[ip, user, ..., status = 4*, bytes > 1000]", '1.2.3.4 - "GET /x y" 200 1534', False),
        ("[ip, request, status]", '1.2.3.4 "GET /x y" 404', True),
        ("[a, b]", "one", False),
        ("[a = one || a = two, ...]", "two three four", True),
    ],
)
def test_lines(pattern, line, matched):
    assert parse(pattern).matches(line) is matched


def test_a_record_is_searched_as_cloudtrail_writes_it():
    """Compact, characters beyond ASCII as they are, quotes escaped."""
    record = {"eventName": "CreateVpc", "a": {"b": 'é "x"'}}
    assert parse(r'"{\"eventName\":\"CreateVpc\",\"a\":{"').matches(record)
    assert parse(r'"é \\\"x"').matches(record)
    assert not parse(r'"\"eventName\": \"CreateVpc\""').matches(record)


@pytest.mark.parametrize("flag", FLAGS.values(), ids=lambda flag: flag.name)
def test_each_calibration_question_tells_its_flag(flag):
    """The answer to the question is the value of the flag, whatever the other flags say."""
    for others in ({}, {name: other.alternative for name, other in FLAGS.items()}):
        for value in (True, False):
            reading = reading_of({**others, flag.name: value})
            assert matches(parse(flag.pattern).node, Event(flag.message), reading) is value


def test_the_reference_reading_is_what_matches_uses():
    for flag in FLAGS.values():
        assert parse(flag.pattern).matches(flag.message) is flag.reference


def test_an_unknown_flag_is_refused():
    with pytest.raises(KeyError):
        reading_of({"nonsense": True})
