"""A recipe as a script of AWS CLI commands, to be run with the credentials of each account that it is for.

The script looks up its own account, so one file serves all. What exists already is left alone, so it can be run again.
"""

import json
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import singledispatch

from orgaudit.model.calls import canonical_json
from orgaudit.remediate.policies import DELIVERY_TRUST, delivery_rights
from orgaudit.remediate.settings import ALARM, bucket_policy, subscribes, transformation
from orgaudit.remediate.steps import (
    ACCOUNT,
    REGION,
    TITLES,
    Alarm,
    DeliveryRole,
    EnabledActions,
    EnabledKey,
    Key,
    KeyPolicy,
    LogGroup,
    MetricFilter,
    NewTrail,
    Place,
    Step,
    Subscription,
    Topic,
    TopicKey,
    TopicPolicy,
    TrailChange,
    TrustedAccess,
)

_CREATE = """\
# Runs a command that makes something; that it exists already is no error.
create() {
  local said
  if said=$("$@" 2>&1); then echo "$said"; return; fi
  case "$said" in
    *AlreadyExists* | *BucketAlreadyOwnedByYou*) ;;
    *) echo "$said" >&2; return 1 ;;
  esac
}
"""
_NEXT = " \\\n    "
_OPEN = {ACCOUNT: '"$ACCOUNT"', REGION: '"$REGION"'}


def script(steps: Iterable[Step], places: Iterable[Place], about: Iterable[str]) -> str:
    """The script. about: what it is, as comment lines."""
    listed = list(steps)
    lines = ["#!/usr/bin/env bash", *(f"# {' '.join(line.split())}" for line in about), "set -euo pipefail", ""]
    lines += ["ACCOUNT=$(aws sts get-caller-identity --query Account --output text)", 'case "$ACCOUNT" in']
    regions: dict[str, list[str]] = defaultdict(list)
    for place in places:
        regions[place.account_id].append(place.region)
    for account_id, found in sorted(regions.items()):
        lines.append(f"  {shlex.quote(account_id)}) REGIONS={shlex.quote(' '.join(found))} ;;")
    lines += ['  *) echo "account $ACCOUNT is none that this script is for" >&2; exit 2 ;;', "esac"]
    if any(subscribes(step) for step in listed):
        lines.append(': "${NOTIFY:?set NOTIFY to the mail address that is to be told}"')
    lines += ["", _CREATE, "for REGION in $REGIONS; do"]
    for step in listed:
        lines += [f"  # {TITLES[type(step)]}", *(f"  {command}" for command in commands(step))]
    return "\n".join([*lines, "done", ""])


@singledispatch
def commands(step: Step) -> Iterator[str]:
    """The commands of one step."""
    raise NotImplementedError(type(step).__name__)


@commands.register
def _(_: TrustedAccess) -> Iterator[str]:
    yield "aws organizations enable-aws-service-access --service-principal cloudtrail.amazonaws.com"


@commands.register
def _(step: LogGroup) -> Iterator[str]:
    yield f"create {_aws('logs create-log-group', log_group_name=step.name)}"


@commands.register
def _(step: DeliveryRole) -> Iterator[str]:
    trust, rights = canonical_json(DELIVERY_TRUST), canonical_json(delivery_rights(step.log_groups))
    yield "create " + _aws("iam create-role", role_name=step.name, assume_role_policy_document=trust)
    yield _aws("iam put-role-policy", role_name=step.name, policy_name="delivery", policy_document=rights)
    yield _aws("iam wait role-exists", role_name=step.name)


@commands.register
def _(step: Key) -> Iterator[str]:
    made = _aws("kms create-key", policy=step.policy, query="KeyMetadata.KeyId", output="text")
    named = _aws("kms create-alias", alias_name=step.alias)
    yield f"{_aws('kms describe-key', key_id=step.alias)} > /dev/null 2>&1 ||"
    yield f'  {{ KEY=$({made}); {named} --target-key-id "$KEY"; }}'


@commands.register
def _(step: NewTrail) -> Iterator[str]:
    policy = canonical_json(bucket_policy(step))
    closed = ",".join(
        f"{name}=true" for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    )
    yield f'create aws s3 mb {quoted(f"s3://{step.bucket}")} --region "$REGION"'
    yield _aws("s3api put-public-access-block", bucket=step.bucket, public_access_block_configuration=closed)
    yield _aws("s3api put-bucket-policy", bucket=step.bucket, policy=policy)
    yield (
        "create "
        + _aws(
            "cloudtrail create-trail",
            name=step.name,
            s3_bucket_name=step.bucket,
            cloud_watch_logs_log_group_arn=f"{step.log_group}:*",
            cloud_watch_logs_role_arn=step.role,
        )
        + " --is-multi-region-trail --include-global-service-events --enable-log-file-validation"
    )
    yield _aws("cloudtrail start-logging", name=step.name)


