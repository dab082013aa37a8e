"""Does AWS itself agree with the proofs? What to ask ``TestMetricFilter``, and what its recorded answers say.

Two kinds of questions: those that settle the open points of the pattern language, and for every proof that a verdict
rests on, its events: one for each alternative of the prescribed pattern, and the event that escapes. All are made up.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from orgaudit.evaluation.criterion import RECIPIENT
from orgaudit.evaluation.links import Observation
from orgaudit.evaluation.verdict import NOT_EVALUATED, Proved, Verdict
from orgaudit.model.calls import Outcome
from orgaudit.model.frames import Frames
from orgaudit.patterns import FLAGS, examples, parse
from orgaudit.patterns.reading import alternatives, reading_of
from orgaudit.patterns.record import ACCOUNT
from orgaudit.patterns.relevance import relevant, swaying
from orgaudit.patterns.semantics import Event, compact, matches
from orgaudit.patterns.tree import Field, atoms

Questions = dict[str, tuple[str, ...]]
"""Messages by the pattern they are put to; each pair is one question: does it match?"""

_ABSENT = ('{ $.a != "x" }', "{}")
"""Not open: five observations say that it does not match. Were it otherwise, no `!=` would be understood."""
_CALL = "logs:TestMetricFilter"


def calibration() -> Questions:
    """The questions that settle the open points of the language, to be asked before anything is judged."""
    pairs = dict.fromkeys([_ABSENT, *((flag.pattern, flag.message) for flag in FLAGS.values())])
    return _by_pattern(pairs)


def _by_pattern(pairs: Iterable[tuple[str, str]]) -> Questions:
    found: dict[str, list[str]] = defaultdict(list)
    for pattern, message in pairs:
        found[pattern].append(message)
    return {pattern: tuple(messages) for pattern, messages in found.items()}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What AWS answered to the questions of one proof."""

    disputed: tuple[str, str] | None
    """The first pattern and message of which AWS says the opposite."""
    unanswered: tuple[str, ...]
    """The patterns of questions without an answer."""
    evidence: tuple[str, ...]


