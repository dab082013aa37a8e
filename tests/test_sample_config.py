"""The sample configuration states the true defaults, and its examples can be used as they are."""

import re
import tomllib
from dataclasses import asdict, fields
from typing import Any

import pytest

from orgaudit.model.settings import AccountRole, Config, Delivery, Exclusion, OwnControl, Tuning, Waiver
from orgaudit.report.resources import sample_config

SECTIONS = ("organization", "scope", "audit", "collect", "report", "sign", "output")
EXAMPLE_ONLY = {"account_roles", "exclude_accounts", "max_events_by_control"}
"""Options whose default is "none" and whose form only an example can show."""


def with_examples() -> dict[str, Any]:
    """The sample as it reads once every example's "#" is taken away."""
    return tomllib.loads(re.sub(r"(?m)^#(?=[^ \n])", "", sample_config()))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_option_stands_with_its_default(section: str) -> None:
    """A reader of the sample can trust that leaving an option out changes nothing."""
    defaults = {
        key: list(value) if isinstance(value, tuple) else value for key, value in asdict(Config())[section].items()
    }
    assert tomllib.loads(sample_config())[section] == {k: v for k, v in defaults.items() if k not in EXAMPLE_ONLY}


def test_nothing_but_defaults_is_active() -> None:
    """Tuning, waivers, own controls, exclusions and deliveries are decisions, so the sample makes none."""
    assert set(tomllib.loads(sample_config())) == set(SECTIONS)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("organization.account_roles", AccountRole),
        ("scope.exclude_accounts", Exclusion),
        ("tuning", Tuning),
        ("waivers", Waiver),
        ("controls", OwnControl),
        ("deliver", Delivery),
    ],
)
def test_examples_show_every_key(path: str, kind: type) -> None:
    """An example that is uncommented names all keys of its kind, and none that does not exist."""
    table: Any = with_examples()
    for key in path.split("."):
        table = table[key]
    assert {key for row in table for key in row} == {option.name for option in fields(kind)}
