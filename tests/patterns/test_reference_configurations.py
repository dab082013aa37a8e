"""Filter patterns found in public templates get the outcome that their known deviation implies."""

import json
from pathlib import Path
from typing import Any

import pytest

from orgaudit.controls import CATALOG
from orgaudit.controls import VERSIONS as ALL_VERSIONS
from orgaudit.patterns import parse, prove

TABLE: list[dict[str, Any]] = json.loads(Path(__file__).with_name("reference_configurations.json").read_text("utf-8"))
VERSIONS = ("4.0.1", "7.0.0")
"""The last version before security groups got their seventh event, and the newest: what the table states."""


def deployed(row: dict[str, Any]) -> list[str]:
    """The filters of a configuration: one pattern, or one for each event name of a set that is written once."""
    events = row.get("filter_set_events", [])
    written = [event for event in events if f'"{event}"' in row["pattern"]]
    return [row["pattern"].replace(f'"{name}"', f'"{event}"') for name in written for event in events] or [
        row["pattern"]
    ]


def forms(row: dict[str, Any], version: str) -> list[str]:
    """The criterion, then the alternatives that the benchmark allows."""
    edition = CATALOG[row["control"]].edition(version)
    return [edition.criterion, *(form.pattern for form in edition.alternatives)]


def expected(row: dict[str, Any], version: str) -> str:
    """The stated outcome: for this very version, or for its side of 5.0.0."""
    return row["outcome"].get(version) or row["outcome"]["4.0.1" if version < "5" else "7.0.0"]


def test_all_configurations_are_there():
    assert len({row["id"] for row in TABLE}) == 26


@pytest.mark.parametrize("version", ALL_VERSIONS)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["id"])
def test_outcome(row, version):
    """Covered means that one of the allowed forms is; whatever escapes is shown by an event that separates."""
    proofs = [prove(form, deployed(row)) for form in forms(row, version)]
    outcomes = {proof.outcome for proof in proofs}
    assert ("covered" if "covered" in outcomes else proofs[0].outcome) == expected(row, version)
    for form, proof in zip(forms(row, version), proofs, strict=True):
        if proof.outcome == "escapes":
            assert parse(form).matches(proof.witness)
            assert not any(parse(pattern).matches(proof.witness) for pattern in deployed(row))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("row", [row for row in TABLE if "missing_events" in row], ids=lambda row: row["id"])
def test_the_witness_names_an_event_that_is_missing(row, version):
    proof = prove(forms(row, version)[0], deployed(row))
    missing = row["missing_events"][version]
    assert ((proof.witness or {}).get("eventName") in missing) if missing else proof.outcome == "covered"


def test_the_missing_events_are_all_that_is_missing():
    """With one filter for the missing names beside it, a short list covers."""
    for row in TABLE:
        if row["relation"] == "missing_events":
            names = row["missing_events"]["7.0.0"]
            rest = "{ " + " || ".join(f"$.eventName = {name}" for name in names) + " }"
            assert prove(forms(row, "7.0.0")[0], [row["pattern"], rest]).outcome == "covered"


def test_a_regrouped_text_covers_what_is_intended_but_not_what_is_printed():
    row = next(row for row in TABLE if row["relation"] == "regrouped")
    edition = CATALOG[row["control"]].edition("7.0.0")
    assert prove(edition.criterion, [row["pattern"]]).outcome == "covered"
    assert prove(edition.printed, [row["pattern"]]).outcome == "escapes"


def test_accepted_exclusions_make_a_split_and_narrowed_set_cover():
    """The split sets lack nothing but the sessions of one automation role."""
    tuning = (
        '{ $.userIdentity.type = "AssumedRole" && '
        '$.userIdentity.sessionContext.sessionIssuer.userName = "ModernisationPlatformAccess" }'
    )
    facts = ['{ $.userIdentity.type != "" && $.userIdentity.sessionContext.sessionIssuer.userName != "" }']
    for row in TABLE:
        if row["relation"] == "split_and_narrowed":
            criterion = forms(row, "7.0.0")[0]
            assert prove(criterion, deployed(row)).outcome == "escapes"
            assert prove(criterion, deployed(row), given=facts, excluding=[tuning]).outcome == "covered"
            without = deployed(row)[1:]
            assert prove(criterion, without, given=facts, excluding=[tuning]).outcome == "escapes"
