"""The words, signs and colours of a report: one place, so that workbook, PDF and legend say the same.

A status is always a word and a sign, the colour only repeats them. Inks have a contrast of at least 4.5:1 on their
own paper and on white (WCAG 2.2, 1.4.3), and differ in lightness, so that grey print keeps them apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ACCENT = "1F4E79"
"""The one colour that means nothing but "look here": headings, rules and links."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a status looks, and what it means."""

    word: str
    sign: str
    ink: str
    """Hexadecimal RGB of the text."""
    paper: str
    """Hexadecimal RGB of the ground."""
    meaning: str
    short: str = ""
    """The word where there is little room."""


RESULTS: Mapping[str, Mark] = {
    "PASS": Mark(
        "Pass", "✓", "1B5E20", "E3F1E4", "At least one complete chain is proved: somebody would be told.", "pass"
    ),
    "FAIL": Mark(
        "Fail",
        "✗",
        "9B1C1C",
        "FBE3E1",
        "No complete chain, and everything needed to rule one out was answered.",
        "fail",
    ),
    "NOT_EVALUATED": Mark(
        "Not evaluated",
        "?",
        "6A4A00",
        "FFF1CC",
        "A chain may exist: a call was refused or failed, or something could not be decided. Never counted as a pass.",
        "n/e",
    ),
    "NOT_APPLICABLE": Mark(
        "Not applicable", "–", "4A4A4A", "EEEEEE", "The control has no meaning in this account.", "n/a"
    ),
}
DISPOSITIONS: Mapping[str, Mark] = {
    "OPEN": Mark("Open", "✗", "9B1C1C", "FBE3E1", "A fail that nobody has accepted.", "fail"),
    "WAIVED": Mark(
        "Waived", "w", "3F3A77", "E9E7F6", "A fail that somebody accepts until a date. It stays a fail.", "waived"
    ),
    "WAIVER_EXPIRED": Mark(
        "Waiver expired",
        "✗",
        "9B1C1C",
        "FBE3E1",
        "A fail whose waiver ended before the run began. It counts as open.",
        "fail",
    ),
}
LINK_STATES: Mapping[str, Mark] = {
    "held": Mark("held", "✓", "1B5E20", "E3F1E4", "The link is proved."),
    "broken": Mark("broken", "✗", "9B1C1C", "FBE3E1", "The link is not there or does not work: the chain ends here."),
    "unknown": Mark("unknown", "?", "6A4A00", "FFF1CC", "The link could not be read or decided."),
    "not_reached": Mark("not reached", "·", "4A4A4A", "EEEEEE", "The chain broke before this link."),
}
LINKS: Mapping[str, str] = {
    "trail": "A multi-region trail is logging.",
    "selectors": "The trail records the events of the control.",
    "delivery": "The trail delivers to a log group.",
    "filter": "Metric filters of the log group catch every event of the control.",
    "metric": "The filters count into a metric that an alarm can watch.",
    "alarm": "An alarm on the metric fires on a single event, and can fire again.",
    "action": "The alarm's actions are enabled, and one of them is a topic.",
    "topic": "The topic exists and lets CloudWatch publish to it.",
    "subscription": "At least one subscriber of the topic has confirmed.",
}
"""The chain from an event to a person, in order, and what each link has to be."""
COVERAGES: Mapping[str, str] = {
    "COMPLETE": "The filters catch every event that the control prescribes.",
    "IN_SCOPE": "They do once the control is read for the services it is about.",
    "TUNED": "They do apart from events whose exclusion was approved.",
    "ESCAPES": "They do not: the witness is an event that none of them catches.",
    "UNDECIDED": "It could not be decided whether they do.",
}
OUTCOMES: Mapping[str, str] = {
    "evaluated": "At least one control has a result of its own.",
    "not_evaluated": "In scope, but no control could be judged.",
    "excluded": "Out of scope by configuration, by its OU, or because the account is not active.",
}
SEVERITIES: tuple[str, ...] = ("critical", "high", "medium", "low")

GLOSSARY: Mapping[str, str] = {
    "account": "One AWS account of the organization, named by twelve digits.",
    "alarm": "A CloudWatch alarm: it watches a metric and starts its actions when the metric crosses a threshold.",
    "benchmark": "The CIS AWS Foundations Benchmark, in the version named on the cover.",
    "chain": "The links from an event to a person: " + ", ".join(LINKS) + ".",
    "control": "One requirement of the benchmark, tested in every account in scope.",
    "coverage": "Whether the filters catch every event that a control prescribes; decided by proof, not by likeness.",
    "disposition": "What was decided about a fail: open, waived, or waived until a date that has passed.",
    "evidence": "The answers that AWS gave, kept with time, request id and hash in evidence.sqlite.",
    "inherited": "Covered by an organization trail whose chain lives in another account, which the row names.",
    "log group": "Where CloudWatch Logs keeps the events that a trail delivers.",
    "metric filter": "A pattern on a log group that counts matching events into a metric.",
    "observation": "Something an auditor should know that does not change the result.",
    "organization trail": "A CloudTrail trail of the management account that records every member account.",
    "point in time": "What was true while the run read the accounts; it says nothing about any other day.",
    "population": "All accounts that the organization lists, whether they were tested or not.",
    "reason code": "A stable word for why a row has its result, for sorting and for scripts.",
    "support account": "An account read only because a link of somebody else's chain lives in it.",
    "topic": "An SNS topic, which hands an alarm's message to its subscribers.",
    "tuning": "Events that filters may leave out, by an approved exclusion with an end date.",
    "waiver": "A fail that a named person accepts until a date. The result stays a fail.",
    "witness": "A made-up but complete CloudTrail event that the control prescribes and that nothing healthy catches.",
}
