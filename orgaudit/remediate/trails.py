"""Repairs of trails: what they record, whether they log, where they deliver."""

from collections.abc import Iterable, Mapping
from typing import Any

from orgaudit.model.arns import account_of, log_group_arn
from orgaudit.model.calls import canonical_json
from orgaudit.model.values import Row
from orgaudit.remediate.closing import Closing, Placed, by_hand
from orgaudit.remediate.estate import Estate
from orgaudit.remediate.monitoring import covers, of_own
from orgaudit.remediate.policies import cloudtrail_may_encrypt, own_key
from orgaudit.remediate.steps import DeliveryRole, Key, LogGroup, NewTrail, Place, TrailChange, TrustedAccess

_LOG_GROUP = "orgaudit-cloudtrail"
_ROLE = "orgaudit-cloudtrail-delivery"
_KEY = "alias/orgaudit-cloudtrail"
_EVERYTHING = {"IncludeManagementEvents": True, "ReadWriteType": "All"}
_MANAGEMENT = {
    "Name": "Management events",
    "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
}


def changed(estate: Estate, trail_arn: str, change: Mapping[str, Any]) -> Closing:
    """Other settings for a trail, made by its owner."""
    place, trail = estate.owned(trail_arn), estate.trail(trail_arn)
    if place is None or trail is None:
        return by_hand(f"The trail {trail_arn} belongs to an account outside the organization; ask its owner.")
    now = canonical_json(_settings(estate, trail))
    return Closing((Placed(place, TrailChange(trail_arn, now, canonical_json(dict(change)))),))


def each_changed(estate: Estate, trail_arns: Iterable[str], change: Mapping[str, Any]) -> Closing:
    """The same change to several trails."""
    return all_of(changed(estate, arn, change) for arn in trail_arns)


def all_of(closings: Iterable[Closing]) -> Closing:
    """Several closings as one."""
    found = list(closings)
    steps = tuple(step for one in found for step in one.steps)
    said = " ".join(dict.fromkeys(one.by_hand for one in found if one.by_hand))
    return Closing(steps, said) if found else by_hand("No trail of the account has to be changed for this.")


def everything_recorded(estate: Estate, trail_arn: str) -> Closing:
    """All management events recorded; what the trail records of data events stays as it is."""
    basic, advanced = estate.selectors(trail_arn)
    if advanced:
        return changed(estate, trail_arn, {"AdvancedEventSelectors": [*advanced, _MANAGEMENT]})
    data = [{**one, "IncludeManagementEvents": False} for one in basic if one.get("DataResources")]
    return changed(estate, trail_arn, {"EventSelectors": [_EVERYTHING, *data]})


def encrypted(estate: Estate, trail_arns: Iterable[str]) -> Closing:
    """Log files encrypted with a customer key."""
    steps: list[Placed] = []
    for arn in trail_arns:
        place = estate.owned(arn)
        closing = changed(estate, arn, {"KMSKeyId": _KEY})
        if place is None or not closing.steps:
            return closing
        policy = own_key(place.account_id, estate.partition, canonical_json(cloudtrail_may_encrypt(arn)))
        steps += [Placed(place, Key(_KEY, policy)), *closing.steps]
    return Closing(tuple(steps))


def delivering(estate: Estate, row: Row, trail_arn: str) -> Closing:
    """The trail delivers to a log group, with a role that may write there."""
    place, trail = estate.owned(trail_arn), estate.trail(trail_arn)
    if place is None or trail is None:
        return by_hand(f"The trail {trail_arn} belongs to an account outside the organization; ask its owner.")
    group = str(trail["log_group_arn"] or "")
    if group and account_of(group) != place.account_id:
        return by_hand(
            f"Trail {trail_arn} delivers to a log group of account {account_of(group)}: only the console sets that up, "
            "for CloudTrail's delegated administrator. Check the role and the log group there."
        )
    target = group or log_group_arn(place.account_id, place.region, _LOG_GROUP)
    change = {"CloudWatchLogsLogGroupArn": f"{target}:*", "CloudWatchLogsRoleArn": _role_arn(estate, place)}
    steps = (
        *(() if group else (Placed(place, LogGroup(_LOG_GROUP)),)),
        Placed(place, DeliveryRole(_role(place), target)),
        *changed(estate, trail_arn, change).steps,
    )
    return Closing(steps + monitored(estate, row, target).steps)


def log_group_made(estate: Estate, row: Row, group: str) -> Closing:
    """The log group that the trail names, which does not exist, and what watches it."""
    place = estate.owned(group)
    if place is None:
        return by_hand(f"The log group {group} is outside the organization; its owner has to make it.")
    name = group.split(":log-group:", 1)[-1]
    return Closing((Placed(place, LogGroup(name)), *monitored(estate, row, group).steps))


def new_trail(estate: Estate, row: Row) -> Closing:
    """A trail for an account that has none, with its log group, and what watches it.

    One organization trail serves all accounts better; that is somebody's decision, so it is said, not done.
    """
    place = Place(row["account_id"], estate.home_region)
    group = log_group_arn(place.account_id, place.region, _LOG_GROUP)
    bucket = f"orgaudit-cloudtrail-{place.account_id}-{place.region}"
    steps = (
        Placed(place, LogGroup(_LOG_GROUP)),
        Placed(place, DeliveryRole(_role(place), group)),
        Placed(place, NewTrail("orgaudit", bucket, group, _role_arn(estate, place))),
    )
    return Closing(steps + monitored(estate, row, group).steps)


def trusted_access(estate: Estate) -> Closing:
    """CloudTrail's trusted access in the organization."""
    place = Place(estate.frames.run.management_account_id, estate.home_region)
    return Closing((Placed(place, TrustedAccess()),))


def monitored(estate: Estate, row: Row, group: str) -> Closing:
    """Filter, alarm and topic for an alarm control that the log group's filters do not cover; else nothing.

    What lies behind filters that cover is not known as long as no event gets there: the next run tells.
    """
    if not row["criterion"].startswith("{") or not group:
        return Closing()
    patterns = [str(one["pattern"] or "") for one in estate.filters_on(group)]
    return Closing() if covers(row["criterion"], patterns) else of_own(estate, row, group)


def _role(place: Place) -> str:
    return f"{_ROLE}-{place.region}"


def _role_arn(estate: Estate, place: Place) -> str:
    return f"arn:{estate.partition}:iam::{place.account_id}:role/{_role(place)}"


def _settings(estate: Estate, trail: Row) -> dict[str, Any]:
    """The trail as it stands, by CloudFormation's names; what is not set is left out."""
    arn = str(trail["trail_arn"])
    basic, advanced = estate.selectors(arn)
    found = {
        "TrailName": trail["name"],
        "S3BucketName": trail["s3_bucket"],
        "S3KeyPrefix": trail["s3_prefix"],
        "IsLogging": estate.is_logging(arn),
        "IsMultiRegionTrail": trail["is_multi_region"],
        "IsOrganizationTrail": trail["is_organization"],
        "IncludeGlobalServiceEvents": trail["global_events"],
        "EnableLogFileValidation": trail["log_file_validation"],
        "KMSKeyId": trail["kms_key_id"],
        "CloudWatchLogsLogGroupArn": f"{trail['log_group_arn']}:*" if trail["log_group_arn"] else None,
        "CloudWatchLogsRoleArn": trail["logs_role_arn"],
        "EventSelectors": basic or None,
        "AdvancedEventSelectors": advanced or None,
    }
    return {name: value for name, value in found.items() if value is not None}
