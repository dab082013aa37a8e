"""What one metric series gets from the filters that feed it, period by period.

A match adds one sample. A default value is a sample for every minute in which a filter's log group got events and the
filter matched none. Nobody knows how busy a log group is, so two extremes are looked at: *quiet* (nothing but the
events in question) and *busy* (log events in every minute). Every statistic moves one way with the number of default
samples, so what holds in both extremes holds in between.
Source: CloudWatch Logs User Guide, "Creating metrics from log events using filters" (read 2026-11).
"""

import re
from dataclasses import dataclass

from orgaudit.evaluation.metric_math import UndecidedError, Value

_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d+)?|100)")


@dataclass(frozen=True, slots=True)
class Feed:
    """One filter that feeds a series."""

    sample: float | None
    """What a match adds; None where that is taken from a field of the event."""
    default: float | None
    own: bool
    """The filter that the events in question match."""
    beside: bool
    """On the same log group as that filter: it sees the events too, and adds its default value where it has one."""
    unit: str = "None"
    unread: bool = False
    """What the filter feeds cannot be read."""


@dataclass(frozen=True, slots=True)
class Series:
    """A metric series: all filters that feed it."""

    feeds: tuple[Feed, ...]

    def value(self, statistic: str, events: int, *, busy: bool, period_s: int) -> Value:
        """The statistic of a period with this many events, all in one minute; None for a period without samples.

        Raises UndecidedError where it is not certain.
        """
        if any(feed.unread for feed in self.feeds):
            raise UndecidedError("what a filter feeds its metric cannot be read")
        if len({feed.unit for feed in self.feeds}) > 1:
            raise UndecidedError("filters feed its metric with different units")
        if statistic != "SampleCount":
            self._check_samples()
        defaults = {feed.default for feed in self.feeds if feed.default is not None}
        if len(defaults) > 1:
            raise UndecidedError("several filters feed its metric with different default values")
        own = sum(feed.own for feed in self.feeds) * events
        idle = sum(self._idle(feed, events, busy, max(period_s // 60, 1)) for feed in self.feeds)
        sample = next((feed.sample for feed in self.feeds if feed.own), None)
        return _aggregate(statistic, own, sample or 0.0, idle, next(iter(defaults), 0.0), percentiles=not defaults)

    def _check_samples(self) -> None:
        own = {feed.sample for feed in self.feeds if feed.own}
        others = {feed.sample for feed in self.feeds if not feed.own}
        if None in own | others:
            raise UndecidedError("the metric's value is taken from a field of the event")
        if own and others - own:
            raise UndecidedError("several filters feed its metric with different values")
        if not own and any(sample is not None and sample < 0 for sample in others):
            raise UndecidedError("a filter feeds one of its metrics with a negative value")

    def _idle(self, feed: Feed, events: int, busy: bool, minutes: int) -> int:
        """How many default values the filter adds in the period."""
        if feed.default is None:
            return 0
        if not busy:
            return 1 if events and feed.beside and not feed.own else 0
        return minutes - 1 if events and feed.own else minutes


def _aggregate(statistic: str, own: int, sample: float, idle: int, default: float, *, percentiles: bool) -> Value:
    if own + idle == 0:
        return None
    total = own * sample + idle * default
    present = ([sample] if own else []) + ([default] if idle else [])
    if statistic == "SampleCount":
        return float(own + idle)
    if statistic == "Sum":
        return total
    if statistic == "Average":
        return total / (own + idle)
    if statistic == "Minimum":
        return min(present)
    if statistic == "Maximum":
        return max(present)
    # a metric with negative values has no percentiles (CloudWatch API Reference, GetMetricStatistics, read 2026-11)
    if percentiles and sample >= 0 and _PERCENTILE.fullmatch(statistic):
        return sample
    raise UndecidedError(f"the statistic {statistic}")
