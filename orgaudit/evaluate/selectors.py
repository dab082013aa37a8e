"""What a trail records, as filter patterns: event selectors decided exactly.

Source: CloudTrail User Guide, "Logging management events" and "Filtering events by advanced event selectors"
(read 2026-11). Management events only: data events are no concern of these controls.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from orgaudit.patterns import Pattern, all_of, any_of, literal, parse

EVERYTHING = parse("")
"""Matches every event."""


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


@lru_cache(maxsize=4096)
def recording(basic: str | None, advanced: str | None) -> Recording:
    """What the selectors record. basic, advanced: JSON lists as the frame EVENT_SELECTORS holds them."""
    if advanced:
        return _advanced(json.loads(advanced))
    if basic:
        return _basic(json.loads(basic))
    return DEFAULT


def _basic(selectors: list[dict[str, Any]]) -> Recording:
    parts: list[Pattern] = []
    words: list[str] = []
    doubts: list[str] = []
    for selector in selectors:
        # IncludeManagementEvents is true unless it is said to be false
        if selector.get("IncludeManagementEvents") is False:
            continue
        kind, excluded = selector.get("ReadWriteType") or "All", selector.get("ExcludeManagementEventSources") or []
        conditions = [f"{{ $.eventSource != {literal(str(source))} }}" for source in excluded]
        if kind in {"ReadOnly", "WriteOnly"}:
            conditions.append("{ $.readOnly IS TRUE }" if kind == "ReadOnly" else "{ $.readOnly IS FALSE }")
        elif kind != "All":
            doubts.append(f"ReadWriteType {kind}")
            continue
        parts.append(_conjunction(conditions))
        words.append(f"{kind} management events" + (f" without {', '.join(map(str, excluded))}" if excluded else ""))
    surely = _union(parts)
    return Recording(
        surely, EVERYTHING if doubts else surely, "; ".join(doubts), "; ".join(words) or "no management events"
    )


def _advanced(selectors: list[dict[str, Any]]) -> Recording:
    surely: list[Pattern] = []
    perhaps: list[Pattern] = []
    doubts: list[str] = []
    words: list[str] = []
    for selector in selectors:
        fields = [field for field in selector.get("FieldSelectors") or [] if isinstance(field, dict)]
        category = next((field.get("Equals") for field in fields if field.get("Field") == "eventCategory"), None)
        if category != ["Management"]:
            continue
        conditions: list[str] = []
        unknown: list[str] = []
        for field in fields:
            found = _field(field)
            unknown += [str(field.get("Field"))] if found is None else []
            conditions += found or []
        perhaps.append(_conjunction(conditions))
        if not unknown:
            surely.append(_conjunction(conditions))
        doubts += unknown
        words.append(json.dumps(fields, sort_keys=True))
    text = "advanced selectors: " + ("; ".join(words) or "no management events")
    return Recording(_union(surely), _union(perhaps), f"selector field {', '.join(doubts)}" if doubts else "", text)


def _field(field: dict[str, Any]) -> list[str] | None:
    """The conditions that a field selector makes, as patterns; None for one that cannot be decided."""
    name = field.get("Field")
    operators = {key: [str(value) for value in values] for key, values in field.items() if key != "Field" and values}
    if name == "eventCategory" and operators == {"Equals": ["Management"]}:
        return []
    if name == "readOnly" and list(operators) == ["Equals"]:
        kinds = {"true": "{ $.readOnly IS TRUE }", "false": "{ $.readOnly IS FALSE }"}
        return [kinds[operators["Equals"][0]]] if operators["Equals"] in (["true"], ["false"]) else None
    if name != "eventSource" or not operators.keys() <= _TEMPLATES.keys():
        return None
    conditions: list[str] = []
    for operator, values in operators.items():
        if any(set(value) & set('*"\\') for value in values):
            return None
        tests = [f"$.eventSource {_TEMPLATES[operator].format(value)}" for value in values]
        # a positive operator holds for any of its values, a negated one for all of them
        conditions += (
            [f"{{ {test} }}" for test in tests] if operator.startswith("Not") else [f"{{ {' || '.join(tests)} }}"]
        )
    return conditions


_TEMPLATES = {
    "Equals": '= "{}"',
    "StartsWith": '= "{}*"',
    "EndsWith": '= "*{}"',
    "NotEquals": '!= "{}"',
    "NotStartsWith": '!= "{}*"',
    "NotEndsWith": '!= "*{}"',
}


def _conjunction(conditions: Iterable[str]) -> Pattern:
    return all_of([parse(condition) for condition in conditions]) if conditions else EVERYTHING


def _union(parts: list[Pattern]) -> Pattern | None:
    return any_of(parts) if parts else None
