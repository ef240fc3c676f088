"""What two components share: one makes it, the other uses it, and its policies must allow exactly the requests made."""

import json

import pytest

from aistacks import DataLake, InferenceService, ModelStore, Network, Warehouse
from aistacks_catalog.aws.iam.conditions import When, atoms
from aistacks_catalog.aws.iam.documents import allowed
from aistacks_catalog.aws.iam.patterns import EVERY, words
from aistacks_catalog.aws.iam.requests import Allowed, Requests, beyond
from aistacks_core.symbols import ACCOUNT, mark

REGION = "eu-west-1"
DIGEST = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
POLICY = "aws:iam/policy:Policy"


def permits(document, action, resource, principal=None, **context):
    """Whether a policy document allows one request. ``context``: condition keys, with ``__`` for ``:``."""
    policy = json.loads(document)
    # A refusal under a condition that the request doesn't meet isn't one; what it meets is told by ``context``.
    keys = {key.replace("__", ":") for key in context}
    policy["Statement"] = [s for s in policy["Statement"] if s["Effect"] == "Allow" or _keys(s) & keys]
    when = When(atoms({"StringEquals": {key.replace("__", ":"): value for key, value in context.items()}}))
    principals = words([principal]) if principal else EVERY
    request = Requests(words([action.lower()]), words([resource]), principals, when)
    return not beyond(Allowed((request,)), allowed(policy, of_resource=principal is not None))


def _keys(statement):
    return {key for keys in statement.get("Condition", {}).values() for key in keys}


@pytest.fixture
def deployed(review_record):
    """Records a program as if it were deployed: what its resources' ARNs would be stands in its policies."""

    answers = pytest.importorskip("aistacks_review.record.answers").OfflineAnswers(REGION)

    def run(program):
        return review_record(program, symbols=True, config={"aws:region": REGION}, answers=answers)

    return run


def serve(store, **args):
    return InferenceService(
        "digits",
        {
            "namespace": "models",
            "model": "digits",
            "model_digest": DIGEST,
            "model_store_bucket": store.bucket_name,
            "model_store_prefix": store.prefix,
            "read_policy_arn": store.read_policy_arn,
            "cluster_name": "dev",
            **args,
        },
    )


def download(plan):
    """What the pod's first step reads: bucket and key prefix."""
    pod = plan.one("kubernetes:apps/v1:Deployment", "digits").inputs["spec"]["template"]["spec"]
    env = {e["name"]: e["value"] for e in pod["initContainers"][0]["env"]}
    return env["BUCKET"], f"{env['PREFIX']}{env['MODEL']}/{env['DIGEST']}/"


@pytest.mark.parametrize("prefix", ["", "models/", "team-a/models/"])
def test_the_reading_policy_of_a_store_allows_what_a_service_downloads(deployed, prefix):
    plan = deployed(lambda: serve(ModelStore("models", {"prefix": prefix})))
    bucket, folder = download(plan)
    assert folder == f"{prefix}digits/{DIGEST}/"
    policy, arn = plan.one(POLICY, "models-read").inputs["policy"], f"arn:aws:s3:::{bucket}"
    assert permits(policy, "s3:ListBucket", arn, s3__prefix=folder)
    assert permits(policy, "s3:GetObject", f"{arn}/{folder}SHA256SUMS")
    assert permits(policy, "s3:GetObject", f"{arn}/{folder}triton/digits/1/model.onnx")
    assert not permits(policy, "s3:PutObject", f"{arn}/{folder}SHA256SUMS")


def test_above_a_stores_prefix_a_service_reads_nothing(deployed):
    plan = deployed(lambda: serve(ModelStore("models", {"prefix": "models/"})))
    bucket, _ = download(plan)
    policy, arn = plan.one(POLICY, "models-read").inputs["policy"], f"arn:aws:s3:::{bucket}"
    assert not permits(policy, "s3:GetObject", f"{arn}/digits/{DIGEST}/SHA256SUMS")
    assert not permits(policy, "s3:ListBucket", arn, s3__prefix=f"digits/{DIGEST}/")


