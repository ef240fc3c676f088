"""How a server is to run a model: what `config.pbtxt` and a TorchServe archive are made from."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Serving(BaseModel):
    """Copies of the model, and how requests wait for one another to share a run.

    The defaults suit a small model on a few cores: what they give was measured by `benchmarks/triton_batching.py`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: Literal["cpu", "gpu"] = "cpu"
    """On a GPU, the full Triton image runs the ONNX file by its CUDA provider."""
    instances: int = Field(default=1, ge=1)
    """Copies that run side by side: per GPU on GPUs, in all on CPUs."""
    threads: int = Field(default=1, ge=1)
    """Of each copy's arithmetic, on CPUs."""
    batching: bool = True
    """Put requests that wait together into one run, up to the model's ``max_batch_size`` rows."""
    max_queue_delay_us: int = Field(default=1000, ge=0)
    """Most microseconds that a request waits for others."""
    preferred_batch_sizes: tuple[int, ...] = ()
    """Rows at which a batch is run at once. Default: whenever a copy is free."""
    max_queue_size: int = Field(default=0, ge=0)
    """Requests that may wait; what comes above that is refused. Default: any number."""
    queue_timeout_us: int = Field(default=0, ge=0)
    """Most microseconds that a request waits for its turn before it is refused. Default: any time."""
    warm_up: tuple[int, ...] = (1,)
    """Rows of the runs on zeros that a copy makes before it is called ready; the model's largest batch is added."""
    versions: int = Field(default=1, ge=1)
    """How many of the newest versions in a repository are served."""
