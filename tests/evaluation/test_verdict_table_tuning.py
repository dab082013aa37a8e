"""The verdict table: accepted exclusions, and controls of one's own."""

from datetime import date

from orgaudit.model.settings import Config, OwnControl, Tuning
from tests.evaluation.changes_of_alarms import (
    no_filters,
    pattern,
)
from tests.evaluation.scenario import check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    OTHER,
    SECURITY_GROUP_EVENTS,
    SECURITY_GROUPS,
    any_event,
)

SIX = any_event(*SECURITY_GROUP_EVENTS[:6])


def inner(text: str) -> str:
    return text.strip("{ }")


INCOMPLETE = fails("filter", "FILTER_INCOMPLETE")


DEPLOY = '{ $.userIdentity.sessionContext.sessionIssuer.userName = "Deploy" }'


NOT_DEPLOY = (
    "{ (($.userIdentity.sessionContext.sessionIssuer.userName NOT EXISTS) || "
    '($.userIdentity.sessionContext.sessionIssuer.userName != "Deploy")) && (' + inner(SECURITY_GROUPS) + ") }"
)


def tuned(exclude: str = DEPLOY, expires: date = date(2027, 3, 31), control: str = "security_group_changes") -> Config:
    return Config(tuning=(Tuning(control, exclude, "pipelines", "CISO", expires),))


TUNING = [
    scenario(
        "An accepted exclusion, and nothing else is left out.",
        pattern(NOT_DEPLOY),
        expected=passes("TUNED").noting("TUNING_ASSUMES_TEXT"),
        config=tuned(),
    ),
    scenario("The same exclusion without acceptance.", pattern(NOT_DEPLOY), expected=INCOMPLETE),
    scenario(
        "Accepted until yesterday: not applied.",
        pattern(NOT_DEPLOY),
        expected=INCOMPLETE,
        config=tuned(expires=date(2026, 11, 22)),
    ),
    scenario(
        "Accepted until today: applied.",
        pattern(NOT_DEPLOY),
        expected=passes("TUNED"),
        config=tuned(expires=date(2026, 11, 23)),
    ),
    scenario(
        "Accepted for another control.",
        pattern(NOT_DEPLOY),
        expected=INCOMPLETE,
        config=tuned(control="vpc_changes"),
    ),
    scenario(
        "The filter leaves out more than was accepted.",
        pattern(NOT_DEPLOY.replace('"Deploy"', '"D*"')),
        expected=INCOMPLETE,
        config=tuned(),
    ),
    scenario(
        "An exclusion that is accepted, but not made use of.",
        expected=passes("COMPLETE").without("TUNING_ASSUMES_TEXT"),
        config=tuned(),
    ),
    scenario(
        "Tuned and limited to the service of the control.",
        pattern(NOT_DEPLOY[:-1] + '&& ($.eventSource = "ec2.amazonaws.com") }'),
        expected=passes("TUNED"),
        config=tuned(),
    ),
    scenario(
        "An exclusion by event name assumes nothing.",
        pattern(SIX),
        expected=passes("TUNED").without("TUNING_ASSUMES_TEXT"),
        config=tuned("{ $.eventName = ModifySecurityGroupRules }"),
    ),
    scenario(
        "An exclusion of everything is not a narrowing: it is not applied.",
        no_filters,
        expected=fails("filter", "NO_FILTERS"),
        config=tuned("{ $.eventName = * }"),
    ),
    scenario(
        "An exclusion of reads cannot make a control on writes hold without filters.",
        no_filters,
        expected=fails("filter", "NO_FILTERS"),
        config=tuned("{ $.readOnly IS TRUE }"),
    ),
    scenario(
        "An exclusion on the event's category cannot make it hold either.",
        no_filters,
        expected=fails("filter", "NO_FILTERS"),
        config=tuned("{ $.managementEvent IS FALSE }"),
    ),
]


OWN = OwnControl("bucket_deletion", "ORG-1", "Bucket deletion", "{ $.eventName = DeleteBucket }", "s3.amazonaws.com")


OWN_CONTROLS = [
    scenario(
        "A control of one's own is judged like any other.",
        pattern("{ $.eventName = Delete* }"),
        expected=passes(),
        control="bucket_deletion",
        config=Config(controls=(OWN,)),
    ),
    scenario(
        "A control of one's own, not covered.",
        expected=fails("filter", "NO_FILTER_FOR_CONTROL"),
        control="bucket_deletion",
        config=Config(controls=(OWN,)),
    ),
    scenario(
        "A control of one's own, limited to its service.",
        pattern('{ $.eventName = DeleteBucket && $.eventSource = "s3.amazonaws.com" }'),
        expected=passes("IN_SCOPE"),
        control="bucket_deletion",
        config=Config(controls=(OWN,)),
    ),
    scenario(
        "A control of one's own about events that this account never has: nothing to prove a chain by.",
        expected=open_because("CRITERION_EMPTY"),
        control="elsewhere",
        config=Config(
            controls=(
                OwnControl(
                    "elsewhere",
                    "ORG-2",
                    "Elsewhere",
                    f'{{ $.eventName = DeleteBucket && $.recipientAccountId = "{OTHER}" }}',
                    "s3.amazonaws.com",
                ),
            )
        ),
    ),
]


@rows_of(TUNING)
def test_tuning(one):
    check(one)


@rows_of(OWN_CONTROLS)
def test_own_controls(one):
    check(one)
