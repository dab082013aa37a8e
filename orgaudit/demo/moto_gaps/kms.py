"""KMS: the keys that AWS manages."""

from collections.abc import Callable
from typing import Any

from moto.kms.models import KmsBackend

from orgaudit.demo.moto_gaps.bridge import Bridge, Shim, replaces


@replaces(KmsBackend, "_generate_default_keys")
def keys_managed_by_aws(
    bridge: Bridge, original: Callable[..., Any], backend: KmsBackend, alias_name: str
) -> str | None:
    """Moto makes the key behind `alias/aws/sns` on first use and calls it the customer's."""
    key_id: str | None = original(backend, alias_name)
    if key_id is not None:
        backend.keys[key_id].key_manager = "AWS"
    return key_id


SHIMS: tuple[Shim, ...] = (keys_managed_by_aws,)
