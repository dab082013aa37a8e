"""Formats that other programs take: written on demand, not part of a bundle."""

from collections.abc import Callable, Mapping
from typing import IO

from orgaudit.report.asff import write_asff
from orgaudit.report.framework_view import write_frameworks
from orgaudit.report.junit import write_junit
from orgaudit.report.ocsf import write_ocsf
from orgaudit.report.oscal import write_oscal
from orgaudit.report.view import View

EXPORTS: Mapping[str, Callable[[View, IO[bytes]], None]] = {
    "asff": write_asff,
    "frameworks": write_frameworks,
    "junit": write_junit,
    "ocsf": write_ocsf,
    "oscal": write_oscal,
}
"""How the result rows are written, by format. The command line names the same."""
