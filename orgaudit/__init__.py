"""Audits CloudTrail alarm chains across an AWS organization, and proves the answer.

import orgaudit
snapshot = orgaudit.Snapshot.open("evidence/...")           # frames of a bundle, no network
snapshot.alarms                                             # a pandas DataFrame
findings = orgaudit.evaluate(snapshot, benchmark="5.0.0")   # one row per account and control
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Snapshot", "__version__", "evaluate"]

if TYPE_CHECKING:
    from orgaudit.evaluation import evaluate as evaluate
    from orgaudit.evidence.snapshot import Snapshot as Snapshot


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first asked for: pandas alone costs more than ``--help`` may."""
    if name == "Snapshot":
        from orgaudit.evidence.snapshot import Snapshot

        return Snapshot
    if name == "evaluate":
        from orgaudit.evaluation import evaluate

        return evaluate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
