"""How fast may be asked: each account for itself, the shared calls together."""

from orgaudit.aws.actions import action_of
from orgaudit.aws.limits import Bucket, Limits
from orgaudit.model.calls import Call


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_rested_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    bucket = Bucket(per_second=5, clock=Clock())
    waits = [round(bucket.book(), 6) for _ in range(8)]
    assert waits == [0, 0, 0, 0, 0, 0.2, 0.4, 0.6]


def test_a_bucket_fills_again_but_never_beyond_its_burst() -> None:
    clock = Clock()
    bucket = Bucket(per_second=5, clock=clock)
    for _ in range(10):
        bucket.book()
    clock.now += 1.3
    assert bucket.book() == 0
    clock.now += 1000
    assert [round(bucket.book(), 6) for _ in range(6)] == [0, 0, 0, 0, 0, 0.2]


def waits(limits: Limits, service: str, operation: str, accounts: list[str]) -> list[float]:
    action = action_of(service, operation)
    return [limits.book(Call.of(account, "eu-central-1", service, operation), action) for account in accounts]


def test_one_account_does_not_use_up_another_s_rate() -> None:
    limits = Limits()
    assert max(waits(limits, "logs", "DescribeMetricFilters", ["100000000001"] * 10)) > 0
    assert waits(limits, "logs", "DescribeMetricFilters", ["100000000002"]) == [0]


def test_roles_are_assumed_at_one_rate_for_all_which_processes_divide() -> None:
    accounts = [f"{number:012}" for number in range(700)]
    assert max(waits(Limits(), "sts", "AssumeRole", accounts)) > 0
    assert max(waits(Limits(), "sts", "AssumeRole", accounts[:500])) == 0
    assert max(waits(Limits(share=0.5), "sts", "AssumeRole", accounts[:500])) > 0


def test_accounts_that_are_read_leave_no_buckets() -> None:
    limits = Limits()
    waits(limits, "logs", "DescribeMetricFilters", ["100000000001", "100000000002"])
    waits(limits, "sts", "AssumeRole", ["100000000001"])
    limits.forget("100000000001")
    limits.forget("100000000002")
    assert [key[1:3] for key in limits._buckets] == [("sts", "AssumeRole")]
