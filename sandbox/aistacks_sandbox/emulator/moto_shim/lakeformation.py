"""Lake Formation: permissions that can be listed by any resource, merged, and taken back.

moto keeps them in a set whose members change their hash, so that revoking a merged one fails.
"""

from __future__ import annotations

from typing import Any

from moto.lakeformation.models import LakeFormationBackend, Permission, PermissionCatalog
from moto.lakeformation.responses import LakeFormationResponse

from . import _handlers


class _Grants(PermissionCatalog):
    """One entry per principal and resource, in a list."""

    def __init__(self) -> None:
        self.permissions: Any = []

    def add_permission(self, permission: Permission) -> None:
        for known in self.permissions:
            if known.equal_principal_and_resouce(permission):
                known.merge(permission)
                return
        self.permissions.append(permission)

    def remove_permission(self, permission: Permission) -> None:
        for known in self.permissions:
            if known.equal_principal_and_resouce(permission):
                known.diff(permission)
        self.permissions = [known for known in self.permissions if not known.is_empty()]


def _catalog(backend: LakeFormationBackend, request: dict[str, Any]) -> str:
    return str(request.get("CatalogId") or backend.account_id)


def _permission(backend: LakeFormationBackend, request: dict[str, Any]) -> Permission:
    return Permission(
        principal=request["Principal"],
        resource=_named(request["Resource"], _catalog(backend, request)),
        permissions=list(request.get("Permissions") or []),
        permissions_with_grant_options=list(request.get("PermissionsWithGrantOption") or []),
    )


def _named(resource: dict[str, Any], catalog: str) -> dict[str, Any]:
    """The resource with its catalog told, as AWS answers it."""
    kind, parts = next(iter(resource.items()))
    owner = "TableCatalogId" if kind == "DataCellsFilter" else "CatalogId"
    return {kind: parts if kind == "Catalog" else {owner: catalog, **parts}}


def grant_permissions(backend: LakeFormationBackend, request: dict[str, Any]) -> dict[str, Any]:
    grants = backend.grants.setdefault(_catalog(backend, request), _Grants())
    grants.add_permission(_permission(backend, request))
    return {}


def revoke_permissions(backend: LakeFormationBackend, request: dict[str, Any]) -> dict[str, Any]:
    grants = backend.grants.setdefault(_catalog(backend, request), _Grants())
    requested = _permission(backend, request)
    known = [each for each in grants.permissions if each.equal_principal_and_resouce(requested)]
    if not known:
        raise _handlers.error(
            "InvalidInputException", "No permissions revoked. Grantee does not have: " + str(requested.permissions)
        )
    grants.remove_permission(requested)
    return {}


def list_permissions(backend: LakeFormationBackend, request: dict[str, Any]) -> dict[str, Any]:
    catalog, principal = _catalog(backend, request), request.get("Principal")
    resource = _named(request["Resource"], catalog) if request.get("Resource") else None
    if principal and not resource:
        raise _handlers.error("InvalidInputException", "Resource is mandatory if Principal is set in the input.")
    known = backend.grants[catalog].permissions if catalog in backend.grants else []
    kind = request.get("ResourceType")
    found = [
        each.to_external_form()
        for each in known
        if (not principal or each.principal == principal)
        and (not resource or _about(each.resource, resource))
        and (not kind or kind in _kinds(each.resource))
    ]
    return {"PrincipalResourcePermissions": found}


def _about(known: dict[str, Any], asked: dict[str, Any]) -> bool:
    """A table's columns are listed with the table; everything else with itself alone."""
    if "Table" in asked and "TableWithColumns" in known:
        parts = known["TableWithColumns"]
        return all(parts.get(key) == value for key, value in asked["Table"].items())
    return known == asked


def _kinds(resource: dict[str, Any]) -> set[str]:
    names = {"DataLocation": "DATA_LOCATION", "LFTag": "LF_TAG", "LFTagPolicy": "LF_TAG_POLICY"}
    kind = next(iter(resource))
    return {"TABLE"} if kind in ("Table", "TableWithColumns") else {names.get(kind, kind.upper())}


def register_resource(backend: LakeFormationBackend, request: dict[str, Any]) -> dict[str, Any]:
    role = request.get("RoleArn") or (
        f"arn:aws:iam::{backend.account_id}:role/aws-service-role/lakeformation.amazonaws.com/"
        "AWSServiceRoleForLakeFormationDataAccess"
    )
    backend.register_resource(resource_arn=request["ResourceArn"], role_arn=role)
    return {}


def apply() -> None:
    operations: dict[str, _handlers.Operation] = {
        "GrantPermissions": grant_permissions,
        "RevokePermissions": revoke_permissions,
        "ListPermissions": list_permissions,
        "RegisterResource": register_resource,
    }
    _handlers.serve(LakeFormationResponse, "lakeformation_backend", operations)
