"""One account of the simulated organization."""

from dataclasses import dataclass
from typing import Literal

from orgaudit.demo.chain import Monitoring

ROLE_NAME = "OrgAudit"
EXTERNAL_ID = "demo-external-id"


@dataclass(frozen=True, slots=True)
class Account:
    """An account, where it stands, what it has of its own, and in plain words what is right or wrong with it."""

    id: str
    name: str
    ou: str
    """Path by names, from the root."""
    story: str
    monitoring: Monitoring | None = None
    state: Literal["ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"] = "ACTIVE"
    owner: str = "platform"
    """The team in the account's tag."""
    role_name: str | None = ROLE_NAME
    """None: nobody has deployed the role."""
    external_id: str = EXTERNAL_ID
    organization_trail_logs: bool = True
    """False: asked in this account, the organization trail is not logging."""
    refused: tuple[str, ...] = ()
    """Actions that the account's role may not call."""
    closed_regions: tuple[str, ...] = ()
    """Regions where a service control policy refuses everything."""
