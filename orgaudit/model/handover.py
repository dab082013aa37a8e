"""The second list of API calls: those that hand results over or sign them, on the caller's own credentials.

They are apart from ``aws.actions``, which lists what an audit may ask: no audited account ever sees one of these, and
an audit never makes one.
"""

from collections.abc import Mapping

HANDOVER_ACTIONS: Mapping[tuple[str, str], tuple[str, ...]] = {
    # A raw message needs both, although the call is SendEmail (SES developer guide and anymail/django-anymail#384,
    # read 2026-11-26).
    ("sesv2", "SendEmail"): ("ses:SendEmail", "ses:SendRawEmail"),
    # The second one only where a retention is set.
    ("s3", "PutObject"): ("s3:PutObject", "s3:PutObjectRetention"),
    # Only where the object exists already, to tell whether it is the same.
    ("s3", "HeadObject"): ("s3:GetObject",),
    # Only with [sign] kms_key_id.
    ("kms", "GetPublicKey"): ("kms:GetPublicKey",),
    ("kms", "Sign"): ("kms:Sign",),
}
"""botocore's service and operation, and the IAM actions that the call needs."""
