"""A workbook on its way back: which of its rows are as they were sent, and what the reviewers wrote on them.

Each row stands for itself. Words on a row whose evidence is as it was sent are taken; a row that was edited, or that is
there twice, is refused and named, and its words are kept in the ledger as refused. What a reviewer left empty never
overwrites what stands in the ledger.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from orgaudit.deliver.scope import Scope
from orgaudit.deliver.units import Units
from orgaudit.errors import BundleError
from orgaudit.evidence.bundle import digest
from orgaudit.evidence.reviews import Recorded, Review, Workbook, record
from orgaudit.model.calls import Json, rfc3339
from orgaudit.pipeline.parcel import SealedBundle
from orgaudit.report.columns import cells
from orgaudit.report.inert import kept_text, sheet_text
from orgaudit.report.returned import EVIDENCE, TEST_ID, Line, Returned, as_date, as_text, returned
from orgaudit.report.sheets import CONCLUSIONS, last_review

_SHORTEST = 24


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken."""

    place: str
    test_id: str
    why: str
    review: Review = field(default_factory=Review)


@dataclass(frozen=True)
class Reviewed:
    """What became of a returned workbook."""

    bundle: str
    run_id: str
    benchmark: str
    scope: tuple[str, ...]
    rows: int
    """Rows that the workbook was sent with."""
    taken: Mapping[str, Review]
    """By test id: the rows that somebody wrote something on."""
    refused: tuple[Refusal, ...]
    removed: tuple[str, ...]
    """Test ids of rows that are not there any more."""
    columns_removed: tuple[str, ...]
    """Evidence columns that are not there any more, and could not be compared."""
    recorded: Recorded

    @property
    def conclusions(self) -> Mapping[str, int]:
        """How many of the rows that were taken have which conclusion."""
        counted = Counter(review.conclusion for review in self.taken.values())
        return {word: counted[word] for word in CONCLUSIONS}

    @property
    def untouched(self) -> bool:
        """Whether everything but the reviewers' columns is as it was sent, and everything that they wrote was taken."""
        return not (self.refused or self.removed or self.columns_removed)


def take_back(folder: Path, workbook: Path, clock: Callable[[], datetime]) -> Reviewed:
    """Read a returned workbook and add what its reviewers wrote to the ledger beside the bundle.

    Raises BundleError for a bundle that cannot be used, a file that is no workbook, and a workbook of another bundle;
    OutputError for a ledger that cannot be written.
    """
    sealed = SealedBundle(folder)
    with returned(workbook) as book:
        _check_same_run(book, sealed)
        expected = _Expected(sealed, book.scope)
        reading = _Reading(expected)
        for line in book.lines():
            reading.read(line)
        columns_removed = book.missing
        about = Workbook(
            workbook.name, digest(workbook), sealed.name, book.run_id, _benchmark(sealed), Units(book.scope).key
        )
    refusals = [(one.test_id, one.why, one.review) for one in reading.refused if one.review]
    recorded = record(sealed.folder.resolve().parent, about, rfc3339(clock()), reading.taken, refusals)
    return Reviewed(
        bundle=sealed.name,
        run_id=about.run_id,
        benchmark=about.benchmark,
        scope=book.scope,
        rows=len(expected.rows),
        taken=reading.taken,
        refused=tuple(reading.refused),
        removed=tuple(test_id for test_id in expected.rows if test_id not in reading.seen),
        columns_removed=columns_removed,
        recorded=recorded,
    )


def _benchmark(sealed: SealedBundle) -> str:
    return str(sealed.document["run"]["benchmark"])


def _check_same_run(book: Returned, sealed: SealedBundle) -> None:
    """Raises BundleError for the workbook of another run, or of another benchmark version."""
    run = sealed.document["run"]
    if book.run_id != run["id"]:
        raise BundleError(
            f"{book.path}: is the workbook of run {book.run_id}, {sealed.name} is of run {run['id']}: "
            "name the bundle that the workbook came from"
        )
    if book.benchmark and book.benchmark != run["benchmark"]:
        raise BundleError(
            f"{book.path}: is judged by CIS {book.benchmark}, {sealed.name} by CIS {run['benchmark']}: "
            f"name the folder of that version, such as {sealed.name.partition('+')[0]}+{book.benchmark}"
        )


