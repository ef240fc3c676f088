"""Inputs and outputs as the Open Inference Protocol (version 2) and Triton name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import numpy as np

Datatype = Literal["BOOL", "UINT8", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BYTES"]

NUMPY: Mapping[str, str] = {
    "BOOL": "bool",
    "UINT8": "uint8",
    "INT8": "int8",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
    "BYTES": "object",
}
"""Data type of the protocol → numpy's name for it."""


class Tensor(BaseModel):
    """An input or output of a model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    datatype: Datatype
    shape: tuple[int, ...]
    """Without the batch dimension; ``-1`` for a dynamic dimension."""
    low: float | None = None
    """Least valid value. Default: the type's."""
    high: float | None = None
    """Greatest valid value, for example the vocabulary's last id. Default: the type's."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy type."""
        import numpy as np

        return np.dtype(NUMPY[self.datatype])
