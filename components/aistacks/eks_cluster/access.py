"""Access entries and Pod Identity associations."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.tags import tags_for
from .control_plane import ControlPlane

# What each allows: EKS User Guide, "Review access policy permissions" (2026-11-30). AmazonEKSViewPolicy names built-in
# kinds one by one, without secrets; AmazonEKSAdminViewPolicy has get, list and watch on every kind of every group.
_POLICIES = {
    "cluster-admin": "AmazonEKSClusterAdminPolicy",
    "admin": "AmazonEKSAdminPolicy",
    "edit": "AmazonEKSEditPolicy",
    "admin-view": "AmazonEKSAdminViewPolicy",
    "view": "AmazonEKSViewPolicy",
}


def access(
    parent: pulumi.Resource, name: str, a: Mapping[str, Any], plane: ControlPlane
) -> tuple[list[pulumi.Resource], list[pulumi.Resource]]:
    """Create access entries and Pod Identity associations.

    Returns the administrators' access policies, which must be deleted after everything in the cluster, and the
    associations, which must exist before their pods: a pod that is created earlier never gets the role.
    """
    admins: list[pulumi.Resource] = []
    if "admin_role_arns" in a:
        for label, arn in a["admin_role_arns"].items():
            admins.append(_entry(parent, name, a, plane, f"admin-{label}", arn, "cluster-admin", []))
    else:
        # Keeps the entry when another identity runs Pulumi later.
        creator = _entry(parent, name, a, plane, "creator", _caller_role(parent), "cluster-admin", [], ["principalArn"])
        admins.append(creator)
    for label, spec in a["access"].items():
        _entry(
            parent,
            name,
            a,
            plane,
            f"access-{label}",
            spec["principal_arn"],
            spec["policy"].value,
            spec.get("namespaces", []),
        )
    pods: list[pulumi.Resource] = [
        pod_identity(parent, name, a, plane, f"pods-{label}", spec) for label, spec in a["pod_identities"].items()
    ]
    return admins, pods


def pod_identity(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    plane: ControlPlane,
    role: str,
    spec: Mapping[str, Any],
) -> aws.eks.PodIdentityAssociation:
    """Associate an IAM role with a service account."""
    return aws.eks.PodIdentityAssociation(
        f"{name}-{role}",
        cluster_name=plane.cluster.name,
        namespace=spec["namespace"],
        service_account=spec["service_account"],
        role_arn=spec["role_arn"],
        tags=tags_for(f"EksCluster/{name}", f"{name}-{role}", a["tags"]),
        opts=pulumi.ResourceOptions(parent=parent, deleted_with=plane.cluster),
    )


def _entry(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    plane: ControlPlane,
    role: str,
    principal: pulumi.Input[str],
    policy: str,
    namespaces: list[str],
    ignore: list[str] | None = None,
) -> aws.eks.AccessPolicyAssociation:
    # EKS deletes entries with the cluster; deleting an administrator's entry earlier would lock Pulumi out.
    child = pulumi.ResourceOptions(parent=parent, deleted_with=plane.cluster, ignore_changes=ignore)
    entry = aws.eks.AccessEntry(
        f"{name}-{role}",
        cluster_name=plane.cluster.name,
        principal_arn=principal,
        type="STANDARD",
        tags=tags_for(f"EksCluster/{name}", f"{name}-{role}", a["tags"]),
        opts=child,
    )
    arn = pulumi.Output.concat("arn:", plane.partition, ":eks::aws:cluster-access-policy/", _POLICIES[policy])
    return aws.eks.AccessPolicyAssociation(
        f"{name}-{role}",
        cluster_name=plane.cluster.name,
        principal_arn=entry.principal_arn,
        policy_arn=arn,
        access_scope={"type": "namespace", "namespaces": namespaces} if namespaces else {"type": "cluster"},
        opts=pulumi.ResourceOptions(parent=parent, deleted_with=plane.cluster),
    )


def _caller_role(parent: pulumi.Resource) -> pulumi.Output[str]:
    """ARN of the IAM role (or user) of the session that runs Pulumi."""
    options = pulumi.InvokeOutputOptions(parent=parent)
    session = aws.get_caller_identity_output(opts=options).arn
    return pulumi.Output.from_input(aws.iam.get_session_context_output(arn=session, opts=options).issuer_arn)
