"""The bounds that a variant must meet before it may be served."""

from pydantic import BaseModel, ConfigDict, Field


class Gates(BaseModel):
    """Bounds on a variant, each against the trained network in fp32 (the reference) on the held-out rows.

    Quality is judged by the pessimistic end of its confidence interval, so that noise can't pass a gate. ``None``
    disables a gate, and the report says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quality_loss: float = Field(default=0.01, ge=0)
    """Largest loss of the metric, in the metric's own unit (0.01: one point of accuracy)."""
    class_quality_loss: float | None = Field(default=0.05, ge=0)
    """Largest loss of any class."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Confidence level of the intervals."""
    least_quality: float | None = None
    """Least absolute value of the metric, whatever the reference reaches."""
    agreement: float | None = Field(default=0.97, ge=0, le=1)
    """Least share of held-out rows (tokens, for a tagger) on which variant and reference give the same answer."""
    latency_ratio: float | None = Field(default=None, gt=0)
    """Largest median latency, as a share of the reference's on the same machine and threads."""
    p99_ms: float | None = Field(default=None, gt=0)
    """Largest 99th percentile of single-row latency, in milliseconds, on the machine that verifies."""
    size_ratio: float | None = Field(default=None, gt=0)
    """Largest size, as a share of the reference's weights in fp32."""
    size_mb: float | None = Field(default=None, gt=0)
    """Largest size in megabytes (10⁶ bytes)."""
    deterministic: bool = True
    """The same rows must give bit-identical outputs, run after run."""
    refuses_malformed: bool = True
    """Wrong shapes, types and names must raise, and valid rows must be answered as before afterwards."""
    safe_to_load: bool = True
    """No file of the artefact may run code when it is loaded (a pickle's imports are scanned)."""
