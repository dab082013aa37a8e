"""Mail by SMTP: encrypted unless the server is this machine, one connection for one mail.

A refusal before or after the message is definite: the server said no. A connection that breaks once the message went
out is not: the server may have taken it.
"""

import os
import re
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP

from orgaudit.deliver.attempt import AnswerLost, NotDelivered
from orgaudit.errors import ConfigError
from orgaudit.model.settings import Delivery

TIMEOUT_S = 60.0
IMPLICIT_TLS_PORT = 465
"""Where TLS begins with the connection rather than with STARTTLS (RFC 8314)."""
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


def password(delivery: Delivery, position: int) -> str:
    """The password out of the environment; empty where none is configured.

    Raises ConfigError where the variable is not set. position: of the delivery in the configuration, from 1.
    """
    if not delivery.password_env:
        return ""
    if not os.environ.get(delivery.password_env):
        raise ConfigError(
            f'key deliver[{position}].password_env = "{delivery.password_env}"; this environment variable is not set: '
            f"set it to the password of {delivery.username or 'the mail server'}"
        )
    return os.environ[delivery.password_env]


def send(delivery: Delivery, message: EmailMessage, secret: str) -> str:
    """Hand one message over; the server's answer. Raises NotDelivered or AnswerLost."""
    where = f"{delivery.host}:{delivery.port}"
    smtp = _connected(delivery, where)
    try:
        _signed_in(smtp, delivery, secret, where)
        return _handed_over(smtp, message, where)
    except smtplib.SMTPException as error:
        raise NotDelivered(f"{where} broke off before it took the mail: {error}") from error
    finally:
        smtp.close()


def _connected(delivery: Delivery, where: str) -> smtplib.SMTP:
    """A connection that nobody reads along, unless it never leaves this machine."""
    implicit = delivery.starttls and delivery.port == IMPLICIT_TLS_PORT
    smtp: smtplib.SMTP | None = None
    try:
        if implicit:
            smtp = smtplib.SMTP_SSL(delivery.host, delivery.port, timeout=TIMEOUT_S, context=_context())
        else:
            smtp = smtplib.SMTP(delivery.host, delivery.port, timeout=TIMEOUT_S)
        smtp.ehlo_or_helo_if_needed()
        if delivery.starttls and not implicit:
            smtp.starttls(context=_context())
            smtp.ehlo()
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        if smtp is not None:
            smtp.close()
        raise _no_connection(error, where) from error
    return smtp


def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _no_connection(error: Exception, where: str) -> NotDelivered:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotDelivered(f"{where} offers no STARTTLS, and a mail is not sent in the clear: correct host or port")
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotDelivered(
            f"the certificate of {where} is not trusted ({error.verify_message}): correct host, or name the "
            "authority's certificate in SSL_CERT_FILE"
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return _refused(where, "refused the connection", error.smtp_code, error.smtp_error)
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return NotDelivered(f"{where} cannot be reached ({reason}): check host and port in [[deliver]]")


def _signed_in(smtp: smtplib.SMTP, delivery: Delivery, secret: str, where: str) -> None:
    if not delivery.username:
        return
    try:
        smtp.login(delivery.username, secret)
    except smtplib.SMTPNotSupportedError as error:
        raise NotDelivered(f"{where} offers no login: leave username empty, or correct host or port") from error
    except smtplib.SMTPAuthenticationError as error:
        raise _refused(
            where,
            f'refused the login of "{delivery.username}"',
            error.smtp_code,
            error.smtp_error,
            f"check username, and the password in the variable {delivery.password_env}",
        ) from error
    except UnicodeError:  # not chained: it quotes the password
        raise NotDelivered(
            f'the login of "{delivery.username}" at {where} takes ASCII only: have a user name and a password without '
            "other characters made"
        ) from None
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPException as error:
        raise NotDelivered(f'{where} refused the login of "{delivery.username}": {error}') from error


def _handed_over(smtp: smtplib.SMTP, message: EmailMessage, where: str) -> str:
    sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    content = message.as_bytes(policy=SMTP)
    size = [f"size={len(content)}"] if smtp.has_extn("size") else []
    asked = {
        "sender": (smtp.mail, (sender, size), f"refused the sender {sender}"),
        "to": (smtp.rcpt, (recipient,), f"refused {recipient}"),
    }
    for key, (ask, words, what) in asked.items():
        code, answer = ask(*words)
        if code not in (250, 251):
            raise _refused(where, what, code, answer, f"check {key} in [[deliver]]")
    code, answer = smtp.docmd("DATA")
    if code != 354:
        raise _refused(where, "refused the mail", code, answer)
    code, answer = _content(smtp, content, where)
    if 400 <= code < 600:
        raise _refused(where, "refused the mail", code, answer)
    if code != 250:
        raise AnswerLost(f"{where} answered the mail with {_text(code, answer)}: it may have arrived")
    with suppress(smtplib.SMTPException, OSError):  # it is taken, whatever becomes of the goodbye
        smtp.quit()
    return _text(code, answer)


def _content(smtp: smtplib.SMTP, content: bytes, where: str) -> tuple[int, bytes]:
    """The mail itself, and what the server says to it."""
    try:
        smtp.send(_LEADING_DOT.sub(b"..", content) + b".\r\n")
        return smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise AnswerLost(
            f"the connection to {where} was lost after the mail was handed over ({error}): it may have arrived"
        ) from error


def _refused(where: str, what: str, code: int, answer: bytes | str, advice: str = "") -> NotDelivered:
    return NotDelivered(
        f"{where} {what}: {_text(code, answer)}" + (f": {advice}" if advice else ""), temporary=400 <= code < 500
    )


def _text(code: int, answer: bytes | str) -> str:
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(said.split())}"[:300]
