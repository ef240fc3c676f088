"""Redshift, provisioned and serverless, as the shim serves them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def redshift(client: Client) -> Any:
    return client("redshift")


@pytest.fixture
def groups(redshift: Any, network: dict[str, Any]) -> Iterator[dict[str, str]]:
    subnets = {"ClusterSubnetGroupName": "sg"}
    parameters = {"ParameterGroupName": "pg"}
    redshift.create_cluster_subnet_group(**subnets, Description="d", SubnetIds=network["subnets"])
    redshift.create_cluster_parameter_group(**parameters, ParameterGroupFamily="redshift-1.0", Description="d")
    yield {"ClusterSubnetGroupName": "sg", "ClusterParameterGroupName": "pg"}
    for cluster in redshift.describe_clusters()["Clusters"]:
        redshift.delete_cluster(ClusterIdentifier=cluster["ClusterIdentifier"], SkipFinalClusterSnapshot=True)
    redshift.delete_cluster_subnet_group(**subnets)
    redshift.delete_cluster_parameter_group(**parameters)


WISH: Any = {
    "ClusterIdentifier": "warehouse",
    "NodeType": "ra3.xlplus",
    "MasterUsername": "owner",
    "ClusterType": "single-node",
    "DBName": "gold",
}


def test_a_cluster_reads_back_whole(redshift: Any, client: Client, groups: Any, network: Any) -> None:
    redshift.create_cluster(
        **WISH,
        **groups,
        ManageMasterPassword=True,
        MasterPasswordSecretKmsKeyId="alias/k",
        Encrypted=True,
        KmsKeyId="arn:aws:kms:us-east-1:123456789012:key/k",
        EnhancedVpcRouting=True,
        AvailabilityZoneRelocation=True,
        ManualSnapshotRetentionPeriod=30,
        IamRoles=[network["role"]],
        DefaultIamRoleArn=network["role"],
    )
    [cluster] = redshift.describe_clusters(ClusterIdentifier="warehouse")["Clusters"]
    assert cluster["ClusterStatus"] == "available"
    assert cluster["VpcId"] == network["vpc"]
    assert cluster["ClusterNamespaceArn"].startswith("arn:aws:redshift:us-east-1:123456789012:namespace:")
    assert cluster["MultiAZ"] == "Disabled"
    assert cluster["AvailabilityZoneRelocationStatus"] == "enabled"
    assert cluster["ManualSnapshotRetentionPeriod"] == 30
    assert cluster["DefaultIamRoleArn"] == network["role"]
    assert cluster["ClusterParameterGroups"][0]["ParameterGroupName"] == "pg"
    assert (cluster["Encrypted"], cluster["EnhancedVpcRouting"]) == (True, True)
    secret = client("secretsmanager").get_secret_value(SecretId=cluster["MasterPasswordSecretArn"])
    assert json.loads(secret["SecretString"])["username"] == "owner"

    redshift.modify_cluster(ClusterIdentifier="warehouse", PubliclyAccessible=False, NumberOfNodes=1)
    redshift.modify_cluster_iam_roles(ClusterIdentifier="warehouse", RemoveIamRoles=[network["role"]])
    [cluster] = redshift.describe_clusters(ClusterIdentifier="warehouse")["Clusters"]
    assert (cluster["PubliclyAccessible"], cluster["IamRoles"]) == (False, [])
    assert refused(lambda: redshift.delete_cluster_subnet_group(ClusterSubnetGroupName="sg"))[0] == (
        "InvalidClusterSubnetGroupStateFault"
    )
    redshift.delete_cluster(ClusterIdentifier="warehouse", SkipFinalClusterSnapshot=True)
    assert refused(lambda: redshift.describe_clusters(ClusterIdentifier="warehouse"))[0] == "ClusterNotFound"
    names = [each["Name"] for each in client("secretsmanager").list_secrets()["SecretList"]]
    assert not [name for name in names if name.startswith("redshift!warehouse")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
        ({"MasterUserPassword": "nocapitals1"}, "InvalidParameterValue"),
        ({}, "InvalidParameterValue"),
        ({"MasterUserPassword": "Abcdefg1", "ClusterSubnetGroupName": "no"}, "ClusterSubnetGroupNotFoundFault"),
        ({"MasterUserPassword": "Abcdefg1", "ManageMasterPassword": True}, "InvalidParameterCombination"),
    ],
)
def test_what_aws_refuses_of_a_cluster(redshift: Any, change: dict[str, Any], code: str) -> None:
    assert refused(lambda: redshift.create_cluster(**WISH, **change))[0] == code


def test_a_final_snapshot_is_asked_for(redshift: Any, groups: Any) -> None:
    redshift.create_cluster(**WISH, MasterUserPassword="Abcdefg1")
    assert refused(lambda: redshift.delete_cluster(ClusterIdentifier="warehouse"))[0] == ("InvalidParameterCombination")


def test_parameters_are_kept(redshift: Any, groups: Any) -> None:
    change = [{"ParameterName": "require_ssl", "ParameterValue": "true"}]
    redshift.modify_cluster_parameter_group(ParameterGroupName="pg", Parameters=change)
    told = redshift.describe_cluster_parameters(ParameterGroupName="pg", Source="user")["Parameters"]
    assert [(each["ParameterName"], each["ParameterValue"]) for each in told] == [("require_ssl", "true")]
    assert len(redshift.describe_cluster_parameters(ParameterGroupName="pg")["Parameters"]) > 5
    redshift.reset_cluster_parameter_group(ParameterGroupName="pg", ResetAllParameters=True)
    assert redshift.describe_cluster_parameters(ParameterGroupName="pg", Source="user")["Parameters"] == []
    wrong = [{"ParameterName": "nope", "ParameterValue": "1"}]
    code, _ = refused(lambda: redshift.modify_cluster_parameter_group(ParameterGroupName="pg", Parameters=wrong))
    assert code == "InvalidParameterValue"


def test_groups_are_unique_and_their_subnets_there(redshift: Any, groups: Any, network: Any) -> None:
    taken: Any = {"ClusterSubnetGroupName": "sg", "Description": "d", "SubnetIds": network["subnets"]}
    assert refused(lambda: redshift.create_cluster_subnet_group(**taken))[0] == "ClusterSubnetGroupAlreadyExists"
    gone: Any = {"ClusterSubnetGroupName": "new", "Description": "d", "SubnetIds": ["subnet-0"]}
    assert refused(lambda: redshift.create_cluster_subnet_group(**gone))[0] == "InvalidSubnet"
    redshift.modify_cluster_subnet_group(ClusterSubnetGroupName="sg", SubnetIds=network["subnets"][:1])
    [group] = redshift.describe_cluster_subnet_groups(ClusterSubnetGroupName="sg")["ClusterSubnetGroups"]
    assert [each["SubnetIdentifier"] for each in group["Subnets"]] == network["subnets"][:1]


def test_logging_goes_on_and_off(redshift: Any, groups: Any) -> None:
    redshift.create_cluster(**WISH, MasterUserPassword="Abcdefg1")
    key = {"ClusterIdentifier": "warehouse"}
    redshift.enable_logging(**key, LogDestinationType="cloudwatch", LogExports=["userlog"])
    told = redshift.describe_logging_status(**key)
    assert (told["LoggingEnabled"], told["LogDestinationType"], told["LogExports"]) == (
        True,
        "cloudwatch",
        ["userlog"],
    )
    redshift.disable_logging(**key)
    told = redshift.describe_logging_status(**key)
    assert told["LoggingEnabled"] is False
    assert "LogExports" not in told


def test_a_snapshot_schedule_lives_and_dies(redshift: Any, groups: Any) -> None:
    key = {"ScheduleIdentifier": "nightly"}
    tags = [{"Key": "a", "Value": "b"}]
    redshift.create_snapshot_schedule(**key, ScheduleDefinitions=["rate(12 hours)"], Tags=tags)
    assert refused(lambda: redshift.create_snapshot_schedule(**key, ScheduleDefinitions=["rate(1 hours)"]))[0] == (
        "SnapshotScheduleAlreadyExists"
    )
    redshift.create_cluster(**WISH, MasterUserPassword="Abcdefg1")
    redshift.modify_cluster_snapshot_schedule(ClusterIdentifier="warehouse", **key)
    [told] = redshift.describe_snapshot_schedules(**key)["SnapshotSchedules"]
    assert told["AssociatedClusters"][0]["ClusterIdentifier"] == "warehouse"
    assert told["Tags"] == tags
    [cluster] = redshift.describe_clusters(ClusterIdentifier="warehouse")["Clusters"]
    assert cluster["SnapshotScheduleIdentifier"] == "nightly"
    assert refused(lambda: redshift.delete_snapshot_schedule(**key))[0] == "InvalidClusterSnapshotScheduleState"
    redshift.modify_snapshot_schedule(**key, ScheduleDefinitions=["cron(0 3 *)"])
    redshift.modify_cluster_snapshot_schedule(ClusterIdentifier="warehouse", DisassociateSchedule=True)
    redshift.delete_snapshot_schedule(**key)
    assert redshift.describe_snapshot_schedules(**key)["SnapshotSchedules"] == []


def test_a_serverless_warehouse_lives_and_dies(client: Client, network: Any) -> None:
    serverless = client("redshift-serverless")
    space = serverless.create_namespace(
        namespaceName="gold",
        manageAdminPassword=True,
        adminUsername="owner",
        logExports=["userlog"],
        iamRoles=[network["role"]],
        tags=[{"key": "a", "value": "b"}],
    )["namespace"]
    assert refused(lambda: serverless.create_namespace(namespaceName="gold"))[0] == "ConflictException"
    secret = client("secretsmanager").describe_secret(SecretId=space["adminPasswordSecretArn"])
    assert secret["Name"] == "redshift!gold-owner"
    group = serverless.create_workgroup(
        workgroupName="gold",
        namespaceName="gold",
        baseCapacity=8,
        maxCapacity=64,
        subnetIds=network["subnets"],
        enhancedVpcRouting=True,
        configParameters=[{"parameterKey": "require_ssl", "parameterValue": "true"}],
    )["workgroup"]
    assert group["endpoint"]["vpcEndpoints"][0]["vpcId"] == network["vpc"]
    assert {"parameterKey": "require_ssl", "parameterValue": "true"} in group["configParameters"]
    limit = serverless.create_usage_limit(
        resourceArn=group["workgroupArn"], usageType="serverless-compute", amount=60, breachAction="deactivate"
    )["usageLimit"]
    serverless.update_usage_limit(usageLimitId=limit["usageLimitId"], amount=80)
    told = serverless.get_usage_limit(usageLimitId=limit["usageLimitId"])["usageLimit"]
    assert (told["amount"], told["period"], told["breachAction"]) == (80, "monthly", "deactivate")
    serverless.update_workgroup(workgroupName="gold", baseCapacity=16)
    assert serverless.get_workgroup(workgroupName="gold")["workgroup"]["baseCapacity"] == 16
    serverless.update_namespace(namespaceName="gold", logExports=["userlog", "connectionlog"])
    serverless.tag_resource(resourceArn=space["namespaceArn"], tags=[{"key": "c", "value": "d"}])
    serverless.untag_resource(resourceArn=space["namespaceArn"], tagKeys=["a"])
    tags = serverless.list_tags_for_resource(resourceArn=space["namespaceArn"])["tags"]
    assert tags == [{"key": "c", "value": "d"}]
    assert refused(lambda: serverless.delete_namespace(namespaceName="gold"))[0] == "ConflictException"
    serverless.delete_usage_limit(usageLimitId=limit["usageLimitId"])
    assert serverless.list_usage_limits()["usageLimits"] == []
    serverless.delete_workgroup(workgroupName="gold")
    serverless.delete_namespace(namespaceName="gold")
    assert refused(lambda: serverless.get_workgroup(workgroupName="gold"))[0] == "ResourceNotFoundException"
    assert serverless.list_namespaces()["namespaces"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"baseCapacity": 9},
        {"baseCapacity": 16, "maxCapacity": 8},
        {"subnetIds": ["subnet-0"]},
        {"workgroupName": "Upper"},
    ],
)
def test_what_aws_refuses_of_a_workgroup(client: Client, change: dict[str, Any]) -> None:
    serverless = client("redshift-serverless", "eu-west-1")
    serverless.create_namespace(namespaceName="bad")
    try:
        wish = {"workgroupName": "bad", "namespaceName": "bad"}
        assert refused(lambda: serverless.create_workgroup(**wish | change))[0] == "ValidationException"
    finally:
        serverless.delete_namespace(namespaceName="bad")
