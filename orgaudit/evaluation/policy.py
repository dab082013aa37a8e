"""Resource policies, decided for CloudWatch's service principal as it acts for one alarm.

Three values: a statement applies, does not apply, or cannot be decided. Deny wins; an undecidable Deny, or nothing
but an undecidable Allow, leaves the question open. Keys that CloudWatch does not send are absent: there positive
operators are false, negated ones true, and ``...IfExists`` true.
Source: IAM User Guide, policy evaluation and condition operators; SNS and CloudWatch guides on access policies for
alarms (read 2026-11).
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

SERVICE = "cloudwatch.amazonaws.com"

Tri = bool | None
"""True, False, or None for undecidable."""

_ABSENT = frozenset(
    "aws:principalorgid aws:principalorgpaths aws:principalarn aws:principalaccount aws:sourceip aws:sourcevpce".split()  # noqa: SIM905 (a list of words reads better)
)


@dataclass(frozen=True, slots=True)
class Request:
    """What CloudWatch asks for when an alarm acts."""

    action: str
    resource: str
    context: tuple[tuple[str, str], ...]
    """Condition keys in lower case, with their values; see ``for_alarm``."""
    own_account: str = ""
    """The account that owns the resource, where its naming as principal may stand for the service; else empty."""

    @classmethod
    def for_alarm(
        cls, action: str, resource: str, alarm_arn: str, account_id: str, organization_id: str, own: str = ""
    ) -> "Request":
        """The request that an alarm of this account makes."""
        context = (
            ("aws:sourcearn", alarm_arn),
            ("aws:sourceaccount", account_id),
            ("aws:sourceowner", account_id),
            ("aws:sourceorgid", organization_id),
            ("aws:securetransport", "true"),
            ("aws:principalisawsservice", "true"),
        )
        return cls(action, resource, context, own)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the request is allowed, and why."""

    allowed: Tri
    why: str
    denied: bool = False
    """A Deny statement decided."""
    public: bool = False
    """Allowed to everybody, without any condition."""


@lru_cache(maxsize=4096)
def decide(policy: str, request: Request) -> Decision:
    """Decide a request by a policy document (JSON text); a text that is no policy leaves it undecidable."""
    try:
        document = json.loads(policy)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return Decision(None, "the policy is no JSON document")
    if not isinstance(document.get("Statement"), list | dict):
        return Decision(None, "the policy has no statements that can be read")
    statements = [one if isinstance(one, dict) else {} for one in _many(document.get("Statement"))]
    verdicts = [(statement, _applies(statement, request)) for statement in statements]
    # a statement whose effect cannot be read may be either
    denies = [applies for statement, applies in verdicts if statement.get("Effect") != "Allow"]
    allows = [(statement, applies) for statement, applies in verdicts if statement.get("Effect") != "Deny"]
    if True in denies:
        return Decision(False, "a Deny statement applies", denied=True)
    sure = [statement for statement, applies in allows if applies]
    if sure and None not in denies:
        return Decision(True, "", public=any(_is_public(statement) for statement in sure))
    if sure:
        return Decision(None, "a Deny statement cannot be decided")
    if any(applies is None for _, applies in allows):
        return Decision(None, "the only Allow statement that could apply cannot be decided")
    return Decision(False, "no statement allows it")


