"""The mail that goes with the files: its text alone gives the answer, at 80 columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orgaudit.report import templates
from orgaudit.report.folding import breadth, folded, padded
from orgaudit.report.inert import visible
from orgaudit.report.sentences import conclusion, counted, tie_out_sentence
from orgaudit.report.tally import Tally
from orgaudit.report.view import ControlLine, View

WIDTH = 78
_NAME_MAX = 60
"""Characters of a name in the subject: the counts behind it must stay in sight."""
_CAUSES_MAX = 8


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A result file, attached or not."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Enclosures:
    """What travels with the letter, and where the rest is."""

    bundle: str
    manifest_sha256: str
    attached: Sequence[LetterFile]
    left_out: Sequence[LetterFile]
    limit: int
    """Bytes that attachments together may have."""
    places: Sequence[str] = ()
    """Where the files left out are."""

    @property
    def results_sha256(self) -> str:
        """Of ``results.json``, whether attached or not."""
        return next((file.sha256 for file in (*self.attached, *self.left_out) if file.name == "results.json"), "")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's content."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class ControlCount:
    """A control and how it came out: passed in n of N tests."""

    name: str
    section: str
    title: str
    passed: int
    tests: int
    """Tests that apply; those not evaluated are among them."""
    rest: str
    """What became of the others, in words."""
    worst: str


def write_letter(view: View, enclosures: Enclosures) -> Letter:
    """The letter for one scope. Raises TemplateFault where a template of the user's is wrong."""
    context = {
        "view": view,
        "conclusion": conclusion(view),
        "tie_out": tie_out_sentence(view),
        "since": since(view),
        "controls": [_control(line) for line in view.controls],
        "causes": _causes(view),
        "enclosures": enclosures,
        "unattached": _unattached(enclosures),
        "size": _size,
    }
    html = templates.render(view.report.templates, "mail/letter.html", context, visible)
    return Letter(_subject(view), _text(view, enclosures), html)


def _subject(view: View) -> str:
    """``[orgaudit] Example CIS monitoring, as at 2026-11-23: 3 new, 1 fixed, 2 not evaluated``."""
    # a unit is called as somebody in the organization likes; only the organization's own name may spoil a header
    units = _short(" ".join(", ".join(view.scope).split()))
    name = _short(view.organization) + (f" ({units})" if units else "")
    counts = [f"{view.tally.open + view.tally.expired} open"]
    if view.changes:
        counts = [f"{_new(view.changes.counts)} new", f"{view.changes.counts['fixed']} fixed"]
    counts.append(f"{view.tally.not_evaluated} not evaluated")
    state = "" if view.run["complete"] else " (incomplete)" if view.run["finished"] else " (unfinished)"
    return f"[orgaudit] {name} CIS monitoring, as at {view.as_at[:10]}: {', '.join(counts)}{state}"


def _short(name: str) -> str:
    return name if len(name) <= _NAME_MAX else name[: _NAME_MAX - 3] + "..."


def since(view: View) -> str:
    """What changed since the last run: new, fixed, still open, in one sentence."""
    if view.changes is None:
        return f"{counted(view.tally.open + view.tally.expired, 'open fail')}; no earlier run to compare with."
    of = view.changes.counts
    again = f" ({of['regressed']} of them after having been fixed)" if of["regressed"] else ""
    waived = sum(line.kind == "still_failing" and line.after == "FAIL (waived)" for line in view.changes.lines)
    told = f"{_new(of)} new{again}, {of['fixed']} fixed, {of['still_failing'] - waived} still open"
    further = {
        "still failing under a waiver": waived,
        "no longer evaluated": of["newly_not_evaluated"],
        "not comparable, because the criteria changed": of["criteria_changed"],
    }
    told += "".join(f", {number} {words}" for words, number in further.items() if number)
    return f"Since the run of {view.changes.previous['started_at'][:10]}: {told}."


def _new(counts: Mapping[str, int]) -> int:
    """Fails that the last run did not have."""
    return counts["new"] + counts["regressed"]


def _control(line: ControlLine) -> ControlCount:
    of = line.tally
    parts = {"open": of.open, "waived": of.waived, "waiver expired": of.expired, "not evaluated": of.not_evaluated}
    rest = ", ".join(f"{number:,} {word}" for word, number in parts.items() if number)
    rest = rest if _tests(of) else "not applicable here"
    return ControlCount(line.key, line.section, line.title, of.passed, _tests(of), rest, of.worst)


