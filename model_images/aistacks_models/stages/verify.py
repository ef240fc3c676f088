"""The third stage: measures each variant against the reference, applies the gates, and writes the report.

Each variant is measured in a stage of its own, so that a new recipe or a changed gate repeats no measurement.
Latency isn't deterministic: a measurement is reused as long as files, code, libraries and machine are the same.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from aistacks_core import checksums
from aistacks_core.errors import UserError

from .. import progress
from ..data import Arrays, Split
from ..model import Model
from ..stage_cache import Stage, StageCache, code
from ..variants import Variant, Variants
from ..verification.agreement import agreement
from ..verification.determinism import determinism
from ..verification.document import Machine, Measured, Verification
from ..verification.judging import choose, judge
from ..verification.latency import Effort, timings
from ..verification.machine import machine
from ..verification.malformed import malformed
from ..verification.pickles import scan
from ..verification.quality import QualityEstimator, classification
from ..verification.worker import Died, Refused, Worker, WorkerSpec

MODULES = tuple(
    f"aistacks_models.verification.{name}"
    for name in ("agreement", "worker", "determinism", "latency", "malformed", "pickles", "quality", "session")
)
"""The modules that measure, without those that judge and report."""
PARTS = ("quality", "latency", "determinism", "malformed requests", "files")


def verify(
    model: Model,
    trained: Stage | None,
    compressed: Stage,
    cache: StageCache,
    source: Path,
    *,
    effort: Effort | None = None,
    opener: Callable[..., Any] | None = None,
) -> Stage:
    """Measure and judge every variant of ``compressed``; write `verification.json` and ``report/``.

    ``trained``: ``None`` for an imported model. ``opener``: opens a variant. Default:
    `runners.open_runner`.

    Raises UserError where the reference itself can't be run.
    """
    from ..report import render
    from ..runners import open_runner

    effort = effort or Effort()
    made = Variants.read(compressed.folder)
    here = machine()
    with contextlib.ExitStack() as stack:
        bench = _Bench(model, compressed.folder, made.made[0], source, effort, opener or open_runner, stack)
        inputs = _inputs(model, trained, made.made[0], compressed.folder, source, effort, here)
        measured = []
        for variant in made.made:
            its = {**inputs, "variant": _digest(variant, compressed.folder), "facts": variant.model_dump(mode="json")}
            stage = cache.stage(f"measure-{variant.name}", its, partial(_measure, bench, variant))
            measured.append((variant, stage))

    def make(folder: Path) -> None:
        found = [Measured.model_validate_json((stage.folder / "measured.json").read_bytes()) for _, stage in measured]
        variants = judge(found, model.gates)
        chosen, why = choose(variants)
        rows = next((one.quality.rows for one in found if one.quality), 1)
        document = Verification(
            model=model.name,
            task=model.task,
            metric=model.metric.name,
            rows=rows,
            threads=model.trained_by.threads,
            seed=model.trained_by.seed,
            gates=model.gates,
            machine=here,
            reference=made.made[0].name,
            variants=variants,
            dropped=made.dropped,
            chosen=chosen,
            why=why,
        )
        document.write(folder)
        render.write(document, folder / "report")

    judging = {
        "measured": {variant.name: stage.digest for variant, stage in measured},
        "compressed": compressed.digest,
        "gates": model.gates.model_dump(mode="json"),
        "task": model.task,
        "code": code("aistacks_models.stages.verify", "aistacks_models.verification", "aistacks_models.report"),
        "look": render.look(),
    }
    return cache.stage("verify", judging, make)


@dataclass
class _Bench:
    """The reference, opened and run lazily, once for all variants."""

    model: Model
    folder: Path
    first: Variant
    source: Path
    effort: Effort
    opener: Callable[..., Any]
    stack: contextlib.ExitStack

    def spec(self, variant: Variant) -> WorkerSpec:
        """What a worker needs to open ``variant``."""
        return WorkerSpec(self.opener, variant, self.folder, self.model, self.source, self.model.trained_by.threads)

    @cached_property
    def held_out(self) -> Split:
        """The held-out rows."""
        return self.model.data().held_out

    @cached_property
    def worker(self) -> Worker:
        """The reference's worker."""
        with self._reference_errors():
            return self.stack.enter_context(Worker(self.spec(self.first), self.effort.timeout))

    @cached_property
    def outputs(self) -> Arrays:
        """The reference's outputs for the held-out rows."""
        with self._reference_errors():
            outputs: Arrays = self.worker.batches(self.held_out.inputs, self.model.max_batch_size)
            return outputs

    @cached_property
    def estimator(self) -> QualityEstimator:
        """The quality estimator, with the reference's values."""
        confidence, seed = self.model.gates.confidence, self.model.trained_by.seed
        return QualityEstimator(self.model, self.held_out, self.outputs, confidence, self.effort.resamples, seed)

    @contextlib.contextmanager
    def _reference_errors(self) -> Iterator[None]:
        try:
            yield
        except (Died, Refused) as error:
            raise UserError(
                f"{self.model.name}: {self.first.name}", str(error), "a reference that runs", "Nothing can be judged."
            ) from error


