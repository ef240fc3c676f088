"""EKS add-ons: create, describe, list, update, delete, and the versions on offer."""

from __future__ import annotations

import uuid
from typing import Any

from moto.core.utils import utcnow
from moto.eks.exceptions import ResourceInUseException
from moto.eks.models import Cluster, EKSBackend

from aistacks_catalog.aws import facts as _facts

from . import eks_pods
from .eks_common import cluster_of, found, invalid, kept, page, updated


def _addon(backend: EKSBackend, request: dict[str, Any]) -> tuple[Cluster, dict[str, Any]]:
    cluster, name = cluster_of(backend, request), request["addonName"]
    addon = found(
        kept(cluster, "addons"),
        name,
        f"No addon: {name} found in cluster: {cluster.name}",
        clusterName=cluster.name,
        addonName=name,
    )
    return cluster, addon


def _version(cluster: Cluster, name: str, asked: str | None) -> str:
    if asked:
        return asked
    try:
        return _facts.addon_version(cluster.version, name)
    except LookupError:
        # Other people's programs use add-ons whose versions we don't keep.
        return "v1.0.0-eksbuild.1"


def create_addon(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, name = cluster_of(backend, request), request["addonName"]
    addons = kept(cluster, "addons")
    if name in addons:
        raise ResourceInUseException(clusterName=cluster.name, addonName=name, message="Addon already exists.")
    addons[name] = {
        "addonName": name,
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "addonVersion": _version(cluster, name, request.get("addonVersion")),
        "health": {"issues": []},
        "addonArn": f"{cluster.arn.replace(':cluster/', ':addon/')}/{name}/{uuid.uuid4()}",
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "serviceAccountRoleArn": request.get("serviceAccountRoleArn"),
        "tags": request.get("tags", {}),
        "owner": "aws",
        "publisher": "eks",
        "configurationValues": request.get("configurationValues"),
        "namespaceConfig": request.get("namespaceConfig"),
        "podIdentityAssociations": _associate(backend, cluster, name, request),
    }
    return {"addon": addons[name]}


def _associate(backend: EKSBackend, cluster: Cluster, addon: str, request: dict[str, Any]) -> list[str]:
    namespace = "kube-system"
    return [
        eks_pods.create_pod_identity_association(
            backend, {"clusterName": cluster.name, "namespace": namespace, "ownerAddon": addon, **requested}
        )["association"]["associationArn"]
        for requested in request.get("podIdentityAssociations") or []
    ]


def describe_addon(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    return {"addon": _addon(backend, request)[1]}


def list_addons(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    return page(request, "addons", kept(cluster_of(backend, request), "addons"))


def update_addon(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, addon = _addon(backend, request)
    changes = {
        key: request[key]
        for key in ("addonVersion", "serviceAccountRoleArn", "configurationValues")
        if request.get(key) is not None
    }
    if "podIdentityAssociations" in request:
        _dissociate(cluster, addon)
        addon["podIdentityAssociations"] = _associate(backend, cluster, addon["addonName"], request)
    addon.update(changes, modifiedAt=utcnow())
    return updated(cluster, "AddonUpdate", {key[0].upper() + key[1:]: val for key, val in changes.items()})


def delete_addon(backend: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    cluster, addon = _addon(backend, request)
    _dissociate(cluster, addon)
    del kept(cluster, "addons")[addon["addonName"]]
    return {"addon": {**addon, "status": "DELETING"}}


def _dissociate(cluster: Cluster, addon: dict[str, Any]) -> None:
    associations = kept(cluster, "pods")
    for arn in addon["podIdentityAssociations"]:
        associations.pop(arn.rsplit("/", 1)[-1], None)


def describe_addon_versions(_: EKSBackend, request: dict[str, Any]) -> dict[str, Any]:
    asked = request.get("kubernetesVersion")
    if asked and asked not in _facts.eks_versions():
        raise invalid(f"unsupported Kubernetes version {asked}")
    offers: dict[str, dict[str, set[str]]] = {}
    for kubernetes in [asked] if asked else _facts.eks_versions():
        for name, version in _facts.addon_versions(kubernetes).items():
            offers.setdefault(name, {}).setdefault(version, set()).add(kubernetes)
    names = [request["addonName"]] if request.get("addonName") in offers else list(offers)
    if request.get("addonName") and request["addonName"] not in offers:
        raise invalid("Addon specified is not supported", addonName=request["addonName"])
    return {"addons": [_offer(name, offers[name]) for name in sorted(names)]}


def _offer(name: str, versions: dict[str, set[str]]) -> dict[str, Any]:
    return {
        "addonName": name,
        "owner": "aws",
        "publisher": "eks",
        "addonVersions": [
            {
                "addonVersion": version,
                "architecture": ["amd64", "arm64"],
                "compatibilities": [
                    {"clusterVersion": item, "platformVersions": ["*"], "defaultVersion": True}
                    for item in sorted(clusters)
                ],
            }
            for version, clusters in versions.items()
        ],
    }


OPERATIONS = {
    "CreateAddon": create_addon,
    "DescribeAddon": describe_addon,
    "ListAddons": list_addons,
    "UpdateAddon": update_addon,
    "DeleteAddon": delete_addon,
    "DescribeAddonVersions": describe_addon_versions,
}
