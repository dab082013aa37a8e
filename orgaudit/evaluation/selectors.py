"""What a trail records, as filter patterns: event selectors decided exactly.

A selector is a conjunction, the selectors of a trail are a union. Within one field of an advanced selector the
positive operators are alternatives and the negated ones hold all together. CloudTrail takes every management event
for a read or a write, so that reads and writes together are everything.
Source: CloudTrail User Guide, "Logging management events" and "Filtering data events by using advanced event
selectors", the part on several conditions for one field (read 2026-11). Management events only: data events are no
concern of these controls.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from orgaudit.model.values import flag
from orgaudit.patterns import Pattern, all_of, any_of, literal, parse

EVERYTHING = parse("")
"""Matches every event."""

READ, WRITE = "true", "false"
"""The values of ``readOnly``."""
_BOTH = frozenset({READ, WRITE})
_KINDS = {"All": _BOTH, "ReadOnly": frozenset({READ}), "WriteOnly": frozenset({WRITE})}
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "Equals": lambda value, wanted: value == wanted,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}
_FORMS = {"Equals": '"{}"', "StartsWith": '"{}*"', "EndsWith": '"*{}"'}


@dataclass(frozen=True, slots=True)
class Recording:
    """The management events that a trail records."""

    surely: Pattern | None
    """What it is known to record; None for nothing."""
    perhaps: Pattern | None
    """What it may record when every condition that cannot be decided holds."""
    undecided: str = ""
    """What could not be decided, in words; empty when surely and perhaps are the same."""
    text: str = ""
    """The selectors in words."""


DEFAULT = Recording(EVERYTHING, EVERYTHING, text="all management events (no selectors set)")
"""What AWS records where selectors were never set."""

UNTOLD = Recording(
    None, EVERYTHING, "the trail has selectors of its own, and the answer names none", "not in the answer"
)
"""What a trail with selectors of its own records where the answer lacks them."""


@dataclass(frozen=True, slots=True)
class _Selection:
    """One selector: sources that all must match, and the kinds of event it takes."""

    sources: tuple[str, ...]
    kinds: frozenset[str]
    unknown: tuple[str, ...] = ()
    """Conditions whose effect is not known; they can only narrow."""


@lru_cache(maxsize=4096)
def recording(basic: str | None, advanced: str | None) -> Recording:
    """What the selectors record. basic, advanced: JSON lists as the frame EVENT_SELECTORS holds them."""
    selectors, select = json.loads(advanced or basic or "[]"), _advanced if advanced else _basic
    if not selectors:
        return DEFAULT
    selectors = selectors if isinstance(selectors, list) else [None]  # whatever it is, it is no selector
    found = [chosen for chosen in map(select, selectors) if chosen is not None]
    doubts = dict.fromkeys(doubt for one in found for doubt in one.unknown)
    words = "; ".join(json.dumps(selector, sort_keys=True) for selector in selectors)
    surely = _union(one for one in found if not one.unknown)
    return Recording(surely, _union(found), ", ".join(doubts), f"event selectors {words}")


def _basic(selector: Any) -> _Selection | None:
    if not isinstance(selector, dict) or not selector.keys() & {"ReadWriteType", "IncludeManagementEvents"}:
        return _Selection((), _BOTH, ("an event selector that cannot be read",))
    # IncludeManagementEvents is true unless it is said to be false
    included = selector.get("IncludeManagementEvents")
    if flag(included) is False:
        return None
    kind = str(selector.get("ReadWriteType") or "All")
    named = selector.get("ExcludeManagementEventSources") or []
    excluded = named if isinstance(named, list) else [named]
    texts = all(isinstance(source, str) for source in excluded)
    sources = (_conditions({"NotEquals": excluded}) if texts else None) if excluded else []
    unknown = [] if kind in _KINDS else [f"ReadWriteType {kind}"]
    unknown += [] if included is None or flag(included) else [f"IncludeManagementEvents {included}"]
    unknown += [f"excluded sources {excluded}"] if sources is None else []
    return _Selection(tuple(sources or ()), _KINDS.get(kind, _BOTH), tuple(unknown))


def _advanced(selector: Any) -> _Selection | None:
    fields = selector.get("FieldSelectors") if isinstance(selector, dict) else None
    if not isinstance(fields, list) or not all(isinstance(field, dict) for field in fields):
        return _Selection((), _BOTH, ("an event selector that cannot be read",))
    sources: list[str] = []
    kinds = _BOTH
    unknown = [] if any(field.get("Field") == "eventCategory" for field in fields) else ["no eventCategory"]
    for field in fields:
        name, operators = str(field.get("Field")), _operators(field)
        if name == "eventCategory" and operators.keys() == {"Equals"} and len(operators["Equals"]) == 1:
            if operators["Equals"] != ["Management"]:
                return None
        elif name == "readOnly" and _known(operators):
            kinds &= {kind for kind in _BOTH if _admits(operators, kind)}
        elif name == "eventSource" and _known(operators) and (found := _conditions(operators)) is not None:
            sources += found
        else:
            unknown.append(f"selector field {name}")
    return _Selection(tuple(sources), kinds, tuple(unknown))


def _operators(field: dict[str, Any]) -> dict[str, list[str]]:
    """The operators with their values; with none where these are not all text: nobody can say what they admit."""
    found: dict[str, list[str]] = {}
    for operator, values in field.items():
        if operator != "Field" and values:
            listed = values if isinstance(values, list) else [values]
            found[operator] = listed if all(isinstance(value, str) for value in listed) else []
    return found


def _known(operators: dict[str, list[str]]) -> bool:
    return bool(operators) and all(
        operator.removeprefix("Not") in _TESTS and operators[operator] for operator in operators
    )


def _admits(operators: dict[str, list[str]], value: str) -> bool:
    """Whether a field of this value meets the operators."""
    results = {
        operator: any(_TESTS[operator.removeprefix("Not")](value, wanted) for wanted in values)
        for operator, values in operators.items()
    }
    positive = [result for operator, result in results.items() if not operator.startswith("Not")]
    negated = [result for operator, result in results.items() if operator.startswith("Not")]
    return (any(positive) or not positive) and not any(negated)


def _conditions(operators: dict[str, list[str]]) -> list[str] | None:
    """The patterns that the event source must match; None where no pattern can say them."""
    alternatives: list[str] = []
    conditions: list[str] = []
    for operator, values in operators.items():
        form = _FORMS[operator.removeprefix("Not")]
        try:
            tests = [form.format(literal(value)[1:-1]) for value in values]
        except ValueError:
            return None
        if operator.startswith("Not"):
            conditions += [f"{{ $.eventSource != {test} }}" for test in tests]
        else:
            alternatives += [f"$.eventSource = {test}" for test in tests]
    return [*([f"{{ {' || '.join(alternatives)} }}"] if alternatives else []), *conditions]


def _union(selections: Iterable[_Selection]) -> Pattern | None:
    """What any of the selections records; None for nothing."""
    kinds: dict[tuple[str, ...], frozenset[str]] = defaultdict(frozenset)
    for one in selections:
        kinds[one.sources] |= one.kinds
    parts = [_recorded(sources, taken) for sources, taken in kinds.items() if taken]
    return any_of(parts) if parts else None


def _recorded(sources: tuple[str, ...], kinds: frozenset[str]) -> Pattern:
    only = [] if kinds == _BOTH else [f"{{ $.readOnly IS {next(iter(kinds)).upper()} }}"]
    conditions = [parse(condition) for condition in (*only, *sources)]
    return all_of(conditions) if conditions else EVERYTHING
