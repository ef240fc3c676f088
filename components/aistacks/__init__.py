"""Pulumi components for an AI platform on AWS."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._aws.lake_formation import PermissionModel
    from .backup import Backup, BackupArgs, VaultLock
    from .ci_access import CiAccess, CiAccessArgs, CiEnvironmentArgs, CiProvider
    from .data_lake import DataLake, DataLakeArgs
    from .eks_cluster import AddonArgs, ClusterAccessArgs, ClusterPolicy, EksCluster, EksClusterArgs, PodIdentityArgs
    from .errors import UserError
    from .gpu_node_pool import (
        Accelerator,
        CapacityArgs,
        CapacityType,
        DisruptionBudgetArgs,
        GpuNodePool,
        GpuNodePoolArgs,
        GpuSharing,
        MarketArgs,
        PoolPurpose,
        ReservationArgs,
        SharingArgs,
    )
    from .inference_service import InferenceService, InferenceServiceArgs, PoolLabel, Runtime
    from .model_store import ModelStore, ModelStoreArgs
    from .monitoring import Monitoring, MonitoringArgs, Severity
    from .network import NatMode, Network, NetworkArgs
    from .warehouse import LimitAction, Warehouse, WarehouseArgs, WarehouseMode

__all__ = [
    "Accelerator",
    "AddonArgs",
    "Backup",
    "BackupArgs",
    "CapacityArgs",
    "CapacityType",
    "CiAccess",
    "CiAccessArgs",
    "CiEnvironmentArgs",
    "CiProvider",
    "ClusterAccessArgs",
    "ClusterPolicy",
    "DataLake",
    "DataLakeArgs",
    "DisruptionBudgetArgs",
    "EksCluster",
    "EksClusterArgs",
    "GpuNodePool",
    "GpuNodePoolArgs",
    "GpuSharing",
    "InferenceService",
    "InferenceServiceArgs",
    "LimitAction",
    "MarketArgs",
    "ModelStore",
    "ModelStoreArgs",
    "Monitoring",
    "MonitoringArgs",
    "NatMode",
    "Network",
    "NetworkArgs",
    "PermissionModel",
    "PodIdentityArgs",
    "PoolLabel",
    "PoolPurpose",
    "ReservationArgs",
    "Runtime",
    "Severity",
    "SharingArgs",
    "UserError",
    "VaultLock",
    "Warehouse",
    "WarehouseArgs",
    "WarehouseMode",
]

_HOME = {
    "Accelerator": "gpu_node_pool",
    "AddonArgs": "eks_cluster",
    "Backup": "backup",
    "BackupArgs": "backup",
    "CapacityArgs": "gpu_node_pool",
    "CapacityType": "gpu_node_pool",
    "CiAccess": "ci_access",
    "CiAccessArgs": "ci_access",
    "CiEnvironmentArgs": "ci_access",
    "CiProvider": "ci_access",
    "ClusterAccessArgs": "eks_cluster",
    "ClusterPolicy": "eks_cluster",
    "DataLake": "data_lake",
    "DataLakeArgs": "data_lake",
    "DisruptionBudgetArgs": "gpu_node_pool",
    "EksCluster": "eks_cluster",
    "EksClusterArgs": "eks_cluster",
    "GpuNodePool": "gpu_node_pool",
    "GpuNodePoolArgs": "gpu_node_pool",
    "GpuSharing": "gpu_node_pool",
    "InferenceService": "inference_service",
    "InferenceServiceArgs": "inference_service",
    "LimitAction": "warehouse",
    "MarketArgs": "gpu_node_pool",
    "ModelStore": "model_store",
    "ModelStoreArgs": "model_store",
    "Monitoring": "monitoring",
    "MonitoringArgs": "monitoring",
    "NatMode": "network",
    "Network": "network",
    "NetworkArgs": "network",
    "PermissionModel": "_aws.lake_formation",
    "PodIdentityArgs": "eks_cluster",
    "PoolLabel": "inference_service",
    "PoolPurpose": "gpu_node_pool",
    "ReservationArgs": "gpu_node_pool",
    "Runtime": "inference_service",
    "Severity": "monitoring",
    "SharingArgs": "gpu_node_pool",
    "UserError": "errors",
    "VaultLock": "backup",
    "Warehouse": "warehouse",
    "WarehouseArgs": "warehouse",
    "WarehouseMode": "warehouse",
}


def __getattr__(name: str) -> Any:
    # Loading every component loads pulumi_aws and pulumi_kubernetes, which takes seconds.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
