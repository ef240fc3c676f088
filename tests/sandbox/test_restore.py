"""The procedures of docs/restore.md, as far as the emulated AWS goes: what was lost is back, and the stack owns it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from aistacks_sandbox import cloud
from aistacks_sandbox.engine import operations as engine
from aistacks_sandbox.engine.operations import OperationError

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
TAKEN_IN = """
    import pulumi

    def take_in(args):
        if args.type_ != "aws:redshift/cluster:Cluster":
            return None
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(import_="restored"))
        return pulumi.ResourceTransformResult(args.props, opts)

    TAKEN_IN = pulumi.ResourceOptions(transforms=[take_in])
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
    restore(redshift, lose(redshift))
    stack.operate("refresh")
    assert_kept(stack.up())
    assert stack.up().changed == 0
    [cluster] = redshift.describe_clusters(ClusterIdentifier="restored")["Clusters"]
    assert cluster["DBName"] == "analytics"


def test_a_warehouse_that_the_state_has_forgotten_is_imported(stack: Any) -> None:
    stack.up(WAREHOUSE)
    redshift = stack.sandbox.aws("redshift")
    network = lose(redshift)
    stack.operate("refresh")
    restore(redshift, network)
    with pytest.raises(OperationError, match="ClusterAlreadyExists"):
        stack.up()
    importing = '"deletion_protection": False,\n        },'
    assert_kept(stack.up(TAKEN_IN + WAREHOUSE.replace(importing, f"{importing}\n        TAKEN_IN,")))
    _, id_ = physical(stack, "aws:redshift/cluster:Cluster", "warehouse")
    assert id_ == "restored"
    assert len(redshift.describe_clusters()["Clusters"]) == 1
    # Once it is in the state the program needs no more of that.
    stack.up(WAREHOUSE)
    assert stack.up().changed == 0


def lose(redshift: Any) -> dict[str, Any]:
    """Delete the cluster, and leave a snapshot; how it lay in its network."""
    [cluster] = redshift.describe_clusters(ClusterIdentifier="restored")["Clusters"]
    redshift.create_cluster_snapshot(SnapshotIdentifier="before", ClusterIdentifier="restored")
    redshift.delete_cluster(ClusterIdentifier="restored", SkipFinalClusterSnapshot=True)
    return {
        "ClusterSubnetGroupName": cluster["ClusterSubnetGroupName"],
        "VpcSecurityGroupIds": [each["VpcSecurityGroupId"] for each in cluster["VpcSecurityGroups"]],
    }


def restore(redshift: Any, network: dict[str, Any]) -> None:
    redshift.restore_from_cluster_snapshot(ClusterIdentifier="restored", SnapshotIdentifier="before", **network)
    redshift.delete_cluster_snapshot(SnapshotIdentifier="before")


def assert_kept(done: Any) -> None:
    """Nothing was deleted or replaced: what was restored is still there."""
    assert {step for step in done.changes if "delete" in step or "replace" in step} == set()
