"""The model store's registrations. That a reader can't write, only AWS's IAM proves."""

import json

import pulumi
import pytest

from aistacks import ModelStore
from aistacks_core.errors import UserError

FACTS = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "111122223333"},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": "eu-west-1"},
}
OWN = {"bucket_name": "ours", "kms_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/k"}


@pytest.fixture
def store(record):
    def run(opts=None, **args):
        return record(lambda: ModelStore("models", args, opts), answers=lambda token, *_: FACTS.get(token))

    return run


def allowed(plan, name):
    """Action to the resources that a policy allows it on."""
    found: dict[str, list] = {}
    for statement in json.loads(plan.one("aws:iam/policy:Policy", name).inputs["policy"])["Statement"]:
        assert statement["Effect"] == "Allow"
        actions, on = statement["Action"], statement["Resource"]
        for action in [actions] if isinstance(actions, str) else actions:
            found.setdefault(action, []).extend([on] if isinstance(on, str) else on)
    return found


def test_the_bucket_is_the_primary_child_and_logs_to_one_of_its_own(store):
    plan = store()
    assert plan.one("aws:s3/bucket:Bucket", "models").protect
    assert plan["models-access-logs-policy"].urn in plan["models-logging"].dependencies


def test_access_logs_go_to_a_given_bucket(store):
    plan = store(access_log_bucket="logs")
    assert plan["models-logging"].inputs["targetBucket"] == "logs"
    assert len(plan.of("aws:s3/bucket:Bucket")) == 1


def test_a_repository_s_tags_never_move_and_its_images_are_scanned_and_encrypted(store):
    made = store(repositories=["digits"], **OWN).one("aws:ecr/repository:Repository", "models-digits")
    assert made.inputs == {
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": OWN["kms_key_arn"]}],
        "forceDelete": False,
        "tags": {"Name": "models-digits", "aistacks:component": "ModelStore/models", "aistacks:stack": "test/test"},
    }
    assert made.protect


def test_a_repository_keeps_the_newest_tagged_images_and_drops_untagged_ones(store):
    plan = store(repositories=["digits"], keep_images=3, untagged_image_retention_days=1)
    rules = json.loads(plan["models-digits-lifecycle"].inputs["policy"])["rules"]
    assert [r["selection"] for r in rules] == [
        {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1},
        {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": 3},
    ]
    assert {r["action"]["type"] for r in rules} == {"expire"}


def test_an_image_with_a_tag_is_never_removed_unless_a_number_is_stated(store):
    rules = json.loads(store(repositories=["digits"])["models-digits-lifecycle"].inputs["policy"])["rules"]
    assert [r["selection"]["tagStatus"] for r in rules] == ["untagged"]


def test_a_reader_lists_gets_and_decrypts_and_nothing_else(store):
    assert allowed(store(**OWN), "models-read") == {
        "s3:GetBucketLocation": ["arn:aws:s3:::ours"],
        "s3:ListBucket": ["arn:aws:s3:::ours"],
        "s3:GetObject": ["arn:aws:s3:::ours/*"],
        "kms:Decrypt": [OWN["kms_key_arn"]],
    }


def test_a_writer_puts_and_encrypts_and_deletes_nothing(store):
    may = allowed(store(**OWN), "models-write")
    assert may["s3:PutObject"] == ["arn:aws:s3:::ours/*"]
    assert may["kms:GenerateDataKey"] == [OWN["kms_key_arn"]]
    assert may["s3:ListBucketMultipartUploads"] == ["arn:aws:s3:::ours"]
    assert [action for action in may if "Delete" in action or "*" in action] == []


def test_a_prefix_bounds_both_identities(store):
    plan = store(prefix="models/", **OWN)
    for policy in ("models-read", "models-write"):
        assert allowed(plan, policy)["s3:GetObject"] == ["arn:aws:s3:::ours/models/*"]
        statements = json.loads(plan.one("aws:iam/policy:Policy", policy).inputs["policy"])["Statement"]
        (listing,) = [s for s in statements if s["Action"] == "s3:ListBucket"]
        assert listing["Condition"] == {"StringLike": {"s3:prefix": "models/*"}}


def test_an_own_bucket_and_key_are_used_and_not_declared(store):
    plan = store(**OWN)
    assert {r.type for r in plan.resources if r.custom} == {"aws:iam/policy:Policy"}
    (component,) = plan.of("aistacks:index:ModelStore")
    assert component.outputs["bucketArn"] == "arn:aws:s3:::ours"
    assert component.outputs["kmsKeyArn"] == OWN["kms_key_arn"]


def test_outputs_are_registered(store):
    (component,) = store(repositories=["digits"]).of("aistacks:index:ModelStore")
    assert set(component.outputs) == {
        "bucketName",
        "bucketArn",
        "prefix",
        "kmsKeyArn",
        "repositoryUrls",
        "readPolicyArn",
        "writePolicyArn",
    }


def test_without_deletion_protection_nothing_is_kept(store):
    plan = store(repositories=["digits"], deletion_protection=False)
    assert [r.name for r in plan.resources if r.protect or r.retain_on_delete] == []
    assert plan["models-digits"].inputs["forceDelete"] is True


def test_a_transform_changes_one_child(store, review_record):
    def keep_old_versions_longer(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.name != "models-lifecycle":
            return None
        rules = [{**rule, "noncurrentVersionExpiration": {"noncurrentDays": 365}} for rule in args.props["rules"]]
        return pulumi.ResourceTransformResult({**args.props, "rules": rules}, args.opts)

    plan = store(pulumi.ResourceOptions(transforms=[keep_old_versions_longer]))
    days = {
        r.name: r.inputs["rules"][0]["noncurrentVersionExpiration"]["noncurrentDays"]
        for r in plan.of("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
    }
    assert days == {"models-lifecycle": 365, "models-access-logs-lifecycle": 30}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"repositories": ["Digits"]}, "repositories[0]: got 'Digits'; expected 2 to 128 lower-case"),
        ({"repositories": ["ab", "ab"]}, "repositories[1]: got 'ab'; expected each repository once"),
        ({"prefix": "models"}, "prefix: got 'models'; expected nothing, or a prefix like"),
        ({"bucket_name": "ours"}, "kms_key_arn: got None; expected the ARN of the key"),
        ({"keep_images": 0}, "keep_images: got 0; expected at least 1"),
        ({"repository": ["digits"]}, "got unknown key 'repository'"),
    ],
)
def test_what_makes_no_sense_is_refused(store, args, message):
    with pytest.raises(UserError) as error:
        store(**args)
    assert f"ModelStore 'models'{'' if 'unknown' in message else ': '}" in str(error.value)
    assert message in str(error.value)
