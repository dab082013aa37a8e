"""The page that explains the proof says what the library does."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "filter-patterns.md"


def test_every_example_on_the_page_holds() -> None:
    found = doctest.testfile(str(PAGE), module_relative=False)
    assert found.attempted > 10
    assert found.failed == 0
