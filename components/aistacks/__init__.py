"""Pulumi components that declare a whole AI cloud on AWS."""

from .data_lake import DataLake, DataLakeArgs
from .errors import UserError
from .network import NatMode, Network, NetworkArgs
from .warehouse import LimitAction, Warehouse, WarehouseArgs, WarehouseMode

__all__ = [
    "DataLake",
    "DataLakeArgs",
    "LimitAction",
    "NatMode",
    "Network",
    "NetworkArgs",
    "UserError",
    "Warehouse",
    "WarehouseArgs",
    "WarehouseMode",
]
