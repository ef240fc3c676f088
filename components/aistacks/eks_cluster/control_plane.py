"""The control plane: KMS key, log group, IAM role and the EKS cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.key import key_for
from .._aws.log_group import log_group
from .._aws.policy_documents import document, partition
from .._aws.tags import tags_for

LIMITS = pulumi.CustomTimeouts(create="1h", update="2h", delete="1h")
"""The provider waits 30, 60 and 15 minutes (terraform-provider-aws, `internal/service/eks/cluster.go`, read
2026-11-30). An update of version or encryption may take longer, and a removal waits for the network interfaces."""
LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


@dataclass(frozen=True)
class ControlPlane:
    """The cluster and what other builders need of it."""

    name: str
    """Name in AWS, known before preview."""
    cluster: aws.eks.Cluster
    security_group_id: pulumi.Output[str]
    key_arn: pulumi.Output[str]
    partition: pulumi.Output[str]
    connectivity: list[pulumi.Resource]
    """Security group rules and Karpenter's discovery tag, needed until everything in the cluster is deleted."""

    def managed_policy(self, path: str) -> pulumi.Output[str]:
        """ARN of an AWS managed policy."""
        return pulumi.Output.concat("arn:", self.partition, ":iam::aws:policy/", path)


def service_trust(service: str, *actions: str) -> pulumi.Output[str]:
    """A trust policy for one service principal."""
    return document(
        [{"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions) or ["sts:AssumeRole"]}]
    )


def control_plane(parent: pulumi.Resource, name: str, a: Mapping[str, Any]) -> ControlPlane:
    """A cluster with a private API endpoint, and a public one only for ``public_access_cidrs``."""
    keep, component = a["deletion_protection"], f"EksCluster/{name}"
    guarded = pulumi.ResourceOptions(parent=parent, protect=keep, retain_on_delete=keep)
    cluster_name = a["cluster_name"]
    where = partition(parent)
    key_arn = key_for(
        parent,
        f"{name}-secrets",
        component=component,
        purpose="Kubernetes secrets and control-plane logs",
        tags=a["tags"],
        retain=keep,
        given=a.get("kms_key_arn"),
        log_groups=True,
    )
    # EKS writes to a log group of this name, and creates one without retention if it doesn't exist.
    logs = log_group(
        parent,
        f"{name}-logs",
        group_name=f"/aws/eks/{cluster_name}/cluster",
        component=component,
        tags=a["tags"],
        kms_key_arn=key_arn,
        days=a["log_retention_days"],
        retain=keep,
        adopt=a["adopt_log_group"],
    )
    role, permissions = _role(parent, name, a, where, key_arn)
    cluster = aws.eks.Cluster(
        name,
        name=cluster_name,
        version=a["kubernetes_version"],
        role_arn=role.arn,
        vpc_config={
            "subnet_ids": a["subnet_ids"],
            "endpoint_private_access": True,
            "endpoint_public_access": bool(a["public_access_cidrs"]),
            **({"public_access_cidrs": a["public_access_cidrs"]} if a["public_access_cidrs"] else {}),
        },
        access_config={
            "authentication_mode": "API",
            # Changing this or the next flag replaces the cluster.
            "bootstrap_cluster_creator_admin_permissions": False,
        },
        bootstrap_self_managed_addons=False,
        encryption_config={"provider": {"key_arn": key_arn}, "resources": ["secrets"]},
        kubernetes_network_config={"ip_family": "ipv4", "service_ipv4_cidr": a["service_cidr"]},
        enabled_cluster_log_types=LOG_TYPES,
        upgrade_policy={"support_type": "STANDARD"},
        deletion_protection=keep,
        tags=tags_for(component, name, a["tags"]),
        # The log group comes first, or EKS creates one; the role's policies are deleted last, or EKS can't clean up.
        opts=pulumi.ResourceOptions.merge(
            guarded, pulumi.ResourceOptions(depends_on=[logs, *permissions], custom_timeouts=LIMITS)
        ),
    )
    # Combined with the endpoint it is unknown in a preview; `vpc_config` alone is known there, but lacks this property.
    known = pulumi.Output.all(cluster.vpc_config.cluster_security_group_id, cluster.endpoint)
    group = known.apply(lambda found: str(found[0]))
    return ControlPlane(cluster_name, cluster, group, key_arn, where, _connectivity(parent, name, a, group))


def _role(
    parent: pulumi.Resource,
    name: str,
    a: Mapping[str, Any],
    where: pulumi.Output[str],
    key_arn: pulumi.Output[str],
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    child = pulumi.ResourceOptions(parent=parent)
    logical_name = f"{name}-control-plane"
    role = aws.iam.Role(
        logical_name,
        description="What the EKS control plane may do",
        assume_role_policy=service_trust("eks.amazonaws.com"),
        tags=tags_for(f"EksCluster/{name}", logical_name, a["tags"]),
        opts=child,
    )
    managed = aws.iam.RolePolicyAttachment(
        logical_name,
        role=role.name,
        policy_arn=pulumi.Output.concat("arn:", where, ":iam::aws:policy/AmazonEKSClusterPolicy"),
        opts=child,
    )
    use_key = {
        "Effect": "Allow",
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"],
        "Resource": key_arn,
    }
    secrets = aws.iam.RolePolicy(f"{name}-secrets", role=role.name, policy=document([use_key]), opts=child)
    return role, [managed, secrets]


def _connectivity(
    parent: pulumi.Resource, name: str, a: Mapping[str, Any], security_group: pulumi.Output[str]
) -> list[pulumi.Resource]:
    discovery_tag: pulumi.Resource = aws.ec2.Tag(
        f"{name}-discovery",
        resource_id=security_group,
        key="karpenter.sh/discovery",
        value=a["cluster_name"],
        opts=pulumi.ResourceOptions(parent=parent),
    )
    rules = []
    for cidr in a["private_access_cidrs"]:
        role = f"api-{cidr.replace('.', '-').replace('/', '-')}"
        rule = aws.vpc.SecurityGroupIngressRule(
            f"{name}-{role}",
            security_group_id=security_group,
            description=f"Kubernetes API from {cidr}",
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            tags=tags_for(f"EksCluster/{name}", f"{name}-{role}", a["tags"]),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        rules.append(rule)
    return [discovery_tag, *rules]
