"""EKS access entries, and the access policies associated with them."""

from __future__ import annotations

import uuid
from typing import Any

from moto.core.utils import utcnow
from moto.eks.exceptions import InvalidRequestException, ResourceInUseException
from moto.eks.models import Cluster, EKSBackend

from .eks_common import cluster_of, found, invalid, kept, page

_POLICY_PREFIX = "arn:aws:eks::aws:cluster-access-policy/"
_POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
)


def _entry(backend: EKSBackend, request: dict[str, Any]) -> tuple[Cluster, dict[str, Any]]:
    cluster, principal = cluster_of(backend, request), request["principalArn"]
    message = f"The specified principalArn could not be found: {principal}"
    return cluster, found(kept(cluster, "entries"), principal, message, clusterName=cluster.name)


def create_access_entry(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, principal = cluster_of(backend, request), request["principalArn"]
    if vars(cluster)["access_config"]["authenticationMode"] == "CONFIG_MAP":
        raise InvalidRequestException(
            message="The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] "
            "to perform this operation."
        )
    entries = kept(cluster, "entries")
    if principal in entries:
        raise ResourceInUseException(
            clusterName=cluster.name,
            message="The specified access entry resource is already in use on this cluster.",
        )
    account, resource = principal.split(":")[4], principal.split(":", 5)[5]
    kind, name = resource.split("/", 1)[0], resource.rsplit("/", 1)[-1]
    entry_type = request.get("type") or "STANDARD"
    session = f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
    node = "system:node:{{EC2PrivateDNSName}}"
    user = node if entry_type != "STANDARD" else session if kind == "role" else principal
    groups = ["system:nodes"] if entry_type.startswith("EC2") else []
    entries[principal] = {
        "clusterName": cluster.name,
        "principalArn": principal,
        "kubernetesGroups": request.get("kubernetesGroups") or groups,
        "accessEntryArn": f"{cluster.arn.replace(':cluster/', ':access-entry/')}/{kind}/{account}/{name}/"
        f"{uuid.uuid4()}",
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "tags": request.get("tags", {}),
        "username": request.get("username") or user,
        "type": entry_type,
    }
    return {"accessEntry": entries[principal]}


def describe_access_entry(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    return {"accessEntry": _entry(backend, request)[1]}


def list_access_entries(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    return page(request, "accessEntries", kept(cluster_of(backend, request), "entries"))


def update_access_entry(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    _, entry = _entry(backend, request)
    changes = {key: request[key] for key in ("kubernetesGroups", "username") if request.get(key) is not None}
    entry.update(changes, modifiedAt=utcnow())
    return {"accessEntry": entry}


def delete_access_entry(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, entry = _entry(backend, request)
    kept(cluster, "policies").pop(entry["principalArn"], None)
    del kept(cluster, "entries")[entry["principalArn"]]
    return {}


def associate_access_policy(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, entry = _entry(backend, request)
    policy = request["policyArn"]
    if not policy.startswith(_POLICY_PREFIX):
        raise invalid("The policyArn parameter format is not valid", clusterName=cluster.name)
    scope = request["accessScope"]
    if scope.get("type") == "namespace" and not scope.get("namespaces"):
        raise invalid("Namespaces must be specified for the namespace scope", clusterName=cluster.name)
    policies = kept(cluster, "policies").setdefault(entry["principalArn"], {})
    known = policies.get(policy)
    policies[policy] = {
        "policyArn": policy,
        "accessScope": {"namespaces": [], **scope},
        "associatedAt": known["associatedAt"] if known else utcnow(),
        "modifiedAt": utcnow(),
    }
    return {
        "clusterName": cluster.name,
        "principalArn": entry["principalArn"],
        "associatedAccessPolicy": policies[policy],
    }


def list_associated_access_policies(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, entry = _entry(backend, request)
    policies = kept(cluster, "policies").get(entry["principalArn"], {})
    return {
        "clusterName": cluster.name,
        "principalArn": entry["principalArn"],
        "associatedAccessPolicies": list(policies.values()),
    }


def disassociate_access_policy(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, entry = _entry(backend, request)
    policies = kept(cluster, "policies").get(entry["principalArn"], {})
    message = f"No policy {request['policyArn']} is associated with {entry['principalArn']}"
    found(policies, request["policyArn"], message, clusterName=cluster.name)
    del policies[request["policyArn"]]
    return {}


def list_access_policies(_: EKSBackend, __: dict[str, Any]) -> dict[str, Any]:
    return {"accessPolicies": [{"name": name, "arn": _POLICY_PREFIX + name} for name in _POLICIES]}


OPERATIONS = {
    "CreateAccessEntry": create_access_entry,
    "DescribeAccessEntry": describe_access_entry,
    "ListAccessEntries": list_access_entries,
    "UpdateAccessEntry": update_access_entry,
    "DeleteAccessEntry": delete_access_entry,
    "AssociateAccessPolicy": associate_access_policy,
    "ListAssociatedAccessPolicies": list_associated_access_policies,
    "DisassociateAccessPolicy": disassociate_access_policy,
    "ListAccessPolicies": list_access_policies,
}
