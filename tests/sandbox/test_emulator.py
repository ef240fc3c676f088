"""The emulator's own process: how it starts and stops, and what it tells of itself."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config

from aistacks_core.loopback import free_port
from aistacks_sandbox.emulator import server as emulator

COMMAND = [sys.executable, "-m", "aistacks_sandbox.emulator.server"]
TRUST = '{"Version":"2012-10-17","Statement":[]}'


@contextmanager
def running(port: int) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    with subprocess.Popen([*COMMAND, "--port", str(port)], stderr=subprocess.PIPE, text=True) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            emulator.wait_ready(url, 60, lambda: process.poll() is None)
            yield url, process
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with running(free_port()) as (url, _):
        yield url


@pytest.fixture
def client(endpoint: str) -> Any:
    def make(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(s3={"addressing_style": "path"}),
        )

    return make


def test_a_life_has_an_id_and_ends_on_sigterm_without_a_word() -> None:
    port, lives = free_port(), set()
    for _ in range(2):
        with running(port) as (url, process):
            lives.add(emulator.boot_id(url))
            boto3.client(
                "sts",
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id="x",
                aws_secret_access_key="x",
            ).get_caller_identity()
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=60)
            assert (process.returncode, told) == (0, "")
        assert emulator.boot_id(url) is None
    assert len(lives) == 2


def test_a_taken_port_is_one_line(endpoint: str) -> None:
    port = endpoint.rsplit(":", 1)[1]
    done = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr == f"--port: got {port} (Address already in use); expected a free port\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example"])
def test_it_serves_on_loopback_only(host: str) -> None:
    done = subprocess.run([*COMMAND, "--port", "1", "--host", host], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr == f"--host: got {host}; expected a loopback address such as 127.0.0.1\n"


def test_nobody_there_is_none(nobody: str) -> None:
    assert emulator.boot_id(nobody) is None
    with pytest.raises(TimeoutError, match="did not answer"):
        emulator.wait_ready(nobody, timeout=0.2)
    with pytest.raises(OSError, match="refused"):
        emulator.holdings(nobody)


def test_what_was_created_is_held_until_it_is_deleted(endpoint: str, client: Any) -> None:
    ec2, iam, s3, kms, glue = (client(name) for name in ("ec2", "iam", "s3", "kms", "glue"))
    # Looking makes moto create what a fresh account has.
    ec2.describe_vpcs()
    iam.list_policies(Scope="AWS")
    kms.list_aliases()
    client("redshift").describe_cluster_parameter_groups()
    client("athena").list_work_groups()
    client("ssm").get_parameter(Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")
    client("events").list_event_buses()
    assert emulator.holdings(endpoint) == {}

    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{index}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for index, zone in enumerate("ab")
    ]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    nat = ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
    role = iam.create_role(RoleName="held", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/held", TargetKeyId=key)
    s3.create_bucket(Bucket="held-bucket")
    glue.create_database(DatabaseInput={"Name": "held"})
    eks = client("eks")
    eks.create_cluster(name="held", roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
    serverless = client("redshift-serverless")
    serverless.create_namespace(namespaceName="held")
    client("sqs").create_queue(QueueName="held")
    client("logs").create_log_group(logGroupName="/held")

    held = emulator.holdings(endpoint)
    told = {service: " ".join(names) for service, names in held.items()}
    assert {"ec2", "eks", "glue", "iam", "kms", "logs", "redshift-serverless", "s3", "sqs"} == set(held)
    assert f"{vpc} (us-east-1)" in told["ec2"]
    assert nat in told["ec2"]
    assert "Cluster held (us-east-1)" in held["eks"]
    assert "Namespace held (us-east-1)" in held["redshift-serverless"]
    assert held["s3"] == ["Bucket held-bucket (aws)"]
    assert held["iam"] == ["Role held (aws)"]

    client("logs").delete_log_group(logGroupName="/held")
    client("sqs").delete_queue(QueueUrl=client("sqs").get_queue_url(QueueName="held")["QueueUrl"])
    serverless.delete_namespace(namespaceName="held")
    eks.delete_cluster(name="held")
    glue.delete_database(Name="held")
    s3.delete_bucket(Bucket="held-bucket")
    kms.delete_alias(AliasName="alias/held")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    iam.delete_role(RoleName="held")
    ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    ec2.release_address(AllocationId=address)
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
    assert emulator.holdings(endpoint) == {}
