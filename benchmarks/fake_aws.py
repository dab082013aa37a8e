"""A fast stand-in for AWS: answers what the collector asks, for any number of accounts, and nothing else.

    python benchmarks/fake_aws.py --accounts 200 --latency-ms 20

serves on 127.0.0.1 until its standard input closes, and prints its port first. The asking account is read off the
access key (``ASIA`` and the account id), the region and service off the signature's scope; signatures are not checked.
Account ids count from 100000000001, the management account.
"""

import argparse
import asyncio
import json
import re
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from urllib.parse import parse_qs

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
CHAINS = 15
_SCOPE = re.compile(rb"Credential=(?:ASIA|AKIA)(\d{12})/\d+/([a-z0-9-]+)/([a-z]+)/")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TARGET = re.compile(rb"\r\nx-amz-target: *[^\r]*\.([A-Za-z]+)\r", re.IGNORECASE)
_ME = b"{account}"


class Organization:
    """The simulated accounts and their answers, rendered once and filled in per account."""

    def __init__(self, accounts: int, own_chains: bool, regions: int) -> None:
        self.ids = [str(FIRST + number) for number in range(accounts)]
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
        found = self._json[operation]
        if operation in {"DescribeTrails", "ListTrails"} and not self._own_chains:
            return found.replace(_ME, str(FIRST).encode())
        bare = region != HOME or not (self._own_chains or account == str(FIRST))
        if bare and operation in {"DescribeAlarms", "DescribeMetricFilters"}:
            return self._json[operation + " elsewhere"]
        return found.replace(_ME, account.encode())

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
        me, group = "{account}", "cloudtrail"
        trail_arn = f"arn:aws:cloudtrail:{HOME}:{me}:trail/activity"
        now = datetime.now(UTC).timestamp()
        topic = f"arn:aws:sns:{HOME}:{me}:alarms"
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
                        "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{HOME}:{me}:log-group:{group}:*",
                    }
                ]
            },
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
            "DescribeMetricFilters": {
                "metricFilters": [
                    {
                        "filterName": f"filter-{number:02}",
                        "filterPattern": "{ ($.eventName = CreateVpc) || ($.eventName = DeleteVpc) || "
                        f'($.eventName = "Event{number}") || ($.eventName = ModifyVpcAttribute) }}',
                        "metricTransformations": [
                            {"metricName": f"metric-{number:02}", "metricNamespace": "CIS", "metricValue": "1"}
                        ],
                        "creationTime": 1700000000000,
                        "logGroupName": group,
                    }
                    for number in range(CHAINS)
                ]
            },
            "DescribeMetricFilters elsewhere": {"metricFilters": []},
            "DescribeSubscriptionFilters": {"subscriptionFilters": []},
            "DescribeAlarms": {
                "MetricAlarms": [
                    {
                        "AlarmName": f"alarm-{number:02}",
                        "AlarmArn": f"arn:aws:cloudwatch:{HOME}:{me}:alarm:alarm-{number:02}",
                        "AlarmConfigurationUpdatedTimestamp": now,
                        "ActionsEnabled": True,
                        "OKActions": [],
                        "AlarmActions": [topic],
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
                    for number in range(CHAINS)
                ],
                "CompositeAlarms": [],
                "LogAlarms": [],
            },
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

    def _xml(self, account: str, operation: str, body: bytes) -> bytes:
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        return _result(operation, _QUERY[operation](account, asked))


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


def _assumed(_: str, asked: dict[str, str]) -> str:
    account = asked["RoleArn"].split(":")[4]
    until = (datetime.now(UTC) + timedelta(seconds=int(asked.get("DurationSeconds", "3600")))).isoformat()
    return (
        f"<Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
        f"<SessionToken>token</SessionToken><Expiration>{until}</Expiration></Credentials>"
        f"<AssumedRoleUser><Arn>arn:aws:sts::{account}:assumed-role/OrgAudit/run</Arn>"
        "<AssumedRoleId>AROA:run</AssumedRoleId></AssumedRoleUser>"
    )


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
    "AssumeRole": _assumed,
    "GetCallerIdentity": lambda account, _: (
        f"<Arn>arn:aws:iam::{account}:user/auditor</Arn><UserId>AIDA</UserId><Account>{account}</Account>"
    ),
    "GetTopicAttributes": _topic,
    "ListSubscriptionsByTopic": _subscribers,
    "GetSubscriptionAttributes": lambda _, asked: _attributes(
        SubscriptionArn=asked["SubscriptionArn"], PendingConfirmation="false"
    ),
}


class Connection(asyncio.Protocol):
    """One client connection; each request is answered after the latency."""

    def __init__(self, organization: Organization, latency_s: float) -> None:
        self._organization, self._latency_s = organization, latency_s
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once a request is complete; clients send one at a time."""
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[: head_end + 2]
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if len(self._buffer) < head_end + 4 + length:
            return
        body = self._buffer[head_end + 4 : head_end + 4 + length]
        self._buffer = self._buffer[head_end + 4 + length :]
        asyncio.get_running_loop().call_later(self._latency_s, self._transport.write, self._answer(head, body))

    def _answer(self, head: bytes, body: bytes) -> bytes:
        scope = _SCOPE.search(head)
        assert scope, head
        account, region, service = scope[1].decode(), scope[2].decode(), scope[3].decode()
        try:
            answer = self._organization.answer(account, service, self._operation(head, body), body, region)
            status = b"200 OK"
        except KeyError as error:
            answer, status = (
                json.dumps({"__type": "UnknownOperationException", "message": str(error)}).encode(),
                b"400 No",
            )
        return b"HTTP/1.1 %s\r\nDate: %s\r\nx-amzn-RequestId: r\r\nContent-Length: %d\r\n\r\n%s" % (
            status,
            formatdate(usegmt=True).encode(),
            len(answer),
            answer,
        )

    @staticmethod
    def _operation(head: bytes, body: bytes) -> str:
        target = _TARGET.search(head)
        if target:
            return target[1].decode()
        if body.startswith(b"Action="):
            return body[7:].split(b"&", 1)[0].decode()
        return head.split(b" ", 2)[1].strip(b"/").decode()


async def serve(organization: Organization, latency_s: float) -> None:
    """Serve until standard input closes; prints the port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(organization, latency_s), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    closed = asyncio.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(closed.set)), daemon=True).start()
    await closed.wait()
    server.close()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--organization-trail", action="store_true", help="members under one organization trail")
    parser.add_argument("--regions", type=int, default=len(REGIONS), help="how many of them answer")
    parser.add_argument("--latency-ms", type=float, default=20)
    asked = parser.parse_args()
    organization = Organization(asked.accounts, not asked.organization_trail, asked.regions)
    asyncio.run(serve(organization, asked.latency_ms / 1000))


if __name__ == "__main__":
    main()
