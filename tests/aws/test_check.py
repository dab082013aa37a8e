"""A check before any run: who can be read, what is refused where, and at which cost."""

import json
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from orgaudit.aws.actions import ROLE_ACTIONS
from orgaudit.aws.causes import Cause
from orgaudit.aws.check import Examination, Trouble, examine
from orgaudit.aws.organization import Access, open_organization
from orgaudit.aws.probes import EVERYWHERE, TO_CONFIRM, WHERE_CHAINS_LIVE
from orgaudit.cli.checking import _words, told
from orgaudit.evidence.masking import Mask
from orgaudit.model.calls import Json
from orgaudit.model.settings import Audit, Config, Exclusion, Scope
from orgaudit.model.settings import Organization as Settings
from orgaudit.progress import Silent
from tests.aws.organization import HOME, MANAGEMENT, Answer, Organization, only, refusal, trail
from tests.aws.scripted import SWIFT, Endpoint, Keys, Question, Reply
from tests.aws.test_opening import ANSWERS

CENTRAL, MEMBER, OTHER = "200000000001", "300000000001", "400000000001"
GROUP = f"arn:aws:logs:{HOME}:{CENTRAL}:log-group:trail"
DENIED = "User: a is not authorized to perform: b with an explicit deny in a service control policy"


def examined(organization: Organization, config: Config | None = None) -> Examination:
    return examine(organization.access(), config or Config(), Silent())


def as_delegate(organization: Organization) -> Access:
    """A way in, as a delegated administrator."""
    access = organization.access()
    access.identity = replace(access.identity, account_id=CENTRAL, signer=Keys(f"AKIA{CENTRAL}"))
    return access


def opened() -> Access:
    return open_organization(Config(), "run-1", Mask(bytes(32)), connections=1, patience=SWIFT)


def refusing(message: str, *regions: str) -> Answer:
    """Refuses in these regions, in all of them when none is named."""

    def answer(account_id: str, region: str, params: Json) -> Json:
        if region in (regions or (region,)):
            error = refusal()
            error.response["Error"]["Message"] = message
            raise ClientError(error.response, "")
        return {}

    return answer


@pytest.fixture
def organization() -> Organization:
    organization = Organization.of(MANAGEMENT, CENTRAL, MEMBER, OTHER)
    organization.answers["DescribeTrails"] = only(
        [MANAGEMENT, CENTRAL, MEMBER, OTHER], {"trailList": [trail(MANAGEMENT, GROUP, organization=True)]}
    )
    return organization


def test_every_right_of_the_role_is_tried() -> None:
    """A call that joins the table needs a question here, or nobody learns that it is refused."""
    tried = {f"{service}:{operation}" for service, operation in (*EVERYWHERE, *WHERE_CHAINS_LIVE, *TO_CONFIRM)}
    assert tried | {"cloudtrail:DescribeTrails", "account:ListRegions"} == set(ROLE_ACTIONS)


def test_an_organization_that_can_be_read(organization: Organization) -> None:
    found = examined(organization)
    assert (found.exit_code, dict(found.troubles)) == (0, {})
    assert found.readable == {MANAGEMENT, CENTRAL, MEMBER, OTHER}
    assert "Nothing that a verdict needs was refused." in told(found)


def test_a_member_costs_eight_calls_and_a_chain_s_account_ten_more(organization: Organization) -> None:
    """One AssumeRole, trails in two regions, five questions; rights are tried in full where a log group lives."""
    examined(organization)
    assert (
        organization.calls_by(MEMBER).total(),
        organization.calls_by(CENTRAL).total(),
        organization.calls_by(MANAGEMENT)["AssumeRole"],
    ) == (7, 7 + len(WHERE_CHAINS_LIVE), 3)
    assert {region for asker, operation, region in organization.asked if operation == "GetKeyPolicy"} == {HOME}


def test_regions_are_listed_only_when_a_run_will_sweep(organization: Organization) -> None:
    organization.answers["ListRegions"] = lambda *_: {"Regions": []}
    examined(organization)
    assert organization.calls_by(MEMBER)["ListRegions"] == 0
    organization.refuse("ListRegions", MEMBER)
    found = examined(organization, Config(audit=Audit(sweep="failed")))
    assert organization.calls_by(MEMBER)["ListRegions"] == 1
    assert (found.exit_code, [trouble.call for trouble in found.troubles]) == (0, ["account:ListRegions"])


