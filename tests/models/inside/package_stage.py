"""The package stage over a real verification of a tiny ONNX file: made, made again elsewhere, and refused."""

import json
import sys
from pathlib import Path

import numpy as np
import package_tiny
from verify_fakes import EFFORT

from aistacks_core.errors import UserError
from aistacks_models import Gates, Metric, Model, Recipe, Serving, Split, Splits, Training
from aistacks_models.manifest import Manifest
from aistacks_models.metrics import accuracy, by_class, output
from aistacks_models.stage_cache import Stage, StageCache
from aistacks_models.stages.package import package
from aistacks_models.stages.verify import verify
from aistacks_models.steps import OptimizeGraph
from aistacks_models.variants import Variant, Variants

RECIPE = Recipe(name="fused", steps=(OptimizeGraph(),))


class Tiny(Model):
    name = "tiny"
    task = "classification"
    licence = "CC0-1.0"
    inputs = package_tiny.INPUTS
    outputs = package_tiny.OUTPUTS
    classes = package_tiny.CLASSES
    metric = Metric("accuracy", accuracy("label"), output("label"), by_class("label", package_tiny.CLASSES))
    gates = Gates(latency_ratio=50)
    training = Training(seed=7)
    recipes = (RECIPE,)
    max_batch_size = 8
    serving = Serving(max_queue_delay_us=2000)

    def network(self):
        raise NotImplementedError

    def data(self):
        import onnxruntime

        drawn = np.random.default_rng(3)
        inputs = {
            "pixels": drawn.normal(size=(400, 4)).astype(np.float32),
            "word": drawn.integers(0, 4, size=(400, 1)),
        }
        session = onnxruntime.InferenceSession(str(Path(sys.argv[1]) / "compressed" / "original" / "model.onnx"))
        whole = Split(inputs, session.run(["label"], inputs)[0][:, 0])
        return Splits(whole, whole, whole, "numpy's generator", "CC0-1.0")

    def loss(self, raw, targets):
        raise NotImplementedError

    def head(self, raw):
        raise NotImplementedError


class Strict(Tiny):
    gates = Gates(size_ratio=0.5)


def compressed(folder):
    """One variant, its own reference: as little as can be measured."""
    (folder / "original").mkdir(parents=True)
    file = folder / "original" / "model.onnx"
    package_tiny.write_onnx(file, 0)
    made = Variant(
        name="original",
        recipe=Recipe(name="original", steps=RECIPE.steps),
        runtime="onnxruntime",
        file="original/model.onnx",
        bytes=file.stat().st_size,
        parameters=24,
        nonzero=24,
    )
    Variants(made=(made,)).write(folder)
    return Stage(folder, "1" * 64, cached=False)


def main(root):
    stage = compressed(root / "compressed")
    lines = []
    cache = StageCache(root / "work", "tiny", lines.append)
    source = Path(__file__)
    verified = verify(Tiny(), None, stage, cache, source, effort=EFFORT)
    made = package(Tiny(), None, stage, verified, cache, source)
    cached = package(Tiny(), None, stage, verified, cache, source)
    elsewhere = package(Tiny(), None, stage, verified, StageCache(root / "elsewhere", "tiny"), source)
    strict = verify(Strict(), None, stage, cache, source, effort=EFFORT)
    before = sorted(path.name for path in cache.root.iterdir())
    try:
        package(Strict(), None, stage, strict, cache, source)
        refused = ""
    except UserError as error:
        refused = str(error)
    return {
        "folder": str(made.folder / "package"),
        "verified": str(verified.folder),
        "same": made.digest == elsewhere.digest,
        "cached": cached.cached and cached.digest == made.digest,
        "manifest": Manifest.read(made.folder / "package").model_dump(mode="json"),
        "refused": refused,
        "nothing": before == sorted(path.name for path in cache.root.iterdir()),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))) + "\n")