def test_a_reader_decrypts_by_the_key_that_the_stores_bucket_encrypts_by(deployed):
    plan = deployed(lambda: serve(ModelStore("models", {})))
    rule = plan["models-encryption"].inputs["rules"][0]["applyServerSideEncryptionByDefault"]
    assert permits(plan.one(POLICY, "models-read").inputs["policy"], "kms:Decrypt", rule["kmsMasterKeyId"])
    assert permits(plan.one(POLICY, "models-write").inputs["policy"], "kms:GenerateDataKey", rule["kmsMasterKeyId"])


@pytest.mark.parametrize("prefix", ["", "models/"])
def test_the_writing_policy_allows_what_publishing_does(deployed, prefix):
    plan = deployed(lambda: ModelStore("models", {"prefix": prefix}))
    policy = plan.one(POLICY, "models-write").inputs["policy"]
    arn = f"arn:aws:s3:::{plan['models-versioning'].inputs['bucket']}"
    key = f"{arn}/{prefix}digits/{DIGEST}/SHA256SUMS"
    for action in ("s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"):
        assert permits(policy, action, key)
    assert permits(policy, "s3:ListBucket", arn, s3__prefix=f"{prefix}digits/")
    assert not permits(policy, "s3:DeleteObject", key)


def test_the_lakes_log_bucket_takes_a_stores_access_logs(deployed):
    def program():
        lake = DataLake("lake", {})
        ModelStore("models", {"access_log_bucket": lake.log_bucket_name})

    plan = deployed(program)
    logging = plan["models-logging"].inputs
    policy = plan["lake-access-logs-policy"].inputs["policy"]
    key = f"arn:aws:s3:::{logging['targetBucket']}/{logging['targetPrefix']}2026-11-30-12-00-00-ABC"
    writer = "Service:logging.s3.amazonaws.com"
    assert permits(policy, "s3:PutObject", key, writer, aws__SourceAccount=ACCOUNT)
    assert not permits(policy, "s3:PutObject", key, writer, aws__SourceAccount="999999999999")
    # S3 delivers no logs to a bucket that a customer's key encrypts.
    rule = plan["lake-access-logs-encryption"].inputs["rules"][0]["applyServerSideEncryptionByDefault"]
    assert rule["sseAlgorithm"] == "AES256"


def lake_and_warehouse(model="iam"):
    lake = DataLake("lake", {"permission_model": model})
    layers = ["bronze", "silver", "gold"]
    Warehouse(
        "wh",
        {
            "vpc_id": "vpc-1",
            "subnet_ids": ["a", "b", "c"],
            "lake_bucket_arns": [*(lake.bucket_arns[layer] for layer in layers), lake.query_results_bucket_arn],
            "lake_databases": [lake.database_names[layer] for layer in layers],
            "lake_kms_key_arns": [lake.kms_key_arn],
            "lake_permission_model": model,
        },
    )


def glue(kind, name):
    return f"arn:aws:glue:{REGION}:{ACCOUNT}:{kind}/{name}"


@pytest.mark.parametrize("layer", ["bronze", "silver", "gold"])
def test_the_warehouse_reads_each_layer_of_the_lake(deployed, layer):
    plan = deployed(lake_and_warehouse)
    policy = plan["wh-role-policy"].inputs["policy"]
    database = plan.one("aws:glue/catalogDatabase:CatalogDatabase", f"lake-{layer}").inputs
    bucket = database["locationUri"].removeprefix("s3://").rstrip("/")
    assert permits(policy, "s3:ListBucket", f"arn:aws:s3:::{bucket}", s3__prefix="orders/")
    assert permits(policy, "s3:GetObject", f"arn:aws:s3:::{bucket}/orders/part-0.parquet")
    assert permits(policy, "glue:GetDatabase", glue("database", database["name"]))
    assert permits(policy, "glue:GetTable", glue("table", f"{database['name']}/orders"))
    assert permits(policy, "glue:GetPartitions", glue("table", f"{database['name']}/orders"))
    assert not permits(policy, "s3:PutObject", f"arn:aws:s3:::{bucket}/orders/part-0.parquet")
    rule = plan[f"lake-{layer}-encryption"].inputs["rules"][0]["applyServerSideEncryptionByDefault"]
    assert permits(policy, "kms:Decrypt", rule["kmsMasterKeyId"])


