"""Karpenter: the controller that starts and stops the nodes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from .._aws.pod_identity import trust_policy
from .._aws.policy_documents import account_id, document, region
from .._aws.tags import tags_for
from .._kubernetes import node_image
from .access import pod_identity
from .addons import SYSTEM_TAINT
from .control_plane import ControlPlane
from .karpenter_policy import Place, discovery, nodes, profiles, queue
from .karpenter_queue import interruption_queue
from .system_nodes import node_role

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "karpenter"


def karpenter(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    plane: ControlPlane,
    kubeconfig: pulumi.Output[str],
    ready: Sequence[pulumi.Resource],
) -> tuple[list[pulumi.Resource], aws.iam.Role]:
    """Installs Karpenter on the system nodes, once all of ``ready`` is there.

    Returns its releases and the role of the nodes that it starts.
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
    # A provider apart from the public one, which has to wait until Karpenter is there.
    provider = kubernetes.Provider(
        f"{name}-bootstrap",
        kubeconfig=kubeconfig,
        cluster_identifier=plane.cluster.endpoint,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*ready]),
    )
    needs = [*identity, joins, *attached]
    releases = _releases(parent, name, plane, provider, events.name, needs)
    return releases, role


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
    wish = {"namespace": NAMESPACE, "service_account": SERVICE_ACCOUNT, "role_arn": role.arn}
    return [pod_identity(parent, name, a, plane, "karpenter", wish), *policies]


def _releases(
    parent: pulumi.Resource,
    name: str,
    plane: ControlPlane,
    provider: kubernetes.Provider,
    queue_name: pulumi.Output[str],
    needs: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    pinned = node_image.karpenter()
    # Helm upgrades no definitions that a chart brings in its crds folder; the chart of definitions does.
    definitions = kubernetes.helm.v3.Release(
        f"{name}-karpenter-crd",
        name="karpenter-crd",
        chart=pinned["crd_chart"],
        version=pinned["version"],
        namespace=NAMESPACE,
        atomic=True,
        opts=pulumi.ResourceOptions(parent=parent, provider=provider),
    )
    controller = kubernetes.helm.v3.Release(
        f"{name}-karpenter",
        name="karpenter",
        chart=pinned["chart"],
        version=pinned["version"],
        namespace=NAMESPACE,
        skip_crds=True,
        atomic=True,
        timeout=600,
        values={
            "serviceAccount": {"name": SERVICE_ACCOUNT},
            "settings": {
                "clusterName": plane.name,
                "interruptionQueue": queue_name,
                "eksControlPlane": True,
            },
            "controller": {
                "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
            },
            "tolerations": [{"key": SYSTEM_TAINT, "operator": "Exists"}],
        },
        # Without its role, its queue and the right to let nodes join, it starts and fails.
        opts=pulumi.ResourceOptions(parent=parent, provider=provider, depends_on=[definitions, *needs]),
    )
    return [definitions, controller]
