"""Every text of every version of the benchmark, put to the proof."""

from dataclasses import dataclass

import pytest

from orgaudit.controls import CATALOG
from orgaudit.patterns import Pattern, Proof, any_of, examples, parse, prove
from orgaudit.patterns.pattern import disjuncts

MATCHES_ALMOST_EVERYTHING = ("1.3.0", "1.4.0", "1.5.0")
"""Versions whose printed text for unauthorised calls joins its exclusions by `||`."""


@dataclass(frozen=True)
class Prescribed:
    """One text of the catalog."""

    name: str
    text: str

    @property
    def alternatives(self) -> list[Pattern]:
        return [Pattern("json", node) for node in disjuncts(parse(self.text).node)]


def printed() -> list[Prescribed]:
    return [
        Prescribed(f"{control.key} {version}", edition.printed)
        for control in CATALOG.values()
        for version, edition in control.editions.items()
        if edition.printed is not None
    ]


def others() -> list[Prescribed]:
    """The allowed alternatives, and the intended forms where the printed text is defective."""
    found = []
    for control in CATALOG.values():
        for version, edition in control.editions.items():
            found += [Prescribed(f"{control.key} {version} {form.name}", form.pattern) for form in edition.alternatives]
            if edition.criterion is not None and edition.criterion != edition.printed:
                found.append(Prescribed(f"{control.key} {version} intended", edition.criterion))
    return found


def is_defective(one: Prescribed) -> bool:
    return one.name in {f"unauthorized_api_calls {version}" for version in MATCHES_ALMOST_EVERYTHING}


EVERY = [*printed(), *others()]
SOUND = [one for one in EVERY if not is_defective(one)]
every_text = pytest.mark.parametrize("prescribed", EVERY, ids=lambda one: one.name)
sound_text = pytest.mark.parametrize("prescribed", SOUND, ids=lambda one: one.name)


def check_witness(proof: Proof, wanted: Pattern, actual: Pattern) -> None:
    """The witness separates the two, and is a CloudTrail record as a reader expects one."""
    assert proof.outcome == "escapes", proof
    witness = proof.witness
    assert witness is not None
    assert wanted.matches(witness)
    assert not actual.matches(witness)
    assert {"eventVersion", "eventTime", "awsRegion", "recipientAccountId", "eventID"} <= witness.keys()


def test_no_text_is_forgotten() -> None:
    """15 alarm controls in ten versions; 1.2.0 has no control for organizations."""
    assert len(printed()) == 149
    assert sum(is_defective(one) for one in EVERY) == 3
    assert {one.name.split()[0] for one in others()} == {"console_signin_without_mfa", "unauthorized_api_calls"}


@every_text
def test_covers_itself(prescribed: Prescribed) -> None:
    assert prove(prescribed.text, [prescribed.text]).outcome == "covered"
    assert prove(prescribed.text, [str(parse(prescribed.text))]).outcome == "covered"


@every_text
def test_covered_with_an_alternative_more(prescribed: Prescribed) -> None:
    more = prescribed.text.rstrip()[:-1] + ' || ($.eventName = "RunInstances") }'
    assert prove(prescribed.text, [more]).outcome == "covered"


@every_text
def test_covered_by_one_filter_for_each_alternative(prescribed: Prescribed) -> None:
    assert prove(prescribed.text, prescribed.alternatives).outcome == "covered"


@sound_text
def test_escapes_without_any_one_alternative(prescribed: Prescribed) -> None:
    alternatives = prescribed.alternatives
    for at, missing in enumerate(alternatives):
        rest = any_of(alternatives[:at] + alternatives[at + 1 :])
        proof = prove(prescribed.text, [rest])
        check_witness(proof, missing, rest)


@sound_text
@pytest.mark.parametrize("field", ["awsRegion", "sourceIPAddress", "requestParameters.groupId"])
def test_escapes_when_narrowed(prescribed: Prescribed, field: str) -> None:
    narrowed = f'{{ ({prescribed.text.strip()[1:-1]}) && ($.{field} = "only-this") }}'
    check_witness(prove(prescribed.text, [narrowed]), parse(prescribed.text), parse(narrowed))


@sound_text
def test_escapes_when_a_conjunct_contradicts(prescribed: Prescribed) -> None:
    never = f"{{ ({prescribed.text.strip()[1:-1]}) && $.eventName = Never && $.eventName = Ever }}"
    check_witness(prove(prescribed.text, [never]), parse(prescribed.text), parse(never))


@every_text
def test_an_example_for_each_alternative(prescribed: Prescribed) -> None:
    """What is sent to AWS for confirmation: every alternative is matched by some record."""
    found = examples(prescribed.text)
    assert all(any(one.matches(event) for event in found) for one in prescribed.alternatives)
    assert all(parse(prescribed.text).matches(event) for event in found)


@pytest.mark.parametrize("version", MATCHES_ALMOST_EVERYTHING)
def test_a_defective_text_asks_for_almost_every_event(version: str) -> None:
    """Read literally it wants a successful call reported, which no filter for denied calls does."""
    edition = CATALOG["unauthorized_api_calls"].editions[version]
    assert edition.printed is not None
    assert edition.criterion is not None
    proof = prove(edition.printed, [edition.criterion])
    check_witness(proof, parse(edition.printed), parse(edition.criterion))
    assert prove(edition.criterion, [edition.printed]).outcome == "covered"
    assert parse(edition.printed).matches({"eventName": "ListBuckets", "sourceIPAddress": "198.51.100.7"})
