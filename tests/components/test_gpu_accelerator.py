"""Pools of AWS's own accelerators, and of Graviton with GPUs: resources, taint, image and what is refused.

That a Neuron device computes on such a node, only AWS shows.
"""

import tomllib

import pulumi
import pytest

from aistacks import Accelerator, GpuNodePool
from aistacks_core.errors import UserError

G = {"cluster_name": "main", "node_role_name": "nodes"}
NEURON = {**G, "accelerator": "neuron", "instance_types": ["inf2.xlarge", "inf2.8xlarge"]}


@pytest.fixture(autouse=True)
def warned(monkeypatch):
    """What was warned of."""
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    return said


@pytest.fixture
def pool(record):
    def run(base=NEURON, **args):
        return record(lambda: GpuNodePool("chips", {**base, **args}))

    return run


def spec(plan, kind):
    (made,) = [r for r in plan.resources if r.inputs.get("kind") == kind]
    return made.inputs["spec"]


def test_a_neuron_pool_is_limited_and_tainted_by_neuron_devices(pool, warned):
    found = spec(pool(accelerator=Accelerator.NEURON, max_gpus=4), "NodePool")
    assert found["limits"] == {"aws.amazon.com/neuron": "4"}
    assert found["template"]["spec"]["taints"] == [
        {"key": "aws.amazon.com/neuron", "value": "true", "effect": "NoSchedule"}
    ]
    assert warned == []


def test_nothing_for_nvidia_s_gpus_selects_neuron_nodes(pool):
    labels = spec(pool(), "NodePool")["template"]["metadata"]["labels"]
    assert labels == {"aistacks.io/pool": "chips", "aistacks.io/nodes": "inference"}


def test_containers_that_are_not_root_may_use_the_devices(pool):
    found = tomllib.loads(spec(pool(user_data="[settings.kubernetes]\nmax-pods = 50"), "EC2NodeClass")["userData"])
    assert found["settings"]["kubernetes"] == {"device-ownership-from-security-context": True, "max-pods": 50}


def test_trainium_has_efa(pool):
    asked = {"instance_types": ["trn2.48xlarge"], "max_gpus": 32, "efa": True, "zones": ["us-east-1a"]}
    assert len(spec(pool(**asked), "EC2NodeClass")["networkInterfaces"]) == 17


def test_graviton_with_gpus_is_a_pool_like_any_other(pool, warned):
    plan = pool({**G, "instance_types": ["g5g.xlarge", "g5g.2xlarge"]}, kubernetes_version="1.35")
    needs = spec(plan, "NodePool")["template"]["spec"]["requirements"]
    assert {"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]} in needs
    assert spec(plan, "NodePool")["limits"] == {"nvidia.com/gpu": "8"}
    assert warned == []


def test_a_type_that_aws_does_not_list_for_the_image_is_warned_of(pool, warned):
    pool(instance_types=["trn1n.32xlarge"], max_gpus=16)
    assert (
        "instance_types[0]: 'trn1n.32xlarge' isn't one of those that AWS lists for Bottlerocket's Neuron" in warned[0]
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            {"instance_types": ["g6.xlarge"]},
            "instance_types[0]: got 'g6.xlarge'; expected a type with Neuron accelerators, of inf1, inf2, trn1, trn1n, "
            "trn2. It is one of a pool whose accelerator is nvidia.",
        ),
        (
            {"accelerator": "nvidia"},
            "instance_types[0]: got 'inf2.xlarge'; expected a type with NVIDIA GPUs",
        ),
        ({"accelerator": "tpu"}, "accelerator: got 'tpu'; expected one of nvidia, neuron"),
        (
            {"sharing": {"mode": "time-slicing", "replicas": 2}, "instance_types": ["inf2.xlarge"]},
            "sharing.mode: got 'time-slicing'; expected exclusive, because the accelerator is neuron",
        ),
        ({"instance_types": ["trn1.32xlarge"], "max_gpus": 8}, "max_gpus: got 8; expected at least 16"),
    ],
)
def test_what_the_accelerator_can_not_do_is_refused(pool, args, message):
    with pytest.raises(UserError) as error:
        pool(**args)
    assert message in str(error.value)
