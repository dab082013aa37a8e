"""What a worker in another process is told. No credentials: it finds them in its own environment, as this one did."""

import uuid
from dataclasses import dataclass, field, replace

from botocore.credentials import ReadOnlyCredentials

from orgaudit import __version__
from orgaudit.aws.asking import Asker, Masker, Patience
from orgaudit.aws.limits import Limits
from orgaudit.aws.organization import Access
from orgaudit.aws.outcomes import CallError
from orgaudit.aws.plan import Context
from orgaudit.aws.signin import clients_by_environment, principal_of, sign_in
from orgaudit.aws.worker import Identity, Worker
from orgaudit.errors import AccessError
from orgaudit.model.calls import Outcome
from orgaudit.model.settings import Organization


class Nobody:
    """Stands where credentials were, in what is sent to another process."""

    def frozen(self) -> ReadOnlyCredentials:
        """Raises CallError."""
        raise CallError(Outcome.REFUSED, "NoCredentials", "nobody has signed in")

    def renew(self) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Recipe:
    """How to become a worker of this run, in whatever process. Can be pickled, holds no secret but the mask's key."""

    identity: Identity
    principal: str
    """Who the run started as; workers must be the same."""
    organization: Organization
    context: Context
    masker: Masker
    patience: Patience
    threads: int
    """Accounts to read at once."""
    share: float
    """The part of the limits that hold for the whole run that falls to one process."""
    tool_version: str = __version__
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Tells the workers of one engine from those of another."""

    @classmethod
    def of(cls, access: Access, organization: Organization, context: Context, threads: int, processes: int) -> "Recipe":
        """What the workers of this access need, where so many processes divide the work."""
        return cls(
            replace(access.identity, signer=Nobody(), external_id=""),
            principal_of(access.caller_arn),
            organization,
            context,
            access.asker.masker,
            access.asker.patience,
            threads,
            1 / processes,
        )

    def open(self) -> Worker:
        """Signs in and is ready to read.

        Raises AccessError where this process is another version, or signs in as somebody else; ConfigError where the
        variable with the external id is missing.
        """
        if self.tool_version != __version__:
            raise AccessError(f"a worker has orgaudit {__version__}, this run {self.tool_version}: install the same")
        asker = Asker(clients_by_environment(self.threads), self.masker, Limits(self.share), self.patience)
        caller = sign_in(asker.hurried(), self.organization, self.identity.region, self.identity.session_name)
        if caller.principal != self.principal:
            raise AccessError(
                f"a worker signs in as {caller.principal}, the run started as {self.principal}: give workers the same "
                "AWS environment"
            )
        identity = replace(self.identity, signer=caller.signer, external_id=caller.external_id)
        return Worker(asker, identity, self.organization, self.context)