class Confirmation:
    """The recorded answers of a run, and the questions that they leave open.

    Where the configuration does not ask for confirmation nothing is settled, noted or asked.
    """

    def __init__(self, frames: Frames) -> None:
        self._wanted = frames.config.audit.confirm_with_aws
        self._frames = frames
        self._answers = _answers(frames) if self._wanted else {}
        self._compared: dict[tuple[Proved, str], _Comparison] = {}
        self._open: dict[tuple[str, str], None] = {}

    @property
    def settled(self) -> Mapping[str, bool]:
        """The open points of the language that AWS has answered."""
        asked = {name: self._answers.get((flag.pattern, flag.message)) for name, flag in FLAGS.items()}
        return {name: answer[0] for name, answer in asked.items() if answer is not None}

    @property
    def questions(self) -> Questions:
        """What the verdicts seen so far would have AWS asked, and AWS has not answered."""
        return _by_pattern(self._open)

    def confirmed(self, verdict: Verdict) -> Verdict:
        """The verdict as AWS leaves it: confirmed, noted as unconfirmed, or not evaluated where AWS contradicts."""
        if not self._wanted or verdict.proved is None:
            return verdict
        found = self._comparison(verdict.proved, verdict.witness)
        if found.disputed:
            return self._disputed(verdict, *found.disputed)
        rests_on = replace(verdict, evidence=tuple(dict.fromkeys((*verdict.evidence, *found.evidence))))
        if not found.unanswered:
            return rests_on
        note = Observation("NOT_CONFIRMED", self._why_not(found.unanswered[0]))
        return replace(rests_on, observations=(*rests_on.observations, note))

    def _comparison(self, proved: Proved, witness: dict[str, Any] | None) -> _Comparison:
        sent = "" if witness is None else self._sent(proved, witness)
        key = proved, sent
        if key not in self._compared:
            self._compared[key] = self._compare(proved, [*_events(proved), *([sent] if sent else [])])
        return self._compared[key]

    def _compare(self, proved: Proved, messages: list[str]) -> _Comparison:
        texts = [*proved.prescribed, *proved.deployed]
        pairs = dict.fromkeys([*_basics(texts), *((text, message) for text in texts for message in messages)])
        answers = {pair: self._answers.get(pair) for pair in pairs}
        unanswered = [pair for pair, answer in answers.items() if answer is None]
        self._open |= dict.fromkeys(unanswered)
        known = [(pair, answer) for pair, answer in answers.items() if answer is not None]
        return _Comparison(
            next((pair for pair, (matched, _) in known if matched not in self._expected(*pair)), None),
            tuple(dict.fromkeys(pattern for pattern, _ in unanswered)),
            tuple(dict.fromkeys(evidence for _, (_, evidence) in known)),
        )

    def _expected(self, pattern: str, message: str) -> set[bool]:
        """The answers that fit: one, unless AWS has left a point open that decides."""
        asked, event = parse(pattern), _event(message)
        unsettled = [name for name in relevant(asked.atoms) if name not in self.settled]
        others = alternatives(swaying(asked.atoms, event, unsettled, self.settled), self.settled)
        readings = (reading_of(self.settled), *(reading for _, reading in others))
        return {matches(asked.node, event, reading) for reading in readings}

    def _sent(self, proved: Proved, witness: dict[str, Any]) -> str:
        """The event that is sent for a witness: for no account in particular, where that makes no difference.

        So accounts that differ in nothing but their id share one question.
        """
        own, shared = compact(witness), compact(witness | {RECIPIENT: ACCOUNT})
        parsed = ((text, parse(text)) for text in (*proved.prescribed, *proved.deployed))
        looking = [text for text, pattern in parsed if pattern.sees_all or RECIPIENT in pattern.fields]
        return shared if all(self._expected(text, own) == self._expected(text, shared) for text in looking) else own

    def _disputed(self, verdict: Verdict, pattern: str, message: str) -> Verdict:
        matched, evidence = self._answers[pattern, message]
        says = "matches" if matched else "does not match"
        reason = f"AWS contradicts the proof: asked by {_CALL}, it says that a pattern {says} a made-up event."
        return Verdict(
            NOT_EVALUATED,
            "AWS_DISAGREES",
            reason,
            coverage="UNDECIDED",
            observed=f"{pattern} {says} {message}",
            expected="the opposite, as AWS documents the language",
            criterion=verdict.criterion,
            observations=verdict.observations,
            evidence=tuple(dict.fromkeys((*verdict.evidence, evidence))),
        )

    def _why_not(self, pattern: str) -> str:
        """Why there is no answer about a pattern: what became of the call about it, or of the last one at all."""
        trouble = self._troubles.get(pattern) or self._troubles.get(None)
        if trouble:
            return f"AWS's own answer about the patterns is missing: {_CALL} {trouble}."
        return f"AWS was not asked about the patterns and events of this row ({_CALL})."

    @cached_property
    def _troubles(self) -> dict[str | None, str]:
        """What became of unanswered calls, by pattern; under None of the one which ended the asking."""
        calls = self._frames.calls
        asked = calls[(calls["service"] + ":" + calls["operation"] == _CALL) & (calls["outcome"] != "answered")]
        found: dict[str | None, str] = {}
        for params, outcome, code in zip(asked["params"], asked["outcome"], asked["error_code"], strict=True):
            offered = outcome != Outcome.NOT_OFFERED
            said = f"was not answered ({code or outcome})" if offered else "is not offered there"
            found[str(json.loads(params).get("filterPattern", ""))] = said
            if code != "InvalidParameterException":
                found[None] = said
        return found


def _answers(frames: Frames) -> dict[tuple[str, str], tuple[bool, str]]:
    """Whether AWS says that a pattern matches a message, with the evidence; an answer that cannot be read is none."""
    found: dict[tuple[str, str], tuple[bool, str]] = {}
    tests = frames.pattern_tests.dropna(subset=["pattern", "messages", "matched"])
    columns = (tests["pattern"], tests["messages"], tests["matched"], tests["evidence_id"])
    for pattern, asked, answered, evidence in zip(*columns, strict=True):
        messages, matched = json.loads(asked), json.loads(answered)
        if set(matched) <= set(messages):
            found |= {(pattern, message): (message in matched, evidence) for message in messages}
    return found


def _basics(texts: list[str]) -> Iterable[tuple[str, str]]:
    """The questions about the language itself that matter to these patterns."""
    seen = [atom for text in texts for atom in atoms(parse(text).node)]
    if any(isinstance(atom, Field) and getattr(atom.test, "op", "") == "!=" for atom in seen):
        yield _ABSENT
    for name in relevant(seen):
        yield FLAGS[name].pattern, FLAGS[name].message


@lru_cache(maxsize=4096)
def _event(message: str) -> Event:
    return Event(message)


@lru_cache(maxsize=1024)
def _events(proved: Proved) -> tuple[str, ...]:
    """One event for each alternative of the prescribed patterns."""
    found = (example for form in proved.prescribed for example in examples(form, proved.given))
    return tuple(dict.fromkeys(map(compact, found)))
