"""`verification.json`: the measurements of each variant, the verdicts of its gates, and the chosen one.

Missing numbers are ``None``; none is NaN or infinite, so that any JSON parser reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ..gates import Gates
from ..variants import Dropped, Variant

FILE = "verification.json"

Answer = Literal["pass", "fail", "unknown", "off"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interval(_Part):
    """A number with its confidence interval. ``low`` is the pessimistic end, by which gates judge."""

    value: float
    low: float
    high: float


class ClassQuality(_Part):
    """One class."""

    name: str
    rows: int | None
    """Held-out rows that hold the class; ``None`` where targets don't say (a metric's own summary, for example)."""
    value: float | None
    reference: float | None
    difference: Interval
    """Variant minus reference. Below zero: the variant is worse."""


class Quality(_Part):
    """The metric on the held-out rows. Intervals are by bootstrap over rows, the same resamples for every variant."""

    value: Interval
    reference: Interval
    difference: Interval
    """Variant minus reference, paired row by row. Below zero: the variant is worse. No width where no
    answer changed."""
    rows: int
    confidence: float
    resamples: int
    method: Literal["BCa", "percentile", "none"]
    """How intervals were made; ``none`` where every output is the reference's, bit by bit."""
    classes: tuple[ClassQuality, ...] = ()


class ClassReport(_Part):
    """A line of scikit-learn's classification report."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


class Timing(_Part):
    """One size of batch: runs of the variant and the reference by turns on the same rows."""

    batch: int
    runs: int
    rounds: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    rows_per_second: float
    """Of the median run."""
    reference_p50_ms: float
    ratio: float
    """Median by the reference's median."""
    ratio_low: float
    """The least ratio of medians of any round."""
    ratio_high: float
    percentiles_ms: tuple[float, ...]
    """0th to 100th, for the distribution."""


class OutputAgreement(_Part):
    """One float output, element by element."""

    name: str
    largest: float | None
    mean: float | None
    reference_largest: float | None
    """The greatest magnitude in the reference's output, to hold the differences against."""
    not_finite: int
    """NaN or infinite elements where the reference's are finite."""


class Agreement(_Part):
    """How alike the answers are."""

    same: float
    """Share of answers that equal the reference's."""
    answers: int
    """How many were compared: rows, or tokens whose target is not negative."""
    outputs: tuple[OutputAgreement, ...]


class Drift(_Part):
    """What changes in a row's outputs where nothing about the row changed."""

    largest: float
    same_answers: float


class Determinism(_Part):
    """Bits must be equal run after run; across neighbours and batch sizes only the difference is told."""

    again: bool
    """The same batch twice in one session: the same bits."""
    process: bool
    """The same batch in a fresh process: the same bits."""
    neighbours: Drift
    """The same rows, each in a batch with other rows."""
    batch_size: Drift
    """The same rows one by one."""


class Malformed(_Part):
    """One kind of request that is wrong."""

    sent: str
    must: Literal["raise", "survive"]
    outcome: Literal["raised", "answered", "answered with NaN", "answered wrongly", "died", "hung"]
    said: str
    """The error's words, or how the process ended."""
    good: bool


class Finding(_Part):
    """Something in the artefact's files that could run code or reach outside."""

    file: str
    level: Literal["dangerous", "suspicious"]
    what: str


class Safety(_Part):
    """What loading the artefact could run."""

    files: int
    findings: tuple[Finding, ...] = ()


class Measured(_Part):
    """Everything about one variant but a verdict. What could not be measured is ``None``, and ``error`` says why."""

    variant: Variant
    sha256: str
    """Of `SHA256SUMS` over its files."""
    packed_bytes: int
    """Compressed by zlib at its fastest: what a transfer weighs, and where zeros pay."""
    safety: Safety
    error: str = ""
    quality: Quality | None = None
    classification: tuple[ClassReport, ...] = ()
    latency: tuple[Timing, ...] = ()
    """The first is for single rows, the last for the largest batch."""
    agreement: Agreement | None = None
    determinism: Determinism | None = None
    malformed: tuple[Malformed, ...] = ()
    after_malformed: bool | None = None
    """Right rows were answered by the same bits after all malformed ones."""


class Verdict(_Part):
    """What one gate says."""

    gate: str
    answer: Answer
    got: float | None
    bound: float | None
    why: str


class Judged(_Part):
    """A variant with its verdicts."""

    measured: Measured
    verdicts: tuple[Verdict, ...]
    passed: bool
    """No gate says ``fail`` or ``unknown``."""
    front: bool
    """On the Pareto front: no other variant is at least as good in quality, latency and size and better in one."""

    @property
    def name(self) -> str:
        """The variant's."""
        return self.measured.variant.name

    @property
    def refused_by(self) -> tuple[Verdict, ...]:
        """The gates that stand in its way."""
        return tuple(verdict for verdict in self.verdicts if verdict.answer in ("fail", "unknown"))


class Machine(_Part):
    """Where latency was measured; it holds only there."""

    cpu: str
    cores: int
    memory_gb: float
    system: str
    instructions: tuple[str, ...]
    """Of those that quantised arithmetic gains from, the ones this CPU has."""
    versions: dict[str, str]


class Verification(_Part):
    """The document."""

    version: Literal[1] = 1
    model: str
    task: str
    metric: str
    rows: int = Field(ge=1)
    threads: int
    seed: int
    gates: Gates
    machine: Machine
    reference: str
    variants: tuple[Judged, ...]
    dropped: tuple[Dropped, ...] = ()
    chosen: str | None
    why: str
    """Why this one was chosen, or why none could be."""

    def variant(self, name: str) -> Judged:
        """By name. Raises ``KeyError``."""
        for judged in self.variants:
            if judged.name == name:
                return judged
        raise KeyError(name)

    @classmethod
    def read(cls, folder: Path) -> Verification:
        """Read from the stage's folder."""
        return cls.model_validate_json((folder / FILE).read_bytes())

    def write(self, folder: Path) -> None:
        """Write it into the stage's folder."""
        (folder / FILE).write_text(self.model_dump_json(indent=1) + "\n")
