"""The procedures of docs/restore.md, as far as the emulated AWS goes: what was lost is back, and the stack owns it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from aistacks_sandbox import cloud
from aistacks_sandbox.engine import operations as engine

LAKE = """
    from aistacks import DataLake
    lake = DataLake("lake", {"layers": ["gold"], "database_prefix": "restore", "deletion_protection": False})
"""
WAREHOUSE = """
    import pulumi_aws as aws
    from aistacks import Warehouse
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.9.0.0/16")
    subnets = [
        aws.ec2.Subnet(f"subnet-{z}", vpc_id=vpc.id, availability_zone=f"eu-west-1{z}", cidr_block=f"10.9.{i}.0/24")
        for i, z in enumerate("ab")
    ]
    Warehouse(
        "warehouse",
        {
            "vpc_id": vpc.id,
            "subnet_ids": [subnet.id for subnet in subnets],
            "mode": "provisioned",
            "identifier": "restored",
            "deletion_protection": False,
        },
    )
"""


def physical(stack: Any, type_: str, name: str) -> tuple[str, str]:
    """URN and id of a resource in the stack's state."""
    exported = pulumi(stack, "stack", "export")
    for resource in json.loads(exported)["deployment"]["resources"]:
        if resource["type"] == type_ and resource["urn"].endswith(f"::{name}"):
            return resource["urn"], resource.get("id", "")
    raise LookupError(name)


def pulumi(stack: Any, *words: str) -> str:
    """The official command on the stack; its output. Fails where it does."""
    state = stack.sandbox.state
    noted = cloud.recall(state)["stacks"][stack.key]
    env = engine.environment(state, stack.sandbox.endpoint, noted["region"])
    done = subprocess.run(
        ["pulumi", *words, "--stack", stack.name, "--non-interactive"],
        cwd=noted["workspace"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_object_that_was_overwritten_or_deleted_comes_back_from_its_versions(stack: Any) -> None:
    stack.up(LAKE)
    s3 = stack.sandbox.aws("s3")
    _, bucket = physical(stack, "aws:s3/bucket:Bucket", "lake-gold")
    first = s3.put_object(Bucket=bucket, Key="table/part", Body=b"right")["VersionId"]
    s3.put_object(Bucket=bucket, Key="table/part", Body=b"wrong")
    source = {"Bucket": bucket, "Key": "table/part", "VersionId": first}
    s3.copy_object(Bucket=bucket, Key="table/part", CopySource=source)
    assert s3.get_object(Bucket=bucket, Key="table/part")["Body"].read() == b"right"
    marker = s3.delete_object(Bucket=bucket, Key="table/part")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="table/part", VersionId=marker)
    assert s3.get_object(Bucket=bucket, Key="table/part")["Body"].read() == b"right"


def test_a_bucket_that_is_gone_is_made_anew_with_its_guards_and_its_database(stack: Any) -> None:
    """What a restore job then writes to. The names of buckets aren't fixed, so the new one has another."""
    stack.up(LAKE)
    s3, glue = stack.sandbox.aws("s3"), stack.sandbox.aws("glue")
    _, bucket = physical(stack, "aws:s3/bucket:Bucket", "lake-gold")
    s3.delete_bucket(Bucket=bucket)
    glue.delete_database(Name="restore_gold")
    stack.operate("refresh")
    stack.up()
    _, made = physical(stack, "aws:s3/bucket:Bucket", "lake-gold")
    assert made != bucket
    assert s3.get_bucket_versioning(Bucket=made)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=made)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] is True
    assert glue.get_database(Name="restore_gold")["Database"]["LocationUri"] == f"s3://{made}/"
    assert stack.up().changed == 0


def test_a_warehouse_restored_under_its_name_is_the_stack_s_again(stack: Any) -> None:
    stack.up(WAREHOUSE)
    redshift = stack.sandbox.aws("redshift")
    lose_and_restore(redshift)
    stack.operate("refresh")
    stack.up()
    assert stack.up().changed == 0
    [cluster] = redshift.describe_clusters(ClusterIdentifier="restored")["Clusters"]
    assert cluster["DBName"] == "analytics"


def test_a_warehouse_that_the_state_has_forgotten_is_imported(stack: Any) -> None:
    stack.up(WAREHOUSE)
    redshift = stack.sandbox.aws("redshift")
    parent, _ = physical(stack, "aistacks:index:Warehouse", "warehouse")
    redshift.create_cluster_snapshot(SnapshotIdentifier="before", ClusterIdentifier="restored")
    redshift.delete_cluster(ClusterIdentifier="restored", SkipFinalClusterSnapshot=True)
    stack.operate("refresh")
    restore(redshift)
    kind = "aws:redshift/cluster:Cluster"
    pulumi(
        stack, "import", kind, "warehouse", "restored", "--parent", f"parent={parent}", "--yes",
        "--generate-code=false", "--protect=false",
    )  # fmt: skip
    stack.up()
    _, id_ = physical(stack, kind, "warehouse")
    assert id_ == "restored"
    assert len(redshift.describe_clusters()["Clusters"]) == 1
    assert stack.up().changed == 0


def lose_and_restore(redshift: Any) -> None:
    redshift.create_cluster_snapshot(SnapshotIdentifier="before", ClusterIdentifier="restored")
    redshift.delete_cluster(ClusterIdentifier="restored", SkipFinalClusterSnapshot=True)
    restore(redshift)


def restore(redshift: Any) -> None:
    redshift.restore_from_cluster_snapshot(ClusterIdentifier="restored", SnapshotIdentifier="before")
    redshift.delete_cluster_snapshot(SnapshotIdentifier="before")
