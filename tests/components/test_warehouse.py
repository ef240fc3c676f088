"""The warehouse's registrations. That Redshift takes these sizes and writes these logs, only AWS shows."""

import json

import pulumi
import pytest

from aistacks import Warehouse, WarehouseMode
from aistacks.warehouse import counted_subnets
from aistacks_core.errors import UserError
from aistacks_core.snapshot import UNKNOWN

FACTS = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "111122223333"},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": "eu-west-1"},
}
KEY = "arn:aws:kms:eu-west-1:111122223333:key/k"
NETWORK = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-a", "subnet-b", "subnet-c"]}
LOGS = ["connectionlog", "useractivitylog", "userlog"]

NAMESPACE = "aws:redshiftserverless/namespace:Namespace"
WORKGROUP = "aws:redshiftserverless/workgroup:Workgroup"
LIMIT = "aws:redshiftserverless/usageLimit:UsageLimit"
CLUSTER = "aws:redshift/cluster:Cluster"


@pytest.fixture
def warehouse(record):
    def run(opts=None, stack="dev", **args):
        return record(
            lambda: Warehouse("wh", {**NETWORK, "kms_key_arn": KEY, **args}, opts),
            stack=stack,
            answers=lambda token, _args: FACTS.get(token),
        )

    return run


@pytest.fixture
def cluster(warehouse):
    def run(**args):
        return warehouse(mode="provisioned", **args)

    return run


def tags(name):
    return {"Name": name, "aistacks:component": "Warehouse/wh", "aistacks:stack": "test/dev"}


def test_a_namespace_is_encrypted_audited_and_keeps_its_own_password(warehouse):
    made = warehouse().one(NAMESPACE, "wh-namespace")
    assert made.inputs == {
        "namespaceName": "test-dev-wh",
        "dbName": "analytics",
        "adminUsername": "aistacks_admin",
        "manageAdminPassword": True,
        "adminPasswordSecretKmsKeyId": KEY,
        "kmsKeyId": KEY,
        "defaultIamRoleArn": UNKNOWN,
        "iamRoles": [UNKNOWN],
        "logExports": LOGS,
        "tags": tags("wh-namespace"),
    }
    assert made.protect
    assert made.retain_on_delete


def test_a_workgroup_is_private_small_bounded_and_wants_tls(warehouse):
    assert warehouse().one(WORKGROUP, "wh").inputs == {
        "workgroupName": "test-dev-wh",
        "namespaceName": "test-dev-wh",
        "baseCapacity": 8,
        "maxCapacity": 32,
        "port": 5439,
        "publiclyAccessible": False,
        "enhancedVpcRouting": True,
        "subnetIds": ["subnet-a", "subnet-b", "subnet-c"],
        "securityGroupIds": [UNKNOWN],
        "configParameters": [
            {"parameterKey": "require_ssl", "parameterValue": "true"},
            {"parameterKey": "enable_user_activity_logging", "parameterValue": "true"},
        ],
        "tags": tags("wh"),
    }


def test_parameters_that_aws_adds_change_no_workgroup(warehouse):
    assert warehouse().one(WORKGROUP, "wh").ignore_changes == ("configParameters",)


def test_a_serverless_warehouse_always_has_a_usage_limit(warehouse):
    limit = warehouse(daily_rpu_hours=12, on_limit="emit-metric").one(LIMIT, "wh-usage-limit").inputs
    assert limit == {
        "resourceArn": UNKNOWN,
        "usageType": "serverless-compute",
        "period": "daily",
        "amount": 12,
        "breachAction": "emit-metric",
    }


def test_what_has_a_fixed_name_is_deleted_before_it_is_replaced(warehouse, cluster):
    assert warehouse().one(NAMESPACE, "wh-namespace").delete_before_replace
    assert warehouse().one(WORKGROUP, "wh").delete_before_replace
    assert cluster().one(CLUSTER, "wh").delete_before_replace


