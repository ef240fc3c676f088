"""The shared builders of buckets and keys. What S3 and KMS make of a policy, only AWS shows."""

import json

import pulumi
import pytest

from aistacks._aws.bucket import access_log_bucket, require_bucket_key, secure_bucket
from aistacks._aws.key import key_for
from aistacks._aws.policy_documents import document, tls_only
from aistacks_core.snapshot import UNKNOWN

FACTS = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "111122223333"},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": "eu-west-1"},
}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/k"


@pytest.fixture
def build(record):
    """Runs ``make(parent)`` inside a component."""

    def run(make):
        class Parent(pulumi.ComponentResource):
            def __init__(self):
                super().__init__("test:index:Parent", "p")
                make(self)

        return record(Parent, answers=lambda token, _args: FACTS.get(token))

    return run


def common(**more):
    return {"component": "Lake/p", "tags": {"Project": "x"}, "retain": True, **more}


def bucket(parent, **more):
    return secure_bucket(parent, "p", **common(kms_key_arn=KEY, log_bucket="logs", **more))


def statements(record, *builders):
    """The statements of a policy for the bucket ``b``, as the engine would get them."""

    def program():
        arn = pulumi.Output.from_input("arn:aws:s3:::b")
        found = [s for builder in builders for s in builder(arn)]
        pulumi.export("policy", document(found))

    return json.loads(record(program).exports["policy"])["Statement"]


def test_a_bucket_has_every_guard(build):
    plan = build(bucket)
    made = {r.name: r.type.split(":")[-1] for r in plan.resources if r.custom}
    assert made == {
        "p": "Bucket",
        "p-public-access": "BucketPublicAccessBlock",
        "p-ownership": "BucketOwnershipControls",
        "p-encryption": "BucketServerSideEncryptionConfiguration",
        "p-policy": "BucketPolicy",
        "p-versioning": "BucketVersioning",
        "p-lifecycle": "BucketLifecycleConfiguration",
        "p-logging": "BucketLogging",
    }


def test_every_guard_is_a_child_of_the_bucket_s_component(build):
    plan = build(bucket)
    (parent,) = plan.of("test:index:Parent")
    assert len(plan.children(parent.urn)) == 8


def test_a_bucket_is_tagged_and_kept(build):
    made = build(bucket).one("aws:s3/bucket:Bucket", "p")
    assert made.inputs == {
        "forceDestroy": False,
        "tags": {"Project": "x", "Name": "p", "aistacks:component": "Lake/p", "aistacks:stack": "test/test"},
    }
    assert made.protect


def test_a_kept_bucket_keeps_its_guards(build):
    plan = build(bucket)
    assert [r.name for r in plan.resources if r.custom and not r.retain_on_delete] == []


def test_a_bucket_that_may_go_takes_its_content_along(build):
    plan = build(lambda parent: bucket(parent, retain=False))
    assert plan.one("aws:s3/bucket:Bucket", "p").inputs["forceDestroy"] is True
    assert [r.name for r in plan.resources if r.protect or r.retain_on_delete] == []


def test_all_public_access_is_blocked(build):
    assert build(bucket)["p-public-access"].inputs == {
        "bucket": UNKNOWN,
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }


def test_access_control_lists_are_off(build):
    assert build(bucket)["p-ownership"].inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_objects_are_encrypted_by_the_given_key(build):
    assert build(bucket)["p-encryption"].inputs["rules"] == [
        {
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
            "bucketKeyEnabled": True,
        }
    ]


def test_the_policy_waits_for_the_public_access_block(build):
    plan = build(bucket)
    assert plan["p-public-access"].urn in plan["p-policy"].dependencies


def test_lifecycle_waits_for_versioning_and_keeps_the_caller_s_rules(build):
    rule = {"id": "cold", "status": "Enabled", "filter": {"prefix": "raw/"}, "expiration": {"days": 9}}
    plan = build(lambda parent: bucket(parent, rules=[rule], noncurrent_days=5))
    lifecycle = plan["p-lifecycle"]
    assert plan["p-versioning"].urn in lifecycle.dependencies
    assert lifecycle.inputs["rules"] == [
        {
            "id": "housekeeping",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
            "noncurrentVersionExpiration": {"noncurrentDays": 5},
        },
        rule,
    ]


