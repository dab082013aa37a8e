"""One botocore session and one client per service and region for the whole run; only the credentials change.

A session and clients of its own cost every account some 70 ms of CPU (botocore 1.44.5, measured); swapping the
credentials under shared clients costs nothing. The credentials that sign a request come from a context variable
without default: whoever forgets to say as whom he asks gets an error, never somebody else's signature.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import botocore
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, InvalidEndpointConfigurationError

from orgaudit import __version__
from orgaudit.aws.actions import action_of
from orgaudit.aws.clock import Clock
from orgaudit.aws.outcomes import IncompleteAnswerError
from orgaudit.aws.parsing import Parsers

CONNECT_S, READ_S = 5, 20
"""How long AWS may take to be reached, and to begin an answer."""

_signing_as: ContextVar[ReadOnlyCredentials] = ContextVar("signing_as")
_received = threading.local()


@contextmanager
def signing_as(credentials: ReadOnlyCredentials) -> Iterator[None]:
    """Requests inside are signed with these credentials; other threads are not touched."""
    token = _signing_as.set(credentials)
    try:
        yield
    finally:
        _signing_as.reset(token)


class SwappedCredentials(Credentials):
    """Credentials that are, at each signature, those of the account asked as."""

    def __init__(self) -> None:
        super().__init__(access_key="swapped", secret_key="swapped", method="orgaudit")

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Whoever is asking now; raises LookupError where nobody said."""
        return _signing_as.get()


class _SwappedProvider(CredentialProvider):
    METHOD = "orgaudit"
    CANONICAL_NAME = "orgaudit"

    def load(self) -> Credentials:
        return SwappedCredentials()


def standard_session() -> botocore.session.Session:
    """A botocore session by the standard AWS environment: profile, region, endpoint, proxies, certificates.

    botocore itself reads the region from AWS_DEFAULT_REGION alone; AWS_REGION, which other tools put first, is
    honoured here.
    """
    session = botocore.session.Session()
    if region := os.environ.get("AWS_REGION"):
        session.set_config_variable("region", region)
    return session


class Clients:
    """The clients of a run, made on first use and shared by all threads."""

    def __init__(self, connections: int) -> None:
        self.clock = Clock()
        self._session = standard_session()
        self._session.register_component("credential_provider", CredentialResolver([_SwappedProvider()]))
        self._session.register_component("response_parser_factory", Parsers())
        self._session.register("before-call", _only_listed)
        self._session.register("choose-signer", self.clock.choose_signer)
        self._session.register("before-parse", _keep_body)
        self._config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            max_pool_connections=connections,
            parameter_validation=False,
            # as CloudTrail shows it; botocore would put its own together anew for each call, a tenth of the call's cost
            user_agent=f"orgaudit/{__version__} Botocore/{botocore.__version__}",
        )
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def start_region(self) -> str:
        """The region of the environment; empty where it names none."""
        return str(self._session.get_config_variable("region") or "")

    def call(self, service: str, operation: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
        """Asks once, as whoever is signing now. Raises what botocore raises, and NotAllowedError."""
        action_of(service, operation)
        client = self._clients.get((service, region)) or self._client(service, region)
        answer: dict[str, Any] = client._make_api_call(operation, params)
        return answer

    def received(self) -> bytes:
        """The body of the last answer that this thread received."""
        body: bytes = getattr(_received, "body", b"")
        return body

    def listed(self, service: str, region: str) -> bool:
        """Whether botocore knows this service to exist in this region; a global service exists everywhere."""
        regions = self._session.get_available_regions(service, self._session.get_partition_for_region(region))
        return region in regions or not regions

    def close(self) -> None:
        """Closes every connection."""
        with self._lock:
            for client in self._clients.values():
                client.close()

    def _client(self, service: str, region: str) -> Any:
        with self._lock:  # botocore does not make clients in two threads at once
            if (service, region) not in self._clients:
                self._clients[service, region] = self._made(service, region)
            return self._clients[service, region]

    def _made(self, service: str, region: str) -> Any:
        try:
            made = self._session.create_client(service, region_name=region, config=self._config)
            _ = urlsplit(made.meta.endpoint_url).port  # what signing would stumble over
        except BotoCoreError:
            raise
        except ValueError as error:  # botocore's word for AWS_ENDPOINT_URL that is no URL
            raise InvalidEndpointConfigurationError(msg=str(error)) from error
        return made


def _only_listed(**event: Any) -> None:
    """Second lock on the same door: whatever is asked through this session must be in the table."""
    model = event["model"]
    action_of(model.service_model.service_name, model.name)


def _keep_body(**event: Any) -> None:
    """Keeps the bytes as received, and refuses an answer that is shorter than its header says.

    botocore 1.44.5 with urllib3 2.8 hands on a truncated JSON answer as an empty one (measured).
    """
    response = event["response_dict"]
    body = response["body"]
    _received.body = body
    announced = response["headers"].get("content-length", "")
    encoded = response["headers"].get("content-encoding")
    if announced.isdigit() and not encoded and len(body) < int(announced):
        raise IncompleteAnswerError(f"{len(body)} of {announced} bytes arrived")
