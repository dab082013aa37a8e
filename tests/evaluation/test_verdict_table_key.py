"""The verdict table: may CloudWatch use the key that encrypts the topic?"""

from tests.evaluation.changes import GONE, refused, role_refused
from tests.evaluation.changes_of_topics import (
    ACCOUNT_MAY_USE_KEY,
    CLOUDWATCH_MAY_USE_KEY,
    KEY_ARN,
    allow,
    deny,
    encrypted,
    policy,
    statements,
    topic,
    when,
)
from tests.evaluation.scenario import check, fails, open_because, passes, scenario
from tests.evaluation.tables import rows_of
from tests.evaluation.things import (
    CENTRAL,
    ELSEWHERE,
    MEMBER,
    REGION,
)

DENIES = fails("topic", "TOPIC_POLICY_DENIES")


AWS_MANAGED = fails("topic", "TOPIC_KEY_AWS_MANAGED")


KEY_DENIES = fails("topic", "TOPIC_KEY_DENIES")


UNUSABLE = fails("topic", "TOPIC_KEY_UNUSABLE")


ENCRYPTION = [
    scenario(
        "The key that AWS manages for SNS, by its alias: CloudWatch may not use it.",
        topic(KmsMasterKeyId="alias/aws/sns"),
        expected=AWS_MANAGED,
    ),
    scenario(
        "The same key by the alias's ARN.",
        topic(KmsMasterKeyId=f"arn:aws:kms:{REGION}:{MEMBER}:alias/aws/sns"),
        expected=AWS_MANAGED,
    ),
    scenario(
        "The same key by its id.", encrypted(CLOUDWATCH_MAY_USE_KEY, by="0a1b", KeyManager="AWS"), expected=AWS_MANAGED
    ),
    scenario("The same key by its ARN.", encrypted(CLOUDWATCH_MAY_USE_KEY, KeyManager="AWS"), expected=AWS_MANAGED),
    scenario(
        "A customer key that admits CloudWatch.",
        encrypted(ACCOUNT_MAY_USE_KEY, CLOUDWATCH_MAY_USE_KEY),
        expected=passes(),
    ),
    scenario("A customer key by its alias.", encrypted(CLOUDWATCH_MAY_USE_KEY, by="alias/security"), expected=passes()),
    scenario("A customer key by its id.", encrypted(CLOUDWATCH_MAY_USE_KEY, by="0a1b"), expected=passes()),
    scenario("A customer key that admits its account only.", encrypted(ACCOUNT_MAY_USE_KEY), expected=KEY_DENIES),
    scenario(
        "A customer key that admits CloudWatch to decrypt only.",
        encrypted(allow("cloudwatch", "kms:Decrypt")),
        expected=KEY_DENIES,
    ),
    scenario(
        "A customer key that admits CloudWatch to make data keys only.",
        encrypted(allow("cloudwatch", "kms:GenerateDataKey*")),
        expected=KEY_DENIES,
    ),
    scenario(
        "A customer key that admits SNS instead.",
        encrypted(allow({"Service": "sns.amazonaws.com"}, "kms:*")),
        expected=KEY_DENIES,
    ),
    scenario(
        "A customer key that admits CloudWatch for another account.",
        encrypted(allow("cloudwatch", "kms:*", when("StringEquals", "aws:SourceAccount", CENTRAL))),
        expected=KEY_DENIES,
    ),
    scenario(
        "A customer key that admits CloudWatch and denies it.",
        encrypted(
            CLOUDWATCH_MAY_USE_KEY,
            deny("*", Action="kms:*", Condition=when("StringNotEquals", "aws:PrincipalOrgID", "o-x")),
        ),
        expected=KEY_DENIES,
    ),
    scenario(
        "A customer key with a condition that cannot be decided.",
        encrypted(allow("cloudwatch", "kms:*", when("StringEquals", "kms:ViaService", f"sns.{REGION}.amazonaws.com"))),
        expected=open_because("TOPIC_KEY_UNDECIDED"),
    ),
    scenario("A disabled key.", encrypted(CLOUDWATCH_MAY_USE_KEY, KeyState="Disabled"), expected=UNUSABLE),
    scenario(
        "A key that is to be deleted.", encrypted(CLOUDWATCH_MAY_USE_KEY, KeyState="PendingDeletion"), expected=UNUSABLE
    ),
    scenario(
        "No state of the key in the answer.",
        encrypted(CLOUDWATCH_MAY_USE_KEY, KeyState=GONE),
        expected=open_because("TOPIC_KEY_UNDECIDED"),
    ),
    scenario(
        "A key in a state that nobody knows.",
        encrypted(CLOUDWATCH_MAY_USE_KEY, KeyState="Resting"),
        expected=open_because("TOPIC_KEY_UNDECIDED"),
    ),
    scenario(
        "A key that does not exist.", topic(KmsMasterKeyId=KEY_ARN), expected=fails("topic", "TOPIC_KEY_NOT_FOUND")
    ),
    scenario(
        "A key of another region is never used.",
        encrypted(
            CLOUDWATCH_MAY_USE_KEY, by=KEY_ARN.replace(REGION, ELSEWHERE), Arn=KEY_ARN.replace(REGION, ELSEWHERE)
        ),
        expected=UNUSABLE,
    ),
    scenario(
        "The key was refused.",
        encrypted(CLOUDWATCH_MAY_USE_KEY),
        refused("kms:DescribeKey"),
        expected=open_because().naming("kms:DescribeKey", MEMBER, REGION),
    ),
    scenario(
        "The key's policy was refused.",
        encrypted(CLOUDWATCH_MAY_USE_KEY),
        refused("kms:GetKeyPolicy"),
        expected=open_because().naming("kms:GetKeyPolicy", MEMBER, REGION),
    ),
    scenario(
        "The key was refused, but the topic's policy admits nobody.",
        encrypted(CLOUDWATCH_MAY_USE_KEY),
        refused("kms:DescribeKey"),
        statements(),
        expected=DENIES,
    ),
    scenario(
        "The topic's policy cannot be decided, but the key is disabled.",
        encrypted(CLOUDWATCH_MAY_USE_KEY, KeyState="Disabled"),
        policy("{"),
        expected=UNUSABLE,
    ),
    scenario(
        "A key of another account that admits CloudWatch.",
        encrypted(CLOUDWATCH_MAY_USE_KEY, by=KEY_ARN.replace(MEMBER, CENTRAL), account=CENTRAL),
        expected=passes(),
    ),
    scenario(
        "A key of an account that cannot be entered.",
        encrypted(CLOUDWATCH_MAY_USE_KEY, by=KEY_ARN.replace(MEMBER, CENTRAL), account=CENTRAL),
        role_refused(CENTRAL),
        refused("kms:DescribeKey", MEMBER),
        expected=open_because().naming("kms:DescribeKey", MEMBER, REGION),
    ),
    scenario(
        "Public, and encrypted with a good key: both are said.",
        statements(allow("*")),
        encrypted(CLOUDWATCH_MAY_USE_KEY),
        expected=passes().noting("PUBLIC_TOPIC"),
    ),
]


@rows_of(ENCRYPTION)
def test_encryption(one):
    check(one)
