"""Which topics are read: those of alarms on the filters' metrics, however the alarm refers to them."""

import pytest

from orgaudit.aws.watching import metrics_of, topics_for_accounts, topics_on_metrics
from orgaudit.model.calls import Json
from tests.aws.organization import HOME, alarm

ME, OTHER = "100000000002", "100000000003"
TOPIC = f"arn:aws:sns:{HOME}:{ME}:alerts"
METRICS = {("CIS", "m")}


def composite(name: str, rule: str, *actions: str) -> Json:
    arn = f"arn:aws:cloudwatch:{HOME}:{ME}:alarm:{name}"
    return {"AlarmName": name, "AlarmArn": arn, "AlarmRule": rule, "AlarmActions": list(actions)}


def query(metric: str, account_id: str | None = None) -> Json:
    stat = {"MetricStat": {"Metric": {"Namespace": "CIS", "MetricName": metric}}}
    return stat | ({"AccountId": account_id} if account_id else {})


def test_every_transformation_of_a_filter_feeds_a_metric() -> None:
    made = [{"metricNamespace": "CIS", "metricName": name} for name in ("a", "b")]
    assert metrics_of([{"metricTransformations": made}, {}]) == {("CIS", "a"), ("CIS", "b")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [TOPIC]),
        ({"MetricName": "other"}, []),
        ({"Namespace": "Other"}, []),
        ({"MetricName": "", "Metrics": [{"Expression": "SUM(METRICS())"}, query("m")]}, [TOPIC]),
        ({"MetricName": "", "Metrics": [query("other")]}, []),
        ({"ActionsEnabled": False}, [TOPIC]),
        ({"AlarmActions": None}, []),
        ({"AlarmActions": ["not an ARN", 3, f"arn:aws:lambda:{HOME}:{ME}:function:f"]}, []),
        ({"AlarmActions": [f"arn:aws:sns:us-east-1:{ME}:elsewhere"]}, []),
        ({"AlarmActions": [], "OKActions": [TOPIC]}, []),
    ],
    ids=[
        "metric",
        "other metric",
        "other namespace",
        "metric math",
        "math on others",
        "disabled",
        "odd",
        "no topic",
        "other region",
        "only when OK",
    ],
)
def test_an_alarm_counts_by_what_it_watches(changes: Json, expected: list[str]) -> None:
    assert topics_on_metrics([alarm(ME, "m", TOPIC) | changes], [], METRICS) == expected


def test_composite_alarms_are_followed_upwards_also_in_circles() -> None:
    child = alarm(ME, "m", TOPIC, name="child") | {"AlarmActions": []}
    middle = composite("middle", "ALARM(child) OR ALARM(top)")
    top = composite("top", f'ALARM("arn:aws:cloudwatch:{HOME}:{ME}:alarm:middle")', TOPIC)
    stranger = composite("stranger", "ALARM(unrelated)", f"arn:aws:sns:{HOME}:{ME}:other")
    assert topics_on_metrics([child], [top, stranger, middle], METRICS) == [TOPIC]


def test_a_name_with_quotes_is_found_in_a_rule() -> None:
    child = alarm(ME, "m", TOPIC, name='the "child"') | {"AlarmActions": []}
    assert topics_on_metrics([child], [composite("top", 'ALARM("the \\"child\\"")', TOPIC)], METRICS) == [TOPIC]


def test_a_monitoring_account_s_alarms_count_when_they_name_another_account() -> None:
    def watching(name: str, account_id: str | None) -> Json:
        return alarm(ME, "", f"{TOPIC}-{name}", name=name) | {"Metrics": [query("m", account_id)]}

    alarms = [watching("theirs", OTHER), watching("own", ME), watching("nobody", None)]
    assert topics_for_accounts(alarms, [], own=ME) == [f"{TOPIC}-theirs"]
