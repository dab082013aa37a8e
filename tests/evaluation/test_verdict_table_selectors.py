"""The verdict table: what the trail records is part of the proof."""

from tests.evaluation.changes import (
    GONE,
    MANAGEMENT_EVENTS,
    advanced,
    basic,
    basics,
    of_second,
    refused,
    second_trail,
    selectors_answer,
    where,
)
from tests.evaluation.scenario import check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import MEMBER, REGION, group_arn

READS = where("readOnly", Equals=["true"])


WRITES = where("readOnly", Equals=["false"])


def source(**operators: list[str]) -> dict[str, object]:
    return where("eventSource", **operators)


UNAUTHORIZED = '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }'


def watching(text: str):
    """The account's one filter watches something else than security groups."""
    return lambda organization: organization.filters[group_arn()][0].update(filterPattern=text)


KMS = "{ $.eventSource = kms.amazonaws.com && ($.eventName = DisableKey || $.eventName = ScheduleKeyDeletion) }"


ROOT = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'


SIGN_IN = '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }'


SELECTORS = [
    scenario("Selectors never set: AWS records all management events.", basics(), expected=passes()),
    scenario(
        "Both kinds of selectors absent from the answer: never set.",
        selectors_answer(EventSelectors=GONE),
        expected=passes(),
    ),
    scenario(
        "Write events only: changes to security groups are writes.",
        basic("WriteOnly"),
        expected=passes(),
    ),
    scenario(
        "Write events only: a console sign-in is a write.",
        basic("WriteOnly"),
        watching(SIGN_IN),
        expected=passes(),
        control="console_authentication_failures",
    ),
    scenario(
        "Write events only: refused calls are often reads.",
        basic("WriteOnly"),
        watching(UNAUTHORIZED),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
        control="unauthorized_api_calls",
    ),
    scenario(
        "Write events only: what the root user reads is not recorded.",
        basic("WriteOnly"),
        watching(ROOT),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
        control="root_account_usage",
    ),
    scenario(
        "Read events only: no change is recorded.",
        basic("ReadOnly"),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Reads in one selector and writes in another: together all.",
        basics(
            {"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True},
            {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True},
        ),
        watching(UNAUTHORIZED),
        expected=passes(),
        control="unauthorized_api_calls",
    ),
    scenario(
        "Management events switched off: data events alone.",
        basic(management=False),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "IncludeManagementEvents absent means true.",
        basic(management=GONE),
        expected=passes(),
    ),
    scenario(
        "ReadWriteType absent means All.",
        basic(GONE),
        expected=passes(),
    ),
    scenario(
        "An unknown ReadWriteType narrows in an unknown way.",
        basic("SomeOnly"),
        expected=open_because("SELECTORS_UNDECIDED"),
    ),
    scenario(
        "An unknown ReadWriteType beside a selector for everything: the other suffices.",
        basics({"ReadWriteType": "SomeOnly"}, {"ReadWriteType": "All"}),
        expected=passes(),
    ),
    scenario(
        "kms.amazonaws.com left out: security groups are another service's.",
        basic(exclude=("kms.amazonaws.com",)),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "kms.amazonaws.com left out: that breaks the control on keys.",
        basic(exclude=("kms.amazonaws.com",)),
        watching(KMS),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
        control="kms_cmk_disable_or_deletion",
    ),
    scenario(
        "kms.amazonaws.com left out: that breaks the control on refused calls of every service.",
        basic(exclude=("kms.amazonaws.com",)),
        watching(UNAUTHORIZED),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
        control="unauthorized_api_calls",
    ),
    scenario(
        "rdsdata.amazonaws.com left out: that breaks the control on the root user, who may use every service.",
        basic(exclude=("rdsdata.amazonaws.com",)),
        watching(ROOT),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
        control="root_account_usage",
    ),
    scenario(
        "rdsdata.amazonaws.com left out: the control on keys is untouched.",
        basic(exclude=("rdsdata.amazonaws.com",)),
        watching(KMS),
        expected=passes(),
        control="kms_cmk_disable_or_deletion",
    ),
    scenario(
        "The service of the control left out.",
        basic(exclude=("ec2.amazonaws.com",)),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "A source that no pattern can say is an open question, not a crash.",
        basic(exclude=("*.amazonaws.com",)),
        expected=open_because("SELECTORS_UNDECIDED"),
    ),
    scenario(
        "Two basic selectors are a union: what one leaves out the other records.",
        basics(
            {"ReadWriteType": "All", "ExcludeManagementEventSources": ["ec2.amazonaws.com"]},
            {"ReadWriteType": "WriteOnly"},
        ),
        expected=passes(),
    ),
    scenario(
        "Selectors refused.",
        refused("cloudtrail:GetEventSelectors"),
        expected=open_because().naming("cloudtrail:GetEventSelectors", MEMBER, REGION),
    ),
    scenario(
        "Selectors refused, but the log group has no filter: no selectors could help.",
        refused("cloudtrail:GetEventSelectors"),
        lambda organization: organization.filters[group_arn()].clear(),
        expected=fails("filter", "NO_FILTERS"),
    ),
    scenario(
        "The trail's status is told, and its selectors are not found: a contradiction decides nothing.",
        refused("cloudtrail:GetEventSelectors", outcome="not_found", code="TrailNotFoundException"),
        expected=open_because("SELECTORS_NOT_FOUND"),
    ),
    scenario("Advanced: all management events.", advanced([MANAGEMENT_EVENTS]), expected=passes()),
    scenario(
        "Advanced: data events only.",
        advanced([where("eventCategory", Equals=["Data"]), where("resources.type", Equals=["AWS::S3::Object"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: an odd category is an open question.",
        advanced([where("eventCategory", StartsWith=["Manage"])]),
        expected=open_because("SELECTORS_UNDECIDED"),
    ),
    scenario("Advanced: writes.", advanced([MANAGEMENT_EVENTS, WRITES]), expected=passes()),
    scenario(
        "Advanced: reads.",
        advanced([MANAGEMENT_EVENTS, READS]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: not the reads are the writes.",
        advanced([MANAGEMENT_EVENTS, where("readOnly", NotEquals=["true"])]),
        expected=passes(),
    ),
    scenario(
        "Advanced: reads or writes is everything.",
        advanced([MANAGEMENT_EVENTS, where("readOnly", Equals=["true", "false"])]),
        watching(UNAUTHORIZED),
        expected=passes(),
        control="unauthorized_api_calls",
    ),
    scenario(
        "Advanced: reads in one selector, writes in the other: together all.",
        advanced([MANAGEMENT_EVENTS, READS], [MANAGEMENT_EVENTS, WRITES]),
        watching(UNAUTHORIZED),
        expected=passes(),
        control="unauthorized_api_calls",
    ),
    scenario(
        "Advanced: a conjunction that nothing satisfies.",
        advanced([MANAGEMENT_EVENTS, READS, WRITES]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: the control's service alone.",
        advanced([MANAGEMENT_EVENTS, source(Equals=["ec2.amazonaws.com"])]),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Advanced: another service alone.",
        advanced([MANAGEMENT_EVENTS, source(Equals=["iam.amazonaws.com"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: a service by the beginning of its name.",
        advanced([MANAGEMENT_EVENTS, source(StartsWith=["ec"])]),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Advanced: services by the end of their names.",
        advanced([MANAGEMENT_EVENTS, source(EndsWith=[".amazonaws.com"])]),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Advanced: the service left out.",
        advanced([MANAGEMENT_EVENTS, source(NotEquals=["kms.amazonaws.com", "ec2.amazonaws.com"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: a service left out by the beginning of its name.",
        advanced([MANAGEMENT_EVENTS, source(NotStartsWith=["ec2"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: every service left out by the end of its name.",
        advanced([MANAGEMENT_EVENTS, source(NotEndsWith=["amazonaws.com"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: positive operators of one field are alternatives.",
        advanced([MANAGEMENT_EVENTS, source(Equals=["iam.amazonaws.com"], StartsWith=["ec2"])]),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Advanced: negated operators of one field hold all together.",
        advanced([MANAGEMENT_EVENTS, source(NotEquals=["iam.amazonaws.com"], NotStartsWith=["ec2"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: a positive and a negated operator of one field hold both.",
        advanced([MANAGEMENT_EVENTS, source(StartsWith=["e"], NotEquals=["ec2.amazonaws.com"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: what one selector leaves out another records.",
        advanced(
            [MANAGEMENT_EVENTS, source(NotEquals=["ec2.amazonaws.com"])],
            [MANAGEMENT_EVENTS, source(Equals=["ec2.amazonaws.com"]), WRITES],
        ),
        expected=passes("IN_SCOPE"),
    ),
    scenario(
        "Advanced: an unknown field narrows in an unknown way.",
        advanced([MANAGEMENT_EVENTS, where("userIdentity.arn", NotStartsWith=["arn:aws:iam::1"])]),
        expected=open_because("SELECTORS_UNDECIDED").saying("userIdentity.arn"),
    ),
    scenario(
        "Advanced: an unknown field does not matter where another selector suffices.",
        advanced([MANAGEMENT_EVENTS, where("eventName", Equals=["RunInstances"])], [MANAGEMENT_EVENTS, WRITES]),
        expected=passes(),
    ),
    scenario(
        "Advanced: an unknown field does not matter where the known ones already leave the control out.",
        advanced([MANAGEMENT_EVENTS, READS, where("eventName", Equals=["RunInstances"])]),
        expected=fails("selectors", "SELECTORS_EXCLUDE"),
    ),
    scenario(
        "Advanced: an unknown operator is an open question.",
        advanced([MANAGEMENT_EVENTS, source(Contains=["ec2"])]),
        expected=open_because("SELECTORS_UNDECIDED"),
    ),
    scenario(
        "A second trail records what the first leaves out, into the same log group.",
        basic("ReadOnly"),
        second_trail(name="writes", group=group_arn()),
        of_second(basic("WriteOnly")),
        expected=passes(),
    ),
]


@rows_of(SELECTORS)
def test_selectors(one):
    check(one)
