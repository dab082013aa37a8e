"""The versions of the CIS AWS Foundations Benchmark, and what holds since which of them.

The benchmark's own text is not public. Sections, levels, statuses and patterns come from public copies of it, compared
with one another; `READ_IN_*` says for each version which copy decided, and how sure that is.
"""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

VERSIONS: tuple[str, ...] = (
    "1.2.0",
    "1.3.0",
    "1.4.0",
    "1.5.0",
    "2.0.0",
    "3.0.0",
    "4.0.1",
    "5.0.0",
    "6.0.0",
    "7.0.0",
)
DEFAULT_VERSION = VERSIONS[-1]
ALIASES: Mapping[str, str] = {"4.0.0": "4.0.1"}  # 4.0.1 corrected typing errors of 4.0.0 and changed no control

POWERPIPE = "Powerpipe AWS Compliance mod (2025-12-06)"
PROWLER = "Prowler (2026-08-21)"
BOTH = f"{PROWLER} and {POWERPIPE}, which agree"

# Since version: (who decided, confidence). For the alarm controls of 2.0.0 and 3.0.0 Prowler carries the wording of
# 1.5.0 over; MITRE's titles for 2.0.0 and Security Hub's version table side with Powerpipe. 7.0.0 has one copy only.
READ_IN_MONITORING: Mapping[str, tuple[str, str]] = {
    "1.2.0": (POWERPIPE, "medium"),
    "1.4.0": (BOTH, "high"),
    "2.0.0": (POWERPIPE, "medium"),
    "3.0.0": (POWERPIPE, "high"),
    "4.0.1": (BOTH, "high"),
    "7.0.0": (PROWLER, "medium"),
}
READ_IN_LOGGING: Mapping[str, tuple[str, str]] = {
    "1.2.0": (POWERPIPE, "medium"),
    "1.4.0": (BOTH, "high"),
    "7.0.0": (PROWLER, "medium"),
}

MONITORING_CHAPTER: Mapping[str, str] = {"1.2.0": "3", "1.3.0": "4", "6.0.0": "5"}
MONITORING_STATUS: Mapping[str, str] = {"1.2.0": "Scored", "1.3.0": "Automated", "2.0.0": "Manual"}
LOGGING_STATUS: Mapping[str, str] = {"1.2.0": "Scored", "1.3.0": "Automated"}


def resolve_version(text: str) -> str:
    """Give the benchmark version that a user's text names; `4.0.0` is `4.0.1`.

    Raises ValueError, listing the versions, for any other text.
    """
    version = ALIASES.get(text.strip(), text.strip())
    if version not in VERSIONS:
        raise ValueError(f"unknown benchmark version {text!r}: expected one of {', '.join(VERSIONS)}")
    return version


def at(history: Mapping[str, T], version: str) -> T | None:
    """Give the value that holds in `version`: that of the newest entry not after it, None before the first.

    >>> at({"1.3.0": "Automated", "2.0.0": "Manual"}, "1.5.0")
    'Automated'
    """
    held = None
    for known in VERSIONS[: VERSIONS.index(version) + 1]:
        held = history.get(known, held)
    return held
