"""The shim's smaller parts, asked through boto3 over HTTP."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from aistacks_sandbox.emulator.server import holdings

Client = Callable[..., Any]
TRUST = '{"Version":"2012-10-17","Statement":[]}'


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    "name",
    ["Upper-Case", "under_score", "two..dots", "192.168.0.1", "xn--abc", "-abc", "abc-", "abc-s3alias"],
)
def test_bad_bucket_names_are_refused(client: Client, name: str) -> None:
    assert refused(lambda: client("s3").create_bucket(Bucket=name))[0] == "InvalidBucketName"


def test_good_bucket_names_are_taken(client: Client) -> None:
    s3 = client("s3")
    for name in ("abc", "a.b-c.d1", "9" * 63):
        s3.create_bucket(Bucket=name)
        s3.delete_bucket(Bucket=name)


def test_iam_names_have_a_length_and_an_alphabet(client: Client) -> None:
    iam = client("iam")
    code, told = refused(lambda: iam.create_role(RoleName="r" * 65, AssumeRolePolicyDocument=TRUST))
    assert code == "ValidationError"
    assert "at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64" in told
    for name in ("a b", "a/b"):
        with pytest.raises(ClientError, match="regular expression"):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    iam.create_role(RoleName="r" * 64, AssumeRolePolicyDocument=TRUST, Path="/a/b/")
    iam.delete_role(RoleName="r" * 64)


def test_aws_managed_policies_can_be_attached(client: Client) -> None:
    iam = client("iam")
    iam.create_role(RoleName="node", AssumeRolePolicyDocument=TRUST)
    arn = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
    iam.attach_role_policy(RoleName="node", PolicyArn=arn)
    [policy] = iam.list_attached_role_policies(RoleName="node")["AttachedPolicies"]
    assert policy["PolicyArn"] == arn
    iam.detach_role_policy(RoleName="node", PolicyArn=arn)
    iam.delete_role(RoleName="node")


@pytest.mark.parametrize("days", [3, 31])
def test_a_key_waits_a_week_to_a_month(client: Client, days: int) -> None:
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    code, _ = refused(lambda: kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=days))
    assert code == "ValidationException"
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def test_a_launch_templates_tags_change(client: Client) -> None:
    ec2 = client("ec2")
    first = [{"ResourceType": "launch-template", "Tags": [{"Key": "a", "Value": "b"}]}]
    key = ec2.create_launch_template(
        LaunchTemplateName="tags", LaunchTemplateData={"InstanceType": "t3.micro"}, TagSpecifications=first
    )["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_tags(Resources=[key], Tags=[{"Key": "c", "Value": "d"}])
    ec2.delete_tags(Resources=[key], Tags=[{"Key": "a"}])
    [told] = ec2.describe_launch_templates(LaunchTemplateIds=[key])["LaunchTemplates"]
    assert told["Tags"] == [{"Key": "c", "Value": "d"}]
    ec2.delete_launch_template(LaunchTemplateId=key)


def test_a_budget_changes_and_is_tagged(client: Client) -> None:
    budgets, account = client("budgets"), "123456789012"
    budget: Any = {
        "BudgetName": "gpu",
        "BudgetLimit": {"Amount": "10", "Unit": "USD"},
        "TimeUnit": "MONTHLY",
        "BudgetType": "COST",
    }
    budgets.create_budget(AccountId=account, Budget=budget)
    budget["BudgetLimit"]["Amount"] = "20"
    budgets.update_budget(AccountId=account, NewBudget=budget)
    told = budgets.describe_budget(AccountId=account, BudgetName="gpu")["Budget"]
    assert told["BudgetLimit"]["Amount"] == "20"
    arn = f"arn:aws:budgets::{account}:budget/gpu"
    budgets.tag_resource(ResourceARN=arn, ResourceTags=[{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}])
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["a"])
    assert budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"] == [{"Key": "c", "Value": "d"}]
    budgets.delete_budget(AccountId=account, BudgetName="gpu")


def test_crawlers_and_jobs_are_updated(client: Client) -> None:
    glue = client("glue")
    glue.create_crawler(Name="c", Role="r", DatabaseName="d", Targets={"S3Targets": [{"Path": "s3://b/"}]})
    glue.update_crawler(Name="c", Description="new", Schedule="cron(0 1 * * ? *)")
    told = glue.get_crawler(Name="c")["Crawler"]
    assert (told["Description"], told["Role"], told["Version"]) == ("new", "r", 2)
    assert told["Schedule"]["ScheduleExpression"] == "cron(0 1 * * ? *)"
    glue.delete_crawler(Name="c")

    command = {"Name": "glueetl", "ScriptLocation": "s3://b/a.py"}
    glue.create_job(Name="j", Role="r", Command=command, Description="old", GlueVersion="5.0")
    glue.update_job(JobName="j", JobUpdate={"Role": "s", "Command": command, "ExecutionClass": "FLEX"})
    told = glue.get_job(JobName="j")["Job"]
    assert (told["Role"], told["ExecutionClass"]) == ("s", "FLEX")
    assert "Description" not in told
    glue.delete_job(JobName="j")


def test_a_workgroup_is_updated(client: Client) -> None:
    athena = client("athena")
    athena.create_work_group(
        Name="w",
        Configuration={
            "ResultConfiguration": {"OutputLocation": "s3://a/"},
            "BytesScannedCutoffPerQuery": 10_000_000,
        },
    )
    athena.update_work_group(
        WorkGroup="w",
        Description="new",
        State="DISABLED",
        ConfigurationUpdates={
            "RemoveBytesScannedCutoffPerQuery": True,
            "ResultConfigurationUpdates": {"OutputLocation": "s3://b/"},
        },
    )
    told = athena.get_work_group(WorkGroup="w")["WorkGroup"]
    assert (told["Description"], told["State"]) == ("new", "DISABLED")
    assert told["Configuration"]["ResultConfiguration"] == {"OutputLocation": "s3://b/"}
    assert "BytesScannedCutoffPerQuery" not in told["Configuration"]
    athena.delete_work_group(WorkGroup="w")
    assert refused(lambda: athena.get_work_group(WorkGroup="w"))[0] == "InvalidRequestException"


@pytest.mark.parametrize(
    "resource",
    [
        {"Database": {"Name": "db"}},
        {"Table": {"DatabaseName": "db", "Name": "t"}},
        {"Table": {"DatabaseName": "db", "TableWildcard": {}}},
        {"TableWithColumns": {"DatabaseName": "db", "Name": "t", "ColumnNames": ["a"]}},
        {"DataLocation": {"ResourceArn": "arn:aws:s3:::b"}},
    ],
)
def test_permissions_are_granted_merged_and_taken_back(client: Client, resource: dict[str, Any]) -> None:
    lake = client("lakeformation")
    about: Any = {
        "Principal": {"DataLakePrincipalIdentifier": "arn:aws:iam::123456789012:role/analyst"},
        "Resource": resource,
    }
    lake.grant_permissions(**about, Permissions=["DESCRIBE"])
    lake.grant_permissions(**about, Permissions=["ALTER"], PermissionsWithGrantOption=["ALTER"])
    [told] = lake.list_permissions(**about)["PrincipalResourcePermissions"]
    assert (set(told["Permissions"]), told["PermissionsWithGrantOption"]) == ({"DESCRIBE", "ALTER"}, ["ALTER"])
    [[kind, parts]] = told["Resource"].items()
    assert parts["CatalogId"] == "123456789012"
    assert resource[kind].items() <= parts.items()
    lake.revoke_permissions(**about, Permissions=["DESCRIBE", "ALTER"], PermissionsWithGrantOption=["ALTER"])
    assert lake.list_permissions(**about)["PrincipalResourcePermissions"] == []
    code, _ = refused(lambda: lake.revoke_permissions(**about, Permissions=["ALTER"]))
    assert code == "InvalidInputException"


def test_a_location_gets_the_service_linked_role(client: Client) -> None:
    lake, arn = client("lakeformation"), "arn:aws:s3:::linked"
    lake.register_resource(ResourceArn=arn, UseServiceLinkedRole=True)
    role = lake.describe_resource(ResourceArn=arn)["ResourceInfo"]["RoleArn"]
    assert role.endswith("/AWSServiceRoleForLakeFormationDataAccess")
    lake.deregister_resource(ResourceArn=arn)


def test_a_gap_is_said_once_and_not_tried_again(endpoint: str) -> None:
    ec2 = boto3.client(
        "ec2",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"max_attempts": 5}),
    )
    with pytest.raises(ClientError) as caught:
        ec2.create_placement_group(GroupName="g")
    told = caught.value.response["ResponseMetadata"]
    assert (told["HTTPStatusCode"], told["RetryAttempts"]) == (501, 0)


def test_a_log_group_gets_a_key_later_and_none_again(client: Client) -> None:
    logs, key = client("logs"), "arn:aws:kms:us-east-1:123456789012:key/k"
    logs.create_log_group(logGroupName="g")
    logs.associate_kms_key(logGroupName="g", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName="g")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    assert refused(lambda: logs.disassociate_kms_key(logGroupName="h"))[0] == "ResourceNotFoundException"


def held(endpoint: str, service: str) -> list[str]:
    return holdings(endpoint).get(service, [])


def test_an_ended_instance_leaves_nothing_but_the_interface_that_was_there_before(
    client: Client, endpoint: str, network: dict[str, Any]
) -> None:
    ec2 = client("ec2")
    before = held(endpoint, "ec2")
    subnet = network["subnets"][0]
    own = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    plain = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
    attached = ec2.run_instances(
        ImageId="ami-12c6146b",
        MinCount=1,
        MaxCount=1,
        NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": own}],
    )["Instances"][0]
    assert any("Reservation" in thing for thing in held(endpoint, "ec2"))
    ec2.terminate_instances(InstanceIds=[plain["InstanceId"], attached["InstanceId"]])
    assert [t for t in held(endpoint, "ec2") if t not in before] == [f"NetworkInterface {own} (us-east-1)"]
    ec2.delete_network_interface(NetworkInterfaceId=own)


def test_a_secret_in_its_recovery_window_is_on_its_way_out(client: Client, endpoint: str) -> None:
    secrets = client("secretsmanager")
    secrets.create_secret(Name="shim-secret", SecretString="x")
    assert held(endpoint, "secretsmanager") == ["Secret shim-secret (us-east-1)"]
    secrets.delete_secret(SecretId="shim-secret", RecoveryWindowInDays=7)
    assert held(endpoint, "secretsmanager") == []
    secrets.restore_secret(SecretId="shim-secret")
    assert held(endpoint, "secretsmanager") == ["Secret shim-secret (us-east-1)"]


def test_a_key_that_aws_makes_for_a_service_is_nobodys(client: Client, endpoint: str) -> None:
    ec2 = client("ec2", region="eu-central-1")
    volume = ec2.create_volume(AvailabilityZone="eu-central-1a", Size=1, Encrypted=True)["VolumeId"]
    assert [thing for thing in held(endpoint, "kms") if "eu-central-1" in thing] == []
    key = client("kms", region="eu-central-1").create_key(Description="ours")["KeyMetadata"]["KeyId"]
    assert [thing for thing in held(endpoint, "kms") if "eu-central-1" in thing] == [f"Key {key} (eu-central-1)"]
    ec2.delete_volume(VolumeId=volume)
    client("kms", region="eu-central-1").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def test_a_log_group_with_deletion_protection_is_not_deleted(client: Client) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/kept")
    [found] = logs.describe_log_groups(logGroupNamePrefix="/kept")["logGroups"]
    assert found["deletionProtectionEnabled"] is False
    logs.put_log_group_deletion_protection(logGroupIdentifier=found["logGroupArn"], deletionProtectionEnabled=True)
    [found] = logs.describe_log_groups(logGroupNamePrefix="/kept")["logGroups"]
    assert found["deletionProtectionEnabled"] is True
    assert refused(lambda: logs.delete_log_group(logGroupName="/kept"))[0] == "ValidationException"
    logs.put_log_group_deletion_protection(logGroupIdentifier="/kept", deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="/kept")
    assert logs.describe_log_groups(logGroupNamePrefix="/kept")["logGroups"] == []


def test_a_deleted_backup_plan_is_no_more_there(client: Client, endpoint: str) -> None:
    backup = client("backup")
    rule = {"RuleName": "daily", "TargetBackupVaultName": "vault"}
    made = backup.create_backup_plan(BackupPlan={"BackupPlanName": "plan", "Rules": [rule]})["BackupPlanId"]
    assert held(endpoint, "backup") == [f"Plan {made} (us-east-1)"]
    backup.delete_backup_plan(BackupPlanId=made)
    assert held(endpoint, "backup") == []
