"""What one account has answered so far, looked up by call: all that the plan sees."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from orgaudit.model.calls import KNOWN, Call, Json, Outcome, Record
from orgaudit.model.values import items


class Answers:
    """The records of one account, by call."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._pages: dict[Call, list[Record]] = defaultdict(list)
        for record in records:
            self._pages[record.call].append(record)

    def asked(self, call: Call) -> bool:
        """The call was made, whatever became of it."""
        return call in self._pages

    def answered(self, call: Call) -> bool:
        """AWS answered, in full."""
        return self.asked(call) and all(record.outcome is Outcome.ANSWERED for record in self._pages[call])

    def known(self, call: Call) -> bool:
        """AWS told what exists, in full: it answered, or said that there is no such thing."""
        return self.asked(call) and all(record.outcome in KNOWN for record in self._pages[call])

    def refused(self, call: Call) -> bool:
        """The call was refused."""
        return any(record.outcome is Outcome.REFUSED for record in self._pages.get(call, ()))

    def answer(self, call: Call) -> Json:
        """The first page of the answer; empty where there is none."""
        return next((record.answer for record in self._pages.get(call, ()) if record.answer is not None), {})

    def items(self, call: Call, member: str) -> Iterator[Json]:
        """What the pages of the answer list under a member."""
        for record in self._pages.get(call, ()):
            yield from items(record.answer, member)
