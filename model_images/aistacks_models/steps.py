"""The steps of a recipe, as data: hashed, recorded in the manifest, and implemented in `compression`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UnstructuredPruning(_Step):
    """Set the smallest weights to zero (torch.nn.utils.prune), then fine-tune: shrinks compressed transfers only."""

    kind: Literal["unstructured-pruning"] = "unstructured-pruning"
    amount: float = Field(gt=0, lt=1)
    """Share of the weights that become zero."""
    epochs: int = Field(default=1, ge=0)
    """Epochs of fine-tuning afterwards, with the zeros kept."""


class StructuredPruning(_Step):
    """Remove whole channels, heads and hidden units (torch-pruning), so that there is less to compute."""

    kind: Literal["structured-pruning"] = "structured-pruning"
    amount: float = Field(gt=0, lt=1)
    """Share of the channels of each group that are removed."""
    rounds: int = Field(default=1, ge=1)
    """Pruning rounds in which ``amount`` is reached, each followed by its share of ``epochs``."""
    epochs: float = Field(default=1, ge=0)
    """Epochs of distillation from the original afterwards."""
    learning_rate: float | None = None
    """Default: the model's own."""


class SemiStructuredSparsity(_Step):
    """2 of every 4 weights become zero (torchao). Faster on NVIDIA GPUs from Ampere on."""

    kind: Literal["2:4-sparsity"] = "2:4-sparsity"
    epochs: int = Field(default=1, ge=0)


class Distillation(_Step):
    """Fine-tune towards the original's raw outputs."""

    kind: Literal["distillation"] = "distillation"
    epochs: float = Field(default=1, gt=0)
    learning_rate: float | None = None
    """Default: the model's own."""


class TorchAo(_Step):
    """Quantise by torchao; the variant stays a torch program (``torch.export``)."""

    kind: Literal["torchao"] = "torchao"
    scheme: Literal["int8-dynamic", "int8-weight-only", "int4-weight-only"]


class HalfTorch(_Step):
    """Half precision of a torch program. Faster on GPUs, and on CPUs with AMX or native bf16."""

    kind: Literal["half"] = "half"
    dtype: Literal["bfloat16", "float16"] = "bfloat16"


class Export(_Step):
    """Write the network, head included, as ONNX. A recipe without it makes a torch program."""

    kind: Literal["onnx"] = "onnx"
    opset: int = Field(default=18, ge=17)


class OptimizeGraph(_Step):
    """ONNX Runtime's own fusions, saved into the file."""

    kind: Literal["graph-optimisation"] = "graph-optimisation"
    model_type: Literal["", "bert", "vit"] = ""
    """A transformer's fusions besides the general ones. Default: none."""
    heads: int = 0
    """Attention heads, for a transformer. Default: found in the graph."""
    hidden: int = 0


class DynamicInt8(_Step):
    """Weights in int8, activations quantised while running (ONNX Runtime)."""

    kind: Literal["int8-dynamic"] = "int8-dynamic"
    per_channel: bool = True
    reduce_range: bool = False
    """7-bit weights, for CPUs without VNNI, where int8 products overflow."""
    embeddings: bool = True
    """Quantise embedding tables, too."""


class StaticInt8(_Step):
    """Weights and activations in int8 by calibration on training rows (ONNX Runtime, QDQ)."""

    kind: Literal["int8-static"] = "int8-static"
    rows: int = Field(default=128, ge=1)
    """Training rows to calibrate on."""
    method: Literal["minmax", "entropy", "percentile"] = "minmax"
    per_channel: bool = True


class WeightOnly(_Step):
    """Block-wise 4- or 8-bit weights, activations unchanged (ONNX Runtime, MatMulNBits)."""

    kind: Literal["weight-only"] = "weight-only"
    bits: Literal[4, 8] = 4
    block: Literal[16, 32, 64, 128] = 32


class HalfOnnx(_Step):
    """An ONNX file in fp16; inputs and outputs keep their types. Faster on GPUs."""

    kind: Literal["onnx-half"] = "onnx-half"


Step = Annotated[
    UnstructuredPruning
    | StructuredPruning
    | SemiStructuredSparsity
    | Distillation
    | TorchAo
    | HalfTorch
    | Export
    | OptimizeGraph
    | DynamicInt8
    | StaticInt8
    | WeightOnly
    | HalfOnnx,
    Field(discriminator="kind"),
]


class Recipe(BaseModel):
    """How one variant is made: steps on the network, at most one `Export`, then steps on the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    steps: tuple[Step, ...] = ()
    """Default: none, the unchanged network as a torch.export program."""
