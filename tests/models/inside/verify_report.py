"""A report over a made-up verification; prints its texts."""

import json
import sys
from pathlib import Path

from aistacks_models import Gates
from aistacks_models.report import render
from aistacks_models.report.plots import plots
from aistacks_models.steps import Export, Recipe
from aistacks_models.variants import Dropped, Variant
from aistacks_models.verification import document as d
from aistacks_models.verification.judging import choose, judge

EVIL = "<script>alert(1)</script>"


def interval(value, low, high):
    return d.Interval(value=value, low=low, high=high)


def timing(batch, ratio):
    return d.Timing(
        batch=batch, runs=40, rounds=10, p50_ms=ratio * batch, p90_ms=ratio * batch, p99_ms=2 * ratio * batch,
        rows_per_second=1000 / ratio, reference_p50_ms=float(batch), ratio=ratio, ratio_low=ratio, ratio_high=ratio,
        percentiles_ms=tuple(ratio * batch * (1 + place / 100) for place in range(101)),
    )  # fmt: skip


def measured(name, ratio, loss, worst, size, runtime="onnxruntime"):
    classes = tuple(
        d.ClassQuality(
            name=f"{kind} {EVIL}", rows=500, value=0.9 - loss, reference=0.9, difference=interval(-loss, -worst, 0.0)
        )
        for kind in ("cat", "dog")
    )
    drift = d.Drift(largest=0.001, same_answers=0.999)
    case = d.Malformed(sent="no pixels", must="raise", outcome="raised", said=EVIL, good=True)
    output = d.OutputAgreement(name="odds", largest=0.1, mean=0.01, reference_largest=1.0, not_finite=0)
    return d.Measured(
        variant=Variant(
            name=name, recipe=Recipe(name=name, steps=(Export(),)), runtime=runtime, file=f"{name}/m", bytes=size,
            parameters=9, nonzero=8, pays_on=(f"any CPU {EVIL}",), notes=("a note",),
        ),
        sha256="0" * 64, packed_bytes=size // 2, safety=d.Safety(files=1),
        quality=d.Quality(
            value=interval(0.95 - loss, 0.9, 0.97), reference=interval(0.95, 0.93, 0.97),
            difference=interval(-loss, -worst, 0.001), rows=1000, confidence=0.95, resamples=1000, method="BCa",
            classes=classes,
        ),
        classification=(d.ClassReport(name="cat", precision=0.91, recall=0.92, f1=0.915, support=500),),
        latency=(timing(1, ratio), timing(32, ratio)),
        agreement=d.Agreement(same=0.99, answers=1000, outputs=(output,)),
        determinism=d.Determinism(again=True, process=True, neighbours=drift, batch_size=drift),
        malformed=(case,), after_malformed=True,
    )  # fmt: skip


def document(gates):
    found = [
        measured("original", 1.0, 0.0, 0.0, 4_000_000, "eager"),
        measured("int8", 0.25, 0.004, 0.008, 1_000_000),
        measured("int4", 0.2, 0.03, 0.05, 600_000),
    ]
    variants = judge(found, gates)
    chosen, why = choose(variants)
    return d.Verification(
        model="animals", task="image classification", metric="accuracy", rows=1000, threads=1, seed=7, gates=gates,
        machine=d.Machine(
            cpu=f"A CPU {EVIL}", cores=2, memory_gb=8, system="Linux", instructions=("avx2",), versions={"torch": "2"}
        ),
        reference="original", variants=variants, chosen=chosen, why=why,
        dropped=(Dropped(name="sparse", recipe=Recipe(name="sparse", steps=(Export(),)), reason=f"no GPU {EVIL}"),),
    )  # fmt: skip


def main(root):
    one = document(Gates(class_quality_loss=None))
    texts = []
    for place in ("first", "second"):
        render.write(one, root / place)
        texts.append({path.name: path.read_text() for path in sorted((root / place).iterdir())})
    none = document(Gates(quality_loss=0.001))
    # Without classes there is nothing to draw for them.
    bare = [
        one.measured.model_copy(
            update={"quality": one.measured.quality.model_copy(update={"classes": ()}), "classification": ()}
        )
        for one in one.variants
    ]
    plain = one.model_copy(update={"variants": judge(bare, Gates())})
    assert d.Verification.model_validate_json(texts[0]["report.json"]) == one
    first = one.model_copy(update={"chosen": "original", "why": "It is the fastest."})
    return {
        "first": render.markdown(first, {plot.name: plot for plot in plots(first)}),
        "files": texts[0],
        "same": texts[0] == texts[1],
        "plain": render.page(plain, {plot.name: plot for plot in plots(plain)}),
        "none": render.page(none, {plot.name: plot for plot in plots(none)}),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
