"""One emulator process for every test of the shim, and boto3 clients onto it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from aistacks_core.loopback import free_port
from aistacks_sandbox.emulator import server as emulator

Client = Callable[..., Any]


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "aistacks_sandbox.emulator.server", "--port", str(port)]
    with subprocess.Popen(command) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            emulator.wait_ready(url, timeout=60, alive=lambda: process.poll() is None)
            yield url
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture
def client(endpoint: str) -> Client:
    """``client("eks")``; ``region`` and ``account`` keep tests apart from one another."""

    def make(service: str, region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
        )

    return make


TRUST = '{"Version":"2012-10-17","Statement":[]}'


@pytest.fixture(scope="session")
def network(endpoint: str) -> dict[str, Any]:
    """A VPC with two subnets in two zones, and a role: what EKS and Redshift want to be there."""
    keys: Any = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    ec2 = boto3.client("ec2", endpoint_url=endpoint, **keys)
    iam = boto3.client("iam", endpoint_url=endpoint, **keys)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for index, zone in enumerate("ab")
    ]
    role = iam.create_role(RoleName="shim-tests", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    return {"vpc": vpc, "subnets": subnets, "role": role}
