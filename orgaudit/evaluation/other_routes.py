"""Other routes to the same events: what an auditor may accept by a waiver that cites them.

The benchmark allows, from v2.0.0 on, that another system watches the trail. Whether it does is not for us to prove.
"""

from collections.abc import Iterator

from orgaudit.evaluation.coverage import Judge
from orgaudit.evaluation.criterion import Criterion
from orgaudit.evaluation.filters import parsed
from orgaudit.evaluation.index import Index
from orgaudit.evaluation.links import Observation, State
from orgaudit.evaluation.trails import TrailsOf
from orgaudit.model.arns import account_of, region_of


def other_routes(index: Index, judge: Judge, criterion: Criterion, trails: TrailsOf) -> Iterator[Observation]:
    """Subscription filters and log alarms on the log groups of the account's working trails."""
    for trail in trails.trails:
        group = trail.log_group_arn
        if not group or State.BROKEN in {trail.recorded.state, trail.delivered.state}:
            continue
        for found in index.subscription_filters_on(group):
            pattern = parsed(str(found["pattern"])).pattern
            if pattern is None or judge.touches(criterion, pattern, trails.account_id):
                text = f"Subscription filter {found['filter_name']} of {group} sends to {found['destination_arn']}."
                yield Observation("OTHER_ROUTE", text)
        for alarm in index.alarms.get((account_of(group), region_of(group)), []):
            if alarm["kind"] == "log" and group.split(":log-group:")[-1] in str(alarm["log_query"]):
                yield Observation("OTHER_ROUTE", f"Log alarm {alarm['alarm_name']} queries {group}.")
