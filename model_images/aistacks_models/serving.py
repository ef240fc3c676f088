"""How a server runs a model: the source of `config.pbtxt` and of the TorchServe archive's configuration."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Serving(BaseModel):
    """Model instances, and dynamic batching of requests.

    The defaults suit a small model on a few cores; `benchmarks/triton_batching.py` measures them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: Literal["cpu", "gpu"] = "cpu"
    """On a GPU, the full Triton image runs the ONNX file by its CUDA provider."""
    instances: int = Field(default=1, ge=1)
    """Model instances: per GPU on GPUs, in total on CPUs."""
    threads: int = Field(default=1, ge=1)
    """Intra-op threads of each instance, on CPUs."""
    batching: bool = True
    """Dynamic batching of queued requests, up to the model's ``max_batch_size`` rows."""
    max_queue_delay_us: int = Field(default=1000, ge=0)
    """Longest time that a request waits for a batch, in microseconds."""
    preferred_batch_sizes: tuple[int, ...] = ()
    """Batch sizes that run without further delay. Default: whatever is queued when an instance is free."""
    max_queue_size: int = Field(default=0, ge=0)
    """Queued requests beyond which further ones are rejected. Default: 0, no limit."""
    queue_timeout_us: int = Field(default=0, ge=0)
    """Microseconds in the queue after which a request is rejected. Default: 0, no limit."""
    warm_up: tuple[int, ...] = (1,)
    """Batch sizes of the warm-up on zeros before an instance is ready; ``max_batch_size`` is added."""
    versions: int = Field(default=1, ge=1)
    """How many of the newest versions in a repository are served."""
