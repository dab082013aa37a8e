"""An organization that answers in this process: what AWS would say, without a network, moto or a clock."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from orgaudit.aws import session
from orgaudit.aws.actions import action_of
from orgaudit.aws.asking import Asker
from orgaudit.aws.clock import Clock
from orgaudit.aws.organization import Access
from orgaudit.aws.worker import Identity
from orgaudit.evidence.masking import Mask
from orgaudit.model.calls import Call, Json
from tests.aws.scripted import SWIFT, Keys

MANAGEMENT, HOME = "100000000001", "eu-central-1"
Answer = Callable[[str, str, Json], Json]
"""From asking account, region and parameters to the answer."""


def refusal(code: str = "AccessDeniedException") -> ClientError:
    """The error that a caller without a right gets."""
    said: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(said, "")


def trail(account_id: str, group: str | None = None, organization: bool = False, name: str = "trail") -> Json:
    """A multi-region trail as DescribeTrails shows it."""
    shown: Json = {
        "TrailARN": f"arn:aws:cloudtrail:{HOME}:{account_id}:trail/{name}",
        "HomeRegion": HOME,
        "IsMultiRegionTrail": True,
        "IsOrganizationTrail": organization,
    }
    return shown | ({"CloudWatchLogsLogGroupArn": f"{group}:*"} if group else {})


def alarm(account_id: str, metric: str, topic: str, name: str = "alarm") -> Json:
    """An alarm on one metric that notifies one topic."""
    return {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:{HOME}:{account_id}:alarm:{name}",
        "Namespace": "CIS",
        "MetricName": metric,
        "AlarmActions": [topic],
    }


@dataclass
class Organization:
    """Accounts and what they answer. ``answers`` by operation; everything else answers that there is nothing."""

    accounts: list[Json]
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Who asked what, where."""
    page_size: int = 2

    @classmethod
    def of(cls, *account_ids: str, paths: str = "o-1/r-1/ou-1/") -> "Organization":
        """Active accounts, all in one unit."""
        return cls([{"Id": one, "State": "ACTIVE", "Paths": [f"{paths}{one}/"]} for one in account_ids])

    def refuse(self, operation: str, *account_ids: str) -> None:
        """Let these accounts get a refusal; for AssumeRole, the accounts whose role it is."""
        before = self.answers.get(operation) or self._default(operation)

        def answer(account_id: str, region: str, params: Json) -> Json:
            about = params["RoleArn"].split(":")[4] if operation == "AssumeRole" else account_id
            if about in account_ids:
                raise refusal()
            return before(account_id, region, params)

        self.answers[operation] = answer

    def calls_by(self, account_id: str) -> Counter[str]:
        """How often this account asked what."""
        return Counter(operation for asker, operation, _ in self.asked if asker == account_id)

    def access(self, run_id: str = "run-1") -> Access:
        """A way in, as the management account."""
        asker = Asker(_Clients(self), Mask(bytes(32)), patience=SWIFT)  # type: ignore[arg-type]
        identity = Identity(MANAGEMENT, "aws", HOME, "us-east-1", run_id, Keys(f"AKIA{MANAGEMENT}"))
        listing = asker.ask(Call.of(MANAGEMENT, "us-east-1", "organizations", "ListAccounts"), identity.signer)
        return Access(asker, identity, f"arn:aws:iam::{MANAGEMENT}:user/a", "o-1", MANAGEMENT, [], listing)

    def answer(self, account_id: str, operation: str, region: str, params: Json) -> Json:
        """What AWS would say."""
        self.asked.append((account_id, operation, region))
        return (self.answers.get(operation) or self._default(operation))(account_id, region, params)

    def _default(self, operation: str) -> Answer:
        if operation == "ListAccounts":
            return self._page
        if operation == "AssumeRole":
            return _assumed
        if operation == "ListRoots":
            return lambda *_: {"Roots": [{"Id": "r-1", "Name": "Root"}]}
        if operation == "ListOrganizationalUnitsForParent":
            return lambda account_id, region, params: {"OrganizationalUnits": _units(params["ParentId"])}
        return lambda account_id, region, params: {}

    def _page(self, account_id: str, region: str, params: Json) -> Json:
        start = int(params.get("NextToken", 0))
        page: Json = {"Accounts": self.accounts[start : start + self.page_size]}
        end = start + self.page_size
        return page | ({"NextToken": str(end)} if end < len(self.accounts) else {})


def _units(parent: str) -> list[Json]:
    below = {"r-1": [("ou-1", "Prod"), ("ou-2", "Test")], "ou-1": [("ou-3", "Payments")]}
    return [{"Id": unit, "Name": name} for unit, name in below.get(parent, [])]


def _assumed(account_id: str, region: str, params: Json) -> Json:
    target = params["RoleArn"].split(":")[4]
    return {"Credentials": {"AccessKeyId": f"ASIA{target}", "SecretAccessKey": "s", "SessionToken": "t"}}


class _Clients:
    """Takes the place of botocore's clients: who asks is read off the credentials that would sign."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self.clock = Clock()

    def call(self, service: str, operation: str, region: str, params: Json) -> Json:
        action = action_of(service, operation)
        account_id = session._signing_as.get().access_key[4:]
        empty: Json = {member: [] if member[-1] == "s" else {} for member in action.promises if member.isalpha()}
        return empty | dict(self._organization.answer(account_id, operation, region, params))

    def received(self) -> bytes:
        return b""

    def listed(self, service: str, region: str) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""


def only(account_ids: Iterable[str], answer: Json) -> Answer:
    """The answer for some accounts; the others have nothing."""
    allowed = set(account_ids)
    return lambda account_id, region, params: answer if account_id in allowed else {}
