"""One account and one alarm control: what may be asked about its paths."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from orgaudit.evaluation.coverage import Judge, Judgement
from orgaudit.evaluation.criterion import Criterion
from orgaudit.evaluation.event_names import apart
from orgaudit.evaluation.index import Index
from orgaudit.evaluation.links import Link, State, held
from orgaudit.evaluation.paths import Path, paths_of
from orgaudit.evaluation.routes import Routes
from orgaudit.evaluation.selectors import EVERYTHING
from orgaudit.evaluation.trails import TrailsOf
from orgaudit.evaluation.verdict import Proved, Verdict
from orgaudit.patterns import Pattern, any_of


@dataclass(frozen=True)
class AlarmCase:
    """One account and one alarm control."""

    index: Index
    routes: Routes
    judge: Judge
    trails: TrailsOf
    criterion: Criterion

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Every path of every trail, in order."""
        events = self.index.frames.config.audit.events_allowed(self.criterion.control.key)
        return tuple(path for trail in self.trails.trails for path in paths_of(self.index, self.routes, trail, events))

    @cached_property
    def possible(self) -> list[Pattern]:
        """What may reach somebody, over all paths."""
        return distinct(path.perhaps for path in self.paths)

    @cached_property
    def near(self) -> list[Path]:
        """The paths of filters that may be about the control's events, as far as event names tell."""
        everything = any_of([form for _, form in self.criterion.forms])
        return [path for path in self.paths if path.structural and not apart(everything, path.structural)]

    def judged(self, actuals: Iterable[Pattern | None]) -> Judgement:
        """Whether these patterns cover the criterion for the account's events."""
        return self.judge.judge(self.criterion, distinct(actuals), self.trails.account_id)

    def touches(self, pattern: Pattern) -> bool:
        """Whether a pattern may match an event of the control."""
        return self.judge.touches(self.criterion, pattern, self.trails.account_id)

    def proved(self, forms: Iterable[Pattern], paths: Iterable[Path]) -> Proved:
        """What a proof is about that looks at these forms of the criterion and the filters of these paths."""
        written = dict.fromkeys(path.route.reading.written for path in paths if path.route)
        texts = tuple(text for text in written if text is not None)
        return Proved(tuple(form.text for form in forms), self.criterion.facts, texts)

    def made(self, result: str, code: str, reason: str, *, evidence: Iterable[str] = (), **more: Any) -> Verdict:
        """A verdict on this case."""
        rests_on = tuple(dict.fromkeys((*self.trails.evidence, *evidence)))
        return Verdict(result, code, reason, criterion=self.criterion.text, evidence=rests_on, **more)


def chain_of(path: Path) -> list[Link]:
    """The links of a path, up to the one that decides it where it is broken."""
    route, trail = path.route, path.trail
    links = [trail.recorded, trail.selected, trail.delivered]
    if route is None:
        return links
    links.append(held("filter", route.filter_name))
    for link in route.chain.links:
        links.append(link)
        if link is route.chain.decisive and link.state is State.BROKEN:
            break
    return links


def distinct(patterns: Iterable[Pattern | None]) -> list[Pattern]:
    """The patterns that match something, each once, in order; one that matches everything stands for all."""
    found = list(dict.fromkeys(pattern for pattern in patterns if pattern is not None))
    return [EVERYTHING] if EVERYTHING in found else found
