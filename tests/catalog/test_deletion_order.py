"""Which goes first in a replacement: as pulumi-terraform-bridge decides it of the types of both frameworks."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from aistacks_catalog.aws.types import differ
from aistacks_catalog.aws.types.facts import DEFAULTED, facts
from aistacks_catalog.aws.types.sdk import shape
from aistacks_core.facts import load

NAMED = [
    ("aws:rds/instance:Instance", "identifier", "availabilityZone"),
    ("aws:s3/bucket:Bucket", "bucket", "region"),
    ("aws:iam/role:Role", "name", "path"),
    ("aws:lambda/function:Function", "name", "packageType"),
    ("aws:dynamodb/table:Table", "name", "hashKey"),
    ("aws:opensearch/domain:Domain", "domainName", "region"),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "replicationGroupId", "subnetGroupName"),
    ("aws:elasticache/cluster:Cluster", "clusterId", "subnetGroupName"),
    ("aws:msk/cluster:Cluster", "clusterName", "region"),
    ("aws:mq/broker:Broker", "brokerName", "deploymentMode"),
    ("aws:eks/nodeGroup:NodeGroup", "nodeGroupName", "nodeRoleArn"),
    ("aws:efs/fileSystem:FileSystem", "creationToken", "encrypted"),
    ("aws:ec2/keyPair:KeyPair", "keyName", "publicKey"),
    ("aws:lambda/permission:Permission", "statementId", "action"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "name", "region"),
    ("aws:sqs/queue:Queue", "name", "fifoQueue"),
]
"""Of the older framework: what the provider makes a name of, and what replaces."""
UNNAMED = [
    ("aws:rds/cluster:Cluster", "clusterIdentifier", "databaseName"),
    ("aws:redshift/cluster:Cluster", "clusterIdentifier", "masterUsername"),
    ("aws:docdb/cluster:Cluster", "clusterIdentifier", "masterUsername"),
    ("aws:neptune/cluster:Cluster", "clusterIdentifier", "region"),
    ("aws:route53/record:Record", "name", "zoneId"),
    ("aws:directoryservice/directory:Directory", "name", "type"),
    ("aws:glue/catalogTable:CatalogTable", "name", "databaseName"),
    ("aws:s3/bucketObjectv2:BucketObjectv2", "key", "bucket"),
    ("aws:appsync/function:Function", "name", "apiId"),
    ("aws:codedeploy/deploymentConfig:DeploymentConfig", "deploymentConfigName", "computePlatform"),
    ("aws:ecr/repositoryPolicy:RepositoryPolicy", "repository", "region"),
]
"""What the provider doesn't take for a name, whatever it is called."""
NEWER = [
    ("aws:cognito/userPoolClient:UserPoolClient", "name", "userPoolId"),
    ("aws:opensearch/serverlessCollection:ServerlessCollection", "name", "type"),
    ("aws:datazone/domain:Domain", "name", "region"),
    ("aws:route53/cidrCollection:CidrCollection", "name", "region"),
]
"""Of the newer framework, in which the bridge doesn't look at names."""


def replaced(token: str, changed: str, **inputs: object) -> differ.Diff:
    old, new = ({**inputs, changed: value} for value in ("a", "b"))
    found = differ.diff(token, old, old, new, {})
    assert found.replaces == {changed}
    return found


@pytest.mark.parametrize(("token", "name", "changed"), NAMED)
def test_a_name_that_the_program_gives_is_deleted_first(token: str, name: str, changed: str) -> None:
    assert replaced(token, changed, **{name: "given"}).delete_first
    assert not replaced(token, changed).delete_first
    assert not replaced(token, changed, **{name: "made", DEFAULTED: [name]}).delete_first


@pytest.mark.parametrize(("token", "name", "changed"), [*UNNAMED, *NEWER])
def test_what_is_no_name_to_the_provider_is_deleted_after(token: str, name: str, changed: str) -> None:
    assert not replaced(token, changed, **{name: "given"}).delete_first


def test_a_name_that_changes_is_deleted_first_too_for_the_bridge_looks_whose_it_is() -> None:
    queue = "aws:sqs/queue:Queue"
    assert differ.diff(queue, {"name": "a"}, {"name": "a"}, {"name": "b"}, {}).delete_first
    made = {"name": "a", DEFAULTED: ["name"]}
    assert not differ.diff(queue, {"name": "a"}, {"name": "a"}, made | {"name": "b"}, {}).delete_first


@pytest.mark.parametrize("token", load("aistacks_catalog.aws.types", "autonaming.yaml")["delete_first"])
def test_some_are_always_deleted_first(token: str) -> None:
    changed = next(name for name in sorted(shape(token).inputs) if facts(token).forces_replacement(name))
    assert replaced(token, changed).delete_first


def test_every_type_that_is_listed_is_one_of_the_package() -> None:
    about = load("aistacks_catalog.aws.types", "autonaming.yaml")
    for token, rule in about["types"].items():
        assert rule["property"] is None or rule["property"] in shape(token).inputs, token
        assert facts(token).known, token
    assert all(facts(token).known for token in about["delete_first"])


def test_both_frameworks_are_told_apart_for_every_type() -> None:
    folder = files("aistacks_catalog.aws.types").joinpath("rules")
    tokens = [token for file in folder.iterdir() for token in json.loads(file.read_text(encoding="utf-8"))]
    newer = [token for token in tokens if facts(token).framework]
    assert len(tokens) > 1700
    assert 400 < len(newer) < len(tokens) / 2
    assert facts("aws:new/thing:Thing").framework, "the provider takes new types in the newer framework alone"
