"""What an audit of the simulated organization has to find, account by account and control by control.

Written down from what the rules say about each account's story, not taken from a run.
"""

from dataclasses import dataclass, replace

ALARM_CONTROLS = (
    "unauthorized_api_calls",
    "console_signin_without_mfa",
    "root_account_usage",
    "iam_policy_changes",
    "cloudtrail_configuration_changes",
    "console_authentication_failures",
    "kms_cmk_disable_or_deletion",
    "s3_bucket_policy_changes",
    "aws_config_changes",
    "security_group_changes",
    "nacl_changes",
    "network_gateway_changes",
    "route_table_changes",
    "vpc_changes",
)
"""All but organizations_changes, which has a meaning in the management account alone."""
NETWORK_CONTROLS = ALARM_CONTROLS[-5:]
TRAIL_CONTROLS = (
    "trail_multi_region",
    "trail_management_events",
    "trail_log_file_validation",
    "trail_kms_encryption",
)
EVERY_SERVICE = ("unauthorized_api_calls", "root_account_usage")
"""The controls that watch the events of every service."""

SOURCE_LEFT_OPEN = (
    "console_signin_without_mfa",
    "iam_policy_changes",
    "cloudtrail_configuration_changes",
    "console_authentication_failures",
)
"""Their prescribed patterns, like those of the network, do not name the event source: where a trail leaves a service
out, they are covered only once restricted to the services that they are about."""

CENTRAL = "200000000001"
"""The account of the organization trail's log group."""


@dataclass(frozen=True)
class Expected:
    """One row. Coverage and inherited_from are said of an alarm control's PASS only; elsewhere they are None."""

    result: str
    broken_link: str | None = None
    """Said of a FAIL only."""
    disposition: str = ""
    coverage: str | None = None
    inherited_from: str | None = None


Rows = dict[str, Expected]

PASS = Expected("PASS")
COVERED = Expected("PASS", coverage="COMPLETE")
IN_SCOPE = Expected("PASS", coverage="IN_SCOPE")
INHERITED = Expected("PASS", coverage="COMPLETE", inherited_from=CENTRAL)
NOT_EVALUATED = Expected("NOT_EVALUATED")
NOT_APPLICABLE = Expected("NOT_APPLICABLE")


def fail(link: str, disposition: str = "OPEN") -> Expected:
    return Expected("FAIL", link, disposition)


def rows(*controls: str, row: Expected) -> Rows:
    return dict.fromkeys(controls, row)


def member(network: Expected = COVERED, **exceptions: Expected) -> Rows:
    """A member under the organization trail that watches its own network; and what is different about it."""
    return {
        **rows(*ALARM_CONTROLS, row=INHERITED),
        **rows(*NETWORK_CONTROLS, row=network),
        "organizations_changes": NOT_APPLICABLE,
        **rows(*TRAIL_CONTROLS, row=PASS),
        **exceptions,
    }


def alone(alarms: Expected, **exceptions: Expected) -> Rows:
    """A member in which the organization trail does not log, so that it has its own chain and no other."""
    return {
        **rows(*ALARM_CONTROLS, row=alarms),
        "organizations_changes": NOT_APPLICABLE,
        **rows(*TRAIL_CONTROLS, row=PASS),
        **exceptions,
    }


UNREACHED: Rows = {
    **rows(*ALARM_CONTROLS, *TRAIL_CONTROLS, row=NOT_EVALUATED),
    "organizations_changes": NOT_APPLICABLE,
}

EXPECTED: dict[str, Rows] = {
    # central security
    "100000000001": member(network=INHERITED, organizations_changes=INHERITED),
    "200000000001": {control: replace(row, inherited_from=None) for control, row in member(network=INHERITED).items()},
    "200000000002": member(network=INHERITED),
    # own networks watched
    "300000000001": member(),
    "300000000002": member(),
    "310000000001": member(),
    "310000000002": member(network=IN_SCOPE),
    "310000000003": member(),
    "310000000004": member(),
    "310000000005": member(),
    "310000000006": member(),
    "320000000001": member(network=IN_SCOPE),
    "320000000002": member(),
    "320000000003": member(),
    "320000000004": member(),
    "012345678901": member(),
    # decided by the configuration
    "330000000001": member(security_group_changes=Expected("PASS", coverage="TUNED")),
    "330000000002": member(vpc_changes=fail("alarm", "WAIVED")),
    "330000000003": member(route_table_changes=fail("alarm", "WAIVER_EXPIRED")),
    # not reached, or not wholly
    "340000000001": UNREACHED,
    "340000000002": UNREACHED,
    "340000000003": member(network=NOT_EVALUATED),
    # trail
    "400000000001": alone(fail("trail"), **rows(*TRAIL_CONTROLS, row=fail("trail"))),
    "400000000002": alone(fail("trail"), trail_multi_region=fail("trail"), trail_management_events=fail("trail")),
    "400000000003": member(trail_log_file_validation=fail("trail"), trail_kms_encryption=fail("trail")),
    # selectors
    "410000000001": alone(fail("selectors"), trail_management_events=fail("selectors")),
    "410000000002": alone(
        COVERED,
        **rows(*SOURCE_LEFT_OPEN, *NETWORK_CONTROLS, row=IN_SCOPE),
        **rows("kms_cmk_disable_or_deletion", *EVERY_SERVICE, row=fail("selectors")),
        trail_management_events=fail("selectors"),
    ),
    "410000000003": alone(
        COVERED,
        **rows(*SOURCE_LEFT_OPEN, row=IN_SCOPE),
        **rows(*NETWORK_CONTROLS, *EVERY_SERVICE, row=fail("selectors")),
        trail_management_events=fail("selectors"),
    ),
    # delivery
    "420000000001": alone(fail("delivery")),
    "420000000002": alone(fail("delivery")),
    "420000000003": alone(fail("delivery")),
    # filter
    "430000000001": member(network=fail("filter")),
    "430000000002": member(security_group_changes=fail("filter")),
    "430000000003": member(vpc_changes=fail("filter")),
    "430000000004": member(nacl_changes=fail("filter")),
    "430000000005": member(network=fail("filter")),
    "430000000006": member(network=fail("filter")),
    "430000000007": member(vpc_changes=NOT_EVALUATED),
    # metric and alarm
    "440000000001": member(route_table_changes=NOT_EVALUATED),
    "450000000001": member(vpc_changes=fail("alarm")),
    "450000000002": member(security_group_changes=fail("alarm")),
    "450000000003": member(nacl_changes=fail("alarm")),
    "450000000004": member(network_gateway_changes=fail("alarm")),
    "450000000005": member(network=fail("alarm")),
    # action
    "460000000001": member(route_table_changes=fail("action")),
    "460000000002": member(vpc_changes=fail("action")),
    "460000000003": member(security_group_changes=fail("action")),
    # topic
    "470000000001": member(network=fail("topic")),
    "470000000002": member(network=fail("topic")),
    "470000000003": member(network=fail("topic")),
    "470000000004": member(network=fail("topic")),
    "470000000005": member(nacl_changes=fail("topic")),
    # subscription
    "480000000001": member(network=fail("subscription")),
    "480000000002": member(network=fail("subscription")),
    "480000000003": member(network=fail("subscription")),
    # a sandbox
    "500000000001": member(network=fail("filter")),
}
"""Account id to control to row, for every account that has rows."""

EXCLUDED = ("500000000002", "600000000001", "600000000002")
"""Accounts without rows: left out by the configuration, suspended, about to be closed."""
NOT_EVALUATED_ACCOUNTS = ("340000000001", "340000000002")
