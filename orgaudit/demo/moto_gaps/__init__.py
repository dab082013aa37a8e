"""Bridges what moto 5.2.5 answers differently from AWS, so that the demo and the tests meet AWS's behaviour.

Each shim is a class-level patch of moto, a small function whose first line says what moto does and AWS does not.
They hold in process and over moto's HTTP server alike. `tests/demo` tests each with and without the shim, so that a
new moto that has learned the behaviour makes a test fail and the shim can go.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from orgaudit.demo.moto_gaps import account, cloudtrail, cloudwatch, kms, logs, oam, organizations, sns, sts
from orgaudit.demo.moto_gaps.bridge import Bridge, Delivery, Shim, errors_of_every_service, refused_calls
from orgaudit.demo.moto_gaps.sns import confirm_subscription

__all__ = ["SHIMS", "Bridge", "Delivery", "bridged_moto", "confirm_subscription"]

SHIMS: tuple[Shim, ...] = (
    errors_of_every_service,
    refused_calls,
    *organizations.SHIMS,
    *sts.SHIMS,
    *cloudtrail.SHIMS,
    *logs.SHIMS,
    *cloudwatch.SHIMS,
    *sns.SHIMS,
    *kms.SHIMS,
    *oam.SHIMS,
    *account.SHIMS,
)
"""In the order of installation: a refusal is looked up before any other shim sees the call."""


@contextmanager
def bridged_moto() -> Iterator[Bridge]:
    """Install every shim; moto is as it was on exit.

    Yields the bridge that holds what moto has no place for. Starts no moto: combine it with ``mock_aws()`` or with
    ``ThreadedMotoServer``. One at a time in a process.
    """
    bridge = Bridge()
    with ExitStack() as stack:
        for shim in SHIMS:
            stack.enter_context(shim(bridge))
        yield bridge
