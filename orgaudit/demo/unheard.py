"""Accounts whose events become a metric that nobody hears of: alarm, action, topic, subscription."""

from orgaudit.demo.account import Account
from orgaudit.demo.chain import (
    OTHER_REGION,
    Alarm,
    Filter,
    Monitoring,
    Subscription,
    Topic,
    prescribed,
    watching,
    watching_the_network,
)

DEV = "Root/Workloads/Dev"


def _alarms(**alarms: Alarm | None) -> Monitoring:
    """Prescribed filters, and special alarms on some of them."""
    return Monitoring(
        filters=watching_the_network(
            **{control: Filter(prescribed(control), alarm) for control, alarm in alarms.items()}
        )
    )


ALARM_FAULTS = (
    Account(
        "440000000001",
        "metric-from-a-field",
        DEV,
        "The metric of one filter takes its value from a field of the event: what an event adds is not known.",
        Monitoring(
            filters=watching_the_network(
                route_table_changes=Filter(prescribed("route_table_changes"), value="$.requestParameters.maxResults")
            )
        ),
        owner="mobile",
    ),
    Account(
        "450000000001",
        "alarm-missing",
        DEV,
        "No alarm on the metric for VPCs.",
        _alarms(vpc_changes=None),
        owner="mobile",
    ),
    Account(
        "450000000002",
        "alarm-other-namespace",
        DEV,
        "The alarm for security groups watches a metric of the same name in another namespace.",
        _alarms(security_group_changes=Alarm(namespace="CISBenchmark")),
        owner="mobile",
    ),
    Account(
        "450000000003",
        "alarm-ten-events",
        DEV,
        "The alarm for network ACLs needs ten events within five minutes.",
        _alarms(nacl_changes=Alarm(threshold=10)),
        owner="mobile",
    ),
    Account(
        "450000000004",
        "alarm-two-of-two",
        DEV,
        "The alarm for gateways needs two periods in a row, and a period without events counts as good.",
        _alarms(network_gateway_changes=Alarm(periods=2)),
        owner="mobile",
    ),
    Account(
        "450000000005",
        "alarm-every-fault",
        DEV,
        "One alarm cannot fire, one is stuck, one has latched, one comes too late, one is diluted.",
        Monitoring(
            filters=watching(
                security_group_changes=Filter(
                    prescribed("security_group_changes"), Alarm(comparison="LessThanThreshold", threshold=0)
                ),
                nacl_changes=Filter(prescribed("nacl_changes"), Alarm(missing_data="breaching", state="ALARM")),
                network_gateway_changes=Filter(
                    prescribed("network_gateway_changes"), Alarm(missing_data="ignore", state="ALARM")
                ),
                route_table_changes=Filter(
                    prescribed("route_table_changes"), Alarm(missing_data="missing", period_s=3600, periods=2)
                ),
                vpc_changes=Filter(prescribed("vpc_changes"), Alarm(statistic="Average"), default=0.0),
            )
        ),
        owner="mobile",
    ),
)

ACTION_FAULTS = (
    Account(
        "460000000001",
        "action-disabled",
        DEV,
        "The actions of the alarm for route tables are disabled.",
        _alarms(route_table_changes=Alarm(enabled=False)),
        owner="games",
    ),
    Account(
        "460000000002",
        "action-on-ok",
        DEV,
        "The alarm for VPCs notifies when it is over, not when it begins.",
        _alarms(vpc_changes=Alarm(notifies_on="OK")),
        owner="games",
    ),
    Account(
        "460000000003",
        "action-muted",
        DEV,
        "A mute rule silences the alarm for security groups.",
        _alarms(security_group_changes=Alarm(muted=True)),
        owner="games",
    ),
)

TOPIC_FAULTS = (
    Account(
        "470000000001",
        "topic-deleted",
        DEV,
        "The topic has been deleted.",
        Monitoring(topic=Topic(exists=False)),
        owner="games",
    ),
    Account(
        "470000000002",
        "topic-denies",
        DEV,
        "The policy of the topic denies CloudWatch.",
        Monitoring(topic=Topic(policy="deny")),
        owner="games",
    ),
    Account(
        "470000000003",
        "topic-key-of-aws",
        DEV,
        "The topic is encrypted with the key that AWS manages, which CloudWatch cannot use.",
        Monitoring(topic=Topic(key="aws")),
        owner="games",
    ),
    Account(
        "470000000004",
        "topic-key-closed",
        DEV,
        "The topic is encrypted with a customer key whose policy leaves CloudWatch out.",
        Monitoring(topic=Topic(key="closed")),
        owner="games",
    ),
    Account(
        "470000000005",
        "topic-other-region",
        DEV,
        "The alarm for network ACLs names a topic in another region.",
        _alarms(nacl_changes=Alarm(topic_region=OTHER_REGION)),
        owner="games",
    ),
)

SUBSCRIPTION_FAULTS = (
    Account(
        "480000000001",
        "subscription-pending",
        DEV,
        "The only subscriber has never confirmed.",
        Monitoring(topic=Topic(subscriptions=(Subscription(confirmed=False),))),
        owner="games",
    ),
    Account(
        "480000000002",
        "subscription-none",
        DEV,
        "Nobody has subscribed.",
        Monitoring(topic=Topic(subscriptions=())),
        owner="games",
    ),
    Account(
        "480000000003",
        "subscription-filtered",
        DEV,
        "The filter policy of the only subscriber lets no alarm message through.",
        Monitoring(
            topic=Topic(
                subscriptions=(
                    Subscription(
                        "sqs", "arn:aws:sqs:eu-central-1:480000000003:tickets", filter_policy='{"severity": ["high"]}'
                    ),
                )
            )
        ),
        owner="games",
    ),
)

UNHEARD_ACCOUNTS = (*ALARM_FAULTS, *ACTION_FAULTS, *TOPIC_FAULTS, *SUBSCRIPTION_FAULTS)
