"""What must never be stored is taken out before anything is written: addresses of people, secrets in endpoints.

A keyed hash stands in for what was there, so that equal addresses stay equal and nobody can look one up. The key lies
beside the bundles, never in one.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from orgaudit.errors import OutputError, cannot_write
from orgaudit.model.calls import Json

KEY_FILE = ".mask.key"
_KEY_BYTES = 32

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@((?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+)")
_URL = re.compile(r"\bhttps?://[^\s\"'<>\\]+", re.IGNORECASE)
_TOKEN = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_.~-]{16,}")
_HOOKS = ("hooks.", "webhook", "events.pagerduty.com", "api.opsgenie.com", "api.eu.opsgenie.com")
_KEPT = frozenset({"filterPattern", "eventMessage", "FilterPolicy", "AlarmRule", "Expression", "Policy"})
"""Texts that a verdict judges: they are stored as AWS gave them."""


def mask_key(folder: Path) -> bytes:
    """The key of this output folder, made when there is none. Raises OutputError when the folder refuses."""
    path = folder / KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes()
        else:
            key = secrets.token_bytes(_KEY_BYTES)
            with os.fdopen(handle, "wb") as file:
                file.write(key)
    except OSError as error:
        raise cannot_write(folder, error) from error
    if len(key) < _KEY_BYTES:
        raise OutputError(f"{path} is not a key of this tool: remove it to have a new one made")
    return key


class Mask:
    """Masks answers with one key. Pure: the same answer always gives the same masked answer."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @property
    def fingerprint(self) -> str:
        """Tells one key from another, and nothing of it."""
        return hmac.new(self._key, b"orgaudit", hashlib.sha256).hexdigest()[:16]

    def answer(self, name: str, answer: Json) -> tuple[Json, bool]:
        """The answer to the call of that name without secrets, and whether anything was masked."""
        masked = _Answer(self, organization=name.startswith("organizations:")).value(answer, "")
        if name == "sts:AssumeRole" and "Credentials" in masked:
            masked = {member: value for member, value in masked.items() if member != "Credentials"}
        return masked, masked != answer

    def text(self, text: str) -> str:
        """A message without addresses and without secrets in URLs."""
        return _EMAIL.sub(lambda found: self.email(found[0]), self.urls(text))

    def digest(self, body: bytes, masked: bool) -> str:
        """SHA-256 of the received bytes in hex; keyed where something in them was masked, so that nobody can guess."""
        if masked:
            return hmac.new(self._key, body, hashlib.sha256).hexdigest()
        return hashlib.sha256(body).hexdigest()

    def email(self, address: str) -> str:
        """First letter and domain stay: ``a***@example.com~1a2b3c4d``."""
        local, _, domain = address.rpartition("@")
        return f"{local[:1]}***@{domain.lower()}~{self._hash(address)}"

    def endpoint(self, endpoint: str) -> str:
        """A subscription's endpoint: what kind it is and where it leads stays, what opens it does not.

        ARNs are no secret. ``https://host/~1a2b3c4d`` for a URL, ``***89~1a2b3c4d`` for a telephone number.
        """
        if not endpoint or endpoint.startswith("arn:") or "~" in endpoint[-9:-8]:
            return endpoint
        if "://" in endpoint:
            return self._host_only(endpoint)
        if "@" in endpoint:
            return self.email(endpoint)
        visible = endpoint[-2:] if endpoint[-2:].isdigit() else ""
        return f"***{visible}~{self._hash(endpoint)}"

    def urls(self, text: str) -> str:
        """The text with every URL cut to its host that carries a password, a query or a token."""
        return _URL.sub(lambda found: self._url(found[0]), text)

    def _url(self, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:  # brackets around anything but an address: people write https://[wiki]/runbook
            return self._host_only(url)
        secret = (
            "@" in parts.netloc
            or parts.query
            or parts.netloc.lower().startswith(_HOOKS)
            or any(_TOKEN.fullmatch(step) for step in parts.path.split("/"))
        )
        return self._host_only(url) if secret else url

    def _host_only(self, url: str) -> str:
        scheme, _, rest = url.partition("://")
        host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
        return f"{scheme.lower()}://{host.lower()}/~{self._hash(url)}"

    def _hash(self, text: str) -> str:
        return hmac.new(self._key, text.strip().casefold().encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:8]


class _Answer:
    """Walks one answer; what stays as it is, is not copied."""

    def __init__(self, mask: Mask, organization: bool) -> None:
        self._mask = mask
        self._text: Callable[[str], str] = mask.text if organization else mask.urls

    def value(self, value: object, member: str) -> Json:
        return self._walk(value, member)  # type: ignore[return-value]

    def _walk(self, value: object, member: str) -> object:
        if isinstance(value, dict):
            return {key: self._walk(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._walk(inner, member) for inner in value]
        if not isinstance(value, str) or member in _KEPT:
            return value
        return self._mask.endpoint(value) if member == "Endpoint" else self._plain(value)

    def _plain(self, value: str) -> str:
        return self._text(value) if "@" in value or "://" in value else value
