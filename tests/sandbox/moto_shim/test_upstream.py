"""What plain moto still hasn't. When one of these fails, upstream has it: delete that part of the shim."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import moto
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from aistacks_core.loopback import free_port
from aistacks_sandbox.emulator import moto_shim

Client = Callable[[str], Any]
TRUST = '{"Version":"2012-10-17","Statement":[]}'
ROLE = "arn:aws:iam::123456789012:role/r"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Clients onto moto's own server."""
    port = free_port()
    log = tmp_path_factory.mktemp("moto") / "log"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
        )

    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            for _ in range(300):
                try:
                    client("sts").get_caller_identity()
                    break
                except Exception:  # noqa: BLE001 - not up yet
                    time.sleep(0.1)
            yield client
        finally:
            process.kill()


def status(call: Callable[[], Any]) -> int:
    """The answer's HTTP status; 200 where the call succeeds."""
    try:
        call()
    except ClientError as error:
        code: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return code
    except ResponseParserError:
        return 500  # a page instead of an answer
    return 200


def test_the_shim_is_pinned_to_the_installed_moto() -> None:
    assert moto.__version__ == moto_shim.MOTO_VERSION


def test_eks_lacks_routes(plain: Client) -> None:
    eks = plain("eks")
    cluster = {"clusterName": "c"}
    calls: list[Callable[[], Any]] = [
        lambda: eks.create_addon(**cluster, addonName="vpc-cni"),
        lambda: eks.describe_addon_versions(),
        lambda: eks.create_access_entry(**cluster, principalArn=ROLE),
        lambda: eks.list_associated_access_policies(**cluster, principalArn=ROLE),
        lambda: eks.create_pod_identity_association(**cluster, namespace="n", serviceAccount="s", roleArn=ROLE),
        lambda: eks.update_cluster_version(name="c", version="1.35"),
        lambda: eks.describe_cluster_versions(),
        lambda: eks.associate_encryption_config(**cluster, encryptionConfig=[]),
    ]
    # A missing cluster would be a 404, too, but in EKS's own words.
    for call in calls:
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] in ("404", "405")


def test_eks_forgets_what_a_cluster_was_given(plain: Client) -> None:
    eks = plain("eks")
    eks.create_cluster(
        name="c", version="9.99", roleArn=ROLE, resourcesVpcConfig={}, accessConfig={"authenticationMode": "API"}
    )
    assert "accessConfig" not in eks.describe_cluster(name="c")["cluster"]
    eks.create_nodegroup(
        clusterName="c",
        nodegroupName="g",
        nodeRole=ROLE,
        subnets=["s"],
        scalingConfig={"minSize": 4, "maxSize": 2, "desiredSize": 3},
        updateConfig={"maxUnavailable": 1},
    )
    group = eks.describe_nodegroup(clusterName="c", nodegroupName="g")["nodegroup"]
    assert group["remoteAccess"] == {"ec2SshKey": "eksKeypair"}
    assert "updateConfig" not in group


def test_redshift_lacks_operations_and_fields(plain: Client) -> None:
    redshift = plain("redshift")
    redshift.create_cluster_parameter_group(
        ParameterGroupName="p", ParameterGroupFamily="redshift-1.0", Description="d"
    )
    change: Any = [{"ParameterName": "require_ssl", "ParameterValue": "true"}]
    calls: list[Callable[[], Any]] = [
        lambda: redshift.modify_cluster_parameter_group(ParameterGroupName="p", Parameters=change),
        lambda: redshift.create_snapshot_schedule(ScheduleIdentifier="s", ScheduleDefinitions=["rate(1 hours)"]),
        lambda: redshift.modify_cluster_iam_roles(ClusterIdentifier="c"),
        lambda: redshift.modify_cluster_subnet_group(ClusterSubnetGroupName="g", SubnetIds=["s"]),
    ]
    assert [status(call) for call in calls] == [500] * len(calls)
    wish: Any = {"ClusterIdentifier": "c", "NodeType": "ra3.large", "MasterUsername": "u"}
    redshift.create_cluster(**wish, ManageMasterPassword=True)
    [cluster] = redshift.describe_clusters()["Clusters"]
    missing = {"ClusterNamespaceArn", "MasterPasswordSecretArn", "MultiAZ", "AvailabilityZoneRelocationStatus"}
    assert not missing & set(cluster)


def test_redshift_serverless_is_no_service(plain: Client) -> None:
    assert status(lambda: plain("redshift-serverless").list_namespaces()) == 500


def test_updates_that_nobody_serves(plain: Client) -> None:
    glue, athena, budgets = plain("glue"), plain("athena"), plain("budgets")
    budget: Any = {"BudgetName": "b", "TimeUnit": "MONTHLY", "BudgetType": "COST"}
    arn = "arn:aws:budgets::123456789012:budget/b"
    calls: list[Callable[[], Any]] = [
        lambda: glue.update_crawler(Name="c"),
        lambda: glue.update_job(JobName="j", JobUpdate={}),
        lambda: athena.update_work_group(WorkGroup="w"),
        lambda: budgets.update_budget(AccountId="123456789012", NewBudget=budget),
        lambda: budgets.list_tags_for_resource(ResourceARN=arn),
    ]
    assert [status(call) for call in calls] == [500] * len(calls)


