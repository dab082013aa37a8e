"""AWS clients for handing over: the caller's own credentials, and no call but those of the second list."""

import os
from typing import Any

import boto3.session
from botocore.config import Config

from orgaudit.model.handover import HANDOVER_ACTIONS


class NotListedError(Exception):
    """A call that the second list does not hold was about to be made: our own bug, and never sent."""


def client(service: str, *, attempts: int, region: str = "") -> Any:
    """A client by the standard AWS environment. attempts: how often the SDK may send one request. region: where,
    if not the environment says so.

    Raises what botocore raises where region or profile are missing.
    """
    # boto3 reads the region from AWS_DEFAULT_REGION alone; AWS_REGION, which other tools put first, is honoured here
    session = boto3.session.Session(region_name=region or os.environ.get("AWS_REGION") or None)
    session.events.register("before-call", _only_listed)
    config = Config(
        retries={"total_max_attempts": attempts, "mode": "standard"},
        connect_timeout=10,
        read_timeout=60,
        user_agent_extra="orgaudit",
    )
    return session.client(service, config=config)  # type: ignore[call-overload]


def _only_listed(**event: Any) -> None:
    model = event["model"]
    asked = (str(model.service_model.service_name), str(model.name))
    if asked not in HANDOVER_ACTIONS:
        raise NotListedError(f"{':'.join(asked)} is not a call that handing over may make")
