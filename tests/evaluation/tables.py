"""Runs a verdict table: one test a line, named by the sentence that it shows."""

import pytest

from tests.evaluation.scenario import Scenario


def rows_of(*tables: list[Scenario]) -> pytest.MarkDecorator:
    """Parametrizes a test by the scenarios of these tables."""
    listed = [one for table in tables for one in table]
    return pytest.mark.parametrize("one", listed, ids=[one.why for one in listed])
