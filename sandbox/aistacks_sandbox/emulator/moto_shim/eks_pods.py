"""EKS pod identity: which role a service account's pods get."""

from __future__ import annotations

import secrets
import string
from typing import Any

from moto.core.utils import utcnow
from moto.eks.exceptions import ResourceInUseException
from moto.eks.models import Cluster, EKSBackend
from moto.eks.utils import validate_role_arn

from .eks_common import cluster_of, found, kept, page

_CHANGEABLE = ("roleArn", "targetRoleArn", "disableSessionTags", "policy")
_SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


def _association(backend: EKSBackend, request: dict[str, Any]) -> tuple[Cluster, dict[str, Any]]:
    cluster, name = cluster_of(backend, request), request["associationId"]
    message = f"No pod identity association {name} found for cluster: {cluster.name}"
    return cluster, found(kept(cluster, "pods"), name, message, clusterName=cluster.name)


def create_pod_identity_association(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster = cluster_of(backend, request)
    validate_role_arn(request["roleArn"])
    subject = (request["namespace"], request["serviceAccount"])
    associations = kept(cluster, "pods")
    if any((each["namespace"], each["serviceAccount"]) == subject for each in associations.values()):
        raise ResourceInUseException(
            clusterName=cluster.name,
            message="Association already exists for the given namespace and service account.",
        )
    key = "a-" + "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(17))
    arn = cluster.arn.replace(":cluster/", ":podidentityassociation/")
    owner = request.get("ownerAddon")
    associations[key] = {
        **{name: request[name] for name in _CHANGEABLE if request.get(name) is not None},
        "clusterName": cluster.name,
        "namespace": request["namespace"],
        "serviceAccount": request["serviceAccount"],
        "associationArn": f"{arn}/{key}",
        "associationId": key,
        "ownerArn": f"{cluster.arn.replace(':cluster/', ':addon/')}/{owner}" if owner else None,
        "disableSessionTags": bool(request.get("disableSessionTags")),
        "tags": request.get("tags", {}),
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
    }
    return {"association": associations[key]}


def describe_pod_identity_association(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    return {"association": _association(backend, request)[1]}


def list_pod_identity_associations(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    associations = kept(cluster_of(backend, request), "pods")
    asked = {key: request[key] for key in ("namespace", "serviceAccount") if request.get(key)}
    ids = [key for key, each in associations.items() if asked.items() <= each.items()]
    answer = page(request, "associations", ids)
    answer["associations"] = [
        {name: associations[key].get(name) for name in _SUMMARY} for key in answer["associations"]
    ]
    return answer


def update_pod_identity_association(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    _, association = _association(backend, request)
    changes = {name: request[name] for name in _CHANGEABLE if request.get(name) is not None}
    association.update(changes, modifiedAt=utcnow())
    return {"association": association}


def delete_pod_identity_association(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, association = _association(backend, request)
    del kept(cluster, "pods")[association["associationId"]]
    return {"association": association}


OPERATIONS = {
    "CreatePodIdentityAssociation": create_pod_identity_association,
    "DescribePodIdentityAssociation": describe_pod_identity_association,
    "ListPodIdentityAssociations": list_pod_identity_associations,
    "UpdatePodIdentityAssociation": update_pod_identity_association,
    "DeletePodIdentityAssociation": delete_pod_identity_association,
}
