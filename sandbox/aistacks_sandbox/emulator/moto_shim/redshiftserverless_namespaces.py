"""Redshift Serverless namespaces: the data, its key and its administrator."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

from moto.core.utils import utcnow

from . import _handlers, _secrets
from ._handlers import error

_PLAIN = ("adminUsername", "defaultIamRoleArn", "iamRoles", "kmsKeyId", "logExports")


class Namespace(SimpleNamespace):
    """A namespace in AWS's own names, and ``tags``."""


def namespace_of(backend: Any, name: str) -> Namespace:
    """The namespace ``name``, or AWS's not-found error."""
    if name not in backend.namespaces:
        raise error("ResourceNotFoundException", f"The namespace {name} was not found.")
    known: Namespace = backend.namespaces[name]
    return known


def create_namespace(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    name = request["namespaceName"]
    if name in backend.namespaces:
        raise error("ConflictException", f"Namespace {name} already exists.")
    _validate(request)
    key = str(uuid.uuid4())
    namespace = Namespace(
        namespaceName=name,
        namespaceId=key,
        namespaceArn=f"arn:{backend.partition}:redshift-serverless:{backend.region_name}:{backend.account_id}"
        f":namespace/{key}",
        dbName=request.get("dbName") or "dev",
        adminUsername="admin",
        kmsKeyId="AWS_OWNED_KMS_KEY",
        iamRoles=[],
        logExports=[],
        status="AVAILABLE",
        creationDate=utcnow(),
        tags={each["key"]: each["value"] for each in request.get("tags") or []},
    )
    _apply(backend, namespace, request)
    backend.namespaces[name] = namespace
    return {"namespace": namespace}


def _validate(request: dict[str, Any]) -> None:
    if request.get("manageAdminPassword") and request.get("adminUserPassword"):
        raise error("ValidationException", "You can't specify adminUserPassword when manageAdminPassword is true.")


def _apply(backend: Any, namespace: Namespace, request: dict[str, Any]) -> None:
    attributes = vars(namespace)
    attributes.update({key: request[key] for key in _PLAIN if request.get(key) is not None})
    if request.get("manageAdminPassword"):
        key = request.get("adminPasswordSecretKmsKeyId")
        if "adminPasswordSecretArn" not in attributes:
            name = f"redshift!{namespace.namespaceName}-{namespace.adminUsername}"
            attributes["adminPasswordSecretArn"] = _secrets.create(backend, name, namespace.adminUsername, key)
        if key:
            attributes["adminPasswordSecretKmsKeyId"] = key
    elif request.get("manageAdminPassword") is False or request.get("adminUserPassword"):
        _secrets.delete(backend, attributes.pop("adminPasswordSecretArn", None))
        attributes.pop("adminPasswordSecretKmsKeyId", None)


def get_namespace(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    return {"namespace": namespace_of(backend, request["namespaceName"])}


def list_namespaces(backend: Any, _: dict[str, Any]) -> dict[str, Any]:
    return {"namespaces": list(backend.namespaces.values())}


def update_namespace(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    namespace = namespace_of(backend, request["namespaceName"])
    _validate(request)
    _apply(backend, namespace, request)
    return {"namespace": namespace}


def delete_namespace(backend: Any, request: dict[str, Any]) -> dict[str, Any]:
    namespace = namespace_of(backend, request["namespaceName"])
    if any(each.namespaceName == namespace.namespaceName for each in backend.workgroups.values()):
        raise error(
            "ConflictException",
            f"Namespace {namespace.namespaceName} has a workgroup. Delete the workgroup first.",
        )
    _secrets.delete(backend, vars(namespace).get("adminPasswordSecretArn"))
    del backend.namespaces[namespace.namespaceName]
    namespace.status = "DELETING"
    return {"namespace": namespace}


OPERATIONS: dict[str, _handlers.Operation] = {
    "CreateNamespace": create_namespace,
    "GetNamespace": get_namespace,
    "ListNamespaces": list_namespaces,
    "UpdateNamespace": update_namespace,
    "DeleteNamespace": delete_namespace,
}
