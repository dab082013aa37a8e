"""KMS: the keys that AWS manages."""

from collections.abc import Callable
from typing import Any

from moto.kms.models import KmsBackend

from orgaudit.demo.moto_gaps.bridge import Bridge, Shim, replaces


@replaces(KmsBackend, "get_key_id_from_alias")
def keys_managed_by_aws(
    bridge: Bridge, original: Callable[..., Any], backend: KmsBackend, alias_name: str
) -> str | None:
    """Moto does not know `alias/aws/sns`, and calls the keys behind the aliases of AWS the customer's."""
    key_id: str | None = original(backend, alias_name)
    if not alias_name.startswith("alias/aws/"):
        return key_id
    if key_id is None:
        key_id = backend.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "Managed by AWS", None).id
        backend.create_alias(key_id, alias_name)
    backend.keys[key_id].key_manager = "AWS"
    return key_id


SHIMS: tuple[Shim, ...] = (keys_managed_by_aws,)
