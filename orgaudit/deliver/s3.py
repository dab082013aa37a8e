"""Files into an S3 bucket: checked by SHA-256 on arrival, never over something else, locked where that is wanted.

Object Lock is set in GOVERNANCE mode: only who holds s3:BypassGovernanceRetention can shorten it, so that a wrong
number of days can be put right. COMPLIANCE mode, which nobody can, is the bucket's default retention to give: with
``retain_days = 0`` a file is kept as the bucket says (S3 user guide, Object Lock, read 2026-11-26).
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from orgaudit.deliver.attempt import NotDelivered
from orgaudit.deliver.clients import client
from orgaudit.model.settings import Delivery

_ATTEMPTS = 4
"""Uploading the same again does no harm, so the SDK may."""
_THERE = frozenset({"PreconditionFailed", "412"})
_LARGEST = 5 * 1024**3
"""Bytes that one PutObject takes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be stored."""

    name: str
    content: bytes | Path


def location(delivery: Delivery, folder: str) -> str:
    """Where the files go, as people write it."""
    return f"s3://{delivery.bucket}/{_key(delivery, folder, '')}"


def upload(delivery: Delivery, folder: str, files: Iterable[Upload], now: datetime) -> str:
    """Store the files in that folder below the prefix, in their order; how many were new.

    Raises NotDelivered for the first that is refused, or that is there already with other content.
    """
    try:
        s3 = client("s3", attempts=_ATTEMPTS)
        new = [_put(s3, delivery, _key(delivery, folder, one.name), one.content, now) for one in files]
    except BotoCoreError as error:
        raise NotDelivered(f"S3 cannot be asked ({error}): check AWS_PROFILE, AWS_REGION and the network") from error
    kept = f", kept until {_until(delivery, now):%Y-%m-%d}" if delivery.retain_days and any(new) else ""
    return f"{sum(new)} files uploaded{kept}, {len(new) - sum(new)} there already"


def _key(delivery: Delivery, folder: str, name: str) -> str:
    prefix = delivery.prefix if not delivery.prefix or delivery.prefix.endswith("/") else f"{delivery.prefix}/"
    return f"{prefix}{folder}/{name}"


def _until(delivery: Delivery, now: datetime) -> datetime:
    return now + timedelta(days=delivery.retain_days)


def _put(s3: Any, delivery: Delivery, key: str, content: bytes | Path, now: datetime) -> bool:
    """Whether the file was new."""
    sha256, size = _measured(content)
    if size > _LARGEST:
        raise NotDelivered(f"{key}: {size:,} bytes are more than S3 takes in one piece; copy it there by other means")
    wanted: dict[str, Any] = {"Bucket": delivery.bucket, "Key": key, "IfNoneMatch": "*"}
    # a lock wants the algorithm named, not only the sum (S3 API, PutObject, read 2026-11-26)
    wanted |= {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": sha256}
    if delivery.retain_days:
        wanted |= {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": _until(delivery, now)}
    try:
        if isinstance(content, bytes):
            s3.put_object(**wanted, Body=content)
        else:
            with content.open("rb") as file:
                s3.put_object(**wanted, Body=file)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _THERE:
            raise _refused(error, delivery, key) from error
        _check_same(s3, delivery, key, sha256)
        return False
    return True


def _measured(content: bytes | Path) -> tuple[str, int]:
    """SHA-256 as S3 writes it, and the size in bytes."""
    if isinstance(content, bytes):
        return base64.b64encode(hashlib.sha256(content).digest()).decode(), len(content)
    with content.open("rb") as file:
        return base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode(), content.stat().st_size


def _check_same(s3: Any, delivery: Delivery, key: str, sha256: str) -> None:
    """Raises NotDelivered unless what is there is what we have."""
    where = f"s3://{delivery.bucket}/{key}"
    try:
        found = s3.head_object(Bucket=delivery.bucket, Key=key, ChecksumMode="ENABLED").get("ChecksumSHA256", "")
    except ClientError as error:
        raise NotDelivered(
            f"{where} is there already and cannot be compared ({error.response['Error']['Code']}): allow s3:GetObject, "
            "or choose another prefix"
        ) from error
    if found != sha256:
        raise NotDelivered(f"{where} is there already with other content; it is left as it is: choose another prefix")


def _refused(error: ClientError, delivery: Delivery, key: str) -> NotDelivered:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    needed = "s3:PutObject" + (" and s3:PutObjectRetention" if delivery.retain_days else "")
    advice = {
        "NoSuchBucket": "check bucket in [[deliver]], and AWS_REGION",
        "AccessDenied": f"the credentials of this run need {needed} there",
        "InvalidRequest": "retain_days needs a bucket with Object Lock; set it to 0 for one without",
    }.get(code, "check bucket and prefix in [[deliver]]")
    said = f"s3://{delivery.bucket}/{key} was refused: {code} {message}"[:400]
    return NotDelivered(f"{said}: {advice}", temporary=code == "ConditionalRequestConflict")
