"""The workbook's sheets that are read rather than filtered: README, Summary, Reliability, Legend."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from orgaudit.report.changes import KINDS, Changes, TrendPoint
from orgaudit.report.sentences import conclusion, since, tie_out_sentence
from orgaudit.report.sheet import Column, Link, Sheet, Value
from orgaudit.report.sheets import CONCLUSIONS, TALLY_COLUMNS, TICKMARKS, Place, tally_cells
from orgaudit.report.view import View
from orgaudit.report.words import COVERAGES, DISPOSITIONS, LINK_STATES, LINKS, OUTCOMES, RESULTS

FRONT: Mapping[str, tuple[int, ...]] = {
    "README": (30, 110),
    "Summary": (34, 46, 10, 9, 10, 10, 10, 11, 10, 10, 11, 46),
    "Reliability": (34, 80, 12, 12),
    "Legend": (22, 12, 90),
}

_STEPS = (
    "Go through the sheet Results. Sort and filter it as you like, and add columns of your own where you need them.",
    f"Fill in the coloured columns at the right: conclusion ({', '.join(CONCLUSIONS)}), tickmark, name, date.",
    "Leave the other columns as they are: each row carries its own SHA-256, and a changed row is noticed.",
    "Hand the file back: `orgaudit review BUNDLE WORKBOOK` reads your columns and names the rows that were changed.",
)


def write_readme(sheet: Sheet, view: View, scope: str, about: Mapping[str, str]) -> None:
    """What this workbook is, what it found, and how it is used. Cell B3 is the defined name ``run_id``."""
    sheet.heading(view.report.title)
    sheet.lines(
        [
            ("Organization", view.organization),
            ("Run id", str(view.run["id"])),
            ("As at", f"{view.as_at} (a point in time)"),
            ("Benchmark", f"CIS AWS Foundations {view.run['benchmark']}"),
            ("Scope", scope or "the whole organization"),
            ("Classification", view.report.classification),
            ("Prepared by", view.report.prepared_by),
            ("Population", tie_out_sentence(view)),
        ]
    )
    sheet.lines(
        ("" if number else "What was found", text) for number, text in enumerate([*conclusion(view), *since(view)])
    )
    sheet.space()
    sheet.heading("How to review")
    sheet.lines((str(number), step) for number, step in enumerate(_STEPS, 1))
    sheet.space()
    sheet.heading("Sheets")
    front = {
        "Summary": "Counts by control and OU, with tie-outs.",
        "Reliability": "Who asked, when, where, with which versions; what the test cannot say.",
        "Legend": "What the words and signs mean.",
    }
    sheet.lines((Link(title, title, 1), text) for title, text in {**front, **about}.items())


def write_summary(sheet: Sheet, view: View, place: Place) -> None:
    """Population, results by control and results by OU; every line says whether it adds up."""
    sheet.heading("Population")
    tie = view.tie_out
    sheet.table(
        "Summary_population",
        [Column("Accounts", 34), Column("Meaning", 38), Column("Count", 10, "number"), Column("Adds up", 10)],
        [
            *((name.replace("_", " "), OUTCOMES[name], getattr(tie, name), "") for name in OUTCOMES),
            ("listed", "evaluated + not evaluated + excluded", tie.listed, _yes(tie.adds_up)),
        ],
    )
    sheet.space()
    sheet.heading("Results by control")
    columns = [
        Column("Control", 34),
        Column("Title", 38),
        Column("Section", 10, "id"),
        *TALLY_COLUMNS,
        Column("Adds up to accounts in scope", 11),
        Column("First open fail", 46),
    ]
    sheet.table("Summary_controls", columns, _by_control(view, place))
    sheet.space()
    sheet.heading("Results by OU")
    accounts = Counter(account.ou_path for account in view.accounts if account.tally.rows)
    sheet.table(
        "Summary_OUs",
        [Column("OU", 34), Column("Path", 38), Column("Accounts in scope", 10, "number"), *TALLY_COLUMNS],
        ((ou.rpartition("/")[2] or "(none)", ou, accounts[ou], *tally_cells(n)) for ou, n in view.by_ou.items()),
    )
    if view.changes:
        _write_changes(sheet, view.changes)


def _write_changes(sheet: Sheet, found: Changes) -> None:
    """How much changed since the last run, what changed of the criteria, and the last runs beside each other."""
    sheet.space()
    sheet.heading("Changes since the last run")
    sheet.lines([("Compared with run", found.previous["run_id"]), ("As at (UTC)", found.previous["started_at"])])
    sheet.lines(("", note) for note in found.notes)
    columns = [Column("Change", 34), Column("-", 38), Column("Number", 10, "number")]
    sheet.table("Summary_changes", columns, ((KINDS[kind], "", number) for kind, number in found.counts.items()))
    if found.criteria:
        sheet.space()
        sheet.heading("Changed criteria (never counted as a fix)")
        columns = [Column("What changed", 34), Column("Controls", 38)]
        sheet.table("Summary_criteria", columns, ((what, ", ".join(of)) for what, of in found.by_criteria.items()))
    if found.trend:
        sheet.space()
        sheet.heading("Trend (a run that evaluated nothing has no number of passes and fails)")
        columns = [
            Column("As at (UTC)", 34),
            Column("Run id", 38),
            Column("Benchmark", 10, "id"),
            *TALLY_COLUMNS,
            Column("Accounts evaluated", 10, "number"),
            Column("Accounts listed", 11, "number"),
        ]
        sheet.table("Summary_trend", columns, (_trend_line(point) for point in found.trend))


def _trend_line(point: TrendPoint) -> Sequence[Value]:
    counts: tuple[int | None, ...] = tally_cells(point.tally)
    if point.gap:
        counts = (None, None, None, None, *counts[4:])
    return (point.started_at, point.run_id, point.benchmark, *counts, point.evaluated, point.listed)


def _by_control(view: View, place: Place) -> Iterator[Sequence[Value]]:
    first: dict[str, int] = {}
    for finding in view.findings:
        for number in finding.places:
            control = view.rows[number]["control"]
            first[control] = min(first.get(control, number), number)
    for line in view.controls:
        number = first.get(line.key, -1)
        yield (
            line.key,
            line.title,
            line.section,
            *tally_cells(line.tally),
            _yes(line.ties(view.tie_out.in_scope)),
            Link(view.rows[number]["test_id"], *place(number)) if number >= 0 else "",
        )
    adds_up = sum(line.tally.rows for line in view.controls) == view.tally.rows
    yield ("All controls", "", "", *tally_cells(view.tally), _yes(adds_up), "")


def _yes(holds: bool) -> str:
    return "yes" if holds else "NO"


def write_reliability(sheet: Sheet, view: View) -> None:
    """Who asked, when, where and with what; and the limits of the test."""
    sheet.heading("The run")
    facts = ((fact.fact, fact.value) for fact in view.reliability.facts)
    sheet.table("Reliability_facts", [Column("Fact", 34), Column("Value", 80, "id")], facts)
    sheet.space()
    sheet.heading("Regions visited")
    columns = [Column("Region", 34), Column("Why", 80), Column("Accounts", 12, "number"), Column("Calls", 12, "number")]
    sheet.table(
        "Reliability_regions",
        columns,
        ((one.name, one.why, one.accounts, one.calls) for one in view.reliability.regions),
    )
    sheet.space()
    sheet.heading("Limits of the test")
    sheet.lines(("", text) for text in view.reliability.limits)


def write_legend(sheet: Sheet) -> None:
    """Tickmarks first, because the reviewers' list reads them from here; then every word and sign."""
    sheet.heading("Tickmarks")
    columns = [Column("Tickmark", 22), Column("-", 12), Column("Meaning", 90)]
    sheet.table("Legend_tickmarks", columns, ((mark, "", text) for mark, text in TICKMARKS.items()))
    for title, marks in (("Results", RESULTS), ("Dispositions", DISPOSITIONS), ("Links of a chain", LINK_STATES)):
        sheet.space()
        sheet.heading(title)
        columns = [Column("Word", 22, "mark"), Column("Sign", 12), Column("Meaning", 90)]
        rows = ((word, mark.sign, mark.meaning) for word, mark in marks.items())
        sheet.table(f"Legend_{title.split()[0].lower()}", columns, rows)
    for title, words in (("The chain", LINKS), ("Coverage", COVERAGES)):
        sheet.space()
        sheet.heading(title)
        sheet.lines((word, "", text) for word, text in words.items())
