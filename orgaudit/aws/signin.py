"""Signing in: the credentials of the environment, the role to start with, and who that makes us."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError

from orgaudit.aws.actions import CALLER_ACTIONS, ROLE_ACTIONS, session_policy
from orgaudit.aws.asking import Asker, Signer
from orgaudit.aws.identity import UNUSABLE, AssumedRole, AtHand, role_call
from orgaudit.aws.outcomes import EXPIRED_CODES
from orgaudit.aws.session import Clients, standard_session
from orgaudit.errors import AccessError, ConfigError
from orgaudit.model.arns import parse_arn
from orgaudit.model.calls import Call, Outcome, Record
from orgaudit.model.settings import Organization


@dataclass(frozen=True)
class Caller:
    """As whom this process asks."""

    signer: Signer
    account_id: str
    arn: str
    partition: str
    external_id: str
    records: tuple[Record, ...]
    """What signing in asked."""

    @property
    def principal(self) -> str:
        """The ARN without the session's name: who this is, in whatever process."""
        return principal_of(self.arn)


def principal_of(arn: str) -> str:
    """The ARN of a role session without the session's name; any other ARN as it is."""
    return arn.rpartition("/")[0] if ":assumed-role/" in arn else arn


def clients_by_environment(connections: int) -> Clients:
    """The clients of this process. Raises AccessError where the environment leads nowhere."""
    try:
        return Clients(connections)
    except BotoCoreError as error:
        raise AccessError(
            f"the AWS credentials cannot be used: {error}. Check AWS_PROFILE, or sign in again"
        ) from error


def sign_in(asker: Asker, settings: Organization, region: str, run_id: str) -> Caller:
    """Finds credentials by the standard AWS environment, and assumes the role to start with where there is one.

    Raises AccessError, one line that says what to do, and ConfigError for a start role that is none, or when the
    variable that holds the external id is not set.
    """
    external_id = _external_id(settings)
    signer: Signer = AtHand(_at_hand())
    records: list[Record] = []
    if settings.start_role_arn:
        signer, record = _start_role(asker, settings.start_role_arn, signer, region, run_id, external_id)
        records.append(record)
    identity = answered(asker, Call.of("", region, "sts", "GetCallerIdentity"), signer, _identity_refused)
    answer = identity.answer or {}
    account_id, arn = str(answer["Account"]), str(answer["Arn"])
    records.append(replace(identity, call=replace(identity.call, account_id=account_id)))
    parsed = parse_arn(arn)
    return Caller(signer, account_id, arn, parsed.partition if parsed else "aws", external_id, tuple(records))


def answered(asker: Asker, call: Call, signer: Signer, complaint: Callable[[Record], str]) -> Record:
    """The answer to a call without which nothing can be audited. Raises AccessError with the complaint."""
    record = next(asker.ask(call, signer))
    if record.answer is None:
        raise AccessError(complaint(record))
    return record


def said(record: Record) -> str:
    """What AWS said instead of an answer."""
    return f"{record.error_code}: {record.error_message}".rstrip(": .")


def _at_hand() -> Credentials:
    try:
        found: Credentials | None = standard_session().get_credentials()
        if found is not None:
            found.get_frozen_credentials()
    except UNUSABLE as error:
        raise AccessError(
            f"the AWS credentials cannot be used: {error}. Check AWS_PROFILE, or sign in again"
        ) from error
    if found is None:
        raise AccessError("no AWS credentials found: set AWS_PROFILE, or sign in (for example with `aws sso login`)")
    return found


def _external_id(settings: Organization) -> str:
    if not settings.external_id_env:
        return ""
    if not os.environ.get(settings.external_id_env):
        raise ConfigError(
            f'[organization] external_id_env: the environment variable "{settings.external_id_env}" is not set; '
            "export it, or leave the key out where the role asks for no external id"
        )
    return os.environ[settings.external_id_env]


def _start_role(
    asker: Asker, role_arn: str, at_hand: Signer, region: str, run_id: str, external_id: str
) -> tuple[Signer, Record]:
    arn = parse_arn(role_arn)
    if arn is None or arn.service != "iam" or not arn.resource.startswith("role/"):
        raise ConfigError(
            f'[organization] start_role_arn: "{role_arn}"; expected the ARN of a role, such as '
            "arn:aws:iam::111122223333:role/Auditor"
        )
    call = role_call(arn.partition, arn.account_id, arn.resource.removeprefix("role/"), region, run_id)
    policy = session_policy(ROLE_ACTIONS + CALLER_ACTIONS)
    role = AssumedRole(asker, at_hand, call, external_id, policy)
    record = role.open()
    if record.answer is None:
        raise AccessError(f"the role {role_arn} cannot be assumed: {said(record)}. Check start_role_arn and its trust")
    return role, record


def _identity_refused(record: Record) -> str:
    if record.error_code in EXPIRED_CODES:
        return f"the AWS credentials have expired: sign in again ({said(record)})"
    if record.outcome is Outcome.REFUSED:
        return f"AWS does not accept the credentials: {said(record)}. Check AWS_PROFILE and the region's partition"
    return f"AWS cannot be reached in {record.call.region}: {said(record)}. Check network, proxy and AWS_ENDPOINT_URL"
