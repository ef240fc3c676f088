"""The fourth stage: packages the chosen variant for publishing, with its checksums."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

from aistacks_core import checksums
from aistacks_core.errors import UserError

from .. import api, training_data
from .. import manifest as facts
from ..model import Model
from ..packaging import dockerfiles, samples, torchserve, triton
from ..progress import bar
from ..stage_cache import LIBRARIES, Stage, StageCache, code
from ..verification.document import FILE, Judged, Timing, Verdict, Verification

FOLDER = "package"
CODE = tuple(
    f"aistacks_models.{name}"
    for name in ("api", "compression", "packaging", "stages", "training", "verification", "manifest", "runners")
)
"""The modules that produce a package, from data to manifest."""
PARTS = ("Triton", "TorchServe", "samples", "Dockerfiles and client", "manifest")


def package(
    model: Model, trained: Stage | None, compressed: Stage, verified: Stage, cache: StageCache, source: Path
) -> Stage:
    """Package the variant that `verify` chose. The stage's ``package/`` is what is published.

    ``trained``: ``None`` for an imported model. Raises UserError when no variant passed every gate.
    """
    document = Verification.read(verified.folder)
    if document.chosen is None:
        raise UserError(
            f"{model.name}: gates",
            document.why,
            "a variant for ONNX Runtime that passes every gate",
            f"Read {verified.folder / 'report' / 'report.md'}.",
        )
    inputs = {
        "stages": {
            "train": trained.digest if trained else "",
            "compress": compressed.digest,
            "verify": verified.digest,
        },
        "chosen": document.chosen,
        "model_file": checksums.sha256(source.read_bytes()),
        "serving": model.serving.model_dump(mode="json"),
        "classes": model.classes,
        "licence": model.licence,
        "max_batch_size": model.max_batch_size,
        "code": code(*CODE),
    }
    make = partial(_make, model, document, compressed.folder, verified.folder, inputs)
    return cache.stage("package", inputs, make)


def _make(
    model: Model, document: Verification, compressed: Path, verified: Path, inputs: dict[str, Any], stage: Path
) -> None:
    chosen = document.variant(document.chosen or "")
    onnx = compressed / chosen.measured.variant.file
    folder = stage / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tensors = (model.inputs, model.outputs, model.max_batch_size, model.serving)
    with bar(f"{model.name}: package {chosen.name}", len(PARTS)) as advance:
        triton.write(folder / "triton", model.name, onnx, *tensors, model.classes)
        advance(text=PARTS[0])
        torchserve.write(folder / "torchserve", model.name, onnx, *tensors)
        advance(text=PARTS[1])
        splits = model.data()
        kept = _samples(model, chosen, compressed, splits.held_out, folder / samples.FILE)
        advance(text=PARTS[2])
        shutil.copytree(verified / "report", folder / "report")
        api.write(
            folder / "api",
            name=model.name,
            inputs=model.inputs,
            outputs=model.outputs,
            max_batch_size=model.max_batch_size,
            samples=kept,
            version=torchserve.VERSION,
            task=model.task,
            licence=model.licence,
            classes=model.classes,
        )
        dockerfiles.write(folder, name=model.name, task=model.task, licence=model.licence)
        advance(text=PARTS[3])
        proof = checksums.sha256((verified / FILE).read_bytes())
        (folder / facts.VERIFIED).write_text(f"{proof}\n")
        _manifest(model, document, chosen, splits, proof, inputs, folder).write(folder)
        _close(folder)
        advance(text=chosen.name)


def _samples(model: Model, chosen: Judged, compressed: Path, rows: Any, file: Path) -> dict[str, Any]:
    """Write the first held-out rows with the chosen variant's answers, run in batches of the largest size."""
    import numpy as np

    from ..runners import open_runner

    first = rows.take(slice(0, samples.ROWS))
    runner = open_runner(chosen.measured.variant, compressed, model, model.serving.threads)
    step = model.max_batch_size
    parts = [runner.run(first.take(slice(at, at + step)).inputs) for at in range(0, len(first), step)]
    outputs = {tensor.name: np.concatenate([part[tensor.name] for part in parts]) for tensor in model.outputs}
    samples.write(file, first.inputs, outputs, first.targets)
    kept: dict[str, Any] = json.loads(file.read_text())
    return kept


def _manifest(
    model: Model,
    document: Verification,
    chosen: Judged,
    splits: Any,
    proof: str,
    inputs: dict[str, Any],
    folder: Path,
) -> facts.Manifest:
    reference = document.variant(document.reference).measured
    measured = chosen.measured
    lineage = facts.Lineage(
        code=inputs["code"],
        model_file=inputs["model_file"],
        data=facts.DataFacts(
            source=splits.source,
            licence=splits.licence,
            sha256=training_data.digest(splits),
            rows={name: len(getattr(splits, name)) for name in training_data.SPLITS},
        ),
        seed=document.seed,
        size=model.size.model_dump(mode="json"),
        training=model.trained_by.model_dump(mode="json"),
        recipe=measured.variant.recipe.model_dump(mode="json"),
        stages={name: digest for name, digest in inputs["stages"].items() if digest},
        libraries=_libraries(),
    )
    return facts.Manifest.of(
        folder,
        name=model.name,
        task=model.task,
        licence=model.licence,
        verification=proof,
        variant=facts.Variant(
            name=chosen.name,
            runtime=measured.variant.runtime,
            parameters=measured.variant.parameters,
            nonzero=measured.variant.nonzero,
        ),
        inputs=model.inputs,
        outputs=model.outputs,
        classes=model.classes,
        max_batch_size=model.max_batch_size,
        quality=_quality(document, chosen),
        latency=facts.Measured(
            variant=_latency(measured.latency, document.threads),
            reference=_latency(reference.latency, document.threads),
        ),
        size=facts.Sizes(variant=measured.variant.bytes, reference=reference.variant.bytes),
        gates=tuple(_gate(verdict) for verdict in chosen.verdicts),
        lineage=lineage,
        machine=document.machine.model_dump(mode="json"),
    )


def _quality(document: Verification, chosen: Judged) -> facts.Quality:
    quality = chosen.measured.quality
    if quality is None:
        raise UserError(f"{document.model}: {chosen.name}", "no quality", "a variant that was measured")
    return facts.Quality(
        metric=document.metric,
        rows=quality.rows,
        confidence=quality.confidence,
        reference=facts.Interval(**quality.reference.model_dump()),
        variant=facts.Interval(**quality.value.model_dump()),
    )


def _latency(timings: tuple[Timing, ...], threads: int) -> facts.Latency:
    one, many = timings[0], timings[-1]
    return facts.Latency(
        p50_ms=one.p50_ms,
        p90_ms=one.p90_ms,
        p99_ms=one.p99_ms,
        batch_size=one.batch,
        threads=threads,
        rows_per_second=many.rows_per_second,
    )


def _gate(verdict: Verdict) -> facts.GateVerdict:
    if verdict.answer == "unknown":
        raise UserError(f"gate {verdict.gate}", "unknown", "a verdict")
    return facts.GateVerdict(name=verdict.gate, verdict=verdict.answer, got=verdict.got, bound=verdict.bound)


def _libraries() -> dict[str, str]:
    return {distribution: importlib.metadata.version(distribution) for distribution in LIBRARIES}


def _close(folder: Path) -> None:
    """Set the same mode on every file, and write `SHA256SUMS`."""
    for name in checksums.files_of(folder):
        (folder / name).chmod(0o644)
    checksums.write(folder)
