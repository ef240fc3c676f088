"""Karpenter, the controller that launches and terminates nodes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from .._aws.pod_identity import trust_policy
from .._aws.policy_documents import account_id, document, region
from .._aws.tags import tags_for
from .._kubernetes import images, node_image
from .access import pod_identity
from .addons import SYSTEM_TAINT
from .control_plane import ControlPlane
from .karpenter_policy import Place, discovery, nodes, profiles, queue
from .karpenter_queue import interruption_queue
from .system_nodes import node_role

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "karpenter"
_RELEASE_S = 600
"""How long Helm may take to install, upgrade and uninstall: 300 seconds by default. It heeds no ``custom_timeouts``
(pulumi-kubernetes, `provider/pkg/provider/helm_release.go`, read 2026-11-30)."""


def karpenter(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    plane: ControlPlane,
    kubeconfig: pulumi.Output[str],
    ready: Sequence[pulumi.Resource],
) -> tuple[list[pulumi.Resource], aws.iam.Role, aws.iam.InstanceProfile | None]:
    """Install Karpenter on the system nodes, after everything in ``ready``.

    Returns its Helm releases, the role of the nodes that it launches, and their instance profile (``isolated_vpc``
    only).
    """
    role, attached = node_role(parent, name, a, plane, "karpenter-node")
    joins = aws.eks.AccessEntry(
        f"{name}-karpenter-node",
        cluster_name=plane.cluster.name,
        principal_arn=role.arn,
        type="EC2_LINUX",
        tags=tags_for(f"EksCluster/{name}", f"{name}-karpenter-node", a["tags"]),
        opts=pulumi.ResourceOptions(parent=parent, deleted_with=plane.cluster),
    )
    events = interruption_queue(parent, name, a)
    identity = _controller(parent, name, a, plane, role, events)
    # A separate provider: `EksCluster.provider` depends on Karpenter.
    provider = kubernetes.Provider(
        f"{name}-bootstrap",
        kubeconfig=kubeconfig,
        cluster_identifier=plane.cluster.endpoint,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*ready]),
    )
    profile = _instance_profile(parent, name, a, role) if a["isolated_vpc"] else None
    needs = [*identity, joins, *attached, *([profile] if profile else [])]
    releases = _releases(parent, name, a, plane, provider, events.name, needs)
    return releases, role, profile


def _gates(a: Mapping[str, Any]) -> dict[str, bool]:
    gates = {"staticCapacity": a["static_capacity"], "nodeRepair": a["node_repair"]}
    return {gate: True for gate, on in gates.items() if on}


def _mirrored(registry: str) -> dict[str, Any]:
    # Tag and digest remain the chart's.
    return {"image": {"repository": images.mirrored(node_image.karpenter()["image"], registry)}}


def _instance_profile(
    parent: pulumi.Resource, name: str, a: Mapping[str, Any], role: aws.iam.Role
) -> aws.iam.InstanceProfile:
    """IAM has no VPC endpoint, so without NAT Karpenter can't create one (Karpenter 1.14, "Private clusters")."""
    return aws.iam.InstanceProfile(
        f"{name}-karpenter-node",
        role=role.name,
        tags=tags_for(f"EksCluster/{name}", f"{name}-karpenter-node", a["tags"]),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _controller(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    plane: ControlPlane,
    nodes_role: aws.iam.Role,
    events: aws.sqs.Queue,
) -> list[pulumi.Resource]:
    child = pulumi.ResourceOptions(parent=parent)
    logical_name = f"{name}-karpenter"
    role = aws.iam.Role(
        logical_name,
        description="What Karpenter's controller may do",
        assume_role_policy=trust_policy(plane.name, NAMESPACE, SERVICE_ACCOUNT, parent),
        tags=tags_for(f"EksCluster/{name}", logical_name, a["tags"]),
        opts=child,
    )
    place = Place(plane.name, plane.partition, region(parent), account_id(parent))
    policies = [
        aws.iam.RolePolicy(f"{logical_name}-{what}", role=role.name, policy=document(statements), opts=child)
        for what, statements in (
            ("nodes", nodes(place)),
            ("profiles", profiles(place, nodes_role.arn)),
            ("discovery", discovery(place)),
            ("queue", queue(events.arn)),
        )
    ]
    spec = {"namespace": NAMESPACE, "service_account": SERVICE_ACCOUNT, "role_arn": role.arn}
    return [pod_identity(parent, name, a, plane, "karpenter", spec), *policies]


def _releases(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    plane: ControlPlane,
    provider: kubernetes.Provider,
    queue_name: pulumi.Output[str],
    needs: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    pinned = node_image.karpenter()
    # Helm never upgrades the CRDs in a chart's crds folder; the separate CRD chart does.
    definitions = kubernetes.helm.v3.Release(
        f"{name}-karpenter-crd",
        name="karpenter-crd",
        chart=pinned["crd_chart"],
        version=pinned["version"],
        namespace=NAMESPACE,
        atomic=True,
        timeout=_RELEASE_S,
        # With the definitions go all objects of their kinds: every node pool in the cluster, and so every node.
        opts=pulumi.ResourceOptions(
            parent=parent,
            provider=provider,
            protect=a["deletion_protection"],
            retain_on_delete=a["deletion_protection"],
        ),
    )
    controller = kubernetes.helm.v3.Release(
        f"{name}-karpenter",
        name="karpenter",
        chart=pinned["chart"],
        version=pinned["version"],
        namespace=NAMESPACE,
        skip_crds=True,
        atomic=True,
        timeout=_RELEASE_S,
        values={
            "serviceAccount": {"name": SERVICE_ACCOUNT},
            "settings": {
                "clusterName": plane.name,
                "interruptionQueue": queue_name,
                "eksControlPlane": True,
                **({"isolatedVPC": True} if a["isolated_vpc"] else {}),
                # Helm merges: the other gates keep the chart's defaults, reservedCapacity (on) among them.
                **({"featureGates": gates} if (gates := _gates(a)) else {}),
            },
            "controller": {
                **(_mirrored(a["image_registry"]) if a["image_registry"] else {}),
                "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
            },
            "tolerations": [{"key": SYSTEM_TAINT, "operator": "Exists"}],
        },
        # Karpenter fails at start without its role, its queue and the nodes' access entry.
        opts=pulumi.ResourceOptions(parent=parent, provider=provider, depends_on=[definitions, *needs]),
    )
    return [definitions, controller]
