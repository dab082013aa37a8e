"""What became of a call: AWS's errors, and those of the way to AWS, sorted into the outcomes that a verdict knows.

Error codes: AWS API references, "Common Errors" and the errors of each operation used (read 2026-11).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore import exceptions as botocore_errors
from botocore.parsers import ResponseParserError

from orgaudit.aws.actions import Action
from orgaudit.model.calls import Outcome

NOT_FOUND_CODES = frozenset(
    {
        "ResourceNotFound",
        "ResourceNotFoundException",
        "TrailNotFoundException",
        "NotFound",
        "NotFoundException",
        "NotFound.Exception",
        "TargetNotFoundException",
        "AccountNotFoundException",
        "ParentNotFoundException",
    }
)
THROTTLED_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttled",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
REFUSED_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "AuthorizationError",
        "AuthorizationErrorException",
        "InsufficientDelegatedAdminPermissionException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "KMSAccessDenied",
        "KMSAccessDeniedException",
        "NotAuthorized",
        "NotManagementAccountException",
        "OperationNotPermittedException",
        "OptInRequired",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "SubscriptionRequiredException",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)
NOT_RENEWED = "CredentialsNotRenewed"
"""Ours, where the credentials that the run started with are over and the environment gives no new ones."""
EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", NOT_RENEWED})
CLOCK_CODES = frozenset(
    {
        "AuthFailure",
        "InvalidSignatureException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)
"""What AWS may say to a signature whose time is too far from its own, beside other reasons to say so: the answer's
``Date`` tells (the list of AWS's own SDKs, for example aws-sdk-js-v3 ``clockSkewErrors``, read 2026-11)."""

UNKNOWN_OPERATION_CODES = frozenset(
    {
        "InvalidAction",
        "NotImplemented",
        "UnknownOperation",
        "UnknownOperationException",
        "UnsupportedOperation",
        "UnsupportedOperationException",
    }
)
PASSING_CODES = frozenset(
    {
        "IDPCommunicationError",
        "InternalError",
        "InternalErrorException",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "InternalServiceException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)
"""Faults of the service that a retry may cure, with whatever HTTP status they come."""

_LONGEST_MESSAGE, _LONGEST_END = 300, 200
_ENCODED = re.compile(r"[A-Za-z0-9+/_=-]{80,}")


class CallError(Exception):
    """A question that got no answer: the outcome to record, and whether to ask again."""

    def __init__(
        self,
        outcome: Outcome,
        code: str,
        message: str = "",
        *,
        again: bool = False,
        request_id: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.outcome = outcome
        self.code = code
        self.message = shortened(message)
        self.again = again
        self.request_id = request_id
        self.headers = headers or {}

    @property
    def expired(self) -> bool:
        """The credentials ran out before the call arrived."""
        return self.code in EXPIRED_CODES

    @property
    def of_clock(self) -> bool:
        """Our clock may be wrong."""
        return self.code in CLOCK_CODES


class IncompleteAnswerError(Exception):
    """An answer shorter than announced, or without what every complete answer has."""


def shortened(message: str) -> str:
    """The message on one line, without encoded blobs, short enough for a cell: AWS names the policy at its end."""
    flat = _ENCODED.sub("[...]", " ".join(message.split()))
    if len(flat) <= _LONGEST_MESSAGE:
        return flat
    return f"{flat[: _LONGEST_MESSAGE - _LONGEST_END - 3]}...{flat[-_LONGEST_END:]}"


UNANSWERED = (
    botocore_errors.BotoCoreError,
    botocore_errors.ClientError,
    ResponseParserError,
    IncompleteAnswerError,
    CallError,
    NotImplementedError,  # an endpoint that lives in this process says so in Python's way
)
"""What a call may raise that is no bug of ours."""

_NOT_OFFERED = (
    botocore_errors.EndpointProviderError,
    botocore_errors.NoRegionError,
    botocore_errors.UnknownEndpointError,
    botocore_errors.UnknownRegionError,
    botocore_errors.UnknownServiceError,
    NotImplementedError,
)


def trouble_of(error: Exception, action: Action, listed: Callable[[], bool]) -> CallError:
    """What one of UNANSWERED means.

    ``listed``: whether botocore knows the service in that region, so that a name without address is a fault of the
    network and not a region without the service.
    """
    if isinstance(error, CallError):
        return error
    if isinstance(error, botocore_errors.ClientError):
        return _of_answer(error, action)
    if isinstance(error, IncompleteAnswerError | ResponseParserError):
        return CallError(Outcome.FAILED, "IncompleteAnswer", str(error), again=True)
    if isinstance(error, botocore_errors.EndpointConnectionError) and not listed():
        return CallError(Outcome.NOT_OFFERED, "NoEndpoint", str(error))
    if isinstance(error, botocore_errors.HTTPClientError | botocore_errors.ConnectionError):
        again = not isinstance(error, botocore_errors.SSLError)
        return CallError(Outcome.FAILED, _kind(error), str(error), again=again)
    if isinstance(error, _NOT_OFFERED):
        return CallError(Outcome.NOT_OFFERED, _kind(error), str(error))
    return CallError(Outcome.FAILED, _kind(error), str(error))


def _kind(error: Exception) -> str:
    return type(error).__name__.removesuffix("Error") or "Error"


def _of_answer(error: botocore_errors.ClientError, action: Action) -> CallError:
    response: Mapping[str, Any] = error.response
    said, about = response.get("Error", {}), response.get("ResponseMetadata", {})
    code, status = str(said.get("Code") or ""), int(about.get("HTTPStatusCode") or 0)
    outcome, again = _sorted(code, status, bool(about.get("RequestId")), action)
    return CallError(
        outcome,
        code or str(status),
        _without_page(str(said.get("Message") or "")),
        again=again,
        request_id=str(about.get("RequestId") or ""),
        headers=about.get("HTTPHeaders") or {},
    )


def _sorted(code: str, status: int, from_aws: bool, action: Action) -> tuple[Outcome, bool]:
    """Outcome and whether to ask again, by error code first: AWS is free in its use of HTTP statuses."""
    if code in EXPIRED_CODES:
        return Outcome.REFUSED, True
    if code in THROTTLED_CODES or status == 429:
        return Outcome.THROTTLED, True
    if code in NOT_FOUND_CODES:
        return Outcome.NOT_FOUND, False
    if code in REFUSED_CODES or "AccessDenied" in code:
        return Outcome.REFUSED, False
    bare = code in {"", str(status), "UnknownError"}
    if code in UNKNOWN_OPERATION_CODES or (status in {404, 405, 501} and bare):
        return Outcome.NOT_OFFERED, False
    if status in {400, 500} and bare and not from_aws and action.optional:
        # An endpoint that stands in for AWS answers an operation or service it does not know with a bare page.
        return Outcome.NOT_OFFERED, True
    if status >= 500 or code in PASSING_CODES:
        return Outcome.FAILED, True
    return (Outcome.REFUSED if status in {401, 403} else Outcome.FAILED), False


def _without_page(message: str) -> str:
    """The message, or nothing where a proxy or server sent a web page instead."""
    return "" if message.lstrip()[:1] == "<" else message
