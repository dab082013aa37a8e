"""The permissions that an audit needs, generated from the table of its calls. Pure.

Sources: IAM User Guide, "Global condition context keys" (aws:PrincipalOrgID) and "Access to AWS accounts owned by third
parties" (sts:ExternalId); CloudFormation User Guide, "Create StackSets with service-managed permissions": they do not
deploy to the management account (all read 2026-11).
"""

from collections.abc import Iterable

from orgaudit.aws.actions import CALLER_ACTIONS, ROLE_ACTIONS
from orgaudit.model.calls import Json
from orgaudit.model.handover import HANDOVER_ACTIONS

_VERSION = "2012-10-17"


def role_policy() -> Json:
    """What the role in each account allows: the calls of an audit, and nothing else."""
    return _policy(_allow("ReadAlarmChains", ROLE_ACTIONS, "*"))


def start_policy(role_names: Iterable[str], partition: str = "aws") -> Json:
    """What the identity that starts a run needs: to list the organization, assume the roles, read its own account.

    In the account that a run starts in no role is assumed.
    """
    roles = [f"arn:{partition}:iam::*:role/{name}" for name in sorted(set(role_names))]
    return _policy(
        _allow("ListTheOrganization", (action for action in CALLER_ACTIONS if action != "sts:AssumeRole"), "*"),
        _allow("AssumeTheRoles", ("sts:AssumeRole",), roles),
        _allow("ReadAlarmChains", ROLE_ACTIONS, "*"),
    )


def handover_policy() -> Json:
    """What deliveries and signatures need besides, on the credentials of whoever runs: [[deliver]] and [sign].

    An audit makes none of these calls, and no audited account has to allow them.
    """
    by_service: dict[str, set[str]] = {}
    for needed in HANDOVER_ACTIONS.values():
        for action in needed:
            by_service.setdefault(action.partition(":")[0], set()).add(action)
    return _policy(*(_allow(_HANDOVER[service], actions, "*") for service, actions in by_service.items()))


_HANDOVER = {"ses": "SendMail", "s3": "StoreInBuckets", "kms": "SignManifests"}


def trust_policy(principal: str, organization_id: str, external_id: str = "") -> Json:
    """Who may assume the role: one principal, from this organization only, and with the external id if there is one."""
    equals = {"aws:PrincipalOrgID": organization_id} | ({"sts:ExternalId": external_id} if external_id else {})
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": equals},
    }
    return _policy(statement)


def _policy(*statements: Json) -> Json:
    return {"Version": _VERSION, "Statement": list(statements)}


def _allow(sid: str, actions: Iterable[str], resource: str | list[str]) -> Json:
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resource}


def role_template() -> str:
    """A CloudFormation template (YAML) of the role, for a service-managed StackSet and for a plain stack alike."""
    actions = "\n".join(f"                  - {action}" for action in ROLE_ACTIONS)
    return _TEMPLATE.replace("                  - ACTIONS", actions)


_TEMPLATE = """\
# The read-only role that orgaudit assumes in every account. Save this as role.yaml, then deploy it twice.
#
# 1. FIRST the management account: no service-managed StackSet reaches it, so it needs a stack of its own, unless
#    audits start there. ExternalId may be left out here and below: then none is asked for.
#
#   aws cloudformation deploy --stack-name orgaudit --template-file role.yaml \\
#     --capabilities CAPABILITY_NAMED_IAM --parameter-overrides \\
#     TrustedPrincipal=PRINCIPAL_ARN OrganizationId=ORGANIZATION_ID ExternalId=EXTERNAL_ID
#
# 2. All other accounts, those that join later included. IAM is global: one region is enough. StackSets need trusted
#    access, once: aws cloudformation activate-organizations-access. From a delegated administrator add
#    --call-as DELEGATED_ADMIN to each command.
#
#   aws cloudformation create-stack-set --stack-set-name orgaudit --template-body file://role.yaml \\
#     --permission-model SERVICE_MANAGED --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false \\
#     --capabilities CAPABILITY_NAMED_IAM --parameters \\
#     ParameterKey=TrustedPrincipal,ParameterValue=PRINCIPAL_ARN \\
#     ParameterKey=OrganizationId,ParameterValue=ORGANIZATION_ID \\
#     ParameterKey=ExternalId,ParameterValue=EXTERNAL_ID
#   aws cloudformation create-stack-instances --stack-set-name orgaudit \\
#     --deployment-targets OrganizationalUnitIds=ROOT_ID --regions us-east-1
AWSTemplateFormatVersion: "2010-09-09"
Description: Read-only role that orgaudit assumes to audit CloudTrail alarm chains
Parameters:
  TrustedPrincipal:
    Type: String
    Description: ARN of the role or user that starts the audit, or of its account's root (whoever that account lets in)
    AllowedPattern: ^arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/.+)$
    ConstraintDescription: "expected an ARN such as arn:aws:iam::111122223333:role/Auditor"
  OrganizationId:
    Type: String
    Description: Id of the organization; principals of any other are not trusted
    AllowedPattern: ^o-[a-z0-9]{10,32}$
    ConstraintDescription: "expected an id such as o-a1b2c3d4e5"
  ExternalId:
    Type: String
    Description: External id that the audit has to send; empty for none
    Default: ""
    NoEcho: true
    AllowedPattern: ^([\\w+=,.@:/-]{2,1224})?$
    ConstraintDescription: "expected 2 to 1224 letters, digits and + = , . @ : / - _"
  RoleName:
    Type: String
    Description: Name of the role, as in [organization] role_name
    Default: OrgAudit
    AllowedPattern: ^[\\w+=,.@-]{1,64}$
    ConstraintDescription: "expected the name of a role"
Conditions:
  HasExternalId: !Not [!Equals [!Ref ExternalId, ""]]
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref RoleName
      Description: Read-only, for orgaudit
      MaxSessionDuration: 3600
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal:
              AWS: !Ref TrustedPrincipal
            Action: sts:AssumeRole
            Condition:
              StringEquals:
                aws:PrincipalOrgID: !Ref OrganizationId
                sts:ExternalId: !If [HasExternalId, !Ref ExternalId, !Ref AWS::NoValue]
      Policies:
        - PolicyName: ReadAlarmChains
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: ReadAlarmChains
                Effect: Allow
                Action:
                  - ACTIONS
                Resource: "*"
Outputs:
  RoleArn:
    Description: ARN of the role
    Value: !GetAtt Role.Arn
"""
