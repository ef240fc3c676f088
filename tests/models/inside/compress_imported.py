"""Models that come as files. Arguments: a folder, and an ONNX file that was made of a SavedModel (or ``-``)."""

import json
import os
import sys
from pathlib import Path

import compress_networks
import numpy as np
import onnx
from compress_networks import Pictures
from onnx import TensorProto, helper, numpy_helper

from aistacks_core.errors import UserError
from aistacks_models import Tensor, steps
from aistacks_models.imported import FileModel
from aistacks_models.imported.onnx_file import enter
from aistacks_models.imported.saved_model import CONVERTED
from aistacks_models.stage_cache import StageCache
from aistacks_models.stages.compress import compress
from aistacks_models.steps import Recipe
from aistacks_models.variants import Variants

SOURCE = Path(compress_networks.__file__)
ROOT = Path(sys.argv[1])
FLOAT = TensorProto.FLOAT


class Theirs(FileModel):
    """Pictures again, by a network from elsewhere."""

    name = "theirs"
    task = "image classification"
    metric = Pictures.metric
    recipes = (
        Recipe(name="optimised", steps=(steps.OptimizeGraph(),)),
        Recipe(name="int8", steps=(steps.OptimizeGraph(), steps.StaticInt8(rows=32))),
        Recipe(name="half", steps=(steps.HalfOnnx(),)),
    )

    def data(self):
        return Pictures().data()


def network(opset=11, ir=3, domain="", rows="N", weights_as_inputs=True, name="pixels:0"):
    """A linear layer as a tool of years ago wrote it."""
    rng = np.random.default_rng(5)
    weights = [
        numpy_helper.from_array(rng.normal(0, 0.1, (64, 4)).astype(np.float32), "w"),
        numpy_helper.from_array(np.zeros(4, np.float32), "b"),
    ]
    nodes = [
        helper.make_node("Flatten", [name], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "w", "b"], ["raw"], domain=domain, name="product"),
        helper.make_node("Softmax", ["raw"], ["probabilities/out"], axis=1),
        helper.make_node("ArgMax", ["raw"], ["label"], axis=1, keepdims=1),
    ]
    inputs = [helper.make_tensor_value_info(name, FLOAT, [rows, 1, 8, 8])]
    if weights_as_inputs:
        inputs += [helper.make_tensor_value_info(w.name, FLOAT, list(w.dims)) for w in weights]
    outputs = [
        helper.make_tensor_value_info("label", TensorProto.INT64, [rows, 1]),
        helper.make_tensor_value_info("probabilities/out", FLOAT, [rows, 4]),
    ]
    graph = helper.make_graph(nodes, "old", inputs, outputs, weights)
    imports = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return helper.make_model(graph, opset_imports=imports, ir_version=ir, doc_string=f"made in {os.fspath(ROOT)}")


def outcome(file, **changes):
    kind = type("Theirs", (Theirs,), {"file": str(file), "name": Path(file).stem.replace(".", "-"), **changes})
    model = kind()
    cache = StageCache(ROOT, model.name)
    try:
        trained = enter(model, cache, SOURCE)
        stage = compress(model, trained, cache, SOURCE)
    except UserError as error:
        return {"where": error.where, "got": error.got, "expected": error.expected}
    variants = Variants.read(stage.folder)
    rows = model.data().held_out.inputs
    first = onnx.load(stage.folder / variants.made[0].file)
    return {
        "made": {v.name: [v.runtime, v.file, v.bytes, v.parameters] for v in variants.made},
        "dropped": {each.name: each.reason for each in variants.dropped},
        "difference": compress_networks.differences(model, variants.made, stage.folder, rows),
        "inputs": [[t.name, t.datatype, list(t.shape)] for t in model.inputs],
        "outputs": [[t.name, t.datatype, list(t.shape)] for t in model.outputs],
        "opset": first.opset_import[0].version,
        "comment": first.doc_string,
        "again": enter(model, cache, SOURCE).cached,
        "trained": json.loads((trained.folder / "train.json").read_text()),
    }


def saved(name, proto):
    onnx.save(proto, ROOT / name)
    return ROOT / name


def cases():
    ROOT.mkdir(parents=True, exist_ok=True)
    good = saved("good.onnx", network())
    (ROOT / "text.onnx").write_text("this is no model")
    (ROOT / "cut.onnx").write_bytes(good.read_bytes()[:-200])
    onnx.save(network(), ROOT / "apart.onnx", save_as_external_data=True, location="apart.data", size_threshold=0)
    yield "external", outcome(ROOT / "apart.onnx")
    (ROOT / "apart.data").rename(ROOT / "moved.data")
    yield "good", outcome(good)
    for name in ("text.onnx", "cut.onnx", "apart.onnx", "absent.onnx"):
        yield name, outcome(ROOT / name)
    yield "custom", outcome(saved("custom.onnx", network(domain="their.own")))
    loose = network()
    loose.graph.node[1].input[0] = "nowhere"
    yield "invalid", outcome(saved("invalid.onnx", loose))
    yield "data", outcome(saved("data.onnx", network(name="image")))
    yield "fixed", outcome(saved("fixed.onnx", network(rows=1)))
    yield "training", outcome(good, recipes=(Recipe(name="d", steps=(steps.Distillation(),)),))
    image = Tensor(name="image", datatype="FP32", shape=(1, 8, 8))
    yield "declared", outcome(good, inputs=(image,), name="declared")
    (ROOT / "folder").mkdir(exist_ok=True)
    yield "folder", outcome(ROOT / "folder")
    (ROOT / "folder" / "saved_model.pb").write_bytes(b"")
    yield "unconverted", outcome(ROOT / "folder")
    if sys.argv[2] != "-":
        os.environ[CONVERTED] = sys.argv[2]

        class Keras(Theirs):
            def data(self):
                splits = Pictures().data()
                for split in (splits.train, splits.validation, splits.held_out):
                    split.inputs["pixels"] = split.inputs["pixels"].transpose(0, 2, 3, 1).copy()
                return splits

        keras = {"data": Keras.data, "metric": Pictures.metric.__class__("mean", score, answer), "name": "keras"}
        yield "saved-model", outcome(ROOT / "folder", **keras)


def answer(outputs):
    return next(iter(outputs.values())).argmax(1)


def score(outputs, targets):
    return float((answer(outputs) == targets).mean())


sys.stdout.write(json.dumps(dict(cases())))
