"""What would close each open fail: as AWS CLI commands, CloudFormation or Terraform.

    row of results -> closing (steps in places) -> recipe (one for all places with the same gap) -> files

Steps add, or change one setting and keep the rest; none deletes. An alarm that is wrong stays, and a right one is put
beside it. What somebody has decided (a mute rule, a Deny) is named and left to people.
"""

from orgaudit.remediate.estate import Estate
from orgaudit.remediate.files import FORMATS, remediation_files
from orgaudit.remediate.plan import Plan, planned

__all__ = ["FORMATS", "Estate", "Plan", "planned", "remediation_files"]
