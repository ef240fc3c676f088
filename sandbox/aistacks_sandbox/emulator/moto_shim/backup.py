"""AWS Backup: plans that change, selections, and policies of vaults. Nothing is backed up."""

from __future__ import annotations

from typing import Any

from moto.backup import urls
from moto.backup.exceptions import ResourceNotFoundException
from moto.backup.models import BackupBackend, Plan, Vault
from moto.backup.responses import BackupResponse
from moto.core.utils import unix_time
from moto.moto_api._internal import mock_random

from . import _handlers


def _plan(backend: BackupBackend, request: dict[str, Any]) -> Plan:
    found: Plan | None = backend.plans.get(request["BackupPlanId"])
    if found is None or found.deletion_date is not None:
        raise ResourceNotFoundException(msg=f"Cannot find Backup plan with ID {request['BackupPlanId']}")
    return found


def _vault(backend: BackupBackend, request: dict[str, Any]) -> Vault:
    found: Vault | None = backend.vaults.get(request["BackupVaultName"])
    if found is None:
        raise ResourceNotFoundException(msg=f"Backup vault {request['BackupVaultName']} not found")
    return found


def _selections(plan: Plan) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = vars(plan).setdefault("selections", {})
    return kept


def _told(plan: Plan) -> dict[str, Any]:
    return {
        "BackupPlanId": plan.backup_plan_id,
        "BackupPlanArn": plan.backup_plan_arn,
        "CreationDate": plan.creation_date,
        "VersionId": plan.version_id,
    }


def get_backup_plan(backend: BackupBackend, request: dict[str, Any]) -> dict[str, Any]:
    found = _plan(backend, request)
    return {**_told(found), "BackupPlan": found.backup_plan}


def update_backup_plan(backend: BackupBackend, request: dict[str, Any]) -> dict[str, Any]:
    found = _plan(backend, request)
    found.backup_plan = request["BackupPlan"]
    found.version_id = mock_random.get_random_string(length=48)
    return _told(found)


def create_backup_selection(backend: BackupBackend, request: dict[str, Any]) -> dict[str, Any]:
    found, id_ = _plan(backend, request), str(mock_random.uuid4())
    told = {"SelectionId": id_, "BackupPlanId": found.backup_plan_id, "CreationDate": unix_time()}
    _selections(found)[id_] = {**told, "BackupSelection": request["BackupSelection"]}
    return told


def _selection(backend: BackupBackend, request: dict[str, Any]) -> dict[str, Any]:
    found = _selections(_plan(backend, request)).get(request["SelectionId"])
    if found is None:
        raise ResourceNotFoundException(msg=f"Cannot find Backup selection with ID {request['SelectionId']}")
    return found


def get_backup_selection(backend: BackupBackend, request: dict[str, Any]) -> dict[str, Any]:
    return _selection(backend, request)


def delete_backup_selection(backend: BackupBackend, request: dict[str, Any]) -> dict[str, Any]:
    del _selections(_plan(backend, request))[_selection(backend, request)["SelectionId"]]
    return {}


def put_backup_vault_access_policy(backend: BackupBackend, request: dict[str, Any]) -> dict[str, Any]:
    vars(_vault(backend, request))["policy"] = request["Policy"]
    return {}


def get_backup_vault_access_policy(backend: BackupBackend, request: dict[str, Any]) -> dict[str, Any]:
    found = _vault(backend, request)
    policy = vars(found).get("policy")
    if policy is None:
        raise ResourceNotFoundException(msg=f"Backup vault {found.backup_vault_name} has no access policy")
    return {
        "BackupVaultName": found.backup_vault_name,
        "BackupVaultArn": found.backup_vault_arn,
        "Policy": policy,
    }


def delete_backup_vault_access_policy(backend: BackupBackend, request: dict[str, Any]) -> dict[str, Any]:
    vars(_vault(backend, request)).pop("policy", None)
    return {}


def list_backup_selections(backend: BackupBackend, request: dict[str, Any]) -> dict[str, Any]:
    kept = _selections(_plan(backend, request)).values()
    names = ("SelectionName", "IamRoleArn")
    told = [{**each, **{name: each["BackupSelection"].get(name) for name in names}} for each in kept]
    return {"BackupSelectionsList": [{k: v for k, v in each.items() if k != "BackupSelection"} for each in told]}


def list_recovery_points_by_backup_vault(backend: BackupBackend, request: dict[str, Any]) -> dict[str, Any]:
    _vault(backend, request)
    return {"RecoveryPoints": []}


def list_restore_testing_plans(_backend: BackupBackend, _request: dict[str, Any]) -> dict[str, Any]:
    return {"RestoreTestingPlans": []}


ROUTES = (
    "/backup-vaults/(?P<name>[^/]+)/access-policy",
    "/backup-vaults/(?P<name>[^/]+)/recovery-points/",
    "/restore-testing/plans",
)


def _state(plan: Plan) -> str:
    """AWS shows a plan that was deleted to whoever asks for deleted ones."""
    return "DELETED" if plan.deletion_date is not None else "ACTIVE"


def apply() -> None:
    Plan.state = property(_state)  # type: ignore[attr-defined]
    for route in ROUTES:
        urls.url_paths[f"{{0}}{route}$"] = urls.response.dispatch
    operations: dict[str, _handlers.Operation] = {
        "GetBackupPlan": get_backup_plan,
        "UpdateBackupPlan": update_backup_plan,
        "CreateBackupSelection": create_backup_selection,
        "GetBackupSelection": get_backup_selection,
        "DeleteBackupSelection": delete_backup_selection,
        "ListBackupSelections": list_backup_selections,
        "ListRecoveryPointsByBackupVault": list_recovery_points_by_backup_vault,
        "ListRestoreTestingPlans": list_restore_testing_plans,
        "PutBackupVaultAccessPolicy": put_backup_vault_access_policy,
        "GetBackupVaultAccessPolicy": get_backup_vault_access_policy,
        "DeleteBackupVaultAccessPolicy": delete_backup_vault_access_policy,
    }
    _handlers.serve(BackupResponse, "backup_backend", operations)
