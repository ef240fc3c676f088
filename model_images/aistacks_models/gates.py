"""What a variant must keep before it may be served."""

from pydantic import BaseModel, ConfigDict, Field


class Gates(BaseModel):
    """Bounds on a variant, each against the trained network in fp32 (the reference) on the held-out rows.

    Quality is judged by the pessimistic end of its confidence interval, so noise can't pass for quality. ``None``
    turns a gate off; a gate that is off is said in the report.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quality_loss: float = Field(default=0.01, ge=0)
    """Most that the metric may lose, in the metric's own unit (0.01: one point of accuracy)."""
    class_quality_loss: float | None = Field(default=0.05, ge=0)
    """Most that any class may lose."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Of the intervals."""
    least_quality: float | None = None
    """The metric's least value, whatever the reference has."""
    agreement: float | None = Field(default=0.97, ge=0, le=1)
    """Least share of held-out rows (tokens, for a tagger) on which variant and reference give the same answer."""
    latency_ratio: float | None = Field(default=None, gt=0)
    """Most that the median latency may be, as a share of the reference's on the same machine and threads."""
    p99_ms: float | None = Field(default=None, gt=0)
    """Most milliseconds that 99 of 100 single-row runs may take on the machine that verifies."""
    size_ratio: float | None = Field(default=None, gt=0)
    """Most bytes, as a share of the reference's weights in fp32."""
    size_mb: float | None = Field(default=None, gt=0)
    """Most megabytes (10⁶ bytes)."""
    deterministic: bool = True
    """The same rows must give the same bits, run after run."""
    refuses_malformed: bool = True
    """Wrong shapes, types and names must raise, and right rows be answered as before afterwards."""
    safe_to_load: bool = True
    """No file of the artefact may run code when it is loaded (a pickle's imports are scanned)."""
