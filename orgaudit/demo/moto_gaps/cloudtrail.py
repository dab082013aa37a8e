"""CloudTrail: organization trails in member accounts, the whole trail status, the selectors of a new trail."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, Trail, TrailStatus, cloudtrail_backends
from moto.cloudtrail.responses import CloudTrailResponse

from orgaudit.demo.moto_gaps.bridge import Bridge, Delivery, Shim, replaces
from orgaudit.demo.moto_gaps.organizations import is_delegated_administrator, management_account_of

DEFAULT_SELECTORS = [
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    }
]
"""What AWS answers for a trail whose selectors were never set (CloudTrail API, PutEventSelectors; read 2026-11)."""


def _trails_of(account_id: str) -> Iterator[Trail]:
    for backend in list(cloudtrail_backends[account_id].values()):
        yield from list(backend.trails.values())


def _organization_trails_over(account_id: str) -> list[Trail]:
    management = management_account_of(account_id)
    if management in (None, account_id):
        return []
    return [trail for trail in _trails_of(str(management)) if trail.is_org_trail]


@replaces(CloudTrailBackend, "describe_trails")
def organization_trails_in_members(
    bridge: Bridge, original: Callable[..., Any], backend: CloudTrailBackend, include_shadow_trails: bool
) -> list[Trail]:
    """Moto shows an organization trail to its owner alone; in AWS every member sees it as a shadow trail."""
    own = list(original(backend, include_shadow_trails))
    if not include_shadow_trails:
        return own
    region = backend.region_name
    return own + [
        trail
        for trail in _organization_trails_over(backend.account_id)
        if trail.is_multi_region or trail.region_name == region
    ]


@replaces(CloudTrailBackend, "list_trails")
def trails_of_every_region(bridge: Bridge, original: Callable[..., Any], backend: CloudTrailBackend) -> list[Trail]:
    """Moto's ListTrails leaves out single-region trails of other regions; AWS's names the account's trails."""
    return [*_trails_of(backend.account_id), *_organization_trails_over(backend.account_id)]


@replaces(CloudTrailResponse, "get_trail_status")
def whole_trail_status(bridge: Bridge, original: Callable[..., Any], response: CloudTrailResponse) -> str:
    """Moto's status lacks deliveries to the log group, and reads its clock as local time."""
    backend, name = response.cloudtrail_backend, response._get_param("Name")
    status: dict[str, Any] = json.loads(original(response))
    trail = next(
        trail for trail in backend.describe_trails(include_shadow_trails=True) if name in (trail.trail_name, trail.arn)
    )
    if (backend.account_id, trail.arn) in bridge.silenced:
        status["IsLogging"] = False
    status.update(_epochs(trail.status))
    delivery = bridge.deliveries.get(trail.arn, Delivery())
    if trail.status.started is None:
        delivery = Delivery(log_group_age_s=None, bucket_age_s=None)
    status.update(_delivered("LatestDeliveryTime", delivery.bucket_age_s))
    if trail.cw_log_group_arn and _answers_as_owner(backend.account_id, trail):
        status.update(_delivered("LatestCloudWatchLogsDeliveryTime", delivery.log_group_age_s))
        if delivery.log_group_error:
            status["LatestCloudWatchLogsDeliveryError"] = delivery.log_group_error
    return json.dumps({key: value for key, value in status.items() if value is not None})


def _answers_as_owner(account_id: str, trail: Trail) -> bool:
    return account_id == trail.account_id or is_delegated_administrator(account_id, "cloudtrail.amazonaws.com")


def _epochs(status: TrailStatus) -> dict[str, int]:
    moments = {"StartLoggingTime": status.started, "StopLoggingTime": status.stopped}
    return {key: int(moment.replace(tzinfo=UTC).timestamp()) for key, moment in moments.items() if moment is not None}


def _delivered(key: str, age_s: int | None) -> dict[str, int | None]:
    return {key: None if age_s is None else int(time.time()) - age_s}


@replaces(CloudTrailBackend, "get_event_selectors")
def selectors_for_the_delegated_administrator(
    bridge: Bridge, original: Callable[..., Any], backend: CloudTrailBackend, trail_name: str
) -> Any:
    """CloudTrail's delegated administrator manages the organization trail, by its ARN and in its home region."""
    if is_delegated_administrator(backend.account_id, "cloudtrail.amazonaws.com"):
        for trail in _organization_trails_over(backend.account_id):
            if trail.arn == trail_name and trail.region_name == backend.region_name:
                return trail.arn, *trail.get_event_selectors()
    return original(backend, trail_name)


@replaces(CloudTrailResponse, "get_event_selectors")
def selectors_never_set(bridge: Bridge, original: Callable[..., Any], response: CloudTrailResponse) -> str:
    """Moto answers two empty lists for a trail whose selectors were never set; AWS answers its default."""
    answer: dict[str, Any] = json.loads(original(response))
    chosen = {key: value for key, value in answer.items() if value}
    if len(chosen) == 1:
        chosen["EventSelectors"] = DEFAULT_SELECTORS
    return json.dumps(chosen)


@replaces(Trail, "description")
def custom_selectors_flag(
    bridge: Bridge, original: Callable[..., Any], trail: Trail, include_region: bool = False
) -> dict[str, Any]:
    """Moto never says that a trail has selectors of its own."""
    description: dict[str, Any] = original(trail, include_region)
    description["HasCustomEventSelectors"] = bool(trail.event_selectors or trail.advanced_event_selectors)
    return description


SHIMS: tuple[Shim, ...] = (
    organization_trails_in_members,
    trails_of_every_region,
    whole_trail_status,
    selectors_for_the_delegated_administrator,
    selectors_never_set,
    custom_selectors_flag,
)
