"""Every reason code and every observation, with a sentence: what scripts may rely on, and what the manual prints.

A code once published keeps its meaning. The texts of rows may be reworded at any time.
"""

from typing import NamedTuple


class Reason(NamedTuple):
    """What a reason code says."""

    result: str
    """The result that it goes with."""
    links: tuple[str, ...]
    """The links it can be about; empty where it is about none or any."""
    sentence: str


def _broken(link: str, sentence: str) -> Reason:
    return Reason("FAIL", (link,), sentence)


def _open(sentence: str, *links: str) -> Reason:
    return Reason("NOT_EVALUATED", links, sentence)


REASONS: dict[str, Reason] = {
    "COVERED": Reason("PASS", (), "One filter with a whole chain behind it catches every event of the control."),
    "COVERED_TOGETHER": Reason("PASS", (), "Several filters, each with a whole chain behind it, catch every event."),
    "SATISFIED": Reason("PASS", (), "The trails have what the trail control asks for."),
    "NOT_MANAGEMENT_ACCOUNT": Reason("NOT_APPLICABLE", (), "The control has a meaning in the management account only."),
    # trail
    "NO_TRAIL": _broken("trail", "No trail records the account."),
    "NO_LOGGING_TRAIL": _broken("trail", "The account has trails, and none of them logs."),
    "TRAIL_NOT_FOUND": _broken("trail", "The trail was deleted between two questions."),
    "TRAIL_NOT_LOGGING": _broken("trail", "The trail is switched off."),
    "TRAIL_SINGLE_REGION": _broken("trail", "The trail records one region only."),
    "TRAIL_NO_GLOBAL_EVENTS": _broken("trail", "The trail leaves out global services such as IAM and sign-in."),
    "MEMBER_NOT_RECORDED": _broken("trail", "The organization trail logs, but not this member, as the member is told."),
    "TRUSTED_ACCESS_OFF": _broken("trail", "CloudTrail has no trusted access in the organization: no member inherits."),
    "NO_ORGANIZATION_TRAIL": _broken("trail", "The trail is no organization trail."),
    "NO_LOG_FILE_VALIDATION": _broken("trail", "A logging trail does not validate its log files."),
    "NO_KMS_KEY": _broken("trail", "A logging trail does not encrypt its log files with a KMS key."),
    "SELECTORS_EXCLUDE": _broken("selectors", "The trail's event selectors leave out events of the control."),
    # delivery
    "NO_LOG_GROUP": _broken("delivery", "The trail delivers to no CloudWatch Logs log group."),
    "LOG_GROUP_NOT_FOUND": _broken("delivery", "The trail's log group does not exist."),
    "NEVER_DELIVERED": _broken("delivery", "The trail has never delivered to its log group."),
    "DELIVERY_ERROR": _broken("delivery", "Delivery fails, and the last success is over an hour old."),
    "DELIVERY_STALE": _broken("delivery", "Nothing was delivered for too long, although the trail has events."),
    # filter and metric
    "NO_FILTERS": _broken("filter", "The trail's log group has no metric filter."),
    "NO_FILTER_FOR_CONTROL": _broken("filter", "No metric filter matches any event of the control."),
    "FILTER_INCOMPLETE": _broken(
        "filter", "Metric filters match some events of the control; the witness escapes them."
    ),
    "NO_METRIC": _broken("metric", "The filter feeds no metric."),
    # alarm
    "NO_ALARM": _broken("alarm", "No alarm watches the filter's metric."),
    "ALARM_ON_OTHER_METRIC": _broken(
        "alarm", "Alarms on a metric of that name watch another account, namespace, unit or dimension."
    ),
    "ALARM_EVALUATION_ERROR": _broken("alarm", "CloudWatch reports that it cannot evaluate the alarm."),
    "ALARM_CANNOT_FIRE": _broken("alarm", "No number of events takes the alarm over its threshold for sure."),
    "ALARM_ALWAYS": _broken("alarm", "The alarm is in ALARM without any event, so an event changes nothing."),
    "ALARM_INVERTED": _broken("alarm", "The alarm fires on few events and is silent on many."),
    "ALARM_NEEDS_MORE_EVENTS": _broken("alarm", "The alarm needs more events at once than are accepted."),
    "ALARM_NEEDS_MORE_DATAPOINTS": _broken("alarm", "The alarm needs several breaching periods; one event makes one."),
    "ALARM_TOO_LATE": _broken("alarm", "The alarm fires, but later than is accepted."),
    "ALARM_STUCK": _broken("alarm", "Missing data count as breaching and nothing else comes: never out of ALARM."),
    "LATCHED": _broken("alarm", "The alarm is in ALARM and missing data keep it there: it cannot fire again."),
    # action
    "ACTIONS_DISABLED": _broken("action", "The alarm's actions are disabled."),
    "NO_ALARM_ACTION": _broken("action", "The alarm has no action for the ALARM state."),
    "ACTION_NOT_ACCEPTED": _broken("action", "The alarm has actions, and none of an accepted kind."),
    "MUTED": _broken("action", "An active mute rule silences the alarm."),
    "SUPPRESSED": _broken("action", "The composite alarm is suppressed, now or whenever it should act."),
    # topic
    "TOPIC_IN_OTHER_REGION": _broken("topic", "The topic is in another region than the alarm: it is never used."),
    "TOPIC_NOT_FOUND": _broken("topic", "The topic does not exist."),
    "TOPIC_POLICY_DENIES": _broken("topic", "The topic's policy does not let CloudWatch publish for this alarm."),
    "TOPIC_KEY_AWS_MANAGED": _broken("topic", "The topic is encrypted with AWS's own key, closed to CloudWatch."),
    "TOPIC_KEY_NOT_FOUND": _broken("topic", "The key that encrypts the topic does not exist."),
    "TOPIC_KEY_UNUSABLE": _broken("topic", "The key is disabled, to be deleted, or of another region."),
    "TOPIC_KEY_DENIES": _broken("topic", "The key's policy does not let CloudWatch use it."),
    # subscription
    "NO_SUBSCRIPTION": _broken("subscription", "Nobody is subscribed to the topic."),
    "SUBSCRIPTION_PENDING": _broken("subscription", "Subscriptions wait for confirmation; none is confirmed."),
    "FILTERED_OUT": _broken("subscription", "Every confirmed subscription filters alarm messages out."),
    # not evaluated
    "CALL_NOT_ANSWERED": _open("A call that might show a chain was refused, throttled, failed or never made."),
    "TRAIL_ANSWER_INCOMPLETE": _open("An answer lacks what decides about the trail.", "trail", "delivery"),
    "SELECTORS_NOT_FOUND": _open("The trail's event selectors were not found.", "selectors"),
    "SELECTORS_UNDECIDED": _open("An event selector narrows in an unknown way.", "selectors"),
    "PATTERN_UNDECIDED": _open("Whether the filters cover the control cannot be decided.", "filter"),
    "AWS_DISAGREES": _open("AWS itself, asked by TestMetricFilter, contradicts the proof that decides.", "filter"),
    "CRITERION_EMPTY": _open("No event of this account can match the control's pattern: there is nothing to prove."),
    "METRIC_UNREAD": _open("The answer does not tell which metric the filter feeds, or with what.", "metric"),
    "METRIC_VALUE_UNDECIDED": _open(
        "The metric's value is neither a field nor a number that CloudWatch takes.", "metric"
    ),
    "ALARM_UNDECIDED": _open("The alarm uses settings or metric math whose outcome is not certain.", "alarm"),
    "LINK_UNDECIDED": _open(
        "The alarm is behind an OAM link that shows some metrics only, is gone or cannot be read.", "alarm"
    ),
    "ACTIONS_UNREAD": _open(
        "The answer does not tell whether the alarm's actions are enabled, or what they are.", "action"
    ),
    "COMPOSITE_UNDECIDED": _open("Whether a composite alarm carries the action cannot be decided.", "action"),
    "SUPPRESSOR_UNDECIDED": _open(
        "Whether something suppresses the composite alarm when it should act cannot be decided.", "action"
    ),
    "MUTE_TARGETS_UNREAD": _open("A mute rule is active, and which alarms it silences was not readable.", "action"),
    "TOPIC_FIFO": _open("Whether CloudWatch delivers to a FIFO topic is not known.", "topic"),
    "TOPIC_POLICY_UNREAD": _open("The topic's policy was not in the answer.", "topic"),
    "TOPIC_POLICY_UNDECIDED": _open("The topic's policy uses what cannot be decided.", "topic"),
    "TOPIC_KEY_UNDECIDED": _open("The key's policy or state cannot be decided.", "topic"),
    "SUBSCRIPTION_UNREAD": _open(
        "The answer does not tell whether a subscription of the topic is confirmed.", "subscription"
    ),
    "FILTER_POLICY_UNDECIDED": _open(
        "Whether alarm messages pass the subscriptions' filters is not known.", "subscription"
    ),
}

