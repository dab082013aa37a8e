"""What the simulated accounts answer: a chain of its own in each, or one organization trail above all.

Account ids count from 100000000001, the management account. Of every hundred accounts with chains of their own, ten
have a filter that lets events escape, two alarms whose actions are off, and one no trail.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from orgaudit.controls import CATALOG

FIRST = 100_000_000_001
HOME = "eu-central-1"
REGIONS = (
    "us-east-1",
    "eu-central-1",
    "eu-west-1",
    "us-west-2",
    "us-east-2",
    "us-west-1",
    "ca-central-1",
    "sa-east-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
)
"""The regions that AWS enables in every account; an organization may deny all but the first few."""
PATTERNS = tuple(
    pattern for control in CATALOG.values() if control.family == "alarm" and (pattern := control.criterion_for("7.0.0"))
)
"""What the filters of a healthy account look for: the newest benchmark's own patterns."""
_ME = b"{account}"


class Organization:
    """The simulated accounts and their answers, rendered once and filled in per account."""

    def __init__(
        self,
        accounts: int,
        own_chains: bool = True,
        regions: int = len(REGIONS),
        session_s: float = 3600,
        ahead_s: float = 0,
        as_of: float | None = None,
    ) -> None:
        self._as_of = datetime.now(UTC).timestamp() if as_of is None else as_of
        """The time that answers name, seconds since 1970."""
        self.ahead_s = ahead_s
        """How far the services' clock is ahead of ours."""
        self.ids = [str(FIRST + number) for number in range(accounts)]
        self._session_s = session_s
        self._regions = frozenset(REGIONS[:regions])
        self._own_chains = own_chains
        self._json = {name: json.dumps(answer).encode() for name, answer in self._answers().items()}

    def answer(self, account: str, service: str, operation: str, body: bytes, region: str) -> bytes:
        """The body that this account gets. Raises KeyError for what nobody should ask."""
        if region not in self._regions:
            raise KeyError(region)
        if service in {"sns", "sts"}:
            return self._xml(account, operation, body)
        if operation == "ListAccounts":
            return self._listing(json.loads(body or b"{}").get("NextToken", "0"))
        found = self._json.get(f"{operation} {self._defect(account)}") or self._json[operation]
        if operation in {"DescribeTrails", "ListTrails"} and not self._own_chains:
            return found.replace(_ME, str(FIRST).encode())
        bare = region != HOME or not (self._own_chains or account == str(FIRST))
        if bare and operation in {"DescribeAlarms", "DescribeMetricFilters"}:
            return self._json[operation + " elsewhere"]
        return found.replace(_ME, account.encode())

    def _defect(self, account: str) -> str:
        if not self._own_chains or account == str(FIRST):
            return ""
        place = int(account) % 100
        return "narrow" if place < 10 else {20: "silent", 40: "silent", 60: "bare"}.get(place, "")

    def _listing(self, token: str) -> bytes:
        start = int(token)
        page: dict[str, object] = {
            "Accounts": [
                {
                    "Id": account_id,
                    "Arn": f"arn:aws:organizations::{FIRST}:account/o-benchmark1/{account_id}",
                    "Name": f"account-{account_id}",
                    "Email": f"owner+{account_id}@example.com",
                    "State": "ACTIVE",
                    "Status": "ACTIVE",
                    "Paths": [f"o-benchmark1/r-root/ou-root-workload/{account_id}/"],
                    "JoinedTimestamp": 1.7e9,
                }
                for account_id in self.ids[start : start + 20]
            ]
        }
        if start + 20 < len(self.ids):
            page["NextToken"] = str(start + 20)
        return json.dumps(page).encode()

    def _answers(self) -> dict[str, object]:
        me = "{account}"
        trail_arn = f"arn:aws:cloudtrail:{HOME}:{me}:trail/activity"
        now = self._as_of
        return {
            "DescribeOrganization": {"Organization": {"Id": "o-benchmark1", "MasterAccountId": str(FIRST)}},
            "ListRoots": {"Roots": [{"Id": "r-root", "Name": "Root"}]},
            "ListOrganizationalUnitsForParent": {"OrganizationalUnits": []},
            "ListAWSServiceAccessForOrganization": {
                "EnabledServicePrincipals": [{"ServicePrincipal": "cloudtrail.amazonaws.com"}]
            },
            "ListDelegatedAdministrators": {"DelegatedAdministrators": []},
            "ListTagsForResource": {"Tags": []},
            "DescribeTrails": {
                "trailList": [
                    {
                        "Name": "activity",
                        "TrailARN": trail_arn,
                        "HomeRegion": HOME,
                        "IsMultiRegionTrail": True,
                        "IsOrganizationTrail": not self._own_chains,
                        "IncludeGlobalServiceEvents": True,
                        "LogFileValidationEnabled": True,
                        "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{HOME}:{me}:log-group:cloudtrail:*",
                    }
                ]
            },
            "DescribeTrails bare": {"trailList": []},
            "ListTrails bare": {"Trails": []},
            "ListTrails": {"Trails": [{"TrailARN": trail_arn, "Name": "activity", "HomeRegion": HOME}]},
            "GetTrailStatus": {
                "IsLogging": True,
                "LatestDeliveryTime": now,
                "LatestCloudWatchLogsDeliveryTime": now,
            },
            "GetEventSelectors": {
                "TrailARN": trail_arn,
                "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}],
            },
            "DescribeMetricFilters": self._filters(PATTERNS),
            "DescribeMetricFilters narrow": self._filters((*PATTERNS[:7], _narrowed(PATTERNS[7]), *PATTERNS[8:])),
            "DescribeMetricFilters elsewhere": {"metricFilters": []},
            "DescribeSubscriptionFilters": {"subscriptionFilters": []},
            "DescribeAlarms": self._alarms(active=True),
            "DescribeAlarms silent": self._alarms(active=False),
            "DescribeAlarms elsewhere": {"MetricAlarms": [], "CompositeAlarms": [], "LogAlarms": []},
            "ListAlarmMuteRules": {"AlarmMuteRuleSummaries": []},
            "ListLinks": {"Items": []},
            "DescribeKey": {
                "KeyMetadata": {
                    "KeyId": "11111111-2222-3333-4444-555555555555",
                    "Arn": f"arn:aws:kms:{HOME}:{me}:key/11111111-2222-3333-4444-555555555555",
                    "KeyManager": "CUSTOMER",
                    "KeyState": "Enabled",
                }
            },
            "GetKeyPolicy": {"PolicyName": "default", "Policy": _policy("kms:*")},
        }

    @staticmethod
    def _filters(patterns: tuple[str, ...]) -> dict[str, object]:
        return {
            "metricFilters": [
                {
                    "filterName": f"filter-{number:02}",
                    "filterPattern": pattern,
                    "metricTransformations": [
                        {"metricName": f"metric-{number:02}", "metricNamespace": "CIS", "metricValue": "1"}
                    ],
                    "creationTime": 1700000000000,
                    "logGroupName": "cloudtrail",
                }
                for number, pattern in enumerate(patterns)
            ]
        }

    def _alarms(self, active: bool) -> dict[str, object]:
        now = self._as_of
        return {
            "MetricAlarms": [
                {
                    "AlarmName": f"alarm-{number:02}",
                    "AlarmArn": f"arn:aws:cloudwatch:{HOME}:{{account}}:alarm:alarm-{number:02}",
                    "AlarmConfigurationUpdatedTimestamp": now,
                    "ActionsEnabled": active,
                    "OKActions": [],
                    "AlarmActions": [f"arn:aws:sns:{HOME}:{{account}}:alarms"],
                    "InsufficientDataActions": [],
                    "StateValue": "OK",
                    "StateReason": "Threshold Crossed: 1 datapoint was not greater than the threshold",
                    "StateUpdatedTimestamp": now,
                    "MetricName": f"metric-{number:02}",
                    "Namespace": "CIS",
                    "Statistic": "Sum",
                    "Dimensions": [],
                    "Period": 300,
                    "EvaluationPeriods": 1,
                    "Threshold": 1.0,
                    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                    "TreatMissingData": "notBreaching",
                }
                for number in range(len(PATTERNS))
            ],
            "CompositeAlarms": [],
            "LogAlarms": [],
        }

    def _assumed(self, _: str, asked: dict[str, str]) -> str:
        account = asked["RoleArn"].split(":")[4]
        lifetime_s = min(self._session_s, int(asked.get("DurationSeconds", "3600")))
        until = datetime.now(UTC) + timedelta(seconds=self.ahead_s + lifetime_s)
        return (
            f"<Credentials><AccessKeyId>ASIA{account}{int(until.timestamp() * 1000)}</AccessKeyId>"
            "<SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>"
            f"<Expiration>{until.isoformat()}</Expiration></Credentials>"
            f"<AssumedRoleUser><Arn>arn:aws:sts::{account}:assumed-role/OrgAudit/run</Arn>"
            "<AssumedRoleId>AROA:run</AssumedRoleId></AssumedRoleUser>"
        )

    def _xml(self, account: str, operation: str, body: bytes) -> bytes:
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        answer = self._assumed if operation == "AssumeRole" else _QUERY[operation]
        return _result(operation, answer(account, asked))