def _is_public(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    names = _many(principal.get("AWS")) if isinstance(principal, dict) else _many(principal)
    return "*" in names and not statement.get("Condition")


def _applies(statement: Mapping[str, Any], request: Request) -> Tri:
    parts = [
        True if statement.get("Effect") in {"Allow", "Deny"} else None,
        _principal(statement, request),
        _matches(statement, "Action", request.action, ignore_case=True),
        _matches(statement, "Resource", request.resource, ignore_case=False),
        _conditions(statement.get("Condition"), dict(request.context)),
    ]
    return _all(parts)


def _all(parts: Iterable[Tri]) -> Tri:
    found = list(parts)
    if False in found:
        return False
    return None if None in found else True


def _principal(statement: Mapping[str, Any], request: Request) -> Tri:
    if "NotPrincipal" in statement or "Principal" not in statement:
        return None
    principal = statement["Principal"]
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return None
    named, services = _many(principal.get("AWS")), _many(principal.get("Service"))
    if "*" in named or SERVICE in services:
        return True
    if any("*" in str(service) or str(service).lower() == SERVICE for service in services):
        return None  # not a documented way to name a service
    own = {request.own_account, f"arn:aws:iam::{request.own_account}:root"} if request.own_account else set()
    partitionless = {re.sub(r"^arn:aws[\w-]*:", "arn:aws:", str(name)) for name in named}
    return None if own & partitionless else False


def _matches(statement: Mapping[str, Any], element: str, value: str, *, ignore_case: bool) -> Tri:
    negated = f"Not{element}" in statement
    texts = [str(text) for text in _many(statement.get(f"Not{element}" if negated else element))]
    if not texts or (negated and element in statement) or any("${" in text for text in texts):
        return None
    if ignore_case:
        value, texts = value.lower(), [text.lower() for text in texts]
    return any(_glob(text, value) for text in texts) != negated


def _conditions(block: object, context: Mapping[str, str]) -> Tri:
    if block in (None, {}):
        return True
    if not isinstance(block, dict):
        return None
    return _all(
        _condition(str(operator), str(key).lower(), [str(value) for value in _many(values)], context)
        for operator, keys in block.items()
        for key, values in (keys.items() if isinstance(keys, dict) else [("", None)])
    )


def _condition(operator: str, key: str, values: list[str], context: Mapping[str, str]) -> Tri:
    quantifier, _, plain = operator.rpartition(":")
    base = plain.removesuffix("IfExists")
    known = base in _OPERATORS and quantifier in {"", "ForAllValues", "ForAnyValue"}
    if not known or not values or any("${" in value for value in values) or key not in {*context, *_ABSENT}:
        return None
    if base == "Null":
        wanted = {"true": True, "false": False}.get(values[0].lower()) if len(values) == 1 else None
        return None if wanted is None else wanted == (key in _ABSENT)
    if key in _ABSENT:
        return _of_absent(quantifier, base, exists_suffices=base != plain)
    return _of_present(base, context[key], values) if context[key] else None


def _of_absent(quantifier: str, base: str, *, exists_suffices: bool) -> Tri:
    positive = not exists_suffices and not _is_negated(base)
    if quantifier == "ForAnyValue":
        # any value of none: false even where the operator is negated, as IAM's guide has it; read cautiously
        return False if positive else None
    return quantifier == "ForAllValues" or not positive


def _of_present(base: str, actual: str, values: list[str]) -> Tri:
    compare = _COMPARISONS.get(base.replace("Not", ""))
    if compare is None:
        return None
    results = [compare(value, actual) for value in values]
    if True in results:
        return not _is_negated(base)
    return None if None in results else _is_negated(base)


def _is_negated(base: str) -> bool:
    return "Not" in base


def _arn_like(wanted: str, actual: str) -> Tri:
    """Component by component: a wildcard does not reach over a colon, but in the last.

    What a wildcard means in a text that has not the six components of an ARN is not documented.
    """
    left, right = wanted.split(":", 5), actual.split(":", 5)
    if len(left) < len(right) and "*" in wanted:
        return None
    return len(left) == len(right) and all(_glob(one, other) for one, other in zip(left, right, strict=True))


def _glob(pattern: str, value: str) -> bool:
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern)
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


_COMPARISONS: Mapping[str, Callable[[str, str], Tri]] = {
    "StringEquals": lambda wanted, actual: wanted == actual,
    "StringEqualsIgnoreCase": lambda wanted, actual: wanted.lower() == actual.lower(),
    "StringLike": _glob,
    "ArnEquals": _arn_like,  # ArnEquals and ArnLike behave identically
    "ArnLike": _arn_like,
    "Bool": lambda wanted, actual: wanted.lower() == actual.lower(),
}


_COMPARED = ("String", "Arn", "Numeric", "Date")
_OPERATORS = frozenset(
    [
        *(f"{kind}{test}" for kind in _COMPARED for test in ("Equals", "NotEquals")),
        *(f"{kind}{test}" for kind in ("String", "Arn") for test in ("Like", "NotLike")),
        *(f"{kind}{test}" for kind in ("Numeric", "Date") for test in ("LessThan", "LessThanEquals")),
        *(f"{kind}{test}" for kind in ("Numeric", "Date") for test in ("GreaterThan", "GreaterThanEquals")),
        *("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"),
    ]
)
"""The condition operators of IAM, as they are spelled; what is spelled otherwise is not decided."""


def _many(value: object) -> list[Any]:
    """A value that a policy may write alone or as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
