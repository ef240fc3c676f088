"""Pulumi components that declare a whole AI cloud on AWS."""

from .data_lake import DataLake, DataLakeArgs
from .eks_cluster import ClusterAccessArgs, ClusterPolicy, EksCluster, EksClusterArgs, PodIdentityArgs
from .errors import UserError
from .gpu_node_pool import CapacityType, GpuNodePool, GpuNodePoolArgs, PoolPurpose
from .inference_service import InferenceService, InferenceServiceArgs, Runtime
from .model_store import ModelStore, ModelStoreArgs
from .monitoring import Monitoring, MonitoringArgs, Severity
from .network import NatMode, Network, NetworkArgs
from .warehouse import LimitAction, Warehouse, WarehouseArgs, WarehouseMode

__all__ = [
    "CapacityType",
    "ClusterAccessArgs",
    "ClusterPolicy",
    "DataLake",
    "DataLakeArgs",
    "EksCluster",
    "EksClusterArgs",
    "GpuNodePool",
    "GpuNodePoolArgs",
    "InferenceService",
    "InferenceServiceArgs",
    "LimitAction",
    "ModelStore",
    "ModelStoreArgs",
    "Monitoring",
    "MonitoringArgs",
    "NatMode",
    "Network",
    "NetworkArgs",
    "PodIdentityArgs",
    "PoolPurpose",
    "Runtime",
    "Severity",
    "UserError",
    "Warehouse",
    "WarehouseArgs",
    "WarehouseMode",
]
