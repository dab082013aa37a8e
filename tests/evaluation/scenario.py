"""One line of the verdict table: what is different from a healthy organization, and what must be said of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from orgaudit.evaluation import assess
from orgaudit.model.settings import Audit, Config
from tests.evaluation.recorded import Organization, own_chain
from tests.evaluation.things import MEMBER

Change = Callable[[Organization], object]
"""Changes an organization in place."""


@dataclass(frozen=True)
class Expected:
    """What a row must say. None: not asked about."""

    result: str
    code: str
    link: str | None = None
    """The broken link; a FAIL has one, nothing else has."""
    coverage: str | None = None
    inherited_from: str | None = None
    notes: tuple[str, ...] = ()
    """Codes of observations that must be there."""
    silent_about: tuple[str, ...] = ()
    """Codes of observations that must not be there."""
    missing: tuple[str, str, str, str] | None = None
    """A call, account, region and error code that the row must name."""
    says: str = ""
    """Words of the reason, what was observed or an observation."""

    def noting(self, *codes: str) -> "Expected":
        return replace(self, notes=(*self.notes, *codes))

    def without(self, *codes: str) -> "Expected":
        return replace(self, silent_about=(*self.silent_about, *codes))

    def saying(self, words: str) -> "Expected":
        return replace(self, says=words)

    def naming(self, call: str, account: str, region: str, code: str = "AccessDeniedException") -> "Expected":
        return replace(self, missing=(call, account, region, code))


def passes(coverage: str | None = "COMPLETE", inherited_from: str | None = None, code: str = "COVERED") -> Expected:
    return Expected("PASS", code, coverage=coverage, inherited_from=inherited_from)


def fails(link: str, code: str, inherited_from: str | None = None) -> Expected:
    return Expected("FAIL", code, link, inherited_from=inherited_from)


def open_because(code: str = "CALL_NOT_ANSWERED", coverage: str | None = None) -> Expected:
    return Expected("NOT_EVALUATED", code, coverage=coverage)


@dataclass(frozen=True)
class Scenario:
    """An organization that differs from the healthy one, and the row that it must get."""

    why: str
    """The sentence of the specification that it shows."""
    changes: tuple[Change, ...]
    expected: Expected
    start: Callable[[], Organization] = own_chain
    account: str = MEMBER
    control: str = "security_group_changes"
    benchmark: str = "7.0.0"
    config: Config = field(default_factory=Config)

    def organization(self) -> Organization:
        organization = self.start()
        for change in self.changes:
            change(organization)
        return organization

    def row(self) -> dict[str, Any]:
        return verdict(self.organization(), self.account, self.control, self.benchmark, self.config)


def scenario(why: str, *changes: Change, expected: Expected, **more: Any) -> Scenario:
    return Scenario(why, changes, expected, **more)


def verdict(
    organization: Organization,
    account: str = MEMBER,
    control: str = "security_group_changes",
    benchmark: str = "7.0.0",
    config: Config | None = None,
) -> dict[str, Any]:
    """The row of one account and control."""
    settings = only(control, config or Config())
    assessment = assess(organization.frames(settings), benchmark)
    return next(row for row in assessment.rows if row["account_id"] == account)


def only(control: str, config: Config) -> Config:
    return replace(config, audit=replace(config.audit, controls=(control,)))


def audit(**settings: Any) -> Config:
    return Config(audit=Audit(**settings))


def differences(row: dict[str, Any], expected: Expected) -> list[str]:
    """What the row says otherwise than expected."""
    noted = {note["code"] for note in row["observations"]}
    named = [(call["call"], call["account_id"], call["region"], call["error_code"]) for call in row["missing"]]
    told = " ".join([row["reason"], row["observed"], *(note["text"] for note in row["observations"])])
    wrong = [
        f"{name} is {row[name]!r}, expected {value!r}"
        for name, value in (
            ("result", expected.result),
            ("reason_code", expected.code),
            ("broken_link", expected.link),
            ("inherited_from", expected.inherited_from),
        )
        if row[name] != value
    ]
    if expected.coverage is not None and row["coverage"] != expected.coverage:
        wrong.append(f"coverage is {row['coverage']!r}, expected {expected.coverage!r}")
    wrong += [f"no observation {code}, only {sorted(noted)}" for code in expected.notes if code not in noted]
    wrong += [f"observation {code}" for code in expected.silent_about if code in noted]
    if expected.missing and expected.missing not in named:
        wrong.append(f"names {named}, expected {expected.missing}")
    if not expected.missing and row["result"] != "NOT_EVALUATED" and named:
        wrong.append(f"names {named} without need")
    if expected.says and expected.says not in told:
        wrong.append(f"says {told!r}, expected {expected.says!r} in it")
    if wrong:
        wrong.append(f"the row says: {row['reason']}")
    return wrong


def check(one: Scenario) -> None:
    """Fails with everything that is otherwise than expected."""
    wrong = differences(one.row(), one.expected)
    assert not wrong, "\n".join([one.why, *wrong])
