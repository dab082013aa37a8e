"""What a control asks for: the events that filters must match, what is known of them, and what may be left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from orgaudit.controls import Control, Edition
from orgaudit.model.settings import Tuning
from orgaudit.patterns import Pattern, parse
from orgaudit.patterns.printing import print_selector
from orgaudit.patterns.tree import Field, Match, Text, atoms

MANAGEMENT_EVENT = parse('{ $.managementEvent IS TRUE && $.eventCategory = "Management" }')
WRITE = parse("{ $.readOnly IS FALSE }")
RECIPIENT = "recipientAccountId"
"""The field that names the account for which an event is recorded."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """What filters must match for a control, and what they may leave out."""

    control: Control
    forms: tuple[tuple[str, Pattern], ...]
    """The judged text (without a name) first, then the alternatives that the benchmark allows, by name."""
    printed: Pattern | None
    """The printed text where it is defective and something else is judged."""
    scope: Pattern | None
    """The services the control is about; None for every service."""
    facts: tuple[Pattern, ...]
    """What is known of the control's events, whatever the account."""
    tuning: tuple[tuple[Tuning, Pattern], ...]
    """Accepted exclusions that have not expired."""

    def given(self, account_id: str) -> list[Pattern]:
        """What is known of an event of the control that is recorded for this account."""
        recorded = [parse(f'{{ $.{RECIPIENT} = "{account_id}" }}')] if account_id else []
        return [*self.facts, *recorded]

    @property
    def text_fields(self) -> list[Pattern]:
        """That the fields an accepted exclusion compares with text hold text or are absent, as CloudTrail writes them.

        A filter can say "absent, or present and different"; it cannot say "and no list". Without this nothing could
        ever leave out a role and still be covered but for it. Nothing is assumed of a field that an exclusion looks
        at in another way. "Any text" is said by `!=`, which holds on null only where the filters' own `!=` does.
        """
        seen = [atom for _, pattern in self.tuning for atom in atoms(pattern.node)]
        fields = [atom for atom in seen if isinstance(atom, Field) and not atom.wild]
        otherwise = {atom.selector for atom in fields if not isinstance(atom.test, Text | Match)}
        compared = dict.fromkeys(print_selector(atom.selector) for atom in fields if atom.selector not in otherwise)
        return [parse(f'{{ {field} NOT EXISTS || {field} = "" || {field} != "" }}') for field in compared]

    @property
    def text(self) -> str:
        """The judged text."""
        return self.forms[0][1].text


def criterion_of(control: Control, edition: Edition, tuning: Sequence[Tuning]) -> Criterion:
    """The criterion of a control in one benchmark version. tuning: all that is accepted and has not expired."""
    judged, printed = str(edition.criterion), str(edition.printed)
    sources = [f'$.eventSource = "{source}"' for source in control.event_sources]
    return Criterion(
        control=control,
        forms=(("", parse(judged)), *((form.name, parse(form.pattern)) for form in edition.alternatives)),
        printed=parse(printed) if printed != judged else None,
        scope=parse("{ " + " || ".join(sources) + " }") if sources else None,
        facts=(MANAGEMENT_EVENT, WRITE) if control.writes_only else (MANAGEMENT_EVENT,),
        tuning=tuple((one, parse(one.exclude)) for one in tuning if one.control == control.key),
    )
