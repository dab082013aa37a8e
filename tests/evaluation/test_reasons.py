"""Every code that a row can carry is documented, with its link and a sentence, in the code and in the manual."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import orgaudit.evaluation
from orgaudit.evaluation.links import LINKS
from orgaudit.evaluation.reasons import OBSERVATIONS, REASONS
from tests.evaluation.scenario import Scenario

PACKAGE = Path(orgaudit.evaluation.__file__).parent
MANUAL = Path(__file__).parents[2] / "docs" / "verdicts.md"
WORDS = {
    *("PASS", "FAIL", "NOT_EVALUATED", "NOT_APPLICABLE"),  # results
    *("OPEN", "WAIVED", "WAIVER_EXPIRED"),  # dispositions
    *("COMPLETE", "IN_SCOPE", "TUNED", "ESCAPES", "UNDECIDED"),  # coverage
    *(
        "ALARM",
        "EVALUATION_ERROR",
        "PARTIAL_DATA",
        "ACTIVE",
        "SCHEDULED",
        "EXPIRED",
        "TRUE",
        "FALSE",
        "FILL",
        "METRICS",
    ),  # AWS's
    *("NEVER_ASKED", "MISSING_PAGE", "NOT_FOUND"),  # stand for error codes
}
"""Words in capitals that are no codes."""
TABLES = sorted(path.stem for path in Path(__file__).parent.glob("test_verdict_table_*.py"))


def words_in_the_code() -> set[str]:
    return {
        node.value
        for path in PACKAGE.glob("*.py")
        if path.name != "reasons.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch("[A-Z][A-Z_]{3,}", node.value)
    }


def scenarios() -> list[Scenario]:
    modules = [importlib.import_module(f"tests.evaluation.{name}") for name in TABLES]
    return [
        one
        for module in modules
        for table in vars(module).values()
        if isinstance(table, list)
        for one in table
        if isinstance(one, Scenario)
    ]


def test_every_code_is_documented_and_every_documented_code_exists():
    assert words_in_the_code() - WORDS == REASONS.keys() | OBSERVATIONS.keys()


def test_links_are_links_and_sentences_end():
    assert {link for reason in REASONS.values() for link in reason.links} <= set(LINKS)
    assert all(text.endswith(".") for text in [*OBSERVATIONS.values(), *(one.sentence for one in REASONS.values())])


def test_the_verdict_table_shows_every_reason():
    shown = {one.expected.code for one in scenarios()}
    assert REASONS.keys() - shown == {"AWS_DISAGREES"}  # shown by test_confirmation
    assert shown <= REASONS.keys()


def test_the_verdict_table_shows_every_observation():
    shown = {code for one in scenarios() for code in one.expected.notes}
    of_their_own = {"NOT_CONFIRMED", "SHARED_ALARM", "UNKNOWN_ACCOUNT_STATE"}  # shown by other tests
    assert OBSERVATIONS.keys() - shown == of_their_own


def test_results_and_links_are_those_of_the_table():
    for one in scenarios():
        reason = REASONS[one.expected.code]
        assert one.expected.result == reason.result
        assert one.expected.link is None or one.expected.link in reason.links, one.why


@pytest.mark.parametrize("code", REASONS)
def test_the_manual_lists_the_reason(code):
    reason = REASONS[code]
    assert f"| `{code}` | {', '.join(reason.links) or '-'} | {reason.sentence} |" in MANUAL.read_text()


@pytest.mark.parametrize("code", OBSERVATIONS)
def test_the_manual_lists_the_observation(code):
    assert f"| `{code}` | {OBSERVATIONS[code]} |" in MANUAL.read_text()


def test_there_are_enough_scenarios():
    assert len(scenarios()) >= 200
