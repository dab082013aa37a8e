"""The verdict table, fourth part: which alarm carries the action, and is it free to act?"""

from tests.evaluation.changes import GONE, not_offered, refused
from tests.evaluation.changes_of_alarms import alarm, another_alarm, composite, mute_rule
from tests.evaluation.changes_of_topics import actions
from tests.evaluation.scenario import audit, check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import CENTRAL, ELSEWHERE, MEMBER, NOW, REGION, a_filter, alarm_arn, group_arn, topic_arn

FUNCTION = f"arn:aws:lambda:{REGION}:{MEMBER}:function:told"
OPS_ITEM = f"arn:aws:ssm:{REGION}:{MEMBER}:opsitem:1#CATEGORY=Security"
NO_ACTION = fails("action", "NO_ALARM_ACTION")
NOT_ACCEPTED = fails("action", "ACTION_NOT_ACCEPTED")
UNDECIDED = open_because("COMPOSITE_UNDECIDED")

ACTION = [
    scenario("The actions are disabled.", alarm(ActionsEnabled=False), expected=fails("action", "ACTIONS_DISABLED")),
    scenario(
        "Whether actions are enabled is missing from the answer.",
        alarm(ActionsEnabled=GONE),
        expected=open_because("ACTIONS_UNREAD"),
    ),
    scenario("No action at all.", actions(), expected=NO_ACTION),
    scenario(
        "An action for OK alone tells that all is well.", actions(), alarm(OKActions=[topic_arn()]), expected=NO_ACTION
    ),
    scenario(
        "An action for missing data alone.", actions(), alarm(InsufficientDataActions=[topic_arn()]), expected=NO_ACTION
    ),
    scenario("A function is not the route of the benchmark.", actions(FUNCTION), expected=NOT_ACCEPTED),
    scenario(
        "A function where the configuration accepts one.",
        actions(FUNCTION),
        expected=passes(),
        config=audit(accept_actions=("lambda",)),
    ),
    scenario(
        "A function where the configuration accepts something else.",
        actions(FUNCTION),
        expected=NOT_ACCEPTED,
        config=audit(accept_actions=("ssm",)),
    ),
    scenario(
        "An OpsItem where the configuration accepts one.",
        actions(OPS_ITEM),
        expected=passes(),
        config=audit(accept_actions=("ssm",)),
    ),
    scenario(
        "Stopping an instance tells nobody.", actions(f"arn:aws:automate:{REGION}:ec2:stop"), expected=NOT_ACCEPTED
    ),
    scenario(
        "Scaling tells nobody.",
        actions(f"arn:aws:autoscaling:{REGION}:{MEMBER}:scalingPolicy:1"),
        expected=NOT_ACCEPTED,
    ),
    scenario("Something that is no ARN.", actions("security"), expected=NOT_ACCEPTED),
    scenario("A topic beside a function: the topic counts.", actions(FUNCTION, topic_arn()), expected=passes()),
    scenario("A dead topic beside a good one.", actions(topic_arn("gone"), topic_arn()), expected=passes()),
    scenario(
        "A topic in another region is never used.",
        actions(topic_arn(region=ELSEWHERE)),
        expected=fails("topic", "TOPIC_IN_OTHER_REGION"),
    ),
    scenario(
        "A topic in another partition is never used.",
        actions(topic_arn().replace("arn:aws:", "arn:aws-cn:")),
        expected=fails("topic", "TOPIC_IN_OTHER_REGION"),
    ),
]

MUTED = fails("action", "MUTED")

