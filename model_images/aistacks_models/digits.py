"""The smallest real model: a network trained on scikit-learn's handwritten digits, packaged for Triton.

Runs in the *models* environment: ``python -m aistacks_models.digits --out DIR``. The package is the same,
byte for byte, whenever it is made on one machine.
"""

import argparse
import importlib.metadata
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from . import repository
from .repository import Tensor

NAME = "digits"
SEED = 20261123
HELD_OUT = 0.2
HIDDEN = 64
BATCH = 64
OPSET = 18
INPUT = Tensor("pixels", "FP32", (64,))
OUTPUTS = [Tensor("label", "INT64", (1,)), Tensor("probabilities", "FP32", (10,))]
AGREEMENT = 1e-5
"""How far the ONNX file's probabilities may lie from scikit-learn's."""


@dataclass(frozen=True)
class Trained:
    """A network, the ONNX file made of it, and the digits that it never saw."""

    onnx: bytes
    pixels: Any
    """Held-out digits, float32 of shape (n, 64), from 0 to 16."""
    labels: Any
    """What they show, int64 of shape (n,)."""
    accuracy: float
    """Share of the held-out digits that the ONNX file names rightly, from 0 to 1."""
    train_count: int
    difference: float
    """Largest difference of a probability between the ONNX file and scikit-learn."""


def train() -> Trained:
    """Train, export, and hold the export against the network. Raises ``RuntimeError`` where they disagree."""
    pixels, labels = load_digits(return_X_y=True)
    seen, unseen, seen_labels, unseen_labels = train_test_split(
        pixels.astype(np.float32), labels, test_size=HELD_OUT, random_state=SEED, stratify=labels
    )
    network = make_pipeline(StandardScaler(), MLPClassifier((HIDDEN,), random_state=SEED, max_iter=400))
    with threadpool_limits(1):  # the order of additions, and so every bit, hangs on the number of threads
        network.fit(seen, seen_labels)
        expected = network.predict_proba(unseen)
    graph = export(network)
    label, probabilities = onnxruntime.InferenceSession(graph).run(None, {INPUT.name: unseen})
    difference = float(np.abs(probabilities - expected).max())
    if difference > AGREEMENT or (label.ravel() != network.predict(unseen)).any():
        raise RuntimeError(f"the ONNX file differs from the network by {difference}")
    return Trained(
        onnx=graph,
        pixels=unseen,
        labels=unseen_labels,
        accuracy=float((label.ravel() == unseen_labels).mean()),
        train_count=len(seen),
        difference=difference,
    )


def export(network: Pipeline) -> bytes:
    """The network as an ONNX file with inputs and outputs as `INPUT` and `OUTPUTS` name them."""
    model = to_onnx(
        network,
        initial_types=[(INPUT.name, FloatTensorType([None, *INPUT.shape]))],
        options={"zipmap": False},
        target_opset=OPSET,
    )
    # Triton wants a fixed last dimension on every output; scikit-learn's label has none.
    rows = onnx.helper.make_tensor("rows", onnx.TensorProto.INT64, [2], [-1, 1])
    renamed = onnx.compose.add_prefix(model, "network_", rename_inputs=False)
    graph = renamed.graph
    inner = [output.name for output in graph.output]
    graph.initializer.append(rows)
    graph.node.append(onnx.helper.make_node("Reshape", [inner[0], "rows"], [OUTPUTS[0].name], name="label"))
    graph.node.append(onnx.helper.make_node("Identity", [inner[1]], [OUTPUTS[1].name], name="probabilities"))
    del graph.output[:]
    for tensor, kind in zip(OUTPUTS, (onnx.TensorProto.INT64, onnx.TensorProto.FLOAT), strict=True):
        graph.output.append(onnx.helper.make_tensor_value_info(tensor.name, kind, ["N", *tensor.shape]))
    graph.name = NAME
    # skl2onnx lists them in an order that differs, now and then, from process to process.
    opsets = sorted(renamed.opset_import, key=lambda opset: opset.domain)
    del renamed.opset_import[:]
    renamed.opset_import.extend(opsets)
    onnx.checker.check_model(renamed, full_check=True)
    return bytes(renamed.SerializeToString(deterministic=True))


def manifest(trained: Trained) -> dict[str, object]:
    """What a reader of the package wants to know; nothing in it depends on the time or the place."""
    libraries = ("scikit-learn", "skl2onnx", "onnx", "onnxruntime", "numpy")
    return {
        "schema": 1,
        "name": NAME,
        "task": "classification",
        "framework": "onnx",
        "data": {
            "source": "sklearn.datasets.load_digits (UCI, optical recognition of handwritten digits)",
            "train": trained.train_count,
            "held_out": len(trained.labels),
            "seed": SEED,
        },
        "accuracy": round(trained.accuracy, 6),
        "verified": {"against": "scikit-learn", "max_difference": trained.difference, "allowed": AGREEMENT},
        "max_batch_size": BATCH,
        "inputs": [vars(INPUT)],
        "outputs": [vars(tensor) for tensor in OUTPUTS],
        "made_with": {
            "python": f"{sys.version_info.major}.{sys.version_info.minor}",
            **{name: importlib.metadata.version(name) for name in libraries},
        },
    }


def package(folder: Path) -> str:
    """Train, and write the package into ``folder``, which must be empty or absent. Returns the digest."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    trained = train()
    repository.write(folder / "triton", NAME, trained.onnx, [INPUT], OUTPUTS, BATCH)
    held_out = {"pixels": trained.pixels.astype(int).tolist(), "labels": trained.labels.tolist()}
    (folder / "heldout.json").write_text(json.dumps(held_out, separators=(",", ":")) + "\n")
    text = json.dumps(manifest(trained), indent=2, sort_keys=True)
    (folder / "manifest.json").write_text(text + "\n")
    return repository.seal(folder)


def main() -> None:
    """Print the digest as JSON, the only line on standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the package, empty or absent")
    digest = package(parser.parse_args().out)
    sys.stdout.write(json.dumps({"name": NAME, "digest": digest}) + "\n")


if __name__ == "__main__":
    main()
