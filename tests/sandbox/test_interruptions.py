"""Real commands that are killed in the middle, and what the same command makes of it. Its long form is a benchmark."""

from __future__ import annotations

import random
import subprocess
import textwrap
from collections.abc import Iterator

import pytest

from aistacks_core.errors import UserError
from aistacks_sandbox.programs import engine, etcd, kubernetes
from interruptions import Bench

pytestmark = pytest.mark.programs

MANY = """
    import pulumi_aws as aws, pulumi_kubernetes as k8s
    for at in range(5):
        bucket = aws.s3.Bucket(f"data-{at}", tags={"Name": f"data-{at}"})
        aws.s3.BucketVersioning(f"data-{at}", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
        aws.glue.CatalogDatabase(f"base-{at}", name=f"base-{at}")
        vpc = aws.ec2.Vpc(f"net-{at}", cidr_block=f"10.{at}.0.0/16", tags={"Name": f"net-{at}"})
        aws.ec2.Subnet(f"net-{at}", vpc_id=vpc.id, cidr_block=f"10.{at}.1.0/24", tags={"Name": f"net-{at}"})
        queue = aws.sqs.Queue(f"work-{at}", tags={"Name": f"work-{at}"})
        k8s.core.v1.ConfigMap(f"settings-{at}", data={"queue": queue.name})
"""
MOMENTS = 10
VICTIMS = ("command", "group", "engine", "provider", "group")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    try:
        for program in (engine, kubernetes, etcd):
            program.ensure()
    except UserError as error:
        pytest.skip(f"no sandbox on this machine: {error}")
    folder = tmp_path_factory.mktemp("bench")
    (folder / "program.py").write_text(textwrap.dedent(MANY))
    made = Bench(folder, folder / "program.py")
    made.prepare("run")
    yield made
    subprocess.run([*made.argv("down"), "--force"], capture_output=True, check=False)


@pytest.mark.parametrize("number", range(MOMENTS))
def test_a_killed_run_converges_and_leaves_nothing(bench: Bench, number: int) -> None:
    """Ten moments, each victim in turn; every other one at the destruction."""
    dice = random.Random(f"short-{number}")
    operation = "destroy" if number % 2 else "run"
    found = bench.cycle(number, operation, VICTIMS[number // 2], dice)
    assert found.well, found
