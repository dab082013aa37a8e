"""Values out of an answer, whatever the answer holds: an odd value becomes None, never an error and never a guess."""

import hashlib
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orgaudit.model.calls import Json, canonical_json

Row = dict[str, Any]


def items(answer: Mapping[str, Any] | None, member: str) -> list[Json]:
    """The structures listed under a member; what is not a structure is left out."""
    listed = (answer or {}).get(member)
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def structure(value: object) -> Json:
    """The value if it is a structure, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """The value as text, or None where it is neither text nor a number."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def said(value: object) -> str | None:
    """The value as text, whatever it is; None only where nothing is said: absent, empty.

    For a setting whose absence is the harmless case: one that cannot be read must not be taken for one that is not set.
    """
    return text(value) or (nested(value) if value not in (None, "", [], {}) else None)


def flag(value: object) -> bool | None:
    """The value if it is true or false; botocore's query protocol may give the words."""
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return value if isinstance(value, bool) else None


def number(value: object) -> float | None:
    """The value as a finite number, or None."""
    try:
        found = None if isinstance(value, bool) or value is None else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return found if found is not None and math.isfinite(found) else None


def count(value: object) -> int | None:
    """The value as a whole number, or None."""
    found = number(value)
    return int(found) if found is not None and found == int(found) else None


def is_time(value: object) -> bool:
    """Whether the value is a time as records keep it: RFC 3339."""
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def nested(value: object) -> str | None:
    """A nested value as canonical JSON, or None where there is none."""
    return None if value is None else canonical_json(value)


def row_sha256(row: Mapping[str, Any]) -> str:
    """SHA-256 of a result row's canonical JSON, without the hash itself."""
    kept = canonical_json({name: row[name] for name in row if name != "row_sha256"})
    return hashlib.sha256(kept.encode("utf-8", "surrogatepass")).hexdigest()