def _inputs(
    model: Model, trained: Stage | None, first: Variant, folder: Path, source: Path, effort: Effort, here: Machine
) -> dict[str, Any]:
    """Inputs of every variant's measurement."""
    beside = [source, *sorted(source.parent.glob("_*.py"))] if source.suffix == ".py" else [source]
    return {
        "model": model.name,
        "size": model.size.model_dump(mode="json"),
        "training": model.trained_by.model_dump(mode="json"),
        "source": {path.name: checksums.sha256(path.read_bytes()) for path in beside if path.is_file()},
        "trained": trained.digest if trained else "",
        "reference": _digest(first, folder),
        "confidence": model.gates.confidence,
        "p99": model.gates.p99_ms is not None,
        "effort": asdict(effort),
        "machine": here.model_dump(mode="json"),
        "code": code(*MODULES, "aistacks_models.runners", "aistacks_models.metrics"),
    }


def _measure(bench: _Bench, variant: Variant, folder: Path) -> None:
    files = _files(variant, bench.folder)
    root = (bench.folder / variant.file).parent
    facts: dict[str, Any] = {
        "variant": variant,
        "sha256": _digest(variant, bench.folder),
        "packed_bytes": sum(_packed(path) for path in files),
        "safety": scan(files, root),
    }
    with progress.bar(f"{bench.model.name} {variant.name}: verify", len(PARTS)) as advance:
        try:
            for part, found in _run(bench, variant):
                facts |= found
                advance(text=part)
        except Died as error:
            facts["error"] = f"its process ended: {error}"
        except Refused as error:
            facts["error"] = str(error)
        advance(text="")
    (folder / "measured.json").write_text(Measured(**facts).model_dump_json(indent=1) + "\n")


def _run(bench: _Bench, variant: Variant) -> Iterator[tuple[str, dict[str, Any]]]:
    """Measurements that run the variant, part by part, so that results before a crash are kept."""
    model, rows, effort, reference = bench.model, bench.held_out, bench.effort, bench.outputs
    spec = bench.spec(variant)
    with Worker(spec, effort.timeout) as worker:
        outputs: Arrays = worker.batches(rows.inputs, model.max_batch_size)
        if missing := _missing_outputs(outputs, reference):
            raise Refused(missing)
        yield (
            PARTS[0],
            {
                "quality": bench.estimator.quality(outputs),
                "classification": classification(model, outputs, rows.targets),
                "agreement": agreement(model, outputs, reference, rows.targets),
            },
        )
        times = timings(model, worker, bench.worker, rows, effort, model.gates.p99_ms is not None)
        yield PARTS[1], {"latency": tuple(times)}
        with Worker(spec, effort.timeout) as fresh:
            yield PARTS[2], {"determinism": determinism(model, worker, fresh, rows, model.trained_by.seed)}
            cases, after = malformed(model, spec, fresh, rows, effort.timeout)
            yield PARTS[3], {"malformed": tuple(cases), "after_malformed": after}


def _missing_outputs(outputs: Arrays, reference: Arrays) -> str:
    for name, array in reference.items():
        if name not in outputs:
            return f"it has no output {name}"
        if outputs[name].shape != array.shape:
            return f"output {name} has shape {outputs[name].shape}; the reference's has {array.shape}"
    return ""


def _files(variant: Variant, folder: Path) -> list[Path]:
    """Files of the artefact: those in the variant's folder, or its one file where it has no folder."""
    path = folder / variant.file
    if path.parent == folder:
        return [path]
    return sorted(file for file in path.parent.rglob("*") if file.is_file())


def _digest(variant: Variant, folder: Path) -> str:
    root = (folder / variant.file).parent
    lines = (f"{checksums.of_file(path)}  {path.relative_to(root).as_posix()}\n" for path in _files(variant, folder))
    return checksums.sha256("".join(lines).encode())


def _packed(path: Path) -> int:
    squeeze = zlib.compressobj(1)
    total = 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            total += len(squeeze.compress(block))
    return total + len(squeeze.flush())
