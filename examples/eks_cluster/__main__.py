"""A cluster with Karpenter in a network of its own, and a namespace in it."""

import pulumi
import pulumi_kubernetes as kubernetes

from aistacks import EksCluster, Network

network = Network(
    "ai",
    {
        "availability_zones": ["eu-west-1a", "eu-west-1b"],
        "cluster_name": "example",
        # So that `pulumi destroy` takes the trial away again. Leave these lines out for what others use.
        "deletion_protection": False,
        "tags": {"Project": "example"},
    },
)
cluster = EksCluster(
    "example",
    {
        # The one that the network's subnets are tagged with.
        "cluster_name": "example",
        "subnet_ids": network.private_subnet_ids,
        # The API is private. To reach it from where you sit, name that address here, for example 203.0.113.7/32.
        "public_access_cidrs": [],
        "deletion_protection": False,
        "tags": {"Project": "example"},
    },
)
team = kubernetes.core.v1.Namespace(
    "team",
    metadata={"labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
    opts=pulumi.ResourceOptions(provider=cluster.provider),
)

pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("namespace", team.metadata.apply(lambda metadata: metadata.name))
