"""A realistic CloudTrail record around the fields that decide.

Field names and their order: CloudTrail User Guide, "CloudTrail record contents" (read 2026-11). Addresses and accounts
are those reserved for documentation.
"""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import Any

from orgaudit.patterns.semantics import ABSENT
from orgaudit.patterns.tree import Selector

ACCOUNT = "111122223333"
_REGION = "us-east-1"
_KEY = "AKIAIOSFODNN7EXAMPLE"

_IDENTITIES: Mapping[str, Mapping[str, Any]] = {
    "AssumedRole": {
        "type": "AssumedRole",
        "principalId": "AROAIDPPEZS35WEXAMPLE:alice",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Operations/alice",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAIDPPEZS35WEXAMPLE",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/Operations",
                "accountId": ACCOUNT,
                "userName": "Operations",
            },
            "attributes": {"creationDate": "2026-01-15T09:58:12Z", "mfaAuthenticated": "false"},
        },
    },
    "IAMUser": {
        "type": "IAMUser",
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
        "accountId": ACCOUNT,
        "accessKeyId": _KEY,
        "userName": "alice",
    },
    "Root": {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "accountId": ACCOUNT,
        "accessKeyId": _KEY,
    },
}

_RECORD: Mapping[str, Any] = {  # ABSENT: not in a plain record, listed for its place
    "eventVersion": "1.11",
    "userIdentity": {},
    "eventTime": "2026-01-15T10:00:00Z",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "RunInstances",
    "awsRegion": _REGION,
    "sourceIPAddress": "203.0.113.10",
    "userAgent": "aws-cli/2.31.0",
    "errorCode": ABSENT,
    "errorMessage": ABSENT,
    "requestParameters": None,
    "responseElements": None,
    "additionalEventData": ABSENT,
    "requestID": "2c9cd4b2-5a1c-4f1e-9a55-1f8d3a6b7c80",
    "eventID": "7f0c2e64-0d5b-4a55-8d1c-9b6f5e3a2d10",
    "readOnly": False,
    "resources": ABSENT,
    "eventType": "AwsApiCall",
    "managementEvent": True,
    "recipientAccountId": ACCOUNT,
    "eventCategory": "Management",
}

_SIGN_IN: Mapping[str, Any] = {
    "eventSource": "signin.amazonaws.com",
    "eventType": "AwsConsoleSignIn",
    "responseElements": {"ConsoleLogin": "Success"},
    "additionalEventData": {"LoginTo": "https://console.aws.amazon.com/console/home", "MFAUsed": "No"},
}

_SOURCES: Mapping[str, str] = {
    name: source
    for source, names in {
        "iam": "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy "
        "CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy "
        "AttachUserPolicy DetachUserPolicy AttachGroupPolicy DetachGroupPolicy",
        "cloudtrail": "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging",
        "kms": "DisableKey ScheduleKeyDeletion",
        "s3": "HeadBucket PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication "
        "DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication DeleteBucket",
        "config": "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder",
        "organizations": "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit DeclineHandshake "
        "DeleteOrganization DeleteOrganizationalUnit DetachPolicy DisablePolicyType EnablePolicyType "
        "InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy "
        "UpdateOrganizationalUnit",
    }.items()
    for name in names.split()
}
"""The service of an event name; names that are not listed are EC2's."""

NATURAL: Mapping[str, Sequence[Any]] = {
    "eventName": ("RunInstances", "ConsoleLogin", "CreateVpc", "PutBucketPolicy", "CreateUser"),
    "eventSource": ("ec2.amazonaws.com", "iam.amazonaws.com", "s3.amazonaws.com", "signin.amazonaws.com"),
    "eventType": ("AwsApiCall", "AwsConsoleSignIn", "AwsServiceEvent"),
    "eventCategory": ("Management",),
    "awsRegion": (_REGION, "eu-west-1", "ap-southeast-2"),
    "sourceIPAddress": ("203.0.113.10", "198.51.100.7", "cloudformation.amazonaws.com"),
    "userAgent": ("aws-cli/2.31.0", "console.amazonaws.com"),
    "errorCode": ("AccessDenied", "Client.UnauthorizedOperation", "AccessDeniedException", "ThrottlingException"),
    "errorMessage": ("Failed authentication", "Rate exceeded"),
    "recipientAccountId": (ACCOUNT, "444455556666"),
    "readOnly": (False, True),
    "managementEvent": (True, False),
    "userIdentity.type": ("AssumedRole", "IAMUser", "Root", "AWSService"),
    "userIdentity.arn": (f"arn:aws:sts::{ACCOUNT}:assumed-role/Operations/alice", f"arn:aws:iam::{ACCOUNT}:user/alice"),
    "userIdentity.userName": ("alice",),
    "userIdentity.accountId": (ACCOUNT, "444455556666"),
    "userIdentity.invokedBy": ("cloudformation.amazonaws.com", "AWS Internal"),
    "userIdentity.principalId": ("AROAIDPPEZS35WEXAMPLE:alice",),
    "userIdentity.sessionContext.sessionIssuer.userName": ("Operations",),
    "userIdentity.sessionContext.sessionIssuer.arn": (f"arn:aws:iam::{ACCOUNT}:role/Operations",),
    "additionalEventData.MFAUsed": ("No", "Yes"),
    "responseElements.ConsoleLogin": ("Success", "Failure"),
    "eventTime": ("2026-01-15T10:00:00Z",),
    "eventVersion": ("1.11", "1.08"),
}
"""What a field usually holds, the value of the plain record first."""

