"""Pulumi components that declare a whole AI cloud on AWS."""

from .data_lake import DataLake, DataLakeArgs
from .errors import UserError
from .inference_service import InferenceService, InferenceServiceArgs, Runtime
from .model_store import ModelStore, ModelStoreArgs
from .network import NatMode, Network, NetworkArgs
from .warehouse import LimitAction, Warehouse, WarehouseArgs, WarehouseMode

__all__ = [
    "DataLake",
    "DataLakeArgs",
    "InferenceService",
    "InferenceServiceArgs",
    "LimitAction",
    "ModelStore",
    "ModelStoreArgs",
    "NatMode",
    "Network",
    "NetworkArgs",
    "Runtime",
    "UserError",
    "Warehouse",
    "WarehouseArgs",
    "WarehouseMode",
]
