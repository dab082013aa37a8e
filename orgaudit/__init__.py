"""Audits CloudTrail alarm chains across an AWS organization, and proves the answer."""

__version__ = "0.1.0"
