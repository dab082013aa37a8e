"""``orgaudit policy``: the permissions to deploy, out of the list of calls that the code makes."""

import json

import click

from orgaudit.cli import options


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "cloudformation"]),
    default="json",
    show_default=True,
    help="An IAM policy, or a CloudFormation template of the whole role.",
)
@click.option(
    "--for",
    "whom",
    type=click.Choice(["accounts", "trust", "start", "handover"]),
    default="accounts",
    show_default=True,
    help="The role in each account, its trust policy, the identity that starts a run, or what it needs besides to "
    "deliver and sign.",
)
@click.option("-c", "--config", "config_file", metavar="FILE", help="start: take the names of roles from here.")
@click.option("--partition", default="aws", show_default=True, help="start: aws, aws-us-gov or aws-cn.")
@click.option("--principal", metavar="ARN", help="trust: who may assume the role.")
@click.option("--organization-id", metavar="ID", help="trust: the organization that the principal belongs to.")
@click.option("--external-id", metavar="TEXT", default="", help="trust: what the audit has to send.")
def policy(
    form: str,
    whom: str,
    config_file: str | None,
    partition: str,
    principal: str | None,
    organization_id: str | None,
    external_id: str,
) -> None:
    """Print the least-privilege role to deploy in every account.

    The CloudFormation template serves a service-managed StackSet, which
    reaches every account but the management account, and a plain stack there.
    Its first lines are the commands that deploy it. What handover prints
    should be narrowed to your bucket, key and sender.

    \b
    Examples:
      orgaudit policy
      orgaudit policy --format cloudformation > role.yaml
      orgaudit policy --for start -c audit.toml
      orgaudit policy --for handover
      orgaudit policy --for trust --organization-id o-a1b2c3d4e5 \\
        --principal arn:aws:iam::111122223333:role/Auditor
    """
    from orgaudit.aws import role

    if form == "cloudformation":
        if whom != "accounts":
            raise click.UsageError(f"--format cloudformation has the role and its trust; --for {whom} is JSON only")
        click.echo(role.role_template(), nl=False)
        return
    if whom == "start":
        document = role.start_policy(_role_names(config_file), partition)
    elif whom == "trust":
        if not principal or not organization_id:
            raise click.UsageError("--for trust needs --principal ARN and --organization-id ID")
        document = role.trust_policy(principal, organization_id, external_id)
    elif whom == "handover":
        document = role.handover_policy()
    else:
        document = role.role_policy()
    click.echo(json.dumps(document, indent=2))


def _role_names(config_file: str | None) -> list[str]:
    organization = options.config_of(config_file).organization
    return [organization.role_name, *(one.role_name for one in organization.account_roles)]