def test_a_cluster_is_encrypted_private_and_keeps_its_own_password(cluster):
    made = cluster().one(CLUSTER, "wh")
    assert made.inputs == {
        "clusterIdentifier": "test-dev-wh",
        "clusterType": "multi-node",
        "nodeType": "ra3.large",
        "numberOfNodes": 2,
        "multiAz": False,
        "databaseName": "analytics",
        "masterUsername": "aistacks_admin",
        "manageMasterPassword": True,
        "masterPasswordSecretKmsKeyId": KEY,
        "encrypted": "true",
        "kmsKeyId": KEY,
        "port": 5439,
        "publiclyAccessible": False,
        "enhancedVpcRouting": True,
        "clusterSubnetGroupName": UNKNOWN,
        "vpcSecurityGroupIds": [UNKNOWN],
        "clusterParameterGroupName": UNKNOWN,
        "defaultIamRoleArn": UNKNOWN,
        "iamRoles": [UNKNOWN],
        "automatedSnapshotRetentionPeriod": 7,
        "allowVersionUpgrade": True,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "test-dev-wh-final",
        "tags": tags("wh"),
    }
    assert made.protect
    assert made.retain_on_delete


def test_one_node_is_a_single_node_cluster(cluster):
    inputs = cluster(nodes=1).one(CLUSTER, "wh").inputs
    assert (inputs["clusterType"], inputs["numberOfNodes"]) == ("single-node", 1)


def test_a_cluster_wants_tls_and_logs_what_users_do(cluster):
    assert cluster().one("aws:redshift/parameterGroup:ParameterGroup", "wh-parameters").inputs == {
        "description": "Parameters of Warehouse/wh",
        "family": "redshift-2.0",
        "parameters": [
            {"name": "require_ssl", "value": "true"},
            {"name": "enable_user_activity_logging", "value": "true"},
        ],
        "tags": tags("wh-parameters"),
    }


def test_a_cluster_s_audit_logs_go_to_cloudwatch(cluster):
    plan = cluster()
    assert plan.one("aws:redshift/logging:Logging", "wh-logging").inputs == {
        "clusterIdentifier": "test-dev-wh",
        "logDestinationType": "cloudwatch",
        "logExports": LOGS,
    }
    names = {g.inputs["name"] for g in plan.of("aws:cloudwatch/logGroup:LogGroup")}
    assert names == {f"/aws/redshift/cluster/test-dev-wh/{log}" for log in LOGS}


def test_audit_logs_are_encrypted_and_kept_for_a_year(warehouse):
    for group in warehouse().of("aws:cloudwatch/logGroup:LogGroup"):
        assert group.inputs["kmsKeyId"] == KEY
        assert group.inputs["retentionInDays"] == 365
        assert group.inputs["name"] == f"/aws/redshift/test-dev-wh/{group.name.removeprefix('wh-')}"


@pytest.mark.parametrize(("mode", "writer"), [("serverless", "wh-namespace"), ("provisioned", "wh-logging")])
def test_log_groups_are_there_before_redshift_would_make_them(warehouse, mode, writer):
    plan = warehouse(mode=mode)
    groups = {g.urn for g in plan.of("aws:cloudwatch/logGroup:LogGroup")}
    assert len(groups) == 3
    assert groups <= set(plan[writer].dependencies)