MUTING = [
    scenario(
        "A mute rule is active on the alarm.",
        mute_rule(ExpireDate=NOW.replace(day=30)),
        expected=MUTED.saying("2026-11-30"),
    ),
    scenario("A mute rule is active, with no end.", mute_rule(), expected=MUTED),
    scenario("A mute rule is active on another alarm.", mute_rule(alarms=("others",)), expected=passes()),
    scenario(
        "A mute rule is active on an alarm whose name begins the same.",
        mute_rule(alarms=("security-groups-2",)),
        expected=passes(),
    ),
    scenario("A mute rule is scheduled.", mute_rule("SCHEDULED"), expected=passes().noting("MUTE_SCHEDULED")),
    scenario("A mute rule is over.", mute_rule("EXPIRED"), expected=passes().without("MUTE_SCHEDULED")),
    scenario(
        "Mute rules were refused.",
        refused("cloudwatch:ListAlarmMuteRules"),
        expected=passes().noting("MUTE_RULES_UNREAD"),
    ),
    scenario(
        "Mute rules are not offered there.",
        not_offered("cloudwatch:ListAlarmMuteRules"),
        expected=passes().noting("MUTE_RULES_UNREAD"),
    ),
    scenario(
        "A rule is active, and on which alarms was refused.",
        mute_rule(),
        refused("cloudwatch:GetAlarmMuteRule"),
        expected=open_because("MUTE_TARGETS_UNREAD").naming("cloudwatch:GetAlarmMuteRule", MEMBER, REGION),
    ),
    scenario(
        "A scheduled rule's alarms were refused: it mutes nothing now.",
        mute_rule("SCHEDULED"),
        refused("cloudwatch:GetAlarmMuteRule"),
        expected=passes(),
    ),
    scenario(
        "Of two active rules one was refused, the other mutes.",
        mute_rule(),
        mute_rule(name="other"),
        refused("cloudwatch:GetAlarmMuteRule", about='"other"'),
        expected=MUTED,
    ),
    scenario(
        "Of two active rules one was refused, the other is about another alarm.",
        mute_rule(alarms=("others",)),
        mute_rule(name="other"),
        refused("cloudwatch:GetAlarmMuteRule", about='"other"'),
        expected=open_because("MUTE_TARGETS_UNREAD").naming("cloudwatch:GetAlarmMuteRule", MEMBER, REGION),
    ),
    scenario(
        "A rule is active, and its answer names no alarms.",
        mute_rule(MuteTargets=GONE),
        expected=open_because("MUTE_TARGETS_UNREAD"),
    ),
    scenario(
        "The alarm is muted, but a composite alarm carries the action.",
        composite("ALARM(security-groups)"),
        mute_rule(),
        expected=passes(),
    ),
    scenario(
        "The composite alarm that carries the action is muted.",
        composite("ALARM(security-groups)"),
        mute_rule(alarms=("above",)),
        expected=MUTED,
    ),
]

CHILD = "ALARM(security-groups)"
OTHER_ALARM = another_alarm("other", "Other")


def ruled(rule: str):
    return composite(rule)


