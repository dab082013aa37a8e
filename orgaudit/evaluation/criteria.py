"""What every account was judged by, control by control: the part of a verdict that is not evidence."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from orgaudit.controls import Control, Edition
from orgaudit.evaluation.rows import plain
from orgaudit.model.settings import Config
from orgaudit.model.values import Row


def criteria(
    controls: Iterable[tuple[Control, Edition | None]], rows: Sequence[Row], config: Config, version: str, today: date
) -> dict[str, Row]:
    """The criterion, parameters and accepted tuning of each control, by key.

    Two runs with the same entry, apart from ``section``, judged by the same rule: a result that differs between them
    was caused by the accounts. rows: the results, from which a trail control's pass rule is taken. today: the date on
    which the run started; tuning that had expired is not part of the rule.
    """
    told: dict[str, str] = {}
    for row in rows:
        if row["criterion"]:
            told.setdefault(row["control"], row["criterion"])
    entries = {}
    for control, edition in controls:
        judged = edition or control.nearest_edition(version)
        valid = [one for one in config.tuning if one.control == control.key and one.expires >= today]
        entries[control.key] = {
            "section": edition.section if edition else "",
            "criterion": (judged.criterion if judged else None) or told.get(control.key, ""),
            "alternatives": [form.pattern for form in judged.alternatives] if judged else [],
            "event_sources": list(control.event_sources),
            "writes_only": control.writes_only,
            "parameters": _parameters(control, config),
            "tuning": [plain(one) for one in valid],
        }
    return entries


def _parameters(control: Control, config: Config) -> Mapping[str, Any]:
    audit = config.audit
    if control.family == "trail":
        return {"delivery_max_age_h": audit.delivery_max_age_h}
    return {
        "max_events": audit.events_allowed(control.key),
        "max_delay_s": audit.max_delay_s,
        "delivery_max_age_h": audit.delivery_max_age_h,
        "accept_actions": sorted(audit.accept_actions),
        "monitoring_accounts": sorted(config.organization.monitoring_accounts),
        "confirm_with_aws": audit.confirm_with_aws,
    }
