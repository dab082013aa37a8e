"""Which questions the plan asks, given the answers: regions, links to other accounts, who is asked where the owner
refuses."""

from orgaudit.aws.actions import action_of
from orgaudit.aws.demands import Demands
from orgaudit.aws.plan import Context, Kind, Need, account_plan, follow_ups
from orgaudit.model.calls import Call, Json, Outcome, Record

ME, CENTRAL, WATCHER, HOME = "100000000002", "100000000003", "100000000004", "eu-central-1"
CONTEXT = Context((HOME, "us-east-1"), (WATCHER,))
GROUP = f"arn:aws:logs:{HOME}:{ME}:log-group:trail"
TOPIC = f"arn:aws:sns:{HOME}:{CENTRAL}:alerts"


def answered(call: Call, **answer: object) -> Record:
    return Record(call, Outcome.ANSWERED, dict(answer))


def refused(call: Call) -> Record:
    return Record(call, Outcome.REFUSED, error_code="AccessDenied")


def asked(*records: Record, need: Need | None = None) -> list[tuple[str, str]]:
    calls = account_plan(ME, records, CONTEXT, [need] if need else None)
    assert all(action_of(call.service, call.operation) for call in calls)
    return [(call.operation, call.region) for call in calls]


def trails(region: str, *found: Json) -> Record:
    return answered(Call.of(ME, region, "cloudtrail", "DescribeTrails"), trailList=list(found))


def listed(region: str, *found: Json) -> Record:
    return answered(Call.of(ME, region, "cloudtrail", "ListTrails"), Trails=list(found))


def test_the_first_region_that_answers_counts() -> None:
    assert asked() == [("DescribeTrails", HOME)]
    denied = refused(Call.of(ME, HOME, "cloudtrail", "DescribeTrails"))
    assert asked(denied) == [("DescribeTrails", "us-east-1")]
    assert asked(denied, trails("us-east-1")) == [("ListTrails", "us-east-1")]
    assert asked(denied, refused(Call.of(ME, "us-east-1", "cloudtrail", "DescribeTrails"))) == []


def test_a_trail_that_only_the_listing_names_is_described_at_home() -> None:
    elsewhere = {"TrailARN": f"arn:aws:cloudtrail:sa-east-1:{ME}:trail/single", "HomeRegion": "sa-east-1"}
    assert asked(trails(HOME), listed(HOME, elsewhere)) == [("DescribeTrails", "sa-east-1")]


def test_selectors_of_another_account_s_trail_are_never_asked_here() -> None:
    arn = f"arn:aws:cloudtrail:{HOME}:{CENTRAL}:trail/org"
    records = trails(HOME, {"TrailARN": arn, "HomeRegion": HOME}), listed(HOME)
    assert asked(*records) == [("GetTrailStatus", HOME)]
    assert follow_ups(ME, records, CONTEXT) == {Need(Kind.TRAIL, CENTRAL, arn)}


def test_what_watches_a_log_group_s_metrics_is_found_through_links_and_configuration() -> None:
    need = Need(Kind.LOG_GROUP, ME, GROUP)
    assert asked(need=need) == [
        (operation, HOME)
        for operation in (
            "DescribeMetricFilters",
            "DescribeAlarms",
            "ListAlarmMuteRules",
            "ListLinks",
            "DescribeSubscriptionFilters",
        )
    ]
    link = {"Arn": f"arn:aws:oam:{HOME}:{ME}:link/1", "SinkArn": f"arn:aws:oam:{HOME}:{CENTRAL}:sink/1"}
    records = [answered(Call.of(ME, HOME, "oam", "ListLinks"), Items=[link])]
    assert follow_ups(ME, records, CONTEXT, [need]) == {
        Need(Kind.ALARMS, CENTRAL, HOME),
        Need(Kind.ALARMS, WATCHER, HOME),
    }
    assert ("GetLink", HOME) in asked(*records, need=need)
    records = [
        answered(Call.of(ME, HOME, "oam", "ListLinks"), Items=[link | {"ResourceTypes": ["AWS::Logs::LogGroup"]}])
    ]
    assert ("GetLink", HOME) not in asked(*records, need=need)


def test_a_mute_rule_s_targets_are_asked_for_by_its_name() -> None:
    rules = Call.of(ME, HOME, "cloudwatch", "ListAlarmMuteRules", Statuses=["ACTIVE", "SCHEDULED"])
    rule = {"AlarmMuteRuleArn": f"arn:aws:cloudwatch:{HOME}:{ME}:alarm-mute-rule:night"}
    need = Need(Kind.ALARMS, ME, HOME)
    calls = account_plan(ME, [answered(rules, AlarmMuteRuleSummaries=[rule])], CONTEXT, [need])
    assert [call.parameters for call in calls if call.operation == "GetAlarmMuteRule"] == [
        {"AlarmMuteRuleName": "night"}
    ]


def test_the_key_of_a_topic_is_asked_for_from_its_owner() -> None:
    key = f"arn:aws:kms:{HOME}:{WATCHER}:key/1"
    attributes = Call.of(ME, HOME, "sns", "GetTopicAttributes", TopicArn=TOPIC)
    records = [answered(attributes, Attributes={"KmsMasterKeyId": key})]
    assert follow_ups(ME, records, CONTEXT, [Need(Kind.TOPIC, CENTRAL, TOPIC)]) == {
        Need(Kind.KEY, WATCHER, f"{HOME} {key}", seen_from=ME)
    }


def test_an_owner_that_refuses_is_followed_by_those_who_saw_the_topic() -> None:
    need = Need(Kind.TOPIC, CENTRAL, TOPIC, seen_from=ME)
    demands = Demands()
    demands.add([need])
    ours = {ME, CENTRAL}
    assert demands.round(ours) == {CENTRAL: (need,)}
    assert demands.round(ours) == {ME: (need,)}
    assert demands.round(ours) == {}


def test_an_owner_outside_the_organization_is_not_asked() -> None:
    need = Need(Kind.TOPIC, CENTRAL, TOPIC, seen_from=ME)
    demands = Demands()
    demands.add([need])
    assert demands.round({ME}) == {ME: (need,)}
    demands.settle([need])
    assert demands.round({ME}) == {}


def test_cloudtrail_s_administrator_is_asked_for_a_trail_where_its_owner_cannot_be() -> None:
    need = Need(Kind.TRAIL, CENTRAL, f"arn:aws:cloudtrail:{HOME}:{CENTRAL}:trail/org", seen_from="")
    demands = Demands([WATCHER])
    demands.add([need])
    assert demands.round({ME, CENTRAL, WATCHER}) == {CENTRAL: (need,)}
    assert demands.round({ME, CENTRAL, WATCHER}) == {WATCHER: (need,)}
    assert demands.round({ME, CENTRAL, WATCHER}) == {}
