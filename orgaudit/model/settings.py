"""The settings of a run, as the pipeline's stages read them.

Plain values. ``orgaudit.config`` fills and checks them from TOML; every name is a key of the configuration file, and
``interface`` documentation and ``sample_config.toml`` say what each means.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Literal

_STRICT: dict[str, Any] = {"extra": "forbid", "strict": True}
"""For the validating library: an unknown key or a wrong type is an error, nothing is converted."""


@dataclass(frozen=True, slots=True)
class AccountRole:
    """A role name that differs in one account."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    id: str
    role_name: str


@dataclass(frozen=True, slots=True)
class Organization:
    """How the organization is reached."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    role_name: str = "OrgAudit"
    external_id_env: str = ""
    start_role_arn: str = ""
    account_roles: tuple[AccountRole, ...] = ()
    monitoring_accounts: tuple[str, ...] = ()
    owner_tag: str = ""

    def role_in(self, account_id: str) -> str:
        """The role's name in this account."""
        return next((role.role_name for role in self.account_roles if role.id == account_id), self.role_name)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An account left out of the audit, with who decided so."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    id: str
    reason: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which accounts are audited."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    include_ous: tuple[str, ...] = ()
    exclude_ous: tuple[str, ...] = ()
    exclude_accounts: tuple[Exclusion, ...] = ()


@dataclass(frozen=True, slots=True)
class Audit:
    """What is judged, and how strictly."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    benchmark: str = "7.0.0"
    controls: tuple[str, ...] = ()
    max_events: int = 1
    max_events_by_control: dict[str, int] = field(default_factory=dict)
    max_delay_s: int = 3600
    delivery_max_age_h: int = 24
    accept_actions: tuple[Literal["lambda", "ssm"], ...] = ()
    confirm_with_aws: bool = False
    sweep: Literal["off", "failed"] = "off"

    def events_allowed(self, control: str) -> int:
        """How many events may happen before an alarm of this control must have fired."""
        return self.max_events_by_control.get(control, self.max_events)


@dataclass(frozen=True, slots=True)
class Collect:
    """Who runs the calls."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    engine: Literal["threads", "processes", "dask"] = "threads"
    workers: int = 0
    scheduler: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What stands on the reports."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    title: str = "CIS monitoring evidence"
    organization_name: str = ""
    classification: str = "Confidential"
    prepared_by: str = ""
    templates: str = ""
    logo: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """Who signs the manifest."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    kms_key_id: str = ""


@dataclass(frozen=True, slots=True)
class Tuning:
    """An accepted narrowing: events that the filters of a control may leave out."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    control: str
    exclude: str
    reason: str
    approved_by: str
    expires: date


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that somebody accepts for a while."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    control: str
    accounts: tuple[str, ...]
    reason: str
    approved_by: str
    approved_on: date
    expires: date
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class OwnControl:
    """A control that the user adds."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    key: str
    section: str
    title: str
    pattern: str
    event_source: str


@dataclass(frozen=True, slots=True)
class Output:
    """Where bundles are written."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    dir: str = "evidence"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One way the reports are handed over."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    type: Literal["smtp", "ses", "s3"]
    to: tuple[str, ...] = ()
    ous: tuple[str, ...] = ()
    sender: str = ""
    host: str = ""
    port: int = 587
    starttls: bool = True
    username: str = ""
    password_env: str = ""
    bucket: str = ""
    prefix: str = ""
    retain_days: int = 0


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run is told. The defaults are those of the configuration file."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    organization: Organization = field(default_factory=Organization)
    scope: Scope = field(default_factory=Scope)
    audit: Audit = field(default_factory=Audit)
    collect: Collect = field(default_factory=Collect)
    report: Report = field(default_factory=Report)
    sign: Sign = field(default_factory=Sign)
    tuning: tuple[Tuning, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    controls: tuple[OwnControl, ...] = ()
    output: Output = field(default_factory=Output)
    deliver: tuple[Delivery, ...] = ()