def test_access_is_logged_under_the_bucket_s_name(build):
    logging = build(bucket)["p-logging"].inputs
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("logs", "p/")


def test_a_log_bucket_is_encrypted_by_s3_and_logs_nowhere(build):
    plan = build(lambda parent: access_log_bucket(parent, "p", **common()))
    default = plan["p-encryption"].inputs["rules"][0]["applyServerSideEncryptionByDefault"]
    assert default == {"sseAlgorithm": "AES256"}
    assert plan.of("aws:s3/bucketLogging:BucketLogging") == []


def test_a_bucket_logs_only_once_the_log_bucket_lets_s3_deliver(build):
    def make(parent):
        logs = access_log_bucket(parent, "p-logs", **common())
        secure_bucket(parent, "p", **common(kms_key_arn=KEY, log_bucket=logs.ready))

    plan = build(make)
    assert plan["p-logs-policy"].urn in plan["p-logging"].dependencies


def test_requests_without_tls_are_refused(record):
    assert statements(record, lambda arn: [tls_only(arn)]) == [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CUSTOMER = "s3:x-amz-server-side-encryption-customer-algorithm"


@pytest.mark.parametrize(
    ("asked", "passes"),
    [
        ({}, True),
        ({ALGORITHM: "aws:kms", KEY_ID: KEY}, True),
        ({ALGORITHM: "AES256"}, False),
        ({ALGORITHM: "aws:kms:dsse", KEY_ID: KEY}, False),
        ({ALGORITHM: "aws:kms"}, False),
        ({ALGORITHM: "aws:kms", KEY_ID: KEY + "2"}, False),
        ({CUSTOMER: "AES256"}, False),
    ],
    ids=["nothing", "our key", "S3's own", "double layer", "no key named", "another key", "the client's key"],
)
def test_an_upload_that_asks_for_another_encryption_is_refused(record, asked, passes):
    found = statements(record, lambda arn: require_bucket_key(arn, KEY))
    assert {s["Action"] for s in found} == {"s3:PutObject"}
    assert any(_holds(s["Condition"], asked) for s in found) is not passes


def _holds(condition, context):
    """IAM's rules: every operator must hold; a missing key fails StringEquals and meets StringNotEquals."""
    verdicts = []
    for operator, tests in condition.items():
        for key, wanted in tests.items():
            got = context.get(key)
            verdicts.append(
                {
                    "StringEquals": got == wanted,
                    "StringNotEquals": got != wanted,
                    "Null": (got is None) == (wanted == "true"),
                }[operator]
            )
    return all(verdicts)


def key(parent, **more):
    key_for(parent, "p-key", purpose="tests", **common(**more))


def test_a_key_rotates_and_can_be_saved_for_thirty_days(build):
    made = build(key).one("aws:kms/key:Key", "p-key")
    assert made.protect
    assert made.retain_on_delete
    assert {k: v for k, v in made.inputs.items() if k not in ("policy", "tags")} == {
        "description": "Lake/p: tests",
        "enableKeyRotation": True,
        "rotationPeriodInDays": 365,
        "deletionWindowInDays": 30,
    }


def test_only_this_account_decides_about_a_key(build):
    policy = json.loads(build(key).one("aws:kms/key:Key", "p-key").inputs["policy"])
    assert [s["Principal"] for s in policy["Statement"]] == [{"AWS": "arn:aws:iam::111122223333:root"}]


def test_services_use_a_key_only_on_behalf_of_this_account(build):
    plan = build(lambda parent: key(parent, services=["sns.amazonaws.com"], log_groups=True))
    _, services, logs = json.loads(plan.one("aws:kms/key:Key", "p-key").inputs["policy"])["Statement"]
    assert services["Principal"] == {"Service": ["sns.amazonaws.com"]}
    assert services["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    assert logs["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    group = "arn:aws:logs:eu-west-1:111122223333:log-group:*"
    assert logs["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}}


def test_an_own_key_is_taken_as_it_is(build):
    assert [r.name for r in build(lambda parent: key(parent, given=KEY)).resources] == ["p"]
