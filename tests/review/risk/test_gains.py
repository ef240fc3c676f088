"""What newly allowed requests are called, and how much they weigh."""

import pytest

from aistacks_catalog.aws.iam.catalogue import Level, matching
from aistacks_catalog.aws.iam.documents import allowed
from aistacks_catalog.aws.iam.patterns import words
from aistacks_review.findings import Severity
from aistacks_review.risk.gains import Reach, gains, reach, whole_account


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def gained(base, head, **options):
    return gains(allowed({"Statement": head}), allowed({"Statement": base}), **options)


@pytest.mark.parametrize(
    ("statement", "severity", "words_"),
    [
        (allow("*"), Severity.CRITICAL, "nearly every action on everything"),
        (allow("*:*"), Severity.CRITICAL, "nearly every action on everything"),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, Severity.HIGH, "nearly every action except iam:*"),
        (allow("iam:PassRole", "arn:aws:iam::000000000000:role/x"), Severity.HIGH, "iam:PassRole on iam:role/x"),
        (allow("sts:AssumeRole"), Severity.HIGH, "sts:AssumeRole on everything"),
        (allow("sts:AssumeRole", "arn:aws:iam::000000000000:role/x"), Severity.MEDIUM, "on iam:role/x"),
        (allow("kms:Decrypt"), Severity.HIGH, "kms:Decrypt on everything"),
        (allow("kms:Decrypt", "arn:aws:kms:eu-west-1:000000000000:key/k"), Severity.MEDIUM, "kms:Decrypt on kms:key/k"),
        (allow("s3:PutBucketPolicy", "arn:aws:s3:::b"), Severity.HIGH, "s3:PutBucketPolicy on s3:b"),
        (allow("s3:GetObject", "arn:aws:s3:::b/*"), Severity.LOW, "s3:GetObject on s3:b/*"),
        (allow("s3:GetObject"), Severity.HIGH, "s3:GetObject on everything"),
        (allow("ec2:DescribeInstances"), Severity.LOW, "ec2:DescribeInstances"),
        (allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:000000000000:q"), Severity.MEDIUM, "sqs:SendMessage on sqs:q"),
        (allow("newservice:DoIt", "*"), Severity.LOW, "newservice:doit (not known to this version)"),
    ],
)
def test_weight_and_words(statement, severity, words_):
    found = gained([], [statement])
    assert found[0].severity is severity
    assert words_ in found[0].what


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ([allow("s3:*")], [allow("s3:Get*")]),
        ([allow("*")], [allow(["s3:*", "iam:PassRole"])]),
        ([allow("s3:GetObject", "*")], [allow("s3:GetObject", "arn:aws:s3:::b/*")]),
        ([allow("s3:GetObject")], [allow("s3:GetObject", Condition={"Bool": {"aws:SecureTransport": "true"}})]),
        # An object's ARN is no bucket's, so ListBucket on it allows nothing.
        ([allow("s3:ListBucket", "arn:aws:s3:::b")], [allow("s3:ListBucket", ["arn:aws:s3:::b", "arn:aws:s3:::b/*"])]),
        # ListAllMyBuckets acts on no resource, and so can't be allowed on one.
        ([], [allow("s3:ListAllMyBuckets", "arn:aws:s3:::b")]),
        ([allow("ec2:Describe*")], [allow("ec2:DescribeInstances"), allow("ec2:DescribeVpcs")]),
        ([allow("s3:*"), {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}], [allow("s3:GetObject")]),
    ],
)
def test_what_allows_nothing_more_is_no_gain(base, head):
    assert gained(base, head) == []


def test_a_condition_that_falls_is_told():
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    (found,) = gained([allow("iam:PassRole", Condition=mfa)], [allow("iam:PassRole")])
    assert "no longer only where Bool aws:MultiFactorAuthPresent true" in found.what


def test_a_deny_that_falls_is_told():
    deny = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
    (found,) = gained([allow("s3:*"), deny], [allow("s3:*")])
    assert "s3:DeleteBucket" in found.what
    assert found.severity is Severity.HIGH


def test_only_what_is_new_is_named():
    (found,) = gained(
        [allow("sqs:Send*", "arn:aws:sqs:eu-west-1:1:q")],
        [allow(["sqs:Send*", "sqs:PurgeQueue"], "arn:aws:sqs:eu-west-1:1:q")],
    )
    assert found.what.startswith("sqs:PurgeQueue on ")


def test_a_hostile_name_is_only_text():
    (found,) = gained([], [allow("s3:GetObject", "arn:aws:s3:::<script>*/*")])
    assert "<script>" in found.what


@pytest.mark.parametrize(
    ("principals", "far"),
    [
        (["*"], Reach.EVERYBODY),
        (["AWS:*"], Reach.EVERYBODY),
        (["AWS:arn:aws:iam::111122223333:role/x"], Reach.FOREIGN),
        (["Federated:arn:aws:iam::1:oidc-provider/x"], Reach.FEDERATED),
        (["Service:ec2.amazonaws.com", "AWS:arn:aws:iam::000000000000:role/x"], Reach.SERVICE),
        (["AWS:arn:aws:iam::000000000000:role/x"], Reach.OWN),
    ],
)
def test_how_far_away(principals, far):
    assert reach(words(principals)) is far


def test_the_whole_account():
    assert whole_account(words(["AWS:arn:*:iam::000000000000:*"]))
    assert not whole_account(words(["AWS:arn:aws:iam::000000000000:role/x"]))
    assert not whole_account(words(["*"]))


def test_the_catalogue_knows_levels():
    found, more = matching(words(["kms:putkeypolicy", "s3:getobject", "sqs:sendmessage"]))
    assert not more
    assert {a.name: a.level for a in found} == {
        "kms:PutKeyPolicy": Level.PERMISSIONS,
        "s3:GetObject": Level.READ,
        "sqs:SendMessage": Level.WRITE,
    }
    assert matching(words(["*"]), limit=5)[1]
