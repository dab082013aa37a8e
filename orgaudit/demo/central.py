"""Central security: the organization trail, and the alarms that watch it for every account."""

from orgaudit.demo.account import Account
from orgaudit.demo.chain import (
    CENTRAL_CONTROLS,
    NETWORK_CONTROLS,
    Filter,
    Monitoring,
    Subscription,
    Topic,
    Trail,
    watching,
)
from orgaudit.demo.patterns import of_accounts

ORGANIZATION_ID = "o-demo4c1s7a"
MANAGEMENT_ACCOUNT_ID = "100000000001"
SECURITY_TOOLING_ID = "200000000001"
LOG_ARCHIVE_ID = "200000000002"
_BASELINE = (MANAGEMENT_ACCOUNT_ID, SECURITY_TOOLING_ID, LOG_ARCHIVE_ID)

ORGANIZATION_TRAIL = Trail(name="organization-trail")
"""Owned by the management account; its log group is the delegated administrator's."""

CENTRAL_MONITORING = Monitoring(
    trail=ORGANIZATION_TRAIL,
    filters=watching(
        *CENTRAL_CONTROLS,
        "organizations_changes",
        **{control: Filter(of_accounts(control, _BASELINE)) for control in NETWORK_CONTROLS},
    ),
    topic=Topic(
        subscriptions=(
            Subscription(endpoint="soc@example.com"),
            Subscription("https", "https://alerts.example.com/demo"),
            Subscription(endpoint="former.colleague@example.com", confirmed=False),
        )
    ),
)
"""What the delegated administrator holds: every control but those of the network, which it watches for the three
accounts of central security alone."""

CENTRAL_ACCOUNTS = (
    Account(
        MANAGEMENT_ACCOUNT_ID,
        "management",
        "Root",
        "Owns the organization trail. Central security watches it, its network and its organization.",
        role_name=None,
        owner="security",
    ),
    Account(
        SECURITY_TOOLING_ID,
        "security-tooling",
        "Root/Security",
        "CloudTrail's delegated administrator: log group, filters, alarms and topic of the organization trail.",
        owner="security",
    ),
    Account(
        LOG_ARCHIVE_ID,
        "log-archive",
        "Root/Security",
        "Keeps the files of the trails. Central security watches its network too.",
        owner="security",
    ),
)