def test_aws_is_asked_to_confirm_only_when_a_run_will(organization: Organization) -> None:
    examined(organization, Config(audit=Audit(confirm_with_aws=True)))
    assert organization.calls_by(CENTRAL)["TestMetricFilter"] == 1
    assert organization.calls_by(MEMBER)["TestMetricFilter"] == 0


def test_excluded_accounts_are_not_asked(organization: Organization) -> None:
    scope = Scope(exclude_accounts=(Exclusion(OTHER, "a sandbox", "CISO"),))
    found = examined(organization, Config(scope=scope))
    assert organization.calls_by(OTHER).total() == 0
    assert organization.calls_by(MANAGEMENT)["AssumeRole"] == 2
    assert "4 accounts listed: 3 in scope, 1 excluded and not asked." in told(found)


def test_a_role_that_some_accounts_lack(organization: Organization) -> None:
    organization.refuse("AssumeRole", OTHER)
    found = examined(organization)
    assert dict(found.troubles) == {Trouble(Cause.ROLE, "sts:AssumeRole", HOME): {OTHER}}
    assert (found.exit_code, found.unopened) == (4, {OTHER})
    text = told(found)
    assert "In 2 other accounts it can be" in text
    assert OTHER in text
    assert "FIRST" not in text


def test_a_role_that_no_account_has_points_at_its_name_and_the_external_id(organization: Organization) -> None:
    organization.refuse("AssumeRole", CENTRAL, MEMBER, OTHER)
    text = told(examined(organization, Config(organization=Settings(role_name="Reader"))))
    assert "It can be assumed nowhere" in text
    assert "(Reader)" in text
    assert "without an external id (none is configured)" in " ".join(text.split())


def test_the_management_account_without_the_role_comes_first() -> None:
    organization = Organization.of(MANAGEMENT, CENTRAL, MEMBER)
    organization.refuse("AssumeRole", MANAGEMENT)
    found = examine(as_delegate(organization), Config(), Silent())
    text = " ".join(told(found).split())
    assert text.index("FIRST") < text.index("can be read")
    assert "neither a service-managed StackSet nor AWS Control Tower" in text
    assert "a delegated administrator of organization o-1, though not for CloudTrail" in text
    assert f"its management account is {MANAGEMENT}" in text


def test_a_management_account_that_is_excluded_is_not_asked_and_said() -> None:
    organization = Organization.of(MANAGEMENT, CENTRAL, MEMBER)
    scope = Scope(exclude_accounts=(Exclusion(MANAGEMENT, "holds nothing", "CISO"),))
    found = examine(as_delegate(organization), Config(scope=scope), Silent())
    assert f"The management account, {MANAGEMENT}, is excluded and was not asked." in told(found)
    assert set(organization.calls_by(MANAGEMENT)) == {"ListAccounts"}


def test_a_service_control_policy_is_told_from_a_missing_right(organization: Organization) -> None:
    organization.answers["DescribeAlarms"] = refusing(DENIED)
    organization.answers["ListSubscriptionsByTopic"] = refusing(DENIED.partition(" with")[0])
    organization.answers["GetKeyPolicy"] = refusing("no because no identity-based policy allows the b action")
    found = examined(organization)
    everybody = {MANAGEMENT, CENTRAL, MEMBER, OTHER}
    assert dict(found.troubles) == {
        Trouble(Cause.SERVICE_CONTROL_POLICY, "cloudwatch:DescribeAlarms", HOME): everybody,
        Trouble(Cause.REFUSED, "sns:ListSubscriptionsByTopic", HOME): everybody,
        Trouble(Cause.RIGHT, "kms:GetKeyPolicy", HOME): {CENTRAL},
    }
    assert found.exit_code == 4
    headings = [line for line in told(found).splitlines() if line[:2] in {"1.", "2.", "3."}]
    assert headings == [
        "1. A service control policy of the organization refuses it: 4 accounts.",
        "2. The role is not allowed to make the call: 1 account.",
        "3. Refused, and AWS does not say by what: 4 accounts.",
    ]


