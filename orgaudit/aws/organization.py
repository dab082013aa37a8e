"""The way in: who asks, which organization that is, which accounts it has and where they stand in it."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain

from botocore.exceptions import BotoCoreError

from orgaudit.aws.actions import CALLER_ACTIONS, ROLE_ACTIONS, session_policy
from orgaudit.aws.asking import Asker, Masker, Patience, Signer
from orgaudit.aws.engine import default_workers
from orgaudit.aws.identity import AssumedRole, AtHand, role_call
from orgaudit.aws.outcomes import EXPIRED_CODES
from orgaudit.aws.session import Clients, standard_session
from orgaudit.aws.worker import Identity
from orgaudit.errors import AccessError, ConfigError
from orgaudit.model.arns import parse_arn
from orgaudit.model.calls import Call, Outcome, Record
from orgaudit.model.settings import Config, Organization
from orgaudit.model.values import items

LEADERS = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
}
"""The region of each partition where global services log, and which nobody denies without reason."""

_ORGANIZATIONS_REGIONS = LEADERS | {"aws-cn": "cn-northwest-1"}
"""Where Organizations answers (AWS Organizations endpoints and quotas, read 2026-11)."""

CLOUDTRAIL = "cloudtrail.amazonaws.com"


@dataclass
class Access:
    """An organization that can be asked."""

    asker: Asker
    identity: Identity
    caller_arn: str
    organization_id: str
    management_account_id: str
    records: list[Record]
    """What opening asked, without the listing."""
    listing: Iterator[Record]
    """The pages of ListAccounts; asked as they are taken."""

    @property
    def caller_account_id(self) -> str:
        """The account that the run starts in."""
        return self.identity.account_id

    @property
    def partition(self) -> str:
        """The partition of the organization: aws, aws-cn, aws-us-gov."""
        return self.identity.partition

    @property
    def start_region(self) -> str:
        """The region of the environment, else the partition's leader."""
        return self.identity.region

    def call(self, operation: str, **params: str) -> Call:
        """A question to Organizations."""
        me = self.identity
        return Call.of(me.account_id, me.organizations_region, "organizations", operation, **params)

    def ask(self, call: Call) -> list[Record]:
        """The pages of an answer, asked as the account the run starts in."""
        return list(self.asker.ask(call, self.identity.signer))

    def close(self) -> None:
        """Closes every connection; nothing can be asked afterwards."""
        self.asker.stop()
        self.asker.clients.close()


def open_organization(
    config: Config, run_id: str, masker: Masker, *, connections: int = 0, patience: Patience | None = None
) -> Access:
    """Finds credentials and organization by the standard AWS environment and the configuration.

    ``run_id`` names the sessions. Raises AccessError, one line that says what to do, when there is nothing to audit,
    and ConfigError when the variable that holds the external id is not set.
    """
    settings = config.organization
    external_id = _external_id(settings)
    try:
        clients = Clients(connections or config.collect.workers or default_workers())
        at_hand = standard_session().get_credentials()
        region = clients.start_region or LEADERS["aws"]
        if at_hand is not None:
            at_hand.get_frozen_credentials()
    except BotoCoreError as error:
        raise AccessError(f"the AWS credentials cannot be used: {error}") from error
    if at_hand is None:
        raise AccessError("no AWS credentials found: set AWS_PROFILE, or sign in (for example with `aws sso login`)")
    with ExitStack() as undo:
        undo.callback(clients.close)
        asker = Asker(clients, masker, patience=patience)
        access = _opened(asker, settings, AtHand(at_hand), region, run_id, external_id)
        undo.pop_all()
    return access


def _external_id(settings: Organization) -> str:
    if not settings.external_id_env:
        return ""
    if not os.environ.get(settings.external_id_env):
        raise ConfigError(
            f'[organization] external_id_env: the environment variable "{settings.external_id_env}" is not set'
        )
    return os.environ[settings.external_id_env]


