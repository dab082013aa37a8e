"""From frames to verdicts: pure, three-valued, and the same answer from the same evidence every time.

Follow one alarm: ``trails`` says which trails record an account, ``selectors`` what they record, ``alarm`` whether an
alarm fires, ``topic`` whether the message gets out, ``routes`` puts these together behind each filter, ``coverage``
asks the proof, ``confirmation`` compares it with what AWS itself answered, ``verdict`` makes the row.
"""

from orgaudit.evaluation.assessment import Assessment, assess, evaluate
from orgaudit.evaluation.confirmation import calibration

__all__ = ["Assessment", "assess", "calibration", "evaluate"]
