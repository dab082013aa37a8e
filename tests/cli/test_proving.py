"""``orgaudit prove``: what a person reads at a terminal, and what a script gets."""

import json

import pytest
from click.testing import CliRunner, Result

from orgaudit.cli.proving import prove as command

CREATE = "{ $.eventName = CreateVpc }"
LONG = "{ " + " || ".join(f"$.eventName = Create{number}" for number in range(30)) + " || $eventName = x }"


def prove(*arguments: str) -> Result:
    told = CliRunner().invoke(command, list(arguments))
    assert max(map(len, told.stdout.splitlines())) <= 80 or "--json" in arguments
    return told


def below(text: str, title: str) -> list[str]:
    """The lines of one section."""
    lines = text.splitlines()
    start = lines.index(title) + 1
    return [line.strip() for line in lines[start : lines.index("", start)]]


def test_it_tells_what_is_covered_what_escapes_and_why():
    told = prove("vpc_changes", CREATE, "{ $.eventName = Delete* }").stdout
    matched, escaping = below(told, "Matched:"), below(told, "Escaping, wholly or in part:")
    assert matched == [f"$.eventName = {name}" for name in ("CreateVpc", "DeleteVpc", "DeleteVpcPeeringConnection")]
    assert len(escaping) == 8
    assert 'Why: An event with eventName = "ModifyVpcAttribute"' in told
    assert '"eventName": "ModifyVpcAttribute"' in told


@pytest.mark.parametrize(
    ("pattern", "column"),
    [("{ $.eventName == CreateVpc }", 16), (LONG, LONG.index("$eventName") + 2), ("{\n $.eventName\n == x }", 18)],
)
def test_a_mark_stands_below_the_place_of_a_syntax_error(pattern, column):
    told = prove("vpc_changes", pattern)
    assert told.exit_code == 4
    lines = told.stdout.splitlines()
    mark = next(number for number, line in enumerate(lines) if line.strip() == "^")
    at = lines[mark].index("^")
    assert lines[mark - 1][at : at + 4] == pattern.replace("\n", " ")[column - 1 : column + 3]
    assert f"column {column}:" in lines[mark + 1]


def test_a_defective_print_is_mentioned():
    intended = json.loads(prove("unauthorized_api_calls", "", "--json").stdout)["criterion"]
    told = prove("unauthorized_api_calls", intended, "--benchmark", "1.4.0")
    assert told.exit_code == 0
    assert "printed text is defective" in told.stdout
    assert "printed text" not in prove("unauthorized_api_calls", "").stdout


def test_an_allowed_alternative_is_named():
    form = (
        '{ $.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed != "Yes" && $.userIdentity.type = "IAMUser" '
        '&& $.responseElements.ConsoleLogin = "Success" }'
    )
    assert "By the form that the benchmark allows:" in prove("console_signin_without_mfa", form).stdout


def test_a_script_gets_the_same_as_json():
    found = json.loads(prove("vpc_changes", CREATE, "{", "--json").stdout)
    assert found["coverage"] == "UNDECIDED"
    assert found["witness"] is None
    assert {"pattern": "$.eventName = CreateVpc", "outcome": "covered"} in found["alternatives"]
    assert [(error["pattern"], error["column"]) for error in found["syntax_errors"]] == [("{", 2)]
    escaping = json.loads(prove("vpc_changes", CREATE, "--json").stdout)
    assert (escaping["coverage"], escaping["witness"]["eventName"]) == ("ESCAPES", "DeleteVpc")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((CREATE,), 1), (("{ $.eventName = *Vpc* }",), 0), (("{ $.eventName = *V*c* }",), 4), ((CREATE, "[...]"), 4)],
)
def test_exit_codes(arguments, code):
    assert prove("vpc_changes", *arguments).exit_code == code


def test_who_forgets_the_braces_is_told():
    assert "expected { before the first test of a field" in prove("vpc_changes", "$.eventName = CreateVpc").stdout
    quoted = '"eventName = CreateVpc"'
    told = prove("vpc_changes", quoted, CREATE)
    assert below(told.stdout, "Searched as words, not compared with fields, as no { } are around it:") == [quoted]
    assert told.exit_code == 1
    assert "Searched as words" not in prove("vpc_changes", "?CreateVpc ?DeleteVpc", '{ $.z = "a = b" }').stdout


def test_one_account():
    mine = '{ $.eventName = *Vpc* && $.recipientAccountId = "111122223333" }'
    assert prove("vpc_changes", mine).exit_code == 1
    assert prove("vpc_changes", mine, "--account", "111122223333").exit_code == 0
    assert prove("vpc_changes", mine, "--account", "444455556666").exit_code == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("vpc_change", "did you mean vpc_changes?"),
        ("5.14", "5.14 is the section of vpc_changes in 7.0.0"),
        ("4.14", "no control '4.14'"),
        ("zz", "no control 'zz'; `orgaudit controls` lists them"),
    ],
)
def test_a_control_by_another_name_is_told_its_own(given, said):
    told = CliRunner().invoke(command, [given, CREATE])
    assert told.exit_code != 0
    assert said in str(told.exception)
