"""What a run says at its end: short, in plain words, readable without colour."""

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgaudit.pipeline import Finished

_WORST = 5
_WIDTH = 80


def run_summary(finished: "Finished") -> str:
    """The summary of a run or a report."""
    assessment = finished.assessment
    people, rows = assessment.population, assessment.rows
    results = Counter(row["result"] for row in rows)
    dispositions = Counter(row["disposition"] for row in rows if row["disposition"])
    state = "complete" if assessment.complete else "incomplete: something was not evaluated"
    if not assessment.frames.run.finished:
        state = "UNFINISHED: the run was interrupted"
    failed = (
        f"{dispositions['OPEN']} open, {dispositions['WAIVED']} waived, {dispositions['WAIVER_EXPIRED']} waiver expired"
    )
    lines = [
        f"CIS AWS Foundations Benchmark {assessment.benchmark}, {state}.",
        f"{people['listed']} accounts listed = {people['evaluated']} evaluated"
        f" + {people['not_evaluated']} not evaluated + {people['excluded']} excluded.",
        f"{len(rows)} results = {results['PASS']} PASS + {results['FAIL']} FAIL"
        f" + {results['NOT_EVALUATED']} NOT_EVALUATED + {results['NOT_APPLICABLE']} NOT_APPLICABLE.",
        f"Of the FAIL: {failed}.",
    ]
    lines += _unread(finished) + _worst(rows)
    return "\n".join(textwrap.fill(line, _WIDTH, subsequent_indent="    ", break_on_hyphens=False) for line in lines)


def _unread(finished: "Finished") -> list[str]:
    """One line for each reason why accounts were not evaluated at all."""
    assessment = finished.assessment
    unread = {one["account_id"] for one in assessment.population["accounts"] if one["outcome"] == "not_evaluated"}
    causes: dict[tuple[str, str], set[str]] = {}
    for row in assessment.rows:
        for call in row["missing"] if row["account_id"] in unread else ():
            causes.setdefault((call["call"], call["error_code"]), set()).add(row["account_id"])
    role = assessment.frames.config.organization.role_name
    return [
        f"{len(accounts)} not evaluated: {call} {code}"
        + (
            f"; check role {role} and its trust."
            if call == "sts:AssumeRole"
            else f" ({min(accounts)}{_more(accounts)})."
        )
        for (call, code), accounts in sorted(causes.items())
    ]


def _more(accounts: set[str]) -> str:
    return f" and {len(accounts) - 1} more" if len(accounts) > 1 else ""


def _worst(rows: list[dict[str, object]]) -> list[str]:
    """The reasons behind most open findings."""
    failed = [row for row in rows if row["disposition"] in {"OPEN", "WAIVER_EXPIRED"}]
    if not failed:
        return []
    reasons = Counter((str(row["broken_link"]), str(row["reason_code"])) for row in failed)
    lines = ["Open findings, by where the chain breaks:"]
    for (link, code), count in reasons.most_common(_WORST):
        accounts = {
            str(row["account_id"]) for row in failed if (row["broken_link"], row["reason_code"]) == (link, code)
        }
        lines.append(f"  {count:5} {link}: {code.lower().replace('_', ' ')} (account {min(accounts)}{_more(accounts)})")
    if len(reasons) > _WORST:
        rest = sum(reasons.values()) - sum(count for _, count in reasons.most_common(_WORST))
        lines.append(f"  {rest:5} for {len(reasons) - _WORST} other reasons")
    return lines


def demo_summary(finished: "Finished") -> str:
    """The summary of the demo, with what to look at."""
    folder = finished.folder
    present = [name for name in ("report.pdf", "workbook.xlsx", "results.json") if (folder / name).is_file()]
    purposes = {
        "report.pdf": "for people: the answer on one page, then every finding",
        "workbook.xlsx": "for the auditor: one row per account and control, to review and send back",
        "results.json": "for programs: the same verdicts",
    }
    lines = [
        "A simulated organization was audited. Its accounts break the chain from an event",
        "to a person in every way we know: the findings are on purpose.",
        "",
        run_summary(finished),
        "",
        "Look at:",
        *(f"  {folder / name}\n      {purposes[name]}" for name in present),
    ]
    return "\n".join(lines)
