"""Mail by Amazon SES, API version 2: the whole message as it is, sent once.

The SDK's own retries are off: a request that timed out may have been taken. SES puts its own Message-ID and Date over
ours (SES developer guide, header fields, read 2026-11-26); its id goes into the ledger.
"""

import ssl
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.parsers import ResponseParserError

from orgaudit.deliver.attempt import AnswerLost, NotDelivered
from orgaudit.deliver.clients import client

_THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestThrottled"})
_AFTER_SENDING = (ReadTimeoutError, ConnectionClosedError, ResponseStreamingError, ResponseParserError)
"""What goes wrong after the request went out. Every other error of botocore's comes before."""


def send(message: EmailMessage) -> str:
    """Hand one message over; the id that SES gave it. Raises NotDelivered or AnswerLost."""
    sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    try:
        answer = client("sesv2", attempts=1).send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [recipient]},
            Content={"Raw": {"Data": message.as_bytes(policy=SMTP)}},
        )
    except ClientError as error:
        raise _answered(error) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise _unanswered(error) from error
    return f"SES message id {answer.get('MessageId', 'not given')}"


def _answered(error: ClientError) -> Exception:
    """A refusal is definite; a fault of the service is not."""
    answer: Any = error.response
    code, status = answer.get("Error", {}).get("Code", ""), answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    said = f"{code}: {answer.get('Error', {}).get('Message', '')}"[:300]
    if code in _THROTTLED:
        return NotDelivered(f"Amazon SES is throttling: {said}", temporary=True)
    if 400 <= status < 500:
        advice = _ADVICE.get(code, "check sender and to in [[deliver]]")
        return NotDelivered(f"Amazon SES refused the mail: {said}: {advice}")
    return AnswerLost(f"Amazon SES failed with {status} {said}: the mail may have been taken")


_ACCESS = "the credentials of this run need ses:SendEmail and ses:SendRawEmail on the sender's identity"
_ADVICE = {
    "AccessDeniedException": _ACCESS,
    "AccessDenied": _ACCESS,
    "MessageRejected": "verify the sender's identity in this region, and leave the sandbox or verify the recipient",
    "MailFromDomainNotVerifiedException": "verify the MAIL FROM domain in SES",
    "SendingPausedException": "sending is paused for this account",
    "AccountSuspendedException": "sending is suspended for this account",
    "LimitExceededException": "the sending quota of this account is used up; send again later",
}


def _unanswered(error: Exception) -> Exception:
    if isinstance(error, _AFTER_SENDING) or (type(error) is HTTPClientError and not _before_sending(error)):
        return AnswerLost(f"Amazon SES gave no answer ({error}): the mail may have been taken")
    return NotDelivered(f"Amazon SES cannot be asked ({error}): check AWS_PROFILE, AWS_REGION and the network")


def _before_sending(error: HTTPClientError) -> bool:
    return isinstance(error.kwargs.get("error"), ssl.SSLCertVerificationError)
