"""Does the alarm act, and is it free to?"""

import json
from collections.abc import Iterator
from dataclasses import replace

from orgaudit.evaluation.composites import held_back
from orgaudit.evaluation.index import Index, listed
from orgaudit.evaluation.links import Link, Observation, broken, held, undecided
from orgaudit.model.arns import parse_arn
from orgaudit.model.calls import Call
from orgaudit.model.values import Row


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


def action_link(index: Index, carrier: Row, child: Row, accept_actions: tuple[str, ...]) -> Link:
    """The action link: actions enabled, one of them for the ALARM state and of an accepted kind, nothing muting it.

    child: the alarm that fires; the carrier itself where no composite alarm is between.
    """
    arn, name, evidence = str(carrier["alarm_arn"]), carrier["alarm_name"], (str(carrier["evidence_id"]),)
    back = held_back(index, carrier, child)
    failure = _failure(carrier, accept_actions) or (("SUPPRESSED", back) if back else None)
    if failure and failure[0] in _WITHOUT_TARGET and _unread_targets(carrier):
        reason = f"What alarm {name} does in the ALARM state cannot be read in the answer."
        return undecided("action", "ACTIONS_UNREAD", reason, what=arn, evidence=evidence)
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
    if carrier["actions_enabled"] is None:
        reason = f"Whether the actions of {name} are enabled was not in the answer."
        return undecided("action", "ACTIONS_UNREAD", reason, what=arn, evidence=evidence)
    if back is None:
        other = carrier["suppressor"] or "another alarm of its rule"
        reason = f"Whether {other} suppresses {name} whenever it should act cannot be decided."
        return undecided("action", "SUPPRESSOR_UNDECIDED", reason, what=arn, evidence=evidence)
    return _muting(index, carrier, held("action", arn, evidence, *_notes(carrier)))


_WITHOUT_TARGET = frozenset({"NO_ALARM_ACTION", "ACTION_NOT_ACCEPTED"})


def _unread_targets(carrier: Row) -> bool:
    """Whether something stands among the ALARM actions that is no text."""
    targets = json.loads(carrier["alarm_actions"] or "[]")
    return not isinstance(targets, list) or not all(isinstance(target, str) for target in targets)


def _notes(carrier: Row) -> Iterator[Observation]:
    name = carrier["alarm_name"]
    if carrier["suppressor"]:
        yield Observation("SUPPRESSOR", f"Alarm {name} can be suppressed by {carrier['suppressor']}.")
    if carrier["kind"] == "composite" and carrier["state"] == "ALARM":
        text = f"Composite alarm {name} is in ALARM now: until it leaves that state it notifies nobody."
        yield Observation("IN_ALARM", text)


def _failure(carrier: Row, accept_actions: tuple[str, ...]) -> tuple[str, str] | None:
    """Code and sentence of what keeps the carrier from acting; None when nothing does."""
    name = carrier["alarm_name"]
    if carrier["actions_enabled"] is False:
        return "ACTIONS_DISABLED", f"The actions of alarm {name} are disabled."
    if not listed(carrier["alarm_actions"]):
        elsewhere = listed(carrier["ok_actions"]) + listed(carrier["insufficient_data_actions"])
        more = " It has actions for other states only." if elsewhere else ""
        return "NO_ALARM_ACTION", f"Alarm {name} has no action for the ALARM state.{more}"
    if not accepted_targets(carrier, accept_actions):
        return "ACTION_NOT_ACCEPTED", f"Alarm {name} has no ALARM action of an accepted kind."
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
        scheduled = rule["status"] == "SCHEDULED"
        if rule["alarm_names"] is None:
            unread += [] if scheduled else [rule]
        elif name in listed(rule["alarm_names"]):
            if rule["status"] == "ACTIVE":
                return _muted(rule, carrier, link)
            unread += [] if scheduled else [rule]
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
    account_id, region = str(rule["account_id"]), str(rule["region"])
    name = str(rule["rule_arn"]).rpartition(":")[2]
    answer = index.answer(Call.of(account_id, region, "cloudwatch", "GetAlarmMuteRule", AlarmMuteRuleName=name))
    reason = f"Which alarms the active mute rule {rule['rule_arn']} silences was not readable."
    unknown = undecided("action", "MUTE_TARGETS_UNREAD", reason, what=link.what, evidence=link.evidence)
    return replace(unknown, missing=answer.missing, observations=link.observations)
