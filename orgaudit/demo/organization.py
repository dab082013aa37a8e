"""The simulated organization: every account, in the order in which it joined."""

from orgaudit.demo.account import Account
from orgaudit.demo.central import CENTRAL_ACCOUNTS, MANAGEMENT_ACCOUNT_ID, ORGANIZATION_ID, SECURITY_TOOLING_ID
from orgaudit.demo.chain import Alarm, Filter, Monitoring, prescribed, watching_the_network
from orgaudit.demo.healthy import HEALTHY_ACCOUNTS, PAYMENTS, PROD
from orgaudit.demo.patterns import event_names, event_without_word
from orgaudit.demo.unheard import UNHEARD_ACCOUNTS
from orgaudit.demo.unrecorded import UNRECORDED_ACCOUNTS

__all__ = [
    "ACCOUNTS",
    "EXCLUDED_ID",
    "MANAGEMENT_ACCOUNT_ID",
    "ORGANIZATION_ID",
    "SECURITY_TOOLING_ID",
    "TERRAFORM_ROLE",
    "WAIVED_ID",
    "WAIVER_EXPIRED_ID",
]

TERRAFORM_ROLE = "TerraformRole"
EXCLUDED_ID = "500000000002"
WAIVED_ID = "330000000002"
WAIVER_EXPIRED_ID = "330000000003"

_GROUP_EVENTS = event_names("security_group_changes")
_BUT_FOR_DEPLOYMENTS = {
    name: Filter(
        event_without_word(name, TERRAFORM_ROLE), Alarm() if name == _GROUP_EVENTS[0] else None, _GROUP_EVENTS[0]
    )
    for name in _GROUP_EVENTS
}
"""A filter for each security group event, all on the metric of the first."""

DECIDED_ACCOUNTS = (
    Account(
        "330000000001",
        "invoicing",
        PAYMENTS,
        "Its filters leave out every record that names the deployment role, which the configuration accepts.",
        Monitoring(filters=watching_the_network(security_group_changes=None, **_BUT_FOR_DEPLOYMENTS)),
        owner="payments",
    ),
    Account(
        WAIVED_ID,
        "reporting",
        PROD,
        "The alarm for VPCs is missing, which a waiver accepts for now.",
        Monitoring(filters=watching_the_network(vpc_changes=Filter(prescribed("vpc_changes"), None))),
        owner="data",
    ),
    Account(
        WAIVER_EXPIRED_ID,
        "forecasting",
        PROD,
        "The alarm for route tables needs five events; the waiver for it has expired.",
        Monitoring(
            filters=watching_the_network(
                route_table_changes=Filter(prescribed("route_table_changes"), Alarm(threshold=5))
            )
        ),
        owner="data",
    ),
)

UNREACHED_ACCOUNTS = (
    Account(
        "340000000001",
        "role-missing",
        PROD,
        "Nobody has deployed the audit role.",
        Monitoring(),
        role_name=None,
        owner="shop",
    ),
    Account(
        "340000000002",
        "role-other-external-id",
        PROD,
        "The audit role expects another external id.",
        Monitoring(),
        external_id="somebody-elses",
        owner="shop",
    ),
    Account(
        "340000000003",
        "alarms-refused",
        PROD,
        "The audit role may not call DescribeAlarms.",
        Monitoring(),
        refused=("cloudwatch:DescribeAlarms",),
        owner="shop",
    ),
)

OUTSIDE_THE_AUDIT = (
    Account("500000000001", "sandbox-anna", "Root/Sandbox", "A sandbox without monitoring of its own.", owner="anna"),
    Account(EXCLUDED_ID, "sandbox-ben", "Root/Sandbox", "A sandbox that the configuration leaves out.", owner="ben"),
    Account("600000000001", "old-website", "Root/Suspended", "Suspended.", state="SUSPENDED", owner="shop"),
    Account(
        "600000000002", "old-warehouse", "Root/Suspended", "About to be closed.", state="PENDING_CLOSURE", owner="data"
    ),
)

ACCOUNTS: tuple[Account, ...] = (
    *CENTRAL_ACCOUNTS,
    *HEALTHY_ACCOUNTS,
    *DECIDED_ACCOUNTS,
    *UNREACHED_ACCOUNTS,
    *UNRECORDED_ACCOUNTS,
    *UNHEARD_ACCOUNTS,
    *OUTSIDE_THE_AUDIT,
)
"""Central security watches all controls but those of the network for everybody; each workload account watches its own
network with a trail of its own, or should."""