def test_a_log_group_gets_no_key_later(plain: Client) -> None:
    logs = plain("logs")
    assert status(lambda: logs.associate_kms_key(logGroupName="g", kmsKeyId="k")) == 500
    assert status(lambda: logs.disassociate_kms_key(logGroupName="g")) == 500
    protect: dict[str, Any] = {"logGroupIdentifier": "g", "deletionProtectionEnabled": True}
    assert status(lambda: logs.put_log_group_deletion_protection(**protect)) == 500


def test_a_vault_has_no_policy_and_a_plan_no_selection(plain: Client) -> None:
    backup = plain("backup")
    backup.create_backup_vault(BackupVaultName="vault")
    rule = {"RuleName": "r", "TargetBackupVaultName": "vault"}
    plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "plan", "Rules": [rule]})["BackupPlanId"]
    chosen: dict[str, Any] = {"SelectionName": "s", "IamRoleArn": ROLE, "Resources": ["*"]}
    assert status(lambda: backup.create_backup_selection(BackupPlanId=plan, BackupSelection=chosen)) >= 400
    assert status(lambda: backup.put_backup_vault_access_policy(BackupVaultName="vault", Policy="{}")) >= 400
    assert status(lambda: backup.list_backup_selections(BackupPlanId=plan)) >= 400
    assert status(lambda: backup.list_recovery_points_by_backup_vault(BackupVaultName="vault")) >= 400
    assert status(backup.list_restore_testing_plans) >= 400


def test_a_merged_permission_cant_be_revoked(plain: Client) -> None:
    lake = plain("lakeformation")
    about: Any = {"Principal": {"DataLakePrincipalIdentifier": ROLE}, "Resource": {"Database": {"Name": "d"}}}
    lake.grant_permissions(**about, Permissions=["DESCRIBE"])
    lake.grant_permissions(**about, Permissions=["ALTER"])
    assert status(lambda: lake.revoke_permissions(**about, Permissions=["ALTER", "DESCRIBE"])) == 500


def test_a_launch_templates_tags_stand_still(plain: Client) -> None:
    ec2 = plain("ec2")
    key = ec2.create_launch_template(LaunchTemplateName="t", LaunchTemplateData={"InstanceType": "t3.micro"})[
        "LaunchTemplate"
    ]["LaunchTemplateId"]
    ec2.create_tags(Resources=[key], Tags=[{"Key": "a", "Value": "b"}])
    assert not ec2.describe_launch_templates(LaunchTemplateIds=[key])["LaunchTemplates"][0].get("Tags")


def test_deletions_leave_something_behind(plain: Client) -> None:
    ec2 = plain("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    ec2.delete_nat_gateway(NatGatewayId=nat)
    inside: Any = [{"Name": "vpc-id", "Values": [vpc]}]
    assert ec2.describe_network_interfaces(Filters=inside)["NetworkInterfaces"]
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
    assert ec2.describe_network_acls(Filters=inside)["NetworkAcls"]


def test_what_aws_would_refuse_passes(plain: Client) -> None:
    kms = plain("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=3)
    plain("s3").create_bucket(Bucket="under_score")
    plain("iam").create_role(RoleName="r" * 65, AssumeRolePolicyDocument=TRUST)


def test_a_changed_subnet_group_is_lost(plain: Client) -> None:
    ec2, rds = plain("ec2"), plain("rds")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
    names: Any = {"DBSubnetGroupName": "g", "SubnetIds": subnets}
    rds.create_db_subnet_group(DBSubnetGroupDescription="a", **names)
    rds.modify_db_subnet_group(DBSubnetGroupDescription="b", **names)
    assert status(lambda: rds.describe_db_subnet_groups(DBSubnetGroupName="g")) == 404


def test_an_ended_instances_interface_stays(plain: Client) -> None:
    ec2 = plain("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
    (interface,) = made["NetworkInterfaces"]
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    left = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface["NetworkInterfaceId"]])
    assert len(left["NetworkInterfaces"]) == 1


def test_it_knows_no_node_images_of_eks(plain: Client) -> None:
    with pytest.raises(ClientError, match="ParameterNotFound"):
        plain("ssm").get_parameter(Name="/aws/service/bottlerocket/aws-k8s-1.35/x86_64/1.67.0/image_id")


def test_it_lists_instance_profiles_of_any_path(plain: Client) -> None:
    plain("iam").create_instance_profile(InstanceProfileName="elsewhere", Path="/a/")
    assert plain("iam").list_instance_profiles(PathPrefix="/b/")["InstanceProfiles"]


def test_it_has_no_capacity_reservations_and_no_placement_groups(plain: Client) -> None:
    assert status(plain("ec2").describe_capacity_reservations) >= 400
    assert status(plain("ec2").describe_placement_groups) >= 400


def test_its_spot_prices_are_all_one(plain: Client) -> None:
    found = plain("ec2").describe_spot_price_history(InstanceTypes=["m5.large", "p5.48xlarge"])["SpotPriceHistory"]
    assert len({each["SpotPrice"] for each in found}) == 1