def test_a_region_that_is_closed_is_no_trouble_while_another_answers(organization: Organization) -> None:
    organization.answers["DescribeTrails"] = refusing(DENIED, "us-east-1")
    found = examined(organization)
    assert (found.exit_code, dict(found.troubles)) == (0, {})
    assert "us-east-1       answered in 0 accounts, not in 4" in told(found)
    organization.answers["DescribeTrails"] = refusing(DENIED)
    found = examined(organization)
    assert found.exit_code == 4
    assert {trouble.region for trouble in found.troubles} == {"us-east-1", HOME}


def test_a_refusal_that_costs_an_observation_is_told_and_is_no_failure(organization: Organization) -> None:
    organization.answers["DescribeSubscriptionFilters"] = refusing(DENIED)
    found = examined(organization)
    assert found.exit_code == 0
    assert "logs:DescribeSubscriptionFilters*" in told(found)


def test_an_organization_that_tells_only_its_accounts(organization: Organization) -> None:
    """Trusted access and names of units: a run goes on without them."""
    organization.answers["ListAWSServiceAccessForOrganization"] = refusing("You don't have permissions")
    found = examined(organization)
    assert found.exit_code == 0
    assert [trouble.cause for trouble in found.troubles] == [Cause.CALLER]
    text = told(found)
    assert "organizations:ListAWSServiceAccessForOrganization*" in text
    assert "orgaudit policy --for start" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


def test_a_call_that_the_endpoint_does_not_know(organization: Organization) -> None:
    """A run does without the optional ones."""

    def unknown(account_id: str, region: str, params: Json) -> Json:
        raise refusal("UnknownOperationException")

    organization.answers["ListLinks"] = unknown
    assert examined(organization).exit_code == 0
    organization.answers["DescribeAlarms"] = unknown
    found = examined(organization)
    assert found.exit_code == 4
    assert "The endpoint does not know the call: 4 accounts." in told(found)


def test_every_cause_has_words_and_advice(organization: Organization) -> None:
    found = examined(organization)
    for cause in Cause:
        what, advice = _words(cause, found)
        assert what
        assert advice.endswith(".")
        assert "{" not in advice


def test_a_made_up_name_that_aws_dislikes_is_no_refusal(organization: Organization) -> None:
    error = refusal("InvalidParameter")

    def disliked(account_id: str, region: str, params: Json) -> Json:
        raise error

    organization.answers["GetSubscriptionAttributes"] = disliked
    assert examined(organization).exit_code == 0


def test_over_the_wire_in_every_protocol_that_is_used(endpoint: Endpoint) -> None:
    """An organization of one account whose policy refuses everything: what AWS says arrives, as XML and as JSON."""
    xml = f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{DENIED}</Message></Error></ErrorResponse>"
    refused = json.dumps({"__type": "AccessDeniedException", "message": DENIED})
    nothing = '{"EnabledServicePrincipals":[],"DelegatedAdministrators":[],"Roots":[]}'
    organization = ("ListAWSServiceAccessForOrganization", "ListDelegatedAdministrators", "ListRoots")

    def reply(question: Question) -> Reply:
        if question.operation in {*ANSWERS, *organization}:
            return ANSWERS.get(question.operation) or Reply(nothing)
        return Reply(xml, 403) if "Action=" in question.body else Reply(refused, 400)

    endpoint.reply = reply
    found = examine(opened(), Config(), Silent())
    assert {trouble.cause for trouble in found.troubles} == {Cause.SERVICE_CONTROL_POLICY}
    assert {trouble.call for trouble in found.troubles} >= {"sns:ListSubscriptionsByTopic", "cloudtrail:DescribeTrails"}
    assert found.exit_code == 3


def test_nothing_can_be_read(organization: Organization) -> None:
    for operation in ("DescribeTrails", *(operation for _, operation in (*EVERYWHERE, *WHERE_CHAINS_LIVE))):
        organization.answers[operation] = refusing(DENIED)
    found = examined(organization)
    assert found.exit_code == 3
    assert told(found).endswith("No account can be read: a run would have nothing to audit.")


def test_it_is_readable_at_80_columns_without_colour(organization: Organization) -> None:
    organization.answers["DescribeAlarms"] = refusing(f"{DENIED}: arn:aws:organizations::1:policy/o-1/scp/p-1")
    organization.refuse("AssumeRole", OTHER)
    text = told(examined(organization))
    assert max(map(len, text.splitlines())) <= 80
    assert text.isascii()
    assert "\x1b" not in text
    assert "Policy: arn:aws:organizations::1:policy/o-1/scp/p-1" in text
