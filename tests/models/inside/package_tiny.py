"""A package folder with the smallest model that shows everything: two inputs of different types, two outputs.

``scores = pixels @ W + table[word]``, ``label = argmax(scores)``; a word of 4 or more is out of the table's range.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from aistacks_models import Serving, Tensor
from aistacks_models.packaging import samples, torchserve, triton

INPUTS = (Tensor(name="pixels", datatype="FP32", shape=(4,)), Tensor(name="word", datatype="INT64", shape=(1,)))
OUTPUTS = (Tensor(name="label", datatype="INT64", shape=(1,)), Tensor(name="scores", datatype="FP32", shape=(3,)))
CLASSES = ("cat", "dog", "owl")


def write_onnx(file, seed, work=1):
    """``work``: how often the same small product is computed, to make runs slower."""
    rng = np.random.default_rng(seed)
    weights = {"W": rng.normal(size=(4, 3)), "table": rng.normal(size=(4, 3))}
    nodes = [
        helper.make_node("MatMul", ["pixels", "W"], ["product"]),
        helper.make_node("Gather", ["table", "word"], ["rows"]),
        helper.make_node("Squeeze", ["rows", "one"], ["row"]),
        helper.make_node("Add", ["product", "row"], ["scores"]),
        helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 4]),
            helper.make_tensor_value_info("word", TensorProto.INT64, ["N", 1]),
        ],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, ["N", 1]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 3]),
        ],
        [
            *(numpy_helper.from_array(array.astype(np.float32), name) for name, array in weights.items()),
            numpy_helper.from_array(np.array([1], np.int64), "one"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    file.write_bytes(model.SerializeToString(deterministic=True))


def write(folder, seed=0, rows=20, name="tiny", serving=None):
    """The part of a package that servers read."""
    folder.mkdir(parents=True)
    file = folder / "made.onnx"
    write_onnx(file, seed)
    serving = serving or Serving()
    triton.write(folder / "triton", name, file, INPUTS, OUTPUTS, 8, serving, CLASSES)
    torchserve.write(folder / "torchserve", name, file, INPUTS, OUTPUTS, 8, serving)
    rng = np.random.default_rng(1)
    inputs = {
        "pixels": rng.normal(size=(rows, 4)).astype(np.float32),
        "word": rng.integers(0, 4, size=(rows, 1)),
    }
    answers = onnxruntime.InferenceSession(file.read_bytes()).run(["label", "scores"], inputs)
    outputs = dict(zip(("label", "scores"), answers, strict=True))
    samples.write(folder / "samples.json", inputs, outputs, outputs["label"][:, 0])
    about = {
        "name": name,
        "max_batch_size": 8,
        "inputs": [tensor.model_dump(mode="json", exclude_none=True) for tensor in INPUTS],
        "outputs": [tensor.model_dump(mode="json", exclude_none=True) for tensor in OUTPUTS],
    }
    (folder / "manifest.json").write_text(json.dumps(about))
    file.unlink()


def digest(folder):
    sums = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            sums.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return sums.hexdigest()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--name", default="tiny")
    options = parser.parse_args()
    write(options.folder, options.seed, name=options.name)
    sys.stdout.write(json.dumps({"digest": digest(options.folder)}) + "\n")
