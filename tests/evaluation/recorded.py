"""An organization that only remembers: what AWS would answer about it, in botocore's shapes.

It starts healthy. A scenario changes one thing in it, asks what a run would ask (the real plan of calls is followed,
so that evaluation may rely on nothing that a run does not collect), and evaluates what was answered.
"""

import copy
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from botocore import xform_name

from orgaudit.aws.demands import Demands
from orgaudit.aws.plan import Context, Kind, Need, account_plan, follow_ups, settled
from orgaudit.evaluation import assess
from orgaudit.model.answers import frames_of
from orgaudit.model.calls import Call, Json, Outcome, Record, rfc3339
from orgaudit.model.frames import Frames, RunFacts
from orgaudit.model.scope import listed_accounts, standing
from orgaudit.model.settings import Config
from tests.evaluation.things import (
    CENTRAL,
    ELSEWHERE,
    MANAGEMENT,
    MEMBER,
    NOW,
    ORGANIZATION_ID,
    OTHER,
    REGION,
    Key,
    NotFoundError,
    Refusal,
    Topic,
    Trail,
    a_filter,
    a_topic,
    a_trail,
    an_alarm,
    group_arn,
    topic_arn,
)


class Organization:
    """Four members; the one that scenarios are about has a chain of its own for security group changes."""

    def __init__(self) -> None:
        self.accounts: dict[str, Json] = {
            account: {"Id": account, "Name": name, "State": "ACTIVE", "Paths": [f"{ORGANIZATION_ID}/r-1/{account}/"]}
            for account, name in {
                MANAGEMENT: "management",
                MEMBER: "workload",
                CENTRAL: "central",
                OTHER: "other",
            }.items()
        }
        self.trusted = ["cloudtrail.amazonaws.com"]
        self.administrators: list[str] = []
        self.trails: list[Trail] = []
        self.listed_only: list[Json] = []
        """Trails that ListTrails names and DescribeTrails does not show where it is asked."""
        self.filters: dict[str, list[Json]] = {}
        """By the log group's ARN; a group that is not here does not exist."""
        self.subscription_filters: dict[str, list[Json]] = {}
        self.alarms: dict[tuple[str, str], list[Json]] = defaultdict(list)
        self.composites: dict[tuple[str, str], list[Json]] = defaultdict(list)
        self.log_alarms: dict[tuple[str, str], list[Json]] = defaultdict(list)
        self.mute_rules: dict[tuple[str, str], list[Json]] = defaultdict(list)
        self.links: dict[tuple[str, str], list[Json]] = defaultdict(list)
        self.topics: dict[str, Topic] = {}
        self.keys: dict[str, Key] = {}
        """By the name that a topic gives the key."""
        self.refusals: list[Refusal] = []
        self.shown_anyway: set[str] = set()
        """Accounts that are shown trails that are none of theirs."""
        self.regions = (REGION, "us-east-1")
        """Where an account is asked for its trails."""
        self.enabled_regions = [REGION, ELSEWHERE]
        """Regions that every account has enabled."""
        self.unfinished: set[str] = set()
        """Accounts that the run had not come to when it was interrupted."""

    # what a run would ask, and what AWS would answer

    def records(self, config: Config | None = None) -> list[Record]:
        """All that a run with these settings records."""
        settings = config or Config()
        context = Context(self.regions, settings.organization.monitoring_accounts)
        asked = list(self._organization_records())
        scope = {
            row["account_id"] for row in listed_accounts(asked, settings) if standing(row, settings.scope).in_scope
        }
        known: dict[str, list[Record]] = {account: [] for account in self.accounts}
        demands = Demands(self.administrators)
        for account in sorted(scope - self.unfinished):
            self._read(account, (Need(Kind.ACCOUNT, account),), known, demands, context)
        while wanted := demands.round(known):
            for account, needs in wanted.items():
                self._read(account, needs, known, demands, context)
        if settings.audit.sweep == "failed":
            so_far = [*asked, *(record for records in known.values() for record in records)]
            for account in assess(frames_of(so_far, self._facts(), settings)).failed_accounts:
                self._read(account, (Need(Kind.SWEEP, account, "us-east-1"),), known, demands, context)
        return [*asked, *(record for records in known.values() for record in records)]

    def frames(self, config: Config | None = None, **facts: Any) -> Frames:
        """The frames of a run over this organization."""
        return frames_of(self.records(config), self._facts(**facts), config or Config())

    def _facts(self, **facts: Any) -> RunFacts:
        run = {
            "id": "run",
            "started_at": rfc3339(NOW),
            "finished_at": rfc3339(NOW),
            "organization_id": ORGANIZATION_ID,
            "management_account_id": MANAGEMENT,
            "caller_account_id": MANAGEMENT,
            "finished": not self.unfinished,
            **facts,
        }
        return RunFacts(**run)

    def _read(
        self,
        account: str,
        needs: tuple[Need, ...],
        known: dict[str, list[Record]],
        demands: Demands,
        context: Context,
    ) -> None:
        records = known[account]
        role = Call.of(account, "us-east-1", "sts", "AssumeRole", RoleArn=f"arn:aws:iam::{account}:role/OrgAudit")
        refused = any(refusal.meets(role) for refusal in self.refusals)
        while calls := account_plan(account, records, context, needs):
            if account != MANAGEMENT and not any(record.call == role for record in records):
                records += self._recorded(role)
            if refused:
                break
            records += [record for call in calls for record in self._recorded(call)]
        demands.add(follow_ups(account, records, context, needs))
        demands.settle(need for need in needs if settled(account, need, records, context))

    def _organization_records(self) -> Iterator[Record]:
        for operation, params in (
            ("ListAccounts", {}),
            ("ListAWSServiceAccessForOrganization", {}),
            ("ListDelegatedAdministrators", {"ServicePrincipal": "cloudtrail.amazonaws.com"}),
        ):
            yield from self._recorded(Call.of(MANAGEMENT, "us-east-1", "organizations", operation, **params))

    def _recorded(self, call: Call) -> list[Record]:
        refusal = next((refusal for refusal in self.refusals if refusal.meets(call)), None)
        if refusal is not None:
            return [Record(call, refusal.outcome, error_code=refusal.code, asked_at=NOW, answered_at=NOW)]
        try:
            answer = getattr(self, f"_{xform_name(call.operation)}")(call, call.parameters)
        except NotFoundError:
            code = "ResourceNotFoundException"
            return [Record(call, Outcome.NOT_FOUND, error_code=code, asked_at=NOW, answered_at=NOW)]
        plain = json.loads(json.dumps(answer, default=lambda moment: rfc3339(moment)))
        return [Record(call, Outcome.ANSWERED, plain, asked_at=NOW, answered_at=NOW)]

    def _list_accounts(self, call: Call, asked: Json) -> Json:
        return {"Accounts": list(self.accounts.values())}

    def _list_aws_service_access_for_organization(self, call: Call, asked: Json) -> Json:
        return {"EnabledServicePrincipals": [{"ServicePrincipal": service} for service in self.trusted]}

    def _list_delegated_administrators(self, call: Call, asked: Json) -> Json:
        return {"DelegatedAdministrators": [{"Id": account} for account in self.administrators]}

    def _assume_role(self, call: Call, asked: Json) -> Json:
        return {"AssumedRoleUser": {"Arn": f"arn:aws:sts::{call.account_id}:assumed-role/OrgAudit/run"}}

    def _describe_trails(self, call: Call, asked: Json) -> Json:
        shown = [
            trail.description
            for trail in self.trails
            if call.account_id in {trail.owner, *self.shown_anyway} or trail.description.get("IsOrganizationTrail")
            if trail.description.get("IsMultiRegionTrail") or trail.description["HomeRegion"] == call.region
        ]
        return {"trailList": shown}

    def _list_trails(self, call: Call, asked: Json) -> Json:
        own = [trail.description for trail in self.trails if trail.owner == call.account_id]
        listed = [*own, *(self.listed_only if call.account_id == MEMBER else [])]
        return {"Trails": [{key: trail[key] for key in ("TrailARN", "Name", "HomeRegion")} for trail in listed]}

    def _trail(self, arn: str) -> Trail:
        trail = next((trail for trail in self.trails if trail.arn == arn), None)
        if trail is None:
            raise NotFoundError
        return trail

    def _get_trail_status(self, call: Call, asked: Json) -> Json:
        trail = self._trail(asked["Name"])
        return trail.member_status.get(call.account_id, trail.status)

    def _get_event_selectors(self, call: Call, asked: Json) -> Json:
        return self._trail(asked["TrailName"]).selectors

    def _group(self, call: Call, asked: Json) -> str:
        return group_arn(call.account_id, asked["logGroupName"], call.region)

    def _describe_metric_filters(self, call: Call, asked: Json) -> Json:
        if "logGroupName" not in asked:
            return {"metricFilters": list(self._filters_anywhere(call))}
        if self._group(call, asked) not in self.filters:
            raise NotFoundError
        name = asked["logGroupName"]
        return {"metricFilters": [{"logGroupName": name, **found} for found in self.filters[self._group(call, asked)]]}

    def _filters_anywhere(self, call: Call) -> Iterator[Json]:
        for arn, listed in self.filters.items():
            *_, region, account, _, name = arn.split(":", 6)
            if (account, region) == (call.account_id, call.region):
                yield from ({"logGroupName": name, **found} for found in listed)

    def _list_regions(self, call: Call, asked: Json) -> Json:
        return {"Regions": [{"RegionName": region, "RegionOptStatus": "ENABLED"} for region in self.enabled_regions]}

    def _describe_subscription_filters(self, call: Call, asked: Json) -> Json:
        return {"subscriptionFilters": self.subscription_filters.get(self._group(call, asked), [])}

    def _describe_alarms(self, call: Call, asked: Json) -> Json:
        place = call.account_id, call.region
        found = {
            "MetricAlarm": self.alarms[place],
            "CompositeAlarm": self.composites[place],
            "LogAlarm": self.log_alarms[place],
        }
        return {f"{kind}s": alarms if kind in asked["AlarmTypes"] else [] for kind, alarms in found.items()}

    def _list_alarm_mute_rules(self, call: Call, asked: Json) -> Json:
        rules = self.mute_rules[call.account_id, call.region]
        return {
            "AlarmMuteRuleSummaries": [
                {"AlarmMuteRuleArn": rule["AlarmMuteRuleArn"], "Status": rule["Status"]}
                for rule in rules
                if rule["Status"] in asked.get("Statuses", [rule["Status"]])
            ]
        }

    def _get_alarm_mute_rule(self, call: Call, asked: Json) -> Json:
        rules = self.mute_rules[call.account_id, call.region]
        return next(rule for rule in rules if rule["AlarmMuteRuleArn"].endswith(f":{asked['AlarmMuteRuleName']}"))

    def _list_links(self, call: Call, asked: Json) -> Json:
        links = self.links[call.account_id, call.region]
        return {"Items": [{name: link[name] for name in link if name != "LinkConfiguration"} for link in links]}

    def _get_link(self, call: Call, asked: Json) -> Json:
        found = [link for link in self.links[call.account_id, call.region] if link["Arn"] == asked["Identifier"]]
        if not found:
            raise NotFoundError
        return found[0]

    def _topic(self, arn: str) -> Topic:
        if arn not in self.topics:
            raise NotFoundError
        return self.topics[arn]

    def _get_topic_attributes(self, call: Call, asked: Json) -> Json:
        return {"Attributes": self._topic(asked["TopicArn"]).attributes}

    def _list_subscriptions_by_topic(self, call: Call, asked: Json) -> Json:
        return {"Subscriptions": self._topic(asked["TopicArn"]).subscriptions}

    def _get_subscription_attributes(self, call: Call, asked: Json) -> Json:
        arn = asked["SubscriptionArn"]
        more = self._topic(arn.rpartition(":")[0]).filters.get(arn, {})
        return {"Attributes": {"SubscriptionArn": arn, "PendingConfirmation": "false", **more}}

    def _key(self, name: str) -> Key:
        found = [key for asked, key in self.keys.items() if name in (asked, key.metadata.get("Arn"))]
        if not found:
            raise NotFoundError
        return found[0]

    def _describe_key(self, call: Call, asked: Json) -> Json:
        return {"KeyMetadata": self._key(asked["KeyId"]).metadata}

    def _get_key_policy(self, call: Call, asked: Json) -> Json:
        return {"Policy": json.dumps(self._key(asked["KeyId"]).policy), "PolicyName": "default"}

    # the things that scenarios change

    def copy(self) -> "Organization":
        return copy.deepcopy(self)

    def chain(self, account: str = MEMBER, group: str = "") -> None:
        """Filter, alarm, topic and subscriber for security group changes, in the account and behind the log group."""
        self.filters[group or group_arn(account)] = [a_filter()]
        self.alarms[account, REGION] = [an_alarm(account=account)]
        self.topics[topic_arn(account=account)] = a_topic(topic_arn(account=account))


def own_chain() -> Organization:
    """The member has a trail of its own, and everything behind it."""
    organization = Organization()
    organization.trails = [a_trail(MEMBER)]
    organization.chain()
    return organization


def inherited_chain() -> Organization:
    """An organization trail; its log group and all behind it are in the central account."""
    organization = Organization()
    organization.trails = [a_trail(MANAGEMENT, "organization", group_arn(CENTRAL), organization=True)]
    organization.chain(CENTRAL, group_arn(CENTRAL))
    return organization


def management_chain() -> Organization:
    """An organization trail whose log group, and all behind it, are in the management account."""
    organization = Organization()
    organization.trails = [a_trail(MANAGEMENT, "organization", group_arn(MANAGEMENT), organization=True)]
    organization.chain(MANAGEMENT, group_arn(MANAGEMENT))
    return organization
