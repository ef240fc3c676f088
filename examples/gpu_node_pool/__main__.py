"""Pools for inference and for training, on a cluster of your own that runs Karpenter."""

import os
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes

from aistacks import GpuNodePool, PoolPurpose

# Any kubeconfig: its text, or the path of a file.
KUBECONFIG = Path(os.environ.get("KUBECONFIG", "~/.kube/config")).expanduser()
there = kubernetes.Provider("there", kubeconfig=str(KUBECONFIG))
on_it = pulumi.ResourceOptions(provider=there)

inference = GpuNodePool(
    "inference",
    {
        "cluster_name": "example",
        "node_role_name": "example-karpenter-node",
        "instance_types": ["g6.xlarge", "g5.xlarge"],
        "max_gpus": 4,
        "tags": {"Project": "example"},
    },
    on_it,
)
training = GpuNodePool(
    "training",
    {
        "cluster_name": "example",
        "node_role_name": "example-karpenter-node",
        "instance_types": ["p5.48xlarge"],
        "purpose": PoolPurpose.TRAINING,
        "capacity_types": ["reserved", "on-demand"],
        "max_gpus": 16,
        # True for jobs over several nodes, with "zones" of one zone.
        "efa": False,
        "tags": {"Project": "example"},
    },
    on_it,
)

pulumi.export("pools", [inference.name, training.name])
