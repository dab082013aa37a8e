"""Who is audited, and why the others are not."""

import pytest

from orgaudit.errors import ConfigError
from orgaudit.model.calls import Call, Outcome, Record
from orgaudit.model.schemas import ACCOUNTS
from orgaudit.model.scope import check_units, known_units, population
from orgaudit.model.settings import Delivery, Exclusion, Scope

PROD, TEST = ("r-1/ou-1", "Root/Prod"), ("r-1/ou-2", "Root/Test")
BELOW, LOOKALIKE = ("r-1/ou-1/ou-3", "Root/Prod/Payments"), ("r-1/ou-4", "Root/Production")


def standing(scope: Scope, place: tuple[str, str] = PROD, state: str | None = "ACTIVE") -> tuple[bool, str]:
    row = {"account_id": "100000000001", "state": state, "ou_ids": place[0], "ou_path": place[1]}
    (found,) = population(ACCOUNTS.frame([row]), scope)
    return found.in_scope, found.reason


@pytest.mark.parametrize("unit", ["ou-1", "Root/Prod"])
def test_an_included_unit_has_its_subtree_and_no_lookalike(unit: str) -> None:
    scope = Scope(include_ous=(unit,))
    assert [standing(scope, place)[0] for place in (PROD, BELOW, TEST, LOOKALIKE)] == [True, True, False, False]
    assert standing(scope, TEST)[1] == "outside the included organizational units"


def test_an_excluded_unit_inside_an_included_one_stays_out() -> None:
    scope = Scope(include_ous=("Root/Prod",), exclude_ous=("ou-3",))
    assert standing(scope, PROD) == (True, "")
    assert standing(scope, BELOW) == (False, "organizational unit ou-3 is excluded")


def test_an_account_whose_unit_is_unknown_is_outside_what_is_included() -> None:
    assert standing(Scope(include_ous=("ou-1",)), ("", "")) == (False, "outside the included organizational units")
    assert standing(Scope(), ("", "")) == (True, "")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("SUSPENDED", "the account is suspended"),
        ("PENDING_CLOSURE", "the account is pending closure"),
        ("CLOSED", "the account is closed"),
        ("PENDING_ACTIVATION", "the account is pending activation"),
        ("ACTIVE", ""),
        ("INVENTED_TOMORROW", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_state_that_is_not_known_counts_as_active(state: str | None, reason: str) -> None:
    assert standing(Scope(), state=state) == (not reason, reason)


def test_an_exclusion_by_configuration_says_who_approved_it() -> None:
    scope = Scope(exclude_accounts=(Exclusion("100000000001", "sandbox", "jane"),))
    row = {"account_id": "100000000001", "state": "SUSPENDED", "ou_ids": "r-1", "ou_path": "Root"}
    (found,) = population(ACCOUNTS.frame([row]), scope)
    assert (found.in_scope, found.reason, found.approved_by) == (False, "sandbox", "jane")


def unit_records() -> list[Record]:
    def answered(operation: str, answer: dict[str, object], **params: str) -> Record:
        return Record(Call.of("1", "us-east-1", "organizations", operation, **params), Outcome.ANSWERED, answer)

    return [
        answered("ListOrganizationalUnitsForParent", {"OrganizationalUnits": []}, ParentId="ou-1"),
        answered(
            "ListOrganizationalUnitsForParent",
            {"OrganizationalUnits": [{"Id": "ou-1", "Name": "Prod"}]},
            ParentId="r-1",
        ),
        answered("ListRoots", {"Roots": [{"Id": "r-1", "Name": "Root"}]}),
    ]


def test_units_are_known_by_id_and_path_in_whatever_order_they_came() -> None:
    assert known_units(unit_records()) == {"r-1": "Root", "ou-1": "Root/Prod"}


@pytest.mark.parametrize("key", ["include_ous", "exclude_ous"])
def test_a_unit_that_does_not_exist_is_named_with_those_that_do(key: str) -> None:
    units = known_units(unit_records())
    check_units(Scope(**{key: ("Root/Prod", "ou-1", "r-1")}), units)
    with pytest.raises(ConfigError) as wrong:
        check_units(Scope(**{key: ("Prod",)}), units)
    assert str(wrong.value) == (
        f'[scope] {key}: no organizational unit "Prod"; expected one of Root/Prod (ou-1), Root (r-1)'
    )


def test_a_delivery_to_readers_of_a_unit_that_does_not_exist_is_named() -> None:
    units = known_units(unit_records())
    check_units(Scope(), units, [Delivery("ses"), Delivery("ses", ous=("ou-1", "Root"))])
    with pytest.raises(
        ConfigError, match=r'deliver\[2\]\.ous: no organizational unit "Prod"; expected one of Root/Prod'
    ):
        check_units(Scope(), units, [Delivery("ses"), Delivery("ses", ous=("Prod",))])
