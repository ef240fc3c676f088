"""EKS's managed add-ons, each at the version pinned for the cluster's Kubernetes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from aistacks_catalog.aws import facts as _facts

from .._aws.pod_identity import trust_policy
from .._aws.tags import stack_tag, tags_for
from .control_plane import ControlPlane

SYSTEM_TAINT = "CriticalAddonsOnly"
LIMITS = pulumi.CustomTimeouts(create="40m", update="2h")
"""The provider waits 20 minutes for either, 40 for a removal (terraform-provider-aws, `internal/service/eks/addon.go`,
read 2026-11-30). An add-on that runs on every node is exchanged a tenth of the nodes at a time."""
_TOLERATED = [{"key": SYSTEM_TAINT, "operator": "Exists"}]


def addons_before_nodes(
    parent: pulumi.Resource, name: str, a: Mapping[str, Any], plane: ControlPlane
) -> list[pulumi.Resource]:
    """Add-ons that a node needs to become ready: VPC CNI, kube-proxy and the Pod Identity agent."""
    network = {
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
    }
    agent = _addon(parent, name, a, plane, "eks-pod-identity-agent")
    return [
        _addon(
            parent,
            name,
            a,
            plane,
            "vpc-cni",
            values=network,
            service_account="aws-node",
            managed_policy="AmazonEKS_CNI_Policy",
            # Its pods crash without the Pod Identity agent, which provides their role (amazon-vpc-cni-k8s#3840).
            after=[agent],
        ),
        _addon(parent, name, a, plane, "kube-proxy"),
        agent,
    ]


def addons_after_nodes(
    parent: pulumi.Resource, name: str, a: Mapping[str, Any], plane: ControlPlane, nodes: pulumi.Resource
) -> list[pulumi.Resource]:
    """Add-ons that become healthy only once there is a node."""
    after = [nodes]
    return [
        _addon(parent, name, a, plane, "coredns", values={"tolerations": _TOLERATED}, after=after),
        _addon(parent, name, a, plane, "metrics-server", values={"tolerations": _TOLERATED}, after=after),
        _addon(parent, name, a, plane, "eks-node-monitoring-agent", after=after),
        _addon(
            parent,
            name,
            a,
            plane,
            "aws-ebs-csi-driver",
            # The driver itself marks a volume as some cluster's (`ebs.csi.aws.com/cluster: "true"`), not as whose.
            values={"controller": {"tolerations": _TOLERATED, "extraVolumeTags": stack_tag()}},
            service_account="ebs-csi-controller-sa",
            managed_policy="service-role/AmazonEBSCSIDriverPolicy",
            after=after,
        ),
    ]


def _addon(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    plane: ControlPlane,
    addon: str,
    *,
    values: Mapping[str, Any] | None = None,
    service_account: str = "",
    managed_policy: str = "",
    after: Sequence[pulumi.Resource] = (),
) -> aws.eks.Addon:
    role = addon.removeprefix("eks-").removeprefix("aws-")
    return make_addon(
        parent,
        f"{name}-{role}",
        a,
        plane,
        addon,
        component=f"EksCluster/{name}",
        version=_pinned(a["kubernetes_version"], addon),
        configuration=json.dumps(values, sort_keys=True) if values else None,
        account=("kube-system", service_account) if service_account else None,
        policies={f"{name}-{role}": plane.managed_policy(managed_policy)} if service_account else {},
        after=after,
    )


def make_addon(
    parent: pulumi.Resource,
    logical_name: str,
    a: Mapping[str, Any],
    plane: ControlPlane,
    addon: str,
    *,
    component: str,
    version: str | None,
    configuration: pulumi.Input[str] | None,
    account: tuple[str, str] | None,
    policies: Mapping[str, pulumi.Input[str]],
    after: Sequence[pulumi.Resource],
) -> aws.eks.Addon:
    """An add-on, with a role of its own for the pods of ``account`` (namespace, service account) where it has one.

    ``policies``: the role's, by the logical names of their attachments.
    """
    tags = tags_for(component, logical_name, a["tags"])
    child = pulumi.ResourceOptions(parent=parent)
    identities, needs = None, list(after)
    if account:
        role = aws.iam.Role(
            logical_name,
            description=f"Pods of the add-on {addon}",
            assume_role_policy=trust_policy(plane.name, *account, parent),
            tags=tags,
            opts=child,
        )
        needs += [
            aws.iam.RolePolicyAttachment(attachment, role=role.name, policy_arn=arn, opts=child)
            for attachment, arn in policies.items()
        ]
        identities = [{"role_arn": role.arn, "service_account": account[1]}]
    return aws.eks.Addon(
        logical_name,
        cluster_name=plane.cluster.name,
        addon_name=addon,
        addon_version=version,
        configuration_values=configuration,
        pod_identity_associations=identities,
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        tags=tags,
        opts=pulumi.ResourceOptions(
            parent=parent, depends_on=needs, deleted_with=plane.cluster, custom_timeouts=LIMITS
        ),
    )


def _pinned(kubernetes: str, addon: str) -> str | None:
    try:
        return _facts.addon_version(kubernetes, addon)
    except LookupError:
        return None
