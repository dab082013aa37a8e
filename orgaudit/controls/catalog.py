"""The catalog: 21 controls, a user's own beside them, and which of them make the rows of a run."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from orgaudit.controls.alarms import ALARMS
from orgaudit.controls.benchmark import resolve_version
from orgaudit.controls.frameworks import mapped_keys
from orgaudit.controls.model import KEY, Control, Edition
from orgaudit.controls.network_alarms import NETWORK_ALARMS
from orgaudit.controls.rows import own_alarm
from orgaudit.controls.trails import TRAILS
from orgaudit.model.settings import OwnControl

EVENT_SOURCE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com")

MANAGEMENT_EVENT = '{ $.managementEvent IS TRUE && $.eventCategory = "Management" }'
"""What every control is about; data events are none of it."""

CATALOG_VERSION = "2026-11-23"
"""The day the public copies were read; raised with every change of a criterion."""


def catalog_of(controls: Iterable[Control]) -> Mapping[str, Control]:
    """File the controls by key, in the order given. Raises ValueError if a key, number or policy id is there twice."""
    rows = tuple(controls)
    for name in ("key", "number", "policy_id"):
        counted = Counter(getattr(row, name) for row in rows)
        twice = [str(value) for value, count in counted.items() if count > 1 and value is not None]
        if twice:
            raise ValueError(f"controls with the same {name}: {', '.join(twice)}")
    return MappingProxyType({row.key: row for row in rows})


def criteria_hash(catalog: Mapping[str, Control]) -> str:
    """Digest what verdicts depend on: keys, services and editions, not the prose, severities or mappings.

    SHA-256 in hexadecimal over JSON with sorted keys. Two runs with the same digest judged by the same criteria, so a
    result that differs between them was caused by the accounts.
    """
    judged = {
        control.key: [
            control.family,
            control.event_sources,
            control.writes_only,
            control.management_account_only,
            {version: _judged(edition) for version, edition in control.editions.items()},
        ]
        for control in catalog.values()
    }
    return hashlib.sha256(json.dumps(judged, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _judged(edition: Edition) -> list[object]:
    alternatives = [[form.name, form.pattern] for form in edition.alternatives]
    return [edition.section, edition.level, edition.status, edition.printed, edition.criterion, alternatives]


def _numbered(control: Control) -> int:
    return control.number or 0


CATALOG: Mapping[str, Control] = catalog_of((*sorted((*ALARMS, *NETWORK_ALARMS), key=_numbered), *TRAILS))
CATALOG_HASH = criteria_hash(CATALOG)

if unknown := mapped_keys() - CATALOG.keys():
    raise ValueError(f"framework mappings of unknown controls: {', '.join(sorted(unknown))}")


def own_control(key: str, section: str, title: str, pattern: str, event_source: str) -> Control:
    """Make a control of the user's own. It has that section in every version and is judged like an alarm control.

    key: lower-case letters, digits, underscores, none of the catalog's. event_source: the service whose events it
    watches, as CloudTrail writes it. pattern: a filter pattern that some management event of that service matches.
    Raises ValueError that says what is wrong and what was expected.
    """
    if not KEY.fullmatch(key):
        raise ValueError(
            f"key {key!r}: expected lower-case letters, digits and underscores, beginning with a letter, "
            "for example bucket_deletion"
        )
    if key in CATALOG:
        raise ValueError(f"key {key!r}: the catalog has a control of that name, expected another one")
    for name, value in (("section", section), ("title", title)):
        if not value.strip():
            raise ValueError(f"{name} of {key!r} is empty: expected some text")
    if not EVENT_SOURCE.fullmatch(event_source):
        raise ValueError(
            f"event_source {event_source!r} of {key!r}: expected a service as CloudTrail names it, "
            "for example s3.amazonaws.com"
        )
    _check_pattern(key, pattern, event_source)
    return own_alarm(key, section.strip(), title.strip(), pattern, event_source)


def own_controls(settings: Iterable[OwnControl]) -> list[Control]:
    """The controls that a configuration adds. Raises ValueError as ``own_control`` does."""
    return [own_control(one.key, one.section, one.title, one.pattern, one.event_source) for one in settings]


def _check_pattern(key: str, pattern: str, event_source: str) -> None:
    # Imported here: the catalog is also read by commands that judge nothing, and they start faster without it.
    from orgaudit.patterns import PatternSyntaxError, prove

    if not pattern.strip():
        raise ValueError(f"pattern of {key!r} is empty: expected a CloudWatch Logs filter pattern")
    try:
        proof = prove(pattern, [], given=[MANAGEMENT_EVENT, f'{{ $.eventSource = "{event_source}" }}'])
    except PatternSyntaxError as error:
        raise ValueError(f"pattern of {key!r}: expected a CloudWatch Logs filter pattern; {error}") from error
    # No filter at all covers it: it asks for nothing, and every account would pass.
    if proof.outcome == "covered":
        raise ValueError(
            f"pattern of {key!r}: no management event of {event_source} can match it, expected one that some can"
        )


def selected(
    version: str, keys: Sequence[str] = (), own: Sequence[Control] = ()
) -> list[tuple[Control, Edition | None]]:
    """Give the controls that a run has rows for, each with its edition in the version, in the order of the catalog.

    Without `keys`: every control with a section in the version, then all own ones. With `keys`: exactly those; the
    edition is None where the version has no section for it, and such a row counts for no exit code.
    Raises ValueError for an unknown version, an unknown key or one named twice, and an own key used twice.
    """
    version = resolve_version(version)
    known = catalog_of((*CATALOG.values(), *own))
    twice = [key for key, count in Counter(keys).items() if count > 1]
    if twice:
        raise ValueError(f"control named twice: {', '.join(twice)}")
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise ValueError(f"unknown control {', '.join(map(repr, unknown))}: expected some of {', '.join(known)}")
    rows = [(control, control.edition(version)) for control in known.values()]
    return [(control, edition) for control, edition in rows if (control.key in keys if keys else edition)]
