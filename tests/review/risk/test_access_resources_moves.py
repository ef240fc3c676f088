"""A resource's policy that is written elsewhere, in another order or in two pieces lets nobody in."""

import json

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import RiskKind

BUCKET, BUCKET_POLICY = "aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy"
QUEUE, QUEUE_POLICY = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"
TOPIC, TOPIC_POLICY = "aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy"
SECRET, SECRET_POLICY = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretPolicy:SecretPolicy"
KEY, KEY_POLICY = "aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy"
FUNCTION, PERMISSION = "aws:lambda/function:Function", "aws:lambda/permission:Permission"
ROLE = "aws:iam/role:Role"
OTHERS = ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]
KINDS = [
    (BUCKET, BUCKET_POLICY, "bucket", "s3:GetObject"),
    (QUEUE, QUEUE_POLICY, "queueUrl", "sqs:SendMessage"),
    (TOPIC, TOPIC_POLICY, "arn", "sns:Publish"),
    (SECRET, SECRET_POLICY, "secretArn", "secretsmanager:GetSecretValue"),
    (KEY, KEY_POLICY, "keyId", "kms:Decrypt"),
]


@pytest.fixture
def access(judge):
    return lambda base, head: [r for r in judge(base, head) if r.kind is RiskKind.ACCESS]


@pytest.mark.parametrize(("type_", "policy_type", "of", "action"), KINDS)
def test_a_policy_of_its_own_instead_of_one_on_the_resource(
    resource, identity, access, document, type_, policy_type, of, action
):
    text = document(
        {"Effect": "Allow", "Principal": {"AWS": OTHERS}, "Action": action, "Resource": "*"},
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )
    on_it, plain = resource(type_, "x", inputs={"policy": text}), resource(type_, "x")
    turned = json.dumps(_turned(json.loads(text)))
    own = resource(policy_type, "p", inputs={of: identity(plain), "policy": turned}, refers={of: [plain]})
    assert access([on_it], [plain, own]) == []
    assert access([plain, own], [on_it]) == []
    # It is told where it is new, and what it refused where it goes.
    assert len(access([plain], [plain, own])) == 1
    assert any("no longer refuses" in r.title for r in access([plain, own], [plain]))


def _turned(value):
    """Every list and key the other way round; a list of one as its item."""
    if isinstance(value, dict):
        return {k: _turned(value[k]) for k in reversed(value)}
    if isinstance(value, list):
        return _turned(value[0]) if len(value) == 1 else [_turned(v) for v in reversed(value)]
    return value


def test_one_permission_in_the_place_of_another_like_it(resource, identity, access):
    function = resource(FUNCTION, "f")
    inputs = {"function": identity(function), "principal": "s3.amazonaws.com", "action": "lambda:InvokeFunction"}
    one, other = (resource(PERMISSION, n, inputs=inputs, refers={"function": [function]}) for n in ("a", "b"))
    assert access([function, one], [function, other]) == []


def test_a_bucket_that_the_program_takes_over_has_the_policy_that_it_had(resource, identity, access, document):
    text = document({"Effect": "Allow", "Principal": {"AWS": OTHERS}, "Action": "s3:GetObject", "Resource": "*"})
    named = resource(BUCKET_POLICY, "p", inputs={"bucket": "lake", "policy": text})
    bucket = resource(BUCKET, "b", inputs={"bucket": "lake"})
    own = resource(BUCKET_POLICY, "p", inputs={"bucket": identity(bucket), "policy": text}, refers={"bucket": [bucket]})
    assert access([named], [bucket, own]) == []
    assert access([bucket, own], [named]) == []


def test_a_policy_that_names_a_role_which_took_anothers_place(resource, identity, access, document):
    trust = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    bucket = resource(BUCKET, "b")

    def side(name):
        role = resource(ROLE, name, inputs={"assumeRolePolicy": trust})
        who = {"AWS": f"arn:aws:iam::000000000000:role/{identity(role)}"}
        text = document({"Effect": "Allow", "Principal": who, "Action": "s3:GetObject", "Resource": "*"})
        refers = {"bucket": [bucket], "policy": [role]}
        return [
            bucket,
            role,
            resource(BUCKET_POLICY, "p", inputs={"bucket": identity(bucket), "policy": text}, refers=refers),
        ]

    assert access(side("old"), side("new")) == []
    function = resource(FUNCTION, "other", inputs={"role": UNKNOWN}, refers={"role": [side("new")[1]]})
    # Where something else uses the new role, somebody is let in.
    assert access(side("old"), [*side("new"), function])