def _tests(of: Tally) -> int:
    return of.rows - of.not_applicable


def _causes(view: View) -> list[str]:
    """Why tests were not evaluated, most frequent first."""
    told = []
    for cause in view.causes[:_CAUSES_MAX]:
        what = f"{cause.call} {cause.error_code}" if cause.call else cause.reason
        told.append(f"{counted(cause.rows, 'test')} in {counted(len(cause.accounts), 'account')}: {what}")
    more = sum(cause.rows for cause in view.causes[_CAUSES_MAX:])
    return [*told, f"{counted(more, 'test')} for other causes"] if more else told


def _unattached(enclosures: Enclosures) -> str:
    """Why files are left out and where they are; empty where none is."""
    if not enclosures.left_out:
        return ""
    names = " and ".join(file.name for file in enclosures.left_out)
    verb = "is" if len(enclosures.left_out) == 1 else "are"
    return f"{names} {verb} not attached: attachments of one mail may have {_size(enclosures.limit)} together."


def _size(number: int) -> str:
    return f"{number / 1_000_000:,.1f} MB" if number >= 1_000_000 else f"{number:,} bytes"


def _text(view: View, enclosures: Enclosures) -> str:
    lines = [line for part in _parts(view, enclosures) for line in ("", *part)]
    return "\n".join(visible(line) for line in lines[1:]) + "\n"


def _parts(view: View, enclosures: Enclosures) -> Iterator[Sequence[str]]:
    """The text's paragraphs, as lines."""
    yield [*_folded(f"{view.report.title}: {view.organization}"), *_folded(_only(view))]
    yield _pairs(
        {
            "As at": f"{view.as_at}, a point in time",
            "Run": str(view.run["id"]),
            "Criteria": f"CIS AWS Foundations Benchmark {view.run['benchmark']}",
            "Results hash": f"{enclosures.results_sha256} (SHA-256 of results.json)",
        }
    )
    yield [line for sentence in conclusion(view) for line in _folded(sentence)]
    yield _folded(since(view))
    yield _folded(tie_out_sentence(view))
    yield ["Passed, of the tests that apply:", "", *_table(view)]
    if view.causes:
        yield ["Not evaluated:", "", *(line for cause in _causes(view) for line in _folded(cause, "  ", "    "))]
    yield from _files(enclosures)


def _only(view: View) -> str:
    return f"Only accounts in {', '.join(view.scope)}" if view.scope else ""


def _table(view: View) -> Iterator[str]:
    counts = [_control(line) for line in view.controls]
    section, name, number = (
        max(map(breadth, values), default=0)
        for values in ([c.section for c in counts], [c.name for c in counts], [f"{c.tests:,}" for c in counts])
    )
    for one in counts:
        line = f"  {padded(one.section, section)}  {padded(one.name, name)}"
        line += f"  {one.passed:>{number},} of {one.tests:>{number},}"
        whole = f"{line}  {one.rest}".rstrip()
        if breadth(whole) <= WIDTH:
            yield whole
        else:
            yield line
            yield from _folded(one.rest, " " * (section + 6), " " * (section + 6))


def _files(enclosures: Enclosures) -> Iterator[Sequence[str]]:
    if enclosures.attached:
        yield ["Attached, with SHA-256:", "", *(line for file in enclosures.attached for line in _file(file))]
    if enclosures.left_out:
        told = _folded(_unattached(enclosures))
        places = [line for place in enclosures.places for line in _folded(place, "  ", "    ")]
        files = [line for file in enclosures.left_out for line in _file(file)]
        yield [*told, *(["Find the files here:", *places] if places else []), "", *files]
    yield _pairs({"Bundle": enclosures.bundle, "Its manifest": f"{enclosures.manifest_sha256} (SHA-256)"})


def _file(file: LetterFile) -> tuple[str, str]:
    return f"  {file.name}, {_size(file.bytes)}", f"    {file.sha256}"


def _pairs(pairs: Mapping[str, str]) -> list[str]:
    width = max(map(len, pairs))
    return [
        line for name, value in pairs.items() for line in _folded(f"{name:{width}}  {value}", "", " " * width + "  ")
    ]


def _folded(text: str, first: str = "", further: str = "") -> list[str]:
    return folded(text, first, further, width=WIDTH, whole_words=False)
