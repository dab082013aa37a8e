"""AWS clients for handing over: the caller's own credentials, and no call but those of the second list."""

import os
from typing import Any
from urllib.parse import urlsplit

import boto3.session
from botocore.config import Config
from botocore.exceptions import ClientError, InvalidConfigError

from orgaudit.model.handover import HANDOVER_ACTIONS


class NotListedError(Exception):
    """A call that the second list does not hold was about to be made: our own bug, and never sent."""


def client(service: str, *, attempts: int, region: str = "") -> Any:
    """A client by the standard AWS environment. attempts: how often the SDK may send one request. region: where,
    if not the environment says so.

    Raises BotoCoreError where region or profile are missing, credentials cannot be had, or the endpoint is no URL.
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
    try:
        if credentials := session.get_credentials():
            credentials.get_frozen_credentials()
        made = session.client(service, config=config)  # type: ignore[call-overload]
        _ = urlsplit(made.meta.endpoint_url).port  # what signing would stumble over
    except (OSError, ValueError, ClientError) as error:  # a program that gives credentials, a role, AWS_ENDPOINT_URL
        raise InvalidConfigError(error_msg=str(error)) from error
    return made


def _only_listed(**event: Any) -> None:
    model = event["model"]
    asked = (str(model.service_model.service_name), str(model.name))
    if asked not in HANDOVER_ACTIONS:
        raise NotListedError(f"{':'.join(asked)} is not a call that handing over may make")
