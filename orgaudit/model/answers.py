"""From recorded answers to rows: pure, total, and the only place that knows the shapes of AWS's answers.

An answer may be odd (a field missing, a value of an unexpected kind): what cannot be read becomes NA, never an
error and never a guess. Shapes: botocore 1.44.5 service models (read 2026-11).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from orgaudit.model import schemas, sweep
from orgaudit.model.accounts import account_rows
from orgaudit.model.alarms import alarm_rows
from orgaudit.model.arns import account_of, bare_log_group_arn, log_group_arn
from orgaudit.model.calls import Call, Json, Outcome, Record, rfc3339
from orgaudit.model.frames import Frames, RunFacts
from orgaudit.model.oam import detail_rows, in_detail, link_rows
from orgaudit.model.settings import Config
from orgaudit.model.values import Row, count, flag, is_time, items, nested, number, said, structure, text
from orgaudit.model.whole import lacking


def _trails(record: Record) -> Iterator[Row]:
    for trail in items(record.answer, "trailList"):
        arn = text(trail.get("TrailARN"))
        if arn is None:
            continue
        group = said(trail.get("CloudWatchLogsLogGroupArn"))
        yield {
            "trail_arn": arn,
            "name": text(trail.get("Name")),
            "owner_account_id": account_of(arn),
            "home_region": text(trail.get("HomeRegion")),
            "is_multi_region": flag(trail.get("IsMultiRegionTrail")),
            "is_organization": flag(trail.get("IsOrganizationTrail")),
            "custom_selectors": flag(trail.get("HasCustomEventSelectors")),
            "global_events": flag(trail.get("IncludeGlobalServiceEvents")),
            "log_group_arn": bare_log_group_arn(group) if group else None,
            "logs_role_arn": text(trail.get("CloudWatchLogsRoleArn")) or None,
            "s3_bucket": text(trail.get("S3BucketName")) or None,
            "s3_prefix": text(trail.get("S3KeyPrefix")) or None,
            "log_file_validation": flag(trail.get("LogFileValidationEnabled")),
            "kms_key_id": said(trail.get("KmsKeyId")),
        }


def _trail_listings(record: Record) -> Iterator[Row]:
    for trail in items(record.answer, "Trails"):
        if text(trail.get("TrailARN")):
            yield {"trail_arn": text(trail.get("TrailARN")), "home_region": text(trail.get("HomeRegion"))}


def _trail_statuses(record: Record) -> Iterator[Row]:
    answer = record.answer or {}
    yield {
        "trail_arn": record.call.parameters.get("Name"),
        "is_logging": flag(answer.get("IsLogging")),
        "latest_logs_delivery_at": answer.get("LatestCloudWatchLogsDeliveryTime"),
        "latest_logs_delivery_error": said(answer.get("LatestCloudWatchLogsDeliveryError")),
        "latest_delivery_at": answer.get("LatestDeliveryTime"),
        "times_read": all(answer.get(name) is None or is_time(answer[name]) for name in _DELIVERIES),
        "answered_at": rfc3339(record.answered_at or record.asked_at),
    }


_DELIVERIES = ("LatestCloudWatchLogsDeliveryTime", "LatestDeliveryTime")


def _event_selectors(record: Record) -> Iterator[Row]:
    answer = record.answer or {}
    yield {
        "trail_arn": record.call.parameters.get("TrailName"),
        "basic": said(answer.get("EventSelectors")),
        "advanced": said(answer.get("AdvancedEventSelectors")),
    }


def _metric_filters(record: Record) -> Iterator[Row]:
    group = log_group_arn(record.call.account_id, record.call.region, record.call.parameters.get("logGroupName", ""))
    for found in items(record.answer, "metricFilters"):
        if text(found.get("logGroupName")) not in (None, "", record.call.parameters.get("logGroupName")):
            continue  # it says itself that it is another log group's
        common = {
            "region": record.call.region,
            "log_group_arn": group,
            "filter_name": text(found.get("filterName")) or "",
            "pattern": text(
                found.get("filterPattern")
            ),  # the empty pattern matches everything, a missing one tells nothing
            "transformed": said(found.get("applyOnTransformedLogs") or None) not in (None, "false"),
            "field_selection": said(found.get("fieldSelectionCriteria")),
            "system_dimensions": nested(found.get("emitSystemFieldDimensions") or None),
        }
        made = items(found, "metricTransformations")
        for transformation in made or [{}]:
            yield common | {
                "namespace": text(transformation.get("metricNamespace")),
                "metric_name": text(transformation.get("metricName")),
                "metric_value": text(transformation.get("metricValue")),
                "default_value": number(transformation.get("defaultValue")),
                "unit": said(transformation.get("unit")),
                "dimensions": nested(transformation.get("dimensions") or None),
                "unread": ", ".join(_unread(found, transformation)) if made else None,
            }


def _unread(found: Json, transformation: Json) -> Iterator[str]:
    """What is said of a filter's metric and cannot be read: the metric may be another, or its samples."""
    yield from (name for name in ("metricNamespace", "metricName") if not text(transformation.get(name)))
    readable: Mapping[str, Callable[[Any], object]] = {
        "unit": text,
        "defaultValue": number,
        "dimensions": lambda value: None if None in map(text, value.values()) else value,
    }
    for name, read in readable.items():
        value = transformation.get(name)
        kind = dict if name == "dimensions" else object
        if value not in (None, "", [], {}) and (not isinstance(value, kind) or read(value) is None):
            yield name
    system = found.get("emitSystemFieldDimensions") or []
    if not isinstance(system, list) or not all(isinstance(name, str) for name in system):
        yield "emitSystemFieldDimensions"


