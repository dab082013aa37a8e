"""What must be true of an account: the CIS alarm and trail controls, for every version of the benchmark.

    control = CATALOG["security_group_changes"]
    control.edition("4.0.1").criterion      # six events
    control.edition("5.0.0").criterion      # seven

A control is a row of a table (`alarms`, `network_alarms`, `trails`), not a file; to add one is to add a row. A row
that contradicts itself does not import.
"""

from orgaudit.controls.benchmark import DEFAULT_VERSION, VERSIONS, resolve_version
from orgaudit.controls.catalog import CATALOG, CATALOG_HASH, CATALOG_VERSION, own_control, own_controls, selected
from orgaudit.controls.frameworks import FRAMEWORKS, Requirement
from orgaudit.controls.model import Alternative, Control, Edition

__all__ = [
    "CATALOG",
    "CATALOG_HASH",
    "CATALOG_VERSION",
    "DEFAULT_VERSION",
    "FRAMEWORKS",
    "VERSIONS",
    "Alternative",
    "Control",
    "Edition",
    "Requirement",
    "own_control",
    "own_controls",
    "resolve_version",
    "selected",
]
