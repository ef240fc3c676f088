"""A package with 25 million fp32 parameters, about 100 MB, as a build would make it. Runs in the models environment.

``python benchmarks/large_package.py FOLDER``. Nothing was trained: the gates in its manifest are made up, so that the
store takes it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from aistacks_core import checksums
from aistacks_models import api, manifest
from aistacks_models.packaging import samples, torchserve, triton
from aistacks_models.tensors import Tensor

NAME = "large"
WIDTH = 1024
LAYERS = 24
BATCH = 8
INPUTS = (Tensor(name="x", datatype="FP32", shape=(WIDTH,)),)
OUTPUTS = (Tensor(name="y", datatype="FP32", shape=(WIDTH,)),)


def graph() -> onnx.ModelProto:
    """``LAYERS`` square products, each followed by a ReLU."""
    rng = np.random.default_rng(1)
    nodes, weights, last = [], [], "x"
    for layer in range(LAYERS):
        values = rng.normal(scale=(2 / WIDTH) ** 0.5, size=(WIDTH, WIDTH)).astype(np.float32)
        weights.append(numpy_helper.from_array(values, f"w{layer}"))
        nodes.append(helper.make_node("MatMul", [last, f"w{layer}"], [f"p{layer}"]))
        last = "y" if layer == LAYERS - 1 else f"r{layer}"
        nodes.append(helper.make_node("Relu", [f"p{layer}"], [last]))
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", WIDTH]) for name in ("x", "y")]
    made = helper.make_graph(nodes, NAME, ends[:1], ends[1:], weights)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def write(folder: Path) -> str:
    """The package; its digest."""
    folder.mkdir(parents=True)
    file = folder / "made.onnx"
    onnx.save(graph(), file)
    triton.write(folder / "triton", NAME, file, INPUTS, OUTPUTS, BATCH)
    torchserve.write(folder / "torchserve", NAME, file, INPUTS, OUTPUTS, BATCH)
    rows = np.random.default_rng(2).normal(size=(BATCH, WIDTH)).astype(np.float32)
    (answers,) = onnxruntime.InferenceSession(file).run(["y"], {"x": rows})
    size = file.stat().st_size
    file.unlink()
    samples.write(folder / samples.FILE, {"x": rows}, {"y": answers}, np.zeros(BATCH))
    kept = json.loads((folder / samples.FILE).read_text())
    api.write(folder / "api", name=NAME, inputs=INPUTS, outputs=OUTPUTS, max_batch_size=BATCH, samples=kept)
    proof = hashlib.sha256(b"made up").hexdigest()
    (folder / manifest.VERIFIED).write_text(f"{proof}\n")
    facts(folder, proof, size).write(folder)
    return checksums.write(folder)


def facts(folder: Path, proof: str, size: int) -> manifest.Manifest:
    """A manifest that says what this model is, and figures that nobody measured."""
    latency = manifest.Latency(p50_ms=1, p99_ms=1)
    whole = manifest.Interval(value=1, low=1, high=1)
    nothing = hashlib.sha256(b"").hexdigest()
    return manifest.Manifest.of(
        folder,
        name=NAME,
        task="a benchmark of transfers",
        licence="CC0-1.0",
        verification=proof,
        variant=manifest.Variant(name="fp32", runtime="onnxruntime", parameters=LAYERS * WIDTH * WIDTH),
        inputs=INPUTS,
        outputs=OUTPUTS,
        max_batch_size=BATCH,
        quality=manifest.Quality(metric="none", rows=1, confidence=0.95, reference=whole, variant=whole),
        latency=manifest.Measured(variant=latency, reference=latency),
        size=manifest.Sizes(variant=size, reference=size),
        gates=(manifest.GateVerdict(name="quality_loss", verdict="pass", got=0.0, bound=0.0),),
        lineage=manifest.Lineage(
            code=nothing,
            model_file=nothing,
            data=manifest.DataFacts(source="generated", licence="CC0-1.0", sha256=nothing),
            seed=1,
        ),
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"digest": write(Path(sys.argv[1]))}) + "\n")
