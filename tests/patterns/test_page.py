"""The page that explains the proof says what the library does."""

import doctest
import importlib
from pathlib import Path

import pytest

from orgaudit.patterns import FLAGS

PAGE = Path(__file__).parents[2] / "docs" / "filter-patterns.md"


def test_every_example_on_the_page_holds() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False)
    assert found.attempted > 10
    assert found.failed == 0


def test_the_page_asks_the_question_of_every_flag():
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    for flag in FLAGS.values():
        row = next(row for row in rows if row.startswith(f"| `{flag.name}` |"))
        assert f"`{flag.pattern}` match `{flag.message}`? | {'yes' if flag.reference else 'no'} |" in row


@pytest.mark.parametrize("module", ["", ".pattern", ".proof"])
def test_examples_in_docstrings_hold(module):
    found = doctest.testmod(importlib.import_module(f"orgaudit.patterns{module}"))
    assert found.attempted > 0
    assert found.failed == 0
