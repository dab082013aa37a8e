"""Signs a manifest with an asymmetric KMS key, on the caller's own credentials.

The signature is kept as the service gives it. How it is checked, offline: ``orgaudit.evidence.signature``.
"""

import hashlib
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from orgaudit.deliver.clients import client
from orgaudit.errors import AccessError, ConfigError, DeliveryError
from orgaudit.model.arns import region_of

_ALGORITHMS = ("RSASSA_PKCS1_V1_5_SHA_256", "ECDSA_SHA_256", "ECDSA_SHA_384", "ECDSA_SHA_512")
"""Every RSA key offers the first, every ECC key one of the others (AWS KMS key specs, read 2026-11)."""

_MOST_RAW = 4096
"""Bytes that the service takes; of a longer message it wants the hash (AWS KMS API Reference, Sign, read 2026-11)."""
_UNFIT = frozenset({"NotFoundException", "InvalidArnException", "ValidationException", "UnsupportedOperationException"})


class KmsKey:
    """A key that signs, asked for before a run so that a wrong one shows at once."""

    def __init__(self, key_id: str) -> None:
        """Raises ConfigError for a key that is not there or cannot sign a manifest, AccessError where it is refused."""
        self._key_id = key_id
        try:
            self._kms = client("kms", attempts=3, region=region_of(key_id))
            answer: dict[str, Any] = self._kms.get_public_key(KeyId=key_id)
        except (ClientError, BotoCoreError) as error:
            kind = ConfigError if _code(error) in _UNFIT else AccessError
            raise kind(
                f'[sign] kms_key_id = "{key_id}": the key cannot be used: {error}. Check its id and region, and allow '
                "kms:GetPublicKey and kms:Sign"
            ) from None
        offered = answer.get("SigningAlgorithms") or []
        fit = [algorithm for algorithm in _ALGORITHMS if algorithm in offered]
        if not fit:
            raise ConfigError(
                f'[sign] kms_key_id = "{key_id}": is a key of spec {answer.get("KeySpec")} for '
                f"{answer.get('KeyUsage')}; expected an RSA or ECC key for SIGN_VERIFY"
            )
        self._algorithm = fit[0]

    def sign(self, message: bytes) -> bytes:
        """The signature. Raises DeliveryError where it is not given."""
        kind = "RAW"
        if len(message) > _MOST_RAW:
            kind, message = "DIGEST", hashlib.new(f"sha{self._algorithm[-3:]}", message).digest()
        try:
            answer = self._kms.sign(
                KeyId=self._key_id, Message=message, MessageType=kind, SigningAlgorithm=self._algorithm
            )
        except (ClientError, BotoCoreError) as error:
            raise DeliveryError(
                f"the manifest could not be signed with {self._key_id}: {error}. Allow kms:Sign, or leave [sign] out"
            ) from None
        signature: bytes = answer["Signature"]
        return signature


def _code(error: ClientError | BotoCoreError) -> str:
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""