CARRIED = [
    scenario(
        "An alarm called None is an alarm like any other, and no suppressor.",
        alarm(AlarmName="None", AlarmArn=alarm_arn("None")),
        composite("ALARM(None)"),
        expected=passes(),
    ),
    scenario(
        "A composite alarm carries the action; the child's own actions do not matter.", ruled(CHILD), expected=passes()
    ),
    scenario("The child named by its ARN.", ruled(f"ALARM({alarm_arn('security-groups')})"), expected=passes()),
    scenario("The child named in quotes.", ruled('ALARM("security-groups")'), expected=passes()),
    scenario("The child or another.", OTHER_ALARM, ruled(f"{CHILD} OR ALARM(other)"), expected=passes()),
    scenario(
        "The child and another: alone it does nothing.",
        OTHER_ALARM,
        ruled(f"{CHILD} AND ALARM(other)"),
        expected=NO_ACTION,
    ),
    scenario("The child and not another.", OTHER_ALARM, ruled(f"{CHILD} AND NOT ALARM(other)"), expected=passes()),
    scenario(
        "The child and not another, which is in ALARM now: the composite alarm stays silent.",
        another_alarm("other", "Other", StateValue="ALARM"),
        ruled(f"{CHILD} AND NOT ALARM(other)"),
        expected=fails("action", "SUPPRESSED"),
    ),
    scenario(
        "The child or another, which is in ALARM now: no rule of that kind turns false.",
        another_alarm("other", "Other", StateValue="ALARM"),
        ruled(f"{CHILD} OR ALARM(other)"),
        expected=passes(),
    ),
    scenario(
        "The child and not another on the same metric, which fires with it.",
        another_alarm("twin", AlarmActions=[]),
        ruled(f"{CHILD} AND NOT ALARM(twin)"),
        expected=UNDECIDED,
    ),
    scenario(
        "The child and not another, through a second composite alarm.",
        another_alarm("twin", AlarmActions=[]),
        composite("NOT ALARM(twin)", "calm", AlarmActions=[]),
        composite(f"{CHILD} AND ALARM(calm)", AlarmActions=[topic_arn()]),
        expected=UNDECIDED,
    ),
    scenario(
        "The child and not another that other filters feed: the same event may match both.",
        lambda organization: organization.filters[group_arn()].append(a_filter("more", metric="More")),
        another_alarm("more", "More", AlarmActions=[]),
        ruled(f"{CHILD} AND NOT ALARM(more)"),
        expected=UNDECIDED,
    ),
    scenario(
        "The child and not another, as the whole reason: OK of the twin.",
        another_alarm("twin", AlarmActions=[]),
        ruled(f"{CHILD} OR ({CHILD} AND OK(twin))"),
        expected=passes(),
    ),
    scenario(
        "The child and another that is OK: in INSUFFICIENT_DATA it is not.",
        OTHER_ALARM,
        ruled(f"{CHILD} AND OK(other)"),
        expected=NO_ACTION,
    ),
    scenario(
        "The child and another in either quiet state.",
        OTHER_ALARM,
        ruled(f"{CHILD} AND (OK(other) OR INSUFFICIENT_DATA(other))"),
        expected=passes(),
    ),
    scenario("Not the child.", ruled(f"NOT {CHILD}"), expected=NO_ACTION),
    scenario("The child is OK: inverted.", ruled("OK(security-groups)"), expected=NO_ACTION),
    scenario("Twice not.", ruled(f"NOT (NOT {CHILD})"), expected=passes()),
    scenario("Always true is no news.", ruled(f"{CHILD} OR TRUE"), expected=NO_ACTION),
    scenario("Never true.", ruled(f"{CHILD} AND FALSE"), expected=NO_ACTION),
    scenario("AND binds before OR.", OTHER_ALARM, ruled(f"{CHILD} OR ALARM(other) AND FALSE"), expected=passes()),
    scenario(
        "In ALARM too when another has no data: no news.",
        OTHER_ALARM,
        ruled(f"{CHILD} OR INSUFFICIENT_DATA(other)"),
        expected=NO_ACTION,
    ),
    scenario(
        "Through two composite alarms.",
        ruled(CHILD),
        composite("ALARM(above)", "top", keep_child_actions=True),
        alarm(AlarmActions=[]),
        lambda organization: organization.composites[MEMBER, REGION][0].update(AlarmActions=[]),
        expected=passes(),
    ),
    scenario(
        "Through a composite alarm that needs another alarm too.",
        OTHER_ALARM,
        composite(f"{CHILD} AND ALARM(other)"),
        composite("ALARM(above)", "top"),
        expected=NO_ACTION,
    ),
    scenario(
        "Composite alarms in a circle.",
        composite(f"{CHILD} OR ALARM(top)"),
        composite("ALARM(above)", "top"),
        expected=UNDECIDED,
    ),
    scenario("A rule that names an alarm that does not exist.", ruled(f"{CHILD} OR ALARM(gone)"), expected=UNDECIDED),
    scenario(
        "A rule that names an alarm of the same name in another account.",
        ruled(f"ALARM({alarm_arn('security-groups', CENTRAL)})"),
        expected=NO_ACTION,
    ),
    scenario(
        "A rule that names an alarm of the same name in another region.",
        ruled(f"ALARM({alarm_arn('security-groups', region=ELSEWHERE)})"),
        expected=NO_ACTION,
    ),
    scenario("A rule with a word that nobody knows.", ruled(f"AT_LEAST(1, ALARM, ({CHILD}))"), expected=UNDECIDED),
    scenario("A rule that breaks off.", ruled(f"({CHILD}"), expected=UNDECIDED),
    scenario(
        "A rule on another alarm carries nothing of this one.", OTHER_ALARM, ruled("ALARM(other)"), expected=NO_ACTION
    ),
    scenario(
        "A rule on an alarm whose name contains this one's.",
        another_alarm("security-groups-2", "Other"),
        ruled("ALARM(security-groups-2)"),
        expected=NO_ACTION,
    ),
    scenario(
        "An alarm's name with quotes in it.",
        alarm(AlarmName='say "now"', AlarmArn=alarm_arn('say "now"')),
        ruled(r'ALARM("say \"now\"")'),
        expected=passes(),
    ),
    scenario(
        "An alarm's name that looks like part of an ARN.",
        alarm(AlarmName="x:alarm:y", AlarmArn=alarm_arn("x:alarm:y")),
        ruled('ALARM("x:alarm:y")'),
        expected=passes(),
    ),
    scenario(
        "The child alone acts as well: one of the two is enough.",
        composite(CHILD, ActionsEnabled=False, keep_child_actions=True),
        expected=passes(),
    ),
    scenario(
        "The composite alarm's actions are disabled.",
        composite(CHILD, ActionsEnabled=False),
        expected=fails("action", "ACTIONS_DISABLED"),
    ),
    scenario("The composite alarm has no action either.", composite(CHILD, AlarmActions=[]), expected=NO_ACTION),
    scenario(
        "The composite alarm is in ALARM now.",
        composite(CHILD, StateValue="ALARM"),
        expected=passes().noting("IN_ALARM"),
    ),
    scenario(
        "The child fires too late: no composite alarm can help.",
        ruled(CHILD),
        alarm(Threshold=5.0),
        expected=fails("alarm", "ALARM_NEEDS_MORE_EVENTS"),
    ),
]

