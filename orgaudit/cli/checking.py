"""``orgaudit check``: what a run would meet, in plain words, and what to do about it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orgaudit.report.folding import folded
from orgaudit.report.inert import visible

if TYPE_CHECKING:
    from orgaudit.aws.causes import Cause
    from orgaudit.aws.check import Examination, Trouble

_EXAMPLES = 2


@click.command()
@click.option("-c", "--config", "config_file", metavar="FILE", required=True, help="The configuration (TOML).")
@click.pass_context
def check(ctx: click.Context, config_file: str) -> None:
    """Find out beforehand what a run would be refused.

    Tells who you are, which accounts can be read and which cannot, which
    calls are refused where and why, as far as AWS tells, and what to do.
    Nothing is collected and nothing written. Costs about eight calls an
    account, some ten more where a chain lives; excluded accounts are not
    asked.

    \b
    Examples:
      orgaudit check -c audit.toml
      AWS_PROFILE=audit orgaudit check -c audit.toml

    \b
    Exit codes: 0 nothing is refused that verdicts need;
      2 usage or configuration; 3 no account can be read;
      4 something is refused that verdicts need.
    """
    from orgaudit import pipeline
    from orgaudit.cli.progress import shown_progress
    from orgaudit.config import load_config

    config = load_config(Path(config_file))
    with shown_progress() as progress:
        examination = pipeline.check(config, progress)
    click.echo(visible(told(examination)))
    ctx.exit(examination.exit_code)


def told(found: "Examination") -> str:
    """What a check found, for people: at most 80 columns, no colour."""
    parts = [_who(found), _management(found), _accounts(found), _regions(found), *_troubles(found), _conclusion(found)]
    return "\n\n".join(part for part in parts if part)


def _who(found: "Examination") -> str:
    access = found.access
    place = (
        f"the management account of organization {access.organization_id}"
        if found.is_management
        else f"a delegated administrator of organization {access.organization_id}"
        + ("" if access.caller_account_id in found.administrators else ", though not for CloudTrail")
        + f"; its management account is {access.management_account_id}"
    )
    excluded = found.listed - len(found.in_scope)
    listed = f"{_counted(found.listed, 'account')} listed: {len(found.in_scope)} in scope, {excluded} excluded"
    return "\n".join(
        [
            *folded(f"You are {access.caller_arn}, in account {access.caller_account_id}, {place}."),
            *folded(f"{listed}{' and not asked' if excluded else ''}."),
        ]
    )


def _management(found: "Examination") -> str:
    """Said before everything else: what deploys the role everywhere else does not reach the management account."""
    account_id = found.access.management_account_id
    if account_id not in {*found.in_scope, found.access.caller_account_id}:
        return "\n".join(
            folded(
                f"The management account, {account_id}, is excluded and was not asked. A run reads it all the same "
                "where it owns an organization trail: deploy the role there too."
            )
        )
    if account_id not in found.unopened:
        return ""
    role = found.config.organization.role_in(account_id)
    return "\n".join(
        folded(
            f"FIRST: the role {role} cannot be assumed in the management account, {account_id}. It owns every "
            "organization trail, and neither a service-managed StackSet nor AWS Control Tower reaches it: deploy the "
            "role there by a stack of its own (`orgaudit policy --format cloudformation` prints the template). If the "
            "role has another name there, say so in [organization] account_roles. Or start in the management account."
        )
    )


def _accounts(found: "Examination") -> str:
    role = found.config.organization.role_name
    count = f"{len(found.readable)} of {_counted(len(found.in_scope), 'account')} in scope"
    return "\n".join(folded(f"{count} can be read, with the role {role}. It took {_counted(found.calls, 'call')}."))


def _regions(found: "Examination") -> str:
    if not found.regions:
        return ""
    lines = ["Trails are looked for in these regions; the first that answers counts:"]
    for region, counts in found.regions.items():
        silent = f", not in {counts[False]}" if counts[False] else ""
        lines.append(f"  {region:15} answered in {_counted(counts[True], 'account')}{silent}")
    return "\n".join(lines)


def _troubles(found: "Examination") -> Iterator[str]:
    from orgaudit.aws.causes import Cause

    number = 0
    for cause in Cause:
        met = sorted(trouble for trouble in found.troubles if trouble.cause is cause)
        if met:
            number += 1
            yield "\n".join([*_heading(number, cause, met, found), *_table(met, found)])


def _heading(number: int, cause: "Cause", met: "list[Trouble]", found: "Examination") -> list[str]:
    accounts = set().union(*(found.troubles[trouble] for trouble in met))
    what, advice = _words(cause, found)
    lines = folded(f"{number}. {what}: {_counted(len(accounts), 'account')}.", further="   ")
    lines += folded(f"   {advice}", further="   ")
    for policy in found.policies(cause)[:_EXAMPLES]:
        lines += folded(f"   Policy: {policy}", further="     ")
    said = found.said[met[0]]
    message = f" {said.error_message}" if said.error_message else ""
    return lines + folded(f"   AWS says, for example: {said.error_code}{message}", further="     ")


def _table(met: "list[Trouble]", found: "Examination") -> list[str]:
    lines = [f"   {'call':31} {'region':14} {'accounts':>8}  for example"]
    for trouble in met:
        accounts = sorted(found.troubles[trouble])
        call = trouble.call + ("" if found.needs(trouble) else "*")
        if len(call) > 31:
            lines.append(f"   {call}")
            call = ""
        lines.append(f"   {call:31} {trouble.region:14} {len(accounts):8}  {accounts[0]}")
        lines += [f"   {'':31} {'':14} {'':8}  {account}" for account in accounts[1:_EXAMPLES]]
    if not all(found.needs(trouble) for trouble in met):
        lines.append("   * no verdict needs it; the report notes what it could not see")
    return lines


def _conclusion(found: "Examination") -> str:
    if found.exit_code == 3:
        return "No account can be read: a run would have nothing to audit."
    if found.exit_code == 4:
        unread = len(found.in_scope) - len(found.readable)
        whole = f" In {_counted(unread, 'account')} that is every control." if unread else ""
        return "\n".join(folded("A run is possible; where something is refused it says NOT_EVALUATED." + whole))
    return "Nothing that a verdict needs was refused."


_WORDS = {
    "caller": (
        "You may not make the call",
        "Allow it to the identity that you start with; `orgaudit policy --for start` prints what that identity needs.",
    ),
    "trust": (
        "The role does not trust you",
        "Its trust policy must name {caller} or its account, and must not ask for another external id than the one "
        "that [organization] external_id_env leads to ({external}).",
    ),
    "role": ("The role cannot be assumed, and AWS does not say why", ""),
    "service control policy": (
        "A service control policy of the organization refuses it",
        "Have the role {role} excepted from it (condition aws:PrincipalArn), or the calls allowed: they only read.",
    ),
    "resource control policy": (
        "A resource control policy of the organization refuses it",
        "Have the role {role} excepted from it.",
    ),
    "permissions boundary": (
        "A permissions boundary on the role refuses it",
        "Allow the calls in the boundary, or create the role without one.",
    ),
    "session policy": (
        "A session policy refuses it",
        "A run limits its own sessions to what `orgaudit policy` lists; what refuses more comes from how you signed "
        "in.",
    ),
    "VPC endpoint policy": (
        "The policy of a VPC endpoint refuses it",
        "Allow the calls there, or start from a network that does not lead through it.",
    ),
    "right": (
        "The role is not allowed to make the call",
        "Deploy the role's policy again: `orgaudit policy` prints what it must allow.",
    ),
    "resource policy": (
        "A policy on the resource refuses it",
        "Allow the role {role} to read there.",
    ),
    "region": (
        "The region is not enabled in the account",
        "Enable the region, or STS in it; or start in another region (AWS_REGION).",
    ),
    "refused": (
        "Refused, and AWS does not say by what",
        "Compare the role with what `orgaudit policy` prints; if it allows the call, look for a service control policy "
        "above the account.",
    ),
    "throttled": ("AWS throttled it to the end", "Try again later, or set [collect] workers to a smaller number."),
    "not offered": (
        "The endpoint does not know the call",
        "Look at AWS_ENDPOINT_URL and the region: a service may be missing there.",
    ),
    "failed": ("No answer that could be read", "Look at the network, the proxy and AWS_ENDPOINT_URL, then try again."),
}
"""For each cause what it is, and what to do about it."""


def _words(cause: "Cause", found: "Examination") -> tuple[str, str]:
    organization = found.config.organization
    what, advice = _WORDS[cause]
    external = f"variable {organization.external_id_env}" if organization.external_id_env else "none is configured"
    advice = advice.format(role=organization.role_name, caller=found.access.caller_arn, external=external)
    return what, advice or _why_not_assumed(found)


def _why_not_assumed(found: "Examination") -> str:
    """AWS refuses a missing role, a trust policy and a wrong external id in the same words; who else succeeds tells."""
    organization = found.config.organization
    opened = found.readable - {found.access.caller_account_id}
    trusts = f"trusts account {found.access.caller_account_id}" + (
        f" with the external id in {organization.external_id_env}"
        if organization.external_id_env
        else " without an external id (none is configured)"
    )
    if opened:
        return (
            f"In {_counted(len(opened), 'other account')} it can be, so your own rights are in order: see whether the "
            f"role exists in these and {trusts}. A StackSet may not have reached them; where the role has another "
            "name, say so in [organization] account_roles."
        )
    return (
        f"It can be assumed nowhere. See whether [organization] role_name is right ({organization.role_name}), "
        f"whether you may call sts:AssumeRole (`orgaudit policy --for start`), and whether the role {trusts}."
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
