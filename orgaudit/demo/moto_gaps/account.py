"""Account management: the regions that an account has enabled."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from moto.account import urls
from moto.account.responses import AccountResponse
from moto.core.responses import ActionResult

from orgaudit.demo.moto_gaps.bridge import Bridge, Shim


@contextmanager
def enabled_regions(bridge: Bridge) -> Iterator[None]:
    """Moto keeps an account's contacts and knows nothing of its regions; every account has those of the bridge."""

    def list_regions(response: AccountResponse) -> ActionResult:
        status = "ENABLED_BY_DEFAULT"
        return ActionResult(
            {"Regions": [{"RegionName": name, "RegionOptStatus": status} for name in bridge.enabled_regions]}
        )

    with ExitStack() as stack:
        stack.enter_context(patch.object(AccountResponse, "list_regions", list_regions, create=True))
        stack.enter_context(patch.dict(urls.url_paths, {"{0}/listRegions$": AccountResponse.dispatch}))
        yield


SHIMS: tuple[Shim, ...] = (enabled_regions,)
