"""The lake's registrations. What S3 and Glue make of them is the sandbox's to show."""

import json

import pulumi
import pytest

from aistacks import DataLake
from aistacks_core.errors import UserError

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


def lake(record, **args):
    return record(lambda: DataLake("lake", {"tags": {"Project": "p"}, **args}))


def test_each_layer_gets_a_bucket_and_a_database(record):
    plan = lake(record, layers=["raw", "fine"])
    assert plan.one("aws:s3/bucket:Bucket", "lake-raw").protect
    database = plan.one("aws:glue/catalogDatabase:CatalogDatabase", "lake-fine")
    assert database.inputs["name"] == "test_test_lake_fine"


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


def expiring(plan, bucket):
    """Prefix to days of what a bucket's lifecycle removes by age."""
    rules = plan[f"{bucket}-lifecycle"].inputs["rules"]
    return {r["filter"]["prefix"]: r["expiration"]["days"] for r in rules if "expiration" in r}


def test_results_of_queries_expire_and_tables_that_a_query_created_never(record):
    plan = lake(record, query_result_retention_days=7)
    prefixes = expiring(plan, "lake-query-results")
    settings = plan.one("aws:athena/workgroup:Workgroup", "lake").inputs["configuration"]
    assert settings["enforceWorkgroupConfiguration"] is True
    # Where Athena writes in a workgroup that enforces its settings, below the results location.
    location = "query-results/"
    query = "0a1b2c3d-4e5f-6789-abcd-ef0123456789"
    for digit in "0123456789abcdef":
        for file in (".csv", ".csv.metadata", ".txt", "-manifest.csv"):
            key = f"{location}{digit}{query[1:]}{file}"
            assert [days for prefix, days in prefixes.items() if key.startswith(prefix)] == [7]
    for kept in (f"{location}tables/{query}/part-0.parquet", f"{location}tables/{query}-manifest.csv", "export/a.csv"):
        assert [prefix for prefix in prefixes if kept.startswith(prefix)] == []


def test_queries_write_where_the_lifecycle_looks(review_record):
    plan = review_record(lambda: DataLake("lake", {}), symbols=True)
    result = plan.one("aws:athena/workgroup:Workgroup", "lake").inputs["configuration"]["resultConfiguration"]
    bucket, _, prefix = result["outputLocation"].removeprefix("s3://").partition("/")
    assert bucket == plan["lake-query-results-lifecycle"].inputs["bucket"]
    assert all(each.startswith(prefix) for each in expiring(plan, "lake-query-results"))


def test_a_layer_expires_whole_or_below_a_prefix_or_not_at_all(record):
    plan = lake(record, expire_days={"bronze": 90, "silver": 30}, expire_prefixes={"bronze": "landing/"})
    assert expiring(plan, "lake-bronze") == {"landing/": 90}
    assert expiring(plan, "lake-silver") == {"": 30}
    assert expiring(plan, "lake-gold") == {}


DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
LOCATION = "aws:lakeformation/resource:Resource"
EVERYBODY = {"permissions": ["ALL"], "principal": {"dataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}}


def test_where_iam_decides_new_tables_are_open_to_it_whatever_the_accounts_default(record):
    plan = lake(record)
    made = [d.inputs["createTableDefaultPermissions"] for d in plan.of(DATABASE)]
    assert made == [[EVERYBODY]] * 3
    assert [r for r in plan.resources if r.type.startswith("aws:lakeformation/")] == []


def test_where_lake_formation_decides_new_tables_are_open_to_nobody_and_buckets_are_registered(record):
    plan = lake(record, permission_model="lake_formation", existing_buckets={"gold": "ours"})
    assert [d for d in plan.of(DATABASE) if "createTableDefaultPermissions" in d.inputs] == []
    assert {r.name: r.inputs["hybridAccessEnabled"] for r in plan.of(LOCATION)} == {
        "lake-bronze-location": False,
        "lake-silver-location": False,
    }
    assert plan.of("aws:lakeformation/permissions:Permissions") == []


def test_in_hybrid_mode_both_ways_lead_to_the_tables(record):
    plan = lake(record, permission_model="hybrid")
    assert [r.inputs["hybridAccessEnabled"] for r in plan.of(LOCATION)] == [True] * 3
    opened = plan.of("aws:lakeformation/permissions:Permissions")
    assert [(p.inputs["principal"], p.inputs["permissions"]) for p in opened] == [
        ("IAM_ALLOWED_PRINCIPALS", ["ALL"])
    ] * 3
    assert [d.inputs["createTableDefaultPermissions"] for d in plan.of(DATABASE)] == [[EVERYBODY]] * 3


def test_lake_formation_reads_and_writes_the_layers_alone(review_record):
    plan = review_record(lambda: DataLake("lake", {"permission_model": "hybrid"}), symbols=True)
    role = plan.one("aws:iam/role:Role", "lake-lake-formation")
    assert json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]["Principal"] == {
        "Service": ["lakeformation.amazonaws.com"]
    }
    objects, listing, key = json.loads(plan.one(ROLE_POLICY, "lake-lake-formation").inputs["policy"])["Statement"]
    assert listing["Resource"] == [r.inputs["arn"] for r in plan.of(LOCATION)]
    assert objects["Resource"] == [f"{arn}/*" for arn in listing["Resource"]]
    assert (
        key["Resource"]
        == plan["lake-gold-encryption"].inputs["rules"][0]["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"]
    )


def test_a_retained_bucket_stays_registered(record):
    assert {r.retain_on_delete for r in lake(record, permission_model="lake_formation").of(LOCATION)} == {True}


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


def test_a_transform_changes_one_child(record, review_record):
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
            "noncurrent_version_retention_days: got 'many'; expected an integer",
        ),
        ({"expire_prefixes": {"gold": "a/"}}, "expire_prefixes.gold: got 'a/'; expected expire_days of gold, too"),
        ({"expire_days": {"gold": 1}, "expire_prefixes": {"gold": "a"}}, "expire_prefixes.gold: got 'a'; expected"),
        ({"expire_days": {"gold": 1}, "existing_buckets": {"gold": "b"}}, "expire_days.gold: got 1; expected no days"),
        ({"query_result_retention_days": 0}, "query_result_retention_days: got 0; expected 1 or more"),
        ({"permission_model": "both"}, "permission_model: got 'both'; expected one of iam, lake_formation, hybrid"),
        ({"database_prefix": "A-b"}, "database_prefix: got 'A-b'"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(record, args, line):
    with pytest.raises(UserError) as refused:
        lake(record, **args)
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)
