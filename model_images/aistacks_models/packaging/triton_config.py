"""Triton's `config.pbtxt` as a pydantic model: the fields used here, validated, and rendered by Triton's own protobuf.

Names and meanings are those of `model_config.proto` (tritonclient 2.73.0, read 2026-11-27).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

DataType = Literal[
    "TYPE_BOOL",
    "TYPE_UINT8",
    "TYPE_INT8",
    "TYPE_INT16",
    "TYPE_INT32",
    "TYPE_INT64",
    "TYPE_FP16",
    "TYPE_FP32",
    "TYPE_FP64",
    "TYPE_STRING",
]
Backend = Literal["onnxruntime", "python"]
Dim = Annotated[int, Field(ge=-1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reshape(_Part):
    """The shape that the network itself wants, without the batch."""

    shape: tuple[Dim, ...]


class InputConfig(_Part):
    """``dims``: without the batch, where the model has one."""

    name: str = Field(min_length=1)
    data_type: DataType
    dims: tuple[Dim, ...] = Field(min_length=1)
    reshape: Reshape | None = None
    optional: bool = False


class OutputConfig(_Part):
    """``label_filename``: a text file beside the configuration, one class a line."""

    name: str = Field(min_length=1)
    data_type: DataType
    dims: tuple[Dim, ...] = Field(min_length=1)
    reshape: Reshape | None = None
    label_filename: str = ""


class InstanceGroup(_Part):
    """``count``: on each of ``gpus`` (Default: every GPU), or in all on the CPU."""

    count: int = Field(default=1, ge=1)
    kind: Literal["KIND_CPU", "KIND_GPU"] = "KIND_CPU"
    gpus: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _gpus_only_on_gpus(self) -> Self:
        if self.gpus and self.kind != "KIND_GPU":
            raise ValueError("gpus need kind KIND_GPU")
        return self


class QueuePolicy(_Part):
    """When a request is refused instead of queued."""

    timeout_action: Literal["REJECT", "DELAY"] = "REJECT"
    default_timeout_microseconds: int = Field(default=0, ge=0)
    allow_timeout_override: bool = False
    max_queue_size: int = Field(default=0, ge=0)


class DynamicBatching(_Part):
    """Requests that wait together share a run."""

    preferred_batch_size: tuple[Annotated[int, Field(ge=1)], ...] = ()
    max_queue_delay_microseconds: int = Field(default=0, ge=0)
    preserve_ordering: bool = False
    default_queue_policy: QueuePolicy | None = None


class WarmupInput(_Part):
    """One input of a warm-up: zeros, random values, or a file below `warmup/`."""

    data_type: DataType
    dims: tuple[Annotated[int, Field(ge=1)], ...]
    zero_data: bool = False
    random_data: bool = False
    input_data_file: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum((self.zero_data, self.random_data, bool(self.input_data_file))) != 1:
            raise ValueError("exactly one of zero_data, random_data and input_data_file")
        return self


class Warmup(_Part):
    """A run that every instance makes before it is ready."""

    name: str = Field(min_length=1)
    batch_size: int = Field(default=1, ge=1)
    inputs: dict[str, WarmupInput]
    count: int = Field(default=1, ge=1)


class Latest(_Part):
    """The newest versions."""

    num_versions: int = Field(default=1, ge=1)


class Specific(_Part):
    """These versions."""

    versions: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1)


class Everything(_Part):
    """All versions."""


class VersionPolicy(_Part):
    """Which of the versions in the repository are served: exactly one of the three."""

    latest: Latest | None = None
    specific: Specific | None = None
    all: Everything | None = None

    @model_validator(mode="after")
    def _one_policy(self) -> Self:
        if len([part for part in (self.latest, self.specific, self.all) if part is not None]) != 1:
            raise ValueError("exactly one of latest, specific and all")
        return self


class Graph(_Part):
    """ONNX Runtime's optimisations: -1 basic, 0 all, 1 basic and extended, 2 none."""

    level: Literal[-1, 0, 1, 2] = 0


class Optimization(_Part):
    """What the backend may do to the graph and to batches."""

    graph: Graph | None = None
    eager_batching: bool = False


class Step(_Part):
    """A member of an ensemble. ``input_map``: its input → the ensemble's name for it; outputs likewise."""

    model_name: str
    model_version: int = -1
    input_map: dict[str, str] = Field(min_length=1)
    output_map: dict[str, str] = Field(min_length=1)


class EnsembleScheduling(_Part):
    """In which order members run follows from the names that they share."""

    step: tuple[Step, ...] = Field(min_length=1)


class Parameter(_Part):
    """A backend's own setting."""

    string_value: str


class ModelConfig(_Part):
    """One model's `config.pbtxt`. ``backend`` or, for an ensemble, ``platform``."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    backend: Backend | None = None
    platform: Literal["ensemble"] | None = None
    max_batch_size: int = Field(ge=0)
    """0: the model has no batch, and ``dims`` are whole shapes."""
    input: tuple[InputConfig, ...] = Field(min_length=1)
    output: tuple[OutputConfig, ...] = Field(min_length=1)
    version_policy: VersionPolicy | None = None
    instance_group: tuple[InstanceGroup, ...] = ()
    dynamic_batching: DynamicBatching | None = None
    optimization: Optimization | None = None
    parameters: dict[str, Parameter] = {}
    model_warmup: tuple[Warmup, ...] = ()
    ensemble_scheduling: EnsembleScheduling | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for word, tensors in (("input", self.input), ("output", self.output)):
            names = [tensor.name for tensor in tensors]
            if len(set(names)) != len(names):
                raise ValueError(f"{word} names differ, not {names}")
        if (self.backend is None) == (self.platform is None):
            raise ValueError("either a backend or a platform")
        if (self.platform == "ensemble") != (self.ensemble_scheduling is not None):
            raise ValueError("an ensemble has ensemble_scheduling, and nothing else has")
        if self.platform == "ensemble" and (self.instance_group or self.dynamic_batching or self.model_warmup):
            raise ValueError("an ensemble has no instances, batching or warm-up: its members have")
        if self.dynamic_batching and not self.max_batch_size:
            raise ValueError("dynamic_batching needs a max_batch_size of at least 1")
        return self

    @model_validator(mode="after")
    def _batches_within_the_largest(self) -> Self:
        sizes = self.dynamic_batching.preferred_batch_size if self.dynamic_batching else ()
        if any(size > self.max_batch_size for size in sizes):
            raise ValueError(f"preferred_batch_size at most max_batch_size ({self.max_batch_size}), not {max(sizes)}")
        types = {tensor.name: tensor.data_type for tensor in self.input if not tensor.optional}
        for warmup in self.model_warmup:
            if warmup.batch_size > max(self.max_batch_size, 1):
                raise ValueError(f"warm-up {warmup.name} of at most {self.max_batch_size} rows")
            if {name: tensor.data_type for name, tensor in warmup.inputs.items()} != types:
                raise ValueError(f"warm-up {warmup.name} with the model's inputs {types}")
        return self

    def text(self) -> str:
        """As Triton reads it. Needs tritonclient, so the models environment."""
        from google.protobuf import json_format, text_format
        from tritonclient.grpc import model_config_pb2

        message = json_format.ParseDict(self.fields(), model_config_pb2.ModelConfig())
        return str(text_format.MessageToString(message))

    def fields(self) -> dict[str, Any]:
        """Only what is set, by the definition's names."""
        fields: dict[str, Any] = self.model_dump(mode="json", exclude_unset=True, exclude_none=True)
        return fields
