"""What stands in for TestMetricFilter: answers as the evaluator does under a reading, except where told otherwise."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from orgaudit.model.calls import Call, Json, Outcome, Record
from orgaudit.patterns import PatternSyntaxError, parse
from orgaudit.patterns.reading import Reading
from orgaudit.patterns.semantics import Event, matches


@dataclass
class MetricFilterService:
    """Answers in botocore's shapes, and remembers what it was asked."""

    reading: Reading = field(default_factory=Reading)
    contradicts: Callable[[str, str], bool] = lambda pattern, message: False
    """The pairs of pattern and message about which it says the opposite."""
    refusal: str = ""
    """An error code for every call."""
    rejected: tuple[str, ...] = ()
    """Patterns that are none to it."""
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def answer(self, pattern: str, messages: Iterable[str]) -> Json | str:
        """The answer to a call, or an error code."""
        sent = tuple(messages)
        assert 1 <= len(sent) <= 50
        self.asked.append((pattern, sent))
        if self.refusal:
            return self.refusal
        if pattern in self.rejected:
            return "InvalidParameterException"
        return {
            "matches": [
                {"eventNumber": number, "eventMessage": message, "extractedValues": {}}
                for number, message in enumerate(sent, 1)
                if self._matches(pattern, message) != self.contradicts(pattern, message)
            ]
        }

    def record(self, call: Call) -> Record:
        """The record of a call."""
        answer = self.answer(call.parameters["filterPattern"], call.parameters["logEventMessages"])
        if isinstance(answer, str):
            outcome = Outcome.FAILED if answer == "InvalidParameterException" else Outcome.REFUSED
            return Record(call, outcome, error_code=answer)
        return Record(call, Outcome.ANSWERED, answer)

    def pairs(self) -> list[tuple[str, str]]:
        """Every question, as often as it was asked."""
        return [(pattern, message) for pattern, messages in self.asked for message in messages]

    def _matches(self, pattern: str, message: str) -> bool:
        try:
            return matches(parse(pattern).node, Event(message), self.reading)
        except PatternSyntaxError:
            return False
