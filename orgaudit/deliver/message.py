"""The mail as it is sent: headers nobody can forge, text first, HTML second, and what fits of the files."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from orgaudit.deliver.attempt import NotDelivered
from orgaudit.deliver.ledger import Key

BUDGET = 7_000_000
"""Bytes that all attachments together may have; in a mail they take a third more, and many servers stop at 10 MB."""
_FILES: Mapping[str, tuple[str, str]] = {
    "report.pdf": ("application", "pdf"),
    "workbook.xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "results.json": ("application", "json"),
}
"""What a mail carries, and its type: names in ASCII, without blanks."""
_POLICY = SMTP.clone(max_line_length=78)
_JOINERS = "\u200c\u200d"
"""Not printable by themselves, and part of words and of emoji all the same."""
_ENCODED_WORD = re.compile(r"=(?=\?)")


def enclosed(sizes: Mapping[str, int], budget: int = BUDGET) -> tuple[list[str], list[str]]:
    """The files to attach, and those to leave out: all where they fit, else the PDF alone, else none.

    sizes: in bytes, of the files that there are.
    """
    every = [name for name in _FILES if name in sizes]
    for attached in (every, [name for name in every if name == "report.pdf"]):
        if sum(sizes[name] for name in attached) <= budget:
            return attached, [name for name in every if name not in attached]
    return [], every


def mail(
    key: Key,
    addresses: tuple[str, str],
    letter: tuple[str, str, str],
    attached: Mapping[str, bytes],
    date: datetime,
) -> EmailMessage:
    """The message for one recipient.

    addresses: sender and recipient, as configured. letter: subject, text and HTML. Raises NotDelivered for a header
    that holds a line break.
    """
    sender, recipient = (_address(address) for address in addresses)
    subject, text, html = letter
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = header(subject, "Subject")
    message["Date"] = format_datetime(date)
    message["Message-ID"] = message_id(key, sender.domain)
    # tells out-of-office programs that nobody waits for their answer (RFC 3834)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    for name, content in attached.items():
        maintype, subtype = _FILES[name]
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return message


def message_id(key: Key, domain: str) -> str:
    """The same for the same key, so that whoever gets a mail twice can see that it is one."""
    text = "\0".join((key.manifest_sha256, key.scope, key.recipient))
    return f"<{hashlib.sha256(text.encode()).hexdigest()[:40]}@{domain}>"


def header(text: str, name: str) -> str:
    """The text for a header: what cannot be seen is written out, and nothing in it reads as an encoded word.

    Raises NotDelivered for a line break, which would begin another header.
    """
    if "\r" in text or "\n" in text:
        raise NotDelivered(
            f"the mail's header {name} would hold a line break: {text[:60]!r}. Take it out of [report] in config.toml"
        )
    seen = "".join(one if one.isprintable() or one in _JOINERS else f"\\u{ord(one):04x}" for one in text)
    return _ENCODED_WORD.sub("= ", seen)


def recipient_of(address: str) -> str:
    """The bare address, in lower case: what the ledger knows a recipient by."""
    return parseaddr(address)[1].casefold()


def _address(text: str) -> Address:
    name, spec = parseaddr(header(text, "From or To"))
    return Address(display_name=name, addr_spec=spec)