Assignment = Mapping[Selector, Any]


def records(fields: Assignment) -> Iterator[dict[str, Any]]:
    """Records that hold the given fields: a full one for each likely caller, then the bare fields alone.

    fields: value, or ABSENT, by path, parents before children; {} and [] keep what an object or list holds already.
    """
    wanted = fields.get(("userIdentity", "type"))
    for kind in [wanted] if isinstance(wanted, str) and wanted in _IDENTITIES else list(_IDENTITIES):
        yield _ordered(_with(_plain(kind, fields), fields))
    yield _with({}, fields)


def _plain(identity: str, fields: Assignment) -> dict[str, Any]:
    record = {key: value for key, value in _RECORD.items() if value is not ABSENT}
    record["userIdentity"] = copy.deepcopy(dict(_IDENTITIES[identity]))
    name = fields.get(("eventName",))
    if name == "ConsoleLogin":
        record.update(copy.deepcopy(dict(_SIGN_IN)))
    elif isinstance(name, str):
        record["eventSource"] = _SOURCES.get(name, "ec2") + ".amazonaws.com"
    return record


def _ordered(record: dict[str, Any]) -> dict[str, Any]:
    return {key: record[key] for key in _RECORD if key in record} | record


def _with(record: dict[str, Any], fields: Assignment) -> dict[str, Any]:
    for path, value in fields.items():
        _put(record, path, value)
    return record


def _put(record: Any, path: Selector, value: Any) -> None:
    """Set or remove one field; what stands in the way is replaced by what the field needs."""
    holder: Any = record
    for step, following in pairwise(path):
        kind = list if isinstance(following, int) else dict
        child = _get(holder, step)
        if not isinstance(child, kind):
            if value is ABSENT:
                return
            child = kind()
            _set(holder, step, child)
        holder = child
    last = path[-1]
    if value is not ABSENT:
        if not (value in ({}, []) and isinstance(_get(holder, last), type(value))):
            _set(holder, last, copy.deepcopy(value))
    elif isinstance(last, int):
        del holder[last:]
    else:
        holder.pop(last, None)


def _get(holder: Any, step: Any) -> Any:
    if isinstance(step, int):
        return holder[step] if step < len(holder) else ABSENT
    return holder.get(step, ABSENT)


def _set(holder: Any, step: Any, value: Any) -> None:
    if isinstance(step, int):
        holder.extend([None] * (step + 1 - len(holder)))
    holder[step] = value


def free_key(record: Mapping[str, Any], mentioned: frozenset[str]) -> str:
    """A top-level field that no pattern mentions, to put a word into."""
    for key in ("requestParameters", "serviceEventDetails", "additionalEventData"):
        if key not in mentioned:
            return key
    return next(f"detail{n}" for n in range(len(record) + len(mentioned) + 1) if f"detail{n}" not in mentioned)


def with_text(record: dict[str, Any], text: str, mentioned: frozenset[str]) -> dict[str, Any] | None:
    """The record with a free field whose JSON contains the text; None if no JSON can."""
    value = _holding(text)
    if value is ABSENT:
        return None
    key = free_key(record, mentioned)
    held = record.get(key)
    holder = dict(held) if isinstance(held, dict) else {}
    holder[f"note{len(holder) or ''}"] = value
    return {**record, key: holder}


_HEADS = ("", "{", '{"x":', '{"x":"', '"', '{"', "[", '["')
_TAILS = ("", "}", '"', '"}', ":0}", '":0}', "]", '"]', '"x"}', "}}")
"""What may stand around a fragment of JSON so that it becomes a value."""


def _holding(text: str) -> Any:
    """A value whose compact JSON contains the text."""
    if '"' not in text and "\\" not in text:
        return text
    for head, tail in product(_HEADS, _TAILS):
        written = head + text + tail
        try:
            value = json.loads(written)
        except ValueError:
            continue
        if text in json.dumps(value, separators=(",", ":"), ensure_ascii=False):
            return value
    return ABSENT


def usually_absent(path: Selector) -> bool:
    """Whether the plain record does not have the field."""
    value: Any = {**_RECORD, "userIdentity": _IDENTITIES["AssumedRole"]}
    for step in path:
        value = value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
    return value is ABSENT
