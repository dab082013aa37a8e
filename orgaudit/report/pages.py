"""What the PDF shows of a view: the same numbers, and of long lists as much as a reader turns the pages for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, Generic, TypeVar

from orgaudit.report import charts, words
from orgaudit.report.changes import KINDS
from orgaudit.report.findings import broken_links, witness_lines
from orgaudit.report.folding import breadth, fitting
from orgaudit.report.matrix import matrix
from orgaudit.report.reliability import moment
from orgaudit.report.sentences import conclusion, counted, since, tie_out_sentence
from orgaudit.report.tally import Tally
from orgaudit.report.view import AccountLine, View

T = TypeVar("T")

FEWEST_DRAWN, MOST_DRAWN = 15, 40
"""Findings shown with their chain: the fewer, the more the lists have to tell. The others follow in a table."""
LISTED_FINDINGS = 80
LISTED_OUS = 40
LISTED_CONTROLS = 40
"""There are fewer in the benchmark; somebody may add any number."""
LISTED = 100
"""Of any other list, as far as all of them together have room."""
ROOM = 160
"""Rows of all those lists together, so that a report with much to tell everywhere is still one that is read."""
EVIDENCE_LISTED = 60
EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class Shown(Generic[T]):
    """The first of a list, and how many there are in all."""

    items: tuple[T, ...]
    total: int
    where: str
    """The workbook's sheet that has all of them."""

    @property
    def note(self) -> str:
        """``100 of 4,711``, and where the rest is; empty where nothing is left out."""
        if len(self.items) == self.total:
            return ""
        return f"{len(self.items):,} of {self.total:,}; all of them are in workbook.xlsx, sheet {self.where}."


def shown(items: Sequence[T], limit: int, where: str) -> Shown[T]:
    """The first ``limit`` of the items."""
    return Shown(tuple(items[:limit]), len(items), where)


def fair(sizes: Iterable[int], room: int = ROOM, most: int = LISTED) -> int:
    """How long each of several lists may be, so that all together have room: short ones leave theirs to the others."""
    every = list(sizes)
    return next((limit for limit in range(most, 0, -1) if sum(min(size, limit) for size in every) <= room), 1)


def few(names: Iterable[str], limit: int = EXAMPLES) -> str:
    """The first names, and how many more there are."""
    listed = list(names)
    more = len(listed) - limit
    return ", ".join(listed[:limit]) + (f" and {more:,} more" if more > 0 else "")


def brief(text: str, limit: int) -> str:
    """The text as it fits on a line of so many letters, cut after a word; a Chinese sign counts for two."""
    if breadth(text) <= limit:
        return text
    cut = fitting(text, limit - 1)
    return (cut.rpartition(" ")[0] if " " in cut[-16:] else cut).rstrip() + " …"


def ends(name: str, limit: int = 90) -> str:
    """A path or ARN, where it is very long only both its ends: the last tells it from its neighbours."""
    return name if len(name) <= limit else f"{name[: limit // 2].rstrip()} … {name[-(limit // 2) :].lstrip()}"


@dataclass(slots=True)
class Unjudged:
    """Accounts without a result of their own that have the same reason for it."""

    outcome: str
    state: str
    reason: str
    approved_by: str
    support: bool
    accounts: list[AccountLine] = field(default_factory=list)


def _unjudged(view: View) -> list[Unjudged]:
    """Excluded accounts first: somebody decided about them."""
    groups: dict[tuple[object, ...], Unjudged] = {}
    for one in view.accounts:
        if one.outcome != "evaluated":
            alike = one.reason.replace(one.account_id, "<account>")
            key = (one.outcome, one.state, alike, one.approved_by, one.support)
            group = Unjudged(one.outcome, one.state, one.reason, one.approved_by, one.support)
            groups.setdefault(key, group).accounts.append(one)
    return sorted(groups.values(), key=lambda group: (group.outcome, -len(group.accounts)))