def _opened(
    asker: Asker, settings: Organization, at_hand: Signer, region: str, run_id: str, external_id: str
) -> Access:
    signer, hurried = at_hand, asker.hurried()
    records: list[Record] = []
    if settings.start_role_arn:
        signer, record = _start_role(hurried, settings.start_role_arn, at_hand, region, run_id, external_id)
        records.append(record)
    identity = _asked(hurried, Call.of("", region, "sts", "GetCallerIdentity"), signer, _identity_refused)
    answer = identity.answer or {}
    account_id, arn = str(answer["Account"]), str(answer["Arn"])
    records.append(replace(identity, call=replace(identity.call, account_id=account_id)))
    parsed = parse_arn(arn)
    partition = parsed.partition if parsed else "aws"
    where = _ORGANIZATIONS_REGIONS.get(partition, region)
    me = Identity(account_id, partition, region, where, run_id, signer, external_id)
    described = _asked(
        hurried, Call.of(account_id, where, "organizations", "DescribeOrganization"), signer, _no_organization
    )
    records.append(described)
    organization = (described.answer or {}).get("Organization") or {}
    listing = asker.ask(Call.of(account_id, where, "organizations", "ListAccounts"), signer)
    first = next(listing)
    _check_listing(first, arn)
    return Access(
        asker,
        me,
        arn,
        str(organization.get("Id") or ""),
        str(organization.get("MasterAccountId") or ""),
        records,
        chain([first], listing),
    )


def _start_role(
    asker: Asker, role_arn: str, at_hand: Signer, region: str, run_id: str, external_id: str
) -> tuple[Signer, Record]:
    arn = parse_arn(role_arn)
    if arn is None or arn.service != "iam" or not arn.resource.startswith("role/"):
        raise ConfigError(f'[organization] start_role_arn: "{role_arn}" is not the ARN of a role')
    call = role_call(arn.partition, arn.account_id, arn.resource.removeprefix("role/"), region, run_id)
    policy = session_policy(ROLE_ACTIONS + CALLER_ACTIONS)
    role = AssumedRole(asker, at_hand, call, external_id, policy)
    record = role.open()
    if record.answer is None:
        raise AccessError(f"the role {role_arn} cannot be assumed: {_said(record)}. Check start_role_arn and its trust")
    return role, record


def _asked(asker: Asker, call: Call, signer: Signer, complaint: Callable[[Record], str]) -> Record:
    record = next(asker.ask(call, signer))
    if record.answer is None:
        raise AccessError(complaint(record))
    return record


def _identity_refused(record: Record) -> str:
    if record.error_code in EXPIRED_CODES:
        return f"the AWS credentials have expired: sign in again ({_said(record)})"
    if record.outcome is Outcome.REFUSED:
        return f"AWS does not accept the credentials: {_said(record)}. Check AWS_PROFILE and the region's partition"
    return f"AWS cannot be reached in {record.call.region}: {_said(record)}. Check network, proxy and AWS_ENDPOINT_URL"


def _no_organization(record: Record) -> str:
    if record.error_code == "AWSOrganizationsNotInUseException":
        return f"account {record.call.account_id} is not in an organization: start in the management account"
    return f"the organization cannot be read from account {record.call.account_id}: {_said(record)}"


def _check_listing(first: Record, caller_arn: str) -> None:
    """A member account gets a refusal from AWS, and an empty list from some endpoints that stand in for it."""
    if first.answer is None:
        raise AccessError(
            f"{caller_arn} may not list the organization's accounts: {_said(first)}. "
            "Start in the management account or a delegated administrator"
        )
    if first.last_page and not items(first.answer, "Accounts"):
        raise AccessError(
            f"the organization lists no accounts to {caller_arn}: start in the management or a delegated account"
        )


def _said(record: Record) -> str:
    return f"{record.error_code}: {record.error_message}".rstrip(": .")


def once(access: Access) -> Iterator[Record]:
    """What is asked once per run beside accounts and units: trusted access and CloudTrail's administrators."""
    yield from access.ask(access.call("ListAWSServiceAccessForOrganization"))
    yield from access.ask(access.call("ListDelegatedAdministrators", ServicePrincipal=CLOUDTRAIL))


def walk_units(access: Access) -> Iterator[Record]:
    """The organizational units, from the roots down."""
    waiting = []
    for record in access.ask(access.call("ListRoots")):
        yield record
        waiting += [str(root["Id"]) for root in items(record.answer, "Roots") if root.get("Id")]
    seen = set(waiting)
    while waiting:
        for record in access.ask(access.call("ListOrganizationalUnitsForParent", ParentId=waiting.pop(0))):
            yield record
            below = {str(unit["Id"]) for unit in items(record.answer, "OrganizationalUnits") if unit.get("Id")}
            waiting += sorted(below - seen)
            seen |= below


def place_accounts(access: Access, units: Mapping[str, str]) -> Iterator[Record]:
    """The accounts of each unit, for a listing that does not say where its accounts are."""
    for unit in sorted(units):
        yield from access.ask(access.call("ListAccountsForParent", ParentId=unit))
