"""The frames of one run: everything that evaluation reads, and nothing that came from anywhere but the evidence."""

from dataclasses import dataclass, field

import pandas as pd

from orgaudit.model import schemas
from orgaudit.model.settings import Config


@dataclass(frozen=True)
class RunFacts:
    """What a run knows of itself; times are RFC 3339 in UTC with ``Z``."""

    id: str = ""
    started_at: str = ""
    finished_at: str = ""
    tool_version: str = ""
    organization_id: str = ""
    management_account_id: str = ""
    caller_arn: str = ""
    caller_account_id: str = ""
    partition: str = "aws"
    runtime: str = ""
    """Versions of Python and of the libraries that asked, in words."""
    finished: bool = False
    """The run was not interrupted."""
    finished_accounts: frozenset[str] = frozenset()
    """Accounts whose collection came to its end, refused ones too."""


@dataclass
class Frames:
    """All frames of one run, with the settings it was made under: what evaluation reads.

    Each attribute named after a schema holds a frame of that schema.
    """

    run: RunFacts = field(default_factory=RunFacts)
    config: Config = field(default_factory=Config)
    config_sha256: str = ""
    """Of the bundle's ``config.toml``, in hex."""
    calls: pd.DataFrame = field(default_factory=lambda: schemas.CALLS.frame([]))
    accounts: pd.DataFrame = field(default_factory=lambda: schemas.ACCOUNTS.frame([]))
    trails: pd.DataFrame = field(default_factory=lambda: schemas.TRAILS.frame([]))
    trail_listings: pd.DataFrame = field(default_factory=lambda: schemas.TRAIL_LISTINGS.frame([]))
    trail_statuses: pd.DataFrame = field(default_factory=lambda: schemas.TRAIL_STATUSES.frame([]))
    event_selectors: pd.DataFrame = field(default_factory=lambda: schemas.EVENT_SELECTORS.frame([]))
    metric_filters: pd.DataFrame = field(default_factory=lambda: schemas.METRIC_FILTERS.frame([]))
    alarms: pd.DataFrame = field(default_factory=lambda: schemas.ALARMS.frame([]))
    mute_rules: pd.DataFrame = field(default_factory=lambda: schemas.MUTE_RULES.frame([]))
    topics: pd.DataFrame = field(default_factory=lambda: schemas.TOPICS.frame([]))
    subscriptions: pd.DataFrame = field(default_factory=lambda: schemas.SUBSCRIPTIONS.frame([]))
    subscription_attributes: pd.DataFrame = field(default_factory=lambda: schemas.SUBSCRIPTION_ATTRIBUTES.frame([]))
    keys: pd.DataFrame = field(default_factory=lambda: schemas.KEYS.frame([]))
    key_policies: pd.DataFrame = field(default_factory=lambda: schemas.KEY_POLICIES.frame([]))
    links: pd.DataFrame = field(default_factory=lambda: schemas.LINKS.frame([]))
    subscription_filters: pd.DataFrame = field(default_factory=lambda: schemas.SUBSCRIPTION_FILTERS.frame([]))
    service_access: pd.DataFrame = field(default_factory=lambda: schemas.SERVICE_ACCESS.frame([]))
    delegated_administrators: pd.DataFrame = field(default_factory=lambda: schemas.DELEGATED_ADMINISTRATORS.frame([]))
    pattern_tests: pd.DataFrame = field(default_factory=lambda: schemas.PATTERN_TESTS.frame([]))
    regions: pd.DataFrame = field(default_factory=lambda: schemas.REGIONS.frame([]))
    swept_filters: pd.DataFrame = field(default_factory=lambda: schemas.SWEPT_FILTERS.frame([]))
    swept_alarms: pd.DataFrame = field(default_factory=lambda: schemas.SWEPT_ALARMS.frame([]))

    def check(self) -> None:
        """Check every frame against its schema; raises SchemaError."""
        for schema in schemas.SCHEMAS:
            schema.check(getattr(self, schema.name))
