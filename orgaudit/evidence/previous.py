"""What a bundle has to do with those before it: what it takes over of them, and how it differs from them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from orgaudit import __version__
from orgaudit.errors import BundleError
from orgaudit.evidence import reviews
from orgaudit.evidence.bundle import PREVIOUS, part, read_manifest, write_file
from orgaudit.evidence.compare import compare
from orgaudit.evidence.earlier import Earlier, LastReview, dump_earlier, read_earlier, with_run
from orgaudit.evidence.history import finished_bundles
from orgaudit.evidence.judged import Key, judged, read_judged
from orgaudit.model.calls import Json


def remember(bundle: Path, organization_id: str, started_at: str) -> list[str]:
    """Write ``previous.json`` into a bundle that is about to be rendered; a first run gets none.

    The run before is the newest finished one beside it that did not start later. One that cannot be used (it was
    changed since it was finished) is passed over for an older one, a ledger of reviews that cannot be read leaves
    their words out: the sentences that are returned say so. Raises OutputError.
    """
    problems = []
    for folder in reversed(finished_bundles(bundle.parent, organization_id)):
        if folder.name == bundle.name or str(part(read_manifest(folder), "run").get("started_at")) > started_at:
            continue
        try:
            earlier = with_run(read_earlier(folder), read_judged(folder))
        except BundleError as error:
            problems.append(f"{folder.name} is left out of the comparison: {error}")
            continue
        try:
            earlier = replace(earlier, reviews=_reviewed(earlier, folder.parent))
        except BundleError as error:  # the age of every fail is worth more than the words on some
            problems.append(f"what reviewers wrote lately is left out: {error}")
        write_file(bundle / PREVIOUS, dump_earlier(earlier))
        break
    return problems


def since_last(folder: Path, document: Mapping[str, Any]) -> Json | None:
    """How the results in that folder differ from those of the run before, with the last review's words as ``reviews``.

    folder: of a bundle, or of what ``report`` made of one. document: its ``results.json``. None for a first run.
    Raises BundleError for a ``previous.json`` that cannot be used.
    """
    earlier = read_earlier(folder)
    if earlier is None:
        return None
    reviewed = {f"{account}.{control}": words._asdict() for (account, control), words in earlier.reviews.items()}
    return compare(earlier, judged(document, __version__)) | {"reviews": reviewed}


def compare_bundles(old: Path, new: Path) -> Json:
    """How one finished bundle differs from an earlier one; either may be what ``report`` made of a bundle.

    Raises BundleError for a folder that is neither, for two organizations, and for the later bundle named first.
    """
    before, now = read_judged(old), read_judged(new)
    organizations = [str(one.run["organization_id"]) for one in (before, now)]
    if organizations[0] != organizations[1]:
        raise BundleError(
            f"{old} is of organization {organizations[0]}, {new} of {organizations[1]}: "
            "name two bundles of one organization"
        )
    if before.run["started_at"] > now.run["started_at"]:
        raise BundleError(f"{old} is later than {new}: name the earlier bundle first")
    return compare(with_run(read_earlier(old), before), now, read_earlier(new))


def _reviewed(known: Earlier, ledger: Path) -> dict[Key, LastReview]:
    """The last review's words on each row: as carried so far, and as the ledger has them of the runs that are known.

    A workbook may come back when a later run is finished, so the ledger is asked for every run, not for the last.
    """
    words = dict(known.reviews)
    for run in known.runs:
        for test_id, review in reviews.current(ledger, run.run_id, run.benchmark).items():
            account, _, control = test_id.partition(".")
            said = LastReview(review.conclusion, review.comment, review.tested_by, run.started_at)
            before = words.get((account, control))
            if before is None or before.started_at <= said.started_at:
                words[account, control] = said
    return {key: said for key, said in words.items() if key in known.rows}
