"""The six trail controls: what has to be true of the trails themselves before any alarm can work.

A mapping from a version holds from that version on. `org_trail` has no section in any version: no benchmark asks for
an organization trail, and the control is judged only where the configuration names it.
"""

from orgaudit.controls.benchmark import LOGGING_STATUS, PROWLER, READ_IN_LOGGING
from orgaudit.controls.model import Control
from orgaudit.controls.rows import OURS, SECURITY_HUB, Prose, trail

_FIRST_SECTION = {"1.2.0": "2.1", "1.3.0": "3.1", "6.0.0": "4.1"}
# 6.0.0 is Manual in both copies. For 5.0.0 Powerpipe repeats 4.0.0, so Prowler's Manual is followed.
_FIRST_STATUS = {**LOGGING_STATUS, "5.0.0": "Manual"}
_FIRST_READ_IN = {**READ_IN_LOGGING, "5.0.0": (PROWLER, "medium"), "6.0.0": READ_IN_LOGGING["1.4.0"]}

TRAILS: tuple[Control, ...] = (
    trail(
        "trail_multi_region",
        "A multi-region trail is logging",
        sections=_FIRST_SECTION,
        levels={"1.2.0": 1},
        statuses=_FIRST_STATUS,
        read_in=_FIRST_READ_IN,
        severity=("high", SECURITY_HUB),
        category="Logging",
        prose=Prose(
            description="At least one trail records the account in all regions and is logging now; an organization "
            "trail counts.",
            rationale="Nobody watches the regions nobody uses, which is why they are used against you. A trail of one "
            "region says nothing about the others.",
            impact="The first copy of management events is free of charge, further trails and the storage are not.",
            audit="Looks for a trail with IsMultiRegionTrail and global service events among the account's own and "
            "the organization trails that it is shown, and asks whether that trail is logging, an organization trail "
            "as its owner.",
            remediation="Turn an existing trail into a multi-region one, or create an organization trail in the "
            "management account, and start its logging.",
        ),
    ),
    trail(
        "trail_management_events",
        "A multi-region trail records all management events",
        sections=_FIRST_SECTION,
        levels={"1.2.0": 1},
        statuses=_FIRST_STATUS,
        read_in=_FIRST_READ_IN,
        note="Without a section of its own: part of the audit steps of the section on the multi-region trail.",
        severity=("high", SECURITY_HUB),
        category="Logging",
        prose=Prose(
            description="At least one logging multi-region trail records read and write management events and leaves "
            "no service out.",
            rationale="A trail may be there and logging and yet record writes only, or everything but KMS: who looked "
            "around, and who used or disabled a key, is then known to nobody.",
            impact="Read events and those of KMS are many; they add to storage, and to what CloudWatch Logs takes in.",
            audit="Reads the event selectors of the trail in its home region, as its owner: basic ones for "
            "ReadWriteType All and no excluded source, advanced ones by what they let through together.",
            remediation="Set the trail's selectors to management events, read and write, without excluded sources.",
        ),
    ),
    trail(
        "trail_log_file_validation",
        "Log file validation is on for every trail",
        policy_id="/ce/ca/aws/cloudtrail/log-file-validation",
        sections={"1.2.0": "2.2", "1.3.0": "3.2", "6.0.0": "4.2"},
        levels={"1.2.0": 2},
        severity=("low", SECURITY_HUB),
        category="Data protection",
        prose=Prose(
            description="Every logging trail of the account writes signed digest files beside its log files.",
            rationale="Only with the digests can it be shown later that no log file was altered, removed or slipped "
            "in.",
            impact="None to speak of: a small digest file an hour in the same bucket.",
            audit="Reads LogFileValidationEnabled of every trail that is logging; an organization trail is judged at "
            "its owner, and the finding names the trails that lack it.",
            remediation="Switch log file validation on for the trails named. It holds for log files from then on, not "
            "for earlier ones.",
        ),
    ),
    trail(
        "trail_cloudwatch_logs_integration",
        "Every trail delivers to CloudWatch Logs",
        policy_id="/ce/ca/aws/cloudtrail/trail-cloudwatch-logs-integration",
        sections={"1.2.0": "2.4", "1.3.0": "3.4", "3.0.0": None},  # removed in 3.0.0; alarm controls still rest on it
        levels={"1.2.0": 1},
        severity=("low", SECURITY_HUB),
        category="Logging",
        prose=Prose(
            description="Every logging trail of the account has a log group and delivered to it lately.",
            rationale="Metric filters see nothing but what reaches a log group. A trail that writes to S3 alone serves "
            "investigations afterwards, not alarms.",
            impact="CloudWatch Logs charges for every gigabyte taken in and stored; set a retention on the log group.",
            audit="Reads the log group of every trail that is logging, and from its status the last delivery and its "
            "error; a delivery older than the configured age fails.",
            remediation="Give the trails named a log group and a role that may write to it; if the status shows an "
            "error, mend the role or the log group.",
        ),
    ),
    trail(
        "trail_kms_encryption",
        "Every trail encrypts its log files with a KMS key",
        sections={"1.2.0": "2.7", "1.3.0": "3.7", "3.0.0": "3.5", "6.0.0": "4.5"},
        levels={"1.2.0": 2},
        severity=("medium", SECURITY_HUB),
        category="Data protection",
        prose=Prose(
            description="Every logging trail of the account names a KMS key for its log files.",
            rationale="With a key of one's own, reading the record takes two permissions, on the bucket and on the "
            "key, and each use of the key is itself recorded.",
            impact="A customer managed key costs a monthly fee and its requests; whoever reads the logs needs the "
            "right to decrypt.",
            audit="Reads KmsKeyId of every trail that is logging; an organization trail is judged at its owner, and "
            "the finding names the trails that lack it.",
            remediation="Create a customer managed key whose policy lets CloudTrail encrypt and the readers decrypt, "
            "and name it in the trails found without one.",
        ),
    ),
    trail(
        "org_trail",
        "An organization trail records the account",
        sections={},
        levels={},
        severity=("medium", OURS),  # neither Security Hub nor Prowler has such a check
        category="Logging",
        prose=Prose(
            description="The account is recorded by a logging multi-region organization trail.",
            rationale="A member account can neither stop nor change an organization trail, and a new account is "
            "recorded from its first day.",
            impact="Accounts that keep a trail of their own beside it pay for the second copy of their events.",
            audit="Looks for the organization trail that the account is shown as a shadow trail, asks its owner "
            "whether it is logging, and the organization whether CloudTrail's trusted access is on.",
            remediation="Enable trusted access for CloudTrail and create a multi-region organization trail in the "
            "management account or from CloudTrail's delegated administrator.",
        ),
    ),
)