SUPPRESSING = [
    scenario(
        "Suppressed by an alarm at this moment.",
        OTHER_ALARM,
        composite(CHILD, ActionsSuppressor="other", ActionsSuppressedBy="Alarm"),
        expected=fails("action", "SUPPRESSED"),
    ),
    scenario(
        "Suppressed, in the spelling of the API's text.",
        OTHER_ALARM,
        composite(CHILD, ActionsSuppressor="other", ActionsSuppressedBy="ALARM"),
        expected=fails("action", "SUPPRESSED"),
    ),
    scenario(
        "A suppressor at rest.",
        OTHER_ALARM,
        composite(CHILD, ActionsSuppressor="other"),
        expected=passes().noting("SUPPRESSOR"),
    ),
    scenario(
        "A suppressor in ALARM while the composite alarm is OK: it would suppress now.",
        another_alarm("other", "Other", StateValue="ALARM"),
        composite(CHILD, ActionsSuppressor="other"),
        expected=fails("action", "SUPPRESSED"),
    ),
    scenario(
        "A suppressor on another metric that a filter feeds: the same event may take it to ALARM.",
        lambda organization: organization.filters[group_arn()].append(a_filter("more", metric="More")),
        another_alarm("more", "More", AlarmActions=[]),
        composite(CHILD, ActionsSuppressor="more"),
        expected=open_because("SUPPRESSOR_UNDECIDED"),
    ),
    scenario(
        "A composite suppressor over another alarm on the same metric.",
        another_alarm("twin", AlarmActions=[]),
        composite(CHILD, ActionsSuppressor="quiet"),
        composite("ALARM(twin)", "quiet", AlarmActions=[]),
        expected=open_because("SUPPRESSOR_UNDECIDED"),
    ),
    scenario(
        "A composite suppressor over an alarm that no filter feeds.",
        OTHER_ALARM,
        composite(CHILD, ActionsSuppressor="quiet"),
        composite("ALARM(other)", "quiet", AlarmActions=[]),
        expected=passes().noting("SUPPRESSOR"),
    ),
    scenario(
        "A composite alarm that waits for its suppressor for longer than is accepted, whenever it should act.",
        OTHER_ALARM,
        composite(CHILD, ActionsSuppressor="other", ActionsSuppressorWaitPeriod=3601),
        expected=fails("action", "SUPPRESSED").saying("3601 s"),
    ),
    scenario(
        "One that waits for as long as is accepted.",
        OTHER_ALARM,
        composite(CHILD, ActionsSuppressor="other", ActionsSuppressorWaitPeriod=3600),
        expected=passes().noting("SUPPRESSOR"),
    ),
    scenario(
        "A suppressor that just left.",
        OTHER_ALARM,
        composite(CHILD, ActionsSuppressor="other", ActionsSuppressedBy="ExtensionPeriod"),
        expected=passes().noting("SUPPRESSOR"),
    ),
    scenario(
        "The child itself suppresses the composite alarm: it never acts.",
        composite(CHILD, ActionsSuppressor="security-groups"),
        expected=fails("action", "SUPPRESSED"),
    ),
    scenario(
        "The child itself suppresses, named by its ARN.",
        composite(CHILD, ActionsSuppressor=alarm_arn("security-groups")),
        expected=fails("action", "SUPPRESSED"),
    ),
    scenario(
        "A composite alarm over the child suppresses: it never acts.",
        composite(CHILD, "quiet", AlarmActions=[], keep_child_actions=True),
        composite(CHILD, ActionsSuppressor="quiet"),
        lambda organization: organization.composites[MEMBER, REGION][1].update(AlarmActions=[topic_arn()]),
        expected=fails("action", "SUPPRESSED"),
    ),
    scenario(
        "Another alarm on the same metric suppresses: it may be in ALARM at the same time.",
        another_alarm("twin"),
        composite(CHILD, ActionsSuppressor="twin"),
        lambda organization: organization.alarms[MEMBER, REGION][1].update(AlarmActions=[]),
        expected=open_because("SUPPRESSOR_UNDECIDED"),
    ),
]


@rows_of(ACTION)
def test_action(one):
    check(one)


@rows_of(MUTING)
def test_mute_rules(one):
    check(one)


@rows_of(CARRIED)
def test_composite_alarms(one):
    check(one)


@rows_of(SUPPRESSING)
def test_suppressors(one):
    check(one)