def _mute_rules(record: Record) -> Iterator[Row]:
    for rule in items(record.answer, "AlarmMuteRuleSummaries"):
        if text(rule.get("AlarmMuteRuleArn")):
            yield {
                "region": record.call.region,
                "rule_arn": text(rule.get("AlarmMuteRuleArn")),
                "status": text(rule.get("Status")),
                "ends_at": rule.get("ExpireDate"),
            }


def _mute_rule(record: Record) -> Iterator[Row]:
    answer = record.answer or {}
    names, rule = structure(answer.get("MuteTargets")).get("AlarmNames"), answer.get("Rule")
    schedule = rule.get("Schedule") if isinstance(rule, dict) else None
    yield {
        "region": record.call.region,
        "rule_arn": text(answer.get("AlarmMuteRuleArn")),
        "status": text(answer.get("Status")),
        "alarm_names": nested(names)
        if isinstance(names, list) and all(isinstance(name, str) for name in names)
        else None,
        "ends_at": answer.get("ExpireDate"),
        "schedule": nested(schedule),
    }


def _topics(record: Record) -> Iterator[Row]:
    attributes = (record.answer or {}).get("Attributes")
    found = attributes if isinstance(attributes, dict) else {}
    yield {
        "topic_arn": record.call.parameters.get("TopicArn"),
        "policy": text(found.get("Policy")),
        "kms_key_id": said(found.get("KmsMasterKeyId")),
        "fifo": _is_fifo(str(record.call.parameters.get("TopicArn")), found),
        "subscriptions_confirmed": count(found.get("SubscriptionsConfirmed")),
        "subscriptions_pending": count(found.get("SubscriptionsPending")),
    }


def _is_fifo(topic_arn: str, attributes: Json) -> bool:
    """A FIFO topic's name ends in ``.fifo`` (SNS API Reference, CreateTopic, read 2026-11)."""
    return topic_arn.endswith(".fifo") or (said(attributes.get("FifoTopic")) or "false").lower() != "false"


