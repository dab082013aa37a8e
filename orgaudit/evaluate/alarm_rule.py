"""Rules of composite alarms, evaluated as Boolean expressions over alarm states.

Source: CloudWatch API Reference, PutCompositeAlarm (read 2026-11). ``AT_LEAST`` and whatever comes later is undecided.
"""

import re
from collections.abc import Callable, Mapping

from orgaudit.evaluate.metric_math import UndecidedError

StateOf = Callable[[str], str]
"""The state of an alarm, by its name or ARN: OK, ALARM or INSUFFICIENT_DATA."""

_TOKEN = re.compile(
    r'\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?P<name>"(?:[^"\\]|\\.)*"|[^)"]*?)\s*\)|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<sign>[()]))'
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


def carries(composite: str, child: str, rules: Mapping[str, str | None]) -> bool:
    """Whether a composite alarm goes to ALARM because the child does, and only then.

    composite, child: names. rules: every alarm of the account and region by name and by ARN, with its rule, None for
    an alarm that is no composite. The rule must be true when the child alone is in ALARM, whether all others are OK
    or in INSUFFICIENT_DATA, and false while the child is not in ALARM.
    Raises UndecidedError for a rule that cannot be read, a circle, or an alarm that does not exist.
    """
    for others in ("OK", "INSUFFICIENT_DATA"):
        if not _in_alarm(composite, {child: "ALARM"}, others, rules, ()):
            return False
        if any(_in_alarm(composite, {child: rest}, others, rules, ()) for rest in ("OK", "INSUFFICIENT_DATA")):
            return False
    return True


def _in_alarm(
    name: str, fixed: Mapping[str, str], others: str, rules: Mapping[str, str | None], above: tuple[str, ...]
) -> bool:
    rule = rules.get(name)
    if rule is None:
        raise UndecidedError(f"the alarm {name!r}, which is no composite alarm")
    if name in above:
        raise UndecidedError(f"the rule of {name!r}, which refers to itself")

    def state_of(reference: str) -> str:
        if reference not in rules:
            raise UndecidedError(f"the rule of {name!r}: it names {reference!r}, which does not exist")
        plain = reference.rsplit(":alarm:", 1)[-1]
        if plain in fixed:
            return fixed[plain]
        if rules[reference] is None:
            return others
        return "ALARM" if _in_alarm(plain, fixed, others, rules, (*above, name)) else "OK"

    return Rule(rule).holds(state_of)