OBSERVATIONS: dict[str, str] = {
    "TRUSTED_ACCESS_UNREAD": "Whether CloudTrail has trusted access in the organization was not readable.",
    "DELIVERY_ERROR_RECENT": "The trail reports a delivery error, within an hour of a delivery.",
    "NO_RECENT_EVENTS": "The trail has delivered nothing lately, to S3 neither: a silent account.",
    "PRINTED_TEXT_NOT_COVERED": "The filters cover what a defective benchmark text intends, not its letter.",
    "SUPERSET_FILTER": "A filter also matches events that the control does not ask for: noise.",
    "MEMBER_EVENTS_NOT_COVERED": "Changes to the organization made from another account are not covered.",
    "NOT_CONFIRMED": "AWS was to confirm the proof, and has not answered about its patterns and events.",
    "TUNING_ASSUMES_TEXT": "The proof assumes that excluded fields hold text or are absent, as CloudTrail writes them.",
    "LONG_PERIOD": "The alarm looks at a long time at once: a second event in it notifies nobody.",
    "MISSING_IS_BREACHING": "Missing data count as breaching: the alarm recovers only while other events come.",
    "LATCHES": "The alarm keeps its state while no data come: it may fire only once.",
    "IN_ALARM": "The alarm is in ALARM now and notifies nobody until it leaves that state.",
    "INSUFFICIENT_DATA": "The alarm has had no data: it has not been seen to work.",
    "LINK_FILTER_UNREAD": "Whether the OAM link to the alarm's account shows all metrics or some was not readable.",
    "SHARED_ALARM": "One alarm serves several controls: while it is in ALARM for one it is silent for the others.",
    "MUTE_SCHEDULED": "A mute rule will silence the alarm.",
    "MUTE_RULES_UNREAD": "Whether a mute rule silences the alarm was not readable, or is not offered there.",
    "SUPPRESSOR": "The composite alarm can be suppressed by another alarm.",
    "PUBLIC_TOPIC": "The topic lets anybody publish.",
    "SUBSCRIPTIONS_UNREAD": "The list of subscriptions was not readable; the topic's own counter was used.",
    "FILTER_POLICY_UNREAD": "Whether a subscription filters alarm messages out was not readable.",
    "MACHINE_ONLY": "Only machines are subscribed; no person is known to read.",
    "OTHER_ROUTE": "A subscription filter or log alarm sees the same events: a waiver may cite it.",
    "ORPHANED_FILTER": "Metric filters on the control's events exist that no trail feeds (found by the sweep).",
    "ORPHANED_ALARM": "Alarms exist that nothing feeds (found by the sweep).",
    "SWEEP_INCOMPLETE": "The sweep could not look everywhere for orphaned filters and alarms.",
    "UNKNOWN_ACCOUNT_STATE": "AWS gave the account a state that is not known; it counts as active.",
}