def test_the_warehouse_reads_tables_that_a_query_created(deployed):
    plan = deployed(lake_and_warehouse)
    settings = plan.one("aws:athena/workgroup:Workgroup", "lake").inputs["configuration"]["resultConfiguration"]
    made = settings["outputLocation"].removeprefix("s3://") + "tables/0a1b/data.parquet"
    assert permits(plan["wh-role-policy"].inputs["policy"], "s3:GetObject", f"arn:aws:s3:::{made}")


def test_nothing_that_a_query_writes_is_refused_by_the_results_bucket(deployed):
    """Athena encrypts by the workgroup's key, under TLS."""
    plan = deployed(lake_and_warehouse)
    configuration = plan.one("aws:athena/workgroup:Workgroup", "lake").inputs["configuration"]["resultConfiguration"]
    key = configuration["encryptionConfiguration"]["kmsKeyArn"]
    policy = plan["lake-query-results-policy"].inputs["policy"]
    denied = [s for s in json.loads(policy)["Statement"] if s["Effect"] == "Deny"]
    (other,) = [s for s in denied if s["Sid"] == "NoOtherKey"]
    assert other["Condition"]["StringNotEquals"] == {"s3:x-amz-server-side-encryption-aws-kms-key-id": key}


PERMISSIONS = "aws:lakeformation/permissions:Permissions"


def grants(plan, principal):
    found = {}
    for each in plan.of(PERMISSIONS):
        if each.inputs["principal"] == principal:
            on = each.inputs.get("database") or each.inputs.get("table")
            found[on.get("name") or f"{on['databaseName']}.*"] = each.inputs["permissions"]
    return found


def test_where_lake_formation_decides_the_warehouse_has_its_grants(deployed):
    plan = deployed(lambda: lake_and_warehouse("lake_formation"))
    role = plan.one("aws:iam/role:Role", "wh-role")
    found = grants(plan, f"arn:aws:iam::{ACCOUNT}:role/{mark(role.urn)}") or grants(
        plan, next(p.inputs["principal"] for p in plan.of(PERMISSIONS))
    )
    assert found == {
        **{f"aistacks_test_lake_{layer}": ["DESCRIBE"] for layer in ("bronze", "silver", "gold")},
        **{f"aistacks_test_lake_{layer}.*": ["DESCRIBE", "SELECT"] for layer in ("bronze", "silver", "gold")},
    }
    assert mark(role.urn) in plan.of(PERMISSIONS)[0].inputs["principal"]
    assert permits(plan["wh-role-policy"].inputs["policy"], "lakeformation:GetDataAccess", "*")


def test_where_iam_decides_nothing_asks_lake_formation(deployed):
    plan = deployed(lake_and_warehouse)
    assert [r.type for r in plan.resources if r.type.startswith("aws:lakeformation/")] == []
    assert not permits(plan["wh-role-policy"].inputs["policy"], "lakeformation:GetDataAccess", "*")


def test_the_warehouse_lies_in_the_networks_data_subnets_and_they_reach_the_lake(deployed):
    def program():
        network = Network("net", {"availability_zones": [f"{REGION}{z}" for z in "abc"], "nat": "none"})
        Warehouse("wh", {"vpc_id": network.vpc_id, "subnet_ids": network.data_subnet_ids})

    plan = deployed(program)
    workgroup = plan.one("aws:redshiftserverless/workgroup:Workgroup", "wh").inputs
    assert len(workgroup["subnetIds"]) == 3
    data = plan["net-data"]
    gateway = plan["net-s3"].inputs
    assert gateway["vpcEndpointType"] == "Gateway"
    assert any(mark(data.urn) in table for table in gateway["routeTableIds"])
    reached = [e.inputs["serviceName"] for e in plan.of("aws:ec2/vpcEndpoint:VpcEndpoint")]
    assert f"com.amazonaws.{REGION}.glue" in reached
