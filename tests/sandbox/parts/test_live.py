"""A cluster that lives: the real scheduler and the real Karpenter find nodes in the emulated EC2."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aistacks_sandbox import processes
from aistacks_sandbox.cluster import server as cluster
from aistacks_sandbox.parts import commands, pods
from aistacks_sandbox.parts.pods import Placed
from aistacks_sandbox.state import State

pytestmark = pytest.mark.programs
PROGRAM = """
import pulumi, pulumi_kubernetes as k8s
from aistacks import EksCluster, GpuNodePool, Network

zones = ["eu-west-1a", "eu-west-1b"]
network = Network("net", {"availability_zones": zones, "cluster_name": "live", "deletion_protection": False})
cluster = EksCluster(
    "live", {"cluster_name": "live", "subnet_ids": network.private_subnet_ids, "deletion_protection": False}
)
on_it = pulumi.ResourceOptions(provider=cluster.provider)
pool = GpuNodePool(
    "gpus",
    {
        "cluster_name": cluster.cluster_name,
        "node_role_name": cluster.node_role_name,
        "instance_types": ["g5.xlarge", "g4dn.xlarge"],
        "max_gpus": 2,
    },
    on_it,
)
resources = {"limits": {"nvidia.com/gpu": "1"}}
k8s.apps.v1.Deployment(
    "asks",
    metadata={"name": "asks", "namespace": "default", "annotations": {"pulumi.com/skipAwait": "true"}},
    spec={
        "replicas": 3,
        "selector": {"matchLabels": {"app": "asks"}},
        "template": {
            "metadata": {"labels": {"app": "asks"}},
            "spec": {
                "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
                "containers": [{"name": "asks", "image": "asks", "resources": resources}],
            },
        },
    },
    opts=pulumi.ResourceOptions(provider=cluster.provider, depends_on=[pool]),
)
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("live")
    (folder / "Pulumi.yaml").write_text("name: live\nruntime: python\n")
    (folder / "Pulumi.sandbox.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    (folder / "__main__.py").write_text(PROGRAM)
    yield folder
    command(folder, "down", "--force")


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "aistacks_cli.start", "sandbox", *words, "--project", str(folder)]
    return subprocess.run(argv, capture_output=True, text=True, env={**os.environ, "COLUMNS": "240"})


def asked(state: State) -> list[Placed]:
    with cluster.client(state) as api:
        return [pod for pod in pods.placed(api) if pod.name.startswith("asks-")]


def until(holds: Callable[[], Any], seconds: float) -> Any:
    limit = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < limit:
        time.sleep(0.5)
    return found


def test_a_cluster_lives_and_is_gone(project: Path) -> None:
    """One sandbox through its life, for each start of it takes half a minute."""
    state = State.of(project)
    plain = command(project, "run", str(project))
    assert plain.returncode == 0, plain.stderr
    assert "Where the pods are" not in plain.stdout
    assert {pod.why for pod in asked(state)} == {"nothing has looked at it yet"}

    lives = command(project, "run", str(project), "--with", "karpenter")
    assert lives.returncode == 0, lives.stderr
    assert "gives no nodes" not in lives.stderr
    placed = asked(state)
    assert [pod.phase for pod in placed].count("Running") == 2, lives.stdout
    running = [pod for pod in placed if pod.phase == "Running"]
    # The cheapest of both by the catalogue's spot prices, on two nodes.
    assert {(pod.kind, pod.capacity) for pod in running} == {("g4dn.xlarge", "spot")}
    assert len({pod.node for pod in running}) == 2 and all(pod.hourly for pod in running)
    (waits,) = [pod for pod in placed if pod.phase == "Pending"]
    assert "nvidia.com/gpu" in waits.why and "nodes are available" in waits.why
    assert "Where the pods are" in lives.stdout and "g4dn.xlarge spot" in lives.stdout

    # An instance that ends takes its node along, and Karpenter starts another one.
    aws = json.loads((state.run / "aws.json").read_text())
    ended = running[0].node
    terminate(aws["port"], ended)
    assert until(lambda: ended not in {pod.node for pod in asked(state)}, 120)
    assert until(lambda: [pod.phase for pod in asked(state)].count("Running") == 2, 120), asked(state)

    # What a killed Karpenter has launched is taken back all the same.
    karpenter = processes.find(state, commands.KARPENTER)
    assert karpenter
    os.kill(karpenter.pid, signal.SIGKILL)
    gone = command(project, "down")
    assert gone.returncode == 0, gone.stderr
    assert not state.root.exists()


def terminate(port: int, node: str) -> None:
    import boto3

    make: Any = boto3.client
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "eu-west-1"}
    ec2 = make("ec2", endpoint_url=f"http://127.0.0.1:{port}", **keys)
    found = ec2.describe_instances(Filters=[{"Name": "private-dns-name", "Values": [node]}])["Reservations"]
    ec2.terminate_instances(InstanceIds=[found[0]["Instances"][0]["InstanceId"]])