def test_only_stated_clients_connect_and_only_to_redshift_s_port(warehouse):
    plan = warehouse(client_cidrs=["10.0.0.0/16"], client_security_groups={"eks": "sg-1"})
    rules = {r.name: r.inputs for r in plan.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")}
    common = {"securityGroupId": UNKNOWN, "ipProtocol": "tcp", "fromPort": 5439, "toPort": 5439}
    assert rules == {
        "wh-from-10-0-0-0-16": {
            **common,
            "cidrIpv4": "10.0.0.0/16",
            "description": "SQL clients in 10.0.0.0/16",
            "tags": tags("wh-from-10-0-0-0-16"),
        },
        "wh-from-eks": {
            **common,
            "referencedSecurityGroupId": "sg-1",
            "description": "SQL clients in eks",
            "tags": tags("wh-from-eks"),
        },
    }


def test_nobody_connects_unless_stated(warehouse):
    assert warehouse().of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == []


def test_the_warehouse_reaches_out_by_tls_only(warehouse):
    (rule,) = warehouse().of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert (rule.inputs["ipProtocol"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("tcp", 443, 443)
    assert rule.inputs["description"]


def test_the_role_reads_the_stated_lake_and_nothing_else(warehouse):
    plan = warehouse(
        lake_bucket_arns=["arn:aws:s3:::gold"], lake_databases=["lake_gold"], lake_kms_key_arns=["arn:lake-key"]
    )
    policy = json.loads(plan.one("aws:iam/rolePolicy:RolePolicy", "wh-role-policy").inputs["policy"])
    assert [(s["Action"], s["Resource"]) for s in policy["Statement"]] == [
        (["s3:GetBucketLocation", "s3:ListBucket"], ["arn:aws:s3:::gold"]),
        ("s3:GetObject", ["arn:aws:s3:::gold/*"]),
        (
            [
                "glue:GetDatabase",
                "glue:GetDatabases",
                "glue:GetTable",
                "glue:GetTables",
                "glue:GetPartition",
                "glue:GetPartitions",
                "glue:BatchGetPartition",
            ],
            [
                "arn:aws:glue:eu-west-1:111122223333:catalog",
                "arn:aws:glue:eu-west-1:111122223333:database/lake_gold",
                "arn:aws:glue:eu-west-1:111122223333:table/lake_gold/*",
            ],
        ),
        ("kms:Decrypt", ["arn:lake-key"]),
    ]


def test_without_a_lake_the_role_may_nothing(warehouse):
    assert warehouse().of("aws:iam/rolePolicy:RolePolicy") == []


def test_a_new_key_lets_cloudwatch_logs_use_it(record):
    plan = record(lambda: Warehouse("wh", NETWORK), answers=lambda token, _args: FACTS.get(token))
    policy = json.loads(plan.one("aws:kms/key:Key", "wh-key").inputs["policy"])
    assert "logs.eu-west-1.amazonaws.com" in [s["Principal"].get("Service") for s in policy["Statement"]]


def test_without_deletion_protection_nothing_is_kept_and_no_snapshot_taken(warehouse, cluster):
    for plan in (warehouse(deletion_protection=False), cluster(deletion_protection=False)):
        assert [r.name for r in plan.resources if r.protect or r.retain_on_delete] == []
    inputs = cluster(deletion_protection=False).one(CLUSTER, "wh").inputs
    assert inputs["skipFinalSnapshot"] is True
    assert "finalSnapshotIdentifier" not in inputs


def test_a_kept_warehouse_keeps_what_it_uses(warehouse, cluster):
    for plan in (warehouse(client_cidrs=["10.0.0.0/8"]), cluster(client_cidrs=["10.0.0.0/8"])):
        assert [r.name for r in plan.resources if r.custom and not r.retain_on_delete] == []


@pytest.mark.parametrize(
    ("stack", "identifier"),
    [
        ("Team_A.prod", "test-team-a-prod-wh-784aab3b"),
        ("x" * 80, f"test-{'x' * 49}-5d4e2107"),
    ],
)
def test_the_identifier_is_one_that_redshift_takes(warehouse, stack, identifier):
    (component,) = warehouse(stack=stack).of("aistacks:index:Warehouse")
    assert component.outputs["identifier"] == identifier


def test_a_stated_identifier_goes_everywhere(warehouse, cluster):
    for plan, made, key in (
        (warehouse(identifier="shop"), "wh", "workgroupName"),
        (cluster(identifier="shop"), "wh", "clusterIdentifier"),
    ):
        assert plan.one(WORKGROUP if key == "workgroupName" else CLUSTER, made).inputs[key] == "shop"
        assert {g.inputs["name"].split("/")[-2] for g in plan.of("aws:cloudwatch/logGroup:LogGroup")} == {"shop"}
        assert plan.one("aistacks:index:Warehouse", "wh").outputs["identifier"] == "shop"


def test_outputs_are_registered(warehouse):
    (component,) = warehouse().of("aistacks:index:Warehouse")
    assert set(component.outputs) == {
        "arn",
        "endpoint",
        "identifier",
        "database",
        "secretArn",
        "roleArn",
        "securityGroupId",
        "kmsKeyArn",
    }


def test_a_transform_changes_one_child(warehouse, review_record):
    def quieter(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != NAMESPACE:
            return None
        return pulumi.ResourceTransformResult({**args.props, "logExports": ["connectionlog", "userlog"]}, args.opts)

    plan = warehouse(pulumi.ResourceOptions(transforms=[quieter]))
    assert plan.one(NAMESPACE, "wh-namespace").inputs["logExports"] == ["connectionlog", "userlog"]


@pytest.mark.parametrize("base", [4, 8, 504, 512, 544, 1024])
def test_capacities_that_redshift_offers_pass(warehouse, base):
    made = warehouse(base_rpus=base, max_rpus=1024).one(WORKGROUP, "wh")
    assert made.inputs["baseCapacity"] == base


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"base_rpus": 5}, "base_rpus: got 5; expected 4, 8 to 512 in steps of 8"),
        ({"base_rpus": 520, "max_rpus": 1024}, "base_rpus: got 520"),
        ({"base_rpus": 64}, "max_rpus: got 32; expected a multiple of 8, and no less than base_rpus (64)"),
        ({"max_rpus": 33}, "max_rpus: got 33"),
        ({"daily_rpu_hours": 0}, "daily_rpu_hours: got 0; expected at least 1"),
        ({"subnet_ids": ["a", "b"]}, "subnet_ids: got '2 subnets'; expected at least 3"),
        ({"admin_username": "awsuser"}, "admin_username: got 'awsuser'; expected a name of your own"),
        ({"admin_username": "admin"}, "admin_username: got 'admin'"),
        ({"admin_username": "Root"}, "admin_username: got 'Root'; expected lower-case letters"),
        ({"identifier": "Shop"}, "identifier: got 'Shop'; expected 3 to 63 lower-case letters and digits"),
        ({"identifier": "shop-"}, "identifier: got 'shop-'; expected 3 to 63"),
        ({"identifier": "a--b"}, "identifier: got 'a--b'; expected 3 to 63"),
        ({"identifier": "s" * 64}, f"identifier: got '{'s' * 64}'; expected 3 to 63"),
        ({"database": "dev"}, "database: got 'dev'; expected a name of your own"),
        ({"database": "user"}, "database: got 'user'; expected a name that is no reserved word"),
        ({"admin_username": "null"}, "admin_username: got 'null'; expected a name that is no reserved word"),
        ({"database": "2024"}, "database: got '2024'"),
        ({"client_cidrs": ["0.0.0.0/0"]}, "client_cidrs[0]: got '0.0.0.0/0'; expected a range of your own"),
        ({"client_cidrs": ["10.0.0.1/8"]}, "client_cidrs[0]: got '10.0.0.1/8'; expected an IPv4 range"),
        ({"client_security_groups": {"E K S": "sg-1"}}, "client_security_groups.E K S: got 'E K S'"),
        ({"audit_log_retention_days": 12}, "audit_log_retention_days: got 12; expected one of 1, 3, 5"),
        ({"nodes": 2}, "nodes: got 2; expected nothing: it belongs to a provisioned warehouse"),
        ({"mode": "provisioned", "max_rpus": 8}, "max_rpus: got 8; expected nothing: it belongs to a serverless"),
        ({"mode": "provisioned", "node_type": "dc2.large"}, "node_type: got 'dc2.large'; expected one of ra3.large"),
        ({"mode": "provisioned", "nodes": 0}, "nodes: got 0; expected 1 to 100"),
        ({"mode": "provisioned", "node_type": "ra3.4xlarge", "nodes": 1}, "nodes: got 1; expected 2 to 100"),
        ({"mode": "provisioned", "multi_az": True, "nodes": 1}, "nodes: got 1; expected 2 to 100"),
        ({"mode": "provisioned", "snapshot_retention_days": 36}, "snapshot_retention_days: got 36; expected 1 to 35"),
        ({"mode": "provisioned", "subnet_ids": ["a"]}, "subnet_ids: got '1 subnets'; expected at least 2"),
        ({"mode": "rented"}, "mode: got 'rented'; expected one of serverless, provisioned"),
    ],
)
def test_what_makes_no_sense_is_refused(warehouse, args, message):
    with pytest.raises(UserError) as error:
        warehouse(**args)
    assert f"Warehouse 'wh': {message}" in str(error.value)


def test_subnets_may_be_known_only_later(record):
    args = {**NETWORK, "kms_key_arn": KEY}
    plan = record(lambda: Warehouse("wh", {**args, "subnet_ids": pulumi.Output.from_input(["a", "b", "c"])}))
    assert plan.one(WORKGROUP, "wh").inputs["subnetIds"] == ["a", "b", "c"]


def test_subnets_that_are_known_later_are_counted_then(record):
    def program():
        a = {"mode": WarehouseMode.SERVERLESS, "subnet_ids": pulumi.Output.from_input(["a", "b"])}
        pulumi.export("subnets", counted_subnets("wh", a))

    with pytest.raises(UserError, match="subnet_ids: got '2 subnets'"):
        record(program)


def test_a_mode_may_be_given_as_a_member(warehouse):
    assert warehouse(mode=WarehouseMode.PROVISIONED).one(CLUSTER, "wh")