def _subscriptions(record: Record) -> Iterator[Row]:
    for found in items(record.answer, "Subscriptions"):
        yield {
            "topic_arn": record.call.parameters.get("TopicArn"),
            "subscription_arn": text(found.get("SubscriptionArn")) or "",
            "protocol": text(found.get("Protocol")) or "",
            "endpoint": text(found.get("Endpoint")) or "",
            "owner": text(found.get("Owner")),
        }


def _subscription_attributes(record: Record) -> Iterator[Row]:
    found = (record.answer or {}).get("Attributes")
    if not isinstance(found, dict):
        return
    yield {
        "subscription_arn": record.call.parameters.get("SubscriptionArn"),
        "pending": flag(found.get("PendingConfirmation")),
        "filter_policy": said(found.get("FilterPolicy")),
        "filter_policy_scope": said(found.get("FilterPolicyScope")),
    }


def _keys(record: Record) -> Iterator[Row]:
    metadata = (record.answer or {}).get("KeyMetadata")
    found = metadata if isinstance(metadata, dict) else {}
    yield {
        "region": record.call.region,
        "asked_as": record.call.parameters.get("KeyId"),
        "key_arn": text(found.get("Arn")),
        "manager": text(found.get("KeyManager")),
        "state": text(found.get("KeyState")),
    }


def _key_policies(record: Record) -> Iterator[Row]:
    yield {
        "region": record.call.region,
        "asked_as": record.call.parameters.get("KeyId"),
        "policy": text((record.answer or {}).get("Policy")),
    }


def _subscription_filters(record: Record) -> Iterator[Row]:
    group = log_group_arn(record.call.account_id, record.call.region, record.call.parameters.get("logGroupName", ""))
    for found in items(record.answer, "subscriptionFilters"):
        yield {
            "region": record.call.region,
            "log_group_arn": group,
            "filter_name": text(found.get("filterName")) or "",
            "pattern": text(found.get("filterPattern")) or "",
            "destination_arn": text(found.get("destinationArn")),
        }


def _service_access(record: Record) -> Iterator[Row]:
    for found in items(record.answer, "EnabledServicePrincipals"):
        yield {"service_principal": text(found.get("ServicePrincipal"))}


def _delegated_administrators(record: Record) -> Iterator[Row]:
    for found in items(record.answer, "DelegatedAdministrators"):
        yield {
            "administrator_id": text(found.get("Id")),
            "service_principal": record.call.parameters.get("ServicePrincipal", ""),
        }


def _pattern_tests(record: Record) -> Iterator[Row]:
    parameters = record.call.parameters
    matched = [match.get("eventMessage") for match in items(record.answer, "matches")]
    yield {
        "region": record.call.region,
        "pattern": parameters.get("filterPattern"),
        "messages": nested(parameters.get("logEventMessages")),
        "matched": nested(matched),
    }


READERS: Mapping[str, tuple[str, Callable[[Record], Iterator[Row]]]] = {
    "cloudtrail:DescribeTrails": ("trails", _trails),
    "cloudtrail:ListTrails": ("trail_listings", _trail_listings),
    "cloudtrail:GetTrailStatus": ("trail_statuses", _trail_statuses),
    "cloudtrail:GetEventSelectors": ("event_selectors", _event_selectors),
    "logs:DescribeMetricFilters": ("metric_filters", _metric_filters),
    "logs:DescribeSubscriptionFilters": ("subscription_filters", _subscription_filters),
    "logs:TestMetricFilter": ("pattern_tests", _pattern_tests),
    "cloudwatch:DescribeAlarms": ("alarms", alarm_rows),
    "cloudwatch:ListAlarmMuteRules": ("mute_rules", _mute_rules),
    "cloudwatch:GetAlarmMuteRule": ("mute_rules", _mute_rule),
    "sns:GetTopicAttributes": ("topics", _topics),
    "sns:ListSubscriptionsByTopic": ("subscriptions", _subscriptions),
    "sns:GetSubscriptionAttributes": ("subscription_attributes", _subscription_attributes),
    "kms:DescribeKey": ("keys", _keys),
    "kms:GetKeyPolicy": ("key_policies", _key_policies),
    "oam:ListLinks": ("links", link_rows),
    "oam:GetLink": ("links", detail_rows),
    "organizations:ListAWSServiceAccessForOrganization": ("service_access", _service_access),
    "organizations:ListDelegatedAdministrators": ("delegated_administrators", _delegated_administrators),
}
"""Call name to the frame its answers make, and the reader of one page."""