def _ous(view: View) -> list[tuple[str, Tally]]:
    """As they lie in the organization; too many to be shown, those with most open fails first."""
    listed = list(view.by_ou.items())
    return listed if len(listed) <= LISTED_OUS else sorted(listed, key=lambda one: -(one[1].open + one[1].expired))


def context(view: View, attached: Sequence[Any], too_big: bool) -> Mapping[str, Any]:
    """Everything the templates use.

    attached: files inside the PDF, or, where they are too big, named in it with their hash.
    """
    lists: Mapping[str, tuple[Sequence[Any], str]] = {
        "changes": (view.changes.alike if view.changes else (), "Changes"),
        "unjudged": (_unjudged(view), "Population"),
        "topics": (view.topics, "Who is told"),
        "causes": (view.causes, "Results"),
        "observations": (_observations(view), "Results"),
        "waivers": (view.waivers, "Waivers"),
        "tuning": (view.tuning, "Waivers"),
    }
    limit = fair(len(items) for items, _ in lists.values())
    listed = {name: shown(items, limit, sheet) for name, (items, sheet) in lists.items()}
    drawn = MOST_DRAWN - (MOST_DRAWN - FEWEST_DRAWN) * sum(len(one.items) for one in listed.values()) // ROOM
    return {
        **listed,
        "view": view,
        "run": view.run,
        # named one by one: a module would lead a template to everything that the module imports
        "words": _some_of(words, "RESULTS", "DISPOSITIONS", "LINK_STATES", "LINKS", "GLOSSARY"),
        "charts": _some_of(charts, "SEGMENTS", "bar", "share", "swatch"),
        "conclusion": [*conclusion(view), *since(view)],
        "tie_out": tie_out_sentence(view),
        "counted": counted,
        "few": few,
        "brief": brief,
        "ends": ends,
        "findings": shown(view.findings, drawn, "Exceptions"),
        "more_findings": shown(view.findings[drawn:], LISTED_FINDINGS, "Exceptions"),
        "witness_lines": witness_lines,
        "broken": {link: number for link, number in broken_links(view.findings).items() if number},
        "matrix": matrix(view),
        "trend": charts.trend(view.changes.trend) if view.changes else None,
        "kinds": KINDS,
        "controls": shown(view.controls, LISTED_CONTROLS, "Controls"),
        "ous": shown(_ous(view), LISTED_OUS, "Summary"),
        "evidence": shown(_cited(view, drawn), EVIDENCE_LISTED, "Evidence"),
        "attached": attached,
        "too_big": too_big,
    }


def _some_of(module: ModuleType, *names: str) -> SimpleNamespace:
    return SimpleNamespace(**{name: getattr(module, name) for name in names})


def _observations(view: View) -> list[tuple[str, str, int, int]]:
    """Code, first text, rows and accounts of every kind of observation."""
    found: dict[str, tuple[str, list[str]]] = {}
    for row in view.rows:
        for one in row["observations"]:
            found.setdefault(one["code"], (one["text"], []))[1].append(row["account_id"])
    return [(code, text, len(ids), len(set(ids))) for code, (text, ids) in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer that a finding rests on."""

    evidence_id: str
    outcome: str
    request_id: str
    stored_sha256: str
    asked_at: str
    """RFC 3339; empty where the call was never made."""


def _cited(view: View, drawn: int) -> list[Cited]:
    """The answers that the shown findings rest on, with what the index knows of them."""
    wanted = {name for one in view.findings[:drawn] for name in one.row["evidence"]}
    calls = view.calls[view.calls["evidence_id"].isin(wanted)]
    texts = (calls[name].fillna("") for name in ("evidence_id", "outcome", "request_id", "stored_sha256"))
    return [
        Cited(str(name), str(outcome), str(request), str(sha256), moment(at))
        for name, outcome, request, sha256, at in zip(*texts, calls["asked_at"], strict=True)
    ]
