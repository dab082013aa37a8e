"""The data dictionary: one schema per kind of thing that an audit looks at.

Every frame is made of recorded answers (``orgaudit.model.answers``) and of nothing else. Missing values are pandas'
``NA``; times are aware and in UTC; nested values (dimensions, policies, metric queries) are JSON text.
``account_id`` is always the account that was **asked**, whoever owns the thing.
"""

from orgaudit.model.schema import COUNT, FLAG, NUMBER, TEXT, TIME, Schema

CALLS = Schema(
    "calls",
    "every call asked, one row per page",
    {
        "evidence_id": TEXT,
        "account_id": TEXT,
        "region": TEXT,
        "service": TEXT,
        "operation": TEXT,
        "params": TEXT,
        "page": COUNT,
        "last_page": FLAG,
        "outcome": TEXT,
        "error_code": TEXT,
        "error_message": TEXT,
        "request_id": TEXT,
        "asked_at": TIME,
        "answered_at": TIME,
        "attempts": COUNT,
        "throttles": COUNT,
        "received_sha256": TEXT,
        "stored_sha256": TEXT,
    },
    ("account_id", "region", "service", "operation", "params", "page"),
)
ACCOUNTS = Schema(
    "accounts",
    "the accounts that the organization lists",
    {
        "account_id": TEXT,
        "name": TEXT,
        "state": TEXT,
        "ou_path": TEXT,
        "ou_ids": TEXT,
        "joined_at": TIME,
        "owner": TEXT,
        "evidence_id": TEXT,
    },
    ("account_id",),
)
TRAILS = Schema(
    "trails",
    "trails as DescribeTrails shows them to an account, shadow trails included",
    {
        "account_id": TEXT,
        "trail_arn": TEXT,
        "name": TEXT,
        "owner_account_id": TEXT,
        "home_region": TEXT,
        "is_multi_region": FLAG,
        "is_organization": FLAG,
        "custom_selectors": FLAG,
        "global_events": FLAG,
        "log_group_arn": TEXT,
        "logs_role_arn": TEXT,
        "s3_bucket": TEXT,
        "s3_prefix": TEXT,
        "log_file_validation": FLAG,
        "kms_key_id": TEXT,
        "evidence_id": TEXT,
    },
    ("account_id", "trail_arn"),
)
TRAIL_LISTINGS = Schema(
    "trail_listings",
    "trails that ListTrails names, in whatever region",
    {"account_id": TEXT, "trail_arn": TEXT, "home_region": TEXT, "evidence_id": TEXT},
    ("account_id", "trail_arn"),
)
TRAIL_STATUSES = Schema(
    "trail_statuses",
    "GetTrailStatus, as each account that was asked answered",
    {
        "account_id": TEXT,
        "trail_arn": TEXT,
        "is_logging": FLAG,
        "latest_logs_delivery_at": TIME,
        "latest_logs_delivery_error": TEXT,
        "latest_delivery_at": TIME,
        "times_read": FLAG,
        "answered_at": TIME,
        "evidence_id": TEXT,
    },
    ("account_id", "trail_arn"),
)
EVENT_SELECTORS = Schema(
    "event_selectors",
    "GetEventSelectors: basic and advanced selectors as JSON, null where the trail has none of the kind",
    {"account_id": TEXT, "trail_arn": TEXT, "basic": TEXT, "advanced": TEXT, "evidence_id": TEXT},
    ("account_id", "trail_arn"),
)
METRIC_FILTERS = Schema(
    "metric_filters",
    "metric filters, one row per metric transformation; unread names what of it is there and cannot be read",
    {
        "account_id": TEXT,
        "region": TEXT,
        "log_group_arn": TEXT,
        "filter_name": TEXT,
        "pattern": TEXT,
        "namespace": TEXT,
        "metric_name": TEXT,
        "metric_value": TEXT,
        "default_value": NUMBER,
        "unit": TEXT,
        "dimensions": TEXT,
        "transformed": FLAG,
        "field_selection": TEXT,
        "system_dimensions": TEXT,
        "unread": TEXT,
        "evidence_id": TEXT,
    },
    ("account_id", "region", "log_group_arn", "filter_name", "namespace", "metric_name"),
)
ALARMS = Schema(
    "alarms",
    "alarms; kind is metric, composite or log; nested settings as JSON",
    {
        "account_id": TEXT,
        "region": TEXT,
        "alarm_arn": TEXT,
        "alarm_name": TEXT,
        "kind": TEXT,
        "actions_enabled": FLAG,
        "alarm_actions": TEXT,
        "ok_actions": TEXT,
        "insufficient_data_actions": TEXT,
        "state": TEXT,
        "evaluation_state": TEXT,
        "namespace": TEXT,
        "metric_name": TEXT,
        "statistic": TEXT,
        "extended_statistic": TEXT,
        "dimensions": TEXT,
        "unit": TEXT,
        "metrics": TEXT,
        "period_s": COUNT,
        "evaluation_periods": COUNT,
        "datapoints_to_alarm": COUNT,
        "threshold": NUMBER,
        "comparison": TEXT,
        "treat_missing_data": TEXT,
        "low_sample_percentile": TEXT,
        "threshold_metric_id": TEXT,
        "unknown_settings": TEXT,
        "rule": TEXT,
        "suppressor": TEXT,
        "suppressed_by": TEXT,
        "suppressor_wait_s": COUNT,
        "log_query": TEXT,
        "evidence_id": TEXT,
    },
    ("account_id", "region", "alarm_arn"),
)
MUTE_RULES = Schema(
    "mute_rules",
    "alarm mute rules; alarm_names is a JSON list, null where the details were not read",
    {
        "account_id": TEXT,
        "region": TEXT,
        "rule_arn": TEXT,
        "status": TEXT,
        "alarm_names": TEXT,
        "ends_at": TIME,
        "schedule": TEXT,
        "evidence_id": TEXT,
    },
    ("account_id", "region", "rule_arn"),
)
TOPICS = Schema(
    "topics",
    "SNS topics",
    {
        "account_id": TEXT,
        "topic_arn": TEXT,
        "policy": TEXT,
        "kms_key_id": TEXT,
        "fifo": FLAG,
        "subscriptions_confirmed": COUNT,
        "subscriptions_pending": COUNT,
        "evidence_id": TEXT,
    },
    ("account_id", "topic_arn"),
)
SUBSCRIPTIONS = Schema(
    "subscriptions",
    "subscriptions of a topic; endpoint is masked; subscription_arn is AWS's word where it is not an ARN",
    {
        "account_id": TEXT,
        "topic_arn": TEXT,
        "subscription_arn": TEXT,
        "protocol": TEXT,
        "endpoint": TEXT,
        "owner": TEXT,
        "evidence_id": TEXT,
    },
    ("account_id", "topic_arn", "subscription_arn", "protocol", "endpoint"),
)
SUBSCRIPTION_ATTRIBUTES = Schema(
    "subscription_attributes",
    "attributes of the subscriptions that were asked for",
    {
        "account_id": TEXT,
        "subscription_arn": TEXT,
        "pending": FLAG,
        "filter_policy": TEXT,
        "filter_policy_scope": TEXT,
        "evidence_id": TEXT,
    },
    ("account_id", "subscription_arn"),
)
KEYS = Schema(
    "keys",
    "KMS keys that encrypt topics; asked_as is the id by which they were asked for",
    {
        "account_id": TEXT,
        "region": TEXT,
        "asked_as": TEXT,
        "key_arn": TEXT,
        "manager": TEXT,
        "state": TEXT,
        "evidence_id": TEXT,
    },
    ("account_id", "region", "asked_as"),
)
KEY_POLICIES = Schema(
    "key_policies",
    "key policies, as JSON text",
    {"account_id": TEXT, "region": TEXT, "asked_as": TEXT, "policy": TEXT, "evidence_id": TEXT},
    ("account_id", "region", "asked_as"),
)
LINKS = Schema(
    "links",
    "OAM links: to whom an account shows its telemetry; metrics tells whether CloudWatch metrics are among it, "
    "metric_filter which of them where not all are (null also where the details were not read)",
    {
        "account_id": TEXT,
        "region": TEXT,
        "link_arn": TEXT,
        "sink_arn": TEXT,
        "sink_account_id": TEXT,
        "metrics": FLAG,
        "metric_filter": TEXT,
        "evidence_id": TEXT,
    },
    ("account_id", "region", "link_arn"),
)
SUBSCRIPTION_FILTERS = Schema(
    "subscription_filters",
    "other routes: subscription filters of a log group",
    {
        "account_id": TEXT,
        "region": TEXT,
        "log_group_arn": TEXT,
        "filter_name": TEXT,
        "pattern": TEXT,
        "destination_arn": TEXT,
        "evidence_id": TEXT,
    },
    ("account_id", "region", "log_group_arn", "filter_name"),
)
SERVICE_ACCESS = Schema(
    "service_access",
    "services with trusted access in the organization",
    {"account_id": TEXT, "service_principal": TEXT, "evidence_id": TEXT},
    ("account_id", "service_principal"),
)
DELEGATED_ADMINISTRATORS = Schema(
    "delegated_administrators",
    "delegated administrators, by service",
    {"account_id": TEXT, "administrator_id": TEXT, "service_principal": TEXT, "evidence_id": TEXT},
    ("account_id", "administrator_id", "service_principal"),
)
PATTERN_TESTS = Schema(
    "pattern_tests",
    "TestMetricFilter: which of the sent messages AWS says a pattern matches (JSON lists)",
    {"account_id": TEXT, "region": TEXT, "pattern": TEXT, "messages": TEXT, "matched": TEXT, "evidence_id": TEXT},
    ("account_id", "region", "pattern", "messages"),
)
REGIONS = Schema(
    "regions",
    "the sweep: regions that an account has enabled",
    {"account_id": TEXT, "region": TEXT, "evidence_id": TEXT},
    ("account_id", "region"),
)
SWEPT_FILTERS = Schema(
    "swept_filters",
    "the sweep: metric filters on whatever log group, one row per transformation; no verdict reads them",
    {
        "account_id": TEXT,
        "region": TEXT,
        "log_group_arn": TEXT,
        "filter_name": TEXT,
        "pattern": TEXT,
        "namespace": TEXT,
        "metric_name": TEXT,
        "evidence_id": TEXT,
    },
    ("account_id", "region", "log_group_arn", "filter_name", "namespace", "metric_name"),
)
SWEPT_ALARMS = Schema(
    "swept_alarms",
    "the sweep: alarms and the metrics of their own account that they watch; no verdict reads them. "
    "watches: JSON list of namespace and name; has_data: false where the alarm's state says that none came",
    {
        "account_id": TEXT,
        "region": TEXT,
        "alarm_arn": TEXT,
        "alarm_name": TEXT,
        "watches": TEXT,
        "has_data": FLAG,
        "evidence_id": TEXT,
    },
    ("account_id", "region", "alarm_arn"),
)
SCHEMAS = (
    CALLS,
    ACCOUNTS,
    TRAILS,
    TRAIL_LISTINGS,
    TRAIL_STATUSES,
    EVENT_SELECTORS,
    METRIC_FILTERS,
    ALARMS,
    MUTE_RULES,
    TOPICS,
    SUBSCRIPTIONS,
    SUBSCRIPTION_ATTRIBUTES,
    KEYS,
    KEY_POLICIES,
    LINKS,
    SUBSCRIPTION_FILTERS,
    SERVICE_ACCESS,
    DELEGATED_ADMINISTRATORS,
    PATTERN_TESTS,
    REGIONS,
    SWEPT_FILTERS,
    SWEPT_ALARMS,
)
FINDINGS = Schema(
    "findings",
    "verdicts, one row per account and control; nested fields as JSON text, as results.json has them",
    {
        "account_id": TEXT,
        "control": TEXT,
        "section": TEXT,
        "result": TEXT,
        "disposition": TEXT,
        "coverage": TEXT,
        "reason_code": TEXT,
        "reason": TEXT,
        "broken_link": TEXT,
        "inherited_from": TEXT,
        "witness": TEXT,
        "observations": TEXT,
        "evidence": TEXT,
        "observed": TEXT,
        "expected": TEXT,
        "criterion": TEXT,
        "test_id": TEXT,
        "collected_at": TIME,
        "row_sha256": TEXT,
        "waiver": TEXT,
        "tuning": TEXT,
        "missing": TEXT,
        "chain": TEXT,
    },
    ("account_id", "control"),
)