def _reader(call: Call) -> tuple[str, Callable[[Record], Iterator[Row]]] | None:
    return sweep.READERS[call.name] if sweep.of_sweep(call.name, call.params) else READERS.get(call.name)


def rows_of(record: Record) -> Iterator[Row]:
    """The rows that one answered page makes; none for a page that was not answered or makes no rows."""
    reader = _reader(record.call)
    if record.outcome is not Outcome.ANSWERED or reader is None:
        return
    told = {"account_id": record.call.account_id, "evidence_id": record.evidence_id}
    for row in reader[1](record):
        yield row | told


def call_row(record: Record) -> Row:
    """The record as a row of the call ledger; an answer that is not whole has failed, whatever was recorded."""
    call = record.call
    cut = record.outcome is Outcome.ANSWERED and bool(lacking(call.name, record.answer or {}))
    return {
        "evidence_id": record.evidence_id,
        "account_id": call.account_id,
        "region": call.region,
        "service": call.service,
        "operation": call.operation,
        "params": call.params,
        "page": record.page,
        "last_page": record.last_page,
        "outcome": (Outcome.FAILED if cut else record.outcome).value,
        "error_code": "IncompleteAnswer" if cut else record.error_code,
        "error_message": record.error_message,
        "request_id": record.request_id,
        "asked_at": rfc3339(record.asked_at),
        "answered_at": rfc3339(record.answered_at) if record.answered_at else None,
        "attempts": record.attempts,
        "throttles": record.throttles,
        "received_sha256": record.received_sha256,
        "stored_sha256": record.stored_sha256,
    }


def frames_of(records: Iterable[Record], run: RunFacts | None = None, config: Config | None = None) -> Frames:
    """All frames that these records make. The same records in any order give the same frames."""
    settings = config or Config()
    rows: dict[str, list[Row]] = defaultdict(list)
    organization: list[Record] = []
    texts: dict[str, str] = {}
    for record in records:
        rows["calls"].append(_sharing(texts, call_row(record)))
        if record.call.service == "organizations" and record.outcome is Outcome.ANSWERED:
            organization.append(record)
        if (reader := _reader(record.call)) is not None:
            rows[reader[0]].extend(_sharing(texts, row) for row in rows_of(record))
    rows["accounts"] = list(account_rows(organization, settings.organization.owner_tag))
    rows["mute_rules"], rows["links"] = _detailed(rows["mute_rules"]), in_detail(rows["links"])
    made: dict[str, Any] = {schema.name: schema.frame(rows.pop(schema.name, [])) for schema in schemas.SCHEMAS}
    for name in ("trails", "trail_listings"):  # a multi-region trail is shown by every region that is asked
        schema = next(schema for schema in schemas.SCHEMAS if schema.name == name)
        made[name] = made[name].drop_duplicates(list(schema.key), ignore_index=True)
    return Frames(run=run or RunFacts(), config=settings, **made)


def _sharing(texts: dict[str, str], row: Row) -> Row:
    """The row with equal texts kept once: ten thousand accounts say much the same."""
    return {name: texts.setdefault(value, value) if type(value) is str else value for name, value in row.items()}


def _detailed(rows: list[Row]) -> list[Row]:
    """Mute rules once each: the details where they were read, else the summary."""
    best: dict[tuple[str, str], Row] = {}
    for row in sorted(rows, key=lambda row: row.get("alarm_names") is not None):
        best[row["account_id"], str(row["rule_arn"])] = row
    return list(best.values())
