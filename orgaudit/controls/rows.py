"""How a row of the catalog is written: what is special to a control goes in, the whole control comes out.

What all alarm controls have in common is said here once: where their sections are, what the audit looks at, what
closes a finding. Severity is Security Hub's, else Prowler's, else ours, and names its source.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from orgaudit.controls.benchmark import (
    LOGGING_STATUS,
    MONITORING_CHAPTER,
    MONITORING_STATUS,
    READ_IN_LOGGING,
    READ_IN_MONITORING,
    VERSIONS,
    at,
)
from orgaudit.controls.frameworks import requirements_for
from orgaudit.controls.model import Alternative, Control, Edition

SECURITY_HUB = "AWS Security Hub"
PROWLER = "Prowler"
OURS = "orgaudit"
COMPLIANCE_POLICY = "Compliance policy"
CHAIN_COST = "Each chain adds one custom metric and one alarm to the bill."


@dataclass(frozen=True, slots=True)
class Prescribed:
    """The text that the benchmark prescribes from a version on."""

    printed: str
    intended: str | None = None
    """What the text is meant to say, where the print says something else."""
    alternatives: tuple[Alternative, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """What the catalog says of a control in our own words, without what all controls of its kind share."""

    description: str
    rationale: str
    impact: str
    watches: str = ""
    """What an alarm control watches, as a noun phrase: "calls that ..."."""
    audit: str = ""
    remediation: str = ""


def any_event(names: str, source: str = "", quoted: bool = False) -> str:
    """Write the pattern that matches any of the events (names between blanks), of the service `source` if one is given.

    >>> any_event("DisableKey ScheduleKeyDeletion", source="kms.amazonaws.com")
    '{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }'
    """
    quote = '"' if quoted else ""
    events = " || ".join(f"($.eventName = {quote}{name}{quote})" for name in names.split())
    return f"{{ ($.eventSource = {source}) && ({events}) }}" if source else f"{{ {events} }}"


def alarm(
    number: int,
    key: str,
    title: str,
    *,
    levels: Mapping[str, int],
    texts: Mapping[str, Prescribed],
    prose: Prose,
    sources: tuple[str, ...] = (),
    policy_id: str = "",
    severity: tuple[str, str] = ("low", SECURITY_HUB),
    statuses: Mapping[str, str] = MONITORING_STATUS,
    read_in: Mapping[str, tuple[str, str]] = READ_IN_MONITORING,
    management_account_only: bool = False,
) -> Control:
    """Make an alarm control. `levels`, `texts`, `statuses` and `read_in` say since which version a value holds.

    sources: the services whose events it watches, all of them writes; none means every service, reads included.
    policy_id: the public one; where none is known it gets one of ours.
    """
    editions = {}
    for version in VERSIONS:
        if text := at(texts, version):
            section = f"{at(MONITORING_CHAPTER, version)}.{number}"
            editions[version] = _edition(version, section, levels, statuses, read_in, text)
    return Control(
        key=key,
        number=number,
        family="alarm",
        title=title,
        policy_id=policy_id or f"/orgaudit/aws/cloudtrail/{key.replace('_', '-')}-monitoring",
        policy_id_source="Cloudaware" if policy_id else OURS,
        type=COMPLIANCE_POLICY,
        category="Monitoring",
        severity=severity[0],
        severity_source=severity[1],
        description=prose.description,
        rationale=prose.rationale,
        impact=f"{prose.impact} {CHAIN_COST}",
        audit=_alarm_audit(prose, sources),
        remediation=_alarm_remediation(prose),
        event_sources=sources,
        writes_only=bool(sources),
        management_account_only=management_account_only,
        editions=editions,
        requirements=requirements_for(key),
    )


def trail(
    key: str,
    title: str,
    *,
    sections: Mapping[str, str | None],
    levels: Mapping[str, int],
    prose: Prose,
    severity: tuple[str, str],
    category: Literal["Logging", "Data protection"],
    policy_id: str = "",
    statuses: Mapping[str, str] = LOGGING_STATUS,
    read_in: Mapping[str, tuple[str, str]] = READ_IN_LOGGING,
    note: str = "",
) -> Control:
    """Make a trail control. A section of None, or none at all, means that there is no edition from that version on."""
    editions = {}
    for version in VERSIONS:
        if section := at(sections, version):
            editions[version] = _edition(version, section, levels, statuses, read_in, None, note)
    return Control(
        key=key,
        number=None,
        family="trail",
        title=title,
        policy_id=policy_id or f"/orgaudit/aws/cloudtrail/{key.replace('_', '-')}",
        policy_id_source="Cloudaware" if policy_id else OURS,
        type=COMPLIANCE_POLICY,
        category=category,
        severity=severity[0],
        severity_source=severity[1],
        description=prose.description,
        rationale=prose.rationale,
        impact=prose.impact,
        audit=prose.audit,
        remediation=prose.remediation,
        editions=editions,
        requirements=requirements_for(key),
    )


def own_alarm(key: str, section: str, title: str, pattern: str, event_source: str) -> Control:
    """Make a control of the user's own: an alarm control with that section in every version, of medium severity."""
    prose = Prose(
        description=f"{title}. This control is the user's own, not the benchmark's.",
        rationale="Whoever configured this control wants to hear of these events.",
        impact="Depends on how often the events occur.",
        watches=f"the events of {event_source} that the control's pattern matches",
    )
    edition = {
        version: Edition(version, section, 0, "Own", pattern, pattern, (), "Configuration of the run", "high")
        for version in VERSIONS
    }
    return Control(
        key=key,
        number=None,
        family="own",
        title=title,
        policy_id=f"/orgaudit/own/{key.replace('_', '-')}",
        policy_id_source="Configuration of the run",
        type=COMPLIANCE_POLICY,
        category="Monitoring",
        severity="medium",
        severity_source=OURS,
        description=prose.description,
        rationale=prose.rationale,
        impact=f"{prose.impact} {CHAIN_COST}",
        audit=_alarm_audit(prose, (event_source,)),
        remediation=_alarm_remediation(prose),
        event_sources=(event_source,),
        editions=edition,
    )


