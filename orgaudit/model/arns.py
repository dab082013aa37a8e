"""Amazon Resource Names: the few parts that an audit reads."""

from typing import NamedTuple


class Arn(NamedTuple):
    """The parts of ``arn:partition:service:region:account:resource``."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str


def parse_arn(text: str) -> Arn | None:
    """The parts of an ARN, or None for a text that is none."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return None
    return Arn(*parts[1:])


def account_of(text: str) -> str:
    """The account in an ARN, or an empty string."""
    arn = parse_arn(text)
    return arn.account_id if arn else ""


def region_of(text: str) -> str:
    """The region in an ARN, or an empty string."""
    arn = parse_arn(text)
    return arn.region if arn else ""


def partition_of_region(region: str) -> str:
    """The partition that a region belongs to."""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}
    return next((partition for prefix, partition in prefixes.items() if region.startswith(prefix)), "aws")


def log_group_arn(account_id: str, region: str, name: str) -> str:
    """The ARN of a log group, without the trailing ``:*`` that some answers carry."""
    return f"arn:{partition_of_region(region)}:logs:{region}:{account_id}:log-group:{name}"


def bare_log_group_arn(text: str) -> str:
    """A log group ARN with one trailing ``:*`` stripped, so that ARNs of different answers compare."""
    return text.removesuffix(":*")


def place_of(arn_text: str) -> str:
    """An ARN without its partition, which the answers about a log group do not tell."""
    return arn_text.split(":", 2)[-1]


def log_group_name(arn_text: str) -> str:
    """The name in a log group's ARN."""
    arn = parse_arn(bare_log_group_arn(arn_text))
    return arn.resource.removeprefix("log-group:") if arn else ""
