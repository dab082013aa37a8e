"""Rules of composite alarms and event selectors against readings of their own, made the shortest way that is right."""

import itertools
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orgaudit.evaluation.alarm_rule import Neighbours
from orgaudit.evaluation.selectors import recording

QUICK = settings(max_examples=400)

# composite alarms

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
LEAF = st.tuples(st.sampled_from(STATES), st.sampled_from(["child", "b", "c"])) | st.sampled_from(["TRUE", "FALSE"])
TREE = st.recursive(
    LEAF,
    lambda inner: (
        st.tuples(st.just("NOT"), inner)
        | st.tuples(st.sampled_from(["AND", "OR"]), inner, inner)
    ),
    max_leaves=6,
)  # fmt: skip


def written(tree: Any) -> str:
    if isinstance(tree, str):
        return tree
    if tree[0] in STATES:
        return f'{tree[0]}("{tree[1]}")'
    if tree[0] == "NOT":
        return f"NOT ({written(tree[1])})"
    return f"({written(tree[1])}) {tree[0]} ({written(tree[2])})"


def true_in(tree: Any, states: dict[str, str]) -> bool:
    if isinstance(tree, str):
        return tree == "TRUE"
    if tree[0] in STATES:
        return states[tree[1]] == tree[0]
    if tree[0] == "NOT":
        return not true_in(tree[1], states)
    return (all if tree[0] == "AND" else any)(true_in(part, states) for part in tree[1:])


@given(tree=TREE)
@QUICK
def test_a_composite_alarm_carries_what_its_rule_says(tree):
    """True when the child alone is in ALARM, whatever quiet state the others share; false when it is not."""
    rows = [{"alarm_name": name, "alarm_arn": f"arn:{name}", "rule": None} for name in ("child", "b", "c")]
    rows.append({"alarm_name": "above", "alarm_arn": "arn:above", "rule": written(tree)})
    expected = all(
        true_in(tree, {"child": child, "b": others, "c": others}) == (child == "ALARM")
        for child, others in itertools.product(STATES, ("OK", "INSUFFICIENT_DATA"))
    )
    assert Neighbours(rows).carries("above", "child") == expected


# event selectors

SOURCES = ("ec2.amazonaws.com", "kms.amazonaws.com", "rdsdata.amazonaws.com", "iam.amazonaws.com")
VALUES = st.lists(st.sampled_from([*SOURCES, "kms", "ec2.", ".com"]), min_size=1, max_size=2)
OPERATORS = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")
SOURCE = st.dictionaries(st.sampled_from(OPERATORS), VALUES, min_size=1, max_size=2)
READ_ONLY = st.dictionaries(
    st.sampled_from(["Equals", "NotEquals"]), st.lists(st.sampled_from(["true", "false"]), min_size=1), min_size=1
)
ADVANCED = st.fixed_dictionaries({"category": st.sampled_from(["Management", "Management", "Data"])},
                                 optional={"eventSource": SOURCE, "readOnly": READ_ONLY})  # fmt: skip
BASIC = st.fixed_dictionaries(
    {
        "ReadWriteType": st.sampled_from(["All", "ReadOnly", "WriteOnly"]),
        "IncludeManagementEvents": st.booleans(),
        "ExcludeManagementEventSources": st.lists(st.sampled_from(SOURCES), max_size=2),
    }
)
EVENTS = [
    {"eventSource": source, "readOnly": read, "managementEvent": True, "eventCategory": "Management"}
    for source in SOURCES
    for read in (True, False)
]


def admits(operators: dict[str, list[str]], value: str) -> bool:
    tests = {"Equals": str.__eq__, "StartsWith": str.startswith, "EndsWith": str.endswith}
    positive = [name for name in operators if name in tests]
    met = [tests[name](value, wanted) for name in positive for wanted in operators[name]]
    excluded = [
        tests[name.removeprefix("Not")](value, wanted)
        for name in operators if name not in tests
        for wanted in operators[name]
    ]  # fmt: skip
    return (any(met) or not positive) and not any(excluded)


def taken_by_advanced(selector: dict[str, Any], event: dict[str, Any]) -> bool:
    values = {"eventSource": event["eventSource"], "readOnly": str(event["readOnly"]).lower()}
    return selector["category"] == "Management" and all(
        admits(selector[name], value) for name, value in values.items() if name in selector
    )


def taken_by_basic(selector: dict[str, Any], event: dict[str, Any]) -> bool:
    kinds = {"All": (True, False), "ReadOnly": (True,), "WriteOnly": (False,)}
    return (
        selector["IncludeManagementEvents"]
        and event["readOnly"] in kinds[selector["ReadWriteType"]]
        and event["eventSource"] not in selector["ExcludeManagementEventSources"]
    )


def fields_of(selector: dict[str, Any]) -> dict[str, Any]:
    fields = [{"Field": "eventCategory", "Equals": [selector["category"]]}]
    fields += [{"Field": name, **selector[name]} for name in ("eventSource", "readOnly") if name in selector]
    return {"Name": "s", "FieldSelectors": fields}


@given(selectors=st.lists(ADVANCED, min_size=1, max_size=3))
@QUICK
def test_advanced_selectors_record_what_they_say(selectors):
    found = recording(None, json.dumps([fields_of(one) for one in selectors]))
    assert not found.undecided
    for event in EVENTS:
        expected = any(taken_by_advanced(one, event) for one in selectors)
        assert bool(found.surely and found.surely.matches(event)) == expected, event
        assert bool(found.perhaps and found.perhaps.matches(event)) == expected, event


@given(selectors=st.lists(BASIC, min_size=1, max_size=3))
@QUICK
def test_basic_selectors_record_what_they_say(selectors):
    found = recording(json.dumps(selectors), None)
    for event in EVENTS:
        expected = any(taken_by_basic(one, event) for one in selectors)
        assert bool(found.surely and found.surely.matches(event)) == expected, event