def _narrowed(pattern: str) -> str:
    return "{ (" + pattern.strip()[1:-1] + ') && $.awsRegion = "eu-central-1" }'


def _policy(action: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudwatch.amazonaws.com"},
                    "Action": action,
                    "Resource": "*",
                }
            ],
        }
    )


def _result(operation: str, result: str) -> bytes:
    return (
        f"<{operation}Response><{operation}Result>{result}</{operation}Result>"
        f"<ResponseMetadata><RequestId>r-{operation}</RequestId></ResponseMetadata></{operation}Response>"
    ).encode()


def _attributes(**values: str) -> str:
    entries = "".join(
        f"<entry><key>{name}</key><value>{value.replace('&', '&amp;').replace('<', '&lt;')}</value></entry>"
        for name, value in values.items()
    )
    return f"<Attributes>{entries}</Attributes>"


def _topic(_: str, asked: dict[str, str]) -> str:
    key = "11111111-2222-3333-4444-555555555555"
    return _attributes(
        TopicArn=asked["TopicArn"], Policy=_policy("sns:Publish"), SubscriptionsConfirmed="1", KmsMasterKeyId=key
    )


def _subscribers(account: str, asked: dict[str, str]) -> str:
    return (
        f"<Subscriptions><member><SubscriptionArn>{asked['TopicArn']}:aaaa</SubscriptionArn>"
        f"<Owner>{account}</Owner><Protocol>email</Protocol><Endpoint>security@example.com</Endpoint>"
        f"<TopicArn>{asked['TopicArn']}</TopicArn></member></Subscriptions>"
    )


_QUERY: dict[str, Callable[[str, dict[str, str]], str]] = {
    "GetCallerIdentity": lambda account, _: (
        f"<Arn>arn:aws:iam::{account}:user/auditor</Arn><UserId>AIDA</UserId><Account>{account}</Account>"
    ),
    "GetTopicAttributes": _topic,
    "ListSubscriptionsByTopic": _subscribers,
    "GetSubscriptionAttributes": lambda _, asked: _attributes(
        SubscriptionArn=asked["SubscriptionArn"], PendingConfirmation="false"
    ),
}
