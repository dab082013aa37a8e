"""Observability Access Manager, a service that moto does not know: links of an account to monitoring accounts."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import moto.backend_index
import moto.backends
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.responses import ActionResult, BaseResponse

from orgaudit.demo.moto_gaps.bridge import AwsError, Bridge, Shim

URL = r"https?://oam\.(.+)\.amazonaws\.com"


_LISTED = frozenset({"Arn", "Id", "Label", "ResourceTypes", "SinkArn"})
"""What ListLinks tells of a link."""


class OAMResponse(BaseResponse):
    """Answers ListLinks and GetLink; the links are those of the bridge."""

    bridge = Bridge()

    def __init__(self) -> None:
        super().__init__(service_name="oam")
        self.automated_parameter_parsing = True

    def list_links(self) -> ActionResult:
        """The links of the caller's account in this region."""
        shown = [{name: value for name, value in link.items() if name in _LISTED} for link in self._links()]
        return ActionResult({"Items": shown})

    def get_link(self) -> ActionResult:
        """One of them, with its configuration."""
        found = [link for link in self._links() if link["Arn"] == self._get_param("Identifier")]
        if not found:
            raise AwsError("ResourceNotFoundException", "The link does not exist.")
        return ActionResult(found[0])

    def _links(self) -> list[dict[str, Any]]:
        return self.bridge.links.get((self.current_account, self.region), [])


class OAMBackend(BaseBackend):
    """Holds nothing; moto finds the addresses of a service by its backend."""

    @property
    def _url_module(self) -> Any:
        return OAMUrls


class OAMUrls:
    """What moto expects of a service's `urls` module."""

    url_bases = (URL,)
    url_paths = {"{0}/ListLinks$": OAMResponse.dispatch, "{0}/GetLink$": OAMResponse.dispatch}


oam_backends = BackendDict(OAMBackend, "oam")


@contextmanager
def links_to_monitoring_accounts(bridge: Bridge) -> Iterator[None]:
    """Moto does not know the service: in process it answers 404, over HTTP its server fails."""
    entry = ("oam", re.compile(URL))
    known = moto.backends.get_backend

    def get_backend(name: Any) -> Any:
        return oam_backends if name == "oam" else known(name)

    with ExitStack() as stack:
        stack.enter_context(patch.object(OAMResponse, "bridge", bridge))
        stack.enter_context(patch.object(moto.backends, "get_backend", get_backend))
        moto.backend_index.backend_url_patterns.append(entry)
        stack.callback(moto.backend_index.backend_url_patterns.remove, entry)
        yield


SHIMS: tuple[Shim, ...] = (links_to_monitoring_accounts,)
