"""From a verdict to the row that people and scripts read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from orgaudit.controls import Control, Edition
from orgaudit.evaluation.links import Observation
from orgaudit.evaluation.verdict import FAIL, PASS, Verdict
from orgaudit.model.chain import plain_chain
from orgaudit.model.settings import Waiver
from orgaudit.model.values import Row, row_sha256


@dataclass(frozen=True, slots=True)
class Disposition:
    """What stands beside a FAIL; it never overwrites the result."""

    word: str = ""
    waiver: Waiver | None = None


def disposition(verdict: Verdict, account_id: str, control: str, waivers: Sequence[Waiver], today: date) -> Disposition:
    """OPEN, WAIVED or WAIVER_EXPIRED for a FAIL, empty otherwise. today: the date on which the run started."""
    if verdict.result != FAIL:
        return Disposition()
    matching = [one for one in waivers if waives(one, account_id, control)]
    if not matching:
        return Disposition("OPEN")
    best = max(matching, key=lambda waiver: waiver.expires)
    return Disposition("WAIVER_EXPIRED" if best.expires < today else "WAIVED", best)


def waives(waiver: Waiver, account_id: str, control: str) -> bool:
    """Whether a waiver is about this control in this account, expired or not."""
    return waiver.control == control and bool({account_id, "*"} & set(waiver.accounts))


def result_row(
    account_id: str,
    control: Control,
    edition: Edition | None,
    verdict: Verdict,
    stands: Disposition,
    times: Mapping[str, str],
) -> Row:
    """The row of ``results.json``. times: evidence id to the time of its call, RFC 3339."""
    collected = [times[item] for item in verdict.evidence if item in times]
    row: Row = {
        "account_id": account_id,
        "control": control.key,
        "section": edition.section if edition else "",
        "result": verdict.result,
        "disposition": stands.word,
        "coverage": verdict.coverage,
        "reason_code": verdict.code,
        "reason": verdict.reason,
        "broken_link": verdict.broken_link,
        "inherited_from": verdict.inherited_from,
        "witness": verdict.witness,
        "observations": [note._asdict() for note in verdict.observations],
        "evidence": list(verdict.evidence),
        "observed": verdict.observed,
        "expected": verdict.expected,
        "criterion": verdict.criterion,
        "test_id": f"{account_id}.{control.key}",
        "collected_at": max(collected, default=None),
        "waiver": plain(stands.waiver),
        "tuning": [plain(one) for one in verdict.tuning],
        "missing": [call._asdict() for call in verdict.missing],
        "chain": _chain(tuple((one.name, one.state.value, one.what, one.reason) for one in verdict.chain)),
    }
    return row | {"row_sha256": row_sha256(row)}


@lru_cache(maxsize=4096)
def _chain(links: tuple[tuple[str, str, str, str], ...]) -> Row:
    """Rows share it: behind an organization trail the chains of all members are the same, and fill memory."""
    return plain_chain(links)


def plain(setting: Any) -> Row | None:
    """A waiver or tuning as JSON values, dates as ISO text; None stays None."""
    if setting is None:
        return None
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(setting).items()}


def noting_shared_alarms(verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """The verdicts of one account by control, with an observation where controls share an alarm.

    An alarm that is in ALARM because of one control tells nobody of the other.
    """
    sharing: dict[str, list[str]] = defaultdict(list)
    for control, verdict in verdicts.items():
        for alarm in verdict.alarms if verdict.result == PASS else ():
            sharing[alarm].append(control)
    noted = dict(verdicts)
    for alarm, controls in sharing.items():
        for control in controls if len(controls) > 1 else ():
            text = f"Alarm {alarm.rsplit(':', 1)[-1]} serves {len(controls)} controls: {', '.join(controls)}."
            verdict = noted[control]
            noted[control] = replace(verdict, observations=(*verdict.observations, Observation("SHARED_ALARM", text)))
    return noted


def noting_state(verdicts: Mapping[str, Verdict], state: str) -> dict[str, Verdict]:
    """The verdicts of an account in scope, with an observation where AWS gave it a state that is not known."""
    if state == "ACTIVE":
        return dict(verdicts)
    text = f"The account's state is {state!r}, which is not known; it counts as active."
    note = Observation("UNKNOWN_ACCOUNT_STATE", text)
    return {
        control: replace(verdict, observations=(*verdict.observations, note)) for control, verdict in verdicts.items()
    }
