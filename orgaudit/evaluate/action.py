"""Which alarm carries the action, and is it free to act?"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from orgaudit.evaluate.alarm_rule import Rule, carries
from orgaudit.evaluate.index import Index, Row, listed
from orgaudit.evaluate.links import Link, Observation, broken, held, undecided
from orgaudit.evaluate.metric_math import UndecidedError
from orgaudit.model.arns import parse_arn

Rules = Mapping[str, str | None]
"""Every alarm of an account and region by name and by ARN, with its rule; None for one that is no composite."""


def carriers(index: Index, alarm: Row) -> Iterator[tuple[Row, str]]:
    """The alarm itself, then the composite alarms that carry it; with what is doubtful about one."""
    yield alarm, ""
    neighbours = index.alarms.get((alarm["account_id"], alarm["region"]), [])
    composites = [other for other in neighbours if other["kind"] == "composite"]
    if not composites:
        return
    rules: Rules = {str(other[key]): other["rule"] for other in neighbours for key in ("alarm_name", "alarm_arn")}
    child = str(alarm["alarm_name"])
    for composite in composites:
        name = str(composite["alarm_name"])
        if not _mentions(name, child, rules, ()):
            continue
        try:
            if carries(name, child, rules):
                yield composite, ""
        except UndecidedError as doubt:
            yield composite, str(doubt)


def _mentions(composite: str, child: str, rules: Rules, above: tuple[str, ...]) -> bool:
    """Whether a composite's rule names the child, itself or through other composites."""
    rule = rules.get(composite)
    if rule is None or composite in above:
        return False
    if child in rule:
        return True
    try:
        named = Rule(rule).alarms
    except UndecidedError:
        return False
    return any(_mentions(other.rsplit(":alarm:", 1)[-1], child, rules, (*above, composite)) for other in named)


def service_of(target: str) -> str:
    """The service in an action's ARN; empty for a text that is no ARN."""
    arn = parse_arn(target)
    return arn.service if arn else ""


def accepted_targets(carrier: Row, accept_actions: tuple[str, ...]) -> list[str]:
    """The ALARM actions of a kind that counts: SNS, and what the configuration accepts beside it."""
    return [
        target
        for target in map(str, listed(carrier["alarm_actions"]))
        if service_of(target) in {"sns", *accept_actions}
    ]


def action_link(index: Index, carrier: Row, accept_actions: tuple[str, ...]) -> Link:
    """The action link: actions enabled, one of them for the ALARM state and of an accepted kind, nothing muting it."""
    arn, name, evidence = str(carrier["alarm_arn"]), carrier["alarm_name"], (str(carrier["evidence_id"]),)
    if carrier["actions_enabled"] is None:
        reason = f"Whether the actions of {name} are enabled was not in the answer."
        return undecided("action", "ACTIONS_UNREAD", reason, what=arn, evidence=evidence)
    failure = _failure(carrier, accept_actions)
    if failure:
        targets = ", ".join(map(str, listed(carrier["alarm_actions"]))) or "none"
        return broken(
            "action",
            *failure,
            what=arn,
            observed=f"actions enabled: {str(carrier['actions_enabled']).lower()}; ALARM actions: {targets}",
            expected="actions enabled, with an SNS topic among the ALARM actions",
            evidence=evidence,
        )
    notes = []
    if carrier["suppressor"]:
        notes.append(
            Observation("SUPPRESSOR", f"Alarm {name} can be suppressed by {carrier['suppressor']}, now at rest.")
        )
    if carrier["kind"] == "composite" and carrier["state"] == "ALARM":
        text = f"Composite alarm {name} is in ALARM now: until it leaves that state it notifies nobody."
        notes.append(Observation("IN_ALARM", text))
    return _muting(index, carrier, held("action", arn, evidence, *notes))


def _failure(carrier: Row, accept_actions: tuple[str, ...]) -> tuple[str, str] | None:
    """Code and sentence of what keeps the carrier from acting; None when nothing does."""
    name = carrier["alarm_name"]
    if not carrier["actions_enabled"]:
        return "ACTIONS_DISABLED", f"The actions of alarm {name} are disabled."
    if not listed(carrier["alarm_actions"]):
        elsewhere = listed(carrier["ok_actions"]) + listed(carrier["insufficient_data_actions"])
        more = " It has actions for other states only." if elsewhere else ""
        return "NO_ALARM_ACTION", f"Alarm {name} has no action for the ALARM state.{more}"
    if not accepted_targets(carrier, accept_actions):
        return "ACTION_NOT_ACCEPTED", f"Alarm {name} has no ALARM action of an accepted kind."
    if carrier["suppressed_by"] == "Alarm":
        return "SUPPRESSED", f"The actions of composite alarm {name} are suppressed by {carrier['suppressor']}."
    return None


def _muting(index: Index, carrier: Row, link: Link) -> Link:
    account_id, region, name = str(carrier["account_id"]), str(carrier["region"]), carrier["alarm_name"]
    _, answer = index.answer_in(account_id, region, "cloudwatch:ListAlarmMuteRules")
    if not answer.known:
        return link.noting(
            Observation("MUTE_RULES_UNREAD", f"Whether a mute rule silences alarm {name} was not readable.")
        )
    unread: list[Row] = []
    for rule in index.mute_rules.get((account_id, region), []):
        if rule["status"] == "EXPIRED":
            continue
        if rule["alarm_names"] is None:
            unread += [rule] if rule["status"] == "ACTIVE" else []
        elif name in listed(rule["alarm_names"]):
            if rule["status"] == "ACTIVE":
                return _muted(rule, carrier, link)
            link = link.noting(
                Observation("MUTE_SCHEDULED", f"Mute rule {rule['rule_arn']} will silence alarm {name}.")
            )
    return _mute_targets_unread(index, unread[0], link) if unread else link


def _muted(rule: Row, carrier: Row, link: Link) -> Link:
    until = f" until {rule['ends_at']:%Y-%m-%dT%H:%M:%SZ}" if rule["ends_at"] is not None else ""
    reason = f"Mute rule {rule['rule_arn']} silences alarm {carrier['alarm_name']}{until}."
    evidence = (*link.evidence, str(rule["evidence_id"]))
    return broken("action", "MUTED", reason, what=link.what, expected="no active mute rule", evidence=evidence)


def _mute_targets_unread(index: Index, rule: Row, link: Link) -> Link:
    made = index.asked(str(rule["account_id"]), "cloudwatch:GetAlarmMuteRule")
    missing = tuple(item for call in made if call.region == rule["region"] for item in index.answer(call).missing)
    reason = f"Which alarms the active mute rule {rule['rule_arn']} silences was not readable."
    unknown = undecided("action", "MUTE_TARGETS_UNREAD", reason, what=link.what, evidence=link.evidence)
    return replace(unknown, missing=missing, observations=link.observations)