_TRAIL_FLAGS = {
    "IsMultiRegionTrail": "--is-multi-region-trail",
    "IncludeGlobalServiceEvents": "--include-global-service-events",
    "EnableLogFileValidation": "--enable-log-file-validation",
}
_TRAIL_VALUES = {
    "CloudWatchLogsLogGroupArn": "--cloud-watch-logs-log-group-arn",
    "CloudWatchLogsRoleArn": "--cloud-watch-logs-role-arn",
    "KMSKeyId": "--kms-key-id",
}


@commands.register
def _(step: TrailChange) -> Iterator[str]:
    change = json.loads(step.change)
    flags = [flag for name, flag in _TRAIL_FLAGS.items() if change.get(name)]
    values = [f"{option} {quoted(change[name])}" for name, option in _TRAIL_VALUES.items() if name in change]
    if flags or values:
        yield _NEXT.join([_aws("cloudtrail update-trail", name=step.trail), *flags, *values])
    for name, option in (("EventSelectors", "event_selectors"), ("AdvancedEventSelectors", "advanced_event_selectors")):
        if name in change:
            selectors = canonical_json(change[name])
            yield _aws("cloudtrail put-event-selectors", trail_name=step.trail, **{option: selectors})
    if change.get("IsLogging"):
        yield _aws("cloudtrail start-logging", name=step.trail)


@commands.register
def _(step: MetricFilter) -> Iterator[str]:
    yield _aws(
        "logs put-metric-filter",
        log_group_name=step.log_group,
        filter_name=step.name,
        filter_pattern=step.pattern,
        metric_transformations=canonical_json([transformation(step)]),
    )


@commands.register
def _(step: Topic) -> Iterator[str]:
    arn = json.loads(step.policy)["Statement"][0]["Resource"]
    yield f"create {_aws('sns create-topic', name=step.name)}"
    yield _attribute(arn, "Policy", step.policy)


@commands.register
def _(step: TopicPolicy) -> Iterator[str]:
    yield _attribute(step.topic, "Policy", step.policy)


@commands.register
def _(step: TopicKey) -> Iterator[str]:
    yield _attribute(step.topic, "KmsMasterKeyId", step.alias)


@commands.register
def _(step: EnabledKey) -> Iterator[str]:
    if step.pending_deletion:
        yield _aws("kms cancel-key-deletion", key_id=step.key)
    yield _aws("kms enable-key", key_id=step.key)


@commands.register
def _(step: KeyPolicy) -> Iterator[str]:
    yield _aws("kms put-key-policy", key_id=step.key, policy_name="default", policy=step.policy)


@commands.register
def _(step: Subscription) -> Iterator[str]:
    yield _aws("sns subscribe", topic_arn=step.topic, protocol="email") + f'{_NEXT}--notification-endpoint "$NOTIFY"'


@commands.register
def _(step: Alarm) -> Iterator[str]:
    settings = {"AlarmName": step.name, **ALARM, "Namespace": step.namespace, "MetricName": step.metric}
    options = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): str(value) for name, value in settings.items()}
    yield _aws("cloudwatch put-metric-alarm", **options, alarm_actions=step.topic)


@commands.register
def _(step: EnabledActions) -> Iterator[str]:
    # as JSON: the CLI would take a name that begins with - for an option, and file://... for what stands in a file
    yield _aws("cloudwatch enable-alarm-actions", alarm_names=canonical_json([step.alarm]))


def _attribute(topic: str, name: str, value: str) -> str:
    return _aws("sns set-topic-attributes", topic_arn=topic, attribute_name=name, attribute_value=value)


def _aws(command: str, **options: str) -> str:
    """One command in the region at hand. IAM's commands have no region."""
    where = [] if command.startswith("iam ") else ['--region "$REGION"']
    given = [f"--{name.replace('_', '-')} {quoted(value)}" for name, value in options.items()]
    return _NEXT.join([" ".join([f"aws {command}", *where]), *given])


def quoted(text: str) -> str:
    """The text as one word of the shell, account and region filled in when it runs."""
    pieces = re.split(f"([{ACCOUNT}{REGION}])", text)
    return "".join(_OPEN.get(piece) or shlex.quote(piece) for piece in pieces if piece) or "''"
