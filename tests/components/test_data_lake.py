"""The lake's registrations. What S3 and Glue make of them is the sandbox's to show."""

import pulumi
import pytest

from aistacks import DataLake
from aistacks_core.errors import UserError


def lake(record, **args):
    return record(lambda: DataLake("lake", {"tags": {"Project": "p"}, **args}))


def test_each_layer_gets_a_bucket_and_a_database(record):
    plan = lake(record, layers=["raw", "fine"])
    assert plan.one("aws:s3/bucket:Bucket", "lake-raw").protect
    database = plan.one("aws:glue/catalogDatabase:CatalogDatabase", "lake-fine")
    assert database.inputs["name"] == "lake_fine"


def test_all_four_public_access_blocks_are_on_for_every_bucket(record):
    plan = lake(record)
    buckets = plan.of("aws:s3/bucket:Bucket")
    blocks = plan.of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    assert len(blocks) == len(buckets) == 5
    for block in blocks:
        switches = {k: v for k, v in block.inputs.items() if k != "bucket"}
        assert switches == {
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        }


def test_an_own_bucket_is_used_and_not_declared(record):
    plan = lake(record, existing_buckets={"bronze": "ours"})
    assert "lake-bronze" not in [r.name for r in plan.of("aws:s3/bucket:Bucket")]
    database = plan.one("aws:glue/catalogDatabase:CatalogDatabase", "lake-bronze")
    assert database.inputs["locationUri"] == "s3://ours/"


def test_an_own_key_is_used_and_none_declared(record):
    plan = lake(record, kms_key_arn="arn:aws:kms:eu-west-1:111122223333:key/k")
    assert plan.of("aws:kms/key:Key") == []
    rule = plan["lake-gold-encryption"].inputs["rules"][0]["applyServerSideEncryptionByDefault"]
    assert rule == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k"}


def test_no_query_overrides_the_workgroup(record):
    plan = lake(record, query_scan_limit_gib=2)
    settings = plan.one("aws:athena/workgroup:Workgroup", "lake").inputs["configuration"]
    assert settings["enforceWorkgroupConfiguration"] is True
    assert settings["bytesScannedCutoffPerQuery"] == 2 * 1024**3
    assert settings["resultConfiguration"]["encryptionConfiguration"]["encryptionOption"] == "SSE_KMS"


def test_without_deletion_protection_nothing_is_protected_or_retained(record):
    plan = lake(record, deletion_protection=False)
    assert [r.name for r in plan.resources if r.protect or r.retain_on_delete] == []
    assert plan.one("aws:s3/bucket:Bucket", "lake-gold").inputs["forceDestroy"] is True


def test_the_log_bucket_logs_to_nothing(record):
    plan = lake(record)
    logging = plan.of("aws:s3/bucketLogging:BucketLogging")
    assert sorted(r.name for r in logging) == [
        "lake-bronze-logging",
        "lake-gold-logging",
        "lake-query-results-logging",
        "lake-silver-logging",
    ]


def test_a_transform_changes_one_child(record):
    def slower(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ == "aws:kms/key:Key":
            return pulumi.ResourceTransformResult({**args.props, "deletionWindowInDays": 7}, args.opts)
        return None

    def program():
        DataLake("lake", {}, pulumi.ResourceOptions(transforms=[slower]))

    assert record(program)["lake-key"].inputs["deletionWindowInDays"] == 7


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({"layers": []}, "DataLake 'lake': layers: got []; expected at least one layer, each once"),
        ({"layers": ["Bronze"]}, "layers[0]: got 'Bronze'; expected lower-case letters and digits, at most 14"),
        ({"expire_days": {"tin": 3}}, "expire_days: got 'tin'; expected one of the layers bronze, silver, gold"),
        ({"expire_days": {"gold": 0}}, "expire_days.gold: got 0; expected 1 or more"),
        ({"layer": ["a"]}, "unknown key 'layer'"),
        (
            {"noncurrent_version_retention_days": "many"},
            "noncurrent_version_retention_days: got 'many'; expected a whole number",
        ),
        ({"database_prefix": "A-b"}, "database_prefix: got 'A-b'"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(record, args, line):
    with pytest.raises(UserError) as refused:
        lake(record, **args)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)
