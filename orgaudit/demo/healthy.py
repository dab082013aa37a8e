"""Accounts whose own monitoring of the network works, in the many ways that people write it."""

from orgaudit.demo.account import Account
from orgaudit.demo.chain import (
    NETWORK_CONTROLS,
    OTHER_REGION,
    Alarm,
    Filter,
    Monitoring,
    Subscription,
    Topic,
    Trail,
    watching,
    watching_the_network,
)
from orgaudit.demo.patterns import every_network_event, only, reworded, scoped, widened, without

PROD = "Root/Workloads/Prod"
PAYMENTS = "Root/Workloads/Prod/Payments"
INFRASTRUCTURE = "Root/Infrastructure"

HEALTHY_ACCOUNTS = (
    Account(
        "300000000001",
        "network-hub",
        INFRASTRUCTURE,
        "Watches its network as the benchmark prescribes it.",
        Monitoring(),
    ),
    Account(
        "300000000002",
        "shared-services",
        INFRASTRUCTURE,
        "The prescribed patterns, reordered, quoted and without blanks.",
        Monitoring(filters=watching(**{control: Filter(reworded(control)) for control in NETWORK_CONTROLS})),
    ),
    Account(
        "310000000001",
        "shop-frontend",
        PROD,
        "Wildcards in place of lists of events: they match a few events more.",
        Monitoring(filters=watching(**{control: Filter(widened(control)) for control in NETWORK_CONTROLS})),
        owner="shop",
    ),
    Account(
        "310000000002",
        "shop-checkout",
        PROD,
        "One filter and one alarm for the whole network, scoped to EC2.",
        Monitoring(filters=watching(all_network_changes=Filter(every_network_event()))),
        owner="shop",
    ),
    Account(
        "310000000003",
        "shop-orders",
        PROD,
        "Security groups are watched by three filters, each with an alarm of its own, that cover the events together.",
        Monitoring(
            filters=watching_the_network(
                security_group_changes=None,
                security_group_rules_added=Filter(only("Authorize*")),
                security_group_rules_removed=Filter(only("Revoke*")),
                security_groups=Filter(
                    without(
                        "security_group_changes",
                        "AuthorizeSecurityGroupIngress",
                        "AuthorizeSecurityGroupEgress",
                        "RevokeSecurityGroupIngress",
                        "RevokeSecurityGroupEgress",
                    )
                ),
            )
        ),
        owner="shop",
    ),
    Account(
        "310000000004",
        "shop-search",
        PROD,
        "Its own trail records writes only, and every change of a network is a write.",
        Monitoring(trail=Trail(selectors=({"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True},))),
        owner="shop",
    ),
    Account(
        "310000000005",
        "shop-dublin",
        PROD,
        "Its own trail, log group, alarms and topic have their home in another region.",
        Monitoring(trail=Trail(region=OTHER_REGION)),
        owner="shop",
    ),
    Account(
        "310000000006",
        "shop-catalogue",
        PROD,
        "The alarm for VPCs has no action itself; a composite alarm over it notifies.",
        Monitoring(
            filters=watching_the_network(
                vpc_changes=Filter(only("*Vpc*"), Alarm(notifies_on="nothing", composite=True))
            )
        ),
        owner="shop",
    ),
    Account(
        "320000000001",
        "payments",
        PAYMENTS,
        "The prescribed patterns with the event source that these events have anyway; the topic names CloudWatch.",
        Monitoring(
            filters=watching(**{control: Filter(scoped(control)) for control in NETWORK_CONTROLS}),
            topic=Topic(policy="cloudwatch"),
        ),
        owner="payments",
    ),
    Account(
        "320000000002",
        "ledger",
        PAYMENTS,
        "The topic is encrypted with a customer key that lets CloudWatch in.",
        Monitoring(topic=Topic(key="open")),
        owner="payments",
    ),
    Account(
        "320000000003",
        "settlement",
        PAYMENTS,
        "One subscriber has confirmed, another has not, a third gets nothing because of its filter policy.",
        Monitoring(
            topic=Topic(
                subscriptions=(
                    Subscription(endpoint="new.colleague@example.com", confirmed=False),
                    Subscription(
                        "sqs", "arn:aws:sqs:eu-central-1:320000000003:audit", filter_policy='{"team": ["audit"]}'
                    ),
                    Subscription(),
                )
            )
        ),
        owner="payments",
    ),
    Account(
        "320000000004",
        "region-locked",
        PAYMENTS,
        "A service control policy closes us-east-1; everything that matters is elsewhere.",
        Monitoring(),
        closed_regions=("us-east-1",),
        owner="payments",
    ),
    Account(
        "012345678901",
        "acquired-business",
        "Root/Acquired",
        "An account id with a leading zero, and the audit role under another name.",
        Monitoring(),
        role_name="LegacyAudit",
    ),
)
