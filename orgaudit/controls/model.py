"""A control, and what it looks like in each version of the benchmark.

A row checks itself when it is made, so a wrong catalog does not import. Whether its patterns parse and can match
at all is asked where a user brings a pattern (`own_control`) and, for the catalog, by the tests.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from orgaudit.controls.benchmark import VERSIONS
from orgaudit.controls.frameworks import Requirement

Family = Literal["alarm", "trail", "own"]

SEVERITIES = ("low", "medium", "high", "critical")
CONFIDENCES = ("low", "medium", "high")
KEY = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Alternative:
    """A form of the pattern that the benchmark itself allows beside the prescribed one."""

    name: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A control in one version of the benchmark. A version without a section for the control has no edition of it."""

    version: str
    section: str
    level: int
    """Profile level, 1 or 2; 0 for an own control, which has none."""
    status: str
    """The benchmark's own word: Scored (1.2.0), Automated or Manual; Own for an own control."""
    printed: str | None
    """The prescribed pattern as printed; None for trail controls."""
    criterion: str | None
    """What is judged: the printed text, or the intended form where the print is defective; None for trail controls."""
    alternatives: tuple[Alternative, ...]
    source: str
    """The public copy that decided section, level, status and pattern, with its date."""
    confidence: str
    note: str = ""
    """What a reader has to know about this edition: a defective print, a section shared with another control."""

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise ValueError(f"edition of unknown benchmark version {self.version!r}")
        if not self.section or not self.status or not self.source or self.confidence not in CONFIDENCES:
            raise ValueError(f"edition {self.version} {self.section!r}: section, status, source, confidence are needed")
        if (self.printed is None) != (self.criterion is None):
            raise ValueError(f"edition {self.version} {self.section}: printed text and criterion come together")


@dataclass(frozen=True, slots=True)
class Control:
    """One row of the catalog: what must be true of an account, and how a compliance catalog describes it."""

    key: str
    number: int | None
    """Place in the monitoring chapter, 1 to 15; None for trail controls and own controls."""
    family: Family
    title: str
    policy_id: str
    policy_id_source: str
    """Who gave the policy id: Cloudaware, or orgaudit where no public one was found."""
    type: str
    category: str
    severity: str
    severity_source: str
    description: str
    rationale: str
    impact: str
    """What having the alarm or the setting costs, in noise and money."""
    audit: str
    """What is looked at to judge the control."""
    remediation: str
    event_sources: tuple[str, ...] = ()
    """The services whose events the control is about, as `eventSource` names them; empty means every service."""
    writes_only: bool = False
    """All events of the control are known to be writes (a console sign-in is one). Never said of an own control."""
    management_account_only: bool = False
    editions: Mapping[str, Edition] = field(default_factory=dict, hash=False)
    requirements: tuple[Requirement, ...] = ()

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"control key {self.key!r}: expected lower-case letters, digits and underscores")
        for name in ("title", "policy_id", "policy_id_source", "type", "category", "severity_source"):
            self._need(bool(getattr(self, name)), f"{name} is empty")
        for name in ("description", "rationale", "impact", "audit", "remediation"):
            self._need(str(getattr(self, name)).endswith((".", "}")), f"{name} is not a sentence")
        self._need(self.severity in SEVERITIES, f"severity {self.severity!r} is none of {', '.join(SEVERITIES)}")
        self._need((self.number is not None) == (self.family == "alarm"), "alarm controls, and only they, are numbered")
        for version, edition in self.editions.items():
            self._need(version == edition.version, f"edition of {edition.version} filed under {version}")
            judged = edition.criterion is not None
            self._need(judged != (self.family == "trail"), f"edition {version}: a pattern is what trail controls lack")
        named = [requirement.framework for requirement in self.requirements]
        self._need(len(named) == len(set(named)), "a framework is mapped twice")

    def _need(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise ValueError(f"control {self.key}: {otherwise}")

    def edition(self, version: str) -> Edition | None:
        """Give the control's edition in that version; None where the version has no section for it."""
        return self.editions.get(version)

    def nearest_edition(self, version: str) -> Edition | None:
        """Give the edition in that version, else the one closest to it (of two as close, the newer one).

        So a control that the user names although the version lacks it is judged by the text next to that version:
        `organizations_changes` in 1.2.0 by the text of 1.3.0. None for a control without any edition (`org_trail`).
        """
        wanted = VERSIONS.index(version)
        return min(
            self.editions.values(),
            key=lambda edition: (abs(distance := VERSIONS.index(edition.version) - wanted), -distance),
            default=None,
        )

    def criterion_for(self, version: str) -> str | None:
        """Give the pattern that the control is judged by in that version: the criterion of `nearest_edition`.

        None for trail controls, which have no pattern.
        """
        edition = self.nearest_edition(version)
        return edition.criterion if edition else None
