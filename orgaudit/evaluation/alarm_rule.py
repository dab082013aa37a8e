"""Rules of composite alarms, evaluated as Boolean expressions over alarm states.

Source: CloudWatch API Reference, PutCompositeAlarm (read 2026-11). ``AT_LEAST`` and whatever comes later is undecided.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from orgaudit.evaluation.metric_math import UndecidedError
from orgaudit.model.values import Row

StateOf = Callable[[str], str]
"""The state of an alarm, by its name or ARN: OK, ALARM or INSUFFICIENT_DATA."""

_TOKEN = re.compile(
    r'\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?P<name>"(?:[^"\\]|\\.)*"|(?!\x27)[^)"]*?)\s*\)|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<sign>[()]))'
)


class Rule:
    """A parsed rule."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.alarms: list[str] = []
        """The alarms it refers to, as written: names or ARNs."""
        self._tokens = self._tokenized()
        self._holds = self._any()
        if self._tokens:
            raise UndecidedError(f"the rule {text!r}")

    def holds(self, state_of: StateOf) -> bool:
        """Whether the rule is true in these states."""
        return self._holds(state_of)

    def _tokenized(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        position, text = 0, self.text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise UndecidedError(f"the rule {self.text!r}")
            if match["state"]:
                quoted = match["name"]
                name = re.sub(r"\\(.)", r"\1", quoted[1:-1]) if quoted.startswith('"') else quoted
                found.append((match["state"], name))
                self.alarms.append(name)
            else:
                found.append((match["word"] or match["sign"], ""))
            position = match.end()
        return found

    def _at(self, *kinds: str) -> bool:
        return bool(self._tokens) and self._tokens[0][0] in kinds

    def _any(self) -> Callable[[StateOf], bool]:
        parts = [self._all()]
        while self._at("OR"):
            self._tokens.pop(0)
            parts.append(self._all())
        return lambda state_of: True in _each(parts, state_of)

    def _all(self) -> Callable[[StateOf], bool]:
        parts = [self._one()]
        while self._at("AND"):
            self._tokens.pop(0)
            parts.append(self._one())
        return lambda state_of: False not in _each(parts, state_of)

    def _one(self) -> Callable[[StateOf], bool]:
        if not self._tokens:
            raise UndecidedError(f"the rule {self.text!r}")
        kind, name = self._tokens.pop(0)
        if kind == "NOT":
            inner = self._one()
            return lambda state_of: not inner(state_of)
        if kind == "(":
            inner = self._any()
            if not self._at(")"):
                raise UndecidedError(f"the rule {self.text!r}")
            self._tokens.pop(0)
            return inner
        if kind in {"TRUE", "FALSE"}:
            return lambda state_of: kind == "TRUE"
        if kind in {"ALARM", "OK", "INSUFFICIENT_DATA"}:
            return lambda state_of: state_of(name) == kind
        raise UndecidedError(f"the rule {self.text!r}")


def _each(parts: list[Callable[[StateOf], bool]], state_of: StateOf) -> list[bool]:
    """Every part, also where the first already decides: a part that is undecided makes the rule undecided."""
    return [part(state_of) for part in parts]


class Neighbours:
    """The alarms of one account and region: what a composite alarm's rule can refer to, by name or by ARN."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._names: dict[str, str] = {}
        self._rules: dict[str, str | None] = {}
        """By name; None for an alarm that is no composite."""
        for row in rows:
            name = str(row["alarm_name"])
            self._names |= {name: name, str(row["alarm_arn"]): name}
            self._rules[name] = row["rule"]

    def name_of(self, reference: str) -> str | None:
        """The name of the alarm that a name or an ARN refers to; None where there is no such alarm."""
        return self._names.get(reference)

    def is_composite(self, name: str) -> bool:
        """Whether the alarm has a rule."""
        return self._rules.get(name) is not None

    def mentions(self, composite: str, child: str, above: tuple[str, ...] = ()) -> bool:
        """Whether a composite's rule names the child, itself or through other composites, or may do so."""
        rule = self._rules.get(composite)
        if rule is None or composite in above:
            return False
        try:
            named = {self._names.get(reference) for reference in Rule(rule).alarms}
        except UndecidedError:
            return not rule or child in rule.replace("\\", "")
        if child in named:
            return True
        return any(self.mentions(other, child, (*above, composite)) for other in named if other)

    def carries(self, composite: str, child: str) -> bool:
        """Whether a composite alarm goes to ALARM because the child does, and only then.

        The rule must be true when the child alone is in ALARM, whether all others are OK or in INSUFFICIENT_DATA, and
        false while the child is not in ALARM.
        Raises UndecidedError for a rule that cannot be read, a circle, or an alarm that does not exist.
        """
        if composite == child:
            raise UndecidedError("two alarms have the same name")
        for others in ("OK", "INSUFFICIENT_DATA"):
            if not self.in_alarm(composite, {child: "ALARM"}, others):
                return False
            if any(self.in_alarm(composite, {child: rest}, others) for rest in ("OK", "INSUFFICIENT_DATA")):
                return False
        return True

    def in_alarm(self, name: str, fixed: Mapping[str, str], others: str, above: tuple[str, ...] = ()) -> bool:
        """Whether a composite alarm is in ALARM while some alarms are in given states and all others in one state."""
        rule = self._rules.get(name)
        if rule is None:
            raise UndecidedError(f"the alarm {name!r}, which is no composite alarm")
        if name in above:
            raise UndecidedError(f"the rule of {name!r}, which refers to itself")

        def state_of(reference: str) -> str:
            named = self._names.get(reference)
            if named is None:
                raise UndecidedError(f"the rule of {name!r}: it names {reference!r}, which does not exist")
            if named in fixed:
                return fixed[named]
            if self._rules[named] is None:
                return others
            return "ALARM" if self.in_alarm(named, fixed, others, (*above, name)) else "OK"

        return Rule(rule).holds(state_of)
