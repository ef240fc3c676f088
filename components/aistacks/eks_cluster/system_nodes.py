"""The managed node group that runs the cluster's controllers."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.tags import node_tags_for, tags_for
from .._kubernetes import node_image, node_metadata
from .._kubernetes.labels import NODES
from .addons import SYSTEM_TAINT
from .control_plane import ControlPlane, service_trust

ROOT_GIB = 50


def node_role(
    parent: pulumi.Resource, name: str, a: Mapping[str, Any], plane: ControlPlane, role: str
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """An IAM role that allows nodes to join the cluster and pull images only. Pods have separate roles."""
    child = pulumi.ResourceOptions(parent=parent)
    logical_name = f"{name}-{role}"
    made = aws.iam.Role(
        logical_name,
        description="What a node may do",
        assume_role_policy=service_trust("ec2.amazonaws.com"),
        tags=tags_for(f"EksCluster/{name}", logical_name, a["tags"]),
        opts=child,
    )
    attached = [
        aws.iam.RolePolicyAttachment(
            f"{logical_name}-{what}", role=made.name, policy_arn=plane.managed_policy(policy), opts=child
        )
        for what, policy in (
            ("join", "AmazonEKSWorkerNodePolicy"),
            ("pull", "AmazonEC2ContainerRegistryPullOnly"),
        )
    ]
    return made, attached


def system_nodes(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    plane: ControlPlane,
    addons: Sequence[pulumi.Resource],
) -> aws.eks.NodeGroup:
    """Tainted nodes with a pinned AMI, IMDSv2 with hop limit 1 (out of reach of pods), and encrypted volumes."""
    logical_name = f"{name}-system"
    of_nodes = node_tags_for(f"EksCluster/{name}", logical_name, a["tags"])
    tags = tags_for(f"EksCluster/{name}", logical_name, a["tags"])
    role, attached = node_role(parent, name, a, plane, "system-node")
    template = aws.ec2.LaunchTemplate(
        logical_name,
        metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
        block_device_mappings=[
            {
                "device_name": "/dev/xvda",
                "ebs": {
                    "volume_size": ROOT_GIB,
                    "volume_type": "gp3",
                    "encrypted": "true",
                    "delete_on_termination": "true",
                },
            }
        ],
        tag_specifications=[
            {"resource_type": kind, "tags": of_nodes} for kind in ("instance", "volume", "network-interface")
        ],
        update_default_version=True,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    count = a["system_node_count"]
    return aws.eks.NodeGroup(
        logical_name,
        cluster_name=plane.cluster.name,
        node_role_arn=role.arn,
        subnet_ids=a["subnet_ids"],
        ami_type="AL2023_x86_64_STANDARD",
        version=a["kubernetes_version"],
        release_version=node_image.system_ami(a["kubernetes_version"]),
        instance_types=a["system_instance_types"],
        capacity_type="ON_DEMAND",
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        # One more than desired, for rolling updates.
        scaling_config={"desired_size": count, "min_size": count, "max_size": count + 1},
        update_config={"max_unavailable": 1},
        taints=[{"key": SYSTEM_TAINT, "value": "true", "effect": "NO_SCHEDULE"}],
        labels={**node_metadata.of_managed_nodes(a["labels"]), NODES: "system"},
        tags=tags,
        # Without the VPC CNI nodes stay NotReady; without the policies they can't join the cluster.
        opts=pulumi.ResourceOptions(
            parent=parent, depends_on=[*addons, *attached], custom_timeouts=_update_timeouts(count)
        ),
    )


def _update_timeouts(count: int) -> pulumi.CustomTimeouts:
    """Timeouts: an update replaces one node at a time, and EKS waits 15 minutes for the pods of each ("Update a managed
    node group", EKS user guide, read 2026-11-30); the provider's default is one hour for the whole update."""
    return pulumi.CustomTimeouts(update=f"{max(60, 25 * (count + 1))}m", delete=f"{max(60, 20 * count)}m")
