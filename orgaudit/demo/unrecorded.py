"""Accounts whose own chain breaks before an event becomes a metric: trail, selectors, delivery, filter."""

from orgaudit.demo.account import Account
from orgaudit.demo.chain import (
    CENTRAL_CONTROLS,
    NETWORK_CONTROLS,
    OTHER_REGION,
    Filter,
    Monitoring,
    Trail,
    watching,
    watching_the_network,
)
from orgaudit.demo.moto_gaps import Delivery
from orgaudit.demo.patterns import in_lower_case, joined_by_and, narrowed, without

DEV = "Root/Workloads/Dev"
STAGING = "Root/Workloads/Staging"


def _everything(trail: Trail) -> Monitoring:
    """An own trail with filters for the central controls as well."""
    return Monitoring(trail=trail, filters=watching(*CENTRAL_CONTROLS, *NETWORK_CONTROLS))


TRAIL_FAULTS = (
    Account(
        "400000000001",
        "trail-stopped",
        STAGING,
        "Its own trail is not logging, and the organization trail does not log here either.",
        Monitoring(trail=Trail(logging=False)),
        organization_trail_logs=False,
    ),
    Account(
        "400000000002",
        "trail-one-region",
        STAGING,
        "Its own trail records one region, and the organization trail does not log here.",
        Monitoring(trail=Trail(multi_region=False)),
        organization_trail_logs=False,
    ),
    Account(
        "400000000003",
        "trail-second-copy",
        STAGING,
        "A second trail, without file validation and without a key.",
        Monitoring(further_trails=(Trail("legacy-copy", to_log_group=False, validated=False, encrypted=False),)),
    ),
)

SELECTOR_FAULTS = (
    Account(
        "410000000001",
        "selectors-no-management",
        STAGING,
        "Its own trail leaves management events out, and the organization trail does not log here.",
        Monitoring(trail=Trail(selectors=({"ReadWriteType": "All", "IncludeManagementEvents": False},))),
        organization_trail_logs=False,
    ),
    Account(
        "410000000002",
        "selectors-no-kms",
        STAGING,
        "Its own trail leaves out KMS; it watches all controls, as the organization trail does not log here.",
        _everything(
            Trail(
                selectors=(
                    {
                        "ReadWriteType": "All",
                        "IncludeManagementEvents": True,
                        "ExcludeManagementEventSources": ["kms.amazonaws.com"],
                    },
                )
            )
        ),
        organization_trail_logs=False,
    ),
    Account(
        "410000000003",
        "selectors-no-ec2",
        STAGING,
        "Advanced selectors of its own trail leave out EC2; it watches all controls, as the organization trail does not"
        " log here.",
        _everything(
            Trail(
                advanced=(
                    {
                        "Name": "Management events without EC2",
                        "FieldSelectors": [
                            {"Field": "eventCategory", "Equals": ["Management"]},
                            {"Field": "eventSource", "NotEquals": ["ec2.amazonaws.com"]},
                        ],
                    },
                )
            )
        ),
        organization_trail_logs=False,
    ),
)

DELIVERY_FAULTS = (
    Account(
        "420000000001",
        "delivery-never",
        STAGING,
        "Nothing has ever reached the log group of its own trail; the organization trail does not log here.",
        Monitoring(trail=Trail(delivery=Delivery(log_group_age_s=None))),
        organization_trail_logs=False,
    ),
    Account(
        "420000000002",
        "delivery-failing",
        STAGING,
        "CloudTrail has been refused by the log group for three days; the organization trail does not log here.",
        Monitoring(trail=Trail(delivery=Delivery(log_group_age_s=3 * 86400, log_group_error="AccessDenied"))),
        organization_trail_logs=False,
    ),
    Account(
        "420000000003",
        "delivery-unset",
        STAGING,
        "Its own trail has no log group; the organization trail does not log here.",
        Monitoring(trail=Trail(to_log_group=False)),
        organization_trail_logs=False,
    ),
)

FILTER_FAULTS = (
    Account("430000000001", "filter-none", DEV, "Watches nothing of its own.", owner="data"),
    Account(
        "430000000002",
        "filter-six-of-seven",
        DEV,
        "ModifySecurityGroupRules, which the benchmark added later, is missing.",
        Monitoring(
            filters=watching_the_network(
                security_group_changes=Filter(without("security_group_changes", "ModifySecurityGroupRules"))
            )
        ),
        owner="data",
    ),
    Account(
        "430000000003",
        "filter-and-for-or",
        DEV,
        "The events are joined by && in place of ||: nothing can match.",
        Monitoring(filters=watching_the_network(vpc_changes=Filter(joined_by_and("vpc_changes")))),
        owner="data",
    ),
    Account(
        "430000000004",
        "filter-root-only",
        DEV,
        "Network ACLs are watched only when root changes them.",
        Monitoring(
            filters=watching_the_network(
                nacl_changes=Filter(narrowed("nacl_changes", '($.userIdentity.type = "Root")'))
            )
        ),
        owner="data",
    ),
    Account(
        "430000000005",
        "filter-other-region",
        DEV,
        "The filters sit on a log group of the same name in another region, which the trail does not feed.",
        Monitoring(filters_region=OTHER_REGION),
        owner="data",
    ),
    Account(
        "430000000006",
        "filter-all-narrowed",
        DEV,
        "Each pattern misses something: case, regions, successful calls, another service, failed calls.",
        Monitoring(
            filters=watching(
                security_group_changes=Filter(in_lower_case("security_group_changes")),
                nacl_changes=Filter(narrowed("nacl_changes", '($.awsRegion = "eu-central-1")')),
                network_gateway_changes=Filter(narrowed("network_gateway_changes", '($.errorCode = "*")')),
                route_table_changes=Filter(narrowed("route_table_changes", '($.eventSource = "iam.amazonaws.com")')),
                vpc_changes=Filter(narrowed("vpc_changes", "($.errorCode NOT EXISTS)")),
            )
        ),
        owner="data",
    ),
    Account(
        "430000000007",
        "filter-undecided",
        DEV,
        "VPCs are watched by a pattern for columns of text, which says nothing certain about a JSON record.",
        Monitoring(filters=watching_the_network(vpc_changes=Filter("[head, event = *Vpc*, ...]"))),
        owner="data",
    ),
)

UNRECORDED_ACCOUNTS = (*TRAIL_FAULTS, *SELECTOR_FAULTS, *DELIVERY_FAULTS, *FILTER_FAULTS)
