"""Pulumi components that declare a whole AI cloud on AWS."""

from .data_lake import DataLake, DataLakeArgs
from .errors import UserError
from .warehouse import LimitAction, Warehouse, WarehouseArgs, WarehouseMode

__all__ = [
    "DataLake",
    "DataLakeArgs",
    "LimitAction",
    "UserError",
    "Warehouse",
    "WarehouseArgs",
    "WarehouseMode",
]