def _edition(
    version: str,
    section: str,
    levels: Mapping[str, int],
    statuses: Mapping[str, str],
    read_in: Mapping[str, tuple[str, str]],
    text: Prescribed | None,
    note: str = "",
) -> Edition:
    level, status, decided = at(levels, version), at(statuses, version), at(read_in, version)
    if level is None or status is None or decided is None:
        raise ValueError(f"{version} {section}: level, status and source must be known since the first edition")
    printed = text.printed if text else None
    return Edition(
        version=version,
        section=section,
        level=level,
        status=status,
        printed=printed,
        criterion=text.intended or printed if text else None,
        alternatives=text.alternatives if text else (),
        source=decided[0],
        confidence=decided[1],
        note=text.note if text else note,
    )


def _alarm_audit(prose: Prose, sources: tuple[str, ...]) -> str:
    recorded = f"records management events of {' and '.join(sources)}" if sources else "records every management event"
    chain = (
        f"Follows the events from a logging multi-region trail that {recorded}, over its delivery to a log group, to "
        f"metric filters that let none of {prose.watches} escape, alarms that fire on a single event (or as many as "
        "the configuration allows), enabled actions, an SNS topic that lets CloudWatch publish, and a "
        "confirmed subscription."
    )
    return f"{chain} {prose.audit}".rstrip()


def _alarm_remediation(prose: Prose) -> str:
    chain = (
        "On the log group of the trail, put a metric filter with the control's pattern and metric value 1, an alarm on "
        "its metric (Sum, at least 1, one period of 300 s, missing data not breaching), and an SNS topic with a "
        "confirmed subscription as the alarm's action; behind an organization trail once is enough for all members."
    )
    return f"{chain} {prose.remediation}".rstrip()
