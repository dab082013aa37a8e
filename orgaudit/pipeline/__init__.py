"""The stages, called in order. `running` is a run; `offline` is what is made of its bundle later.

running    organization and accounts are collected into a bundle ...
derivation     ... verdicts and view follow from its evidence alone, the same whenever it is done
finishing      ... result files are rendered, the bundle is sealed
sending        ... and handed to its readers, once (`parcel`: what goes to whom)
verification   does a bundle stand? (`rederivation`: do its results follow again?)
returning      what reviewers wrote into the workbook
"""

from orgaudit.pipeline.finishing import Finished
from orgaudit.pipeline.offline import export, remediate, report
from orgaudit.pipeline.running import check, resume, run, utc_now

__all__ = ["Finished", "check", "export", "remediate", "report", "resume", "run", "utc_now"]
