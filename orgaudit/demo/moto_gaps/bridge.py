"""What a shim is, and what the shims know that moto's own backends do not hold."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import wraps
from typing import Any
from unittest.mock import patch

from moto.core import errors
from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse

REFUSAL_CODES = {"cloudwatch": "AccessDenied", "sns": "AuthorizationError", "sts": "AccessDenied"}
"""How a service spells a refusal; the others say AccessDeniedException."""

COMMON_ERRORS = ("AccessDenied", "AccessDeniedException", "ServiceUnavailable", "Throttling", "ThrottlingException")
"""Errors that any service may answer (AWS's pages of common errors; read 2026-11)."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What GetTrailStatus tells the owner of a trail about its deliveries. Ages in seconds before the answer."""

    log_group_age_s: int | None = 240
    """None: nothing was ever delivered to the log group."""
    log_group_error: str = ""
    bucket_age_s: int | None = 180


@dataclass(slots=True)
class Refusal:
    """Calls that an account is refused: one action or a pattern such as ``*``, in one region or in all."""

    account_id: str
    action: str
    code: str | None = None
    region: str | None = None
    remaining: int | None = None
    """How many more calls are refused before they are let through; None: all."""

    def applies(self, account_id: str, action: str, region: str) -> bool:
        """Whether this call is refused; counts it where only so many are."""
        matches = account_id == self.account_id and fnmatchcase(action, self.action) and self.region in (None, region)
        if not matches or self.remaining == 0:
            return False
        if self.remaining is not None:
            self.remaining -= 1
        return True


@dataclass(slots=True)
class Bridge:
    """The facts of the simulated AWS that moto has no place for. Whoever seeds an organization sets them."""

    refusals: list[Refusal] = field(default_factory=list)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    """Trail ARN to its deliveries; a trail that is not named here delivers punctually."""
    silenced: set[tuple[str, str]] = field(default_factory=set)
    """Member account and ARN of an organization trail that this member says is not logging."""
    mute_rules: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    """Account and region to alarm mute rules, in the shape of GetAlarmMuteRule's answer."""
    links: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    """Account and region to OAM links, in the shape of GetLink's answer."""
    enabled_regions: tuple[str, ...] = ("eu-central-1", "eu-west-1", "us-east-1")
    """Regions that every account has enabled."""
    delay_s: float = 0.0
    """Added to every answer: moto alone answers too fast to show what waiting in parallel gains."""

    def refuse(
        self,
        account_id: str,
        action: str,
        code: str | None = None,
        region: str | None = None,
        times: int | None = None,
    ) -> None:
        """Refuse calls made as an account; moto does not enforce IAM.

        action: ``cloudwatch:DescribeAlarms``, or a pattern such as ``logs:*`` or ``*`` (a region-deny policy names
        the region as well). code: the error code, by default the service's own word for a refusal. times: only so
        many calls, so that a throttled caller gets through in the end.
        """
        self.refusals.append(Refusal(account_id, action, code, region, times))


class AwsError(ServiceException):
    """An error of AWS. Not moto's own class: moto looks for the error's service in the module that defines it."""


Shim = Callable[[Bridge], AbstractContextManager[Any]]


def replaces(owner: type, name: str) -> Callable[[Callable[..., Any]], Shim]:
    """Make a shim of a function that takes the place of a method, or adds one that moto lacks.

    The function gets the bridge, moto's own method (None where there was none) and then the method's arguments.
    """

    def make(replacement: Callable[..., Any]) -> Shim:
        @wraps(replacement, updated=())
        @contextmanager
        def installed(bridge: Bridge) -> Iterator[None]:
            original = getattr(owner, name, None)

            def method(self: Any, *args: Any, **kwargs: Any) -> Any:
                return replacement(bridge, original, self, *args, **kwargs)

            with patch.object(owner, name, method, create=original is None):
                yield

        return installed

    return make


def errors_of_every_service(bridge: Bridge) -> AbstractContextManager[Any]:
    """Moto warns of an error that the service's model does not name; refusals and throttling are never named there."""
    return patch.object(errors, "COMMON_ERROR_CODES", [*errors.COMMON_ERROR_CODES, *COMMON_ERRORS])


def error_answer(response: BaseResponse, code: str, message: str) -> TYPE_RESPONSE:
    """An error in the protocol that the caller speaks, before moto has looked at the call."""
    status, headers, body = response.serialized(ActionResult(AwsError(code, message)))
    headers, body = response._enrich_response(headers, body)
    return status, headers, body


@replaces(BaseResponse, "call_action")
def refused_calls(bridge: Bridge, original: Callable[..., Any], response: BaseResponse) -> TYPE_RESPONSE:
    """Moto answers every caller: IAM policies, boundaries and service control policies are not enforced."""
    if bridge.delay_s:
        time.sleep(bridge.delay_s)
    service, operation = str(response.service_name), response._get_action()
    action = f"{service}:{operation}"
    for refusal in bridge.refusals:
        if refusal.applies(response.current_account, action, response.region):
            code = refusal.code or REFUSAL_CODES.get(service, "AccessDeniedException")
            return error_answer(response, code, f"The caller is not authorized to perform: {action}")
    answer: TYPE_RESPONSE = original(response)
    return answer