class _Expected:
    """The rows as they were sent: those of the whole organization, or of the units that a delivery was about."""

    def __init__(self, sealed: SealedBundle, scope: tuple[str, ...]) -> None:
        document, comparison = sealed.document, sealed.comparison
        if scope:
            seen = Scope(document, Units(scope))
            document, comparison = seen.document(), seen.comparison(comparison)
            if not document["results"]:
                raise BundleError(
                    f"the workbook is about {', '.join(scope)}, where {sealed.name} has no account; name the bundle "
                    "that it was made from"
                )
        self.rows: Mapping[str, Json] = {row["test_id"]: row for row in document["results"]}
        self._reviews: Mapping[str, Json] = (comparison or {}).get("reviews", {})

    def differences(self, test_id: str, evidence: Mapping[str, str]) -> Iterator[str]:
        """What a row says otherwise than it was sent, in words."""
        row = self.rows[test_id]
        texts = [*cells(row), *last_review(self._reviews.get(test_id, {}))]
        for heading, text in zip(EVIDENCE, texts, strict=True):
            sent = kept_text(sheet_text(text))
            if heading in evidence and evidence[heading] != sent:
                yield f"{heading} is {_quoted(evidence[heading], sent)}, sent as {_quoted(sent, evidence[heading])}"


def _quoted(text: str, other: str) -> str:
    """The text in quotes; of long ones the part where the two differ."""
    if not text:
        return "empty"
    same = next((place for place, pair in enumerate(zip(text, other, strict=False)) if pair[0] != pair[1]), 0)
    begin = 0 if len(text) <= 2 * _SHORTEST else max(same - _SHORTEST // 2, 0)
    part = text[begin : begin + 2 * _SHORTEST].replace("\n", " ")
    return f'"{"…" if begin else ""}{part}{"…" if begin + 2 * _SHORTEST < len(text) else ""}"'


class _Reading:
    """Row after row, what is taken and what is not."""

    def __init__(self, expected: _Expected) -> None:
        self.expected = expected
        self.seen: dict[str, tuple[str, Review]] = {}
        self.taken: dict[str, Review] = {}
        self.refused: list[Refusal] = []

    def read(self, line: Line) -> None:
        test_id = line.evidence[TEST_ID]
        review, wrong = _review(line)
        if test_id not in self.expected.rows:
            why = "its test id is not one that was sent" if test_id else "it has no test id"
            self._refuse(line, why, review)
        elif test_id in self.seen:
            place, first = self.seen[test_id]
            if self.taken.pop(test_id, None):
                self.refused.append(Refusal(place, test_id, "it is there twice", first))
            self._refuse(line, f"it is there twice, first in {place}", review)
        else:
            self.seen[test_id] = (line.place, review)
            wrong = [*self.expected.differences(test_id, line.evidence), *wrong]
            if wrong:
                self._refuse(line, "; ".join(wrong), review)
            elif review:
                self.taken[test_id] = review

    def _refuse(self, line: Line, why: str, review: Review) -> None:
        self.refused.append(Refusal(line.place, line.evidence[TEST_ID], why, review))


def _review(line: Line) -> tuple[Review, list[str]]:
    """What the reviewer wrote, and what of it cannot be."""
    wrong = []
    texts = {heading: as_text(value) for heading, value in line.words.items()}
    conclusion = texts.get("Conclusion", "")
    if conclusion:
        known = {_plain(word): word for word in CONCLUSIONS}
        if _plain(conclusion) not in known:
            wrong.append(f"conclusion {_quoted(conclusion, '')} is none of {', '.join(CONCLUSIONS)}")
        conclusion = known.get(_plain(conclusion), conclusion)
    test_date = texts.get("Test date", "")
    if test_date:
        try:
            test_date = as_date(line.words["Test date"])
        except ValueError:
            wrong.append(f"test date {_quoted(test_date, '')} is no date such as 2026-11-23")
    return Review(
        conclusion=conclusion,
        tickmark=texts.get("Tickmark", ""),
        tested_by=texts.get("Tested by", ""),
        test_date=test_date,
        reference=texts.get("Work-paper reference", ""),
        comment=texts.get("Comment", ""),
        ticket=texts.get("Ticket", ""),
    ), wrong


def _plain(word: str) -> str:
    """A conclusion without what hands write differently: case, blanks, hyphens and slashes."""
    return "".join(filter(str.isalpha, word)).casefold()
