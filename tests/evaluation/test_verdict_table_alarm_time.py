"""The verdict table: when an alarm fires, and whether it can fire again."""

from tests.evaluation.changes import GONE
from tests.evaluation.changes_of_alarms import (
    alarm,
    metric,
)
from tests.evaluation.scenario import audit, check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of

DEFAULT_ZERO = metric(defaultValue=0.0)


UNDECIDED = open_because("ALARM_UNDECIDED")


TIME = [
    scenario(
        "One of one periods, missing data ignored: it keeps its state and may fire only once.",
        alarm(TreatMissingData="ignore"),
        expected=passes().noting("LATCHES"),
    ),
    scenario(
        "In ALARM, and missing data keep it there.",
        alarm(TreatMissingData="ignore", StateValue="ALARM"),
        expected=fails("alarm", "LATCHED"),
    ),
    scenario(
        "In ALARM, missing data ignored, but zeros bring it back.",
        DEFAULT_ZERO,
        alarm(TreatMissingData="ignore", StateValue="ALARM"),
        expected=passes().noting("IN_ALARM").without("LATCHES"),
    ),
    scenario(
        "Missing data breach and nothing else comes: stuck in ALARM.",
        alarm(TreatMissingData="breaching"),
        expected=fails("alarm", "ALARM_STUCK"),
    ),
    scenario(
        "Missing data breach, but zeros come with other events.",
        DEFAULT_ZERO,
        alarm(TreatMissingData="breaching"),
        expected=passes().noting("MISSING_IS_BREACHING"),
    ),
    scenario(
        "Missing data breach in periods of ten seconds, most of which are empty whatever comes.",
        DEFAULT_ZERO,
        alarm(TreatMissingData="breaching", Period=10),
        expected=UNDECIDED,
    ),
    scenario("Missing data are missing: the default.", alarm(TreatMissingData=GONE), expected=passes()),
    scenario("A treatment of missing data that nobody knows.", alarm(TreatMissingData="guess"), expected=UNDECIDED),
    scenario(
        "Three of three periods: one event makes only one breach.",
        alarm(EvaluationPeriods=3),
        expected=fails("alarm", "ALARM_NEEDS_MORE_DATAPOINTS"),
    ),
    scenario("One of three periods is enough.", alarm(EvaluationPeriods=3, DatapointsToAlarm=1), expected=passes()),
    scenario(
        "Two of three periods.",
        alarm(EvaluationPeriods=3, DatapointsToAlarm=2),
        expected=fails("alarm", "ALARM_NEEDS_MORE_DATAPOINTS"),
    ),
    scenario(
        "Three of three periods, missing data missing: fires after 15 minutes.",
        alarm(EvaluationPeriods=3, TreatMissingData="missing"),
        expected=passes(),
    ),
    scenario(
        "Three of three periods, missing data missing, but zeros come.",
        DEFAULT_ZERO,
        alarm(EvaluationPeriods=3, TreatMissingData="missing"),
        expected=fails("alarm", "ALARM_NEEDS_MORE_DATAPOINTS"),
    ),
    scenario(
        "Three of three hours, missing data missing: too late.",
        alarm(EvaluationPeriods=3, Period=3600, TreatMissingData="missing"),
        expected=fails("alarm", "ALARM_TOO_LATE").saying("10800 s after a single event"),
    ),
    scenario(
        "Three of three hours where half a day is accepted.",
        alarm(EvaluationPeriods=3, Period=3600, TreatMissingData="missing"),
        expected=passes(),
        config=audit(max_delay_s=43200),
    ),
    scenario(
        "Twelve of twelve five-minute periods are exactly an hour.",
        alarm(EvaluationPeriods=12, TreatMissingData="missing"),
        expected=passes(),
    ),
    scenario(
        "Three of three periods, missing data ignored.",
        alarm(EvaluationPeriods=3, TreatMissingData="ignore"),
        expected=UNDECIDED,
    ),
    scenario(
        "Three of three periods, missing data breach, zeros come: a single event is one breach.",
        DEFAULT_ZERO,
        alarm(EvaluationPeriods=3, TreatMissingData="breaching"),
        expected=fails("alarm", "ALARM_NEEDS_MORE_DATAPOINTS"),
    ),
    scenario(
        "A period of a day: a second event inside it notifies nobody.",
        alarm(Period=86400),
        expected=passes().noting("LONG_PERIOD"),
    ),
    scenario("A period of an hour is not long.", alarm(Period=3600), expected=passes().without("LONG_PERIOD")),
    scenario("No number of periods in the answer.", alarm(EvaluationPeriods=GONE), expected=UNDECIDED),
]


@rows_of(TIME)
def test_when_it_fires_and_whether_again(one):
    check(one)
