"""A recipe as a CloudFormation template. Account and region are CloudFormation's own, so a StackSet can deploy it.

A trail that exists is imported as it stands and then updated, which takes two templates. What CloudFormation cannot
change without having made it (alarms, keys and topics of others) stays with the CLI script.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import singledispatch
from typing import Any

from orgaudit.remediate.names import free
from orgaudit.remediate.policies import DELIVERY_TRUST, delivery_rights
from orgaudit.remediate.settings import ALARM, bucket_policy, subscribes, transformation
from orgaudit.remediate.steps import (
    ACCOUNT,
    REGION,
    Alarm,
    DeliveryRole,
    Key,
    LogGroup,
    MetricFilter,
    NewTrail,
    Step,
    Subscription,
    Topic,
    TopicPolicy,
    TrailChange,
)

_OPEN = {ACCOUNT: "${AWS::AccountId}", REGION: "${AWS::Region}"}
_FOUNDATIONS = ("AWS::Logs::LogGroup", "AWS::IAM::Role", "AWS::S3::BucketPolicy", "AWS::SNS::Topic", "AWS::KMS::Alias")
"""What others of the same template build on."""
Resource = dict[str, Any]


def template(steps: Iterable[Step], about: str) -> Resource | None:
    """The template that adds what a recipe adds; None where it adds nothing that CloudFormation can make."""
    listed = list(steps)
    found: dict[str, Resource] = {}
    for name, resource in (named for step in listed for named in resources(step)):
        found[free(name, found)] = resource  # a-b and a_b are one logical id
    if not found:
        return None
    return _document(about, _ordered(found), notify=any(subscribes(step) for step in listed))


def trail_templates(step: TrailChange, about: str) -> tuple[Resource, Resource]:
    """The template to import a trail with, as it stands, and the one to update it with."""
    now, change = json.loads(step.now), json.loads(step.change)
    if "AdvancedEventSelectors" in change:
        now.pop("EventSelectors", None)
    return tuple(  # type: ignore[return-value]
        _document(about, {"Trail": _resource("AWS::CloudTrail::Trail", settings, retained=True)})
        for settings in (now, {**now, **change})
    )


@singledispatch
def resources(_: Step) -> Iterator[tuple[str, Resource]]:
    """The resources of one step, by logical id; none where CloudFormation cannot do it."""
    yield from ()


@resources.register
def _(step: LogGroup) -> Iterator[tuple[str, Resource]]:
    yield _id("LogGroup", step.name), _resource("AWS::Logs::LogGroup", {"LogGroupName": step.name}, retained=True)


@resources.register
def _(step: DeliveryRole) -> Iterator[tuple[str, Resource]]:
    policies = [{"PolicyName": "delivery", "PolicyDocument": delivery_rights(step.log_groups)}]
    settings = {"RoleName": step.name, "AssumeRolePolicyDocument": DELIVERY_TRUST, "Policies": policies}
    yield "DeliveryRole", _resource("AWS::IAM::Role", settings)


@resources.register
def _(step: Key) -> Iterator[tuple[str, Resource]]:
    name = _id("Key", step.alias)
    settings = {"KeyPolicy": json.loads(step.policy), "EnableKeyRotation": True}
    yield name, _resource("AWS::KMS::Key", settings, retained=True)
    target = {"AliasName": step.alias, "TargetKeyId": {"Ref": name}}
    yield f"{name}Alias", _resource("AWS::KMS::Alias", target)


@resources.register
def _(step: NewTrail) -> Iterator[tuple[str, Resource]]:
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    bucket = {"BucketName": step.bucket, "PublicAccessBlockConfiguration": closed}
    policy = {"Bucket": step.bucket, "PolicyDocument": bucket_policy(step)}
    yield "TrailBucket", _resource("AWS::S3::Bucket", bucket, retained=True)
    yield "TrailBucketPolicy", _resource("AWS::S3::BucketPolicy", policy) | {"DependsOn": ["TrailBucket"]}
    settings = {
        "TrailName": step.name,
        "S3BucketName": step.bucket,
        "IsLogging": True,
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "EnableLogFileValidation": True,
        "CloudWatchLogsLogGroupArn": f"{step.log_group}:*",
        "CloudWatchLogsRoleArn": step.role,
    }
    yield "Trail", _resource("AWS::CloudTrail::Trail", settings)


@resources.register
def _(step: MetricFilter) -> Iterator[tuple[str, Resource]]:
    made = {name[0].upper() + name[1:]: value for name, value in transformation(step).items()}
    settings = {
        "LogGroupName": step.log_group,
        "FilterName": step.name,
        "FilterPattern": step.pattern,
        "MetricTransformations": [made],
    }
    yield _id("Filter", step.name, step.log_group), _resource("AWS::Logs::MetricFilter", settings)


@resources.register
def _(step: Topic) -> Iterator[tuple[str, Resource]]:
    policy = json.loads(step.policy)
    yield _id("Topic", step.name), _resource("AWS::SNS::Topic", {"TopicName": step.name})
    settings = {"Topics": [policy["Statement"][0]["Resource"]], "PolicyDocument": policy}
    yield _id("TopicPolicy", step.name), _resource("AWS::SNS::TopicPolicy", settings)


@resources.register
def _(step: TopicPolicy) -> Iterator[tuple[str, Resource]]:
    settings = {"Topics": [step.topic], "PolicyDocument": json.loads(step.policy)}
    yield _id("TopicPolicy", step.topic), _resource("AWS::SNS::TopicPolicy", settings, retained=True)


@resources.register
def _(step: Subscription) -> Iterator[tuple[str, Resource]]:
    settings = {"TopicArn": step.topic, "Protocol": "email", "Endpoint": {"Ref": "Notify"}}
    yield _id("Subscription", step.topic), _resource("AWS::SNS::Subscription", settings)


@resources.register
def _(step: Alarm) -> Iterator[tuple[str, Resource]]:
    settings = {
        "AlarmName": step.name,
        **ALARM,
        "Namespace": step.namespace,
        "MetricName": step.metric,
        "AlarmActions": [step.topic],
    }
    yield _id("Alarm", step.name), _resource("AWS::CloudWatch::Alarm", settings)


def _document(about: str, found: dict[str, Resource], *, notify: bool = False) -> Resource:
    parameters = {"Notify": {"Type": "String", "Description": "The mail address that is to be told"}}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": about,
        **({"Parameters": parameters} if notify else {}),
        "Resources": found,
    }


def _resource(kind: str, settings: Resource, *, retained: bool = False) -> Resource:
    kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"} if retained else {}
    return {"Type": kind, **kept, "Properties": _opened(settings)}


def _ordered(found: dict[str, Resource]) -> dict[str, Resource]:
    """Names are written out, so what builds on what has to be said."""
    bases = [name for name, resource in found.items() if resource["Type"] in _FOUNDATIONS]
    first = {"AWS::Logs::LogGroup", "AWS::IAM::Role", "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::SNS::Topic"}
    first |= {"AWS::KMS::Key", "AWS::KMS::Alias"}
    return {
        name: resource
        if resource["Type"] in first or not bases
        else resource | {"DependsOn": [*resource.get("DependsOn", []), *bases]}
        for name, resource in found.items()
    }


def _opened(value: Any) -> Any:
    """The value with account and region as CloudFormation's pseudo parameters."""
    if isinstance(value, dict):
        return {name: _opened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_opened(inner) for inner in value]
    if not isinstance(value, str) or not any(sign in value for sign in _OPEN):
        return value
    text = value.replace("${", "${!")
    for sign, parameter in _OPEN.items():
        text = text.replace(sign, parameter)
    return {"Fn::Sub": text}


def _id(kind: str, *names: str) -> str:
    """A logical id: letters and digits."""
    words = re.findall(r"[A-Za-z0-9]+", " ".join(names))
    return kind + "".join(word[0].upper() + word[1:] for word in words)
