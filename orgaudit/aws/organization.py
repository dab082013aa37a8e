"""The way in: who asks, which organization that is, which accounts it has and where they stand in it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain

from orgaudit.aws.asking import Asker, Masker, Patience
from orgaudit.aws.engine import threads
from orgaudit.aws.signin import answered, clients_by_environment, said, sign_in
from orgaudit.aws.worker import Identity
from orgaudit.errors import AccessError
from orgaudit.model.calls import Call, Record
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
    clients = clients_by_environment(connections or threads(config.collect))
    with ExitStack() as undo:
        undo.callback(clients.close)
        asker = Asker(clients, masker, patience=patience)
        access = _opened(asker, config.organization, run_id)
        undo.pop_all()
    return access


def _opened(asker: Asker, settings: Organization, run_id: str) -> Access:
    hurried = asker.hurried()
    region = asker.clients.start_region or LEADERS["aws"]
    caller = sign_in(hurried, settings, region, run_id)
    where = _ORGANIZATIONS_REGIONS.get(caller.partition, region)
    me = Identity(caller.account_id, caller.partition, region, where, run_id, caller.signer, caller.external_id)
    question = Call.of(caller.account_id, where, "organizations", "DescribeOrganization")
    described = answered(hurried, question, caller.signer, _no_organization)
    organization = (described.answer or {}).get("Organization") or {}
    listing = asker.ask(Call.of(caller.account_id, where, "organizations", "ListAccounts"), caller.signer)
    first = next(listing)
    _check_listing(first, caller.arn)
    return Access(
        asker,
        me,
        caller.arn,
        str(organization.get("Id") or ""),
        str(organization.get("MasterAccountId") or ""),
        [*caller.records, described],
        chain([first], listing),
    )


def _no_organization(record: Record) -> str:
    if record.error_code == "AWSOrganizationsNotInUseException":
        return f"account {record.call.account_id} is not in an organization: start in the management account"
    return (
        f"the organization cannot be read from account {record.call.account_id}: {said(record)}. Allow what "
        "`orgaudit policy --for start` lists"
    )


def _check_listing(first: Record, caller_arn: str) -> None:
    """A member account gets a refusal from AWS, and an empty list from some endpoints that stand in for it."""
    if first.answer is None:
        raise AccessError(
            f"{caller_arn} may not list the organization's accounts: {said(first)}. "
            "Start in the management account or a delegated administrator"
        )
    if first.last_page and not items(first.answer, "Accounts"):
        raise AccessError(
            f"the organization lists no accounts to {caller_arn}: start in the management or a delegated account"
        )


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
