"""The alarm controls on identities, records, data and the organization: 1 to 9 and 15 of the monitoring chapter.

A mapping from a version holds from that version on, so a row shows what changed and when.
"""

from orgaudit.controls.benchmark import BOTH, MONITORING_STATUS, PROWLER, READ_IN_MONITORING
from orgaudit.controls.model import Alternative, Control
from orgaudit.controls.rows import PROWLER as PROWLER_SEVERITY
from orgaudit.controls.rows import Prescribed, Prose, alarm, any_event

_DENIED = '($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")'
_DENIED_INTENDED = (
    f'{{ ({_DENIED}) && ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }}'
)
_WITHOUT_MFA = '($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes")'
_ORGANIZATION_EVENTS = (
    "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeclineHandshake "
    "DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType "
    "InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy "
    "UpdateOrganizationalUnit"
)

ALARMS: tuple[Control, ...] = (
    alarm(
        1,
        "unauthorized_api_calls",
        "Denied API calls raise an alarm",
        policy_id="/ce/ca/aws/cloudtrail/unauthorized-api-calls-monitoring",
        levels={"1.2.0": 1, "2.0.0": 2},
        # 4.0.1 says Automated in both copies. For 5.0.0 Powerpipe repeats it together with the typing errors of 4.0.0,
        # while Prowler and Security Hub's version table say Manual.
        statuses={**MONITORING_STATUS, "4.0.1": "Automated", "5.0.0": "Manual"},
        read_in={**READ_IN_MONITORING, "5.0.0": (PROWLER, "high"), "6.0.0": (BOTH, "high")},
        texts={
            "1.2.0": Prescribed(f"{{ {_DENIED} }}"),
            "1.3.0": Prescribed(
                f'{{ {_DENIED} || ($.sourceIPAddress!="delivery.logs.amazonaws.com") || ($.eventName!="HeadBucket") }}',
                intended=_DENIED_INTENDED,
                note="The printed text joins its exclusions by || and so matches almost every event; judged by what it "
                "intends: denied calls, less those of log delivery and HeadBucket.",
            ),
            "2.0.0": Prescribed(
                f'{{ {_DENIED} && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket") }}',
                intended=_DENIED_INTENDED,
                note="The printed text lacks parentheses, so its exclusions bind to AccessDenied alone; judged by what "
                "it intends: denied calls, less those of log delivery and HeadBucket.",
            ),
        },
        prose=Prose(
            description="Somebody is told when a call is refused, that is, when CloudTrail records an error code that "
            "ends in UnauthorizedOperation or begins with AccessDenied. From v1.3.0 on, refusals of the log delivery "
            "service and of HeadBucket do not count.",
            rationale="Refusals are the first trace of somebody trying out what stolen credentials may do, and also of "
            "an application that lost a permission it needs.",
            impact="The noisiest alarm of all: inventory tools and the console itself are refused something every day. "
            "Expect to agree on exclusions for known callers, or on more than one event before the alarm fires.",
            watches="the refused calls",
            audit="Refused calls are often reads, and of any service, so a trail that records writes only or leaves a "
            "service out breaks this control.",
            remediation="Known harmless callers belong into approved exclusions, each with a reason and an expiry.",
        ),
    ),
    alarm(
        2,
        "console_signin_without_mfa",
        "Console sign-ins without MFA raise an alarm",
        policy_id="/ce/ca/aws/cloudtrail/management-console-sign-in-without-mfa-onitoring",  # ends so where published
        levels={"1.2.0": 1},
        sources=("signin.amazonaws.com",),
        texts={
            "1.2.0": Prescribed(f"{{ {_WITHOUT_MFA} }}"),
            "1.4.0": Prescribed(
                f"{{ {_WITHOUT_MFA} }}",
                alternatives=(
                    Alternative(
                        "successful sign-ins of IAM users",
                        f'{{ {_WITHOUT_MFA} && ($.userIdentity.type = "IAMUser") '
                        '&& ($.responseElements.ConsoleLogin = "Success") }',
                    ),
                ),
            ),
        },
        prose=Prose(
            description="Somebody is told when a console sign-in is recorded with MFAUsed other than Yes. From v1.4.0 "
            "on the benchmark also allows the narrower form that counts successful sign-ins of IAM users only.",
            rationale="Behind such a session stands a password alone; whoever learns it may do in the console "
            "everything that the user may.",
            impact="Federated sign-ins are recorded without MFA even where the identity provider asked for it, so "
            "accounts with single sign-on alarm all day unless the narrower form is used.",
            watches="the console sign-ins without MFA",
            audit="Covering either form is enough, and the result names which one; a sign-in recorded without the "
            "field MFAUsed is no part of the control.",
            remediation="Where people come through an identity provider, use the form for IAM users.",
        ),
    ),
    alarm(
        3,
        "root_account_usage",
        "Use of the root user raises an alarm",
        policy_id="/ce/ca/aws/cloudtrail/root-account-usage-monitoring",
        levels={"1.2.0": 1},
        texts={
            "1.2.0": Prescribed(
                '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS '
                '&& $.eventType != "AwsServiceEvent" }'
            )
        },
        prose=Prose(
            description="Somebody is told of everything that the root user does itself, sign-ins included; what a "
            "service does on its behalf does not count.",
            rationale="No policy of the account limits its root user, and daily work never needs it: each use is "
            "either one of a few planned tasks or an incident.",
            impact="Next to silent where root is locked away; the few tasks that only root can do raise it, which is "
            "the point.",
            watches="the root user's own events",
            audit="Root may call any service and may only read, so a trail that records writes only or leaves a "
            "service out breaks this control.",
            remediation="Announce planned root work to those who receive the alarm.",
        ),
    ),
    alarm(
        4,
        "iam_policy_changes",
        "Changes to IAM policies raise an alarm",
        levels={"1.2.0": 1},
        sources=("iam.amazonaws.com",),
        texts={
            "1.2.0": Prescribed(
                any_event(
                    "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy "
                    "PutUserPolicy CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion "
                    "AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy "
                    "DetachGroupPolicy",
                )
            )
        },
        prose=Prose(
            description="Somebody is told when a managed policy or one of its versions is created or deleted, when an "
            "inline policy is written or removed, or when a policy is attached to or detached from a user, group or "
            "role: 16 calls.",
            rationale="A policy is the shortest way from a foothold to full control, and a careless one opens as much "
            "by accident.",
            impact="Every deployment that creates roles raises it. In accounts with many pipelines it is read only if "
            "the pipelines' roles are agreed exclusions.",
            watches="the 16 policy calls",
            audit="IAM is a global service, so the trail has to include global service events.",
            remediation="Limiting the filter to iam.amazonaws.com loses nothing and drops Auto Scaling's DeletePolicy, "
            "which has the same name.",
        ),
    ),
    alarm(
        5,
        "cloudtrail_configuration_changes",
        "Changes to trails raise an alarm",
        levels={"1.2.0": 1},
        sources=("cloudtrail.amazonaws.com",),
        texts={"1.2.0": Prescribed(any_event("CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"))},
        prose=Prose(
            description="Somebody is told when a trail is created, changed or deleted, or when its logging is started "
            "or stopped: five CloudTrail calls.",
            rationale="Whoever wants to act unseen switches off the record first. This is the last alarm that can "
            "still be raised before all others fall silent.",
            impact="Rare: trails change a few times a year. Expect it when an account is set up.",
            watches="the five trail calls",
            audit="Changes to event selectors are calls of another name and no part of the control.",
            remediation="Keep the log group and the alarm where those who may change the trail may not change them.",
        ),
    ),
    alarm(
        6,
        "console_authentication_failures",
        "Failed console sign-ins raise an alarm",
        levels={"1.2.0": 2},
        sources=("signin.amazonaws.com",),
        # The level of 6.0.0 is 2 as in every other version; Powerpipe's 1 there looks like a slip.
        read_in={**READ_IN_MONITORING, "6.0.0": (PROWLER, "medium")},
        texts={"1.2.0": Prescribed('{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }')},
        prose=Prose(
            description="Somebody is told when a console sign-in fails with the message Failed authentication.",
            rationale="A run of failures shows a guessed or leaked password being tried before it works.",
            impact="People mistype: one event at a time it is mostly noise, which is why a threshold of a few failures "
            "is common. The audit accepts one only where the configuration says so.",
            watches="the failed console sign-ins",
            audit="Failures that carry another message are no part of the control.",
            remediation="If a threshold above one is agreed, record it in the configuration with its number of events.",
        ),
    ),
    alarm(
        7,
        "kms_cmk_disable_or_deletion",
        "Disabling or scheduled deletion of KMS keys raises an alarm",
        levels={"1.2.0": 2},
        sources=("kms.amazonaws.com",),
        texts={"1.2.0": Prescribed(any_event("DisableKey ScheduleKeyDeletion", source="kms.amazonaws.com"))},
        prose=Prose(
            description="Somebody is told when a customer managed KMS key is disabled or its deletion is scheduled.",
            rationale="Data under a disabled key cannot be read now, and under a deleted one never again. A scheduled "
            "deletion waits 7 to 30 days and can be canceled, if somebody hears of it.",
            impact="Rare outside of accounts that are being cleaned up or that create keys for tests.",
            watches="the two key calls",
            audit="Many trails leave out kms.amazonaws.com for the number of its events; that breaks this control.",
            remediation="If the trail excludes kms.amazonaws.com, remove that exclusion.",
        ),
    ),
    alarm(
        8,
        "s3_bucket_policy_changes",
        "Changes to bucket access and rules raise an alarm",
        levels={"1.2.0": 1},
        sources=("s3.amazonaws.com",),
        texts={
            "1.2.0": Prescribed(
                any_event(
                    "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication "
                    "DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication",
                    source="s3.amazonaws.com",
                )
            )
        },
        prose=Prose(
            description="Somebody is told when the ACL of an S3 bucket is written, or its policy, CORS, lifecycle or "
            "replication rules are written or removed: nine calls.",
            rationale="One such call can publish a bucket, copy it to another account or let its content expire.",
            impact="Each deployment of a bucket raises several of them at once; steady accounts see few.",
            watches="the nine bucket calls",
            audit="They are management events, so no data events need to be recorded.",
            remediation="A filter on PutBucketPolicy alone is not enough: ACL, CORS, lifecycle and replication count.",
        ),
    ),
    alarm(
        9,
        "aws_config_changes",
        "Changes to AWS Config recording raise an alarm",
        levels={"1.2.0": 2},
        sources=("config.amazonaws.com",),
        texts={
            "1.2.0": Prescribed(
                any_event(
                    "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder",
                    source="config.amazonaws.com",
                )
            )
        },
        prose=Prose(
            description="Somebody is told when the recorder of AWS Config is stopped or written, or when its delivery "
            "channel is written or deleted: four calls.",
            rationale="Without the recorder nobody can say later what a resource looked like, and Config rules judge "
            "nothing new.",
            impact="Rare. Rolling Config out to accounts or regions raises it once for each of them.",
            watches="the four recorder and channel calls",
            audit="Deleting the recorder is a call of another name and no part of the control.",
            remediation="Adding DeleteConfigurationRecorder to the filter does no harm to the result.",
        ),
    ),
    alarm(
        15,
        "organizations_changes",
        "AWS Organizations changes raise an alarm",
        policy_id="/ce/ca/aws/cloudtrail/aws-organizations-changes-monitoring",
        levels={"1.3.0": 1},
        severity=("medium", PROWLER_SEVERITY),  # Security Hub has no such control
        sources=("organizations.amazonaws.com",),
        management_account_only=True,
        texts={"1.3.0": Prescribed(any_event(_ORGANIZATION_EVENTS, source="organizations.amazonaws.com", quoted=True))},
        prose=Prose(
            description="Somebody is told when accounts are created, invited, moved or removed, invitations are "
            "answered, organizational units change, or organization policies are written, attached, detached or "
            "switched on or off: 18 Organizations calls.",
            rationale="Whoever moves an account or detaches a service control policy lifts the limits that hold for "
            "it, whatever the account itself does.",
            impact="Rare and worth reading each time; opening many accounts at once raises it as often.",
            watches="the 18 Organizations calls",
            audit="Judged in the management account, where nearly all of these calls are made.",
            remediation="Set it up in the management account, or on the organization trail that records it.",
        ),
    ),
)
